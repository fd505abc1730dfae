"""shop.yml: the one file that a shop edits, checked line by line."""

import re
from collections.abc import Callable, Iterable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, ValidationError, validator

from bot.emails import SENDER, WHOLE
from bot.errors import ConfigError
from bot.paths import REPOSITORY
from bot.settings.countries import english_names
from bot.settings.offers import Offer
from bot.settings.opening_hours import Week
from bot.settings.part import Part, in_some_language
from bot.settings.yaml_file import faults, line_of, read_tree

WIDGET_TEXTS = REPOSITORY / "bot" / "web" / "widget" / "texts"
SPOKEN = REPOSITORY / "actions" / "texts"  # a file for each language that the assistant can speak
MOST_STARTERS = 4
OWN = "en"  # the language of a shop that names none


def can_speak() -> tuple[str, ...]:
    """The languages that there are files for, English first."""
    return tuple(
        sorted((file.stem for file in SPOKEN.glob("*.yml")), key=lambda one: (one != OWN, one))
    )


def _check_languages(said: object) -> None:
    """Raise ValueError for a language that the widget has no texts for."""
    known = sorted(file.stem for file in WIDGET_TEXTS.glob("*.yml"))
    for language in said if isinstance(said, dict) else ():
        if language not in known:
            raise ValueError(f"{language!r} is none of the languages {', '.join(known)}")


def said_shortly(longest: int) -> Callable[[Any, str | dict[str, str]], str | dict[str, str]]:
    """A check of a text, or of one for each language."""

    def check(cls: Any, said: str | dict[str, str]) -> str | dict[str, str]:
        for text in said.values() if isinstance(said, dict) else [said]:
            if not 1 <= len(text) <= longest:
                raise ValueError(f"a text has 1 to {longest} characters")
        _check_languages(said)
        return said

    return check


def _known_countries(cls: Any, names: Iterable[str]) -> list[str]:
    """Countries by the names that the code has for them."""
    return english_names(names)


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


class CatalogueSource(Part):
    """The product file, and what it doesn't show by itself: format, columns, decimal sign, encoding."""

    file: str = ""  # needed where no `platform` is named
    format: str = ""
    mapping: dict[str, Any] | None = None
    decimal: Literal["", ".", ","] = ""
    encoding: str = ""

    @validator("mapping", pre=True)
    def _written_here(cls, mapping: Any) -> Any:
        if isinstance(mapping, dict):  # as plain values, which go to other processes
            return {
                str(field): [str(one) for one in said] if isinstance(said, list) else str(said)
                for field, said in mapping.items()
            }
        if mapping is None:
            return None
        raise ValueError(
            "write `our field: the file's column` in lines below it, such as `price: Verkoopprijs`; a "
            "file of such lines is for `shoptalk ingest --mapping FILE` (docs/importing.md)"
        )


class Platform(Part):
    """The platform that the shop runs on; keys are in environment variables, which are named here."""

    kind: Literal["woocommerce", "shopify", "http"]
    url: str
    key_env: str = ""  # woocommerce: consumer key …
    secret_env: str = ""  # … and secret
    token_env: str = ""  # shopify: the app's access token; http: a bearer token
    webhook_secret_env: str = ""  # what its webhooks are signed with; without it none are taken
    version: str = Field(
        default="2026-10", regex=r"^\d{4}-\d{2}$", description="a year and a month such as 2026-10"
    )  # of Shopify's interface
    timeout_seconds: float = Field(default=20.0, gt=0, le=120)
    every_minutes: int = Field(default=0, ge=0, le=1440)  # how often it is read; 0: each night
    # What customers ask of an order that is done there at once; all else is a request to staff.
    carries_out: tuple[Literal["cancel", "return"], ...] = ()

    @validator("carries_out")
    def _that_it_can_do(cls, kinds: tuple[str, ...], values: dict) -> tuple[str, ...]:
        can = {"woocommerce": {"cancel"}, "shopify": {"cancel", "return"}}
        wrong = set(kinds) - can.get(values.get("kind", ""), set())
        if wrong:
            raise ValueError(
                f"{values.get('kind')} can't {', '.join(sorted(wrong))} by its interface"
            )
        return kinds

    @validator("url")
    def _web_address(cls, url: str) -> str:
        if not re.match(r"https?://[^\s/]+", url):
            raise ValueError("an address starts with https://")
        return url.rstrip("/")


