"""What the shop's order numbers look like, learnt from its orders, and finding one in a message.

A phone number, a VAT number or a product's name has digits, too. So where the form of the numbers is
known, only that form is one, its digits alone where a message speaks of an order. Where it isn't
(orders over HTTP without examples in shop.yml), digits are one only in such words, or when asked for.
"""

import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from bot.answers.consent import says_something
from bot.answers.words import of_all_languages
from bot.checkout.order_file import numbers_in
from bot.emails import SAID
from bot.settings import get_settings

READ = 20_000  # orders of a file; the rest look alike
FORMS = 5  # at most, the commonest
PREFIXES = 12  # more different letters at one place are any letters
GROWTH = 1  # digits that the newest numbers may have more
ALONE = 200  # characters; a longer message is more than a number
PIECE = re.compile(r"[A-Za-z]+|\d+|[^A-Za-z\d]+")
# Neither a part of a word, an address or a telephone number; Chinese has no spaces.
BORDER = r"(?<![A-Za-z\d_@.+/'’-])(?<!\d[ .-])"
END = r"(?![A-Za-z\d_@]|[-./ ]\d|\.[A-Za-z])"
DIGITS = re.compile(rf"{BORDER}([0-9]{{3,12}}){END}")
ANY = re.compile(rf"{BORDER}((?:[a-z]{{1,6}}-?)?[0-9]{{3,12}}){END}", re.I)


class Found(NamedTuple):
    """An order number in a text, as it is compared, and where it stands."""

    number: str
    start: int
    end: int


class OrderNumbers:
    """Finds order numbers of the form that some have; of any form when none are given."""

    def __init__(self, known: Iterable[str] = ()) -> None:
        forms, self._digits = _forms(known)
        self._forms = [re.compile(BORDER + rf"({form})" + END, re.I) for form in forms]
        self.are_known = bool(self._forms or self._digits)

    def find(self, text: str, asked: bool = False) -> list[Found]:
        """The numbers in a text, in their order; `asked`: it answers a question for one."""
        found = [
            Found(_plain(match[1]), *match.span(1))
            for form in self._forms
            for match in form.finditer(text)
        ]
        for match in (DIGITS if self.are_known else ANY).finditer(text):
            start, end = match.span(1)
            if any(start < one.end and one.start < end for one in found):
                continue
            if self.are_known and len(match[1]) not in self._digits:
                continue
            if asked or _is_alone(text, start, end) or _after_an_order(text, start):
                found.append(Found(_plain(match[1]), start, end))
        return sorted(found, key=lambda one: one.start)


class _Source:
    """The shop's order numbers, read again when its file changes."""

    def __init__(
        self, file: Path | None, examples: tuple[str, ...], columns: dict[str, str]
    ) -> None:
        self._file, self._examples, self._columns = file, examples, columns
        self._stamp: tuple[int, int] | None = None
        self._numbers = OrderNumbers(examples)

    def numbers(self) -> OrderNumbers:
        try:
            stat = self._file.stat() if self._file else None
        except OSError:
            return self._numbers
        if stat and self._file and self._stamp != (stat.st_mtime_ns, stat.st_size):
            self._stamp = stat.st_mtime_ns, stat.st_size
            self._numbers = OrderNumbers(
                [*self._examples, *numbers_in(self._file, self._columns, READ)]
            )
        return self._numbers


def order_numbers() -> OrderNumbers:
    """Those of the shop, as shop.yml and its orders say now."""
    return _source().numbers()


@lru_cache(maxsize=1)
def _source() -> _Source:
    settings = get_settings()
    source = settings.shop.orders
    file = settings.shop_dir / source.file if source.source == "csv" else None
    return _Source(file, source.number_examples, source.columns)


def _forms(known: Iterable[str]) -> tuple[list[str], set[int]]:
    """Regular expressions of the commonest forms, and how many digits stand for a number alone."""
    alike: dict[tuple[str, ...], list[list[str]]] = {}
    for number in known:
        pieces = PIECE.findall(number)
        if any(piece.isdigit() for piece in pieces):
            alike.setdefault(tuple(map(_kind, pieces)), []).append(pieces)
    commonest = Counter({kinds: len(numbers) for kinds, numbers in alike.items()}).most_common(
        FORMS
    )
    forms: list[str] = []
    digits: set[int] = set()
    for kinds, _ in commonest:
        columns = [list(column) for column in zip(*alike[kinds], strict=True)]
        last = max(place for place, kind in enumerate(kinds) if kind == "digits")
        if kinds.count("digits") == 1:
            lengths = {len(piece) for piece in columns[last]}
            digits |= {*range(min(lengths), max(lengths) + GROWTH + 1)}
            if "letters" not in kinds:
                continue  # digits alone say nothing by their form
        least = 0 if "letters" in kinds else 1  # signs between pieces, which customers leave out
        parts = [
            _pattern(kind, column, least, GROWTH if place == last else 0)
            for place, (kind, column) in enumerate(zip(kinds, columns, strict=True))
        ]
        forms.append("".join(parts))
    return forms, digits


def _kind(piece: str) -> str:
    return "digits" if piece.isdigit() else "letters" if piece.isalpha() else "other"


def _pattern(kind: str, column: list[str], least: int, growth: int) -> str:
    if kind == "other":
        return rf"[\s\W_]{{{least},2}}"
    fewest, most = min(map(len, column)), max(map(len, column)) + growth
    if kind == "digits":
        return rf"[0-9]{{{fewest},{most}}}"
    different = {piece.upper() for piece in column}
    if len(different) <= PREFIXES:
        return f"(?:{'|'.join(map(re.escape, sorted(different)))})"
    return f"[A-Z]{{{fewest},{most}}}"


def _plain(said: str) -> str:
    """A number as it is kept: upper case, a space as a dash."""
    return re.sub(r"\s+", "-", said.strip().upper())


def _is_alone(text: str, start: int, end: int) -> bool:
    """Whether nothing but courtesy, or an address to look it up with, stands beside it."""
    if len(text) > ALONE:
        return False
    return not says_something(text[:start] + " " + SAID.sub(" ", text[end:]))


def _after_an_order(text: str, start: int) -> bool:
    """Whether a word for an order or its number stands right before it."""
    before = text[max(0, start - 40) : start].replace("’", "'")
    return before.rstrip().endswith("#") or bool(_order_words().search(before))


@lru_cache(maxsize=1)
def _order_words() -> re.Pattern[str]:
    """A word for an order at the end of a text; Chinese has no borders between words."""
    words = of_all_languages("order_number")
    spaced = "|".join(re.escape(word) for word in words if word < "\u3040")
    other = "|".join(re.escape(word) for word in words if word >= "\u3040")
    return re.compile(rf"(?:(?<!\w)(?:{spaced})|{other})[^\w']*$", re.I)
