"""The pages that rest on models: topics, customers, forecast, and feedback from elsewhere."""

from bot.insights import charts
from bot.insights.feedback import sources
from bot.insights.forecast import AHEAD, Forecast, daily, forecast, hourly
from bot.insights.pages import Chart, Evidence, Figure, Page, Row, Table, number_of, percent
from bot.insights.scope import Scope, Source
from bot.insights.segments import (
    FEATURES,
    Propensity,
    Segments,
    behaviour,
    counted,
    propensity,
    segments,
)
from bot.insights.topic_book import CALM_DAYS, RECENT_DAYS, Topic, left_out, topics

TOPICS_SHOWN, FORECAST_TOPICS = 25, 6
TOPIC_COLUMNS = ("Topic", "Texts", "The time before", "Sentiment", "Emerging", "Typical words")


def topics_page(source: Source, scope: Scope, currency: str) -> Page:
    """What customers write about."""
    found = topics(source, scope, quoted=TOPICS_SHOWN)
    without, read = left_out(source, scope)
    risen = [topic for topic in found if topic.emerging]
    lead = (
        "No texts were read yet: `shoptalk insights` reads them, and does so by itself each night."
    )
    if read:
        lead = (
            f"{number_of(len(found), 'topic')} in {read:,} texts; {without:,} texts belong to none."
        )
        if risen:
            lead += f" Emerging: {', '.join(topic.name for topic in risen[:3])}."
    drawn = charts.bars(
        "The largest topics, in texts",
        [(one.name, one.texts, None, f"{one.texts:,}") for one in found[:12]],
    )
    return Page(
        "topics", "Topics", lead,
        "Texts of three words and more, masked, as sentence embeddings; many small k-means groups "
        "joined by average linkage; each named by the shortest of its typical texts, beside the words "
        "that set it apart (class-based TF-IDF, Grootendorst 2022). Presses of the assistant's own "
        "quick replies are nobody's words. New texts join the nearest known topic, so a topic keeps its "
        "number and name; what is near none is left out. Emerging: the last "
        f"{RECENT_DAYS} days against the {CALM_DAYS} before, an exact test of two rates, corrected "
        "for the number of topics (Benjamini and Hochberg 1995), and at least half as much again.",
        charts=[Chart(drawn)] if found else [],
        tables=[Table("topics", "Topics", (*TOPIC_COLUMNS, "In their words"),
                      [_topic_row(one, True) for one in found[:TOPICS_SHOWN]])],
    )  # fmt: skip


def _topic_row(one: Topic, linked: bool) -> Row:
    emerging = (
        "" if not one.emerging else "yes, p < 0.001" if one.p < 0.001 else f"yes, p = {one.p:.3f}"
    )
    return Row(
        (one.name, one.texts, one.before, one.sentiment, emerging, ", ".join(one.words),
         tuple(one.quotes)),
        Evidence("topic", str(one.id)) if linked else None,
    )  # fmt: skip


def customers_page(source: Source, scope: Scope, currency: str) -> Page:
    """Kinds of customers, and who buys."""
    rows, (customers, buyers) = behaviour(source, scope), counted(source, scope)
    kinds, buying = segments(rows), propensity(rows)
    lead = kinds.refused
    if kinds.segments:
        first = kinds.segments[0]
        lead = f"{len(kinds.segments)} kinds of customers. {percent(first.share)} {_lower(first.name)}."
    if kinds.customers < customers:
        lead += f" Read from {kinds.customers:,} of the {customers:,}, a sample evenly spread."
    drawn = charts.bars(
        "Share of customers, by kind",
        [(kind.name, 100 * kind.share, None, percent(kind.share)) for kind in kinds.segments],
    )
    return Page(
        "customers", "Customers", lead,
        "A browser keeps its conversation, so a conversation stands for a customer: those who wrote "
        "last in this time, with all that they did up to their first order. Kinds: k-means "
        "on standardised behaviour, counts on a logarithmic scale; how many kinds is chosen by the "
        "silhouette. Buying: logistic regression on behaviour before the first order, fitted on "
        "the earlier 70 % of customers and tested on the later 30 %, whom it hasn't seen. An odds "
        "ratio of 2 means: one standard deviation more doubles the odds. What goes together need "
        "not be a cause.",
        figures=[Figure("Customers", customers, evidence=Evidence("customers")),
                 Figure("Who bought", buyers, evidence=Evidence("buyers"))],
        charts=[Chart(drawn)] if kinds.segments else [],
        tables=[
            _kinds_table(kinds), _effects_table(buying),
            *([] if buying.refused else _quality_tables(buying)),
        ],
    )  # fmt: skip


