"""What a campaign found out: how far people came, figures with intervals, open answers."""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo
from statistics import median
from typing import Any

from bot.privacy import mask
from bot.surveys import statistics
from bot.surveys.campaign import Campaign, Question
from bot.surveys.campaigns import Campaigns, Entry
from bot.surveys.flow import Answer, in_words, is_other, own_words
from bot.surveys.records import Given, Run
from bot.surveys.statistics import Association, Difference, Estimate

QUOTES = 10  # of a question; the export has all
MIN_GROUP = 5  # smaller groups aren't shown, so that nobody is recognised by their answers
OTHER = "Other"
SMALL = "Smaller groups together"
METRICS = {"nps": "NPS", "csat": "CSAT", "ces": "CES (mean, 1–7)"}


@dataclass(frozen=True)
class Funnel:
    """How many came how far; `seconds` is the median of those who finished."""

    invited: int
    shown: int
    started: int
    completed: int
    dismissed: int
    over_quota: int
    seconds: float | None


@dataclass(frozen=True)
class Bar:
    """One answer of a distribution: how many gave it, and their share in percent."""

    label: str
    count: int
    share: float


@dataclass(frozen=True)
class Quote:
    """An open answer, masked, with its sentiment; no conversation in an anonymous campaign."""

    text: str
    sentiment: str | None
    score: float | None
    at: float
    conversation: str | None


@dataclass(frozen=True)
class Mention:
    """Words that several open answers have in common, and how those answers feel on average."""

    words: str
    count: int
    score: float | None


@dataclass(frozen=True)
class QuestionResult:
    """What became of a question; `hidden` when too few answered to show it."""

    question: Question
    asked: int
    answered: int
    skipped: int
    dropped: int
    hidden: bool
    metric: str
    estimate: Estimate | None
    bars: tuple[Bar, ...]
    own_words: int  # answers in people's own words; `quotes` has the newest of them
    quotes: tuple[Quote, ...]
    mentions: tuple[Mention, ...]


@dataclass(frozen=True)
class Results:
    """All of a campaign, or of one of its versions."""

    entry: Entry
    version: int  # 0: all versions
    funnel: Funnel
    hidden: bool
    questions: tuple[QuestionResult, ...]


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


def results(
    campaigns: Campaigns,
    name: str,
    *,
    version: int = 0,
    since: float = 0,
    until: float = 0,
    simulated: bool = False,
) -> Results:
    """The results of a campaign: all versions under the latest's questions, or one version.

    Answers of people who didn't finish count for the questions they answered; those that came
    after the quota was filled don't. Real and simulated people are never mixed. Raises NotFound.
    """
    entry = campaigns.get(name, version)
    runs = campaigns.store.runs(
        name, version=version, since=since, until=until, simulated=simulated
    )
    counted = [run for run in runs if not run.over_quota]
    done = [run for run in counted if run.completed_at is not None]
    hidden = entry.campaign.anonymous and len(done) < MIN_GROUP
    return Results(
        entry=entry,
        version=version,
        funnel=_funnel(runs, done, campaigns.store.invited(name, simulated)),
        hidden=hidden,
        questions=tuple(
            _question_result(entry.campaign, question, counted, hidden)
            for question in entry.campaign.questions
            if question.kind != "thanks"
        ),
    )


def answered(runs: Sequence[Run], question: str) -> list[tuple[Run, Given]]:
    """The runs in which a question was answered, not skipped, within the quota."""
    return [
        (run, run.answers[question])
        for run in runs
        if question in run.answers
        and run.answers[question].value is not None
        and not run.over_quota
    ]


def estimate_of(question: Question, scores: Sequence[float]) -> Estimate | None:
    """The figure of a question: NPS, CSAT, or the mean; None for questions without scores."""
    if question.kind == "nps":
        return statistics.nps(scores)
    if question.kind == "csat":
        return statistics.csat(scores)
    if question.kind in ("ces", "scale", "number"):
        return statistics.mean(scores)
    return None


def metric_of(question: Question) -> str:
    """What the figure of a question is called; empty when it has none."""
    if question.kind == "scale" and question.scale:
        return "mean, {}–{}".format(*question.scale)
    return METRICS.get(question.kind, "mean" if question.kind == "number" else "")


