"""Corrections of what the assistant understood, gathered as Rasa's NLU training data."""

import re
import time
from collections.abc import Iterable
from io import StringIO
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import LiteralScalarString
from sqlite_utils import Database

from bot.errors import ShoptalkError
from bot.settings.yaml_file import yaml_writer
from bot.staff.accounts import Staff

MARKED = re.compile(r"\[([^\[\]]+)\]\(([^()]*)\)")
MAX_EXAMPLE = 500


class BadCorrection(ShoptalkError):
    """A correction that can't become training data."""


class ReviewStore:
    """Small synchronous steps on staff.db."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def correct(
        self,
        message: dict[str, Any],
        person: Staff,
        intent: str,
        example: str,
        intents: Iterable[str],
        entities: Iterable[str],
    ) -> None:
        """Say what a message is: its intent, and its text with entities. Raises BadCorrection."""
        example = " ".join(example.split())
        if intent not in intents:
            raise BadCorrection(f"There is no intent {intent!r}.")
        if not 1 <= len(example) <= MAX_EXAMPLE:
            raise BadCorrection(f"An example has 1 to {MAX_EXAMPLE} characters.")
        unknown = {name for _, name in MARKED.findall(example)} - set(entities)
        if unknown:
            raise BadCorrection(
                f"There is no entity {sorted(unknown)[0]!r}.",
                f"Entities: {', '.join(sorted(entities))}.",
            )
        self._keep(message, person, "corrected", intent, example)

    def dismiss(self, message: dict[str, Any], person: Staff) -> None:
        """Nothing is to be learnt from a message."""
        self._keep(message, person, "dismissed", message["intent"] or "", "")

    def undo(self, message_id: str) -> None:
        """Put a message back into the queue."""
        self._db.table("reviews").delete_where("message_id = ?", [message_id])

    def corrections(self) -> list[dict[str, Any]]:
        """All corrections with who made them, latest first."""
        return list(
            self._db.query(
                "SELECT r.*, s.name FROM reviews r JOIN staff s ON s.id = r.staff_id "
                "WHERE verdict = 'corrected' ORDER BY r.at DESC"
            )
        )

    def write(self, path: Path) -> int:
        """Write the corrections as Rasa NLU YAML, whole or not at all; returns how many."""
        found = self.corrections()
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(".new")
        with fresh.open("w", encoding="utf-8") as file:
            _yaml().dump(_training_data(found), file)
        fresh.replace(path)
        return len(found)

    def _keep(
        self, message: dict[str, Any], person: Staff, verdict: str, intent: str, example: str
    ) -> None:
        self._db.table("reviews").upsert(
            {
                "message_id": message["id"], "conversation": message["conversation_id"],
                "at": time.time(), "staff_id": person.id, "verdict": verdict,
                "found": message["intent"] or "", "intent": intent, "example": example,
            },
            pk="message_id",
        )  # fmt: skip


def intents_and_entities(nlu: Path, domain: Path) -> tuple[list[str], list[str]]:
    """The intents that have training data, and the entities of the domain."""
    intents: set[str] = set()
    entities: set[str] = set()
    for file in sorted(nlu.glob("*.yml")):
        blocks = YAML(typ="safe").load(file.read_text(encoding="utf-8")).get("nlu") or []
        intents |= {block["intent"] for block in blocks if "intent" in block}
    for file in sorted(domain.glob("*.yml")):
        for entity in YAML(typ="safe").load(file.read_text(encoding="utf-8")).get("entities") or []:
            entities.add(entity if isinstance(entity, str) else next(iter(entity)))
    return sorted(intents), sorted(entities)


def story(name: str, events: Iterable[dict[str, Any]]) -> str:
    """A conversation's tracker events as a Rasa test story.

    What was said with the intent that was understood, and what the assistant did.
    """
    steps: list[dict[str, Any]] = []
    loop = None
    for event in events:
        kind = event["event"]
        if kind == "user":
            parsed = event.get("parse_data") or {}
            metadata = event.get("metadata") or {}
            step = {"intent": (parsed.get("intent") or {}).get("name") or "nlu_fallback"}
            if not metadata.get("title") and not (event.get("text") or "").startswith("/"):
                step = {"user": _one_line(event.get("text") or ""), **step}
            steps.append(step)
        elif kind == "action" and event["name"] not in (
            None,
            "action_listen",
            "action_session_start",
        ):
            steps.append({"action": event["name"]})
        elif kind == "active_loop" and event.get("name") != loop:
            loop = event.get("name")
            steps.append({"active_loop": loop})
    out = StringIO()
    _yaml().dump({"version": "3.1", "stories": [{"story": name, "steps": steps}]}, out)
    return out.getvalue()


def _training_data(corrections: list[dict[str, Any]]) -> dict[str, Any]:
    examples: dict[str, list[str]] = {}
    for one in reversed(corrections):
        examples.setdefault(one["intent"], []).append(one["example"])
    blocks = [
        {
            "intent": intent,
            "examples": LiteralScalarString(
                "".join(f"- {text}\n" for text in dict.fromkeys(texts))
            ),
        }
        for intent, texts in sorted(examples.items())
    ]
    return {"version": "3.1", "nlu": blocks}


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _yaml() -> YAML:
    yaml = yaml_writer(4096)
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml
