"""What time it is for the shop: the one clock of all actions, which a test sets."""

from datetime import date, datetime

from bot.settings import get_settings


def now() -> datetime:
    """The time in the shop's zone."""
    return datetime.now(get_settings().shop.zone)


def today() -> date:
    """The date in the shop's zone."""
    return now().date()
