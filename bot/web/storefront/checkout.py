"""The demo's checkout: what a cart costs, the order, and its page (shop.yml, `checkout`)."""

import asyncio
import hmac
import re
from datetime import datetime
from typing import Any

from sanic import Blueprint
from sanic.exceptions import InvalidUsage, NotFound, SanicException
from sanic.request import Request
from sanic.response import HTTPResponse
from sanic.response import json as json_response

from bot.checkout.orders import AlreadyPlaced, Buyer, place, placed
from bot.checkout.prices import MOST_LINES, MOST_PIECES, Quote, Wish, quote, ways_to
from bot.emails import WHOLE
from bot.money import format_money
from bot.settings.shop import Shop
from bot.spoken import ENGLISH
from bot.web.door.bodies import read_json
from bot.web.door.limits import network
from bot.web.services import services
from bot.web.storefront import catalogue_of, render
from bot.wording import full_date
from recommender.errors import NoCatalogue
from recommender.product import Product

routes = Blueprint("checkout", url_prefix="/shop")

QUOTES, ORDERS = (120, 4.0), (10, 0.05)  # of one network: at once, and a second
LONGEST = {"name": 80, "email": 200, "address": 300, "country": 60, "way": 60, "code": 30}
NEEDED = {
    "name": "Please write your name.",
    "email": "Please write an email address, such as anna@example.com.",
    "address": "Please write street, number, postcode and town.",
    "country": "Please choose where it goes.",
}


@routes.post("/quote")
async def price(request: Request) -> HTTPResponse:
    """What a cart costs now, by the catalogue's prices, and what stands in the way of ordering it."""
    shop = _shop(request)
    services(request).limits.take(f"quote {network(request)}", *QUOTES)
    wish = _wish(read_json(request.body))
    return json_response(_told(shop, wish, _quote(request, wish)))


@routes.post("/orders")
async def order(request: Request) -> HTTPResponse:
    """Order a cart: the address of the order's page, or what has to be put right (422)."""
    web, shop = services(request), _shop(request)
    body = read_json(request.body)
    form = body.get("id")
    if not isinstance(form, str) or not re.fullmatch(r"[A-Za-z0-9-]{8,64}", form):
        raise InvalidUsage("'id' must be 8 to 64 letters, digits or hyphens: a UUID will do.")
    wish = _wish(body)
    buyer = Buyer(_text(body, "name"), _text(body, "email"), _text(body, "address"), wish.country)
    problems = {name: said for name, said in NEEDED.items() if not _text(body, name)}
    if buyer.email and not re.fullmatch(WHOLE, buyer.email):
        problems["email"] = NEEDED["email"]
    made = _quote(request, wish)
    problems |= made.problems
    if problems or made.way is None:
        return json_response({**_told(shop, wish, made), "problems": problems}, 422)
    web.limits.take(f"order {network(request)}", *ORDERS)
    now = datetime.now(shop.zone)
    expected = shop.hours.add_working_days(now.date(), made.way.days_max).isoformat()
    try:
        number = await asyncio.to_thread(
            place, web.settings.orders_db, web.settings.shop_dir / shop.orders.file, form, buyer, made, now.replace(tzinfo=None), expected, shop.currency, wish.code
        )  # fmt: skip
    except AlreadyPlaced as error:
        raise SanicException(
            "This form's order is placed already. Please reload the page for another one.", 409
        ) from error
    key = _key(number, web.settings.secrets().session_key)
    return json_response({"number": number, "url": f"/shop/orders/{number}?key={key}"}, 201)


@routes.get("/orders/<number>")
async def order_page(request: Request, number: str) -> HTTPResponse:
    """An order, for who has its link."""
    web, shop = services(request), _shop(request)
    said = request.args.get("key", "")
    keys = [_key(number, key) for key in web.settings.secrets().session_keys]
    fits = [hmac.compare_digest(said.encode(), key.encode()) for key in keys]
    found = await asyncio.to_thread(placed, web.settings.orders_db, number) if any(fits) else None
    if found is None:
        raise NotFound("There is no such order.")
    day = datetime.fromisoformat(found.expected_at).date()
    items = [(_product(request, sku), sku, count) for sku, count in found.items]
    return render(
        request,
        "order.html",
        order=found,
        expected=full_date(day),
        items=items,
        total=format_money(found.total, found.currency or shop.currency, cents=2),
    )


def _shop(request: Request) -> Shop:
    """The shop, if its storefront takes orders. Raises NotFound."""
    shop = services(request).settings.shop
    if shop.checkout is None or not shop.storefront:
        raise NotFound("This shop takes no orders here.")
    return shop


def _wish(body: dict[str, Any]) -> Wish:
    """Raises InvalidUsage for what the cart's page never sends."""
    lines = body.get("lines")
    if not isinstance(lines, list) or len(lines) > MOST_LINES:
        raise InvalidUsage(f"'lines' must be a list of at most {MOST_LINES} products.")
    wanted: dict[str, int] = {}
    for one in lines:
        line: dict[str, Any] = one if isinstance(one, dict) else {}
        sku, count = line.get("sku"), line.get("quantity")
        if not isinstance(sku, str) or not 0 < len(sku) <= 200:
            raise InvalidUsage("A line needs a sku.")
        if not isinstance(count, int) or isinstance(count, bool) or not 1 <= count <= MOST_PIECES:
            raise InvalidUsage(f"A line needs a quantity from 1 to {MOST_PIECES}.")
        wanted[sku] = wanted.get(sku, 0) + count
    texts = {name: _text(body, name) for name in ("country", "way", "code")}
    return Wish(list(wanted.items()), gift=body.get("gift") is True, **texts)


def _text(body: dict[str, Any], name: str) -> str:
    """A field of the form in one line. Raises InvalidUsage."""
    value = body.get(name, "")
    if not isinstance(value, str) or len(value) > LONGEST[name]:
        raise InvalidUsage(f"'{name}' must be a text of at most {LONGEST[name]} characters.")
    return " ".join("".join(c if c.isprintable() else " " for c in value).split())


def _quote(request: Request, wish: Wish) -> Quote:
    shop = _shop(request)
    return quote(shop, wish, lambda sku: _product(request, sku), datetime.now(shop.zone).date())


def _product(request: Request, sku: str) -> Product | None:
    """A product, or one as the variant that a sku is of."""
    try:
        found = catalogue_of(request).get(sku)
    except NoCatalogue:
        return None
    variant = found.variant(sku) if found and found.sku != sku else None
    return found.narrowed([variant]) if found and variant else found


def _told(shop: Shop, wish: Wish, made: Quote) -> dict[str, Any]:
    """A quote as the cart's page shows it."""

    def money(amount: Any) -> str:
        return format_money(amount, shop.currency, cents=2)

    return {
        "lines": [
            {"sku": one.sku, "title": one.title, "quantity": one.quantity, "sum": money(one.sum)}
            for one in made.lines
        ],
        "goods": money(made.goods),
        "discount": money(made.discount) if made.discount else "",
        "gift": money(made.gift) if made.gift else "",
        "delivery": (money(made.delivery) if made.delivery else "free") if made.way else "",
        "ways": [
            {"name": one.called(ENGLISH), "days": f"{one.days_min}–{one.days_max}"}
            for one in ways_to(shop, wish.country)
        ],
        "way": made.way.called(ENGLISH) if made.way else "",
        "total": money(made.total),
        "value": str(made.total),
        "problems": made.problems,
    }


def _key(number: str, secret: str) -> str:
    """What opens the page of an order: nobody can make one up."""
    return hmac.digest(secret.encode(), f"order {number}".encode(), "sha256").hex()[:32]
