"""What a cart costs: products as the catalogue has them, a discount code, gift wrap and delivery."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from bot.settings.selling import Delivery, Discount
from bot.settings.shop import Shop
from bot.spoken import ENGLISH
from recommender.product import Product

MOST_LINES, MOST_PIECES = 50, 99
CENT = Decimal("0.01")
NOTHING = Decimal("0.00")


@dataclass(frozen=True)
class Wish:
    """What a customer puts together; nothing of it is a price."""

    lines: Sequence[tuple[str, int]]  # sku of a product or variant, how many
    country: str = ""  # as shop.yml calls it
    way: str = ""  # the name of a way of delivery; else the first that there is
    code: str = ""
    gift: bool = False


@dataclass(frozen=True)
class Line:
    """A product or variant as it is sold now."""

    sku: str
    title: str
    quantity: int
    price: Decimal  # of one

    @property
    def sum(self) -> Decimal:
        """What they cost together."""
        return self.price * self.quantity


@dataclass(frozen=True)
class Quote:
    """What it costs, and what stands in the way: field -> what to say; empty when it can be ordered."""

    lines: tuple[Line, ...] = ()
    discount: Decimal = NOTHING
    gift: Decimal = NOTHING
    way: Delivery | None = None
    delivery: Decimal = NOTHING
    problems: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def goods(self) -> Decimal:
        """All lines together, before any discount."""
        return sum((one.sum for one in self.lines), NOTHING)

    @property
    def total(self) -> Decimal:
        """What is to be paid."""
        return self.goods - self.discount + self.gift + self.delivery


def quote(shop: Shop, wish: Wish, product: Callable[[str], Product | None], today: date) -> Quote:
    """What a wish costs today. `product` finds one by its sku, or by that of a variant."""
    problems: dict[str, str] = {}
    lines = tuple(_lines(shop, wish.lines, product, problems))
    goods = sum((one.sum for one in lines), NOTHING)
    found, reason = discount_for(shop, wish.code, goods, today)
    if reason:
        problems["code"] = reason
    off = found.off(goods) if found else NOTHING
    gift = shop.checkout.gift_wrap if shop.checkout and wish.gift else None
    ways = ways_to(shop, wish.country)
    way = next((one for one in ways if one.called(ENGLISH) == wish.way), ways[0] if ways else None)
    if wish.country and way is None:
        problems["country"] = "We don't deliver there."
    is_free = bool(found and found.free_delivery)
    fee = NOTHING if way is None or is_free else way.cost(goods - off)
    if not lines:
        problems.setdefault("cart", "Your cart is empty.")
    return Quote(lines, off, gift or NOTHING, way, fee, problems)


def discount_for(
    shop: Shop, code: str, goods: Decimal | None, today: date
) -> tuple[Discount | None, str]:
    """The discount of a code, or why it doesn't count; None and no reason for no code.

    Without `goods` it isn't looked at from which amount on it counts.
    """
    said = code.strip().casefold()
    if not said:
        return None, ""
    known = shop.checkout.discounts if shop.checkout else ()
    found = next((one for one in known if one.code.casefold() == said), None)
    if found is None:
        return None, "We don't know this code."
    if found.until and today > found.until:
        return None, f"This code was good until {found.until:%d-%m-%Y}."
    if goods is not None and goods < found.from_amount:
        return None, f"This code is for orders from {found.from_amount} {shop.currency}."
    return found, ""


def countries(shop: Shop) -> list[str]:
    """Where the shop delivers to, as shop.yml calls it, in its order."""
    return list(dict.fromkeys(name for way in shop.delivery for name in way.countries))


def ways_to(shop: Shop, country: str) -> list[Delivery]:
    """The ways of delivery to one of `countries`."""
    return [way for way in shop.delivery if country in way.countries]


def cents(amount: Decimal) -> Decimal:
    """An amount rounded to cents, halves up."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def _lines(
    shop: Shop,
    wanted: Sequence[tuple[str, int]],
    product: Callable[[str], Product | None],
    problems: dict[str, str],
) -> list[Line]:
    lines: list[Line] = []
    together: dict[str, int] = {}
    for sku, quantity in wanted:
        together[sku] = together.get(sku, 0) + quantity
    for sku, quantity in together.items():
        found = product(sku)
        form = _form(found, sku) if found else None
        if found is None or form is None:
            problems["cart"] = (
                f"{found.title if found else sku} can't be ordered as it is: please choose again."
            )
            continue
        name = ", ".join(found.variants[0].options.values()) if len(found.variants) == 1 else ""
        title = f"{found.title} ({name})" if name else found.title
        if (
            form.price is None
            or not form.can_order
            or (found.currency or shop.currency) != shop.currency
        ):
            problems["cart"] = f"{title} is sold out. Please take it out of your cart."
        elif quantity > MOST_PIECES:
            problems["cart"] = f"At most {MOST_PIECES} of {title} can be ordered at once."
        elif form.stock is not None and not form.availability and quantity > form.stock:
            problems["cart"] = f"There are only {form.stock} of {title}."
        if form.price is not None:
            lines.append(Line(sku, title, quantity, cents(form.price)))
    return lines


def _form(found: Product, sku: str) -> Product | None:
    """What is bought under a sku: a product without choices, or one variant of it."""
    if len(found.variants) == 1:
        return found.seen_as(found.variants[0])
    return None if found.choices else found