def _kinds_table(kinds: Segments) -> Table:
    titles = tuple(name.replace("_", " ").capitalize() for name in FEATURES)
    lines = [
        Row((kind.name, kind.size, percent(kind.share), percent(kind.bought),
             *(kind.averages[name] for name in FEATURES)),
            Evidence("segment", str(number)))
        for number, kind in enumerate(kinds.segments, start=1)
    ]  # fmt: skip
    return Table(
        "segments", "Kinds of customers", ("Kind", "Customers", "Share", "Bought", *titles),
        lines, kinds.refused or f"Silhouette {kinds.silhouette:.2f}; averages per customer.",
    )  # fmt: skip


def _effects_table(buying: Propensity) -> Table:
    effects = [
        Row((FEATURES[name][0], ratio, _effect(name, ratio))) for name, ratio in buying.effects
    ]
    return Table(
        "propensity", "What goes with buying", ("Customers who", "Odds ratio", "In words"),
        effects, buying.refused or _trust(buying),
    )  # fmt: skip


def _quality_tables(buying: Propensity) -> list[Table]:
    """How well buying is predicted, on customers that the model hasn't seen."""
    measured = [
        Row((name, value))
        for name, value in (
            ("Accuracy", buying.accuracy), ("F1", buying.f1), ("Recall", buying.recall),
            ("Area under the curve", buying.auc), ("Brier score", buying.brier),
            ("Brier score of the plain average", buying.brier_base),
        )
        if value is not None
    ]  # fmt: skip
    trusted = [
        Row((percent(predicted), percent(true), n)) for predicted, true, n in buying.calibration
    ]
    return [
        Table("propensity_quality", "How well that predicts", ("Measure", "On held-out customers"),
              measured),
        Table("calibration", "Predicted and true shares of buyers",
              ("Predicted", "True", "Customers"), trusted),
    ]  # fmt: skip


def _trust(found: Propensity) -> str:
    assert found.auc is not None and found.brier is not None and found.brier_base is not None
    tested = f"Tested on {found.held_out:,} customers"
    if found.auc < 0.6 or found.brier >= found.brier_base:
        return f"{tested}: hardly better than chance. Don't act on it."
    return f"{tested}: a buyer is ranked above another customer {percent(found.auc)} of the time."


def _effect(name: str, ratio: float) -> str:
    more, less = FEATURES[name]
    if 0.95 < ratio < 1.05:
        return "makes no difference"
    return f"those who {more if ratio > 1 else less} buy more often"


def _lower(text: str) -> str:
    return text[0].lower() + text[1:]


def forecast_page(source: Source, scope: Scope, currency: str) -> Page:
    """What the next two weeks bring."""
    first, values = daily(source, scope)
    found = forecast(first, values)
    lead = found.refused
    drawn = []
    if found.days:
        lead = "; ".join(
            f"{one.low:,.0f} to {one.high:,.0f} conversations in the next {one.days} days, "
            f"most likely {one.expected:,.0f}"
            for one in found.totals
        )
        lead += "."
        drawn = [_drawn(values, found)]
    lines = [
        Row((f"{day:%a} {day.day} {day:%b}", round(expected), round(low), round(high)))
        for day, expected, low, high in zip(
            found.days, found.expected, found.low, found.high, strict=True
        )
    ]
    lines += [
        Row((f"All {one.days} days", round(one.expected), round(one.low), round(one.high)))
        for one in found.totals
    ]
    per_topic = []
    for topic in topics(source, scope, quoted=0)[:FORECAST_TOPICS]:
        ahead = forecast(*daily(source, scope, topic.id))
        per_topic.append(_ahead(topic.name, ahead, Evidence("topic", str(topic.id))))
    return Page(
        "forecast", "Forecast", lead,
        "Poisson regression on the weekday and a slow trend that stays level from now on; older "
        "days count less. It was tried out from many days of the last ten weeks, each "
        "forecast of two weeks from what was known before, beside the plainest forecast: the same weekday of the last week. "
        "Whichever did better is used, and it says so. The intervals are those that held 95 % of "
        "the errors in these tests, and at least as wide as chance alone makes counts; sums of days "
        "have intervals of their own. By hour: a day's conversations by the shares that its hours "
        "had on that weekday. Holidays and sales are not known to it.",
        charts=drawn,
        tables=[
            Table("ahead", "The next days", ("Day", "Conversations", "At least", "At most"), lines,
                  found.refused or _compared(found)),
            *_by_hour(source, scope, found),
            Table("by_topic", "By topic",
                  ("Topic", f"Texts in {AHEAD} days", "At least", "At most", "Against last week"),
                  per_topic),
        ],
    )  # fmt: skip


