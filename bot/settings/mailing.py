"""The server that takes mails, and what holds for all surveys and campaigns."""

import re
from typing import Literal

from pydantic import Field, validator

from bot.emails import SENDER, WHOLE
from bot.settings.languages import said_shortly
from bot.settings.part import Part


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
