"""What customers read that isn't the assistant's answer: notices in the chat, surveys' pages, the storefront.

A file for each language, `en.yml` the one that has everything; what a language lacks is said in English.
"""

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

from babel import Locale
from ruamel.yaml import YAML

ENGLISH = "en"
FOLDER = Path(__file__).resolve().parent
Words = Callable[..., str]  # words("joined", name="Kim")


def said(name: str, language: str, /, **values: object) -> str:
    """A text in a language, with its {places} filled in.

    Where there is a `count`, the form of `name` that the language counts with: `products_one`, `products_other`.
    Raises KeyError for a name that isn't in the English file.
    """
    texts = texts_of(language)
    if "count" in values and name not in texts:
        count = values["count"]
        assert isinstance(count, int)
        form = f"{name}_{Locale.parse(language).plural_form(count)}"
        name = form if form in texts else f"{name}_other"
    return texts[name].format(**values)


def words_in(language: str) -> Words:
    """`said` in one language."""
    return lambda name, /, **values: said(name, language, **values)


@cache
def texts_of(language: str) -> dict[str, str]:
    """All texts by name in a language; English where it has none of a name, or is none that there is."""
    path = FOLDER / f"{language}.yml"
    own = YAML(typ="safe").load(path) if path.is_file() else {}
    return own if language == ENGLISH else {**texts_of(ENGLISH), **own}


def first_of(wanted: str, languages: Sequence[str]) -> str:
    """The first of "nl-BE, fr;q=0.8" that is one of the languages, by what a browser likes best; else their first."""
    liked: list[tuple[float, str]] = []
    for part in wanted.split(",")[:MOST]:
        tag, _, quality = part.partition(";")
        weight = quality.strip().removeprefix("q=").strip()
        liked.append((float(weight) if weight.replace(".", "", 1).isdecimal() else 1.0, tag))
    ordered = sorted(liked, key=lambda one: -one[0])
    short = (tag.strip().lower().partition("-")[0] for _, tag in ordered)
    return next((tag for tag in short if tag in languages), languages[0])


MOST = 10  # languages of a browser that are looked at
