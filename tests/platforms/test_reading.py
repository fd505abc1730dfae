"""The catalogue of a live platform: pages, pace, refusals, and what becomes of its products."""

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from bot.errors import ConfigError
from bot.platforms.api import PlatformUnavailable
from bot.platforms.reading import catalogue_file, read_catalogue
from bot.settings import Settings
from bot.settings.sources import Platform
from recommender.catalogue.importers import Import, read_products
from recommender.product import BACKORDER, Product
from tests.platforms.servers import Answer, Asked, basic, serving

KEYS = {"WOO_KEY": "ck_1", "WOO_SECRET": "cs_2", "TOKEN": "shpat_3"}


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)


def on(settings: Settings, kind: str, url: str) -> Settings:
    platform = Platform(
        kind=kind, url=url, key_env="WOO_KEY", secret_env="WOO_SECRET", token_env="TOKEN"
    )
    return replace(settings, shop=settings.shop.copy(update={"platform": platform}))


def read(settings: Settings, pauses: list[float] | None = None) -> Import:
    waits = [] if pauses is None else pauses
    return read_products(read_catalogue(settings, waits.append), format="json", currency="EUR")


def by_sku(found: Import) -> dict[str, Product]:
    assert found.errors == []
    return {one.sku: one for one in found.products}


def woo_product(number: int, **values: Any) -> dict[str, Any]:
    return {
        "id": number, "name": f"Mug {number}", "type": "simple", "status": "publish", "catalog_visibility": "visible",
        "sku": f"M-{number}", "price": "12.50", "regular_price": "12.50", "sale_price": "", "manage_stock": True,
        "stock_quantity": 3, "stock_status": "instock", "categories": [{"id": 9, "name": "Mugs"}], "tags": [],
        "images": [{"src": f"https://cdn.example/{number}.jpg"}], "attributes": [], "permalink": f"https://shop.example/m{number}/",
        "description": "<p>Stoneware.</p>", "short_description": "", "average_rating": "0.00", "rating_count": 0, **values,
    }  # fmt: skip


BOOT = woo_product(
    500, name="Ridge Boot", type="variable", sku="BOOT", manage_stock=False, stock_quantity=None, regular_price="",
    attributes=[{"name": "Colour", "options": ["Brown"], "variation": True}, {"name": "Sole", "options": ["Rubber"], "variation": False}],
    average_rating="4.50", rating_count=8,
)  # fmt: skip
FORMS = [
    {"id": 501, "sku": "BOOT-42", "regular_price": "129.00", "sale_price": "99.00", "date_on_sale_to": "2099-01-01T23:59:59", "manage_stock": True, "stock_quantity": 2, "stock_status": "instock", "image": {"src": "https://cdn.example/42.jpg"}, "attributes": [{"name": "Colour", "option": "Brown"}, {"name": "Size", "option": "42"}]},
    {"id": 502, "sku": "", "regular_price": "129.00", "sale_price": "", "manage_stock": "parent", "stock_quantity": None, "stock_status": "onbackorder", "image": None, "attributes": [{"name": "Colour", "option": "Brown"}, {"name": "Size", "option": "43"}]},
]  # fmt: skip


