"""Names in the training data, looked at before training: what one file calls and no other has, with file and line.

Rasa tells of most of it, too, after a while, without the place, and at the end of a list of all names that there are.
"""

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError

DOMAIN = "bot/dialogue/domain"
RESPONSES = "bot/dialogue/responses"
DATA = "nlu_data"
TABLE = "bot/intents.yml"
# What Rasa has itself; this room doesn't load it.
RASAS_ACTIONS = {
    "action_listen", "action_restart", "action_session_start", "action_default_fallback", "action_deactivate_loop",
    "action_revert_fallback_events", "action_default_ask_affirmation", "action_default_ask_rephrase",
    "action_two_stage_fallback", "action_unlikely_intent", "action_back", "action_extract_slots",
}  # fmt: skip
RASAS_INTENTS = {"restart", "back", "out_of_scope", "session_start", "nlu_fallback"}
UPSET = "_upset"  # ends the name of a response for customers who are upset
WHERE = {
    "action": f"no action, response or form of {DOMAIN} has that name",
    "intent": f"no file of {DOMAIN} has it among its intents",
    "active_loop": f"no form of {DOMAIN} has that name",
    "response": f"no response of {DOMAIN} has that name",
}


@dataclass
class _Known:
    """The names of the domain; of intents also where each is."""

    intents: dict[str, str] = field(default_factory=dict)
    actions: set[str] = field(default_factory=set)
    forms: set[str] = field(default_factory=set)
    responses: set[str] = field(default_factory=set)

    def of(self, kind: str) -> set[str]:
        """All names that may stand where one of a kind does."""
        if kind == "intent":
            return {*self.intents, *RASAS_INTENTS}
        if kind == "action":
            return self.actions | self.responses | self.forms | RASAS_ACTIONS
        if kind == "active_loop":
            return self.forms | RASAS_ACTIONS  # Rasa's own are loops, too
        return self.responses


def faults(checkout: Path) -> list[str]:
    """What is wrong with the names in the training data of a checkout: a line each, with the place and what to do."""
    try:
        domain = [*_files(checkout, DOMAIN)]
        data = [*_files(checkout, DATA)]
        said = [*_files(checkout, RESPONSES)]
        table = _read(checkout, checkout / TABLE)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        file = error.problem_mark.name if error.problem_mark else ""
        return [f"{file}, line {line}: it is no YAML: {error.problem}"]
    known = _known(domain)
    head = (checkout / TABLE).read_text(encoding="utf-8").partition("\n\n")[0]
    explained = {line.split()[1] for line in head.splitlines() if line.startswith("# ")}
    return [*_unknown(known, data, said), *_beside_the_table(known, explained, *table)]


def _files(checkout: Path, folder: str) -> Iterator[tuple[str, Any]]:
    for path in sorted((checkout / folder).rglob("*.yml")):
        yield _read(checkout, path)


def _read(checkout: Path, path: Path) -> tuple[str, Any]:
    """A file's name in the checkout, and what is in it, with lines. Raises MarkedYAMLError, which names the file."""
    name = path.relative_to(checkout).as_posix()
    with path.open(encoding="utf-8") as file:
        try:
            return name, YAML().load(file)
        except MarkedYAMLError as error:
            if error.problem_mark:
                error.problem_mark.name = name
            raise


def _known(domain: Iterable[tuple[str, Any]]) -> _Known:
    known = _Known()
    for file, content in domain:
        for line, name in _names(content, "intents"):
            known.intents[name] = f"{file}, line {line}"
        known.actions.update(name for _, name in _names(content, "actions"))
        known.forms.update(name for _, name in _names(content, "forms"))
        known.responses.update(name for _, name in _names(content, "responses"))
    return known


def _names(content: Any, key: str) -> Iterator[tuple[int, str]]:
    """Line and name of each entry below a key: of a list, of whose entries some have settings, or of a mapping."""
    entries = content.get(key) if isinstance(content, CommentedMap) else None
    if isinstance(entries, CommentedMap):
        for name in entries:
            yield entries.lc.key(name)[0] + 1, str(name)
    elif isinstance(entries, CommentedSeq):
        for place, entry in enumerate(entries):
            name = next(iter(entry), "") if isinstance(entry, dict) else entry
            yield entries.lc.item(place)[0] + 1, str(name)


def _unknown(
    known: _Known, data: Iterable[tuple[str, Any]], said: Iterable[tuple[str, Any]]
) -> Iterator[str]:
    """Names that rules, examples and other languages' responses call, and the domain hasn't."""
    for file, content in data:
        if isinstance(content, CommentedMap):
            for part in ("rules", "stories", "nlu"):
                for line, kind, name in _called(content.get(part)):
                    # What belongs to "faq/opening" is the intent "faq".
                    if name.partition("/")[0] not in known.of(kind):
                        yield _fault(file, line, kind, name, known)
    for file, content in said:
        for line, name in _names(content, "texts"):
            if name.removesuffix(UPSET) not in known.responses:
                yield _fault(file, line, "response", name, known)


def _called(part: Any) -> Iterator[tuple[int, str, str]]:
    """Line, kind and name of what is called anywhere in a part of a file."""
    if isinstance(part, CommentedMap):
        for key, value in part.items():
            if key in WHERE and isinstance(value, str):
                yield part.lc.key(key)[0] + 1, key, value
            else:
                yield from _called(value)
    elif isinstance(part, CommentedSeq):
        for entry in part:
            yield from _called(entry)


def _fault(file: str, line: int, kind: str, name: str, known: _Known) -> str:
    near = difflib.get_close_matches(name, sorted(known.of(kind)), n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    return f"{file}, line {line}: {kind} {name}: {WHERE[kind]}{hint}"


def _beside_the_table(known: _Known, explained: set[str], file: str, rows: Any) -> Iterator[str]:
    """Intents that the table lacks, rows of it without an intent, and groups that its head doesn't explain."""
    rows = rows if isinstance(rows, CommentedMap) else CommentedMap()
    for name, place in known.intents.items():
        if name not in rows:
            yield f"{place}: intent {name}: {file} has no line of it; add `{name}: {{}}`, or say its groups there"
    for name, row in rows.items():
        line = rows.lc.key(name)[0] + 1
        if name not in known.intents:
            yield _fault(file, line, "intent", str(name), known)
        groups = row.get("groups") if isinstance(row, dict) else None
        for group in groups or ():
            if group not in explained:
                yield f"{file}, line {line}: intent {name}: the head explains no group {group}"