class OrdersSource(Part):
    """Where orders are looked up: a CSV file, or the shop's own HTTP service."""

    source: Literal["csv", "http", "platform"] = "csv"
    file: str = ""
    as_of: date | None = None  # for demos; see actions.order_backends.demo_dates
    url: str = ""
    token_env: str = ""
    timeout_seconds: float = Field(default=3.0, gt=0, le=30)
    columns: dict[str, str] = Field(
        default_factory=dict
    )  # ours -> the file's, where it isn't known
    statuses: dict[str, str] = Field(default_factory=dict)  # the file's word -> ours, likewise
    number_examples: tuple[str, ...] = ()  # of order numbers; those of a file are learnt from it
    confirms_by_email: bool = False  # the shop's own system mails a confirmation of each request

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


class MailServer(Part):
    """The server that takes the shop's mails, and whom they come from.

    `sender` is `from` in shop.yml; the password comes from the environment.
    """

    host: str = Field(
        ...,
        min_length=1,
        regex=r"^[A-Za-z0-9.:-]+$",
        description="a server such as mail.shop.example",
    )
    tls: Literal["starttls", "tls", "none"] = "starttls"
    port: int = Field(default=0, ge=0, le=65535)
    sender: str = Field(
        ...,
        alias="from",
        regex=SENDER,
        description="an address, or a name and an address: Shop <hello@shop.example>",
    )
    user: str = ""
    password_env: str = ""

    @validator("port", always=True)
    def _usual_port(cls, port: int, values: dict) -> int:
        return port or {"tls": 465, "none": 25}.get(values.get("tls", ""), 587)

    @validator("password_env", always=True)
    def _fits_user(cls, password_env: str, values: dict) -> str:
        if bool(values.get("user")) != bool(password_env):
            raise ValueError("user and password_env belong together")
        if password_env and values.get("tls") == "none":
            raise ValueError("tls: none would send the password for all to read")
        return password_env


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


class Delivery(Part):
    """One way to deliver: where to, how many working days, and what it costs."""

    name: str | dict[str, str]  # of all languages, or by language
    countries: list[str] = Field(..., min_items=1)
    days_min: int = Field(..., ge=0)
    days_max: int = Field(..., ge=0)
    price: Decimal = Field(..., ge=0)
    free_from: Decimal | None = Field(default=None, ge=0)

    _countries = validator("countries", allow_reuse=True)(_known_countries)

    @validator("days_max")
    def _ordered(cls, days_max: int, values: dict) -> int:
        if days_max < values.get("days_min", 0):
            raise ValueError("days_max is below days_min")
        return days_max

    def called(self, language: str) -> str:
        """Its name in a language."""
        return in_some_language(self.name, language)

    def cost(self, goods: Decimal) -> Decimal:
        """What it costs for goods of so much."""
        is_free = self.free_from is not None and goods >= self.free_from
        return Decimal(0) if is_free else self.price


class Discount(Part):
    """A code of the demo's checkout: a share or an amount off, or free delivery. `from_amount` is `from` in shop.yml."""

    code: str = Field(
        ..., regex=r"^[A-Za-z0-9_-]{2,30}$", description="2 to 30 letters, digits, - and _"
    )
    percent: Decimal = Field(default=Decimal(0), ge=0, le=100)
    amount: Decimal = Field(default=Decimal(0), ge=0)
    free_delivery: bool = False
    from_amount: Decimal = Field(default=Decimal(0), ge=0, alias="from")
    until: date | None = None  # the last day on which it counts

    @validator("free_delivery", always=True)
    def _gives_something(cls, free_delivery: bool, values: dict) -> bool:
        if not (free_delivery or values.get("percent") or values.get("amount")):
            raise ValueError("a discount needs a percent, an amount or free_delivery")
        return free_delivery

    def off(self, goods: Decimal) -> Decimal:
        """What it takes off goods of so much: never more than they cost."""
        share = (goods * self.percent / 100).quantize(Decimal("0.01"), ROUND_HALF_UP)
        return min(goods, share + self.amount)