class Woo:
    """A WooCommerce that holds 130 mugs and a boot in variations."""

    def __init__(self) -> None:
        self.all = [woo_product(number) for number in range(1, 131)] + [
            BOOT,
            woo_product(900, catalog_visibility="hidden"),
        ]
        self.throttle = 0

    def __call__(self, asked: Asked) -> Answer:
        if basic(asked) != "ck_1:cs_2":
            return (
                401,
                {
                    "code": "woocommerce_rest_cannot_view",
                    "message": "Sorry, you cannot list resources.",
                },
                {},
            )
        if self.throttle:
            self.throttle -= 1
            return 429, {"code": "too_many"}, {"Retry-After": "7"}
        found = FORMS if asked.path.endswith("/products/500/variations") else self.all
        size, page = int(asked.query["per_page"]), int(asked.query["page"])
        pages = -(-len(found) // size)
        return 200, found[(page - 1) * size : page * size], {"X-WP-TotalPages": str(pages)}


def test_all_pages_of_woocommerce_with_variations(settings: Settings) -> None:
    with serving(Woo()) as (url, asked):
        found = read(on(settings, "woocommerce", url))
    products = by_sku(found)
    assert len(products) == 131 and found.left_out == {"not published": 1}
    assert {one.query.get("status") for one in asked} == {"publish"}
    mug = products["M-7"]
    assert mug.price == Decimal("12.50") and mug.stock == 3 and mug.category == "Mugs"
    assert (
        mug.description == "Stoneware."
        and mug.url == "https://shop.example/m7/"
        and mug.rating is None
    )
    boot = products["BOOT"]
    first, second = boot.variants
    assert (
        first.price == Decimal("99.00")
        and first.compare_at == Decimal("129.00")
        and first.stock == 2
    )
    assert first.options == {"colour": "Brown", "size": "42"}
    assert second.sku == "502" and second.availability == BACKORDER
    assert boot.attributes["Sole"] == "Rubber" and (boot.rating, boot.ratings) == (4.5, 8)


def test_the_pace_of_the_platform_is_kept(settings: Settings) -> None:
    woo, pauses = Woo(), []
    woo.throttle = 2
    with serving(woo) as (url, _):
        read(on(settings, "woocommerce", url), pauses)
    assert pauses == [7.0, 7.0]


def test_refusals_are_said_without_keys_and_nothing_is_written(
    settings: Settings, monkeypatch
) -> None:
    monkeypatch.setenv("WOO_SECRET", "cs_wrong")
    with serving(Woo()) as (url, asked), pytest.raises(PlatformUnavailable) as failed:
        read(on(settings, "woocommerce", url))
    assert "401" in str(failed.value) and "cannot list" in str(failed.value) and len(asked) == 1
    assert "cs_wrong" not in str(failed.value) and not catalogue_file(settings).exists()


@pytest.mark.parametrize(
    ("status", "body"), [(500, {}), (200, b"<html>"), (200, {"message": "?"}), (200, [1])]
)
def test_a_broken_platform_leaves_what_was_read_before(
    settings: Settings, status: int, body: Any
) -> None:
    where = catalogue_file(settings)
    where.parent.mkdir(parents=True)
    where.write_text("before")
    with (
        serving(lambda asked: (status, body, {})) as (url, asked),
        pytest.raises(PlatformUnavailable),
    ):
        read(on(settings, "woocommerce", url))
    assert where.read_text() == "before" and list(where.parent.iterdir()) == [where]
    assert len(asked) == (6 if status == 500 else 1)


def test_keys_are_needed_and_only_sent_over_https(settings: Settings, monkeypatch) -> None:
    with pytest.raises(ConfigError, match="https"):
        read(on(settings, "woocommerce", "http://shop.example"))
    monkeypatch.delenv("WOO_KEY")
    with pytest.raises(ConfigError, match="WOO_KEY"):
        read(on(settings, "woocommerce", "https://shop.example"))


def shopify_variant(number: int, **values: Any) -> dict[str, Any]:
    return {
        "sku": f"T-{number}", "barcode": "", "price": "20.00", "compareAtPrice": None, "inventoryQuantity": 4, "availableForSale": True,
        "selectedOptions": [{"name": "Size", "value": str(number)}], "image": None, **values,
    }  # fmt: skip


def shopify_product(handle: str, forms: list[dict[str, Any]], more: str = "") -> dict[str, Any]:
    return {
        "id": f"gid://shopify/Product/{handle}", "handle": handle, "title": handle.title(), "descriptionHtml": "<p>Soft.</p>", "vendor": "Acme",
        "productType": "Tees", "tags": ["men"], "onlineStoreUrl": f"https://shop.example/products/{handle}", "category": None,
        "images": {"nodes": [{"url": "https://cdn.example/t.jpg"}]},
        "variants": {"pageInfo": {"hasNextPage": bool(more), "endCursor": more}, "nodes": forms},
    }  # fmt: skip


class Shopify:
    """A Shopify with two pages of products, one of which has a second page of variants."""

    def __init__(self) -> None:
        self.throttled = 1

    def __call__(self, asked: Asked) -> Answer:
        assert asked.path == "/admin/api/2026-10/graphql.json"
        if asked.headers.get("x-shopify-access-token") != "shpat_3":
            return 401, {"errors": "[API] Invalid API key or access token"}, {}
        body = json.loads(asked.body)
        if self.throttled:
            self.throttled -= 1
            bucket = {"maximumAvailable": 1000.0, "currentlyAvailable": 400, "restoreRate": 50.0}
            cost = {"requestedQueryCost": 600, "actualQueryCost": None, "throttleStatus": bucket}
            error = {"message": "Throttled", "extensions": {"code": "THROTTLED"}}
            return 200, {"errors": [error], "extensions": {"cost": cost}}, {}
        after = body["variables"].get("after")
        if "Variants" in body["query"]:
            last = {
                "pageInfo": {"hasNextPage": False, "endCursor": None},
                "nodes": [shopify_variant(3, availableForSale=False, inventoryQuantity=0)],
            }
            return 200, {"data": {"product": {"variants": last}}}, {}
        if after is None:
            forms = [
                shopify_variant(1, compareAtPrice="25.00"),
                shopify_variant(2, inventoryQuantity=-2),
            ]
            nodes, page = (
                [shopify_product("tee", forms, "more")],
                {"hasNextPage": True, "endCursor": "2"},
            )
        else:
            only = shopify_variant(
                9, sku="CARD", selectedOptions=[{"name": "Title", "value": "Default Title"}]
            )
            nodes, page = (
                [shopify_product("card", [only])],
                {"hasNextPage": False, "endCursor": None},
            )
        return (
            200,
            {
                "data": {
                    "shop": {"currencyCode": "CHF"},
                    "products": {"pageInfo": page, "nodes": nodes},
                }
            },
            {},
        )


def test_all_products_of_shopify_with_all_variants(settings: Settings) -> None:
    pauses: list[float] = []
    with serving(Shopify()) as (url, _):
        products = by_sku(read(on(settings, "shopify", url), pauses))
    assert pauses == [4.0]  # until the 200 points that are missing are there
    tee = products["tee"]
    assert [(one.sku, one.in_stock, one.stock) for one in tee.variants] == [
        ("T-1", True, 4),
        ("T-2", True, None),
        ("T-3", False, 0),
    ]
    assert (
        tee.variants[0].compare_at == Decimal("25.00")
        and tee.currency == "CHF"
        and tee.sizes == ("1", "2", "3")
    )
    assert tee.audience == "men" and tee.url.endswith("/tee")
    assert [one.sku for one in products["card"].variants] == ["CARD"] and not products[
        "card"
    ].choices


def test_a_query_that_shopify_refuses_is_said(settings: Settings) -> None:
    refused = {
        "errors": [
            {
                "message": "Access denied for products field. Required access: `read_products` access scope."
            }
        ]
    }
    with (
        serving(lambda asked: (200, refused, {})) as (url, _),
        pytest.raises(PlatformUnavailable, match="read_products"),
    ):
        read(on(settings, "shopify", url))


def test_a_service_of_the_shops_own(settings: Settings) -> None:
    def answer(asked: Asked) -> Answer:
        assert asked.headers["authorization"] == "Bearer shpat_3"
        if asked.query.get("page") == "2":
            return (
                200,
                {"products": [{"sku": "B", "title": "Cap", "price": 9, "stock": 0}], "next": None},
                {},
            )
        form = {
            "sku": "A-S",
            "options": {"size": "S"},
            "price": "19.90",
            "stock": 2,
            "gtin": "4006381333931",
        }
        return (
            200,
            {
                "products": [
                    {
                        "sku": "A",
                        "title": "Tee",
                        "variants": [form, {**form, "sku": "A-M", "options": {"size": "M"}}],
                    }
                ],
                "next": "products?page=2",
            },
            {},
        )

    with serving(answer) as (url, _):
        products = by_sku(read(on(settings, "http", url)))
    assert [one.name for one in products["A"].variants] == ["S", "M"] and products["A"].variants[
        0
    ].gtin
    assert products["B"].price == 9 and not products["B"].in_stock


@pytest.mark.parametrize("following", ["products", "https://elsewhere.example/products"])
def test_pages_lead_neither_in_circles_nor_elsewhere(settings: Settings, following: str) -> None:
    page = {"products": [{"sku": "A", "title": "Tee"}], "next": following}
    with serving(lambda asked: (200, page, {})) as (url, asked), pytest.raises(PlatformUnavailable):
        read(on(settings, "http", url))
    assert len(asked) == 1
