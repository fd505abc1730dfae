"""What a campaign found out: how far people came, figures with intervals, open answers."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Any

from bot.privacy import mask
from bot.surveys.anonymity import MIN_GROUP
from bot.surveys.campaign import Campaign, Question
from bot.surveys.campaigns import Campaigns, Entry
from bot.surveys.figures import OTHER, answered, estimate_of, label_of, metric_of
from bot.surveys.flow import own_words
from bot.surveys.forms import Form, forms
from bot.surveys.records import Given, Run
from bot.surveys.statistics import Estimate

QUOTES = 10  # of a question; the export has all


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
    """What became of a question; `hidden` when too few answered to show it.

    `held` are answers to an anonymous campaign that wait for others and count in nothing below.
    """

    form: Form
    asked: int
    answered: int
    held: int
    skipped: int
    dropped: int
    hidden: bool
    metric: str
    estimate: Estimate | None
    bars: tuple[Bar, ...]
    own_words: int  # answers in people's own words; `quotes` has the newest of them
    quotes: tuple[Quote, ...]
    mentions: tuple[Mention, ...]

    @property
    def question(self) -> Question:
        """The question, with the options of all versions."""
        return self.form.question


@dataclass(frozen=True)
class Results:
    """All of a campaign, or of one of its versions."""

    entry: Entry
    version: int  # 0: all versions
    funnel: Funnel
    hidden: bool
    questions: tuple[QuestionResult, ...]


def results(
    campaigns: Campaigns,
    name: str,
    *,
    version: int = 0,
    since: float = 0,
    until: float = 0,
    simulated: bool = False,
) -> Results:
    """The results of a campaign: of all versions, each question that any of them asks, or of one.

    Answers of people who didn't finish count for the questions they answered; those that came
    after the quota was filled don't. Real and simulated people are never mixed. Raises NotFound.
    """
    entry = campaigns.get(name, version)
    runs = campaigns.runs(name, version=version, since=since, until=until, simulated=simulated)
    counted = [run for run in runs if not run.over_quota]
    done = [run for run in counted if run.completed_at is not None]
    hidden = entry.campaign.anonymous and len(done) < MIN_GROUP
    return Results(
        entry=entry,
        version=version,
        funnel=_funnel(runs, done, campaigns.store.invited(name, simulated)),
        hidden=hidden,
        questions=tuple(
            _question_result(entry.campaign, form, counted, hidden)
            for form in forms(campaigns, name, version)
        ),
    )


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
    campaign: Campaign, form: Form, counted: Sequence[Run], hidden: bool
) -> QuestionResult:
    question = form.question
    runs = [run for run in counted if run.version in form.versions]
    given = answered(runs, question.id)
    all_given = sum(
        question.id in run.answers and run.answers[question.id].value is not None for run in runs
    )
    skipped = sum(
        question.id in run.answers and run.answers[question.id].value is None for run in runs
    )
    asked = sum(question.id in run.asked or question.id in run.answers for run in runs)
    hidden = hidden or (campaign.anonymous and len(given) < MIN_GROUP)
    values = [] if hidden else [answer.value for _, answer in given]
    scores = [value for value in values if isinstance(value, (int, float))]
    quotes = [] if hidden else _in_own_words(question, given)
    return QuestionResult(
        form=form,
        asked=asked,
        answered=all_given,
        held=all_given - len(given),
        skipped=skipped,
        dropped=asked - all_given - skipped,
        hidden=hidden,
        metric=metric_of(question),
        estimate=estimate_of(question, scores),
        bars=_bars(question, values),
        own_words=len(quotes),
        quotes=tuple(replace(quote, text=mask(quote.text)) for quote in quotes[:QUOTES]),
        mentions=_mentions(quotes, MIN_GROUP if campaign.anonymous else 2),
    )


def _bars(question: Question, values: Sequence[Any]) -> tuple[Bar, ...]:
    if question.kind == "text" or not values:
        return ()
    counts: Counter[str] = Counter()
    for value in values:
        for label in value if isinstance(value, (list, tuple)) else (value,):
            counts[label_of(question, label)] += 1
    if question.scale:
        labels = [str(step) for step in range(question.scale[0], question.scale[1] + 1)]
    elif question.kind == "number":
        labels = sorted(counts, key=float)[:50]
    else:
        labels = [*(question.options or ("Yes", "No")), *([OTHER] if counts[OTHER] else [])]
    return tuple(Bar(label, counts[label], 100 * counts[label] / len(values)) for label in labels)


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