class Checkout(Part):
    """The demo storefront's own checkout; a real shop has one, and leaves this out."""

    gift_wrap: Decimal | None = Field(default=None, ge=0)  # what it costs; without it there is none
    discounts: tuple[Discount, ...] = ()


class Returns(Part):
    """How long customers can return something, and what it costs them."""

    days: int = Field(..., ge=0)
    price: Decimal = Field(default=Decimal(0), ge=0)
    free_in: list[str] = Field(default_factory=list)
    refund_days: int = Field(default=14, ge=0)
    conditions: str | dict[str, str] = ""

    _free_in = validator("free_in", allow_reuse=True)(_known_countries)


class Page(Part):
    """A page that the assistant answers from: a Markdown file, and where the shop itself shows it."""

    file: str
    url: str = Field(
        default="",
        regex=r"^(https?://[^\s/]+[^\s]*)?$",
        description="an address that starts with https://",
    )


class SurveyRules(Part):
    """What holds for all surveys: the rest between two of them, and where their pages are."""

    days_between: int = Field(default=14, ge=0, le=3650)
    address: str = Field(
        default="",
        regex=r"^(https?://[^\s/]+[^\s]*)?$",
        description="an address that starts with https://",
    )


class Returned(Part):
    """Where mails come back: bounces, complaints, and those who unsubscribe by mail."""

    address: str = Field(
        default="", regex=f"({WHOLE})|^$", description="an address such as hello@shop.example"
    )
    maildir: str = ""  # the mailbox of that address, a folder; relative to shop.yml


class Journal(Part):
    """A copy of each mail, by which a mail that was taken is told from one that wasn't after a crash."""

    address: str = Field(..., regex=WHOLE, description="an address such as hello@shop.example")
    maildir: str = Field(..., min_length=1)


class CampaignRules(Part):
    """What holds for all campaigns: address of their links, purposes, rests, and how fast to send.

    `from` and `until` of `quiet` are times of the shop's day between which nothing is sent.
    """

    address: str = Field(
        default="",
        regex=r"^(https?://[^\s/]+[^\s]*)?$",
        description="an address that starts with https://",
    )
    imprint: str = Field(default="", max_length=500)  # who writes, with a postal address
    purposes: dict[str, str | dict[str, str]] = Field(default_factory=dict)
    cooldown_days: float = Field(default=3, ge=0, le=365)
    holdout: float = Field(default=10, ge=0, le=50)
    quiet_from: str = Field(
        default="21:00",
        regex=r"^([01]\d|2[0-3]):[0-5]\d$",
        description="a time such as 21:00, in quotes",
    )
    quiet_until: str = Field(
        default="08:00",
        regex=r"^([01]\d|2[0-3]):[0-5]\d$",
        description="a time such as 21:00, in quotes",
    )
    per_minute: int = Field(default=600, ge=1, le=100_000)  # to one domain
    domains: dict[str, int] = Field(default_factory=dict)  # others than that
    clicks: bool = True
    returned: Returned = Returned()
    journal: Journal | None = None
    margin: float = Field(default=100, gt=0, le=100)  # percent of an order that is earned
    hook_key_env: str = ""
    dkim_selector: str = Field(
        default="", regex=r"^[A-Za-z0-9._-]{0,63}$", description="letters, digits, ., - and _"
    )  # of the server's key

    @validator("purposes")
    def _names(cls, purposes: dict[str, str | dict[str, str]]) -> dict[str, str | dict[str, str]]:
        check = said_shortly(80)
        for name, title in purposes.items():
            if not re.fullmatch(r"[a-z][a-z0-9_]{0,30}", name):
                raise ValueError(f"{name!r}: a purpose's name has small letters, digits and _")
            check(cls, title)
        return purposes


