"""Orders of WooCommerce and Shopify, by servers that answer as their documents say."""

import json
from typing import Any

import pytest

from actions.order_backends.interface import NotPossible, OrdersUnavailable
from actions.order_backends.platform import PlatformOrders, orders_of
from bot.settings.shop import Platform
from tests.actions.conversation import set_clock
from tests.platforms.servers import Answer, Asked, basic, serving


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"WOO_KEY": "ck_1", "WOO_SECRET": "cs_2", "TOKEN": "shpat_3"}.items():
        monkeypatch.setenv(name, value)
    set_clock(monkeypatch, "2026-11-22T12:00")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def backend(kind: Any, url: str) -> PlatformOrders:
    platform = Platform(
        kind=kind, url=url, key_env="WOO_KEY", secret_env="WOO_SECRET", token_env="TOKEN"
    )
    return orders_of(platform, 1.0)


def woo_order(id_: int, email: str = "Anna@Example.com", **values: Any) -> dict[str, Any]:
    return {
        "id": id_, "number": str(id_), "status": "processing", "currency": "EUR", "total": "25.00", "date_created": "2026-11-20T10:00:00",
        "date_paid": "2026-11-20T10:01:00", "date_completed_gmt": None, "billing": {"email": email, "first_name": "Anna"},
        "line_items": [{"name": "Mug", "sku": "M-1", "quantity": 2}], **values,
    }  # fmt: skip


ORDERS = [
    woo_order(727), woo_order(728, status="completed", date_completed_gmt="2026-11-20T09:00:00"), woo_order(729, "kim@example.com"),
    woo_order(730, number="2026-0007", status="completed", date_completed_gmt="2026-10-01T09:00:00"), woo_order(731, status="checkout-draft"),
]  # fmt: skip


def woo(asked: Asked) -> Answer:
    if basic(asked) != "ck_1:cs_2":
        return 401, {"code": "woocommerce_rest_cannot_view"}, {}
    assert asked.method == "GET"
    last = asked.path.rsplit("/", 1)[-1]
    if last.isdecimal():
        found = next((one for one in ORDERS if one["id"] == int(last)), None)
        return (
            (200, found, {})
            if found
            else (404, {"code": "woocommerce_rest_shop_order_invalid_id"}, {})
        )
    text = asked.query["search"].lower()
    return 200, [one for one in ORDERS if text in json.dumps(one).lower()], {}


@pytest.mark.anyio
async def test_woocommerce_by_number_and_email() -> None:
    with serving(woo) as (url, _):
        orders = backend("woocommerce", url)
        mine = await orders.find("#727", "anna@example.com")
        assert mine and (mine.status, mine.total, mine.items[0].sku) == ("paid", "25.00", "M-1")
        assert await orders.find("727", "kim@example.com") is None
        assert await orders.find("99999", "anna@example.com") is None
        assert await orders.find("731", "anna@example.com") is None
        sent = await orders.find("728", "anna@example.com")
        old = await orders.find("2026-0007", "anna@example.com")
        assert sent and old and (sent.status, old.status) == ("shipped", "delivered")
        assert {one.number for one in await orders.others(mine)} == {"728", "2026-0007"}


@pytest.mark.anyio
async def test_what_is_asked_is_written_nowhere_and_known_again() -> None:
    with serving(woo) as (url, asked):
        orders = backend("woocommerce", url)
        mine = await orders.find("727", "anna@example.com")
        assert mine
        first = await orders.request(mine, "cancel", "")
        assert (
            first
            == await orders.request(mine, "cancel", "")
            != await orders.request(mine, "invoice", "")
        )
        with pytest.raises(NotPossible):
            await orders.request(mine, "return", "")
    assert not orders.carries_out and {one.method for one in asked} == {"GET"}


def shopify_order(name: str, email: str = "anna@example.com", **values: Any) -> dict[str, Any]:
    return {
        "name": name, "email": email, "createdAt": "2026-11-20T10:00:00Z", "cancelledAt": None, "displayFinancialStatus": "PAID",
        "displayFulfillmentStatus": "UNFULFILLED", "returnStatus": "NO_RETURN", "totalPriceSet": {"shopMoney": {"amount": "25.0", "currencyCode": "CHF"}},
        "lineItems": {"nodes": [{"sku": "M-1", "title": "Mug", "quantity": 2}]}, "fulfillments": [], **values,
    }  # fmt: skip


def parcel(status: str) -> dict[str, Any]:
    tracking = [{"company": "DHL", "number": "JV1"}]
    return {
        "displayStatus": status,
        "deliveredAt": None,
        "estimatedDeliveryAt": "2026-11-24T00:00:00Z",
        "trackingInfo": tracking,
    }


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({}, "paid"), ({"displayFinancialStatus": "PENDING"}, "pending"), ({"cancelledAt": "2026-11-21T10:00:00Z"}, "cancelled"),
        ({"displayFulfillmentStatus": "FULFILLED", "fulfillments": [parcel("IN_TRANSIT")]}, "shipped"),
        ({"displayFulfillmentStatus": "FULFILLED", "fulfillments": [parcel("OUT_FOR_DELIVERY")]}, "out_for_delivery"),
        ({"displayFulfillmentStatus": "FULFILLED", "fulfillments": [parcel("DELIVERED")]}, "delivered"),
        ({"returnStatus": "IN_PROGRESS"}, "return_requested"), ({"displayFinancialStatus": "REFUNDED"}, "refunded"),
    ],
)  # fmt: skip
@pytest.mark.anyio
async def test_shopify_by_number_and_email(values: dict[str, Any], status: str) -> None:
    def answer(asked: Asked) -> Answer:
        assert asked.headers["x-shopify-access-token"] == "shpat_3"
        query = json.loads(asked.body)["variables"]["query"]
        found = (
            [shopify_order("#1001", **values), shopify_order("#10010")]
            if query == "name:1001"
            else []
        )
        return 200, {"data": {"orders": {"nodes": found}}}, {}

    with serving(answer) as (url, _):
        orders = backend("shopify", url)
        mine = await orders.find("#1001", "Anna@example.com")
        assert mine and mine.number == "#1001" and mine.status == status
        if status == "shipped":
            assert (mine.carrier, mine.tracking) == ("DHL", "JV1")
        assert await orders.find("1001", "kim@example.com") is None
        assert await orders.find("1001 OR email:*", "anna@example.com") is None


@pytest.mark.parametrize(
    ("status", "body"),
    [(401, {}), (503, {}), (200, {"errors": [{"message": "Access denied"}]}), (200, {"data": {"orders": {"nodes": [{}]}}}), (200, [])],
)  # fmt: skip
@pytest.mark.anyio
async def test_what_cannot_be_read_is_unavailable_and_never_nothing(status: int, body: Any) -> None:
    with serving(lambda asked: (status, body, {})) as (url, _), pytest.raises(OrdersUnavailable):
        await backend("shopify", url).find("1001", "anna@example.com")
