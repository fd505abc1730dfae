"""The page of fairness: whether the assistant is worse for some groups of customers."""

from bot.insights import charts
from bot.insights.bias import (
    AT_LEAST,
    DIMENSIONS,
    MEASURES,
    MEDIUM,
    SHORT,
    Group,
    Rate,
    bias,
)
from bot.insights.pages import Chart, Estimate, Page, Row, Table, number_of, percent
from bot.insights.scope import Scope, Source
from bot.statistics import Share

NAMES = {
    "": "not known",
    "short": f"up to {SHORT} characters",
    "medium": f"{SHORT + 1} to {MEDIUM} characters",
    "long": f"over {MEDIUM} characters",
}


def bias_page(source: Source, scope: Scope, currency: str) -> Page:
    """Rates of errors, feelings, results and handoffs by group."""
    groups = bias(source, scope)
    clear = sorted(
        ((one, rate) for one in groups for rate in one.rates.values() if rate.clear),
        key=lambda pair: -abs((pair[1].difference or (0,))[0]),
    )
    lead = "Nobody has written in this time."
    if groups:
        lead = "No group differs clearly from the others."
    if clear:
        lead = (
            f"{number_of(len(clear), 'rate')} of a group differ clearly from those of the others."
        )
    understood = [one.rates["unsure"] for one in groups if _shown(one.rates.get("unsure"))]
    named = [one for one in groups if _shown(one.rates.get("unsure"))]
    drawn = charts.bars(
        "Messages that weren't understood, by group, in percent",
        [
            (_name(one), 100 * (rate.own.value or 0),
             (100 * (rate.own.low or 0), 100 * (rate.own.high or 0)), percent(rate.own.value or 0))
            for one, rate in zip(named, understood, strict=True)
        ],
    )  # fmt: skip
    return Page(
        "bias", "Fairness", lead,
        "Each group is compared with all others together: the difference of two shares with its "
        "interval (Newcombe 1998), and Fisher's exact test, p adjusted for all tests on this page "
        "(Benjamini and Hochberg 1995); clear is p < 0.05. Language: as the assistant found it in "
        "the conversation. Device: what the browser calls itself. Returning: a message half a day "
        "and more after the conversation began; a browser keeps its conversation. Length: of the "
        "message; of a conversation the mean of its messages. Presses of quick replies aren't "
        "counted. Not understood: no intent was likely. Intent was wrong: of messages that staff reviewed, "
        "those that they corrected; they review what looked wrong, so this is no rate of all "
        "messages, and compares groups only. Sentiment was wrong: staff's label is another than the "
        "model's, in a random sample. Unhappy, requests and handoffs count as on the other pages. A group of "
        f"fewer than {AT_LEAST} isn't shown. That a group fares worse need not be the group: it may ask "
        "for other things.",
        charts=[Chart(drawn)] if named else [],
        tables=[
            Table("differences", "Where groups differ, and what to do",
                  ("Group", "What", "Of the group", "Of all others", "Difference, in points", "p", "What to do"),
                  [_difference(one, rate) for one, rate in clear]),
            *(_table(dimension, groups) for dimension in DIMENSIONS),
        ],
    )  # fmt: skip


def _name(one: Group) -> str:
    return f"{DIMENSIONS[one.dimension]}: {_called(one)}"


def _called(one: Group) -> str:
    """A group's own name; `other` is another one of its kind: another language, another device."""
    if one.name == "other":
        return f"another {DIMENSIONS[one.dimension].lower()}"
    return NAMES.get(one.name, one.name)


def _shown(rate: Rate | None) -> bool:
    return rate is not None and rate.own.n >= AT_LEAST


def _difference(one: Group, rate: Rate) -> Row:
    assert rate.difference is not None and rate.p is not None
    measure, p = MEASURES[rate.measure], rate.p
    return Row(
        (_name(one), f"{measure.title}, of {measure.of}", rate.own, rate.others,
         Estimate(*(100 * value for value in rate.difference)),
         "< 0.001" if p < 0.001 else f"{p:.3f}",
         measure.advice if (rate.difference[0] > 0) else "Better than the others."),
    )  # fmt: skip


def _table(dimension: str, groups: list[Group]) -> Table:
    rows = [
        Row((_called(one), *(_cell(one.rates.get(name)) for name in MEASURES)))
        for one in groups
        if one.dimension == dimension
    ]
    columns = (DIMENSIONS[dimension], *(f"{one.title}" for one in MEASURES.values()))
    return Table(f"by_{dimension}", f"By {DIMENSIONS[dimension].lower()}", columns, rows)


def _cell(rate: Rate | None) -> Share | str:
    return rate.own if rate and _shown(rate) else f"fewer than {AT_LEAST}"