def _ahead(name: str, found: Forecast, evidence: Evidence) -> Row:
    if not found.days:
        return Row((name, None, None, None, found.refused), evidence)
    better = "better" if found.method == "model" else "not better: last week is used"
    total = found.totals[-1]
    counts = (round(value) for value in (total.expected, total.low, total.high))
    return Row((name, *counts, better), evidence)


def _by_hour(source: Source, scope: Scope, found: Forecast) -> list[Table]:
    """What each hour of the next week brings, and at most, for who plans shifts."""
    columns = ("From", *(f"{day:%a} {day.day} {day:%b}" for day in found.days[:7]))
    return [
        Table(
            name, title, columns,
            [Row((f"{hour:02}:00", *values)) for hour, values in enumerate(hours)], note, heat=True,
        )
        for name, title, bound, note in (
            ("by_hour", "By hour", False, "Conversations that are expected to begin."),
            ("by_hour_most", "By hour, at most", True, "Not exceeded 97.5 % of the time."),
        )
        if (hours := hourly(source, scope, found, bound))
    ]  # fmt: skip


def _compared(found: Forecast) -> str:
    model, naive = f"{found.error_model:.1f}", f"{found.error_naive:.1f}"
    if found.method == "model":
        return f"Off by {model} a day on average in {found.tested} tests; last week's value by {naive}."
    return (
        f"The model was off by {model} a day and didn't beat last week's value, off by {naive} "
        f"({found.tested} tests): so this is last week's value."
    )


def _drawn(values: list[float], found: Forecast) -> Chart:
    shown = values[-42:]
    start = found.days[0].toordinal() - len(shown)
    days = [found.days[0].fromordinal(start + i) for i in range(len(shown))] + found.days
    gap: list[float | None] = [None] * len(shown)
    svg = charts.lines(
        "Conversations a day, and what is expected", days,
        [("known", [*shown, *[None] * len(found.days)]), ("expected", [*gap, *found.expected])],
        ([*gap, *found.low], [*gap, *found.high]),
    )  # fmt: skip
    return Chart(svg, (("known", "known"), ("expected", "expected, with 95 %")))


def feedback_page(source: Source, scope: Scope, currency: str) -> Page:
    """What was imported, apart by source."""
    found = [] if scope.simulated else sources(source, scope)
    lines = [Row((one.source, one.texts, one.sentiment, one.unhappy, one.rating)) for one in found]
    tables = [
        Table("sources", "Sources", ("Source", "Texts", "Sentiment", "Unhappy", "Rating"), lines)
    ]
    for one in found[:6]:
        rows = [
            _topic_row(topic, False) for topic in topics(source, scope, one.source, quoted=12)[:12]
        ]
        title = f"Topics of {one.source}"
        tables.append(
            Table(f"topics_{one.source}", title, (*TOPIC_COLUMNS, "In their words"), rows)
        )
    total = sum(one.texts for one in found)
    return Page(
        "feedback", "Imported feedback",
        f"{total:,} texts from {len(found)} sources." if found
        else "Nothing was imported for this time: shoptalk ingest-feedback FILE.",
        "Reviews, tickets and posts go through the same sentiment and topics as conversations, and "
        "are counted apart from them. Texts are masked when they are imported.",
        tables=tables,
    )  # fmt: skip
