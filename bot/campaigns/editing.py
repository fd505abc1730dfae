"""A mail campaign as the fields of a form; its conditions, variants and translations are lines of YAML in it."""

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.tokens import AliasToken

from bot.campaigns.campaign import MailCampaign, check
from bot.errors import ConfigError
from bot.settings.yaml_file import Place, read_yaml, yaml_writer

Fields = Mapping[str, Sequence[str]]
PLACES = {
    "title": "Title", "purpose": "Purpose", "segment": "For whom", "subject": "Subject", "body": "Text",
    "products": "Products", "translations": "Other languages", "variants": "Variants",
    "holdout": "Held out", "cooldown_days": "Rest", "days_to_order": "Days to order", "cost": "Cost",
    "cost_per_mail": "Cost of a mail", "start": "First day", "stop": "Last day",
}  # fmt: skip
TEXTS = ("title", "purpose", "subject", "body")
PLAIN = (
    "products", "holdout", "cooldown_days", "days_to_order", "cost", "cost_per_mail", "start", "stop",
)  # fmt: skip
PARTS = ("segment", "translations", "variants")  # that are YAML
NUMBER = re.compile(r"-?\d{1,9}(\.\d{1,6})?")


@dataclass(frozen=True)
class Draft:
    """What is in the form: the tree of a campaign, the campaign when it is right, and its faults."""

    tree: dict[str, Any]
    campaign: MailCampaign | None
    faults: tuple[str, ...]

    @property
    def yaml(self) -> str:
        """The campaign's text, as a file would have it."""
        return _as_yaml(self.tree)

    def part(self, name: str) -> str:
        """The YAML of a part as the form shows it; what is none, as it was typed."""
        value = self.tree.get(name) or ""
        return value if isinstance(value, str) else _as_yaml(value)


def new_tree() -> dict[str, Any]:
    """What a new campaign begins with."""
    return {"purpose": "news", "body": "{products}\n"}


def tree_of(campaign: MailCampaign) -> dict[str, Any]:
    """A campaign as a tree of plain values, without what is the default."""
    return campaign.dict(exclude_defaults=True)


def read_form(fields: Fields) -> Draft:
    """The campaign that a form describes."""
    said = {name: (fields.get(name) or [""])[0] for name in (*TEXTS, *PLAIN, *PARTS)}
    tree: dict[str, Any] = {name: said[name].replace("\r\n", "\n") for name in TEXTS}
    tree |= {name: _value(said[name]) for name in PLAIN if said[name].strip()}
    faults = []
    for name in PARTS:
        try:
            part = read_yaml(PLACES[name], said[name])
            if any(isinstance(one, AliasToken) for one in YAML().scan(said[name])):
                raise ConfigError(f"{PLACES[name]}: write it out; there are no aliases (*) here.")
        except ConfigError as error:
            faults.append(error.message)
            part = said[name]
        if part:
            tree[name] = part
    return Draft(tree, None, tuple(faults)) if faults else draft_of(tree)


def draft_of(tree: dict[str, Any]) -> Draft:
    """A draft of a tree."""
    campaign, found = check(tree)
    return Draft(tree, campaign, tuple(_told(place, what) for place, what in found))


def _told(place: Place, what: str) -> str:
    first, *more = place or ("",)
    where = [PLACES.get(str(first), str(first)), *map(str, more)]
    return f"{', '.join(where)}: {what}" if place else what


def _value(text: str) -> Any:
    text = text.strip()
    if NUMBER.fullmatch(text):
        return float(text) if "." in text else int(text)
    return text


def _as_yaml(tree: Any) -> str:
    out = io.StringIO()
    writer = yaml_writer(100)
    writer.allow_unicode = True
    writer.dump(tree, out)
    return out.getvalue()