def cross_tab(
    campaigns: Campaigns,
    name: str,
    question: str,
    by: str,
    version: int = 0,
    simulated: bool = False,
) -> CrossTab:
    """A question by a segment, by `way` or `version`, or by another question of the campaign.

    Groups below 5 are put together; when even together they are too small, the smallest group that
    could be shown joins them, so that nothing can be found by subtraction. Raises NotFound or
    KeyError for a question that isn't there.
    """
    campaign = campaigns.get(name, version).campaign
    asked, others = campaign.question(question), {one.id: one for one in campaign.questions}
    runs = campaigns.store.runs(name, version=version, simulated=simulated)
    groups: dict[str, list[Any]] = defaultdict(list)
    for run, given in answered(runs, question):
        for group in _groups_of(run, by, others.get(by)):
            groups[group].append(given.value)
    shown, hidden = pool_small(groups)
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


def weekly(
    campaigns: Campaigns, name: str, question: str, zone: tzinfo, simulated: bool = False
) -> list[Week]:
    """A question's figure week by week, without gaps; the last one may still grow."""
    asked = campaigns.get(name).campaign.question(question)
    weeks: dict[date, list[float]] = defaultdict(list)
    for _, given in answered(campaigns.store.runs(name, simulated=simulated), question):
        day = datetime.fromtimestamp(given.at, zone).date()
        weeks[day - timedelta(days=day.weekday())].append(given.value)
    if not weeks:
        return []
    found, monday = [], min(weeks)
    while monday <= max(weeks):
        scores = weeks.get(monday, [])
        figure = estimate_of(asked, scores) if len(scores) >= MIN_GROUP else None
        found.append(Week(monday, len(scores), figure))
        monday += timedelta(days=7)
    return found


def compare_versions(
    campaigns: Campaigns, name: str, first: int, second: int, simulated: bool = False
) -> list[Comparison]:
    """An A/B test of two versions: how many finish, and each score that both ask for."""
    entries = campaigns.get(name, first), campaigns.get(name, second)
    runs = [
        [
            run
            for run in campaigns.store.runs(name, version=one, simulated=simulated)
            if not run.over_quota
        ]
        for one in (first, second)
    ]
    found = [_compare_finishing(runs)]
    for question in entries[0].campaign.questions:
        same = [one for one in entries[1].campaign.questions if one.id == question.id]
        if not metric_of(question) or not same or same[0].kind != question.kind:
            continue
        scores = [[given.value for _, given in answered(one, question.id)] for one in runs]
        enough = all(len(one) >= MIN_GROUP for one in scores)
        kind = question.kind if question.kind in ("nps", "csat") else "mean"
        found.append(
            Comparison(
                f"{question.id}: {metric_of(question)}",
                *(estimate_of(question, one) if len(one) >= MIN_GROUP else None for one in scores),
                statistics.compare(kind, *scores) if enough else None,
                None,
            )
        )
    ps = statistics.holm([one.difference.p for one in found if one.difference])
    return [
        Comparison(one.label, one.first, one.second, one.difference, ps.pop(0))
        if one.difference
        else one
        for one in found
    ]


def _funnel(runs: Sequence[Run], done: Sequence[Run], invited: int) -> Funnel:
    seconds = [run.seconds for run in done if run.seconds is not None]
    return Funnel(
        invited=invited,
        shown=len(runs),
        started=sum(run.started_at is not None for run in runs),
        completed=len(done),
        dismissed=sum(run.dismissed_at is not None for run in runs),
        over_quota=sum(run.over_quota for run in runs),
        seconds=median(seconds) if seconds else None,
    )


