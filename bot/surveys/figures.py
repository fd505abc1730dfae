"""The answers that count for a question of a campaign, and the figure that sums them up."""

from collections.abc import Sequence
from typing import Any

from bot.surveys import statistics
from bot.surveys.anonymity import let_out
from bot.surveys.campaign import Question
from bot.surveys.flow import Answer, in_words, is_other
from bot.surveys.records import Given, Run
from bot.surveys.statistics import Estimate

OTHER = "Other"
METRICS = {"nps": "NPS", "csat": "CSAT", "ces": "CES (mean, 1–7)"}


def answered(runs: Sequence[Run], question: str) -> list[tuple[Run, Given]]:
    """The runs in which a question was answered, not skipped, within the quota, and may be shown."""
    return let_out(
        (run, run.answers[question])
        for run in runs
        if question in run.answers
        and run.answers[question].value is not None
        and not run.over_quota
    )


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


def label_of(question: Question, value: Any) -> str:
    """What an answer is called in a distribution or a table; `OTHER` for one in own words."""
    if isinstance(value, str) and is_other(question, value):
        return OTHER
    return in_words(question, Answer(value))
