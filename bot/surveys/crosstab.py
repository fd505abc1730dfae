"""A question's answers by a segment or by another question, without groups that are too small."""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from bot.surveys import statistics
from bot.surveys.anonymity import MIN_GROUP, let_out
from bot.surveys.campaign import Question
from bot.surveys.campaigns import Campaigns
from bot.surveys.figures import OTHER, answered, estimate_of, label_of
from bot.surveys.forms import Form, forms
from bot.surveys.records import Given, Run
from bot.surveys.statistics import Association, Estimate

SMALL = "Smaller groups together"


@dataclass(frozen=True)
class Group:
    """A group of a cross-tab: its answers by column, and the question's figure within it."""

    name: str
    n: int
    counts: tuple[int, ...]
    estimate: Estimate | None


@dataclass(frozen=True)
class CrossTab:
    """A question by a segment or by another question; groups below 5 are put together."""

    question: Question
    by: str
    columns: tuple[str, ...]
    groups: tuple[Group, ...]
    hidden: int  # answers that belong to no group that can be shown
    association: Association | None


def cross_tab(
    campaigns: Campaigns,
    name: str,
    form: Form,
    by: str,
    version: int = 0,
    simulated: bool = False,
) -> CrossTab:
    """A question by a segment, by `way` or `version`, or by another question of the campaign.

    Groups below 5 are put together; when even together they are too small, the smallest group that
    could be shown joins them, so that nothing can be found by subtraction. Groups of an answer
    stand in the order of its options. Raises NotFound.
    """
    asked = form.question
    others = [other for other in forms(campaigns, name, version) if other.question.id == by]
    runs = campaigns.runs(name, version=version, simulated=simulated)
    found: dict[str, list[tuple[Run, Given]]] = defaultdict(list)
    for run, given in answered([r for r in runs if r.version in form.versions], asked.id):
        other = next((one.question for one in others if run.version in one.versions), None)
        if other is not None or not others:
            for group in _groups_of(run, by, other):
                found[group].append((run, given))
    groups = {
        group: [given.value for _, given in let_out(answers)] for group, answers in found.items()
    }
    shown, hidden = pool_small({group: values for group, values in groups.items() if values})
    shown = _in_order(shown, [name for one in others for name in _columns(one.question)[0]])
    columns, column_of = _columns(asked)
    tabbed = []
    for group, values in shown.items():
        counts = Counter(column for value in values for column in column_of(value))
        scores = [value for value in values if isinstance(value, (int, float))]
        figure = estimate_of(asked, scores)
        tabbed.append(
            Group(group, len(values), tuple(counts[column] for column in columns), figure)
        )
    if asked.kind in ("ces", "scale", "number"):
        test = statistics.ranked_association(list(shown.values()))
    else:
        test = None if asked.kind in ("text", "multiple") else _tested(tabbed)
    return CrossTab(asked, by, columns, tuple(tabbed), hidden, test)


def pool_small(groups: dict[str, list[Any]]) -> tuple[dict[str, list[Any]], int]:
    """The groups that may be shown, largest first, and how many answers are in none of them."""
    order = sorted(groups.items(), key=lambda item: (-len(item[1]), item[0]))
    large = [item for item in order if len(item[1]) >= MIN_GROUP]
    rest = [value for _, values in order[len(large) :] for value in values]
    if rest and len(rest) < MIN_GROUP and large:
        rest += large.pop()[1]
    shown = dict(large)
    if len(rest) >= MIN_GROUP:
        shown[SMALL] = rest
        return shown, 0
    return shown, len(rest)


def _in_order(shown: dict[str, list[Any]], order: Sequence[str]) -> dict[str, list[Any]]:
    """Groups in the order of a question's options; without any, as they are."""
    place = {name: i for i, name in enumerate(order)}
    return dict(sorted(shown.items(), key=lambda item: place.get(item[0], len(place))))


def _groups_of(run: Run, by: str, question: Question | None) -> list[str]:
    if question is not None:
        given = run.answers.get(question.id)
        if given is None or given.value is None:
            return []
        value = given.value
        _, column_of = _columns(question)
        return column_of(value)
    if by in ("way", "version"):
        return [str(getattr(run, by))]
    return [run.segments[by]] if by in run.segments else []


def _columns(question: Question) -> tuple[tuple[str, ...], Callable[[Any], list[str]]]:
    """The columns of a question in a table, and which of them a value belongs to."""
    if question.kind == "nps":
        names = ("detractors (0–6)", "passives (7–8)", "promoters (9–10)")
        return names, lambda value: [names[(value >= 7) + (value >= 9)]]
    if question.kind == "csat":
        pair = ("1–3", "4–5")
        return pair, lambda value: [pair[value >= 4]]
    if question.scale:
        steps = tuple(str(step) for step in range(question.scale[0], question.scale[1] + 1))
        return steps, lambda value: [str(value)]
    if question.kind in ("single", "multiple"):
        options = (*question.options, *([OTHER] if question.other else []))
        return options, lambda value: sorted(
            {
                label_of(question, choice)
                for choice in (value if isinstance(value, list) else [value])
            }
        )
    if question.kind == "consent":
        return ("Yes", "No"), lambda value: ["Yes" if value else "No"]
    return (), lambda value: []


def _tested(groups: Sequence[Group]) -> Association | None:
    return statistics.association([group.counts for group in groups]) if groups else None
