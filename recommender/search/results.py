"""What a search finds."""

from dataclasses import dataclass, field, replace

from recommender.product import Product
from recommender.request.filters import Filters


@dataclass(frozen=True)
class Hit:
    """A recommended product, its fused score, and in one line why it is there.

    `misses` are the wishes (of `RELAXATION`) that it doesn't meet; `closeness` is the cosine to the request,
    1 where there is none.
    """

    product: Product
    score: float
    reason: str
    misses: tuple[str, ...] = ()
    closeness: float = 1.0


@dataclass(frozen=True)
class SearchResult:
    """Hits, best first; the filters that were met, and the wishes (of `RELAXATION`) given up.

    Where fewer products than asked for meet the wishes, `near` has some that miss one or more.
    """

    hits: list[Hit]
    filters: Filters
    relaxed: list[str] = field(default_factory=list)
    total: int = 0  # products that meet the filters
    good: int = 0  # hits that are what was asked, not just the nearest that there is
    near: list[Hit] = field(default_factory=list)


def without_wish(found: SearchResult, filters: Filters, wish: str) -> SearchResult:
    """What was found without a wish, as that."""
    hits = [replace(hit, misses=filters.missed_by(hit.product, [wish])) for hit in found.hits]
    return replace(found, hits=hits, relaxed=[wish], good=0)
