"""What a message says that it does not want to be done: "no, don't cancel!", "ich möchte nichts zurückschicken".

The lists beside `tasks` in bot/reading/words say how a language does. A report is no refusal ("you didn't refund me"), nor
is a condition ("if you don't cancel it"): what negates is as a rule more than one word.
"""

from typing import NamedTuple

from bot.reading.lexicon import Sign
from bot.reading.reader import CLAUSES, Reading, read
from recommender.search.titles import tokens

BETWEEN = 3  # small words between what negates and what is negated: "annulez pas", "stornieren Sie sie bitte nicht"


class Refused(NamedTuple):
    """An intent that isn't wanted, with where it is said among the characters."""

    intent: str
    start: int
    end: int


def refused_in(text: str) -> list[Refused]:
    """The tasks that a text refuses, or says that there is no cause for."""
    reading = read(text)
    tasks = reading.of("tasks")
    clauses = [match.span() for match in CLAUSES.finditer(reading.text)]
    small = reading.of("between_negation")
    found = [Refused(one.value, one.start, one.end) for one in reading.of("not_so")]
    for task in tasks:
        start, end = next(span for span in clauses if span[0] <= task.start < span[1])
        if reading.text[end:].lstrip()[:1] in ("?", "？"):
            continue
        before = [
            one for one in reading.of("negates") if start <= one.start and one.end <= task.start
        ]
        before += [
            one
            for one in reading.of("negates_first")
            if start <= one.start and _opens(reading, one, start)
        ]
        after = [
            one for one in reading.of("negates_after") if task.end <= one.start and one.end <= end
        ]
        if first := next((one for one in before if _near(one, task, small)), None):
            found.append(Refused(task.value, first.start, task.end))
        elif last := next((one for one in after if _near(task, one, small)), None):
            found.append(Refused(task.value, task.start, last.end))
    return found


def dropped_until(text: str) -> int:
    """Where the first clause ends, if it only says what to leave: "never mind the wrapping, …"; 0 where it doesn't."""
    reading = read(text)
    clause = CLAUSES.search(reading.text)
    if clause is None:
        return 0
    begins = any(
        clause.start() <= one.start < clause.end() and _opens(reading, one, clause.start())
        for one in reading.of("drop")
    )
    return clause.end() + 1 if begins and clause.end() < len(reading.text) else 0


def _opens(reading: Reading, sign: Sign, start: int) -> bool:
    """Whether nothing stands before a sign in its clause but what may open a refusal: "oh no please don't"."""
    covered = {
        place for one in reading.of("opens_refusal") for place in range(one.first, one.last + 1)
    }
    first = sum(end <= start for _, _, end in tokens(reading.text))
    return covered.issuperset(range(first, sign.first))


def _near(one: Sign, other: Sign, small: list[Sign]) -> bool:
    """Whether nothing but a few small words stands between two signs."""
    between = range(one.last + 1, other.first)
    covered = {place for sign in small for place in range(sign.first, sign.last + 1)}
    return one.last < other.first and len(between) <= BETWEEN and covered.issuperset(between)
