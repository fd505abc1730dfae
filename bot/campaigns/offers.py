"""The shop's offers: who may have which, which of them somebody gets, and a log of how that was chosen.

An offer is somebody's for its `days`; until then they are told the same one, wherever they ask. Never
the upset. A cap and a budget hold at any moment: an offer that may still be used counts as used.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from bot.campaigns.audience import CALM, REFUSED_DAYS
from bot.campaigns.bandit import Chances, Record, chances
from bot.campaigns.people import DAY, People
from bot.campaigns.segment import Fault, Segment, plain
from bot.errors import ConfigError
from bot.settings.offers import Offer
from bot.settings.shop import Shop

FRESH_SECONDS = 300.0  # for so long the same chances hold
# Whether a choice was followed by an order within its days, and what that was worth.
BOUGHT = "b.person = o.person AND b.at >= o.at AND b.at < o.until"
ORDERED = f"EXISTS (SELECT 1 FROM purchases b WHERE {BOUGHT})"
MONEY = f"coalesce((SELECT sum(total) FROM purchases b WHERE {BOUGHT}), 0)"


@dataclass(frozen=True)
class Given:
    """An offer that is somebody's, until when (Unix seconds)."""

    offer: Offer
    until: float


@dataclass(frozen=True)
class Standing:
    """How an offer stands: people who have or had it, of those whose days are over who ordered, money bound."""

    offer: Offer
    people: int
    record: Record
    bound: float
    full: bool


