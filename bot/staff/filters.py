"""What staff look for in the conversations, as it stands in an address."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import MAXYEAR, MINYEAR, date, datetime, timedelta, tzinfo

from bot.errors import ShoptalkError

VIEWS = ("waiting", "mine", "open", "resolved", "all")


SENTIMENTS = ("positive", "neutral", "negative")


FLAGS = ("fallback", "handoff", "thumbs_down")


class BadFilter(ShoptalkError):
    """A filter holds something that can't be used."""


@dataclass(frozen=True)
class Filters:
    """What to look for; all of it must hold. Empty means any."""

    view: str = "all"
    q: str = ""
    since: str = ""  # a date, in the shop's time zone
    until: str = ""
    intent: str = ""
    sentiment: str = ""
    confidence_below: str = ""
    fallback: str = ""
    handoff: str = ""
    thumbs_down: str = ""
    tag: str = ""
    assignee: str = ""
    product: str = ""
    survey: str = ""
    channel: str = ""
    language: str = ""

    @classmethod
    def read(cls, given: Mapping[str, str]) -> "Filters":
        """Filters from the query of an address. Raises BadFilter that names the field."""
        known = {field.name for field in fields(cls)}
        chosen = {
            name: value.strip()[:200]
            for name, value in given.items()
            if name in known and value.strip()
        }
        filters = cls(**chosen)
        if filters.view not in VIEWS:
            raise BadFilter(f"There is no view {filters.view!r}.", f"Views: {', '.join(VIEWS)}.")
        if filters.sentiment and filters.sentiment not in SENTIMENTS:
            raise BadFilter(f"Sentiment is one of {', '.join(SENTIMENTS)}.")
        for name in FLAGS:
            if getattr(filters, name) not in ("", "1"):
                raise BadFilter(f"{name} is 1, or is left out.")
        if filters.confidence_below:
            try:
                if not 0 <= float(filters.confidence_below) <= 1:
                    raise ValueError("it isn't between")
            except ValueError as error:
                raise BadFilter("Confidence below is a number from 0 to 1.") from error
        for name in ("since", "until"):
            _check_date(getattr(filters, name), name)
        return filters

    def query(self) -> dict[str, str]:
        """The fields that are set, as in an address; `read` gives the same filters again."""
        return {
            field.name: getattr(self, field.name)
            for field in fields(self)
            if getattr(self, field.name) != field.default
        }


class Bounds:
    """The first and last moment of a date in the shop's time zone."""

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone

    def begins(self, text: str) -> float:
        """Midnight at the beginning of a date, as Unix seconds."""
        return datetime.fromisoformat(text).replace(tzinfo=self._zone).timestamp()

    def ends(self, text: str) -> float:
        """Midnight at its end."""
        day = datetime.fromisoformat(text) + timedelta(days=1)
        return day.replace(tzinfo=self._zone).timestamp()


def _check_date(text: str, name: str) -> None:
    try:
        if text and not MINYEAR < date.fromisoformat(text).year < MAXYEAR:
            raise ValueError("no clock goes there")
    except ValueError as error:
        raise BadFilter(f"{name.capitalize()} is a date such as 2026-11-30.") from error