def _question_result(
    campaign: Campaign, question: Question, runs: Sequence[Run], hidden: bool
) -> QuestionResult:
    given = answered(runs, question.id)
    skipped = sum(
        question.id in run.answers and run.answers[question.id].value is None for run in runs
    )
    asked = sum(question.id in run.asked or question.id in run.answers for run in runs)
    hidden = hidden or (campaign.anonymous and len(given) < MIN_GROUP)
    values = [] if hidden else [answer.value for _, answer in given]
    scores = [value for value in values if isinstance(value, (int, float))]
    said = [] if hidden else _in_own_words(question, given)
    return QuestionResult(
        question=question,
        asked=asked,
        answered=len(given),
        skipped=skipped,
        dropped=asked - len(given) - skipped,
        hidden=hidden,
        metric=metric_of(question),
        estimate=estimate_of(question, scores),
        bars=_bars(question, values),
        own_words=len(said),
        quotes=tuple(replace(one, text=mask(one.text)) for one in said[:QUOTES]),
        mentions=_mentions(said, MIN_GROUP if campaign.anonymous else 2),
    )


def _bars(question: Question, values: Sequence[Any]) -> tuple[Bar, ...]:
    if question.kind == "text" or not values:
        return ()
    counts: Counter[str] = Counter()
    for value in values:
        for label in value if isinstance(value, (list, tuple)) else (value,):
            counts[_label(question, label)] += 1
    if question.scale:
        labels = [str(step) for step in range(question.scale[0], question.scale[1] + 1)]
    elif question.kind == "number":
        labels = sorted(counts, key=float)[:50]
    else:
        labels = [*(question.options or ("Yes", "No")), *([OTHER] if counts[OTHER] else [])]
    return tuple(Bar(one, counts[one], 100 * counts[one] / len(values)) for one in labels)


def _label(question: Question, value: Any) -> str:
    if isinstance(value, str) and is_other(question, value):
        return OTHER
    return in_words(question, Answer(value))


def _in_own_words(question: Question, given: Sequence[tuple[Run, Given]]) -> list[Quote]:
    """Answers in people's own words, newest first and not yet masked."""
    quotes = [
        Quote(words, one.sentiment, one.score, one.at, run.conversation)
        for run, one in given
        for words in own_words(question, one.value)
    ]
    return sorted(quotes, key=lambda quote: (-quote.at, quote.text))


def _mentions(quotes: Sequence[Quote], least: int, most: int = 15) -> tuple[Mention, ...]:
    """Words and pairs of words that several answers have, the most frequent first."""
    from sklearn.feature_extraction.text import CountVectorizer

    if len(quotes) < least:
        return ()
    counter = CountVectorizer(
        ngram_range=(1, 2), stop_words="english", binary=True, token_pattern=r"(?u)\b[^\W\d_]{3,}\b"
    )
    try:
        table = counter.fit_transform([quote.text for quote in quotes]).tocsc()
    except ValueError:  # not a word in all of them
        return ()
    found = []
    for column, words in enumerate(counter.get_feature_names_out()):
        rows = table.indices[table.indptr[column] : table.indptr[column + 1]]
        scores = [score for row in rows if (score := quotes[row].score) is not None]
        feeling = sum(scores) / len(scores) if scores else None
        if len(rows) >= least:
            found.append(Mention(str(words), len(rows), feeling))
    pairs = [(set(one.words.split()), one.count) for one in found if " " in one.words]
    alone = [
        one for one in found
        if " " in one.words or not any(one.words in words and one.count == n for words, n in pairs)
    ]  # fmt: skip
    return tuple(sorted(alone, key=lambda one: (-one.count, one.words))[:most])


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
            {_label(question, one) for one in (value if isinstance(value, list) else [value])}
        )
    if question.kind == "consent":
        return ("Yes", "No"), lambda value: ["Yes" if value else "No"]
    return (), lambda value: []


def _tested(groups: Sequence[Group]) -> Association | None:
    return statistics.association([group.counts for group in groups]) if groups else None


def _compare_finishing(runs: Sequence[Sequence[Run]]) -> Comparison:
    done = [sum(run.completed_at is not None for run in one) for one in runs]
    sizes = [len(one) for one in runs]
    enough = min(sizes) >= MIN_GROUP
    shares = [
        statistics.share(count, n) if n >= MIN_GROUP else None
        for count, n in zip(done, sizes, strict=True)
    ]
    difference = statistics.compare_shares(done[0], sizes[0], done[1], sizes[1]) if enough else None
    return Comparison("finished, of those shown", shares[0], shares[1], difference, None)
