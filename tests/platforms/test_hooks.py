"""Webhooks: who may send them, and what of them is believed."""

import base64
import hashlib
import hmac
import json
import sqlite3
from contextlib import closing
from typing import Any

import pytest

from bot.errors import ConfigError
from bot.platforms.hooks import BadDelivery, BadSignature, Hooks
from bot.platforms.kept import Kept
from bot.settings import Settings
from bot.settings.sources import Platform

SECRET = "hush-hush"
SIGNATURES = {
    "woocommerce": "x-wc-webhook-signature",
    "shopify": "x-shopify-hmac-sha256",
    "http": "x-shoptalk-signature",
}


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOK_SECRET", SECRET)


def hooks(kind: Any) -> Hooks:
    return Hooks(Platform(kind=kind, url="https://shop.example", webhook_secret_env="HOOK_SECRET"))


def signed(kind: str, told: Any, secret: str = SECRET, **headers: str) -> tuple[dict, bytes]:
    body = told if isinstance(told, bytes) else json.dumps(told).encode()
    digest = hmac.new(secret.encode(), body, hashlib.sha256).digest()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return {SIGNATURES[kind]: base64.b64encode(digest).decode(), **named}, body


WOO = {"x_wc_webhook_topic": "product.updated", "x_wc_webhook_delivery_id": "d1"}
# Bodies as in the platforms' documents, cut to what counts.
DELIVERIES = [
    ("woocommerce", {"id": 142, "name": "Ship", "parent_id": 0, "type": "simple"}, WOO, ["142"]),
    ("woocommerce", {"id": 733, "parent_id": 142, "type": "variation"}, WOO, ["142"]),
    ("woocommerce", {"id": 142}, {"x_wc_webhook_topic": "product.deleted"}, ["142"]),
    ("woocommerce", {"id": 727, "status": "processing"}, {"x_wc_webhook_topic": "order.updated"}, []),
    ("shopify", {"id": 788032119674292922, "title": "Tee"}, {"x_shopify_topic": "products/update"}, ["gid://shopify/Product/788032119674292922"]),
    ("shopify", {"id": 788032119674292922}, {"x_shopify_topic": "products/delete"}, ["gid://shopify/Product/788032119674292922"]),
    ("shopify", {"inventory_item_id": 271878346596884015, "available": 3}, {"x_shopify_topic": "inventory_levels/update"}, ["gid://shopify/InventoryItem/271878346596884015"]),
    ("shopify", {"id": 820982911946154508}, {"x_shopify_topic": "orders/create"}, []),
    ("http", {"id": "n-1", "products": ["TEE", "CAP"]}, {}, ["TEE", "CAP"]),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "told", "headers", "ids"), DELIVERIES)
def test_only_which_product_is_meant_is_taken_and_only_when_signed(
    kind: str, told: dict, headers: dict, ids: list[str]
) -> None:
    named, body = signed(kind, told, **headers)
    assert hooks(kind).read(named, body).ids == ids
    for wrong in (
        signed(kind, told, "another", **headers)[0],
        {**named, SIGNATURES[kind]: ""},
        {**named, SIGNATURES[kind]: "not base64 €"},
        {**named, SIGNATURES[kind]: base64.b64encode(b"short").decode()},
        {name: value for name, value in named.items() if name != SIGNATURES[kind]},
    ):
        with pytest.raises(BadSignature):
            hooks(kind).read(wrong, body)
    with pytest.raises(BadSignature):
        hooks(kind).read(named, body + b" ")


@pytest.mark.parametrize(
    ("kind", "told", "headers"),
    [
        ("woocommerce", {}, WOO), ("woocommerce", {"id": "1; DROP"}, WOO), ("woocommerce", b"webhook_id=5", WOO), ("woocommerce", [1], WOO),
        ("woocommerce", b"[" * 100_000, WOO), ("shopify", {"id": -4}, {"x_shopify_topic": "products/update"}),
        ("http", {"products": ["A"]}, {}), ("http", {"id": "1", "products": "A"}, {}), ("http", {"id": "1", "products": [""]}, {}),
        ("http", {"id": "1", "products": ["A"] * 1001}, {}), ("http", {"id": "1", "products": [{}]}, {}),
    ],
)  # fmt: skip
def test_what_says_nothing_is_refused(kind: str, told: Any, headers: dict) -> None:
    with pytest.raises(BadDelivery):
        hooks(kind).read(*signed(kind, told, **headers))


def test_a_delivery_is_known_again_by_all_that_was_signed() -> None:
    """The header with its id isn't signed: who has an old body can't use up ids of later ones."""
    first = hooks("woocommerce").read(*signed("woocommerce", {"id": 1}, **WOO))
    again = hooks("woocommerce").read(*signed("woocommerce", {"id": 1}, **WOO))
    other = hooks("woocommerce").read(*signed("woocommerce", {"id": 1, "name": "x"}, **WOO))
    assert first.mark == again.mark != other.mark


def test_the_secret_has_to_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOOK_SECRET")
    with pytest.raises(ConfigError, match="HOOK_SECRET"):
        hooks("shopify")


def test_a_file_of_another_layout_is_begun_anew(settings: Settings) -> None:
    Kept(settings.platform_dir).close()
    with closing(sqlite3.connect(settings.platform_dir / "platform.db")) as db:
        db.execute("PRAGMA user_version = 99")
        db.commit()
    with closing(Kept(settings.platform_dir)) as kept:
        assert kept.note("m", ["1"]) and not kept.note("m", ["1"])