class Offers:
    """The offers of one shop. Raises ConfigError for conditions that can't be read."""

    def __init__(self, people: People, shop: Shop) -> None:
        self._people, self._zone = people, shop.zone
        self._offers = {one.id: one for one in shop.offers}
        self._segments = {one.id: _segment(one) for one in shop.offers}
        self._chance = np.random.default_rng()
        self._fresh: dict[tuple[str, bool, tuple[str, ...]], tuple[float, Chances]] = {}

    def person_of(self, email: str) -> int | None:
        """The number of the person with a proven address, where campaigns know one."""
        row = self._people.one("SELECT id FROM people WHERE mark = ?", self._people.mark(email))
        return row["id"] if row else None

    def eligible(self, person: int, now: float) -> list[Offer]:
        """What somebody may have now."""
        if not self._calm(person, now):
            return []
        return [one for one in self._open(now) if self._is_for(one, person, now)]

    def listed(self, person: int | None, now: float) -> list[Offer]:
        """What may be told of: to somebody who isn't known, the offers that are for everybody.

        Who is known has one offer at a time: theirs, or else all that they may have. Those with a cap or
        a budget aren't told to strangers, since nobody could count them.
        """
        if person is None:
            return [
                one for one in self._open(now)
                if not one.segment and one.cap is None and one.budget is None
            ]  # fmt: skip
        given = self.given(person, now)
        return [given.offer] if given else self.eligible(person, now)

    def given(self, person: int, now: float) -> Given | None:
        """The offer that is somebody's now."""
        row = self._people.one(
            "SELECT offer, until FROM offered WHERE person = ? AND at <= ? AND until > ? "
            "ORDER BY id DESC LIMIT 1",
            person, now, now,
        )  # fmt: skip
        offer = self._offers.get(row["offer"]) if row else None
        if row is None or offer is None or not self._calm(person, now):
            return None
        return Given(offer, row["until"])

    def look(self, person: int, now: float) -> Given | None:
        """What somebody would be told, were it now; nothing is chosen by chance, and nothing kept."""
        if given := self.given(person, now):
            return given
        some = self.eligible(person, now)
        return Given(some[0], self._until(some[0], now)) if some else None

    def give(self, person: int, place: str, now: float) -> Given | None:
        """The offer of somebody, chosen now unless they have one; None where there is none for them.

        `place` is where they are told: mail, chat or page. The choice is kept with the chance that each
        offer had.
        """
        with self._people.db.atomic():
            # Nobody else writes from here on, so that caps and budgets hold.
            self._people.db.conn.execute("DELETE FROM offered WHERE 0")
            if given := self.given(person, now):
                return given
            some = self.eligible(person, now)
            if not some:
                return None
            group, simulated, context = self._known(person, now)
            found = self._chances(group, simulated, tuple(one.id for one in some), now)
            names = list(found.shares)
            name = names[self._chance.choice(len(names), p=list(found.shares.values()))]
            offer = self._offers[name]
            until = self._until(offer, now)
            self._people.db.conn.execute(
                "INSERT INTO offered (person, offer, place, policy, shares, propensity, known, context, "
                "at, until, cost) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    person, name, place, found.policy, json.dumps(found.shares), found.shares[name],
                    group, json.dumps(context), now, until, offer.cost,
                ],
            )  # fmt: skip
        return Given(offer, until)

    def standing(self, now: float, simulated: bool = False) -> list[Standing]:
        """How each offer stands."""
        records = self.records(now, simulated)
        found = []
        for one in self._offers.values():
            row = self._people.one(
                "SELECT count(DISTINCT o.person) AS people FROM offered o JOIN people p "
                "ON p.id = o.person WHERE o.offer = ? AND p.simulated = ?", one.id, simulated,
            )  # fmt: skip
            mine = [by[one.id] for by in records.values() if one.id in by]
            total = Record(sum(r.people for r in mine), sum(r.ordered for r in mine))
            full = self._is_full(one, now)
            found.append(
                Standing(one, row["people"] if row else 0, total, self._bound(one, now), full)
            )
        return found

    def records(self, now: float, simulated: bool) -> dict[str, dict[str, Record]]:
        """How each offer did, by what was known of people; only those whose days are over count."""
        rows = self._people.db.execute(
            f"SELECT o.known, o.offer, count(*), sum({ORDERED}) FROM offered o JOIN people p "
            "ON p.id = o.person WHERE o.until <= ? AND p.simulated = ? GROUP BY 1, 2",
            [now, simulated],
        )
        found: dict[str, dict[str, Record]] = {}
        for group, offer, people, ordered in rows.fetchall():
            found.setdefault(group, {})[offer] = Record(people, ordered)
        return found

    def gains(self, now: float, simulated: bool) -> dict[str, float]:
        """What an order brings with each offer: an order's mean worth, less what the offer costs."""
        row = self._people.db.execute(
            f"SELECT avg({MONEY}) FROM offered o JOIN people p ON p.id = o.person "
            f"WHERE o.until <= ? AND p.simulated = ? AND {ORDERED}",
            [now, simulated],
        ).fetchone()
        return {name: (row[0] or 0.0) - one.cost for name, one in self._offers.items()}

    def _chances(self, group: str, simulated: bool, some: tuple[str, ...], now: float) -> Chances:
        key = (group, simulated, some)
        made, found = self._fresh.get(key, (-math.inf, None))
        if found is None or not 0 <= now - made < FRESH_SECONDS:
            records = self.records(now, simulated).get(group, {})
            found = chances(some, records, self.gains(now, simulated), self._chance)
            self._fresh[key] = (now, found)
        return found

    def _open(self, now: float) -> list[Offer]:
        day = datetime.fromtimestamp(now, self._zone).date()
        return [
            one for one in self._offers.values() if one.runs_on(day) and not self._is_full(one, now)
        ]

    def _is_full(self, offer: Offer, now: float) -> bool:
        if offer.cap is not None:
            row = self._people.one(
                "SELECT count(DISTINCT person) AS n FROM offered WHERE offer = ?", offer.id
            )
            if row and row["n"] >= offer.cap:
                return True
        return offer.budget is not None and self._bound(offer, now) + offer.cost > offer.budget

    def _bound(self, offer: Offer, now: float) -> float:
        """What an offer cost so far, and may yet cost by those who still have it."""
        row = self._people.db.execute(
            f"SELECT coalesce(sum(cost), 0) FROM offered o WHERE o.offer = ? AND (o.until > ? OR {ORDERED})",
            [offer.id, now],
        ).fetchone()
        return float(row[0])

    def _calm(self, person: int, now: float) -> bool:
        sql = f"SELECT 1 FROM features f WHERE f.person = ? AND {CALM}"
        return self._people.one(sql, person, now - REFUSED_DAYS * DAY) is not None

    def _is_for(self, offer: Offer, person: int, now: float) -> bool:
        some, values = self._segments[offer.id].compiled(now)
        sql = f"SELECT 1 FROM features f WHERE f.person = ? AND {some}"
        return self._people.one(sql, person, *values) is not None

    def _until(self, offer: Offer, now: float) -> float:
        """The end of its days, or of its last day."""
        until = now + offer.days * DAY
        if offer.stop:
            midnight = datetime.combine(offer.stop, datetime.max.time(), self._zone)
            until = min(until, midnight.timestamp())
        return until

    def _known(self, person: int, now: float) -> tuple[str, bool, list[float]]:
        """The group of somebody (new, once, often), whether they are made up, and what a model may know."""
        row = self._people.one("SELECT * FROM features WHERE person = ?", person)
        assert row  # everybody has one
        orders = row["orders"]
        group = "new" if not orders else "once" if orders == 1 else "often"
        return group, bool(row["simulated"]), context(row, now)


def context(row: Mapping[str, float | None], now: float) -> list[float]:
    """What a model may know of somebody when an offer is chosen, from their features."""
    return [
        math.log1p(row["orders"] or 0), math.log1p(max(0.0, row["spent"] or 0)),
        math.log1p(max(0.0, now - (row["last_order_at"] or 0)) / DAY) if row["last_order_at"] else 0.0,
        math.log1p(row["conversations"] or 0), float(row["viewed_at"] is not None),
        float(row["cart_at"] is not None),
    ]  # fmt: skip


def _segment(offer: Offer) -> Segment:
    try:
        segment = Segment(plain(offer.segment or {}))
        segment.compiled(0.0)
        return segment
    except Fault as fault:
        place = ".".join(["segment", *map(str, fault.place)])
        raise ConfigError(
            f"shop.yml: the offer {offer.id!r}: {place}: {fault.what}",
            "docs/campaigns.md lists all conditions.",
        ) from fault
