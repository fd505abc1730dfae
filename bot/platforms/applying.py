"""Products that were read again, into the catalogue beside the rest, while the assistant runs."""

from typing import TYPE_CHECKING, Any

from bot.platforms.reading import Changed
from bot.settings import Settings

if TYPE_CHECKING:
    from recommender.catalogue.ingest import IngestReport
    from recommender.embedder import Embedder


def how_to_read(settings: Settings) -> dict[str, Any]:
    """How what a platform's interface says is read: amounts there have a point."""
    platform = settings.shop.platform
    assert platform is not None
    decimal = settings.shop.catalogue.decimal if platform.kind == "http" else "."
    return {"format": "json", "currency": settings.shop.currency, "decimal": decimal}


def apply(settings: Settings, changed: Changed, embedder: "Embedder") -> "IngestReport":
    """Raises IngestBusy while another ingest is at work, ImportFailed when all should be ingested, NoCatalogue."""
    from recommender.catalogue.adding import add  # FAISS: the command line does without

    return add(
        changed.file,
        settings.catalogue_dir,
        **how_to_read(settings),
        instead_of=changed.before,
        embedder=embedder,
    )
