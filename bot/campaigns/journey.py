"""A journey as people write it: what begins it, its steps, and the goal that ends it; YAML, checked by line."""

from typing import Any, Literal

from pydantic import Field, ValidationError, root_validator, validator

from bot.campaigns.campaign import NAME, Said, Words
from bot.campaigns.segment import Segment, checked
from bot.errors import ConfigError
from bot.settings.part import Part
from bot.settings.yaml_file import Place, fault_line, faults_in, read_tree

END = "end"
Event = Literal["cart", "order", "delivery", "visit", "back_in_stock", "price_drop"]
Goal = Literal["ordered", "clicked"]


class Send(Part):
    """A mail of a journey."""

    subject: str = Field(..., min_length=1, max_length=150)
    body: str = Field(..., min_length=1, max_length=20_000)
    translations: dict[str, Said] = Field(default_factory=dict)  # by language
    products: int = Field(3, ge=1, le=12)

    _variables = validator("subject", "body", allow_reuse=True)(Said._variables.__func__)  # type: ignore[attr-defined]
    _one_line = validator("subject", allow_reuse=True)(Said._one_line.__func__)  # type: ignore[attr-defined]

    def words(self, language: str) -> tuple[str, str]:
        """Subject and body in a language."""
        said = self.translations.get(language)
        return (said and said.subject) or self.subject, (said and said.body) or self.body


class Step(Part):
    """One step: wait, wait for something, ask a condition, or send. `to` is where it goes on, else below."""

    id: str = Field(
        "", regex=f"({NAME})|^$", description="small letters, digits and _, a letter first"
    )
    wait_hours: float | None = Field(None, gt=0, le=24 * 365)
    wait_for: Goal | None = None
    hours: float | None = Field(None, gt=0, le=24 * 365)  # of wait_for, at most
    when: Any = None  # conditions; whoever doesn't meet them goes to `otherwise`
    otherwise: str = END
    send: Send | None = None
    to: str = ""

    @root_validator(skip_on_failure=True)
    def _one_kind(cls, values: dict) -> dict:
        kinds = [
            name for name in ("wait_hours", "wait_for", "when", "send") if values[name] is not None
        ]
        if len(kinds) != 1:
            raise ValueError("a step is one of wait_hours, wait_for, when and send")
        if (values["wait_for"] is None) != (values["hours"] is None):
            raise ValueError("wait_for needs `hours`, the longest to wait, and nothing else does")
        return values


class Enter(Part):
    """What begins a journey: something that happened, not longer ago than `within_hours`."""

    on: Event
    within_hours: float = Field(48, gt=0, le=24 * 90)
    segment: Any = None


class Journey(Part):
    """All of a journey's file."""

    title: str = Field(..., min_length=1, max_length=80)
    purpose: str = Field(
        "news", regex=NAME, description="small letters, digits and _, a letter first"
    )
    enter: Enter
    goal: Goal = "ordered"
    again_days: int = Field(0, ge=0, le=3650)  # 0: once in a life
    holdout: float | None = Field(None, ge=0, le=50)
    days_to_order: int = Field(14, ge=1, le=365)
    cost: float = Field(0, ge=0)  # of all of it, in the shop's currency
    cost_per_mail: float = Field(0, ge=0)
    steps: list[Step] = Field(..., min_items=1, max_items=30)

    variants: list[Words] = Field(default_factory=list, max_items=0)  # as results read them

    def place(self, step: str) -> int:
        """The number of a step; that after the last for the end."""
        if step == END:
            return len(self.steps)
        return next(number for number, one in enumerate(self.steps) if one.id == step)


def read_journey(name: Any, text: str) -> Journey:
    """The journey of a YAML text. Raises ConfigError with a line for each fault."""
    # YAML 1.1 takes `on` for yes; this reader is of 1.2, where it is a name.
    tree = read_tree(name, text)
    try:
        journey = Journey.parse_obj(_with_plain_conditions(name, tree))
    except ValidationError as error:
        lines = [fault_line(name, tree, place, what) for place, what in faults_in(error)]
        raise ConfigError("\n".join(lines), "docs/campaigns.md shows each line.") from error
    if found := _faults(journey):
        lines = [fault_line(name, tree, place, what) for place, what in found]
        raise ConfigError("\n".join(lines), "docs/campaigns.md shows each line.")
    return journey


def _with_plain_conditions(name: Any, tree: Any) -> dict[str, Any]:
    """The tree with its conditions checked. Raises ConfigError."""
    plain = dict(tree)
    enter, steps = tree.get("enter"), tree.get("steps")
    if isinstance(enter, dict) and enter.get("segment") is not None:
        segment = checked(name, tree, enter["segment"], ("enter", "segment"))
        plain["enter"] = {**enter, "segment": segment.tree}
    if isinstance(steps, list):
        plain["steps"] = [
            {**one, "when": checked(name, tree, one["when"], ("steps", number, "when")).tree}
            if isinstance(one, dict) and one.get("when") is not None
            else one
            for number, one in enumerate(steps)
        ]
    return plain


def _faults(journey: Journey) -> list[tuple[Place, str]]:
    """Steps that don't exist, and ways that lead back: a journey always ends."""
    found: list[tuple[Place, str]] = []
    names = [one.id for one in journey.steps]
    for number, step in enumerate(journey.steps):
        if step.id and step.id in names[:number]:
            found.append((("steps", number, "id"), f"there are two steps {step.id!r}: rename one."))
        later = [*(one for one in names[number + 1 :] if one), END]
        ways = [("to", step.to)] if step.to else []
        ways += [("otherwise", step.otherwise)] if step.when is not None else []
        for key, way in ways:
            if way not in later:
                what = f"{way!r} is no step after this one: name one of {', '.join(later)}."
                found.append((("steps", number, key), what))
    return found


def conditions(tree: Any) -> Segment:
    """The conditions of a step or an entrance; everybody where there are none."""
    return Segment(tree or {})