class Retention(Part):
    """Days after which data of customers is erased by itself; 0: it is kept."""

    conversations: int = Field(default=0, ge=0, le=36500)
    surveys: int = Field(default=0, ge=0, le=36500)
    feedback: int = Field(default=0, ge=0, le=36500)
    campaigns: int = Field(default=0, ge=0, le=36500)  # mails, clicks, and groups of what has ended


class Greeting(Part):
    """A few words beside the chat's button: on which pages, and when."""

    text: str | dict[str, str]
    pages: tuple[str, ...] = ("*",)
    after_seconds: int | None = Field(default=None, ge=1, le=3600)
    on_exit: bool = False

    @validator("on_exit", always=True)
    def _has_a_moment(cls, on_exit: bool, values: dict) -> bool:
        if not on_exit and values.get("after_seconds") is None:
            raise ValueError("a greeting needs after_seconds, or on_exit: true")
        return on_exit

    _text = validator("text", allow_reuse=True)(said_shortly(160))


class Widget(Part):
    """How the chat looks and behaves on the shop's pages."""

    avatar: str = ""
    position: Literal["right", "left"] = "right"
    theme: Literal["auto", "light", "dark"] = "auto"
    language: str = "auto"
    consent: Literal["notice", "ask", "none"] = "notice"
    outside_hours: Literal["chat", "message", "hide"] = "chat"
    voice: bool = False
    pictures: bool = True
    ratings: Literal["thumbs", "stars", "none"] = "thumbs"
    origins: tuple[str, ...] = ()
    starters: list[str] | dict[str, list[str]] = Field(default_factory=list)
    greetings: tuple[Greeting, ...] = ()
    texts: dict[str, str | dict[str, str]] = Field(default_factory=dict)  # by language, too

    @validator("language")
    def _has_texts(cls, language: str) -> str:
        known = sorted(file.stem for file in WIDGET_TEXTS.glob("*.yml"))
        if language != "auto" and language not in known:
            raise ValueError(f"{language!r} is neither auto nor one of {', '.join(known)}")
        return language

    @validator("origins", each_item=True)
    def _is_an_origin(cls, origin: str) -> str:
        if not re.fullmatch(r"https?://[a-z0-9.-]+(:\d{1,5})?", origin):
            raise ValueError(
                f"{origin!r} isn't an origin such as https://www.shop.example: small letters, "
                "no path, no slash at the end"
            )
        return re.sub(r"^(https://.*):443$|^(http://.*):80$", r"\1\2", origin)

    @validator("starters")
    def _few(cls, starters: list[str] | dict[str, list[str]]) -> list[str] | dict[str, list[str]]:
        lists = starters.values() if isinstance(starters, dict) else [starters]
        if any(len(one) > MOST_STARTERS for one in lists):
            raise ValueError(f"at most {MOST_STARTERS} fit")
        _check_languages(starters)
        return starters

    @validator("texts")
    def _known_texts(
        cls, texts: dict[str, str | dict[str, str]]
    ) -> dict[str, str | dict[str, str]]:
        known = read_texts("en")
        names = {name for name, text in texts.items() if isinstance(text, str)}
        for language, by_name in texts.items():
            if isinstance(by_name, dict):
                _check_languages({language: ""})
                names |= set(by_name)
        for name in names:
            if name not in known:
                raise ValueError(f"there is no text {name!r}; bot/web/widget/texts/en.yml has them")
        return texts


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


@cache
def read_texts(language: str) -> dict[str, str]:
    """The widget's texts in a language of `WIDGET_TEXTS`."""
    path = WIDGET_TEXTS / f"{language}.yml"
    return dict(read_tree(path, path.read_text(encoding="utf-8")))


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
