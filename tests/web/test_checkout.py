"""An order of the demo's checkout: priced by the server, written once, found by the assistant."""

import asyncio
import sqlite3
import uuid
from typing import Any

import httpx
import pytest

from actions.order_backends.sqlite import SqliteOrders
from bot.settings import Settings
from tests.web.conftest import WebProcess

BUYER = {"name": "Kim Berg", "email": "Kim@Example.com", "address": "Kade 1,\n1011 AB Amsterdam", "country": "Netherlands"}  # fmt: skip


def post(web: WebProcess, path: str, body: Any) -> httpx.Response:
    return httpx.post(web.url + path, json=body, trust_env=False, timeout=30)


def cart(*lines: tuple[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "id": str(uuid.uuid4()),
        "lines": [{"sku": sku, "quantity": count} for sku, count in lines],
        **BUYER,
        **more,
    }


def found(settings: Settings, number: str, email: str = "kim@example.com"):
    orders = SqliteOrders(settings.orders_db, settings.shop_dir / "orders.csv")
    return asyncio.new_event_loop().run_until_complete(orders.find(number, email))


def test_what_is_ordered_is_found_in_the_chat(web: WebProcess, settings: Settings) -> None:
    assert found(settings, "HF-10001", "anna@example.com")  # the file was read before
    wish = cart(("M1", 2), code="WELCOME10", gift=True)
    told = post(web, "/shop/quote", wish).json()
    assert (
        told["total"] == "€34.55"
        and told["discount"] == "€2.90"
        and told["ways"][1]["name"] == "Express"
    )
    answer = post(web, "/shop/orders", wish)
    assert answer.status_code == 201
    number, url = answer.json()["number"], answer.json()["url"]
    assert post(web, "/shop/orders", wish).json()["number"] == number  # sent twice, ordered once
    order = found(settings, number)
    assert order and order.status == "paid" and order.total == "34.55"
    assert [(one.sku, one.quantity) for one in order.items] == [("M1", 2)]
    assert order.expected_at and found(settings, number, "anna@example.com") is None
    page = httpx.get(web.url + url, trust_env=False)
    assert page.status_code == 200 and number in page.text and "Stone Mug" in page.text
    assert "Kade 1, 1011 AB Amsterdam" in page.text
    assert page.headers["cache-control"] == "no-store"
    for wrong in (url.split("?")[0], url[:-1], url.replace(number, "HF-10001")):
        assert httpx.get(web.url + wrong, trust_env=False).status_code == 404


def test_a_form_that_comes_again_with_another_order_opens_no_page(web: WebProcess) -> None:
    wish = cart(("M1", 2))
    assert post(web, "/shop/orders", wish).status_code == 201
    for other in (
        {"email": "eve@example.com"},
        {"address": "Weg 9, 2000 Gent"},
        {"lines": [{"sku": "M1", "quantity": 1}]},
    ):
        answer = post(web, "/shop/orders", {**wish, **other})
        assert answer.status_code == 409 and "key=" not in answer.text
    assert post(web, "/shop/orders", wish).status_code == 201


def test_lines_of_one_product_count_together(web: WebProcess) -> None:
    told = post(web, "/shop/quote", cart(("M1", 60), ("M1", 60))).json()
    assert "99" in told["problems"]["cart"]


def test_the_next_file_of_orders_leaves_it_alone(web: WebProcess, settings: Settings) -> None:
    number = post(web, "/shop/orders", cart(("M1", 1))).json()["number"]
    path = settings.shop_dir / "orders.csv"
    lines = path.read_text().splitlines(keepends=True)
    assert found(settings, number)
    path.write_text("".join(lines[:-1]))
    assert found(settings, number)


def test_numbers_go_on_after_the_files(web: WebProcess, settings: Settings) -> None:
    first = post(web, "/shop/orders", cart(("M1", 1))).json()["number"]  # before any look-up
    assert found(settings, "HF-10001", "anna@example.com") and found(settings, first)
    with sqlite3.connect(settings.orders_db) as db:
        highest = db.execute("SELECT max(CAST(digits AS INTEGER)) FROM orders").fetchone()[0]
    numbers = [post(web, "/shop/orders", cart(("M1", 1))).json()["number"] for _ in range(2)]
    assert first == f"HF-{highest}"
    assert numbers == [f"HF-{highest + 1}", f"HF-{highest + 2}"]


@pytest.mark.parametrize(
    ("change", "field"),
    [({"email": "kim"}, "email"), ({"name": " "}, "name"), ({"address": ""}, "address"), ({"country": "Atlantis"}, "country"), ({"code": "NOPE"}, "code"), ({"lines": [{"sku": "M2", "quantity": 1}]}, "cart"), ({"lines": []}, "cart")],
)  # fmt: skip
def test_what_is_wrong_is_said_at_its_field(
    web: WebProcess, settings: Settings, change: dict, field: str
) -> None:
    answer = post(web, "/shop/orders", cart(("M1", 1)) | change)
    assert answer.status_code == 422 and list(answer.json()["problems"]) == [field]
    assert not settings.orders_db.exists() or not found(settings, "HF-10301")


@pytest.mark.parametrize(
    "change",
    [{"lines": "x"}, {"lines": [1]}, {"lines": [{"sku": "M1", "quantity": 0}]}, {"lines": [{"sku": "M1", "quantity": True}]}, {"lines": [{"sku": "M1", "quantity": 1.5}]}, {"id": "1"}, {"name": ["x"]}, {"address": "x" * 301}],
)  # fmt: skip
def test_what_no_page_sends_is_refused(web: WebProcess, change: dict) -> None:
    assert post(web, "/shop/orders", cart(("M1", 1)) | change).status_code == 400


def test_a_price_that_the_page_names_counts_for_nothing(web: WebProcess) -> None:
    wish = cart() | {"lines": [{"sku": "M1", "quantity": 1, "price": "0.01"}], "total": "0.01"}
    assert post(web, "/shop/quote", wish).json()["total"] == "€19.45"


def test_without_a_checkout_there_is_none(settings: Settings, engine) -> None:
    text = settings.shop_file.read_text()
    begin, end = text.index("checkout:"), text.index("returns:\n")
    settings.shop_file.write_text(text[:begin] + text[end:])
    web = WebProcess(settings, engine.port)
    try:
        assert post(web, "/shop/orders", cart(("M1", 1))).status_code == 404
        assert "checkout" not in httpx.get(f"{web.url}/shop/cart", trust_env=False).text
    finally:
        web.kill()
