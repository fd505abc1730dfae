"""People as campaigns know them: an address that was proven, what is joined to it, and what is known.

Two conversations are one person's only where both prove the same address. Nobody is found by a name or a
device. A joining that was wrong is undone and not made again; a line that was erased isn't either.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from bot.campaigns.schema import migrations
from bot.errors import NotFound
from bot.privacy.vault import vault_of
from bot.settings.keys import Secrets
from bot.store.db import open_database
from bot.surveys.links import Links

DAY = 86_400
# What people did, as traits: kind -> what its value is.
TRAITS = {
    "bought": "sku", "bought_category": "category", "viewed": "sku", "viewed_category": "category",
    "carted": "sku", "wished": "sku", "asked": "topic", "language": "language",
}  # fmt: skip


@dataclass(frozen=True)
class Trait:
    """A thing that somebody did or said: when last and how often in a conversation ("": in an order)."""

    kind: str
    value: str
    at: float
    n: int = 1


@dataclass(frozen=True)
class Bought:
    """An order of a person's: `key` is what it is known by, `total` in the shop's currency.

    `digest` stands for all that the shop's records say of it.
    """

    key: str
    at: float
    total: float
    delivered_at: float | None = None
    digest: str = ""


@dataclass(frozen=True)
class Known:
    """A person, with the address in clear text."""

    id: int
    mark: str
    email: str
    name: str
    known_since: float
    proof: str


@dataclass(frozen=True)
class Line:
    """One line of what is known of a person: since when, last when, how often, and from where."""

    kind: str
    value: str
    since: float
    last: float
    n: int
    why: str


class People:
    """Small synchronous steps on campaigns.db, each one transaction. Raises StoreError."""

    def __init__(self, path: Path, secrets: Callable[[], Secrets]) -> None:
        self.db: Database = open_database(path, migrations, synchronous="FULL")
        self.vault = vault_of(self.db.conn)
        self._links = Links(secrets)

    def close(self) -> None:
        """Close the database."""
        self.db.close()

    def mark(self, email: str) -> str:
        """What stands for an address: a keyed hash that survives the person."""
        return self._links.pseudonym(email)

    def ensure(
        self, email: str, proof: str, at: float, name: str = "", simulated: bool = False
    ) -> int:
        """The number of the person with a proven address, new if need be; a name is added or changed."""
        mark, email = self.mark(email), email.strip().lower()
        with self.db.atomic():
            row = self.one("SELECT id, name FROM people WHERE mark = ?", mark)
            if row is None:
                cursor = self.db.conn.execute(
                    "INSERT INTO people (mark, email, name, known_since, proof, simulated) "
                    "VALUES (?, ?, ?, ?, ?, ?)",
                    [mark, self.vault.seal(email), self.vault.seal(name or None), at, proof, simulated],
                )  # fmt: skip
                number = int(cursor.lastrowid or 0)
                self._run(
                    "INSERT INTO features (person, simulated, known_since) VALUES (?, ?, ?)",
                    number, simulated, at,
                )  # fmt: skip
                return number
            kept = self.vault.open(row["name"]) if row["name"] else ""
            if name and name != kept and not self._is_forgotten(row["id"], "name", ""):
                self._run(
                    "UPDATE people SET name = ? WHERE id = ?", self.vault.seal(name), row["id"]
                )
        return int(row["id"])

    def find(self, email: str) -> Known:
        """The person with an address. Raises NotFound."""
        return self._known("mark = ?", self.mark(email), email)

    def get(self, person: int) -> Known:
        """A person by number. Raises NotFound."""
        return self._known("id = ?", person, f"number {person}")

    def by_mark(self, mark: str) -> Known | None:
        """The person with a mark, if there is one; they may be erased."""
        row = self.one("SELECT id FROM people WHERE mark = ?", mark)
        return self.get(row["id"]) if row else None

    def _known(self, where: str, value: Any, said: str) -> Known:
        row = self.one(f"SELECT * FROM people WHERE {where}", value)
        if row is None:
            raise NotFound(
                f"Campaigns know nobody by {said}.",
                "People are those who proved an address; `shoptalk campaign refresh` reads what is new.",
            )
        name = self.vault.open(row["name"]) if row["name"] else ""
        return Known(
            row["id"], row["mark"], self.vault.open(row["email"]), name, row["known_since"], row["proof"]
        )  # fmt: skip

    # --- joining ---

    def join(self, person: int, conversation: str, proof: str, since: float) -> bool:
        """A conversation is this person's; False where staff parted it, and nothing is joined."""
        known = self.one("SELECT * FROM joins WHERE conversation = ?", conversation)
        if known and known["person"] == person:
            return known["parted_at"] is None
        with self.db.atomic():
            if known:
                self._take_away(conversation)
            self._run(
                "INSERT OR REPLACE INTO joins VALUES (?, ?, ?, ?, NULL)",
                conversation, person, proof, since,
            )  # fmt: skip
        return True

    def leave(self, conversation: str) -> None:
        """What joined a conversation holds no more: others proved theirs in it, too."""
        with self.db.atomic():
            self._take_away(conversation)
            self._run("DELETE FROM joins WHERE conversation = ?", conversation)

    def part(self, person: int, conversation: str, now: float) -> None:
        """A joining was wrong: undo it, with all that came of it, for good. Raises NotFound."""
        row = self.one(
            "SELECT 1 FROM joins WHERE conversation = ? AND person = ? AND parted_at IS NULL",
            conversation, person,
        )  # fmt: skip
        if row is None:
            raise NotFound(
                f"{conversation!r} isn't joined to this person.",
                "`shoptalk campaign person EMAIL` lists what is.",
            )
        with self.db.atomic():
            self._take_away(conversation)
            self._run("UPDATE joins SET parted_at = ? WHERE conversation = ?", now, conversation)

    def _take_away(self, conversation: str) -> None:
        for table in ("traits", "purchases"):
            self._run(f"DELETE FROM {table} WHERE conversation = ?", conversation)

    def joined(self, person: int) -> list[dict[str, Any]]:
        """The conversations of a person, with the proof: conversation, proof, since, parted_at."""
        return list(self.db.query("SELECT * FROM joins WHERE person = ? ORDER BY since", [person]))

    # --- what is known ---

    def learn(self, person: int, conversation: str, traits: Iterable[Trait]) -> None:
        """What was done in a conversation, in the place of what was known of it before."""
        with self.db.atomic():
            self._run("DELETE FROM traits WHERE conversation = ?", conversation)
            self._add_traits(person, conversation, traits)

    def buy(
        self, person: int, bought: Bought, traits: Iterable[Trait], conversation: str = ""
    ) -> None:
        """An order, and what was in it; the same order again changes it.

        What the shop's page tells in a conversation is the records' order, where they have one of the same
        total within a day.
        """
        same = "person = ? AND total = ? AND abs(at - ?) < ? AND (conversation <> '') = ?"
        about = [person, bought.total, bought.at, DAY]
        with self.db.atomic():
            if conversation and self.one(f"SELECT 1 FROM purchases WHERE {same}", *about, False):
                return
            if not conversation:
                self._run(f"DELETE FROM purchases WHERE {same}", *about, True)
            new = self.db.conn.execute(
                "INSERT INTO purchases (person, key, at, total, delivered_at, conversation, digest) "
                "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (person, key) DO UPDATE SET total = "
                "excluded.total, delivered_at = excluded.delivered_at, digest = excluded.digest",
                [
                    person, bought.key, bought.at, bought.total, bought.delivered_at, conversation,
                    bought.digest,
                ],
            )  # fmt: skip
            if new.rowcount:
                self._add_traits(person, conversation or f"order {bought.key}", traits)

    def digests(self, keys: Iterable[str]) -> dict[str, str]:
        """The digests of those of these orders that are known, by their keys."""
        sql = "SELECT key, digest FROM purchases WHERE key IN (SELECT value FROM json_each(?))"
        return dict(self.db.execute(sql, [json.dumps([*keys])]).fetchall())

    def _add_traits(self, person: int, conversation: str, traits: Iterable[Trait]) -> None:
        self.db.conn.executemany(
            "INSERT INTO traits SELECT ?1, ?2, ?3, ?4, ?5, ?6 WHERE NOT EXISTS (SELECT 1 FROM "
            "forgotten WHERE person = ?3 AND kind = ?1 AND value = ?2) ON CONFLICT DO UPDATE SET "
            "at = max(at, excluded.at), n = excluded.n",
            [(one.kind, one.value, person, conversation, one.at, one.n) for one in traits],
        )

    def lines(self, person: int) -> list[Line]:
        """All that is known of a person, newest first: what they did, and their name."""
        known = self.get(person)
        found = [
            Line(row["kind"], row["value"], row["since"], row["last"], row["n"], row["why"])
            for row in self.db.query(
                "SELECT kind, value, min(at) AS since, max(at) AS last, sum(n) AS n, "
                "group_concat(DISTINCT CASE WHEN conversation LIKE 'order %' THEN 'an order' "
                "ELSE 'a conversation' END) AS why FROM traits WHERE person = ? "
                "GROUP BY kind, value ORDER BY last DESC, kind, value",
                [person],
            )
        ]
        named = [Line("name", known.name, known.known_since, known.known_since, 1, known.proof)]
        return [*(named if known.name else []), *found]

    def forget(self, person: int, kind: str, value: str, now: float) -> bool:
        """Erase a line of what is known, and don't learn it again; returns whether it was there."""
        value = "" if kind == "name" else value
        with self.db.atomic():
            if kind == "name":
                done = self.db.conn.execute(
                    "UPDATE people SET name = NULL WHERE id = ? AND name IS NOT NULL", [person]
                )
            else:
                done = self.db.conn.execute(
                    "DELETE FROM traits WHERE person = ? AND kind = ? AND value = ?",
                    [person, kind, value],
                )
            if done.rowcount:
                sql = "DELETE FROM happenings WHERE person = ? AND sku = ?"
                self._run(sql, person, value)
                self._run(
                    "INSERT OR REPLACE INTO forgotten VALUES (?, ?, ?, ?)", person, kind, value, now
                )
        return bool(done.rowcount)

    def _is_forgotten(self, person: int, kind: str, value: str) -> bool:
        sql = "SELECT 1 FROM forgotten WHERE person = ? AND kind = ? AND value = ?"
        return self.one(sql, person, kind, value) is not None

    # --- how far others' databases were read ---

    def read_until(self, source: str) -> float:
        """Up to when a source was read (Unix seconds)."""
        row = self.one("SELECT at FROM read_until WHERE source = ?", source)
        return row["at"] if row else 0.0

    def note_read(self, source: str, at: float, state: str = "") -> None:
        """A source was read up to a time, or as it was in a state."""
        with self.db.atomic():
            self._run("INSERT OR REPLACE INTO read_until VALUES (?, ?, ?)", source, at, state)

    def read_state(self, source: str) -> str:
        """How a source was when it was read last; "" when it wasn't."""
        row = self.one("SELECT state FROM read_until WHERE source = ?", source)
        return row["state"] if row else ""

    def count(self) -> int:
        """How many people there are, simulated ones apart."""
        row = self.one("SELECT count(*) AS n FROM people WHERE NOT simulated")
        return row["n"] if row else 0

    def one(self, sql: str, *values: Any) -> dict[str, Any] | None:
        """The first row of a query."""
        return next(iter(self.db.query(sql, values)), None)

    def _run(self, sql: str, *values: Any) -> None:
        self.db.conn.execute(sql, values)
