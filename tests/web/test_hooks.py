"""The route that takes a platform's webhooks: its limits, and what it writes down."""

import threading
from contextlib import closing

import httpx
import pytest

from bot.platforms.hooks import LARGEST
from bot.platforms.kept import Kept
from bot.settings import Settings
from recommender.catalogue.ingest import ingest
from tests.platforms.test_hooks import SECRET, WOO, signed
from tests.recommender.fakes import FakeEmbedder
from tests.web.conftest import WebProcess
from tests.web.fake_engine import FakeEngine


def with_platform(settings: Settings, lines: str) -> None:
    text = settings.shop_file.read_text()
    settings.shop_file.write_text(f"{text}\nplatform:\n  url: https://shop.example\n{lines}")


@pytest.fixture
def shopify(settings: Settings, engine: FakeEngine):
    with_platform(settings, "  kind: shopify\n  webhook_secret_env: HOOK_SECRET\n")
    ingest(settings.shop_dir / "products.csv", settings.catalogue_dir, embedder=FakeEmbedder())
    web = WebProcess(settings, engine.port, HOOK_SECRET=SECRET)
    yield web
    web.kill()


def send(web: WebProcess, headers: dict, body: bytes, path: str = "/hooks/platform") -> int:
    return httpx.post(
        web.url + path, content=body, headers=headers, trust_env=False, timeout=30
    ).status_code


def test_the_route_takes_large_signed_bodies_and_writes_down_what_changed(
    shopify: WebProcess, settings: Settings
) -> None:
    topic = {"x_shopify_topic": "products/update", "x_shopify_webhook_id": "w1"}
    large = signed("shopify", {"id": 7, "body_html": "x" * 1_500_000}, **topic)
    assert send(shopify, *large) == 200
    kept = Kept(settings.platform_dir)
    first = kept.changes()
    assert [one.id for one in first] == ["gid://shopify/Product/7"] and kept.bell.exists()
    assert send(shopify, *large) == 200  # again: known, and nothing more to do
    assert kept.changes() == first
    assert send(shopify, *signed("shopify", {"id": 8, "x": "y" * LARGEST}, **topic)) == 413
    assert send(shopify, *signed("shopify", {"id": 9}, "forged", **topic)) == 401
    assert send(shopify, *signed("shopify", b"webhook_id=3")) == 400
    assert send(shopify, {}, b"webhook_id=3") == 401  # WooCommerce's alone
    assert kept.changes() == first
    # All other routes have the limit that they had.
    assert send(shopify, {}, b"x" * 40_000, "/chat/messages") == 413
    kept.close()


def test_many_at_once_are_all_written_and_forged_ones_are_slowed_down(
    shopify: WebProcess, settings: Settings
) -> None:
    topic = {"x_shopify_topic": "products/update"}
    statuses: list[int] = []
    threads = [
        threading.Thread(
            target=lambda n=n: statuses.append(
                send(shopify, *signed("shopify", {"id": n}, **topic))
            )
        )
        for n in range(1, 41)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with closing(Kept(settings.platform_dir)) as kept:
        assert statuses == [200] * 40 and len(kept.changes()) == 40
    forged = [send(shopify, *signed("shopify", {"id": 1}, "no", **topic)) for _ in range(25)]
    assert forged[0] == 401 and forged[-1] == 429
    assert send(shopify, *signed("shopify", {"id": 1}, **topic)) == 200


def test_woocommerce_pings_before_it_signs(settings: Settings, engine: FakeEngine) -> None:
    with_platform(settings, "  kind: woocommerce\n  webhook_secret_env: HOOK_SECRET\n")
    web = WebProcess(settings, engine.port, HOOK_SECRET=SECRET)
    try:
        form = {"content-type": "application/x-www-form-urlencoded"}
        assert send(web, form, b"webhook_id=12") == 200
        assert send(web, form, b"something=else") == 401
        assert send(web, *signed("woocommerce", {"id": 1}, **WOO)) == 200
    finally:
        web.kill()


def test_without_a_secret_none_are_taken(web: WebProcess) -> None:
    assert send(web, *signed("http", {"id": "1", "products": ["A"]})) == 404
