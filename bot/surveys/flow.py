"""Which question comes next, and in which words: pure functions of the answers so far."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from bot.surveys.campaign import (
    END,
    PLACE,
    RANGE,
    Branch,
    Campaign,
    Question,
    conditions,
)

Value = int | float | str | bool | tuple[str, ...]


@dataclass(frozen=True)
class Answer:
    """What somebody answered; `value` is None for a question that was skipped."""

    value: Value | None

    @property
    def skipped(self) -> bool:
        """Whether the question was passed over."""
        return self.value is None


Answers = Mapping[str, Answer]


def path(campaign: Campaign, answers: Answers) -> list[Question]:
    """The questions on the way that the answers take, up to the first that has none yet.

    The last one is the question to ask now, or the thanks; it is answered only when a branch led
    to the end without thanks.
    """
    ids = [question.id for question in campaign.questions]
    way: list[Question] = []
    at = 0
    while at < len(ids):
        question = campaign.questions[at]
        way.append(question)
        if question.kind == "thanks" or question.id not in answers:
            return way
        target = _target(question, answers[question.id])
        if target == END:
            return way
        at = ids.index(target) if target else at + 1
    return way


def current(campaign: Campaign, answers: Answers) -> Question | None:
    """The question to ask now; None when nothing is left to ask."""
    last = path(campaign, answers)[-1]
    return None if last.kind == "thanks" or last.id in answers else last


def thanks(campaign: Campaign, answers: Answers) -> str:
    """The words at the end; empty when the way ends without."""
    last = path(campaign, answers)[-1]
    return words(last, answers, campaign) if last.kind == "thanks" else ""


def progress(campaign: Campaign, answers: Answers) -> tuple[int, int]:
    """How many questions are answered, and how many there are at most on this way."""
    way = path(campaign, answers)
    done = sum(question.id in answers for question in way)
    ids = [question.id for question in campaign.questions]
    after = campaign.questions[ids.index(way[-1].id) :] if way[-1].id not in answers else ()
    return done, done + sum(question.kind != "thanks" for question in after)


def words(question: Question, answers: Answers, campaign: Campaign) -> str:
    """The question with {places} filled in by earlier answers; what is filled in stays text."""

    def said(match: re.Match[str]) -> str:
        answer = answers.get(match[1])
        if answer is None or answer.skipped:
            return match[2] or ""
        return _as_read(campaign.question(match[1]), answer)

    return PLACE.sub(said, question.ask)


def in_words(question: Question, answer: Answer) -> str:
    """An answer as people read it: "9", "Yes", "Price, Size", "skipped"."""
    value = answer.value
    if value is None:
        return "skipped"
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, tuple):
        return ", ".join(value)
    if isinstance(value, float):
        return f"{value:g}"
    return str(value)


def _as_read(question: Question, answer: Answer) -> str:
    """An answer as the person who gave it read it, in their language."""
    value = answer.value
    if isinstance(value, bool):
        return question.yes_no[0 if value else 1]
    titles = dict(question.choices)
    if isinstance(value, tuple):
        return ", ".join(titles.get(one, one) for one in value)
    return titles.get(value, value) if isinstance(value, str) else in_words(question, answer)


def is_other(question: Question, value: str) -> bool:
    """Whether a choice is one in the customer's own words."""
    return question.kind in ("single", "multiple") and value not in question.options


def own_words(question: Question, value: Value | list[str]) -> list[str]:
    """What of an answer is in the customer's own words."""
    if question.kind == "text":
        return [str(value)]
    chosen = value if isinstance(value, (list, tuple)) else (value,)
    return [one for one in chosen if isinstance(one, str) and is_other(question, one)]


def _target(question: Question, answer: Answer) -> str:
    for branch in question.go:
        if _holds(question, branch, answer):
            return branch.to
    if question.kind == "consent" and answer.value is False:
        return END
    return ""


def _holds(question: Question, branch: Branch, answer: Answer) -> bool:
    wanted = conditions(branch)
    if not wanted:
        return True
    if answer.skipped:
        return "skipped" in wanted
    value = answer.value
    if isinstance(value, bool):
        return ("yes" if value else "no") in wanted
    if isinstance(value, (int, float)):
        return any(_number_fits(value, one) for one in wanted)
    chosen = value if isinstance(value, tuple) else (value,)
    texts = {str(one) for one in wanted}
    return any(
        one in texts or ("other" in texts and is_other(question, str(one))) for one in chosen or ()
    )


def _number_fits(value: float, condition: int | float | str) -> bool:
    if not isinstance(condition, str):
        return value == condition
    found = RANGE.fullmatch(condition.strip())
    return bool(found) and float(found[1]) <= value <= float(found[2])
