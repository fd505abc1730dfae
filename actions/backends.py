"""What actions work with, opened at first use; tests put their own in place (`Once.kept`)."""

from pathlib import Path

from actions.live import Live
from actions.order_backends.demo_dates import DemoDates
from actions.order_backends.http import HttpOrders
from actions.order_backends.interface import Order, OrderBackend
from actions.order_backends.shopify import ShopifyOrders
from actions.order_backends.sqlite import SqliteOrders
from actions.order_backends.woocommerce import WooCommerceOrders
from actions.pages import Pages
from bot.campaigns.offers import Offers
from bot.campaigns.people import People
from bot.encoders import catalogue_encoder
from bot.guard.store import Guard
from bot.mail import Mailer
from bot.once import Once
from bot.settings import Settings, get_settings
from bot.surveys.asking import Asking
from bot.surveys.campaigns import open_campaigns
from recommender import Recommender
from recommender.baskets.bought_together import OrderLine
from recommender.embedder import Embedder


@Once
def get_embedder() -> Embedder:
    """The one embedding model of the action server."""
    settings = get_settings()
    return Embedder(settings.embedding_model, settings.device)


@Once
def get_recommender() -> Recommender:
    """The recommender over the shop's catalogue. Raises NoCatalogue while there is none."""
    settings = get_settings()
    return Recommender.open(settings.catalogue_dir, catalogue_encoder(settings))


@Once
def get_live() -> Live | None:
    """What looks up prices and stock on the shop's platform; None where shop.yml names none. Raises StoreError."""
    settings = get_settings()
    return Live(settings, catalogue_encoder(settings)) if settings.shop.platform else None


@Once
def get_passages() -> Pages:
    """The shop's own pages."""
    return Pages(get_settings(), get_embedder())


@Once
def get_orders() -> OrderBackend:
    """Where orders are looked up, as shop.yml says."""
    settings = get_settings()
    source = settings.shop.orders
    if source.source == "http":
        return HttpOrders.from_settings(source)
    if source.source == "platform":
        platform = settings.shop.platform
        assert platform is not None  # shop.yml was checked
        backend = WooCommerceOrders if platform.kind == "woocommerce" else ShopifyOrders
        return backend(platform, source.timeout_seconds)
    dates = DemoDates(source.as_of, settings.shop.hours) if source.as_of else None
    return SqliteOrders(
        settings.orders_db,
        settings.shop_dir / source.file,
        dates,
        columns=source.columns,
        statuses=source.statuses,
    )


def order_history(settings: Settings) -> list[OrderLine]:
    """What was ordered, to learn what is bought together: nothing over HTTP or from a platform.

    Read from the shop's file, apart from the database that a running assistant works with.
    Raises OrdersUnavailable.
    """
    source = settings.shop.orders
    if source.source != "csv":
        return []
    file = settings.shop_dir / source.file
    orders = SqliteOrders(Path(":memory:"), file, columns=source.columns, statuses=source.statuses)
    return orders.history()


def standing_orders() -> list[Order]:
    """All orders in the shop's file that weren't cancelled; nothing over HTTP or from a platform,
    which show an order only to who knows it. Raises OrdersUnavailable."""
    orders = get_orders()
    return orders.standing() if isinstance(orders, SqliteOrders) else []


@Once
def get_guard() -> Guard:
    """Who may still guess orders and codes."""
    settings = get_settings()
    return Guard(settings.guard_db, zone=settings.shop.zone)


@Once
def get_mailer() -> Mailer | None:
    """What sends mails; None where shop.yml names no mail server. Raises ConfigError."""
    return Mailer.from_settings(get_settings())


@Once
def get_offers() -> Offers | None:
    """The shop's offers; None where shop.yml has none. Raises StoreError, and ConfigError for their conditions."""
    settings = get_settings()
    if not settings.shop.offers:
        return None
    return Offers(People(settings.campaigns_db, settings.secrets), settings.shop)


@Once
def get_asking() -> Asking:
    """Surveys that are being asked, and the shop's campaigns."""
    settings = get_settings()
    zone = settings.shop.zone
    campaigns = open_campaigns(settings.surveys_db, settings.surveys_dir, zone)
    return Asking(campaigns, settings.shop.languages[0])
