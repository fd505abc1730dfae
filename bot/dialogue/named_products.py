"""Products that a message names are read as such before its intent is: a title may be any words.

"French Press" is no foreign language, "how much is the Canal Runner Women" a question of price, and "Mailer 1204"
no order's number. So a stand-in takes the name's place, the same in every shop, and the name becomes the entity
`product` with the sku as its value.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from bot.paths import REPOSITORY
from recommender.catalogue.reading import Catalogue, generation_folder
from recommender.errors import NoCatalogue
from recommender.language.words import COLOUR_NAMES, plural, singular
from recommender.product import Product
from recommender.search.kinds import Kind, Kinds
from recommender.search.titles import Named, Titles, alike, tokens

ENTITY = "product"
MOST_READ = 20_000  # products whose attributes are looked at
STAND_INS = REPOSITORY / "nlu_data" / "stand_ins"


@dataclass(frozen=True)
class Part:
    """A name in a message: where it stands there (`end` is exclusive), and where its stand-in does."""

    start: int
    end: int
    spoken_start: int
    spoken_end: int
    sku: str


@dataclass(frozen=True)
class Message:
    """A message as it is read: `spoken` has stand-ins for names; `alone`: it is a name and no more."""

    text: str
    spoken: str
    parts: tuple[Part, ...]
    alone: bool

    def place(self, start: int, end: int) -> tuple[int, int] | None:
        """Where a part of `spoken` stands in the text; None for one that touches a stand-in."""
        shift = 0
        for part in self.parts:
            if start < part.spoken_end and part.spoken_start < end:
                return None
            if part.spoken_end <= start:
                shift = part.end - part.spoken_end
        return start + shift, end + shift

    @property
    def entities(self) -> list[dict[str, Any]]:
        """The names as entities."""
        return [
            {
                "entity": ENTITY, "value": part.sku, "start": part.start, "end": part.end,
                "extractor": "NamedProducts",
            }
            for part in self.parts
        ]  # fmt: skip


class NamedProducts:
    """Finds names in the catalogue that is current now; a new one is noticed at the next message."""

    def __init__(self, catalogue: Path, language: str = "en") -> None:
        self._directory = catalogue
        self._language = language
        self._version = ""
        self._titles = Titles([])
        self._catalogue: Catalogue | None = None
        self._skus: dict[int, str] = {}
        self._attributes: frozenset[str] = frozenset()
        self._kinds = Kinds()
        self._last: Message | None = None

    def read(self, text: str) -> Message:
        """A message with its names found."""
        self._follow()
        if self._last is None or self._last.text != text:  # a turn asks again and again
            self._last = self._read(text)
        return self._last

    def _read(self, text: str) -> Message:
        named = self._titles.named_in(text)
        spoken, parts, done = "", [], 0
        for one in named:
            start = self._with_article(text, done, one)
            spoken += text[done:start]
            stand_in = self._words["product"]
            parts.append(
                Part(
                    one.start,
                    one.end,
                    len(spoken),
                    len(spoken) + len(stand_in),
                    one.variant or self._skus[one.row],
                )
            )
            spoken += stand_in
            done = one.end
        return Message(text, spoken + text[done:], tuple(parts), any(one.alone for one in named))

    def _with_article(self, text: str, done: int, one: Named) -> int:
        """Where the name begins with the article before it."""
        before = list(tokens(text[done : one.start]))[-1:]
        if before and before[0][0] in self._words["before"]:
            gap = text[done + before[0][2] : one.start]
            return done + before[0][1] if not gap.strip() else one.start
        return one.start

    def share_in_titles(self, words: Sequence[str]) -> float:
        """The share of some words that titles of the catalogue have."""
        self._follow()
        return self._titles.share_of(words) if words else 0.0

    def sells(self, kind: Kind) -> bool:
        """Whether some product is of a kind of thing."""
        self._follow()
        return self._kinds.sells(kind)

    def names_attribute(self, words: Sequence[str]) -> bool:
        """Whether one of some words names something that the catalogue says of products: "sugar", "wattage"."""
        self._follow()
        return any(alike(word, name) for word in words for name in self._attributes)

    def in_titles_of(self, skus: Sequence[str], words: Sequence[str]) -> bool:
        """Whether the title of one of these products has one of some words; numbers and single letters say nothing."""
        self._follow()
        products = [self._catalogue.get(sku) for sku in skus] if self._catalogue else []
        title = [word for one in products if one for word, _, _ in tokens(one.title)]
        named = [word for word in words if not word.isdigit()]
        return any(alike(word, other) for word in named for other in title)

    def share_said_of(self, skus: Sequence[str], words: Sequence[str]) -> float:
        """The share of some words that stand in what the catalogue says of these products beside their titles."""
        self._follow()
        products = [self._catalogue.get(sku) for sku in skus] if self._catalogue else []
        said = [word for one in products if one for word, _, _ in tokens(_told_of(one))]
        heard = [word for word in words if any(alike(word, other) for other in said)]
        return len(heard) / len(words) if words else 0.0

    def share_of_those(self, skus: Sequence[str], words: Sequence[str]) -> float:
        """The share of some words by which one of these products is called or described: "velvet", "20oz"."""
        self._follow()
        products = [self._catalogue.get(sku) for sku in skus] if self._catalogue else []
        said = [
            {word for word, _, _ in tokens(f"{one.title} {_told_of(one)}")} | _joined(one.title)
            for one in products
            if one
        ]
        heard = [word for word in words if any(alike(word, other) for own in said for other in own)]
        return len(heard) / len(words) if words else 0.0

    def with_stand_in(self, text: str, number: str) -> str:
        """A text in which "my order" stands for the number of one, and for the words that go with it."""
        front = "|".join(map(re.escape, self._words["before_order"]))
        pattern = rf"(?:(?<!\w)(?:{front})\W{{1,2}})?{re.escape(number)}"
        return re.sub(pattern, self._words["order"], text, count=1, flags=re.I)

    @cached_property
    def _words(self) -> dict[str, Any]:
        return YAML(typ="safe").load(STAND_INS / f"{self._language}.yml")

    def _follow(self) -> None:
        try:
            folder = generation_folder(self._directory)
            if folder.name == self._version:
                return
            catalogue = Catalogue(folder)
        except NoCatalogue:
            return
        titles, numbers = catalogue.all_titles(), catalogue.all_identifiers()
        common = _words_of_kinds(catalogue)
        self._attributes = _names_of_attributes(catalogue)
        self._kinds = Kinds(catalogue.titles_with_categories(MOST_READ))
        if self._catalogue:
            self._catalogue.close()
        self._catalogue = catalogue
        self._skus = {row: sku for row, _, sku in titles}
        self._titles, self._version = Titles(titles, numbers, common), folder.name
        self._last = None


def _names_of_attributes(catalogue: Catalogue) -> frozenset[str]:
    """The words of the attributes' names, without those of one or two letters."""
    names = {name for product in catalogue.products(limit=MOST_READ) for name in product.attributes}
    words = {word for name in names if name != "tags" for word, _, _ in tokens(name)}
    return frozenset(word for word in words if len(word) > 2)


def _told_of(product: Product) -> str:
    named = (f"{name} {value}" for name, value in product.attributes.items() if name != "tags")
    return " ".join([*named, product.description, *product.colours, *product.sizes])


def _joined(title: str) -> set[str]:
    """The numbers of a title with the word behind them as one: "20oz"."""
    words = [word for word, _, _ in tokens(title)]
    return {f"{a}{b}" for a, b in pairwise(words) if a.isdigit() and b.isalpha()}


def _words_of_kinds(catalogue: Catalogue) -> set[str]:
    """The words of categories, colours, brands and attributes, in their forms: by them alone nothing is named."""
    names = [*catalogue.categories(), *catalogue.colours(), *catalogue.features(), *COLOUR_NAMES]
    words = {word for name in names for word, _, _ in tokens(name)}
    return words | {form for word in words for form in (singular(word), plural(word))}
