"""What is near a product, and what goes with it."""

from collections.abc import Collection

import numpy as np

from recommender.baskets.bought_together import CONTENT_SHARE, likeness
from recommender.product import PATH_SEPARATOR, Product
from recommender.request.filters import Filters
from recommender.search.generation import Generation
from recommender.search.reasons import facts, line_of, together
from recommender.search.results import Hit

MOST_NEAR = 2000  # rows that are looked at


def similar(generation: Generation, sku: str, limit: int, exclude: Collection[str]) -> list[Hit]:
    """The nearest products to one, without those in `exclude`, those in stock first; empty for an unknown sku."""
    rows, mask = _near(generation, sku, exclude)
    return _hits(generation, rows, mask, limit)


def goes_with(
    generation: Generation, product: Product, limit: int, exclude: Collection[str]
) -> list[Hit]:
    """What is bought with a product, and what is near: best first, those in stock before.

    Near are products of other kinds in the same department, for the same people; where no
    orders are known, they are all. The blend is measured by `make bench-baskets`.
    """
    rows, mask = _near(generation, product.sku, exclude)
    own = generation.catalogue.ids([product.sku])
    bought = {
        row: found for row, found in generation.catalogue.bought_with(own[0]).items() if mask[row]
    }
    mask &= ~generation.accepted(Filters(categories=(product.leaf_category.lower(),)))
    department = product.category.split(PATH_SEPARATOR)[0].lower()
    if department and department != product.leaf_category.lower():
        mask &= generation.accepted(Filters(categories=(department,)))
    if product.audience:
        mask &= generation.accepted(Filters(audience=product.audience))
    near = _hits(generation, rows, mask, limit, each=1)
    if not bought:
        return near
    found = generation.catalogue.ids([hit.product.sku for hit in near])
    candidates = list(dict.fromkeys([*bought, *found]))
    alike = likeness(generation.index.vectors(candidates) @ generation.index.vectors(own)[0])
    hits = []
    for one, row, close in zip(
        generation.catalogue.rows(candidates), candidates, alike, strict=True
    ):
        score, customers = bought.get(row, (0.0, 0))
        line = line_of([together(customers)] if customers else facts(one), one)
        hits.append(Hit(one, score + CONTENT_SHARE * float(close), line))
    return sorted(hits, key=lambda hit: (not hit.product.in_stock, -hit.score))[:limit]


def _near(
    generation: Generation, sku: str, exclude: Collection[str]
) -> tuple[list[int], np.ndarray]:
    own = generation.catalogue.ids([sku])
    mask = generation.live.copy()
    mask[generation.catalogue.ids([*exclude, sku])] = False
    if not own:
        return [], mask
    near = generation.index.nearest(generation.index.vectors(own)[0], MOST_NEAR)
    return near.tolist(), mask


def _hits(
    generation: Generation,
    rows: list[int],
    mask: np.ndarray,
    limit: int,
    each: int = 0,
) -> list[Hit]:
    """The first rows that the mask allows, at most `each` of a category when it is given."""
    allowed = sorted(
        (row for row in rows if mask[row]), key=lambda row: not generation.stocked[row]
    )
    hits: list[Hit] = []
    counts: dict[str, int] = {}
    for product in generation.catalogue.rows(allowed[: 10 * limit]):
        counts[product.leaf_category] = counts.get(product.leaf_category, 0) + 1
        if not each or counts[product.leaf_category] <= each:
            hits.append(Hit(product, 0.0, line_of(facts(product), product)))
        if len(hits) == limit:
            break
    return hits
