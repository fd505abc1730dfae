"""What platforms call the columns of their exports, in their languages: the files in formats/."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from recommender.catalogue.importers.words import currencies_of, read_yaml

PLATFORMS = ("shopify", "woocommerce", "magento", "prestashop", "google")
PLAIN = "plain"


@dataclass(frozen=True)
class Layout:
    """The columns of one file: our field -> the file's column, and what attributes are called there.

    `numbered` are columns of options: number -> the columns of its name and its values.
    """

    fields: dict[str, str]
    attributes: dict[str, str]  # column -> the attribute's name
    numbered: dict[int, tuple[str, str]]
    unused: tuple[str, ...] = ()
    header: tuple[str, ...] = ()  # all columns of the file


@dataclass(frozen=True)
class Format:
    """One platform's names of columns."""

    name: str
    needed: tuple[tuple[str, ...], ...]  # any of these sets of fields tells it
    columns: dict[str, list[str]]
    attributes: dict[str, list[str]]
    measures: dict[str, list[str]]
    beside: tuple[str, ...] = ()  # fields whose columns' names may have `beside_words` in them
    beside_words: frozenset[str] = frozenset()

    @classmethod
    @cache
    def of(cls, name: str) -> "Format":
        """A format by its name. Raises FileNotFoundError."""
        tree = read_yaml(f"formats/{name}.yml")
        needed = tree.get("recognised_by_any") or [tree.get("recognised_by", [])]
        columns, attributes, measures = (
            {field: [key(one) for one in names] for field, names in tree.get(part, {}).items()}
            for part in ("columns", "attributes", "measures")
        )
        beside = tree.get("beside", {})
        fields, words = tuple(beside.get("fields", ())), frozenset(beside.get("words", ()))
        needed = tuple(map(tuple, needed))
        return cls(name, needed, columns, attributes, measures, fields, words)

    def layout(self, header: Sequence[str]) -> Layout:
        """Which of a file's columns are which fields; of several names the first one counts."""
        known = {key(name): name for name in reversed(header)}
        fields = {
            field: known[found]
            for field, names in self.columns.items()
            if "#" not in field and (found := next((one for one in names if one in known), None))
        }
        for field in self.beside:
            if field in self.columns and field not in fields:
                free = [one for one in header if one not in fields.values()]
                names = {self._bare(one) for one in self.columns[field]} - {""}
                if found := next((one for one in free if self._bare(one) in names), ""):
                    fields[field] = found
        attributes = {
            known[one]: name
            for name, names in self.attributes.items()
            for one in names
            if one in known and known[one] not in fields.values()
        }
        for name, patterns in self.measures.items():
            for one, column in known.items():
                if any(_unit(pattern, one) for pattern in patterns):
                    attributes.setdefault(column, name)
        numbered = {}
        for number in range(1, 31):
            name, value = (
                self._numbered(f"option_#_{part}", number, known) for part in ("name", "value")
            )
            if name and value:
                numbered[number] = (name, value)
        used = {*fields.values(), *attributes, *(one for pair in numbered.values() for one in pair)}
        unused = tuple(one for one in header if one not in used)
        return Layout(fields, attributes, numbered, unused, tuple(header))

    def _bare(self, name: str) -> str:
        """The name of a column without words that may stand beside any price: "prijs" for "Prijs incl. btw (EUR)"."""
        words = re.findall(r"[^\W\d_]+|[€$£¥]", key(name))
        return " ".join(
            one for one in words if one not in self.beside_words and not currencies_of(one)
        )

    def may_be(self, field: str, column: str) -> bool:
        """Whether a column's name has a word in it that names a field: "Verkoopprijs" for a price."""
        told = [one for one in self.columns[field] if one.isalpha() and len(one) > 3]
        words = re.findall(r"[^\W\d_]+", key(column))
        return any(word.endswith(one) or word.startswith(one) for word in words for one in told)

    def _numbered(self, field: str, number: int, known: dict[str, str]) -> str:
        names = (one.replace("#", str(number)) for one in self.columns.get(field, []))
        return next((known[one] for one in names if one in known), "")

    def fits(self, header: Sequence[str]) -> bool:
        """Whether a file's columns are this format's."""
        fields = self.layout(header).fields.keys()
        return any(set(one) <= fields for one in self.needed if one)


@lru_cache(maxsize=4096)
def key(name: str) -> str:
    """The name of a column as it is compared: "Image_Link", "IMAGE LINK" and "g:image link" are one."""
    text = name.strip().lstrip("\ufeff").casefold().removeprefix("g:").replace("_", " ")
    return " ".join(text.split())


def unit_of(column: str) -> str:
    """The unit that a column's name ends in: "Weight (kg)"."""
    match = re.search(r"\(([^()]{1,6})\)\s*$", column)
    return match[1] if match else ""


def recognised(header: Sequence[str]) -> str:
    """The platform whose columns these are; PLAIN for nobody's."""
    return next((name for name in PLATFORMS if Format.of(name).fits(header)), PLAIN)


def _unit(pattern: str, name: str) -> bool:
    front, back = pattern.split("*")
    return name.startswith(front) and name.endswith(back) and len(name) > len(front) + len(back)
