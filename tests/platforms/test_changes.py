"""What webhooks named is read again from the platform, and the catalogue is as it says then."""

import json
from contextlib import closing
from decimal import Decimal
from typing import Any

import pytest

from bot.cli import catalogue
from bot.platforms import reading
from bot.platforms.api import PlatformUnavailable
from bot.platforms.kept import Kept
from bot.platforms.reading import changes_read, read_catalogue
from bot.settings import Settings
from recommender import Recommender
from recommender.catalogue.adding import add
from recommender.catalogue.ingest import ingest
from tests.platforms.servers import Answer, Asked, serving
from tests.platforms.test_reading import (
    BOOT,
    FORMS,
    KEYS,
    on,
    shopify_product,
    shopify_variant,
    woo_product,
)
from tests.recommender.fakes import FakeEmbedder


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("bot.encoders.catalogue_encoder", lambda _: FakeEmbedder())


class Woo:
    """A WooCommerce of five mugs and a boot, whose products can be changed."""

    def __init__(self) -> None:
        self.all = {number: woo_product(number) for number in range(1, 6)} | {500: BOOT}
        self.forms = [dict(one) for one in FORMS]
        self.is_away = False

    def __call__(self, asked: Asked) -> Answer:
        if self.is_away:
            return 503, {}, {}
        if asked.path.endswith("/500/variations"):
            return 200, self.forms, {"X-WP-TotalPages": "1"}
        wanted = [int(one) for one in asked.query.get("include", "").split(",") if one]
        found = [one for one in self.all.values() if one["id"] in wanted or not wanted]
        published = [one for one in found if one["status"] == asked.query["status"]]
        return 200, published, {"X-WP-TotalPages": "1"}


def read_whole(settings: Settings) -> None:
    file = read_catalogue(settings, lambda _: None)
    ingest(file, settings.catalogue_dir, format="json", currency="EUR", embedder=FakeEmbedder())


def changed(settings: Settings, mark: str, *ids: str) -> None:
    with closing(Kept(settings.platform_dir)) as kept:
        kept.note(mark, ids)


def test_prices_stock_new_and_hidden_products_follow_within_one_read(settings: Settings) -> None:
    woo = Woo()
    with serving(woo) as (url, asked):
        shop = on(settings, "woocommerce", url)
        read_whole(shop)
        running = Recommender.open(shop.catalogue_dir, FakeEmbedder())
        woo.all[1] |= {
            "regular_price": "9.90",
            "price": "9.90",
            "stock_quantity": 0,
            "stock_status": "outofstock",
        }
        woo.all[2]["status"] = "draft"
        woo.all[3]["catalog_visibility"] = "hidden"
        del woo.all[4]
        woo.all[6] = woo_product(6)
        woo.forms[0]["stock_quantity"] = 1
        del asked[:]
        changed(shop, "d", "1", "2", "3", "4", "6", "500", "77")
        catalogue.refresh_changes(shop)
        mug = running.get("M-1")
        assert mug and mug.price == Decimal("9.90") and not mug.in_stock
        assert [running.get(f"M-{n}") is None for n in range(2, 7)] == [
            True,
            True,
            True,
            False,
            False,
        ]
        boot = running.get("BOOT")
        assert boot and boot.variants[0].stock == 1
        assert running.search("mug", limit=20).total >= 3
        assert {hit.product.sku for hit in running.search("", limit=20).hits} == {
            "M-1",
            "M-5",
            "M-6",
            "BOOT",
        }
        assert len([one for one in asked if "include" in one.query]) == 1
        # The same again finds nothing to do, and writes no generation.
        version = running.current().catalogue.version
        changed(shop, "e", "1")
        catalogue.refresh_changes(shop)
        assert running.current().catalogue.version == version
        with closing(Kept(shop.platform_dir)) as kept:
            assert kept.changes() == [] and kept.ids(["M-4", "BOOT-42"]) == {"BOOT-42": "500"}


def test_a_product_that_comes_back_is_there_once(settings: Settings) -> None:
    woo = Woo()
    with serving(woo) as (url, _):
        shop = on(settings, "woocommerce", url)
        read_whole(shop)
        running = Recommender.open(shop.catalogue_dir, FakeEmbedder())
        for mark, status in enumerate(("draft", "publish", "draft", "publish")):
            woo.all[2]["status"] = status
            changed(shop, str(mark), "2")
            catalogue.refresh_changes(shop)
            skus = [hit.product.sku for hit in running.search("", limit=20).hits]
            assert skus.count("M-2") == (status == "publish")
        woo.all[2]["sku"] = "M-2-NEW"
        changed(shop, "x", "2")
        catalogue.refresh_changes(shop)
        assert running.get("M-2") is None and running.get("M-2-NEW")


