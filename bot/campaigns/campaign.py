"""A mail campaign as people write it: YAML, checked line by line."""

from datetime import date
from typing import Any

from pydantic import Field, ValidationError, root_validator, validator

from bot.campaigns.letter import faults as faults_of
from bot.campaigns.segment import Fault, Segment, plain
from bot.errors import ConfigError
from bot.settings.part import Part
from bot.settings.yaml_file import Place, fault_line, faults_in, read_tree
from bot.surveys.campaign import CAMPAIGN_NAME

NAME = r"^[a-z][a-z0-9_]{0,30}$"


class Said(Part):
    """Subject and body in a language; what is left out is as it was without."""

    subject: str = Field("", max_length=150)
    body: str = Field("", max_length=20_000)

    @validator("subject")
    def _one_line(cls, subject: str) -> str:
        if "\n" in subject or "\r" in subject:
            raise ValueError("a subject is one line")
        return subject

    @validator("subject", "body")
    def _variables(cls, text: str) -> str:
        if found := faults_of(text):
            raise ValueError(" ".join(found).rstrip("."))
        return text


class Words(Said):
    """Subject and body of one variant; what is left out is the campaign's own."""

    id: str = Field(..., regex=NAME, description="small letters, digits and _, a letter first")
    translations: dict[str, Said] = Field(default_factory=dict)  # by language


class MailCampaign(Part):
    """All of a campaign's file but its segment, which `conditions` has."""

    title: str = Field(..., min_length=1, max_length=80)
    purpose: str = Field(
        "news", regex=NAME, description="small letters, digits and _, a letter first"
    )
    segment: Any = None
    subject: str = Field(..., min_length=1, max_length=150)
    body: str = Field(..., min_length=1, max_length=20_000)
    translations: dict[str, Said] = Field(default_factory=dict)  # by language
    products: int = Field(3, ge=1, le=12)
    variants: list[Words] = Field(default_factory=list, max_items=6)
    holdout: float | None = Field(None, ge=0, le=50)
    cooldown_days: float | None = Field(None, ge=0, le=365)
    days_to_order: int = Field(14, ge=1, le=365)
    cost: float = Field(0, ge=0)  # of all of it, in the shop's currency
    cost_per_mail: float = Field(0, ge=0)
    start: date | None = None
    stop: date | None = None

    _variables = validator("subject", "body", allow_reuse=True)(Said._variables.__func__)  # type: ignore[attr-defined]
    _one_line = validator("subject", allow_reuse=True)(Said._one_line.__func__)  # type: ignore[attr-defined]

    @root_validator(skip_on_failure=True)
    def _apart(cls, values: dict) -> dict:
        names = [one.id for one in values["variants"]]
        if len(set(names)) < len(names):
            raise ValueError("two variants have the same id: rename one")
        if len(names) == 1:
            raise ValueError("an A/B test has two variants at least: add one, or none")
        if values["start"] and values["stop"] and values["stop"] < values["start"]:
            raise ValueError("`stop` is before `start`")
        return values

    @property
    def conditions(self) -> Segment:
        """Whom it is for."""
        return Segment(self.segment or {})

    def words(self, variant: str, language: str) -> tuple[str, str]:
        """Subject and body of a variant in a language.

        What a variant says itself, in whatever language, goes before what the campaign says in the reader's:
        else who reads another language would get no variant.
        """
        own = next((one for one in self.variants if one.id == variant), None)
        said = [self.translations.get(language), self]
        said = [*([own.translations.get(language), own] if own else []), *said]
        known = [one for one in said if one]
        subject = next(one.subject for one in known if one.subject)
        return subject, next(one.body for one in known if one.body)


def check(tree: Any) -> tuple[MailCampaign | None, list[tuple[Place, str]]]:
    """The campaign of a tree; or None, and what is wrong with it, each with its place."""
    given = tree.get("segment") or {}
    try:
        segment = Segment(plain(given))
        segment.compiled(0.0)
    except Fault as fault:
        return None, [(("segment", *fault.place), fault.what)]
    try:
        return MailCampaign.parse_obj({**tree, "segment": segment.tree}), []
    except ValidationError as error:
        return None, list(faults_in(error))


def read_campaign(name: Any, text: str) -> MailCampaign:
    """The campaign of a YAML text. Raises ConfigError with a line for each fault."""
    tree = read_tree(name, text)
    campaign, found = check(tree)
    if campaign is None:
        lines = [fault_line(name, tree, place, what) for place, what in found]
        hint = "docs/campaigns.md shows each line, and lists all conditions."
        raise ConfigError("\n".join(lines), hint)
    return campaign


__all__ = ["CAMPAIGN_NAME", "MailCampaign", "Said", "Words", "check", "read_campaign"]
