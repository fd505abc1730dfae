"""What people agreed to, by purpose and channel, with the words, the time and the way; and who is never written to.

Nothing is ever changed in `consents`: each row is something that happened, `standing` the last of it.
Agreeing takes two steps (double opt-in): it is asked, and confirmed by a link in a mail to the address.
Whoever said no, whose address doesn't exist and who called a mail spam stands in `suppressed`, under
a keyed hash that stays when the person is erased.
"""

import json
from dataclasses import dataclass
from typing import Any, Literal

from bot.campaigns.people import People

EMAIL = "email"
ADS = "ads"  # the channel of what is handed to ad platforms
EVERYTHING = "*"
State = Literal["asked", "given", "withdrawn"]
# Why somebody is suppressed; only what the person did is undone by agreeing again.
UNSUBSCRIBED, COMPLAINED, BOUNCED, TOLD = "unsubscribed", "complained", "bounced", "told staff"
OWN_WISH = (UNSUBSCRIBED, TOLD)


@dataclass(frozen=True)
class Agreed:
    """Something that happened to a consent: what was said in which words, from where, when."""

    purpose: str
    channel: str
    state: str
    text: str
    source: str
    at: float
    proof: dict[str, Any]


class Consents:
    """The consents of the people in campaigns.db."""

    def __init__(self, people: People) -> None:
        self._people, self._db = people, people.db

    def ask(
        self, person: int, purpose: str, text: str, source: str, at: float, channel: str = EMAIL
    ) -> bool:
        """Somebody wants it, which a confirmation is to prove; False when it is given already."""
        standing = self.state(person, purpose, channel)
        if standing == "given":
            return False
        self._note(person, purpose, channel, "asked", text, source, at, None)
        return True

    def give(
        self,
        person: int,
        purpose: str,
        text: str,
        source: str,
        at: float,
        proof: dict[str, Any],
        channel: str = EMAIL,
    ) -> None:
        """It is given, with what proves it; a former no of the person's own is over."""
        self._note(person, purpose, channel, "given", text, source, at, proof)
        mark = self._people.get(person).mark
        marks = ", ".join("?" * len(OWN_WISH))
        with self._db.atomic():
            self._db.conn.execute(
                f"DELETE FROM suppressed WHERE mark = ? AND channel = ? AND purpose IN (?, ?) "
                f"AND reason IN ({marks})",
                [mark, channel, purpose, EVERYTHING, *OWN_WISH],
            )

    def withdraw(
        self, mark: str, purpose: str, source: str, at: float, channel: str = EMAIL,
        reason: str = UNSUBSCRIBED,
    ) -> None:  # fmt: skip
        """No more, for one purpose or EVERYTHING: known by a mark, since the person may be erased."""
        self.suppress(mark, reason, at, purpose, channel)
        known = self._people.one("SELECT id FROM people WHERE mark = ?", mark)
        if known is None:
            return
        rows = self._db.query(
            "SELECT purpose FROM standing WHERE person = ? AND channel = ? AND state <> 'withdrawn' "
            "AND (? = ? OR purpose = ?)",
            [known["id"], channel, purpose, EVERYTHING, purpose],
        )
        for row in list(rows):
            self._note(known["id"], row["purpose"], channel, "withdrawn", "", source, at, None)

    def suppress(
        self, mark: str, reason: str, at: float, purpose: str = EVERYTHING, channel: str = EMAIL
    ) -> None:
        """Never write to whom a mark stands for. What others did outweighs the person's own wish."""
        with self._db.atomic():
            self._db.conn.execute(
                "INSERT INTO suppressed VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO UPDATE SET "
                "reason = iif(reason IN (?6, ?7), excluded.reason, reason)",
                [mark, channel, purpose, reason, at, *OWN_WISH],
            )

    def suppression(self, mark: str, purpose: str = EVERYTHING, channel: str = EMAIL) -> str:
        """Why somebody isn't written to; "" when nothing stands against it."""
        row = self._people.one(
            "SELECT reason FROM suppressed WHERE mark = ? AND channel = ? AND purpose IN (?, ?)",
            mark, channel, EVERYTHING, purpose,
        )  # fmt: skip
        return row["reason"] if row else ""

    def state(self, person: int, purpose: str, channel: str = EMAIL) -> str:
        """asked, given, withdrawn, or "" for who was never asked."""
        row = self._people.one(
            "SELECT state FROM standing WHERE purpose = ? AND channel = ? AND person = ?",
            purpose, channel, person,
        )  # fmt: skip
        return row["state"] if row else ""

    def history(self, person: int) -> list[Agreed]:
        """All that happened, oldest first."""
        return [
            Agreed(
                row["purpose"], row["channel"], row["state"], row["text"], row["source"], row["at"],
                json.loads(self._people.vault.open(row["proof"])) if row["proof"] else {},
            )
            for row in self._db.query("SELECT * FROM consents WHERE person = ? ORDER BY id", [person])
        ]  # fmt: skip

    def _note(
        self, person: int, purpose: str, channel: str, state: State, text: str, source: str,
        at: float, proof: dict[str, Any] | None,
    ) -> None:  # fmt: skip
        sealed = self._people.vault.seal(json.dumps(proof)) if proof else None
        with self._db.atomic():
            self._db.conn.execute(
                "INSERT INTO consents (person, purpose, channel, state, text, source, at, proof) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [person, purpose, channel, state, text, source, at, sealed],
            )
            self._db.conn.execute(
                "INSERT INTO standing VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
                "state = excluded.state, at = excluded.at",
                [purpose, channel, person, state, at],
            )
