"""A campaign as people write it: YAML, checked line by line."""

import re
from datetime import date
from typing import Any, Literal

from pydantic import Field, ValidationError, root_validator, validator

from bot.errors import ConfigError
from bot.settings.part import Part
from bot.settings.yaml_file import fault_line, faults_in, read_tree

Kind = Literal[
    "nps", "csat", "ces", "scale", "number", "single", "multiple", "text", "consent", "thanks"
]
Moment = Literal[
    "resolved", "handoff", "purchase_click", "purchase", "sentiment_drop", "goodbye", "proactive"
]
SCALES = {"nps": (0, 10), "csat": (1, 5), "ces": (1, 7)}
ENDS = {
    "nps": ("not at all likely", "extremely likely"),
    "csat": ("very dissatisfied", "very satisfied"),
    "ces": ("very difficult", "very easy"),
}
END = "end"  # where a branch goes that leaves the questions
PLACE = re.compile(r"\{([a-z][a-z0-9_]*)(?:\|([^{}]*))?\}")  # {score} or {score|your score}
RANGE = re.compile(r"(-?\d+(?:\.\d+)?)\s*(?:-|–|\.\.|to)\s*(-?\d+(?:\.\d+)?)")
NAME = r"^[a-z][a-z0-9_]{0,30}$"
Fault = tuple[tuple[str | int, ...], str]  # a place in the tree, and what is wrong there
CAMPAIGN_NAME = r"[a-z0-9][a-z0-9-]{0,39}"


class _Part(Part):
    """A part of a campaign; of two types that a value may have it keeps its own."""

    class Config:
        smart_union = True


class Branch(_Part):
    """Where to go after an answer: `when` is a value, a range ("0-6"), a list, or "skipped"."""

    when: int | float | str | tuple[int | float | str, ...] | None = None
    to: str


class Question(_Part):
    """One question, or the thanks at the end."""

    id: str = Field(..., regex=NAME, description="small letters, digits and _, a letter first")
    kind: Kind
    ask: str = Field(..., min_length=1, max_length=500)
    required: bool = False
    options: tuple[str, ...] = ()
    other: bool = False
    min: float | None = None
    max: float | None = None
    labels: tuple[str, ...] = ()
    go: tuple[Branch, ...] = ()
    # What people read in another language; bot/surveys/languages.py puts it there, and no file.
    shown: tuple[str, ...] = ()
    yes_no: tuple[str, str] = ("Yes", "No")

    @validator("options", each_item=True, pre=True)
    def _option_is_text(cls, option: Any) -> str:
        if isinstance(option, bool):
            raise ValueError('an option that is yes or no is written in quotes: "Yes"')
        text = str(option).strip()
        if not 0 < len(text) <= 100:
            raise ValueError("an option has 1 to 100 characters")
        return text

    @root_validator(skip_on_failure=True)
    def _fits_its_kind(cls, values: dict) -> dict:
        kind, options = values["kind"], values["options"]
        if kind in ("single", "multiple"):
            if len(options) < 2:
                raise ValueError(f"a {kind} choice needs `options`, two at least")
            if len({option.lower() for option in options}) < len(options):
                raise ValueError("two options are the same")
        elif options or values["other"]:
            raise ValueError("`options` and `other` belong to the kinds single and multiple")
        if kind == "scale":
            if values["min"] is None or values["max"] is None:
                raise ValueError("a scale needs `min` and `max`")
            low, high = values["min"], values["max"]
            if low != int(low) or high != int(high) or not 1 <= high - low <= 20:
                raise ValueError("a scale goes in whole steps over 2 to 21 values")
        elif kind == "number":
            low, high = values["min"], values["max"]
            if low is not None and high is not None and low >= high:
                raise ValueError("`min` must be below `max`")
        elif values["min"] is not None or values["max"] is not None:
            raise ValueError(f"`min` and `max` belong to scale and number; a {kind} has its own")
        if values["labels"] and (kind not in (*SCALES, "scale") or len(values["labels"]) != 2):
            raise ValueError("`labels` are the names of a scale's two ends")
        if kind == "thanks" and (values["required"] or values["go"]):
            raise ValueError("the thanks are the end: neither `required` nor `go`")
        return values

    @property
    def scale(self) -> tuple[int, int] | None:
        """Lowest and highest value of a question that is answered on a scale."""
        if self.kind == "scale":
            return int(self.min or 0), int(self.max or 0)
        return SCALES.get(self.kind)

    @property
    def choices(self) -> list[tuple[str, str]]:
        """Each option, and what people read in its place."""
        return list(zip(self.options, self.shown or self.options, strict=True))

    @property
    def ends(self) -> tuple[str, str]:
        """What the two ends of the scale mean; empty when nothing says so."""
        low, high = self.labels or ENDS.get(self.kind, ("", ""))
        return low, high


