"""The products of a mail, picked for one person: by what they looked at or bought, with the reason.

Only what is in stock, and nothing that they have bought; what many bought where nothing is known.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from bot.campaigns.people import People
from bot.campaigns.texts import say
from recommender.product import Product

if TYPE_CHECKING:  # web makes no mails: it needn't load the search
    from recommender import Recommender

LATELY = 5  # things that somebody did which are looked at, newest first
POOL = 12  # products near each of them
DAY = 86_400
POPULAR_DAYS = 90


@dataclass(frozen=True)
class Picked:
    """A product in a mail, and why it is there."""

    product: Product
    reason: str


class Picks:
    """Picks products; what is near a product is worked out once."""

    def __init__(self, recommender: "Recommender", people: People, now: float) -> None:
        self._recommender, self._people, self._now = recommender, people, now
        self._get = lru_cache(maxsize=50_000)(recommender.get)
        self._near = lru_cache(maxsize=50_000)(self._near_to)
        self._popular: list[Product] | None = None

    def for_person(self, person: int, limit: int, language: str) -> list[Picked]:
        """The products for somebody, at most `limit`, each once."""
        did = list(self._people.db.query(
            "SELECT kind, value, max(at) AS last FROM traits WHERE person = ? AND kind IN "
            "('viewed', 'carted', 'wished', 'bought') GROUP BY kind, value ORDER BY last DESC",
            [person],
        ))  # fmt: skip
        owned = {row["value"] for row in did if row["kind"] == "bought"}
        picked: dict[str, Picked] = {}
        for row in did[:LATELY]:
            if len(picked) >= limit:
                break
            bought = row["kind"] == "bought"
            seen = self._get(row["value"])
            if seen is None:
                continue
            why = say(language, "because_bought" if bought else "because_viewed", title=seen.title)
            room = max(1, limit // 2) if len(did) > 1 else limit
            for product in self._without(self._near(row["value"], bought), owned, picked):
                if room == 0 or len(picked) >= limit:
                    break
                picked[product.sku] = Picked(product, why)
                room -= 1
        for product in self._without(self._most_bought(), owned, picked):
            if len(picked) >= limit:
                break
            picked[product.sku] = Picked(product, say(language, "because_popular"))
        return list(picked.values())

    def these(self, skus: Collection[str], limit: int, why: str) -> list[Picked]:
        """Products that a mail is about: those of them that are in stock."""
        found = (self._get(sku) for sku in skus)
        return [Picked(one, why) for one in found if one and one.in_stock][:limit]

    @staticmethod
    def _without(
        products: Collection[Product], owned: set[str], picked: dict[str, Picked]
    ) -> Iterator[Product]:
        for product in products:
            if product.sku not in owned and product.sku not in picked:
                yield product

    def _near_to(self, sku: str, bought: bool) -> tuple[Product, ...]:
        find = self._recommender.goes_with if bought else self._recommender.similar
        return tuple(hit.product for hit in find(sku, POOL) if hit.product.in_stock)

    def _most_bought(self) -> list[Product]:
        if self._popular is None:
            rows = self._people.db.query(
                "SELECT value, sum(n) AS sold FROM traits WHERE kind = 'bought' AND at > ? "
                "GROUP BY value ORDER BY sold DESC, value LIMIT 100",
                [self._now - POPULAR_DAYS * DAY],
            )
            found = (self._recommender.get(row["value"]) for row in list(rows))
            self._popular = [one for one in found if one and one.in_stock]
        return self._popular
