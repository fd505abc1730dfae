"""The one question that would narrow a search most."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

ASK_FROM = 12  # products; fewer are quicker looked at than asked about
WORTH = 0.45  # the share of products that an answer must be expected to rule out
MIN_SHARE = 0.12  # of an answer that is offered
MAX_OPTIONS = 5


@dataclass(frozen=True)
class Question:
    """What to ask ("audience", "category", "colour") and the answers to offer, likeliest first."""

    facet: str
    options: tuple[str, ...]


def best_question(facets: Mapping[str, Sequence[str]]) -> Question | None:
    """The facet whose answer is expected to rule out most; None when no answer is worth asking for.

    `facets` has for each facet the value of every product that is left ("" when it has none). The
    expected share that an answer leaves is the sum of squared shares of the values (the chance that
    two products agree); what has no value stays whatever is answered.
    """
    best, reduction = None, WORTH
    for facet, values in facets.items():
        if len(values) < ASK_FROM:
            continue
        counts = Counter(value for value in values if value)
        total, known = len(values), sum(counts.values())
        left = sum((n / total) * (n + total - known) / total for n in counts.values())
        expected = known / total - left
        common = [v for v, n in counts.most_common(MAX_OPTIONS) if n / total >= MIN_SHARE]
        if len(common) >= 2 and expected > reduction:
            best, reduction = Question(facet, tuple(common)), expected
    return best