class Trigger(_Part):
    """When the assistant asks by itself: one of the moments in `after`, and all of the rest."""

    after: list[Moment] = Field(..., min_items=1)
    messages: int = Field(1, ge=0, le=100)
    drop: float = Field(0.5, gt=0, le=2)
    page: str = Field("", max_length=300)
    seconds_on_page: int = Field(0, ge=0, le=3600)
    quiet_seconds: int = Field(20, ge=0, le=3600)

    @validator("after", pre=True)
    def _one_or_many(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value


class Segment(_Part):
    """For whom: every line that is given must be true of the customer."""

    topic: tuple[str, ...] = ()
    mood: Literal["positive", "neutral", "negative"] | None = None
    bought: bool | None = None
    handoff: bool | None = None
    returning: bool | None = None

    @validator("topic", pre=True)
    def _one_or_many(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value


class Alert(_Part):
    """Tell staff at once when a score is at or below `at_most`."""

    question: str
    at_most: float


class Experiment(_Part):
    """Give `share` percent of the people an earlier version instead, to compare the two."""

    version: int = Field(..., ge=1)
    share: int = Field(50, ge=1, le=99)


class Translated(_Part):
    """A question in another language; `options` in the order of the first ones."""

    ask: str = Field(..., min_length=1, max_length=500)
    options: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()


class Translation(_Part):
    """What people read of a campaign in another language; questions by their ids."""

    title: str = Field("", max_length=80)
    intro: str = Field("", max_length=300)
    questions: dict[str, Translated] = Field(default_factory=dict)


class Campaign(_Part):
    """All of a campaign's file."""

    title: str = Field(..., min_length=1, max_length=80)
    intro: str = Field(..., min_length=1, max_length=300)
    anonymous: bool = False
    trigger: Trigger | None = None
    segment: Segment = Segment()
    sample: float = Field(100, gt=0, le=100)
    days_between: int = Field(90, ge=0, le=3650)
    quota: int | None = Field(None, ge=1)
    start: date | None = None
    stop: date | None = None
    alert: Alert | None = None
    experiment: Experiment | None = None
    questions: list[Question] = Field(..., min_items=1, max_items=30)
    translations: dict[str, Translation] = Field(default_factory=dict)  # by language

    @validator("stop")
    def _stops_after_start(cls, stop: date | None, values: dict) -> date | None:
        if stop and values.get("start") and stop < values["start"]:
            raise ValueError("the last day is before the first")
        return stop

    def question(self, name: str) -> Question:
        """The question of this id. Raises KeyError."""
        for question in self.questions:
            if question.id == name:
                return question
        raise KeyError(name)


def read_campaign(name: Any, text: str) -> Campaign:
    """Read and check the YAML of a campaign; `name` is what errors call it.

    Raises ConfigError that lists each fault with its line and what to do.
    """
    tree = read_tree(name, text)
    campaign, found = check(tree)
    if campaign is None or found:
        lines = [fault_line(name, tree, place, what) for place, what in found]
        raise ConfigError("\n".join(lines), "docs/surveys.md shows each line.")
    return campaign


def check(tree: Any) -> tuple[Campaign | None, list[Fault]]:
    """The campaign of a tree of plain values, and all that is wrong with it, each with its place."""
    try:
        campaign = Campaign.parse_obj(tree)
    except ValidationError as error:
        return None, faults_in(error)
    return campaign, _faults_in(campaign)


def _faults_in(campaign: Campaign) -> list[Fault]:
    """What is wrong between the parts: names that don't exist, branches that go back."""
    found: list[Fault] = []
    seen: list[str] = []
    names = [question.id for question in campaign.questions]
    for number, question in enumerate(campaign.questions):
        at: tuple = ("questions", number)
        if question.id in seen:
            found.append(((*at, "id"), f"there are two questions {question.id!r}: rename one."))
        if question.id == END:
            found.append(((*at, "id"), "a question can't be called `end`: rename it."))
        for piped, _ in PLACE.findall(question.ask):
            if piped not in seen:
                what = f"{{{piped}}} names no question before this one: name one of {_some(seen)}."
                found.append(((*at, "ask"), what))
        for place, branch in enumerate(question.go):
            here = (*at, "go", place)
            if branch.to != END and branch.to not in names[number + 1 :]:
                after = _some([*names[number + 1 :], END])
                what = f"`to: {branch.to}` names no question after this one: name one of {after}."
                found.append((here, what))
            found += [(here, what) for what in _bad_conditions(question, branch)]
        seen.append(question.id)
    if campaign.questions[-1].kind != "thanks" and not any(
        question.kind == "thanks" for question in campaign.questions
    ):
        found.append((("questions",), "nobody is thanked: end with a question of kind thanks."))
    if campaign.questions[0].kind == "thanks":
        found.append((("questions", 0), "the thanks come first: ask something before."))
    found += _bad_alert(campaign)
    for language, translation in campaign.translations.items():
        found += _bad_translation(campaign, language, translation)
    return found


def _bad_translation(campaign: Campaign, language: str, translation: Translation) -> list[Fault]:
    """What a translation lacks or has too much of; a question that it leaves out is asked as it was written."""
    found: list[Fault] = []
    known = {question.id: question for question in campaign.questions}
    for name, other in translation.questions.items():
        at = ("translations", language, "questions", name)
        question = known.get(name)
        if question is None:
            found.append((at, f"there is no question {name!r}: name one of {_some(known)}."))
            continue
        if other.options and len(other.options) != len(question.options):
            what = f"the question has {len(question.options)} options, and these are {len(other.options)}."
            found.append(((*at, "options"), what))
        if len({one.lower() for one in other.options}) < len(other.options):
            found.append(((*at, "options"), "two options are the same."))
        if other.labels and len(other.labels) != 2:
            found.append(((*at, "labels"), "`labels` are the names of a scale's two ends."))
        places = ({one for one, _ in PLACE.findall(text)} for text in (question.ask, other.ask))
        if len(set(map(frozenset, places))) > 1:
            found.append(((*at, "ask"), f"it fills in other answers than {question.ask!r}."))
    return found


def _bad_conditions(question: Question, branch: Branch) -> list[str]:
    wrong = []
    for condition in conditions(branch):
        if condition == "skipped":
            if question.required:
                wrong.append("a required question can't be skipped.")
        elif question.kind in ("single", "multiple"):
            if str(condition) not in question.options and not (
                question.other and condition == "other"
            ):
                wrong.append(f"{condition!r} is none of the options {_some(question.options)}.")
        elif question.kind == "consent":
            if condition not in ("yes", "no"):
                wrong.append(f'a consent is "yes" or "no" (in quotes), not {condition!r}.')
        elif question.kind == "text":
            wrong.append('an open text can only branch on "skipped".')
        elif isinstance(condition, str) and not RANGE.fullmatch(condition.strip()):
            wrong.append(f"{condition!r} is neither a number nor a range such as 0-6.")
    return wrong


def _bad_alert(campaign: Campaign) -> list[Fault]:
    if campaign.alert is None:
        return []
    scored = [question.id for question in campaign.questions if question.scale]
    if campaign.alert.question not in scored:
        return [(("alert", "question"), f"name a question with a score: {_some(scored)}.")]
    return []


def conditions(branch: Branch) -> tuple[int | float | str, ...]:
    """The conditions of a branch, of which one is enough; empty: always."""
    if branch.when is None:
        return ()
    return branch.when if isinstance(branch.when, tuple) else (branch.when,)


def _some(names: Any) -> str:
    return ", ".join(names) or "(there is none)"
