"""Product search for shops: import a catalogue, embed it, and recommend from it.

    from recommender import Filters, Recommender, ingest
    ingest(Path("products.csv"), Path("catalogue"))
    found = Recommender.open(Path("catalogue")).search("a warm jacket", Filters(price_max=100))

docs/recommender.md has it all. Importing the package, or `recommender.catalogue.reading`, loads no
model: what is named here is imported when it is first asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from recommender.catalogue.ingest import IngestReport, ingest
    from recommender.embedder import Embedder
    from recommender.errors import ImportFailed, IngestBusy, NoCatalogue, RecommenderError
    from recommender.product import Product
    from recommender.request.filters import RELAXATION, Filters
    from recommender.search.clarify import Question
    from recommender.search.recommend import Recommender
    from recommender.search.results import Hit, SearchResult

__all__ = [  # noqa: RUF022 - docs/recommender.md tells of them in this order
    "ingest",
    "IngestReport",
    "Recommender",
    "Filters",
    "RELAXATION",
    "SearchResult",
    "Hit",
    "Question",
    "Product",
    "Embedder",
    "RecommenderError",
    "NoCatalogue",
    "ImportFailed",
    "IngestBusy",
]

_MODULES = {
    "recommender.catalogue.ingest": ("ingest", "IngestReport"),
    "recommender.embedder": ("Embedder",),
    "recommender.errors": ("RecommenderError", "NoCatalogue", "ImportFailed", "IngestBusy"),
    "recommender.product": ("Product",),
    "recommender.request.filters": ("Filters", "RELAXATION"),
    "recommender.search.clarify": ("Question",),
    "recommender.search.recommend": ("Recommender",),
    "recommender.search.results": ("SearchResult", "Hit"),
}


def __getattr__(name: str) -> Any:
    for module, names in _MODULES.items():
        if name in names:
            return getattr(import_module(module), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
