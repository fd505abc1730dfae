"""The page of scores: NPS, CSAT and CES over time."""

from bot.insights import charts
from bot.insights.pages import Chart, Estimate, Evidence, Figure, Page, Row, Table, number_of
from bot.insights.satisfaction import AT_LEAST, METRICS, Asked, Score, satisfaction
from bot.insights.scope import Scope, Source
from bot.surveys import statistics
from bot.surveys.statistics import Difference

HIDDEN = f"fewer than {AT_LEAST}"


def satisfaction_page(source: Source, scope: Scope, currency: str) -> Page:
    """What customers scored, and whether it changed."""
    scores, asked = satisfaction(source, scope)
    ps = statistics.holm([score.change.p for score in scores if score.change])
    compared = []
    for score in scores:
        p = ps.pop(0) if score.change else None
        compared.append(_compared(score, p))
    return Page(
        "satisfaction", "Satisfaction", _lead(scores),
        "NPS (net promoter score): of the answers 0 to 10 to “would you recommend us” the share of 9 "
        "and 10 minus the share of 0 to 6, from -100 to 100; interval: adjusted Wald (Rocks 2016). "
        "CSAT: the share of 4 and 5 of answers from 1 to 5; stars after a chat are counted alike, and "
        "apart; interval: Wilson's. CES (customer effort score): the mean of answers from 1 to 7, 7 "
        "being very easy; interval: Student's t. An answer counts when it was given, whether or "
        "not its survey was finished; those after a quota and of anonymous surveys don't. Of several "
        "surveys that ask the same kind of score all answers are taken together; whom each asks is "
        "its own choice, so compare a question with itself. Differences: adjusted Wald, Newcombe "
        f"(1998) and Welch; p is adjusted for the number of figures (Holm). Fewer than {AT_LEAST} "
        "answers aren't shown. Only those who answer are counted: who answers may feel otherwise "
        "than who doesn't.",
        [Figure(METRICS[score.kind].title, _estimate(score.now), number_of(score.n, "answer"))
         for score in scores],
        [_drawn(score) for score in scores if any(step.figure for step in score.steps)],
        [
            Table("compared", "Against the time before",
                  ("Score", "Now", "Answers", "Before", "A year before", "Change", "p"), compared),
            *(_steps(score, scope) for score in scores),
            Table("questions", "By question", ("Survey", "Question", "Score", "Figure", "Answers"),
                  [_question(one) for one in asked],
                  "Answers by a link of their own lead to no conversation."),
        ],
    )  # fmt: skip


def _lead(scores: list[Score]) -> str:
    if not scores:
        return "Nobody gave a score in this time."
    words = []
    for score in scores:
        title = METRICS[score.kind].title.partition(",")[0]
        if score.now is None:
            words.append(f"{title}: {HIDDEN} answers")
        else:
            words.append(f"{title} {score.now.value:.1f} ({_change(score.change)})")
    return f"{'; '.join(words)}."


def _change(change: Difference | None) -> str:
    if change is None:
        return "nothing to compare it with"
    if change.p >= 0.05:
        return "no clear change against the time before"
    return f"{change.value:+.1f} against the time before"


def _drawn(score: Score) -> Chart:
    metric, figures = METRICS[score.kind], [step.figure for step in score.steps]
    svg = charts.points(
        f"{metric.title}, over time, with 95 %",
        [step.first for step in score.steps],
        [figure and (figure.value, figure.low, figure.high) for figure in figures],
        (metric.low, metric.high),
    )
    return Chart(svg, (("plain", f"{metric.title}; lines are intervals of 95 %"),))


def _steps(score: Score, scope: Scope) -> Table:
    rows = [
        Row((f"{step.first.day} {step.first:%b %Y}", _estimate(step.figure), step.n))
        for step in score.steps
    ]
    return Table(
        f"over_time_{score.kind}", f"{METRICS[score.kind].title}, over time",
        ("From", "Figure", "Answers"), rows,
    )  # fmt: skip


def _compared(score: Score, p: float | None) -> Row:
    change = score.change and Estimate(score.change.value, score.change.low, score.change.high)
    return Row(
        (METRICS[score.kind].title, _estimate(score.now), score.n, _estimate(score.before),
         _estimate(score.year_before), change,
         None if p is None else "< 0.001" if p < 0.001 else f"{p:.3f}"),
    )  # fmt: skip


def _question(one: Asked) -> Row:
    return Row(
        (one.campaign, one.ask, METRICS[one.kind].title, _estimate(one.figure), one.n),
        Evidence("answers", f"{one.campaign}:{one.question}"),
    )


def _estimate(figure: statistics.Estimate | None) -> Estimate | str:
    return HIDDEN if figure is None else Estimate(figure.value, figure.low, figure.high)
