"""How often each kind of attack came, by day: for staff, and without a word about whom from."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

from sqlite_utils import Database

# Each kind, and how staff read it.
KINDS = {
    "order_guess": "Numbers and emails that don't go together",
    "order_refused": "Guesses of orders that were refused",
    "code_guess": "Wrong codes for an email address",
    "code_refused": "Codes that weren't looked at any more",
    "sign_in_failed": "Sign-ins with a wrong password",
    "sign_in_limited": "Sign-ins that were refused as too many",
    "token_refused": "Forged or foreign tokens",
    "too_many": "Requests that were refused as too many",
    "hook_refused": "Webhooks with a wrong signature",
    "puzzle": "New conversations that had to solve a puzzle",
}
FLOOR = 20  # fewer in a day are never unusual
TIMES = 3  # so many times the usual day are
USUAL_DAYS = 14
KEPT_DAYS = 365


@dataclass(frozen=True)
class Unusual:
    """A kind of which there were far more today than on a usual day."""

    kind: str
    today: int
    usual: float  # the mean of the days before

    def __str__(self) -> str:
        return f"{KINDS[self.kind]}: {self.today} today, {self.usual:.0f} on a usual day"


class Attacks:
    """Counts in guard.db; a day is the shop's own."""

    def __init__(
        self,
        db: Database,
        clock: Callable[[], float] = time.time,
        zone: tzinfo = UTC,
    ) -> None:
        self._db, self._clock, self._zone = db, clock, zone

    def today(self) -> date:
        """The date that it is in the shop."""
        return datetime.fromtimestamp(self._clock(), self._zone).date()

    def count(self, kind: str, n: int = 1) -> None:
        """Add some of a kind to today."""
        if kind not in KINDS:
            raise ValueError(f"{kind!r} is no kind of attack")
        with self._db.atomic():
            self._db.conn.execute(
                "INSERT INTO attacks (day, kind, n, told) VALUES (?, ?, ?, 0) "
                "ON CONFLICT (day, kind) DO UPDATE SET n = n + excluded.n",
                [self.today().isoformat(), kind, n],
            )

    def days(self, number: int = USUAL_DAYS + 1) -> list[tuple[date, dict[str, int]]]:
        """The last days, latest first, each with the count of each kind."""
        first = self.today() - timedelta(days=number - 1)
        counts = {first + timedelta(days=ahead): dict.fromkeys(KINDS, 0) for ahead in range(number)}
        rows = self._db.execute(
            "SELECT day, kind, n FROM attacks WHERE day >= ?", [first.isoformat()]
        )
        for day, kind, n in rows.fetchall():
            if kind in KINDS and date.fromisoformat(day) in counts:
                counts[date.fromisoformat(day)][kind] = n
        return sorted(counts.items(), reverse=True)

    def unusual(self) -> list[Unusual]:
        """What there is far more of today than on a usual day."""
        (_, today), *before = self.days()
        found = []
        for kind, n in today.items():
            usual = sum(counts[kind] for _, counts in before) / len(before)
            if n >= FLOOR and n > TIMES * usual:
                found.append(Unusual(kind, n, usual))
        return found

    def news(self) -> list[Unusual]:
        """What became unusual and nobody was told of today; told with this."""
        day, news = self.today().isoformat(), []
        for one in self.unusual():
            told = "UPDATE attacks SET told = 1 WHERE day = ? AND kind = ? AND told = 0"
            with self._db.atomic():
                if self._db.conn.execute(told, [day, one.kind]).rowcount:
                    news.append(one)
        return news

    def purge(self) -> None:
        """Forget counts of more than a year ago."""
        first = self.today() - timedelta(days=KEPT_DAYS)
        self._db.table("attacks").delete_where("day < ?", [first.isoformat()])
