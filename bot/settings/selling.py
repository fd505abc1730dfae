"""What buying costs beside the goods: delivery, discounts, returns."""

from collections.abc import Iterable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from pydantic import Field, validator

from bot.settings.countries import english_names
from bot.settings.part import Part, in_some_language


def _known_countries(cls: Any, names: Iterable[str]) -> list[str]:
    """Countries by the names that the code has for them."""
    return english_names(names)


class Delivery(Part):
    """One way to deliver: where to, how many working days, and what it costs."""

    name: str | dict[str, str]  # of all languages, or by language
    countries: list[str] = Field(..., min_items=1)
    days_min: int = Field(..., ge=0)
    days_max: int = Field(..., ge=0)
    price: Decimal = Field(..., ge=0)
    free_from: Decimal | None = Field(default=None, ge=0)

    _countries = validator("countries", allow_reuse=True)(_known_countries)

    @validator("days_max")
    def _ordered(cls, days_max: int, values: dict) -> int:
        if days_max < values.get("days_min", 0):
            raise ValueError("days_max is below days_min")
        return days_max

    def called(self, language: str) -> str:
        """Its name in a language."""
        return in_some_language(self.name, language)

    def cost(self, goods: Decimal) -> Decimal:
        """What it costs for goods of so much."""
        is_free = self.free_from is not None and goods >= self.free_from
        return Decimal(0) if is_free else self.price


class Discount(Part):
    """A code of the demo's checkout: a share or an amount off, or free delivery. `from_amount` is `from` in shop.yml."""

    code: str = Field(
        ..., regex=r"^[A-Za-z0-9_-]{2,30}$", description="2 to 30 letters, digits, - and _"
    )
    percent: Decimal = Field(default=Decimal(0), ge=0, le=100)
    amount: Decimal = Field(default=Decimal(0), ge=0)
    free_delivery: bool = False
    from_amount: Decimal = Field(default=Decimal(0), ge=0, alias="from")
    until: date | None = None  # the last day on which it counts

    @validator("free_delivery", always=True)
    def _gives_something(cls, free_delivery: bool, values: dict) -> bool:
        if not (free_delivery or values.get("percent") or values.get("amount")):
            raise ValueError("a discount needs a percent, an amount or free_delivery")
        return free_delivery

    def off(self, goods: Decimal) -> Decimal:
        """What it takes off goods of so much: never more than they cost."""
        share = (goods * self.percent / 100).quantize(Decimal("0.01"), ROUND_HALF_UP)
        return min(goods, share + self.amount)


class Checkout(Part):
    """The demo storefront's own checkout; a real shop has one, and leaves this out."""

    gift_wrap: Decimal | None = Field(default=None, ge=0)  # what it costs; without it there is none
    discounts: tuple[Discount, ...] = ()


class Returns(Part):
    """How long customers can return something, and what it costs them."""

    days: int = Field(..., ge=0)
    price: Decimal | None = Field(default=None, ge=0)  # without it nothing is said of who pays
    free_in: list[str] = Field(default_factory=list)
    refund_days: int = Field(default=14, ge=0)
    conditions: str | dict[str, str] = ""

    _free_in = validator("free_in", allow_reuse=True)(_known_countries)
