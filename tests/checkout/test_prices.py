"""What a cart costs: never by what a customer says that it does."""

from datetime import date
from decimal import Decimal

import pytest

from bot.checkout.prices import Quote, Wish, countries, discount_for, quote
from bot.settings import Settings
from bot.settings.selling import Discount
from bot.settings.shop import Shop
from recommender.product import BACKORDER, Product, Variant

TODAY = date(2026, 11, 22)
FORMS = (
    Variant("B-42", {"size": "42"}, Decimal("129.00"), stock=2),
    Variant("B-43", {"size": "43"}, Decimal("139.00"), stock=0),
    Variant("B-44", {"size": "44"}, Decimal("99.00"), stock=0, availability=BACKORDER),
)
PRODUCTS = {
    "MUG": Product("MUG", "Mug", price=Decimal("12.50"), currency="EUR", stock=5),
    "BOOT": Product("BOOT", "Boot", price=Decimal("99.00"), currency="EUR", variants=FORMS),
    "DEAR": Product("DEAR", "Elsewhere", price=Decimal("9"), currency="USD", stock=5),
}


def product(sku: str) -> Product | None:
    whole = PRODUCTS["BOOT"]
    variant = whole.variant(sku)
    return whole.narrowed([variant]) if variant else PRODUCTS.get(sku)


def costs(settings: Settings, *lines: tuple[str, int], **wish) -> Quote:
    return quote(settings.shop, Wish(lines, **{"country": "Netherlands", **wish}), product, TODAY)


def test_goods_delivery_gift_and_discount_add_up(settings: Settings) -> None:
    made = costs(settings, ("MUG", 2))
    assert (made.goods, made.delivery, made.total) == (
        Decimal("25.00"),
        Decimal("4.95"),
        Decimal("29.95"),
    )
    made = costs(settings, ("MUG", 2), gift=True, code="welcome10", way="Express")
    assert (made.discount, made.gift, made.delivery) == (
        Decimal("2.50"),
        Decimal("3.50"),
        Decimal("9.95"),
    )
    assert made.total == Decimal("35.95") and not made.problems
    assert costs(settings, ("B-42", 1)).delivery == 0  # free from 50
    assert costs(settings, ("MUG", 4), code="WELCOME10").delivery == Decimal("4.95")  # 45 are paid


def test_a_code_says_why_it_doesnt_count(settings: Settings) -> None:
    assert "don't know" in costs(settings, ("MUG", 1), code="NOPE").problems["code"]
    low = costs(settings, ("MUG", 1), code="SHIPFREE")
    assert "from 30" in low.problems["code"] and low.delivery == Decimal("4.95")
    assert costs(settings, ("MUG", 3), code="shipfree").delivery == 0
    over = settings.shop.copy(deep=True)
    gone = Discount(code="OLD", amount=Decimal(5), until=date(2026, 11, 21))
    over = over.copy(update={"checkout": over.checkout.copy(update={"discounts": (gone,)})})
    assert "21-11-2026" in discount_for(over, "OLD", Decimal(99), TODAY)[1]
    assert discount_for(over, "OLD", Decimal(99), date(2026, 11, 21)) == (gone, "")
    assert gone.off(Decimal("3.00")) == Decimal("3.00")  # never more than it costs


@pytest.mark.parametrize(
    ("line", "said"),
    [(("B-43", 1), "sold out"), (("B-42", 3), "only 2"), (("BOOT", 1), "choose"), (("GONE", 1), "can't be ordered"), (("DEAR", 1), "sold out"), (("MUG", 6), "only 5")],
)  # fmt: skip
def test_what_cannot_be_sold_is_said(settings: Settings, line: tuple[str, int], said: str) -> None:
    assert said in costs(settings, line).problems["cart"]


def test_what_comes_later_can_be_ordered(settings: Settings) -> None:
    assert costs(settings, ("B-44", 3)).problems == {}


def test_each_country_has_its_ways(settings: Settings) -> None:
    assert countries(settings.shop) == ["Netherlands", "Belgium", "Germany", "European Union"]
    assert costs(settings, ("MUG", 1), country="European Union").delivery == Decimal("12.95")
    assert "country" in costs(settings, ("MUG", 1), country="Atlantis").problems
    assert "cart" in costs(settings).problems


@pytest.mark.parametrize(
    "values", [{"code": "A B"}, {"code": "FREE"}, {"code": "X1", "percent": 101}]
)
def test_codes_of_shop_yml_are_checked(values: dict) -> None:
    with pytest.raises(ValueError):
        Discount(**values)


def test_a_checkout_needs_a_file_of_orders(settings: Settings) -> None:
    values = {
        **settings.shop.dict(by_alias=True),
        "orders": {"source": "http", "url": "https://x.example"},
    }
    with pytest.raises(ValueError, match="checkout"):
        Shop.parse_obj(values)
