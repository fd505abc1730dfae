"""What cells of exports say in words: yes, sold out, for boys, in euros. The words are in words.yml."""

import re
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from babel.numbers import list_currencies
from ruamel.yaml import YAML

from recommender.product import BACKORDER, PREORDER

HERE = Path(__file__).resolve().parent
IN_STOCK, SOLD_OUT = "in stock", "out of stock"
STATES = (IN_STOCK, SOLD_OUT, PREORDER, BACKORDER)
_CHILDREN = {"men": "boys", "women": "girls", "unisex": "kids", "": "kids"}


def read_yaml(name: str) -> dict[str, Any]:
    """One of the files of words and names that stand beside this module."""
    return YAML(typ="safe").load((HERE / name).read_text(encoding="utf-8"))


@cache
def _listed(part: str) -> frozenset[str]:
    return frozenset(word.casefold() for word in _words()[part])


@cache
def _words() -> dict[str, Any]:
    return read_yaml("words.yml")


@cache
def _looked_up(part: str) -> dict[str, str]:
    """Each word of a part -> what it stands for."""
    return {word.casefold(): meaning for meaning, words in _words()[part].items() for word in words}


def yes_or_no(text: str) -> bool | None:
    """Whether a cell says yes or no, in any language of the list; None for anything else."""
    word = text.strip().casefold()
    return True if word in _listed("yes") else False if word in _listed("no") else None


def is_published(text: str) -> bool | None:
    """Whether a cell says that something is sold in the shop; None where it doesn't say."""
    word = " ".join(text.casefold().split())
    if word in _listed("unpublished"):
        return False
    return True if word in _listed("published") else yes_or_no(text)


def state(text: str) -> str | None:
    """What a cell says of the stock, one of STATES; empty for an empty cell, None for other words."""
    word = text.strip().rsplit("/", 1)[-1] if "schema.org" in text else text.strip()
    word = " ".join(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", word).replace("_", " ").casefold().split())
    if not word:
        return ""
    found = _looked_up("availability").get(word) or _looked_up("availability").get(
        word.replace(" ", "")
    )
    if found is None and (said := yes_or_no(word)) is not None:
        return IN_STOCK if said else SOLD_OUT
    return found


@lru_cache(maxsize=4096)
def is_option(name: str, option: str) -> bool:
    """Whether an attribute is just that option, in any language: "Farbe", and no "printing colours"."""
    return _looked_up("options").get(" ".join(name.casefold().split())) == option


@lru_cache(maxsize=4096)
def option_name(name: str) -> str:
    """An option as a variant has it: "colour" and "size" in any language, others as the shop says."""
    word = " ".join(name.casefold().split())
    known = _looked_up("options")
    return known.get(word) or known.get(word.rsplit(" ", 1)[-1]) or word


def audiences_in(text: str) -> set[str]:
    """Whom a cell or a tag names."""
    words = re.findall(r"[^\W\d_]+", re.sub(r"['’]s?\b", "", text.casefold()))
    return {found for word in words if (found := _looked_up("audiences").get(word))}


def audience_of(*cells: str) -> str:
    """Whom a product is for, all of its cells taken together: "male" and "kids" are boys.

    Empty when they don't say, or say what doesn't go together.
    """
    found = set().union(*map(audiences_in, cells))
    children, grown = found & {"kids", "girls", "boys"}, found - {"kids", "girls", "boys"}
    grown = grown - {"unisex"} or grown  # "adult" says an age
    if not children:
        return grown.pop() if len(grown) == 1 else "unisex" if grown else ""
    named = children - {"kids"}
    if len(named) == 2 or len(grown) > 1:
        return "kids"
    if named:
        return named.pop() if grown <= {"unisex"} else ""
    return _CHILDREN[grown.pop() if grown else ""]


@cache
def _codes() -> frozenset[str]:
    return frozenset(list_currencies())


def currencies_of(text: str) -> list[str] | None:
    """The currencies that a sign or a code may stand for, the likeliest first; None for other words."""
    word = text.strip(" .\u00a0\u202f").casefold()
    if not word:
        return []
    if word.upper() in _codes():
        return [word.upper()]
    return _words()["currencies"].get(text.strip(" .\u00a0\u202f").lower())


def says_nothing(text: str) -> bool:
    """Whether a cell says that there is nothing to say: "n/a", "on request"."""
    return text.strip().casefold() in _listed("nothing") or is_on_request(text)


def is_on_request(text: str) -> bool:
    """Whether a cell says, in place of a price, that customers have to ask for it."""
    return text.strip().rstrip(".").casefold() in _listed("on_request")


def is_root(category: str) -> bool:
    """Whether a category is the root of a tree, which says nothing of a product."""
    return category.strip().casefold() in _listed("roots")


def is_no_category(category: str) -> bool:
    """Whether a category says that there is none."""
    return category.strip().casefold() in _listed("uncategorised")
