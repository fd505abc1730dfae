"""Mails on their way, each known by its Message-ID: none is made twice, none is lost.

A mail goes from `queued` to `claimed` to `handing` to `sent`, each step on disk before the next thing is
done. Only one sender works at a time (`alone`), so what is claimed when it begins was left by one that
died before it said anything to the mail server: it is queued again. Between `handing` and `sent` the
server has the text; whether it took it says `in_doubt` (see `sending`).
"""

import fcntl
import hashlib
import hmac
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.campaigns.people import People
from bot.errors import StartError
from bot.settings.keys import Secrets

LOCK = ".campaigns-sending.lock"
RETRY_SECONDS = (60, 300, 1800, 7200, 21_600, 43_200)  # after each answer "not now"
OF_PEOPLE = (
    "campaign",
    "journey",
    "profile",
)  # kinds whose `person` is one of people; else pending


@dataclass(frozen=True)
class Mail:
    """A row of the outbox. `person` numbers a person, or for kind confirm what is pending.

    `variant` is a campaign's; of a mail that somebody asked for, the language in which they did.
    """

    id: int
    kind: str
    campaign: str
    version: int
    variant: str
    step: str
    person: int
    state: str
    message_id: str
    due_at: float
    attempts: int
    changed_at: float
    sent_at: float | None
    fault: str | None


class Outbox:
    """The queue in campaigns.db; small steps, each on disk when it returns."""

    def __init__(self, people: People, secrets: Callable[[], Secrets], domain: str) -> None:
        self.people, self._db = people, people.db
        self._secrets, self._domain = secrets, domain

    def message_id(self, kind: str, campaign: str, step: str, person: int) -> str:
        """The Message-ID of a mail: the same mail has the same one, also after a crash."""
        said = f"mail\0{kind}\0{campaign}\0{step}\0{person}".encode()
        digest = hmac.new(self._secrets().person_key.encode(), said, hashlib.sha256).hexdigest()
        return f"<{digest[:32]}@{self._domain}>"

    def queue(
        self, kind: str, campaign: str, person: int, due_at: float, *, version: int = 0,
        variant: str = "", step: str = "",
    ) -> bool:  # fmt: skip
        """A mail is to be sent; False when it was queued before."""
        with self._db.atomic():
            return self.queue_within(
                kind, campaign, person, due_at, version=version, variant=variant, step=step
            )

    def queue_within(
        self, kind: str, campaign: str, person: int, due_at: float, *, version: int = 0,
        variant: str = "", step: str = "",
    ) -> bool:  # fmt: skip
        """The same within a transaction of the caller's."""
        cursor = self._db.conn.execute(
            "INSERT INTO outbox (kind, campaign, version, variant, step, person, state, message_id, "
            "due_at, changed_at) VALUES (?, ?, ?, ?, ?, ?, 'queued', ?, ?, ?) ON CONFLICT DO NOTHING",
            [
                kind, campaign, version, variant, step, person,
                self.message_id(kind, campaign, step, person), due_at, due_at,
            ],
        )  # fmt: skip
        return bool(cursor.rowcount)

    def due(self, now: float, limit: int, transactional: bool = False) -> list[Mail]:
        """Queued mails whose time has come, but of what is paused; with `transactional` those alone that
        somebody waits for."""
        some = "AND kind IN ('confirm', 'profile')" if transactional else ""
        rows = self._db.query(
            f"SELECT * FROM outbox WHERE state = 'queued' AND due_at <= ? {some} "
            "AND campaign NOT IN (SELECT id FROM campaigns WHERE status = 'paused') "
            "ORDER BY kind IN ('confirm', 'profile') DESC, due_at, id LIMIT ?",
            [now, limit],
        )
        return [Mail(**row) for row in rows]

    def claim(self, mails: list[Mail], now: float) -> None:
        """These are about to be handed over."""
        self._move([one.id for one in mails], "claimed", now)

    def handing(self, mail: int, now: float) -> None:
        """The server is about to get the text."""
        self._move([mail], "handing", now)

    def sent(self, mail: int, now: float) -> None:
        """The server took it."""
        self._set(mail, "state = 'sent', sent_at = ?, changed_at = ?, fault = NULL", now, now)

    def later(self, mail: Mail, fault: str, now: float) -> None:
        """The server doesn't take it now: another time, and in the end not at all."""
        if mail.attempts >= len(RETRY_SECONDS):
            self.end(mail.id, "failed", fault, now)
            return
        due = now + RETRY_SECONDS[mail.attempts]
        self._set(
            mail.id, "state = 'queued', attempts = attempts + 1, due_at = ?, fault = ?, changed_at = ?",
            due, fault, now,
        )  # fmt: skip

    def end(self, mail: int, state: str, fault: str, now: float) -> None:
        """It isn't sent (failed, dropped), or came back (bounced), and why."""
        self._set(mail, "state = ?, fault = ?, changed_at = ?", state, fault, now)

    def again(self, mail: int, due_at: float) -> None:
        """It isn't taken yet: it is queued for a time, with the same Message-ID."""
        self._set(mail, "state = 'queued', due_at = ?", due_at)

    def release(self, now: float) -> None:
        """What a sender that died had claimed is queued again: no server has heard of it."""
        with self._db.atomic():
            self._db.conn.execute(
                "UPDATE outbox SET state = 'queued', changed_at = ? WHERE state = 'claimed'", [now]
            )

    def in_doubt(self) -> list[Mail]:
        """Mails of which the server had the text, and nobody knows whether it took them."""
        return [
            Mail(**row) for row in self._db.query("SELECT * FROM outbox WHERE state = 'handing'")
        ]

    def by_message_id(self, message_id: str) -> Mail | None:
        """The mail with a Message-ID."""
        row = self.people.one("SELECT * FROM outbox WHERE message_id = ?", message_id.strip())
        return Mail(**row) if row else None

    def get(self, mail: int) -> Mail | None:
        """A mail by number."""
        row = self.people.one("SELECT * FROM outbox WHERE id = ?", mail)
        return Mail(**row) if row else None

    def mark_of(self, mail: Mail) -> str:
        """What stands for the address that a mail goes to; "" when it is erased."""
        table = "people" if mail.kind in OF_PEOPLE else "pending"
        row = self.people.one(f"SELECT mark FROM {table} WHERE id = ?", mail.person)
        return row["mark"] if row else ""

    def click(self, mail: int, url: str, now: float) -> None:
        """A link in a mail was opened."""
        if self.get(mail) is None:
            return  # erased
        with self._db.atomic():
            self._db.conn.execute(
                "INSERT INTO clicks VALUES (?, ?, ?, 1) ON CONFLICT DO UPDATE SET n = n + 1",
                [mail, url, now],
            )

    def counts(self) -> dict[str, int]:
        """How many mails are in each state."""
        rows = self._db.execute("SELECT state, count(*) FROM outbox GROUP BY state").fetchall()
        return dict(rows)

    def _move(self, mails: list[int], state: str, now: float) -> None:
        with self._db.atomic():
            self._db.conn.executemany(
                "UPDATE outbox SET state = ?, changed_at = ? WHERE id = ?",
                [(state, now, mail) for mail in mails],
            )

    def _set(self, mail: int, what: str, *values: Any) -> None:
        with self._db.atomic():
            self._db.conn.execute(f"UPDATE outbox SET {what} WHERE id = ?", [*values, mail])


@contextmanager
def alone(var: Path) -> Iterator[None]:
    """Only one sender works for a shop; the lock ends with its process. Raises StartError."""
    with (var / LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StartError(
                "Mails are being sent already.", "That one goes on until all are sent."
            ) from error
        yield
