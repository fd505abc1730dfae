"""Which addresses are a customer's own: proven, or given as theirs, and not merely typed.

"My ex bob@example.com must never know" makes no conversation Bob's. One is whoever's address the shop's
server signed for it, was proven there by a code, found an order there, was the answer to a form's
question for it, or went to staff with a request, after a yes.
"""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from bot.custody.files import DatabaseFile
from bot.custody.holdings import tables
from bot.store.columns import clear

FORMS = ("order_form", "contact_form", "data_form")  # that ask for an address
ORDER_FOUND = ("detail", "confirmed")  # what the order form asks for once it has the order
REQUESTS = ("request_made", "last_request", "erasure_asked")  # slots: objects with an email
# (database, table) -> its column of conversations, and the one with an address that was given.
GIVEN = {
    ("web", "customers"): ("conversation", "body"),
    ("staff", "requests"): ("conversation", "email"),
    ("staff", "work"): ("conversation", "ticket_email"),
    ("transcripts", "requests"): ("conversation_id", "original"),
}


@dataclass
class Own:
    """What is a customer's own, in one conversation or several: addresses in lower case, phones."""

    addresses: set[str] = field(default_factory=set)
    phones: set[str] = field(default_factory=set)

    def add(self, address: Any) -> None:
        """Note what was given for an address."""
        if isinstance(address, str) and "@" in address:
            self.addresses.add(address.strip().lower())


@dataclass
class _State:
    """Where a conversation is, as its events tell one after another."""

    form: str = ""
    asked: str = ""
    email: str = ""


def own_addresses(databases: Iterable[tuple[DatabaseFile, sqlite3.Connection]]) -> dict[str, Own]:
    """Conversation -> what its customer has proven or given. `databases` are holdings.opened."""
    own: dict[str, Own] = defaultdict(Own)
    for one, db in databases:
        there = tables(db)
        for (database, table), (whose, column) in GIVEN.items():
            if database == one.name and table in there:
                sql = f"SELECT [{whose}], {clear(database, table, column)} FROM [{table}]"
                for conversation, text in db.execute(sql):
                    own[conversation].add(_address(text))
        if one.name == "transcripts":  # of an earlier version; now it stands in `original`
            for conversation, email in db.execute("SELECT conversation_id, email FROM requests"):
                own[conversation].add(email)
        if one.name == "tracker":
            _read_events(db, own)
    return {conversation: one for conversation, one in own.items() if one.addresses or one.phones}


def _address(text: Any) -> Any:
    """The address in a column that is one, or JSON with one."""
    return _json(text).get("email") if str(text).startswith("{") else text


def _read_events(db: sqlite3.Connection, own: dict[str, Own]) -> None:
    states: dict[str, _State] = defaultdict(_State)
    sql = (
        f"SELECT sender_id, {clear('tracker', 'events', 'data')} FROM events "
        "WHERE type_name IN ('slot', 'active_loop', 'session_started') ORDER BY id"
    )
    for conversation, text in db.execute(sql):
        _follow(_json(text), states[conversation], own[conversation])


def _follow(event: dict[str, Any], state: _State, own: Own) -> None:
    kind, name, value = event.get("event"), event.get("name"), event.get("value")
    if kind == "session_started":
        state.form = state.asked = ""
    elif kind == "active_loop":
        state.form = str(name or "")
    elif name == "requested_slot":
        state.asked = str(value or "")
        if state.form == "order_form" and state.asked in ORDER_FOUND:
            own.add(state.email)
    elif name == "email":
        state.email = str(value or "")
        if state.form in FORMS and state.asked == "email":
            own.add(value)
    elif (name == "code" and value == "right") or (name == "order_task" and value is None):
        own.add(state.email)  # proven; or the task is done, for the order was found by it
    elif name in REQUESTS and isinstance(value, dict):
        own.add(value.get("email"))
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
        all_.addresses |= one.addresses
        all_.phones |= one.phones
    return all_


def conversations_of(own: dict[str, Own], email: str) -> Iterator[str]:
    """The conversations in which an address, in lower case, is the customer's own."""
    return (conversation for conversation, one in own.items() if email in one.addresses)
