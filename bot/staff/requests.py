"""What customers asked staff to do: a list with who asked, a state, and who does it.

Whatever an action promises that somebody sees to is a row here, once, however often its turn is
repeated. Who asked, the order, the customer's words and the note to them are sealed; addresses and
order numbers are found by their marks.
"""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from bot.errors import NotFound, ShoptalkError
from bot.privacy.vault import LostKey, Vault, vault_of
from bot.staff.accounts import Staff
from bot.staff.asked import Asked, reference_in
from bot.staff.work import NotYours, Taken
from bot.store.columns import read
from bot.store.db import open_readonly
from bot.transcripts.masking import marks_in, search_terms

OPEN = ("new", "in_progress")
IS_OPEN = f"state IN {OPEN}"
BY_STAFF = (*OPEN, "done", "refused")  # states that staff set
STATES = (*BY_STAFF, "withdrawn")
VIEWS = {"open": OPEN, "all": STATES, **{state: (state,) for state in STATES}}
NOBODY = "nobody"  # as the filter for who does it
PAGE = 50
TOLD = 5  # requests of one conversation that a customer hears of
SEALED = ("order_number", "email", "detail", "shop_reference", "note")
OLDEST_FIRST = "r.asked_at, r.reference"
COLUMNS = (
    "r.*, a.login AS assignee, a.name AS assignee_name, c.login AS changed_by FROM requests r "
    "LEFT JOIN staff a ON a.id = r.assignee_id LEFT JOIN staff c ON c.id = r.changed_by_id"
)


class BadRequestFilter(ShoptalkError):
    """A filter holds something that can't be used."""


class Withdrawn(ShoptalkError):
    """The customer took the request back: there is nothing to do any more."""


