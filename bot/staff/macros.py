"""What makes the work of staff quicker: canned replies, macros and saved views."""

import json
import re
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from bot.errors import NotFound, ShoptalkError
from bot.staff.accounts import Staff

PLACEHOLDERS = ("agent", "shop", "assistant", "order", "hours")
PLACEHOLDER = re.compile(r"\{(\w*)\}")
STEPS = ("take", "reply", "tag", "note", "assign_me", "hand_back", "resolve")
WITH_TEXT = ("reply", "tag", "note")
STARTERS = {
    "hello": "Hi, this is {agent} from {shop}. Let me have a look.",
    "one-moment": "One moment please, I'm looking that up.",
    "order-found": "I found your order {order}. What can I do for you?",
    "closing": "Is there anything else? If not, {assistant} is here at any time. {hours}",
}


class BadAid(ShoptalkError):
    """A canned reply, macro or view that can't be used."""


@dataclass(frozen=True)
class Step:
    """One step of a macro: what to do, and the text of a reply, tag or note."""

    do: str
    text: str = ""


class AidStore:
    """Small synchronous steps on staff.db."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def canned(self) -> dict[str, str]:
        """Canned replies by name."""
        rows = self._db.query("SELECT name, text FROM canned ORDER BY name")
        return {row["name"]: row["text"] for row in rows}

    def add_starters(self) -> None:
        """Some canned replies to begin with, when there were never any."""
        if not self._db["canned"].count:
            for name, text in STARTERS.items():
                self.save_canned(name, text)

    def save_canned(self, name: str, text: str) -> None:
        """Add or change a canned reply. Raises BadAid for an unknown {placeholder}."""
        _check_placeholders(text)
        self._db.table("canned").upsert({"name": _name(name), "text": text}, pk="name")

    def remove_canned(self, name: str) -> None:
        """Remove a canned reply."""
        self._db.table("canned").delete_where("name = ?", [name])

    def macros(self) -> dict[str, list[Step]]:
        """Macros by name."""
        rows = self._db.query("SELECT name, steps FROM macros ORDER BY name")
        return {row["name"]: [Step(*one) for one in json.loads(row["steps"])] for row in rows}

    def save_macro(self, name: str, lines: str) -> None:
        """Add or change a macro from lines such as "reply: Hello" and "resolve". Raises BadAid."""
        steps = read_steps(lines)
        for step in steps:
            _check_placeholders(step.text if step.do == "reply" else "")
        row = {"name": _name(name), "steps": json.dumps([[one.do, one.text] for one in steps])}
        self._db.table("macros").upsert(row, pk="name")

    def macro(self, name: str) -> list[Step]:
        """The steps of a macro. Raises NotFound."""
        steps = self.macros().get(name)
        if steps is None:
            raise NotFound(f"There is no macro {name!r}.")
        return steps

    def remove_macro(self, name: str) -> None:
        """Remove a macro."""
        self._db.table("macros").delete_where("name = ?", [name])

    def views(self, person: Staff) -> list[dict[str, Any]]:
        """The saved views of a person: id, name, query."""
        sql = "SELECT id, name, query FROM views WHERE staff_id = ? ORDER BY name"
        return list(self._db.query(sql, [person.id]))

    def save_view(self, person: Staff, name: str, query: str) -> None:
        """Keep filters under a name; the same name again replaces them."""
        name = " ".join(name.split())
        if not 1 <= len(name) <= 60:
            raise BadAid("A view's name has 1 to 60 characters.")
        with self._db.atomic():
            self._db.table("views").delete_where("staff_id = ? AND name = ?", [person.id, name])
            self._db.table("views").insert({"staff_id": person.id, "name": name, "query": query})

    def remove_view(self, person: Staff, view: int) -> None:
        """Remove one of a person's views."""
        self._db.table("views").delete_where("staff_id = ? AND id = ?", [person.id, view])


def read_steps(lines: str) -> list[Step]:
    """The steps of a macro, one a line: "take", "tag: refund". Raises BadAid with the line."""
    steps = []
    for number, line in enumerate(lines.splitlines(), start=1):
        if not line.strip():
            continue
        do, _, text = (part.strip() for part in line.partition(":"))
        if do not in STEPS:
            raise BadAid(f"Line {number}: there is no step {do!r}.", f"Steps: {', '.join(STEPS)}.")
        if (do in WITH_TEXT) != bool(text):
            raise BadAid(
                f"Line {number}: {do} {'needs a text, as in' if not text else 'takes no text:'} "
                f"{do + ': …' if not text else line.strip()!r}."
            )
        steps.append(Step(do, text))
    if not steps:
        raise BadAid("A macro has at least one step.")
    return steps


def fill(text: str, values: dict[str, str]) -> str:
    """A canned reply with its placeholders filled; one without a value stays, for `unfilled`."""
    return PLACEHOLDER.sub(lambda found: values.get(found[1]) or found[0], text)


def unfilled(text: str) -> str:
    """The first placeholder of a text that nobody filled, such as "{order}"; else ""."""
    found = PLACEHOLDER.search(text)
    return found[0] if found else ""


def _check_placeholders(text: str) -> None:
    unknown = set(PLACEHOLDER.findall(text)) - set(PLACEHOLDERS)
    if unknown:
        raise BadAid(
            f"There is no placeholder {{{sorted(unknown)[0]}}}.",
            f"Placeholders: {', '.join('{' + one + '}' for one in PLACEHOLDERS)}.",
        )


def _name(text: str) -> str:
    name = re.sub(r"\s+", "-", text.strip().lower())
    if not re.fullmatch(r"[\w-]{1,40}", name):
        raise BadAid(f"{text!r} can't be a name.", "Use letters, digits and hyphens.")
    return name
