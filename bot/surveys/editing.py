"""A campaign as the fields of a form, for people who don't write YAML."""

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.errors import ConfigError
from bot.settings.yaml_file import read_tree, yaml_writer
from bot.surveys.campaign import Campaign, Question, check, conditions

Fields = Mapping[str, Sequence[str]]
MOVES = ("up", "down", "remove")
KINDS = {
    "nps": "Recommend? 0–10 (NPS)",
    "csat": "Satisfied? 1–5 (CSAT)",
    "ces": "Easy? 1–7 (CES)",
    "scale": "A scale of your own",
    "single": "Choose one",
    "multiple": "Choose several",
    "number": "A number",
    "text": "In their own words",
    "consent": "Consent: yes or no",
    "thanks": "Thank you",
}
PLACES = {
    "title": "Title", "intro": "First words", "questions": "Questions", "trigger": "When to ask",
    "segment": "For whom", "sample": "Sample", "days_between": "Days between", "quota": "Quota",
    "start": "First day", "stop": "Last day", "alert": "Alert", "experiment": "Experiment",
    "ask": "Words", "id": "Name", "options": "Choices", "go": "Where next", "min": "From", "max": "To",
    "translations": "Other languages", "labels": "Names of the ends", "kind": "Kind",
}  # fmt: skip


@dataclass(frozen=True)
class Draft:
    """What is in the form: the tree of a campaign, the campaign when it is right, and its faults."""

    tree: dict[str, Any]
    campaign: Campaign | None
    faults: tuple[str, ...]

    @property
    def yaml(self) -> str:
        """The campaign's text, as a file would have it."""
        return _as_yaml(self.tree)

    @property
    def translations(self) -> str:
        """The texts in other languages as the form shows them; what is no YAML as it was typed."""
        texts = self.tree.get("translations") or ""
        return texts if isinstance(texts, str) else _as_yaml(texts)


def _as_yaml(tree: Any) -> str:
    out = io.StringIO()
    writer = yaml_writer(100)
    writer.allow_unicode = True
    writer.dump(tree, out)
    return out.getvalue()


def new_tree() -> dict[str, Any]:
    """What a new campaign begins with."""
    return {
        "title": "", "intro": "May I ask you something? It takes a minute.",
        "trigger": {"after": ["resolved"], "messages": 2},
        "questions": [
            {"id": "score", "kind": "csat", "ask": "How satisfied are you with our help today?"},
            {"id": "done", "kind": "thanks", "ask": "Thank you!"},
        ],
    }  # fmt: skip


def tree_of(campaign: Campaign) -> dict[str, Any]:
    """A campaign as a tree of plain values, without what is the default."""
    tree = campaign.dict(exclude_defaults=True)
    for question in tree["questions"]:
        for name in ("options", "labels"):
            if name in question:
                question[name] = list(question[name])
        for branch in question.get("go", ()):
            if isinstance(branch.get("when"), tuple):
                branch["when"] = list(branch["when"])
        if "go" in question:
            question["go"] = list(question["go"])
    for translation in tree.get("translations", {}).values():
        for question in translation.get("questions", {}).values():
            for name in ("options", "labels"):
                if name in question:
                    question[name] = list(question[name])
    if "topic" in tree.get("segment", {}):
        tree["segment"]["topic"] = list(tree["segment"]["topic"])
    return tree


def read_form(fields: Fields) -> Draft:
    """The campaign that a form describes; `do` = add, or up-N, down-N, remove-N changes its questions."""
    tree: dict[str, Any] = {"title": _one(fields, "title"), "intro": _one(fields, "intro")}
    if _one(fields, "anonymous"):
        tree["anonymous"] = True
    moments = [one for one in fields.get("after", ()) if one]
    if moments:
        tree["trigger"] = {"after": moments}
        _put(
            tree["trigger"], fields, "messages", "seconds_on_page", "quiet_seconds", "drop", "page"
        )
    segment: dict[str, Any] = {}
    topics = [one for one in fields.get("topic", ()) if one]
    if topics:
        segment["topic"] = topics
    if _one(fields, "mood"):
        segment["mood"] = _one(fields, "mood")
    for name in ("bought", "handoff", "returning"):
        if _one(fields, name):
            segment[name] = _one(fields, name) == "yes"
    if segment:
        tree["segment"] = segment
    _put(tree, fields, "sample", "days_between", "quota", "start", "stop")
    if _one(fields, "alert_question"):
        tree["alert"] = {"question": _one(fields, "alert_question")}
        _put(tree["alert"], fields, "at_most")
    if _one(fields, "experiment_version"):
        tree["experiment"] = {"version": _value(_one(fields, "experiment_version"))}
        if _one(fields, "experiment_share"):
            tree["experiment"]["share"] = _value(_one(fields, "experiment_share"))
    given = _one(fields, "count")
    count = min(30, int(given)) if re.fullmatch("[0-9]{1,9}", given) else 0
    tree["questions"] = [_question(fields, number) for number in range(count)]
    _move(tree["questions"], _one(fields, "do"))
    if text := _one(fields, "translations"):
        try:
            tree["translations"] = read_tree("Other languages", text)
        except ConfigError as error:
            return Draft({**tree, "translations": text}, None, (error.message,))
    campaign, found = check(tree)
    return Draft(tree, campaign, tuple(_told(tree, place, what) for place, what in found))


