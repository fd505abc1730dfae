"""What is done again and again for campaigns: read what people did, look at products, queue mails."""

import time
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from bot.campaigns.gathering import Order as Gathered
    from bot.campaigns.office import Office
    from bot.campaigns.people import People
    from bot.settings import Settings
    from recommender.product import Product

ORDERS, PRICES = "orders", "prices"  # sources that are read again when they changed


def read_all(settings: "Settings", people: "People") -> tuple[int, int]:
    """Read conversations and orders; returns how many of each. Raises OrdersUnavailable."""
    from actions.backends import standing_orders
    from bot.campaigns.features import score
    from bot.campaigns.gathering import gather_orders
    from bot.custody.profiles import read_conversations

    category_of = categories(settings)
    talked = read_conversations(settings, people, category_of)
    state, orders = state_of_orders(settings), 0
    if people.read_state(ORDERS) != state:
        found = gathered(settings, standing_orders())
        orders = gather_orders(people, found, category_of).orders
        people.note_read(ORDERS, time.time(), state)
    if talked.conversations or orders:
        score(people.db)
    return talked.conversations, orders


def state_of_orders(settings: "Settings") -> str:
    """How the file of orders is now, and the catalogue, which says of what kind a product is.

    Orders that are asked for one by one have no file.
    """
    source = settings.shop.orders
    if source.source != "csv":
        return source.source
    stats = [
        path.stat() if path.exists() else None
        for path in (settings.shop_dir / source.file, settings.catalogue_dir)
    ]
    return " ".join(f"{one.st_mtime_ns} {one.st_size}" if one else "none" for one in stats)


def gathered(settings: "Settings", orders: list) -> "Iterator[Gathered]":
    """The shop's orders as campaigns take them; one without a readable time is left out."""
    from bot.campaigns.gathering import Order

    def seconds(text: str) -> float | None:
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            return None
        return (at if at.tzinfo else at.replace(tzinfo=settings.shop.zone)).timestamp()

    for one in orders:
        at = seconds(one.placed_at)
        if at is None or not one.email:
            continue
        skus = tuple(item.sku for item in one.items for _ in range(item.quantity))
        try:
            total = float(one.total or 0)
        except ValueError:
            total = 0.0
        yield Order(one.email, one.number, at, total, skus, one.name, seconds(one.delivered_at))


def categories(settings: "Settings") -> Callable[[str], str]:
    """The category of a product by its sku; empty where there is no catalogue or no such product."""
    from recommender import Recommender
    from recommender.errors import NoCatalogue

    recommender = Recommender(settings.catalogue_dir)

    @lru_cache(maxsize=100_000)
    def category_of(sku: str) -> str:
        try:
            product = recommender.get(sku)
        except NoCatalogue:
            return ""
        return product.leaf_category if product else ""

    return category_of


def look_at_products(all_: "Office") -> None:
    """Note what is there again for who wants an alert, and what costs less for who looked at it."""
    from bot.campaigns.asked import take_alerts
    from bot.campaigns.happenings import CHUNK, note_prices
    from recommender.catalogue.reading import Catalogue
    from recommender.errors import NoCatalogue

    try:
        catalogue = Catalogue.open(all_.settings.catalogue_dir)
    except NoCatalogue:
        return
    now, people = time.time(), all_.people

    def get(sku: str) -> "Product | None":
        product = catalogue.get(sku)
        variant = product.variant(sku) if product and product.sku != sku else None
        return product.narrowed([variant]) if product and variant else product

    try:
        back, cheaper = take_alerts(all_, get, now), 0
        state = f"{catalogue.version} {catalogue.folder.stat().st_mtime_ns}"
        if people.read_state(PRICES) != state:
            products = (
                one
                for start in range(0, catalogue.count(), CHUNK)
                for one in catalogue.products("", "", CHUNK, start)
            )
            cheaper = note_prices(people, products, now)
            people.note_read(PRICES, now, state)
    finally:
        catalogue.close()
    if back or cheaper:
        click.echo(f"Products: {back} are there again for somebody, {cheaper} cost less.")


def queue_all(all_: "Office") -> None:
    """Take what came back, what was asked for in the chat, and queue the running campaigns."""
    from bot.campaigns.asked import take_wishes
    from bot.campaigns.audience import assign

    now = time.time()
    if folder := all_.returned_folder():
        all_.returns.read_mailbox(folder, now)
    all_.optin.tidy(now)
    take_wishes(all_, now)
    entered, moved = all_.journeys.tick(now)
    if entered or moved:
        click.echo(f"Journeys: {entered} people came in, {moved} went on.")
    for entry in all_.campaigns.all():
        if entry.state == "running":
            queued, held = assign(
                all_.outbox, entry.name, entry.version, entry.campaign,
                all_.settings.shop.campaigns, now,
            )  # fmt: skip
            if queued or held:
                click.echo(f"{entry.name}: {queued} mails queued, {held} people held out.")
        elif entry.state == "finished" and all_.campaigns.texts.status(entry.name) == "started":
            all_.campaigns.set_status(entry.name, "finished")  # its last day was yesterday