@dataclass(frozen=True)
class CustomerRequest:
    """A request as it is now; times are Unix seconds, `note` is what staff say to the customer."""

    reference: str
    kind: str
    conversation: str
    message_id: str
    order_number: str
    sku: str
    email: str
    detail: str
    shop_reference: str
    asked_at: float
    last_asked_at: float
    state: str
    changed_at: float | None
    changed_by: str | None
    assignee: str | None
    assignee_name: str | None
    note: str

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to do something."""
        return self.state in OPEN


@dataclass(frozen=True)
class RequestFilters:
    """Which requests to list; all of it must hold. Empty means any."""

    view: str = "open"
    kind: str = ""
    assignee: str = ""  # a login, or "nobody"
    q: str = ""  # a reference, an order number or an email address

    @classmethod
    def read(cls, given: Mapping[str, str]) -> "RequestFilters":
        """From the query of an address. Raises BadRequestFilter that names the field."""
        known = {one.name for one in fields(cls)}
        found = cls(**{name: text.strip()[:200] for name, text in given.items()
                       if name in known and text.strip()})  # fmt: skip
        if found.view not in VIEWS:
            raise BadRequestFilter(f"View is one of {', '.join(VIEWS)}.")
        return found

    def query(self) -> dict[str, str]:
        """The fields that are set, as in an address."""
        return {
            one.name: getattr(self, one.name)
            for one in fields(self)
            if getattr(self, one.name) != one.default
        }


class RequestStore:
    """Small synchronous steps on staff.db, each one transaction."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._vault = vault_of(db.conn)

    def add(self, conversation: str, asked: Asked) -> bool:
        """Write a request down, or what a customer withdraws; False when nothing changed.

        The same request of another message, once the first is closed, opens it again.
        """
        if asked.withdrawn:
            return self._withdraw(asked)
        known = self.find(asked.reference)
        if known and known.last_asked_at >= asked.at:
            return False
        row = {
            "kind": asked.kind, "conversation": conversation, "message_id": asked.message_id,
            "sku": asked.sku, "order_number": self._vault.seal(asked.order),
            "email": self._vault.seal(asked.email), "detail": self._vault.seal(asked.detail),
            "shop_reference": self._vault.seal(asked.shop_reference), "last_asked_at": asked.at,
        }  # fmt: skip
        if not (known and known.is_open):
            row |= {"asked_at": asked.at, "state": "new", "assignee_id": None, "changed_at": None,
                    "changed_by_id": None, "note": None}  # fmt: skip
        with self._db.atomic():
            if known:
                self._db.table("requests").update(asked.reference, row)
            else:
                self._db.table("requests").insert({"reference": asked.reference, **row})
            _mark(self._db, self._vault, asked.reference, asked.email, asked.order)
        return not (known and known.is_open)

    def _withdraw(self, asked: Asked) -> bool:
        return bool(
            self._run(
                "UPDATE requests SET state = 'withdrawn', changed_at = ?, changed_by_id = NULL "
                f"WHERE reference = ? AND last_asked_at <= ? AND {IS_OPEN}",
                asked.at, asked.reference, asked.at,
            )
        )  # fmt: skip

    def find(self, reference: str) -> CustomerRequest | None:
        """The request with a reference, or None."""
        return next(iter(self._read("WHERE r.reference = ?", [reference])), None)

    def get(self, reference: str) -> CustomerRequest:
        """The request with a reference. Raises NotFound."""
        found = self.find(reference)
        if found is None:
            raise NotFound(f"There is no request {reference!r}.")
        return found

    def page(self, filters: RequestFilters, after: str = "") -> list[CustomerRequest]:
        """Up to PAGE requests that meet the filters, the oldest first, those behind `after`."""
        where, values = _where(self._vault, filters)
        if after:
            where += f" AND ({OLDEST_FIRST}) > (SELECT asked_at, reference FROM requests WHERE reference = ?)"
            values.append(after)
        return self._read(f"WHERE {where} ORDER BY {OLDEST_FIRST} LIMIT {PAGE}", values)

    def counts(self) -> dict[str, int]:
        """How many requests there are in each state."""
        rows = self._db.execute("SELECT state, count(*) FROM requests GROUP BY state").fetchall()
        return {**dict.fromkeys(STATES, 0), **dict(rows)}

    def kinds(self) -> list[str]:
        """The kinds that there are."""
        return [row[0] for row in self._db.execute("SELECT DISTINCT kind FROM requests ORDER BY 1")]

    def new(self) -> int:
        """How many nobody has begun with."""
        return int(
            self._db.execute("SELECT count(*) FROM requests WHERE state = 'new'").fetchone()[0]
        )

    def open(self) -> int:
        """How many somebody still has to do."""
        return int(self._db.execute(f"SELECT count(*) FROM requests WHERE {IS_OPEN}").fetchone()[0])

    def longest_open(self, now: float) -> float:
        """For how many seconds the oldest of them is open; 0 when all is done."""
        sql = f"SELECT min(asked_at) FROM requests WHERE {IS_OPEN}"
        return max(0.0, now - (self._db.execute(sql).fetchone()[0] or now))

    def of_conversation(self, conversation: str) -> list[CustomerRequest]:
        """The requests of a conversation, latest first."""
        where = "WHERE r.conversation = ? ORDER BY r.last_asked_at DESC"
        return self._read(where, [conversation])

    def is_on(self, conversation: str, person: Staff) -> bool:
        """Whether a person does an open request of a conversation."""
        mine = f"WHERE r.conversation = ? AND r.assignee_id = ? AND r.{IS_OPEN}"
        return bool(self._read(f"{mine} LIMIT 1", [conversation, person.id]))

    def take(self, reference: str, person: Staff) -> None:
        """A person begins with it. Raises NotFound, Taken, Withdrawn."""
        self._check(reference)
        done = self._run(
            "UPDATE requests SET assignee_id = ?, state = 'in_progress', changed_at = ?, "
            f"changed_by_id = ? WHERE reference = ? AND {IS_OPEN} "
            "AND coalesce(assignee_id, ?) = ?",
            person.id, time.time(), person.id, reference, person.id, person.id,
        )  # fmt: skip
        if not done:
            now = self.get(reference)
            raise Taken(
                f"{now.assignee_name} does {reference} already." if now.is_open
                else f"{reference} is {now.state} already."
            )  # fmt: skip

    def assign(self, reference: str, person: Staff | None) -> None:
        """Somebody is to do it, or nobody in particular. Raises NotFound, Withdrawn."""
        self._check(reference)
        self._run(
            "UPDATE requests SET assignee_id = ? WHERE reference = ?",
            person.id if person else None, reference,
        )  # fmt: skip

    def change(self, reference: str, state: str, note: str, person: Staff) -> CustomerRequest:
        """Set the state, and a note for the customer when there is one; returns it as it is then.

        What nobody does becomes this person's. Raises NotFound, NotYours, Withdrawn, ShoptalkError.
        """
        if state not in BY_STAFF:
            raise ShoptalkError(f"{state!r} is no state.", f"States: {', '.join(BY_STAFF)}.")
        now = self._check(reference)
        if now.assignee and now.assignee != person.login and not person.may("admin"):
            raise NotYours(f"{now.assignee_name} does {reference}: assign it to yourself first.")
        self._run(
            "UPDATE requests SET state = ?, changed_at = ?, changed_by_id = ?, note = coalesce(?, note), "
            "assignee_id = coalesce(assignee_id, ?) WHERE reference = ? AND state != 'withdrawn'",
            state, time.time(), person.id, self._vault.seal(note) if note else None, person.id,
            reference,
        )  # fmt: skip
        return self.get(reference)

    def answered(self, conversation: str, person: Staff) -> None:
        """A person wrote to the customer: tickets of the conversation are done."""
        self._run(
            "UPDATE requests SET state = 'done', changed_at = ?, changed_by_id = ?, assignee_id = ? "
            f"WHERE conversation = ? AND kind = 'ticket' AND {IS_OPEN}",
            time.time(), person.id, person.id, conversation,
        )  # fmt: skip

    def _check(self, reference: str) -> CustomerRequest:
        now = self.get(reference)
        if now.state == "withdrawn":
            raise Withdrawn(f"The customer withdrew {reference}.")
        return now

    def _read(self, where: str, values: Iterable[Any]) -> list[CustomerRequest]:
        return read_requests(self._db, self._vault, where, values)

    def _run(self, sql: str, *values: Any) -> int:
        with self._db.atomic():
            return self._db.conn.execute(sql, values).rowcount