def draft_of(tree: dict[str, Any]) -> Draft:
    """A draft of a tree that is already there."""
    campaign, found = check(tree)
    return Draft(tree, campaign, tuple(_told(tree, place, what) for place, what in found))


def branches(question: Mapping[str, Any]) -> str:
    """The branches of a question as lines: "0-6 → wrong", "else → done"."""
    lines = []
    for branch in question.get("go", ()):
        when = branch.get("when")
        wanted = ", ".join(map(str, when)) if isinstance(when, (list, tuple)) else when
        lines.append(f"{'else' if wanted is None else wanted} → {branch['to']}")
    return "\n".join(lines)


def in_words(question: Question) -> list[str]:
    """The branches of a question for people: "After 0-6: wrong"."""
    return [
        f"{', '.join(map(str, conditions(one))) or 'Otherwise'} → {one.to}" for one in question.go
    ]


def _question(fields: Fields, number: int) -> dict[str, Any]:
    def said(name: str) -> str:
        return _one(fields, f"q{number}_{name}")

    kind = said("kind") or "text"
    question: dict[str, Any] = {"id": said("id"), "kind": kind, "ask": said("ask")}
    if said("required") and kind != "thanks":
        question["required"] = True
    if kind in ("single", "multiple"):
        question["options"] = [
            line.strip() for line in said("options").splitlines() if line.strip()
        ]
        if said("other"):
            question["other"] = True
    if kind in ("scale", "number"):
        for name in ("min", "max"):
            if said(name):
                question[name] = _value(said(name))
    if kind in ("nps", "csat", "ces", "scale") and (said("low") or said("high")):
        question["labels"] = [said("low"), said("high")]
    if kind != "thanks":
        go = [_branch(line) for line in said("go").splitlines() if line.strip()]
        if go:
            question["go"] = go
    return question


def _branch(line: str) -> dict[str, Any]:
    """ "0-6 → wrong", "Price, Size -> more", "else → done"."""
    when, _arrow, to = re.split(r"\s*(→|->|:)\s*", f"{line} → ", maxsplit=1)[:3]
    to = to.replace("→", "").strip()
    if when.strip().lower() in ("else", "otherwise", ""):
        return {"to": to}
    wanted = [_value(part) for part in when.split(",") if part.strip()]
    return {"when": wanted[0] if len(wanted) == 1 else wanted, "to": to}


def _move(questions: list[dict[str, Any]], do: str) -> None:
    if do == "add":
        taken = {question["id"] for question in questions}
        name = next(f"q{n}" for n in range(1, 99) if f"q{n}" not in taken)
        last = bool(questions) and questions[-1]["kind"] == "thanks"
        fresh = {"id": name, "kind": "text", "ask": ""}
        questions.insert(len(questions) - last, fresh)
        return
    name, _, number = do.partition("-")
    if name not in MOVES or not re.fullmatch("[0-9]{1,9}", number) or int(number) >= len(questions):
        return
    question = questions.pop(int(number))
    if name != "remove":
        questions.insert(max(0, int(number) + (1 if name == "down" else -1)), question)


def _told(tree: dict[str, Any], place: tuple, what: str) -> str:
    """A fault with its place in the words of the form."""
    parts: list[str] = []
    rest = list(place)
    if rest[:1] == ["questions"] and len(rest) > 1:
        asked = tree["questions"][int(rest[1])]
        parts, rest = [f"Question {int(rest[1]) + 1} ({asked.get('id') or 'no name'})"], rest[2:]
    parts += [PLACES.get(str(part), "") for part in rest]
    where = ", ".join(part for part in parts if part)
    return f"{where}: {what}" if where else what


def _put(tree: dict[str, Any], fields: Fields, *names: str) -> None:
    for name in names:
        if _one(fields, name):
            tree[name] = _value(_one(fields, name))


def _one(fields: Fields, name: str) -> str:
    values = fields.get(name) or ("",)
    return str(values[0]).replace("\r\n", "\n").strip()


def _value(text: str) -> Any:
    """A number where the text is one; else the text."""
    text = text.strip()
    if re.fullmatch(r"-?\d{1,9}", text):
        return int(text)
    return float(text) if re.fullmatch(r"-?\d{1,9}\.\d{1,6}", text) else text
