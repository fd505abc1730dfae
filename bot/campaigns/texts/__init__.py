"""What mails and their pages say, a file for each language; English where there is none."""

import re
from datetime import date
from functools import cache
from pathlib import Path
from typing import NamedTuple

from bot.settings.offers import Offer
from bot.settings.part import in_some_language
from bot.settings.shop import Shop
from bot.settings.yaml_file import read_tree
from bot.wording import full_date

HERE = Path(__file__).resolve().parent


@cache
def texts(language: str) -> dict[str, str]:
    """The texts in a language."""
    path = HERE / f"{language}.yml"
    if not language.isalpha() or not path.exists():
        path = HERE / "en.yml"
    return {name: str(text) for name, text in read_tree(path, path.read_text("utf-8")).items()}


def say(language: str, name: str, **values: object) -> str:
    """A text with its values."""
    return texts(language)[name].format(**values)


def told(language: str, kept: str) -> str:
    """Where something is known from, or how, as customers read it; what no file knows, as it is kept."""
    name = "told_" + "_".join(re.findall(r"\w+", kept.lower()))
    return texts(language).get(name, kept)


class OfferSaid(NamedTuple):
    """An offer in a language: what it is, how it is used, and until when it is somebody's; "" where that isn't said."""

    title: str
    text: str
    how: str
    until: str


def of_offer(offer: Offer, language: str, until: date | None) -> OfferSaid:
    """What people are told of an offer; `until` is the last day of who has it."""
    how = say(language, "offer_code", code=offer.code) if offer.code else ""
    how = how or say(language, "offer_automatic")
    day = say(language, "offer_until", day=full_date(until, language)) if until else ""
    return OfferSaid(*offer.words(language), how, day)


def purposes(shop: Shop, language: str) -> dict[str, str]:
    """What people can agree to, name -> title: the shop's own, and the two that there always are."""
    own = {name: texts(language)[name] for name in ("news", "alerts")}
    titles = shop.campaigns.purposes.items()
    return {**own, **{name: in_some_language(title, language) for name, title in titles}}
