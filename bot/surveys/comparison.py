"""How a campaign's figures change: week by week, and from one version to another."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo

from bot.surveys import statistics
from bot.surveys.anonymity import MIN_GROUP
from bot.surveys.campaign import Question
from bot.surveys.campaigns import Campaigns
from bot.surveys.figures import answered, estimate_of, metric_of
from bot.surveys.forms import Form
from bot.surveys.records import Run
from bot.surveys.statistics import Difference, Estimate


@dataclass(frozen=True)
class Week:
    """A question's figure in the week that begins on a Monday; None when fewer than 5 answered."""

    monday: date
    n: int
    estimate: Estimate | None


@dataclass(frozen=True)
class Comparison:
    """A figure under two versions; `p` is adjusted for the number of figures compared (Holm)."""

    label: str
    first: Estimate | None
    second: Estimate | None
    difference: Difference | None
    p: float | None


def weekly(
    campaigns: Campaigns,
    name: str,
    form: Form,
    zone: tzinfo,
    version: int = 0,
    simulated: bool = False,
) -> list[Week]:
    """A question's figure week by week, without gaps; the last one may still grow."""
    weeks: dict[date, list[float]] = defaultdict(list)
    runs = campaigns.runs(name, version=version, simulated=simulated)
    asked = [run for run in runs if run.version in form.versions]
    for _, given in answered(asked, form.question.id):
        day = datetime.fromtimestamp(given.at, zone).date()
        weeks[day - timedelta(days=day.weekday())].append(given.value)
    if not weeks:
        return []
    series, monday = [], min(weeks)
    while monday <= max(weeks):
        scores = weeks.get(monday, [])
        figure = estimate_of(form.question, scores) if len(scores) >= MIN_GROUP else None
        series.append(Week(monday, len(scores), figure))
        monday += timedelta(days=7)
    return series


def compare_versions(
    campaigns: Campaigns, name: str, first: int, second: int, simulated: bool = False
) -> list[Comparison]:
    """An A/B test of two versions: how many finish, and each score that both ask for."""
    entries = campaigns.get(name, first), campaigns.get(name, second)
    runs = [
        [
            run
            for run in campaigns.runs(name, version=version, simulated=simulated)
            if not run.over_quota
        ]
        for version in (first, second)
    ]
    kinds = {question.id: question.kind for question in entries[1].campaign.questions}
    comparisons = [
        _compare_finishing(runs),
        *(
            _compare_figures(question, runs)
            for question in entries[0].campaign.questions
            if metric_of(question) and kinds.get(question.id) == question.kind
        ),
    ]
    ps = statistics.holm([line.difference.p for line in comparisons if line.difference])
    return [
        replace(line, p=ps.pop(0)) if line.difference else line  # in the order they went in
        for line in comparisons
    ]


def _compare_figures(question: Question, runs: Sequence[Sequence[Run]]) -> Comparison:
    """A question's figure under each of two versions; `p` isn't adjusted yet."""
    scores = [[given.value for _, given in answered(version, question.id)] for version in runs]
    first, second = (
        estimate_of(question, values) if len(values) >= MIN_GROUP else None for values in scores
    )
    enough = all(len(values) >= MIN_GROUP for values in scores)
    kind = question.kind if question.kind in ("nps", "csat") else "mean"
    difference = statistics.compare(kind, *scores) if enough else None
    return Comparison(f"{question.id}: {metric_of(question)}", first, second, difference, None)


def _compare_finishing(runs: Sequence[Sequence[Run]]) -> Comparison:
    done = [sum(run.completed_at is not None for run in version) for version in runs]
    sizes = [len(version) for version in runs]
    enough = min(sizes) >= MIN_GROUP
    shares = [
        statistics.share(count, n) if n >= MIN_GROUP else None
        for count, n in zip(done, sizes, strict=True)
    ]
    difference = statistics.compare_shares(done[0], sizes[0], done[1], sizes[1]) if enough else None
    return Comparison("finished, of those shown", shares[0], shares[1], difference, None)