def read_requests(
    db: Database, vault: Vault, where: str, values: Iterable[Any]
) -> list[CustomerRequest]:
    """Requests by a condition on `requests r`, opened."""
    return [_opened(vault, row) for row in db.query(f"SELECT {COLUMNS} {where}", list(values))]


def _opened(vault: Vault, row: Mapping[str, Any]) -> CustomerRequest:
    values: dict[str, Any] = {
        field.name: read(vault, ("staff", "requests", field.name), row) or ""
        if field.name in SEALED
        else row[field.name]
        for field in fields(CustomerRequest)
    }
    return CustomerRequest(**values)


def all_requests(path: Path, filters: RequestFilters, limit: int) -> list[CustomerRequest]:
    """Requests that meet the filters, the oldest first, on a connection of its own: for threads."""
    db = open_readonly(path)
    try:
        vault = vault_of(db.conn)
        where, values = _where(vault, filters)
        return read_requests(
            db, vault, f"WHERE {where} ORDER BY {OLDEST_FIRST} LIMIT {limit}", values
        )
    finally:
        db.close()


def told_to_customer(path: Path, conversation: str, reference: str = "") -> list[CustomerRequest]:
    """For the customer: the request with a reference, else the latest of the conversation.

    Empty when there is none, or no staff.db yet.
    """
    try:
        db = open_readonly(path)
    except NotFound:
        return []
    try:
        where, value = (
            ("r.reference = ?", reference) if reference else ("r.conversation = ?", conversation)
        )
        order = f"WHERE {where} ORDER BY r.last_asked_at DESC LIMIT {TOLD}"
        return read_requests(db, vault_of(db.conn), order, [value])
    finally:
        db.close()


def mark_all(db: Database) -> None:
    """Make all marks anew, with the key that there is now. The caller holds the transaction."""
    vault = vault_of(db.conn)
    for (reference,) in db.execute("SELECT reference FROM requests").fetchall():
        try:
            (one,) = read_requests(db, vault, "WHERE r.reference = ?", [reference])
        except LostKey:
            continue  # no new key opens it either
        _mark(db, vault, reference, one.email, one.order_number)


def _mark(db: Database, vault: Vault, reference: str, email: str, order: str) -> None:
    """The marks by which staff find a request."""
    known = {"email": email, "order_number": order}
    entities = [{"entity": name, "value": text} for name, text in known.items() if text]
    db.conn.execute("DELETE FROM request_marks WHERE reference = ?", [reference])
    db.conn.executemany(
        "INSERT INTO request_marks (reference, mark) VALUES (?, ?)",
        [(reference, mark) for mark in {mark for _, mark in marks_in(vault, "", entities)}],
    )


def _where(vault: Vault, filters: RequestFilters) -> tuple[str, list[Any]]:
    """Conditions on `requests r`, and their values."""
    states = VIEWS[filters.view]
    where, values = [f"r.state IN ({', '.join('?' * len(states))})"], list(states)
    if filters.kind:
        where.append("r.kind = ?")
        values.append(filters.kind)
    if filters.assignee == NOBODY:
        where.append("r.assignee_id IS NULL")
    elif filters.assignee:
        where.append(
            "r.assignee_id = (SELECT id FROM staff WHERE login = ? AND removed_at IS NULL)"
        )
        values.append(filters.assignee)
    if reference := reference_in(filters.q):
        where.append("r.reference = ?")
        values.append(reference)
    elif filters.q:
        words, marks, numbers = search_terms(vault, filters.q)
        marks += numbers.values()
        for forms in marks:
            where.append(
                "r.reference IN (SELECT reference FROM request_marks "
                f"WHERE mark IN ({', '.join('?' * len(forms))}))"
            )
            values += sorted(forms)
        if words or not marks:
            where.append("0")  # what was said is searched in the conversations
    return " AND ".join(where), values
