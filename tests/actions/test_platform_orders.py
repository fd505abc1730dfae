"""Orders of WooCommerce and Shopify, by servers that answer as their documents say."""

import json
from typing import Any

import pytest

from actions.order_backends.interface import NotPossible, OrdersUnavailable
from actions.order_backends.platform import PlatformOrders
from actions.order_backends.shopify import ShopifyOrders
from actions.order_backends.woocommerce import WooCommerceOrders
from bot.settings.sources import Platform
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


def backend(kind: Any, url: str, *does: str) -> PlatformOrders:
    platform = Platform(
        kind=kind,
        url=url,
        key_env="WOO_KEY",
        secret_env="WOO_SECRET",
        token_env="TOKEN",
        carries_out=does,
    )
    return {"woocommerce": WooCommerceOrders, "shopify": ShopifyOrders}[kind](platform, 1.0)


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
        assert {one.number for one in await orders.under("Anna@example.com")} == {
            "727",
            "728",
            "2026-0007",
        }


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
    assert not orders.carries_out("cancel") and {one.method for one in asked} == {"GET"}


def shopify_order(name: str, email: str = "anna@example.com", **values: Any) -> dict[str, Any]:
    return {
        "id": f"gid://shopify/Order/{name}", "name": name, "email": email, "createdAt": "2026-11-20T10:00:00Z", "cancelledAt": None, "displayFinancialStatus": "PAID",
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


class Writable:
    """A WooCommerce whose orders can be changed."""

    def __init__(self) -> None:
        self.orders = {one["id"]: dict(one, meta_data=[]) for one in ORDERS}

    def __call__(self, asked: Asked) -> Answer:
        order = self.orders[int(asked.path.rsplit("/", 1)[-1])]
        if asked.method == "PUT":
            told = json.loads(asked.body)
            order["status"] = told["status"]
            known = {one["key"]: one for one in [*order["meta_data"], *told["meta_data"]]}
            order["meta_data"] = list(known.values())
        return 200, order, {}


@pytest.mark.anyio
async def test_woocommerce_cancels_and_takes_it_back_where_shop_yml_lets_it() -> None:
    woo = Writable()
    with serving(woo) as (url, asked):
        orders = backend("woocommerce", url, "cancel")
        mine = await orders.find("727", "anna@example.com")
        assert mine and orders.carries_out("cancel") and not orders.carries_out("return")
        reference = await orders.request(mine, "cancel", "")
        assert woo.orders[727]["status"] == "cancelled"
        now = await orders.find("727", "anna@example.com")
        assert now and now.status == "cancelled"
        assert await orders.request(now, "cancel", "") == reference  # the same again
        assert len([one for one in asked if one.method == "PUT"]) == 1
        await orders.withdraw(now, "ANOTHER")
        assert woo.orders[727]["status"] == "cancelled"
        await orders.withdraw(now, reference)
        await orders.withdraw(now, reference)
        assert woo.orders[727]["status"] == "processing"
        assert await orders.request(mine, "cancel", "") == reference
        assert woo.orders[727]["status"] == "cancelled"
        woo.orders[727]["status"] = "refunded"
        with pytest.raises(NotPossible):
            await orders.withdraw(now, reference)


@pytest.mark.anyio
async def test_what_was_sent_meanwhile_isnt_cancelled() -> None:
    """What the order was when the customer was asked counts for nothing: it is read again."""
    woo = Writable()
    with serving(woo) as (url, asked):
        orders = backend("woocommerce", url, "cancel")
        mine = await orders.find("727", "anna@example.com")
        woo.orders[727]["status"] = "completed"
        assert mine
        with pytest.raises(NotPossible):
            await orders.request(mine, "cancel", "")
        assert all(one.method == "GET" for one in asked)


class Store:
    """A Shopify that cancels in the background and takes requests for returns."""

    def __init__(self, **values: Any) -> None:
        self.order = shopify_order("#1001", **values)
        self.looks, self.returns, self.said = 0, [], []
        self.refuses = ""
        self.slow = 0

    def __call__(self, asked: Asked) -> Answer:
        body = json.loads(asked.body)
        name, given = body["query"].split("(")[0].split()[-1], body["variables"]
        self.said.append(name)
        errors = [{"message": self.refuses}] if self.refuses else []
        if name == "Orders":
            if self.slow and "Cancel" in self.said:
                self.slow -= 1
                if not self.slow:
                    self.order["cancelledAt"] = "2026-11-22T11:00:00Z"
            return 200, {"data": {"orders": {"nodes": [self.order]}}}, {}
        if name == "Cancel":
            assert given["order"] == self.order["id"]
            if not errors and not self.slow:
                self.order["cancelledAt"] = "2026-11-22T11:00:00Z"
            job = {"id": "j", "done": not self.slow} if not errors else None
            return 200, {"data": {"orderCancel": {"job": job, "orderCancelUserErrors": errors}}}, {}
        if name == "Returnable":
            lines = [
                {
                    "quantity": 2,
                    "fulfillmentLineItem": {"id": "gid://shopify/FulfillmentLineItem/1"},
                }
            ]
            nodes = [{"returnableFulfillmentLineItems": {"nodes": [] if self.returns else lines}}]
            return 200, {"data": {"returnableFulfillments": {"nodes": nodes}}}, {}
        if name == "Return":
            self.returns.append(given["input"])
            self.order["returnStatus"] = "RETURN_REQUESTED"
            return (
                200,
                {"data": {"returnRequest": {"return": {"id": "r1"}, "userErrors": errors}}},
                {},
            )
        if name == "Returns":
            status = "REQUESTED" if self.returns else "OPEN"
            return (
                200,
                {"data": {"order": {"returns": {"nodes": [{"id": "r1", "status": status}]}}}},
                {},
            )
        assert name == "TakeBack"
        self.returns.clear()
        self.order["returnStatus"] = "NO_RETURN"
        return (
            200,
            {"data": {"returnCancel": {"return": {"status": "CANCELED"}, "userErrors": errors}}},
            {},
        )


@pytest.mark.anyio
@pytest.mark.parametrize("slow", [0, 2])
async def test_shopify_cancels_for_good(slow: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("actions.order_backends.shopify.LOOK_SECONDS", 0.01)
    store = Store()
    store.slow = slow
    with serving(store) as (url, _):
        orders = backend("shopify", url, "cancel", "return")
        mine = await orders.find("1001", "anna@example.com")
        assert mine and not orders.takes_back("cancel") and orders.takes_back("return")
        first = await orders.request(mine, "cancel", "")
        assert store.order["cancelledAt"]
        assert await orders.request(mine, "cancel", "") == first
        assert store.said.count("Cancel") == 1


@pytest.mark.anyio
async def test_what_shopify_refuses_or_never_does_isnt_said_to_be_done(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("actions.order_backends.shopify.LOOK_SECONDS", 0.01)
    store = Store()
    with serving(store) as (url, _):
        orders = backend("shopify", url, "cancel")
        mine = await orders.find("1001", "anna@example.com")
        assert mine
        store.refuses = "Order has outstanding fulfillments"
        with pytest.raises(NotPossible, match="outstanding"):
            await orders.request(mine, "cancel", "")
        store.refuses, store.slow = "", 1000
        with pytest.raises(OrdersUnavailable):
            await orders.request(mine, "cancel", "")


@pytest.mark.anyio
async def test_shopify_asks_staff_for_a_return_and_forgets_it_again() -> None:
    store = Store(displayFulfillmentStatus="FULFILLED", fulfillments=[parcel("DELIVERED")])
    with serving(store) as (url, _):
        orders = backend("shopify", url, "return")
        mine = await orders.find("1001", "anna@example.com")
        assert mine and mine.status == "delivered"
        reference = await orders.request(mine, "return", "the mug is too small" * 50)
        (line,) = store.returns[0]["returnLineItems"]
        assert line["quantity"] == 2 and len(line["customerNote"]) == 300
        now = await orders.find("1001", "anna@example.com")
        assert now and now.status == "return_requested"
        assert await orders.request(now, "return", "the mug is too small" * 50) == reference
        assert len(store.returns) == 1
        await orders.withdraw(now, reference)
        again = await orders.find("1001", "anna@example.com")
        assert again and again.status == "delivered"


def test_shop_yml_allows_only_what_the_platform_can_do() -> None:
    with pytest.raises(ValueError, match="can't return"):
        Platform(kind="woocommerce", url="https://shop.example", carries_out=("return",))
