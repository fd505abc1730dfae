"""shop.yml: the one file that a shop edits, checked line by line."""

import re
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, ValidationError, validator

from bot.emails import WHOLE
from bot.errors import ConfigError
from bot.settings.languages import can_speak, said_shortly
from bot.settings.mailing import CampaignRules, MailServer, SurveyRules
from bot.settings.offers import Offer
from bot.settings.opening_hours import Week
from bot.settings.part import Part
from bot.settings.selling import Checkout, Delivery, Returns
from bot.settings.sources import CatalogueSource, OrdersSource, Platform
from bot.settings.widget import Widget
from bot.settings.yaml_file import faults, line_of, read_tree


class Assistant(Part):
    """The assistant's name, its first words, and the sentiment from which it takes extra care."""

    name: str = Field(default="Finn", min_length=1, max_length=40)
    welcome: str | dict[str, str] = (
        ""  # or one for each language; none: as `texts/` of the widget has it
    )
    upset_below: float = Field(default=-0.6, ge=-1, le=0)

    _welcome = validator("welcome", allow_reuse=True)(said_shortly(300))


class Contact(Part):
    """How customers reach a person."""

    email: str = Field(..., regex=WHOLE, description="an address such as hello@shop.example")
    phone: str = ""


class Requests(Part):
    """After how many hours a request that nobody has done turns amber and red in the console."""

    amber_hours: float = Field(default=4, gt=0)
    red_hours: float = Field(default=24, gt=0)

    @validator("red_hours")
    def _later(cls, red: float, values: dict) -> float:
        if red < values.get("amber_hours", 0):
            raise ValueError("red_hours is below amber_hours")
        return red


class Handoff(Part):
    """After how many minutes a customer who waits for a person turns amber and red, to whom of the
    staff who are there a conversation is assigned, and after how many minutes without an answer it is
    taken from who has it."""

    amber_minutes: float = Field(default=2, gt=0)
    red_minutes: float = Field(default=5, gt=0)
    assign: Literal["nobody", "round_robin", "least_busy"] = "nobody"
    silent_minutes: float = Field(default=20, gt=0)

    @validator("red_minutes")
    def _later(cls, red: float, values: dict) -> float:
        if red < values.get("amber_minutes", 0):
            raise ValueError("red_minutes is below amber_minutes")
        return red


class Page(Part):
    """A page that the assistant answers from: a Markdown file, and where the shop itself shows it."""

    file: str
    url: str = Field(
        default="",
        regex=r"^(https?://[^\s/]+[^\s]*)?$",
        description="an address that starts with https://",
    )


class Retention(Part):
    """Days after which data of customers is erased by itself; 0: it is kept."""

    conversations: int = Field(default=0, ge=0, le=36500)
    surveys: int = Field(default=0, ge=0, le=36500)
    feedback: int = Field(default=0, ge=0, le=36500)
    campaigns: int = Field(default=0, ge=0, le=36500)  # mails, clicks, and groups of what has ended


