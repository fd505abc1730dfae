"""What mails and their pages say, a file for each language; English where there is none."""

import re
from functools import cache
from pathlib import Path

from bot.settings.part import in_some_language
from bot.settings.shop import Shop
from bot.settings.yaml_file import read_tree

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


def purposes(shop: Shop, language: str) -> dict[str, str]:
    """What people can agree to, name -> title: the shop's own, and the two that there always are."""
    own = {name: texts(language)[name] for name in ("news", "alerts")}
    titles = shop.campaigns.purposes.items()
    return {**own, **{name: in_some_language(title, language) for name, title in titles}}
