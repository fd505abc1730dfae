"""What actions work with, opened at first use; tests put their own in place."""

from functools import lru_cache

from actions.orders_backend import OrderBackend, SqliteOrders
from actions.orders_http import HttpOrders
from bot.settings import get_settings
from recommender import Recommender
from recommender.embedder import Embedder


@lru_cache(maxsize=1)
def get_recommender() -> Recommender:
    """The recommender over the shop's catalogue. Raises NoCatalogue while there is none."""
    settings = get_settings()
    return Recommender.open(
        settings.catalogue_dir, Embedder(settings.embedding_model, settings.device)
    )


@lru_cache(maxsize=1)
def get_orders() -> OrderBackend:
    """Where orders are looked up, as shop.yml says."""
    settings = get_settings()
    source = settings.shop.orders
    if source.source == "http":
        return HttpOrders.from_settings(source)
    return SqliteOrders(settings.orders_db, settings.shop_dir / source.file)
