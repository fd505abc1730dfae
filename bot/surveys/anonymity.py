"""Answers to anonymous surveys are shown five at a time, so that nobody is found by subtraction.

Who looks before and after one more answer, would know it. So answers wait until four more have come, and
are let out together, as a batch. A view of a part of them (a version, a group) shows as many batches as
together have five in it.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from bot.surveys.records import Given, Run

MIN_GROUP = 5  # smaller groups aren't shown, so that nobody is recognised by their answers
UNFINISHED = 2 * 86_400  # seconds after which nobody goes on: answers don't change any more


def due(runs: Sequence[Run], now: float) -> list[tuple[str, str, int]]:
    """The answers that can be let out now: run, question, and the number of their batch."""
    waiting: dict[tuple[str, bool], list[str]] = defaultdict(list)
    last: dict[tuple[str, bool], int] = defaultdict(int)
    for run in runs:
        ended = run.completed_at is not None or (run.shown_at or 0) < now - UNFINISHED
        for question, given in run.answers.items():
            key = question, run.simulated
            last[key] = max(last[key], given.batch or 0)
            if run.anonymous and not run.over_quota and ended and given.batch is None:
                if given.value is not None:
                    waiting[key].append(run.id)
    return [
        (run, key[0], last[key] + 1)
        for key, ids in waiting.items()
        if len(ids) >= MIN_GROUP
        for run in ids
    ]


def let_out(given: Iterable[tuple[Run, Given]]) -> list[tuple[Run, Given]]:
    """Of the answers of a view those that may be shown: all that aren't anonymous, whole batches of
    those that are."""
    answers = list(given)
    batches: dict[int, list[tuple[Run, Given]]] = defaultdict(list)
    for run, one in answers:
        if run.anonymous and one.batch is not None:
            batches[one.batch].append((run, one))
    shown, together = set(), list[str]()
    for number in sorted(batches):
        together += [run.id for run, _ in batches[number]]
        if len(together) >= MIN_GROUP:
            shown |= set(together)
            together = []
    return [(run, one) for run, one in answers if not run.anonymous or run.id in shown]