def test_while_the_platform_is_away_nothing_is_lost(settings: Settings, monkeypatch) -> None:
    opened = reading.opened
    monkeypatch.setattr(reading, "opened", lambda *_: opened(_[0], lambda _: None, 2))
    woo = Woo()
    with serving(woo) as (url, _):
        shop = on(settings, "woocommerce", url)
        read_whole(shop)
        woo.all[1]["regular_price"] = "9.90"
        changed(shop, "d", "1")
        woo.is_away = True
        with pytest.raises(PlatformUnavailable):
            catalogue.refresh_changes(shop)
        woo.is_away = False
        catalogue.refresh_changes(shop)
    found = Recommender.open(shop.catalogue_dir, FakeEmbedder()).get("M-1")
    assert found and found.price == Decimal("9.90")


def test_what_changes_while_it_is_read_is_read_again(settings: Settings) -> None:
    with serving(Woo()) as (url, _):
        shop = on(settings, "woocommerce", url)
        read_whole(shop)
        changed(shop, "a", "1")
        with changes_read(shop):
            changed(shop, "b", "1")
        with closing(Kept(shop.platform_dir)) as kept:
            assert [one.id for one in kept.changes()] == ["1"] and kept.bell.exists()
        with pytest.raises(RuntimeError), changes_read(shop):
            raise RuntimeError("the catalogue couldn't be written")
        with closing(Kept(shop.platform_dir)) as kept:
            assert [one.id for one in kept.changes()] == ["1"]


def test_very_many_changes_are_one_whole_read(settings: Settings, monkeypatch) -> None:
    monkeypatch.setattr(reading, "MOST_CHANGES", 3)
    with serving(Woo()) as (url, asked):
        shop = on(settings, "woocommerce", url)
        read_whole(shop)
        changed(shop, "a", "1", "2", "3", "4")
        del asked[:]
        catalogue.refresh_changes(shop)
        assert all("include" not in one.query for one in asked) and asked
        with closing(Kept(shop.platform_dir)) as kept:
            assert kept.changes() == []


def test_a_stock_item_of_shopify_leads_to_its_product(settings: Settings) -> None:
    stock = 4

    def answer(asked: Asked) -> Answer:
        body: dict[str, Any] = json.loads(asked.body)
        if "Owners" in body["query"]:
            owner = {"variant": {"product": {"id": "gid://shopify/Product/tee"}}}
            return 200, {"data": {"nodes": [owner, None, {"variant": None}]}}, {}
        tee = shopify_product("tee", [shopify_variant(1, inventoryQuantity=stock)])
        tee |= {"status": "ACTIVE", "publishedAt": "2026-01-01T00:00:00Z"}
        data: dict[str, Any] = {"shop": {"currencyCode": "EUR"}}
        if "Catalogue" in body["query"]:
            page = {"hasNextPage": False, "endCursor": None}
            draft = shopify_product("cap", [shopify_variant(2)])
            return (
                200,
                {"data": {**data, "products": {"pageInfo": page, "nodes": [tee, draft]}}},
                {},
            )
        draft = {
            **shopify_product("cap", [shopify_variant(2)]),
            "status": "DRAFT",
            "publishedAt": None,
        }
        known = {"gid://shopify/Product/tee": tee, "gid://shopify/Product/cap": draft}
        nodes = [known.get(one) for one in body["variables"]["ids"]]
        return 200, {"data": {**data, "nodes": nodes}}, {}

    with serving(answer) as (url, _):
        shop = on(settings, "shopify", url)
        read_whole(shop)
        stock = 0
        items = [f"gid://shopify/InventoryItem/{n}" for n in (1, 2, 3)]
        changed(shop, "a", *items, "gid://shopify/Product/cap")
        catalogue.refresh_changes(shop)
    running = Recommender.open(shop.catalogue_dir, FakeEmbedder())
    tee = running.get("tee")
    assert tee and tee.variants[0].stock in (None, 0) and running.get("cap") is None


def test_a_service_of_the_shops_own_is_asked_for_the_named_ones(settings: Settings) -> None:
    all_ = [
        {"sku": "A", "title": "Tee", "price": "9.00"},
        {"sku": "B", "title": "Cap", "price": "5.00"},
    ]
    with serving(lambda asked: (200, {"products": all_, "next": None}, {})) as (url, asked):
        shop = on(settings, "http", url)
        read_whole(shop)
        all_[0]["price"] = "8.00"
        all_[1]["price"] = "4.00"
        changed(shop, "n", "A", "GONE")
        catalogue.refresh_changes(shop)
        assert asked[-1].path == "/products" and asked[-1].target.endswith("?sku=A&sku=GONE")
    running = Recommender.open(shop.catalogue_dir, FakeEmbedder())
    tee, cap = running.get("A"), running.get("B")
    assert tee and cap and (tee.price, cap.price) == (Decimal("8.00"), Decimal("5.00"))


def test_an_unpublished_product_goes_with_no_file_at_all(settings: Settings, tmp_path) -> None:
    path = tmp_path / "shop" / "products.csv"
    ingest(path, settings.catalogue_dir, embedder=FakeEmbedder())
    report = add(None, settings.catalogue_dir, instead_of=["T1", "NONE"], embedder=FakeEmbedder())
    assert (report.removed, report.added, report.changed, report.unchanged) == (1, 0, 0, 7)
    running = Recommender.open(settings.catalogue_dir, FakeEmbedder())
    assert running.get("T1") is None and running.search("tent", limit=20).total == 7
