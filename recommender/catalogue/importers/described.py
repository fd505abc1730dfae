"""Attributes that stand only in titles and descriptions, read from them and marked as read.

Nothing is read for what the shop says itself, and nothing from words that are as often something else.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cache, lru_cache
from itertools import islice
from typing import Any

from recommender.catalogue.importers.formats import Format, key
from recommender.catalogue.importers.words import read_yaml
from recommender.product import Product

SAMPLE = 400  # products by which the language of a file is told
FIRST = "en"  # the language of texts that tell none
LOOKED_AT = 1500  # characters of a description


class Described:
    """What titles and descriptions of one file say, in its language."""

    def __init__(self, products: Iterable[Product]) -> None:
        self.language = language_of(
            f"{one.title} {one.description}" for one in islice(products, SAMPLE)
        )
        self._forms = _colour_forms(self.language)
        self._colours = _any_of(self._forms)
        self._audiences = _audiences(self.language)
        self._materials = _any_of(_part("materials")[self.language])
        share = r"\d{1,3}\s?%\s+"
        made = "|".join(map(re.escape, _part("made_of")[self.language]))
        materials = self._materials.pattern
        self._said = re.compile(
            rf"(?:{share}|(?<!\w)(?:{made})\s+(?:[^\W\d_]{{1,20}}\s+)?){materials}", re.I
        )
        before = "|".join(map(re.escape, _part("sizes")[self.language]))
        self._size = re.compile(
            rf"(?<!\w)(?:{before})\.?\s{{0,2}}([0-9]{{1,3}}(?:[.,]5)?|[2-5]?X{{0,3}}[SML])(?!\w)",
            re.I,
        )

    def complete(self, product: Product) -> Product:
        """The product with what its texts say of colours, sizes, audience, material and capacity."""
        title = _without(product.title, product.brand)
        found: dict[str, Any] = {}
        attributes: dict[str, str] = {}
        if not product.colours:
            found["colours"] = tuple(
                dict.fromkeys(self._forms[one.lower()] for one in self._colours.findall(title))
            )
        if not product.audience:
            found["audience"] = self._audience(title) or self._audience(product.category)
        if not product.sizes:
            found["sizes"] = tuple(dict.fromkeys(one.upper() for one in self._size.findall(title)))
        if not _has(product, "material"):
            attributes["material"] = ", ".join(self._materials_in(title, product.description))
        if not _has(product, "capacity"):
            attributes["capacity"] = _capacity(title) or _capacity(product.description[:LOOKED_AT])
        found = {name: value for name, value in found.items() if value}
        attributes = {name: value for name, value in attributes.items() if value}
        if not found and not attributes:
            return product
        return replace(
            product,
            **found,
            attributes=product.attributes | attributes,
            read=(*found, *attributes),
        )

    def _audience(self, text: str) -> str:
        """Whom a text names, when it names one kind of people alone."""
        named = {
            self._audiences[match[0].lower().replace("’", "'")]
            for match in _any_of(self._audiences).finditer(text)
        }
        if self.language in _part("compounds"):
            named |= {
                audience
                for word, audience in self._audiences.items()
                if re.search(rf"(?<!\w){word}[^\W\d_]{{3,}}", text, re.I)
            }
        if named - {"kids"} and "kids" in named:
            named -= {"kids"}
        return named.pop() if len(named) == 1 else "unisex" if named == {"women", "men"} else ""

    def _materials_in(self, title: str, description: str) -> list[str]:
        found = [
            match[1].lower()
            for match in self._materials.finditer(title)
            if _is_made_of(title, match)
        ]
        found = found or [
            match[1].lower() for match in self._said.finditer(description[:LOOKED_AT])
        ]
        return list(dict.fromkeys(found))


def language_of(texts: Iterable[str]) -> str:
    """The language that most of the small words are of."""
    words = Counter(word for text in texts for word in re.findall(r"[^\W\d_]+", text.lower()))
    telling = _part("telling")
    scores = {language: sum(words[word] for word in known) for language, known in telling.items()}
    return max(scores, key=lambda one: (scores[one], one == FIRST))


@cache
def _tree() -> dict[str, Any]:
    return read_yaml("described.yml")


def _part(name: str) -> Any:
    return _tree()[name]


@cache
def _colour_forms(language: str) -> dict[str, str]:
    """Each form of a colour -> the one in which it is kept."""
    endings = ["", *_part("endings").get(language, [])]
    return {f"{name}{ending}": name for name in _part("colours")[language] for ending in endings}


@cache
def _audiences(language: str) -> dict[str, str]:
    known = _part("audiences")[language]
    return {word: audience for audience, words in known.items() for word in words}


def _any_of(words: Iterable[str]) -> re.Pattern[str]:
    return _pattern(tuple(sorted(words, key=len, reverse=True)))


@cache
def _pattern(words: Sequence[str]) -> re.Pattern[str]:
    names = "|".join(re.escape(word).replace("'", "['’]") for word in words)
    return re.compile(rf"(?<![\w])({names})(?!\w)", re.I)


def _without(title: str, brand: str) -> str:
    return re.sub(re.escape(brand), " ", title, flags=re.I) if brand else title


def _is_made_of(text: str, match: re.Match[str]) -> bool:
    """Whether a material isn't denied: "leather-free", "no leather", "leather cleaner"."""
    before = re.findall(r"[^\W\d_]+", text[: match.start()])[-1:]
    after = re.findall(r"[^\W\d_]+", text[match.end() :])[:1]
    denied, other = _part("denied"), _part("no_material")
    return not any(one.lower() in denied for one in before) and not any(
        one.lower() in other for one in after
    )


def _has(product: Product, attribute: str) -> bool:
    """Whether the shop tells an attribute itself, by whichever of its names."""
    return any(_tells(name, attribute) for name in product.attributes)


@lru_cache(maxsize=4096)
def _tells(name: str, attribute: str) -> bool:
    return key(name).rsplit(" ", 1)[-1] in Format.of("plain").attributes[attribute]


@cache
def _volume() -> re.Pattern[str]:
    units = "|".join(re.escape(one) for one in sorted(_part("capacities"), key=len, reverse=True))
    return re.compile(rf"(?<![\w.,])(\d{{1,5}}(?:[.,]\d{{1,2}})?)\s?({units})(?!\w)", re.I)


def _capacity(text: str) -> str:
    """The one volume or memory that a text names: "0.3 l"; empty for several."""
    found = {
        f"{number.replace(',', '.')} {_part('capacities')[unit.lower()]}"
        for number, unit in _volume().findall(text)
    }
    return found.pop() if len(found) == 1 else ""
