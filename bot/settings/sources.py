"""Where products and orders come from: files, a live platform, or a service of the shop's own."""

import re
from datetime import date
from typing import Any, Literal

from pydantic import Field, validator

from bot.settings.part import Part


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
