"""What a shop offers to some of its customers: to whom, how many, at what cost, until when."""

from datetime import date
from typing import Any

from pydantic import Field, validator

from bot.settings.part import Part


class SaidOffer(Part):
    """What people read of an offer; of a translation, what is left out is as the offer has it."""

    title: str = Field("", max_length=120)
    text: str = Field("", max_length=600)


class Offer(Part):
    """An offer as shop.yml has it; `segment` are conditions as campaigns read them.

    Without a `code` it comes off by itself at the checkout. `cost` is what an order with it costs the
    shop, in its currency.
    """

    id: str = Field(
        ...,
        regex=r"^[a-z][a-z0-9_]{0,30}$",
        description="small letters, digits and _, a letter first",
    )
    title: str = Field(..., min_length=1, max_length=120)
    text: str = Field("", max_length=600)
    translations: dict[str, SaidOffer] = Field(default_factory=dict)  # by language
    code: str = Field("", max_length=40)
    url: str = Field(
        "", regex=r"^(https?://\S+)?$", description="an address that starts with https://"
    )
    segment: Any = None
    cap: int | None = Field(None, ge=0)  # people who get it at most
    cost: float = Field(0, ge=0)
    budget: float | None = Field(None, ge=0)
    days: int = Field(14, ge=1, le=365)  # for so long it is theirs, and orders count for it
    start: date | None = None
    stop: date | None = None

    @validator("budget")
    def _has_a_cost(cls, budget: float | None, values: dict) -> float | None:
        if budget is not None and not values.get("cost"):
            raise ValueError("a budget needs `cost`, what an order with the offer costs")
        return budget

    @validator("stop")
    def _in_order(cls, stop: date | None, values: dict) -> date | None:
        start = values.get("start")
        if stop and start and stop < start:
            raise ValueError("`stop` is before `start`")
        return stop

    def words(self, language: str) -> tuple[str, str]:
        """Title and text in a language."""
        said = self.translations.get(language)
        return (said and said.title) or self.title, (said and said.text) or self.text

    def runs_on(self, day: date) -> bool:
        """Whether it is given on a day."""
        return not (self.start and day < self.start) and not (self.stop and day > self.stop)
