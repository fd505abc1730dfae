"""The shop's search, its similar and its matching products, by the recommender; it loads when first asked."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from recommender.catalogue.reading import Catalogue
from recommender.errors import NoCatalogue
from recommender.product import Product

logger = logging.getLogger(__name__)

SHOWN, ALIKE = 24, 4
# For a recommender that still loads; the page then does without.
SEARCH_SECONDS, SIMILAR_SECONDS = 20.0, 3.0
T = TypeVar("T")


@dataclass(frozen=True)
class Found:
    """A product in a list, and why it is there."""

    product: Product
    reason: str = ""


@dataclass(frozen=True)
class Results:
    """What a search found; `closest` when not every wish could be met, or nothing is what was asked for."""

    found: list[Found]
    closest: bool = False


@lru_cache(maxsize=4)
def _recommender(folder: Path) -> Any:
    from recommender.search.recommend import Recommender  # FAISS and ONNX Runtime: not at the start

    return Recommender(folder)


def _need_model(folder: Path) -> None:
    """The web process loads no torch: a model that isn't exported yet has to wait for others."""
    from recommender.catalogue.ingest import read_manifest
    from recommender.centred import embedder_named

    model = read_manifest(folder)["model"]
    if not embedder_named(model).is_exported:
        raise NoCatalogue(f"The model {model} isn't prepared.")


async def warm_up(folder: Path) -> None:
    """Load what search and similar products need, before somebody waits for it."""

    def load() -> None:
        _need_model(folder)
        _recommender(folder).warm_up()

    await _in_thread(load, None, SEARCH_SECONDS)


async def search(folder: Path, catalogue: Catalogue, text: str) -> Results:
    """The best products for a text; those with its words while the model can't be loaded."""

    def best() -> Results:
        _need_model(folder)
        recommender = _recommender(folder)
        result = recommender.search(text, recommender.filters_of(text), SHOWN)
        hits = [hit for hit in result.hits if not result.relaxed or hit.product.in_stock]
        if not (result.good or result.relaxed):
            hits = hits[:ALIKE]  # of what isn't sold there are no pages full
        return Results([Found(hit.product, hit.reason) for hit in hits], not result.good)

    words = Results([Found(one) for one in catalogue.products("", text, SHOWN)])
    return await _in_thread(best, words, SEARCH_SECONDS)


async def similar(folder: Path, sku: str) -> list[Product]:
    """Products like one; none while there is no index."""
    return await _in_thread(
        lambda: [hit.product for hit in _recommender(folder).similar(sku, ALIKE)],
        [],
        SIMILAR_SECONDS,
    )


async def goes_with(folder: Path, sku: str) -> list[Found]:
    """What goes with a product; none while there is no index."""
    return await _in_thread(
        lambda: [
            Found(hit.product, hit.reason) for hit in _recommender(folder).goes_with(sku, ALIKE)
        ],
        [],
        SIMILAR_SECONDS,
    )


async def _in_thread(ask: Callable[[], T], otherwise: T, seconds: float) -> T:
    asked = asyncio.get_event_loop().run_in_executor(None, ask)
    try:
        return await asyncio.wait_for(asyncio.shield(asked), seconds)
    except TimeoutError:
        asked.add_done_callback(lambda done: done.exception())  # it goes on, for the next page
    except (NoCatalogue, OSError) as error:  # no index yet, or no model to be had
        logger.warning("The recommender can't be asked: %s", error)
    return otherwise
