"""The stores of a shop's campaigns, opened for one command."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from bot.campaigns.campaigns import Entry
    from bot.campaigns.journeys import JourneyEntry
    from bot.campaigns.office import Office
    from bot.campaigns.people import People


@contextmanager
def office() -> "Iterator[Office]":
    """All of the shop's campaigns, its files read."""
    from bot.campaigns.office import Office
    from bot.settings import get_settings

    all_ = Office.open(get_settings())
    try:
        for fault in (*all_.campaigns.sync(), *all_.journeys.sync()):
            click.secho(f"Left out: {fault}", fg="yellow", err=True)
        yield all_
    finally:
        all_.close()


@contextmanager
def opened() -> "Iterator[People]":
    """The people of the shop."""
    from bot.campaigns.people import People
    from bot.settings import get_settings

    settings = get_settings()
    people = People(settings.campaigns_db, settings.secrets)
    try:
        yield people
    finally:
        people.close()


def entry_of(all_: "Office", name: str) -> "Entry | JourneyEntry":
    """A campaign or a journey by its name. Raises NotFound."""
    from bot.campaigns.journeys import is_journey

    return all_.journeys.get(name) if is_journey(name) else all_.campaigns.get(name)
