"""shop.yml: the one file that a shop edits, checked line by line."""

import re
from datetime import date, time
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, Optional
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, Field, ValidationError, validator

from bot.errors import ConfigError
from bot.yaml_file import faults, line_of, read_tree

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class _Part(BaseModel):
    """A frozen part of shop.yml; an unknown key is an error, so that a typo is noticed."""

    class Config:
        frozen = True
        extra = "forbid"


class Assistant(_Part):
    """The assistant's name, its first words, and the sentiment from which it takes extra care."""

    name: str = Field("Finn", min_length=1, max_length=40)
    welcome: str = Field("Hello! How can I help?", min_length=1, max_length=300)
    upset_below: float = Field(-0.6, ge=-1, le=0)


class Contact(_Part):
    """How customers reach a person."""

    email: str = Field(..., regex=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")
    phone: str = ""


class CatalogueSource(_Part):
    """The product file, its format (empty: detected) and the mapping of its columns."""

    file: str = Field(..., min_length=1)
    format: str = ""
    mapping: Optional[dict[str, Any]] = None


class OrdersSource(_Part):
    """Where orders are looked up: a CSV file, or the shop's own HTTP service."""

    source: Literal["csv", "http"] = "csv"
    file: str = ""
    url: str = ""
    token_env: str = ""
    timeout_seconds: float = Field(3.0, gt=0, le=30)

    @validator("file", always=True)
    def _file_for_csv(cls, file: str, values: dict) -> str:
        if values.get("source") == "csv" and not file:
            raise ValueError("source: csv needs a file")
        return file

    @validator("url", always=True)
    def _url_for_http(cls, url: str, values: dict) -> str:
        if values.get("source") == "http" and not re.match(r"https?://\S+$", url):
            raise ValueError("source: http needs a url that starts with http:// or https://")
        return url


class Hours(_Part):
    """Opening hours of one day, in the shop's time zone."""

    opens: time
    closes: time


class ClosedDate(_Part):
    """A date on which the shop is closed, and why."""

    date: date
    reason: str = ""


class Week(_Part):
    """Opening hours for each day ("09:00-18:00" or "closed") and the dates that differ."""

    mon: Optional[Hours] = None
    tue: Optional[Hours] = None
    wed: Optional[Hours] = None
    thu: Optional[Hours] = None
    fri: Optional[Hours] = None
    sat: Optional[Hours] = None
    sun: Optional[Hours] = None
    note: str = ""
    closed_dates: tuple[ClosedDate, ...] = ()

    @validator(*DAYS, pre=True)
    def _read_day(cls, value: Any) -> Optional[Hours]:
        if value is None or value == "closed":
            return None
        match = re.fullmatch(r"(\d\d?:\d\d)\s*[-–]\s*(\d\d?:\d\d)", str(value).strip())
        if not match:
            raise ValueError(f'{value!r} is neither "closed" nor hours such as "09:00-18:00"')
        opens, closes = (time.fromisoformat(part.zfill(5)) for part in match.groups())
        if opens >= closes:
            raise ValueError(f"{value!r}: the shop closes before it opens")
        return Hours(opens=opens, closes=closes)

    def on(self, day: date) -> Optional[Hours]:
        """The hours of a date, or None when the shop is closed on it."""
        if any(closed.date == day for closed in self.closed_dates):
            return None
        return getattr(self, DAYS[day.weekday()])


class Delivery(_Part):
    """One way to deliver: where to, how many working days, and what it costs."""

    name: str
    countries: list[str] = Field(..., min_items=1)
    days_min: int = Field(..., ge=0)
    days_max: int = Field(..., ge=0)
    price: Decimal = Field(..., ge=0)
    free_from: Optional[Decimal] = Field(None, ge=0)

    @validator("days_max")
    def _ordered(cls, days_max: int, values: dict) -> int:
        if days_max < values.get("days_min", 0):
            raise ValueError("days_max is below days_min")
        return days_max


class Returns(_Part):
    """How long customers can return something, and what it costs them."""

    days: int = Field(..., ge=0)
    price: Decimal = Field(Decimal(0), ge=0)
    free_in: tuple[str, ...] = ()
    refund_days: int = Field(14, ge=0)
    conditions: str = ""


class SurveyRules(_Part):
    """What holds for all surveys: the rest between two of them, and where their pages are."""

    days_between: int = Field(14, ge=0, le=3650)
    address: str = Field("", regex=r"^(https?://[^\s/]+[^\s]*)?$")


class Shop(_Part):
    """All of shop.yml."""

    name: str = Field(..., min_length=1, max_length=80)
    tagline: str = ""
    url: str = ""
    currency: str = Field(..., regex=r"^[A-Z]{3}$")
    timezone: str = "UTC"
    colour: str = Field("#2f5d62", regex=r"^#[0-9a-fA-F]{6}$")
    assistant: Assistant = Assistant()
    contact: Contact
    catalogue: CatalogueSource
    orders: OrdersSource
    hours: Week
    delivery: list[Delivery] = Field(..., min_items=1)
    returns: Returns
    policies: dict[str, str] = {}
    surveys: SurveyRules = SurveyRules()

    @validator("timezone")
    def _known_timezone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"{name!r} is not a time zone such as Europe/Amsterdam") from error
        return name

    @validator("url")
    def _web_address(cls, url: str) -> str:
        if url and not re.match(r"https?://[^\s/]+", url):
            raise ValueError("an address starts with http:// or https://")
        return url.rstrip("/")

    @validator("policies")
    def _names_fit_addresses(cls, policies: dict[str, str]) -> dict[str, str]:
        for name in policies:
            if not re.fullmatch(r"[a-z][a-z0-9_]{0,30}", name):
                raise ValueError(f"{name!r}: a page's name has small letters, digits and _")
        return policies

    @property
    def zone(self) -> ZoneInfo:
        """The shop's time zone."""
        return ZoneInfo(self.timezone)


def load_shop(path: Path) -> Shop:
    """Read and check a shop.yml.

    Raises ConfigError that lists each fault with its line; files that it names must exist.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"{path} can't be read: {error}.",
            "`shoptalk init DIR` writes a fresh one; SHOPTALK_SHOP says which one to use.",
        ) from error
    tree = read_tree(path, text)
    try:
        shop = Shop.parse_obj(tree)
    except ValidationError as error:
        raise ConfigError(faults(path, tree, error)) from error
    _require_files(path, tree, shop)
    return shop


def _require_files(path: Path, tree: Any, shop: Shop) -> None:
    named = [(("catalogue", "file"), shop.catalogue.file)]
    named += [(("policies", name), file) for name, file in shop.policies.items()]
    if shop.orders.source == "csv":
        named.append((("orders", "file"), shop.orders.file))
    missing = [
        f"{path}, line {line_of(tree, place)}: {'.'.join(place)}: there is no file {file}."
        for place, file in named
        if not (path.parent / file).is_file()
    ]
    if missing:
        raise ConfigError("\n".join(missing), "Paths are relative to the folder of shop.yml.")
