"""Counts what is refused, and tells staff when there is far more of it than usual.

A flood costs no disk: counts gather in memory and are written down every few seconds.
"""

import asyncio
import logging
import sqlite3
from collections import Counter

from bot.errors import StoreError
from bot.guard.attacks import KINDS, Attacks, Unusual
from bot.staff.accounts import StaffStore

logger = logging.getLogger(__name__)

EVERY_SECONDS = 5.0


class AttackWatch:
    """What the web process refused, with what other processes counted (bot/guard/attacks.py)."""

    def __init__(self, attacks: Attacks, staff: StaffStore) -> None:
        self._attacks, self._staff = attacks, staff
        self._fresh: Counter[str] = Counter()

    def count(self, kind: str) -> None:
        """One more of a kind of KINDS."""
        if kind not in KINDS:
            raise ValueError(f"{kind!r} is no kind of attack")
        self._fresh[kind] += 1

    def write(self) -> None:
        """Write down what came since the last time; what became unusual goes into the audit log."""
        fresh, self._fresh = self._fresh, Counter()
        try:
            for kind, n in fresh.items():
                self._attacks.count(kind, n)
                fresh[kind] = 0
            for one in self._attacks.news():
                logger.warning("Unusually many attacks. %s.", one)
                self._staff.log("Shoptalk", "attacks noticed", one.kind, str(one))
        except (sqlite3.Error, StoreError) as error:
            logger.error("Attacks can't be counted now, trying again: %s", error)
            self._fresh += fresh

    def unusual(self) -> list[Unusual]:
        """What there is far more of today than on a usual day."""
        self.write()
        return self._attacks.unusual()

    def today(self) -> dict[str, int]:
        """The count of each kind today."""
        self.write()
        return self._attacks.days(1)[0][1]

    async def keep_writing(self) -> None:
        """Write down every few seconds, until it is cancelled."""
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            self.write()
