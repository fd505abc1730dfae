"""Which addresses are a customer's own: proven, and not merely typed, be it into a form that asks for one.

"My ex bob@example.com must never know" makes no conversation Bob's, nor does a newsletter for him. An
address is proven by the shop's server that signed for it, by a code that was mailed to it, or by an order
that was found with it. Of a conversation in which several were, each has the part since its own proof.
"""

import json
import math
import sqlite3
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from bot.custody.files import DatabaseFile
from bot.custody.holdings import Span, tables
from bot.store.columns import clear

ORDER_FOUND = ("detail", "confirmed")  # what the order form asks for once it has the order
FORM = "order_form"
REQUESTS = (
    "request_made",
    "last_request",
)  # slots: objects, of an order that was found with its address
BEFORE = 2.0  # seconds by which a message may be written down before its turn begins
READ = ("user", "slot", "active_loop", "session_started")


@dataclass
class Own:
    """What is a customer's own, in one conversation or several: addresses in lower case, phones.

    `proofs` are the times since which an address was proven, with the form that led to it.
    """

    proofs: list[tuple[float, str]] = field(default_factory=list)
    phones: set[str] = field(default_factory=set)

    @property
    def addresses(self) -> set[str]:
        """All that were proven."""
        return {address for _, address in self.proofs}

    def add(self, address: Any, since: float = -math.inf) -> None:
        """Note what was proven of an address."""
        if not isinstance(address, str) or "@" not in address:
            return
        address = address.strip().lower()
        if not (self.proofs and self.proofs[-1][1] == address and self.proofs[-1][0] <= since):
            self.proofs.append((since, address))

    def spans(self, address: str) -> tuple[Span, ...]:
        """The times (from, to) in which a conversation is an address's: since it was proven, until
        another one is; before the first proof it is the first one's."""
        turns = sorted(self.proofs, key=lambda one: one[0])
        begins = [-math.inf, *(since for since, _ in turns[1:])]
        ends = [*begins[1:], math.inf]
        whose = zip(begins, ends, (one for _, one in turns), strict=True)
        return tuple((begin, end) for begin, end, one in whose if one == address and begin < end)


@dataclass
class _State:
    """Where a conversation is, as its events tell one after another; times are of the customer's
    message at which it came there."""

    turn_at: float = -math.inf
    form: str = ""
    form_at: float = -math.inf
    email: str = ""
    email_at: float = -math.inf

    @property
    def since(self) -> float:
        """Since when it is about the address that is proven now."""
        return (min(self.form_at, self.email_at) if self.form else self.email_at) - BEFORE


def own_addresses(
    databases: Iterable[tuple[DatabaseFile, sqlite3.Connection]],
    conversations: Collection[str] | None = None,
) -> dict[str, Own]:
    """Conversation -> what its customer has proven, of some conversations or of all.

    `databases` are holdings.opened.
    """
    own: dict[str, Own] = defaultdict(Own)
    some = None if conversations is None else json.dumps([*conversations])
    for one, db in databases:
        if one.name == "web" and "customers" in tables(db):
            body = clear("web", "customers", "body")
            for conversation, text, at in db.execute(
                f"SELECT conversation, {body}, at FROM customers "
                "WHERE ?1 IS NULL OR conversation IN (SELECT value FROM json_each(?1))",
                [some],
            ):
                own[conversation].add(_json(text).get("email"), float(at or 0) - BEFORE)
        if one.name == "tracker":
            _read_events(db, own, some)
    return {conversation: one for conversation, one in own.items() if one.proofs or one.phones}


def _read_events(db: sqlite3.Connection, own: dict[str, Own], some: str | None) -> None:
    """`some` is a JSON list of conversations, or None for all."""
    states: dict[str, _State] = defaultdict(_State)
    where = "sender_id IN (SELECT value FROM json_each(?1)) AND" if some else "?1 IS NULL AND"
    sql = (
        f"SELECT sender_id, timestamp, {clear('tracker', 'events', 'data')} FROM events "
        f"WHERE {where} type_name IN {READ} ORDER BY id"
    )
    for conversation, at, text in db.execute(sql, [some]):
        _follow(_json(text), float(at or 0), states[conversation], own[conversation])


def _follow(event: dict[str, Any], at: float, state: _State, own: Own) -> None:
    kind, name, value = event.get("event"), event.get("name"), event.get("value")
    if kind == "user":
        state.turn_at = at
        customer = (event.get("metadata") or {}).get("customer") or {}
        own.add(customer.get("email"), at - BEFORE)
    elif kind == "session_started":
        state.form = ""
    elif kind == "active_loop":
        state.form, state.form_at = str(name or ""), state.turn_at
    elif name == "requested_slot":
        if state.form == FORM and value in ORDER_FOUND:
            own.add(state.email, state.since)
    elif name == "email":
        if value != state.email:
            state.email, state.email_at = str(value or ""), state.turn_at
    elif (name == "code" and value == "right") or (name == "order_task" and value is None):
        own.add(
            state.email, state.since
        )  # proven; or the task is done, for the order was found by it
    elif name == "erasure_asked" and isinstance(value, dict):
        own.add(value.get("email"), state.since)  # which only a proven address has
    elif name in REQUESTS and isinstance(value, dict) and value.get("order"):
        own.add(value.get("email"), state.since)
    elif name == "call_phone" and value:
        own.phones.add(str(value))


def _json(text: Any) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, TypeError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def together(own: Iterable[Own]) -> Own:
    """What is somebody's own in several conversations."""
    all_: Own = Own()
    for one in own:
        all_.proofs += one.proofs
        all_.phones |= one.phones
    return all_


def conversations_of(own: dict[str, Own], email: str) -> Iterator[str]:
    """The conversations in which an address, in lower case, is the customer's own."""
    return (conversation for conversation, one in own.items() if email in one.addresses)