class Shop(Part):
    """All of shop.yml."""

    name: str = Field(..., min_length=1, max_length=80)
    tagline: str = ""
    url: str = ""
    currency: str = Field(..., regex=r"^[A-Z]{3}$", description="three capital letters such as EUR")
    timezone: str = "UTC"
    languages: tuple[str, ...] = ()  # the first is the shop's own; none: all that have files
    colour: str = Field(
        default="#2f5d62",
        regex=r"^#[0-9a-fA-F]{6}$",
        description='a colour such as "#2f5d62", in quotes',
    )
    assistant: Assistant = Assistant()
    contact: Contact
    platform: Platform | None = None
    catalogue: CatalogueSource = CatalogueSource()
    orders: OrdersSource
    mail: MailServer | None = None
    hours: Week
    handoff: Handoff = Handoff()
    requests: Requests = Requests()
    delivery: list[Delivery] = Field(..., min_items=1)
    returns: Returns
    policies: dict[str, Page] = Field(default_factory=dict)
    storefront: bool = True
    checkout: Checkout | None = None
    surveys: SurveyRules = SurveyRules()
    campaigns: CampaignRules = CampaignRules()
    offers: list[Offer] = Field(default_factory=list, max_items=50)
    retention: Retention = Retention()
    widget: Widget = Widget()

    @validator("catalogue", always=True)
    def _products_from_somewhere(cls, catalogue: CatalogueSource, values: dict) -> CatalogueSource:
        if not catalogue.file and not values.get("platform"):
            raise ValueError("catalogue needs a file, or the shop a platform")
        return catalogue

    @validator("orders")
    def _orders_of_a_known_platform(cls, orders: OrdersSource, values: dict) -> OrdersSource:
        platform = values.get("platform")
        if orders.source == "platform" and (platform is None or platform.kind == "http"):
            raise ValueError(
                "source: platform needs a `platform` of woocommerce or shopify; a service of your own is source: http"
            )
        return orders

    @validator("checkout")
    def _has_a_file_of_orders(cls, checkout: Checkout | None, values: dict) -> Checkout | None:
        orders = values.get("orders")
        if checkout and (orders is None or orders.source != "csv"):
            raise ValueError("a checkout needs orders of source: csv, where its own are kept")
        return checkout

    @validator("offers")
    def _offers_apart(cls, offers: list[Offer]) -> list[Offer]:
        if len({one.id for one in offers}) < len(offers):
            raise ValueError("two offers have the same id: rename one")
        return offers

    @validator("timezone")
    def _known_timezone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"{name!r} is not a time zone such as Europe/Amsterdam") from error
        return name

    @validator("languages", always=True)
    def _have_files(cls, languages: tuple[str, ...]) -> tuple[str, ...]:
        known = can_speak()
        for language in languages:
            if language not in known:
                raise ValueError(
                    f"{language!r} is none of {', '.join(known)}: docs/languages.md says how to add it"
                )
        return tuple(dict.fromkeys(languages)) or known

    @validator("url")
    def _web_address(cls, url: str) -> str:
        if url and not re.match(r"https?://[^\s/]+", url):
            raise ValueError("an address starts with http:// or https://")
        return url.rstrip("/")

    @validator("policies", pre=True, each_item=True)
    def _file_alone(cls, page: Any) -> Any:
        return {"file": page} if isinstance(page, str) else page

    @validator("storefront")
    def _leads_elsewhere(cls, storefront: bool, values: dict) -> bool:
        if not storefront and not values.get("url"):
            raise ValueError("without the storefront, url must say where the shop is")
        return storefront

    @validator("policies")
    def _names_fit_addresses(cls, policies: dict[str, Page]) -> dict[str, Page]:
        for name in policies:
            if not re.fullmatch(r"[a-z][a-z0-9_]{0,30}", name):
                raise ValueError(f"{name!r}: a page's name has small letters, digits and _")
        return policies

    @property
    def reading(self) -> dict[str, Any]:
        """How the product file that it names is read, by the names that an ingest has for it."""
        said = self.catalogue
        return {
            "mapping": said.mapping,
            "format": said.format,
            "currency": self.currency,
            "decimal": said.decimal,
            "encoding": said.encoding,
        }

    @property
    def zone(self) -> ZoneInfo:
        """The shop's time zone."""
        return ZoneInfo(self.timezone)


def load_shop(path: Path, kept: Path | None = None) -> Shop:
    """Read and check a shop.yml, or a `kept` copy of the one that was at `path`.

    Raises ConfigError that lists each fault with its line; files that it names must exist, unless
    they were there when the copy was kept.
    """
    try:
        text = (kept or path).read_text(encoding="utf-8")
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
    if kept is None:
        _require_files(path, tree, shop)
    return shop


def _require_files(path: Path, tree: Any, shop: Shop) -> None:
    named = [(("catalogue", "file"), shop.catalogue.file)] if shop.catalogue.file else []
    named += [(("policies", name), page.file) for name, page in shop.policies.items()]
    if shop.orders.source == "csv":
        named.append((("orders", "file"), shop.orders.file))
    if shop.widget.avatar and not shop.widget.avatar.startswith(("http://", "https://")):
        named.append((("widget", "avatar"), shop.widget.avatar))
    missing = [
        f"{path}, line {line_of(tree, place)}: {'.'.join(place)}: there is no file {file}."
        for place, file in named
        if not _is_file(path.parent / file)
    ]
    if missing:
        raise ConfigError("\n".join(missing), "Paths are relative to the folder of shop.yml.")


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # no name that a file could have
        return False
