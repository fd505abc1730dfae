"""What actions work with, opened at first use; tests put their own in place."""

from functools import lru_cache
from pathlib import Path
from typing import Optional

from actions.demo_dates import DemoDates
from actions.orders_backend import OrderBackend
from actions.orders_http import HttpOrders
from actions.orders_sqlite import SqliteOrders
from bot.mail import Mailer
from bot.settings import Settings, get_settings
from bot.store.guard import Guard
from bot.surveys.asking import Asking
from bot.surveys.campaigns import open_campaigns
from recommender import Recommender
from recommender.bought_together import OrderLine
from recommender.embedder import Embedder
from recommender.passages import Passages


@lru_cache(maxsize=1)
def get_embedder() -> Embedder:
    """The one embedding model of the action server."""
    settings = get_settings()
    return Embedder(settings.embedding_model, settings.device)


@lru_cache(maxsize=1)
def get_recommender() -> Recommender:
    """The recommender over the shop's catalogue. Raises NoCatalogue while there is none."""
    return Recommender.open(get_settings().catalogue_dir, get_embedder())


@lru_cache(maxsize=1)
def get_passages() -> Passages:
    """The shop's own pages."""
    return Passages(get_settings().policy_files, get_embedder())


@lru_cache(maxsize=1)
def get_orders() -> OrderBackend:
    """Where orders are looked up, as shop.yml says."""
    settings = get_settings()
    source = settings.shop.orders
    if source.source == "http":
        return HttpOrders.from_settings(source)
    dates = DemoDates(source.as_of, settings.shop.hours) if source.as_of else None
    return SqliteOrders(settings.orders_db, settings.shop_dir / source.file, dates)


def order_history(settings: Settings) -> list[OrderLine]:
    """What was ordered, to learn what is bought together: nothing over HTTP, which has no list.

    Read from the shop's file, apart from the database that a running assistant works with.
    Raises OrdersUnavailable.
    """
    source = settings.shop.orders
    if source.source == "http":
        return []
    return SqliteOrders(Path(":memory:"), settings.shop_dir / source.file).history()


@lru_cache(maxsize=1)
def get_guard() -> Guard:
    """Who may still guess orders and codes."""
    settings = get_settings()
    return Guard(settings.guard_db, zone=settings.shop.zone)


@lru_cache(maxsize=1)
def get_mailer() -> Optional[Mailer]:
    """What sends mails; None where shop.yml names no mail server. Raises ConfigError."""
    return Mailer.from_settings(get_settings())


@lru_cache(maxsize=1)
def get_asking() -> Asking:
    """Surveys that are being asked, and the shop's campaigns."""
    settings = get_settings()
    zone = settings.shop.zone
    return Asking(open_campaigns(settings.surveys_db, settings.surveys_dir, zone))
