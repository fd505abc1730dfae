"""An offer, one row of a file in our names, and how the cells of that file are read."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

from recommender.catalogue.importers.amounts import Amounts
from recommender.catalogue.importers.rows import RowError

PRICES = ("price", "regular_price", "sale_price", "compare_at", "discount_amount")


@dataclass
class Offer:
    """One row as a platform's reader understands it: texts by our names of fields (docs/importing.md).

    Offers of one `group` are one product. A `parent` describes it and can't be bought itself.
    """

    line: int
    fields: dict[str, str]
    group: str = ""
    parent: bool = False
    options: dict[str, str] = field(default_factory=dict[str, str])
    attributes: dict[str, str] = field(default_factory=dict[str, str])

    def text(self, name: str) -> str:
        """What it says for a field; empty when it doesn't."""
        return self.fields.get(name) or ""


@dataclass
class Reading:
    """How the cells of one file are read, and what is to be said of it."""

    amounts: Amounts
    currency: str = ""
    today: date = field(default_factory=date.today)
    categories_are_slugs: bool = False
    notes: Counter[str] = field(default_factory=Counter[str])
    lost: Counter[str] = field(default_factory=Counter[str])
    left_out: Counter[str] = field(default_factory=Counter[str])
    doubts: list[RowError] = field(default_factory=list[RowError])  # rows that are kept
    next_change: date | None = None  # the next day on which a sale begins or is over

    def changes_on(self, day: date | None) -> None:
        """Remember a day on which prices change by themselves."""
        if day and day > self.today and (self.next_change is None or day < self.next_change):
            self.next_change = day


def prices_in(offers: Iterable[Offer]) -> Iterator[str]:
    """All cells that are prices."""
    return (cell for offer in offers for name in PRICES if (cell := offer.text(name)))


def are_slugs(categories: Iterable[str]) -> bool:
    """Whether a file writes categories as addresses do: "womens-bags" and never "Women's bags"."""
    known = {one for one in categories if one}
    slugs = [one for one in known if re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", one)]
    return len(slugs) == len(known) and any("-" in one for one in slugs)
