"""Prices, by the pattern of the file as a whole: "1.299" is a thousand where others read "29,90"."""

import re
import unicodedata
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from babel.numbers import get_currency_precision

from recommender.catalogue.importers.rows import BadRow, Figure
from recommender.catalogue.importers.words import currencies_of, says_nothing
from recommender.errors import ImportFailed

# A sign or a code, a number, a sign or a code; "12,-" has no cents.
_AMOUNT = re.compile(
    r"(?P<before>(?:[^\d\-−+.,]|[.,](?!\d)|(?<=[^\W\d])\.){0,12})(?P<number>[-−]?\d[\d.,'’ \u00a0\u202f]{0,24}|[-−]?[.,]\d{1,6})(?P<flat>[-–—]{0,2})(?P<after>[^\d\-]{0,12})"
)
_SPACES = re.compile(r"[\s'’\u00a0\u202f]")
_THREE = re.compile(r"-?[1-9]\d{0,2}([.,])\d{3}")  # a number that may be read in two ways
CENT = Decimal("0.01")
SAMPLE = 5  # amounts that a question quotes


class Parts(NamedTuple):
    """An amount, not yet read: its digits with their signs, and what stands before or after them."""

    number: str
    currencies: list[str]


class Amounts:
    """How the prices of one file are written.

    `decimal` is what the shop says: "," or "."; empty: found out from all amounts together.
    """

    def __init__(self, cells: Iterable[str] = (), decimal: str = "", currency: str = "") -> None:
        self.currency = currency
        self.decimal = decimal
        self._marks = {".": 0, ",": 0}  # amounts in which a sign stands before the cents for sure
        self._groups = {".": 0, ",": 0}  # and in which it parts thousands
        self._long = False  # whether amounts with three digits after the point are usual
        unclear: list[str] = []
        for cell in cells:
            parts = None if isinstance(cell, Figure) else _parts(cell)
            if parts:
                self._learn(parts.number)
                if _THREE.fullmatch(parts.number) and not parts.currencies:
                    unclear.append(cell.strip())
        if unclear and not decimal and not any((*self._marks.values(), *self._groups.values())):
            shown = ", ".join(dict.fromkeys(unclear[:SAMPLE]))
            raise ImportFailed(
                f"The prices of this file can be read in two ways ({shown}: a thousand or more, or three "
                "digits after the point?), and no other price tells which. Say what stands before the "
                "cents: --decimal . or --decimal , (in shop.yml: catalogue: decimal)."
            )

    def _learn(self, number: str) -> None:
        if _THREE.fullmatch(number):
            return
        signs = [sign for sign in number if sign in ".,"]
        if not signs:
            return
        last = signs[-1]
        if len(set(signs)) == 2:
            self._marks[last] += 1
            self._groups[signs[0]] += 1
        elif len(signs) > 1:
            self._groups[last] += 1
        else:
            self._marks[last] += 1
            self._long |= len(number) - number.rindex(last) == 4  # "0.125"

    @property
    def mark(self) -> str:
        """The sign before the cents; empty where the file doesn't show it."""
        if self.decimal:
            return self.decimal
        scores = {
            sign: self._marks[sign] + self._groups["," if sign == "." else "."] for sign in ".,"
        }
        best = max(scores, key=lambda sign: scores[sign])
        return best if scores[best] and not all(scores.values()) else ""

    def read(self, text: str) -> tuple[Decimal | None, list[str]]:
        """A price, and what currencies its sign may stand for; None for an empty cell.

        Raises BadRow for what is no amount, is negative, or can be read in two ways.
        """
        if not text.strip() or says_nothing(text):
            return None, []
        if isinstance(text, Figure):
            return _decimal(text, text), []
        parts = _parts(text)
        if parts is None:
            raise BadRow(f"the price {text.strip()[:40]!r} is not an amount")
        return _decimal(self._plain(parts, text), text), parts.currencies

    def _plain(self, parts: Parts, text: str) -> str:
        """The number with a point before the cents and nothing else."""
        number = parts.number
        signs = [sign for sign in number if sign in ".,"]
        if not signs:
            return number
        last = signs[-1]
        other = "," if last == "." else "."
        if _THREE.fullmatch(number):
            return number.replace(last, "." if self._three_is_cents(parts, last, text) else "")
        if len(set(signs)) == 1 and len(signs) > 1:
            return number.replace(last, "")
        return number.replace(other, "").replace(last, ".")

    def _three_is_cents(self, parts: Parts, sign: str, text: str) -> bool:
        currency = [*parts.currencies, self.currency][0]
        precise = bool(currency) and get_currency_precision(currency) == 3
        if self.mark and self.mark != sign:
            return False
        if self.mark == sign and (self.decimal or self._long or precise):
            return True
        if not self.mark and parts.currencies:
            return precise
        raise BadRow(
            f"the price {text.strip()[:40]!r} can be read in two ways; --decimal . or --decimal , says which"
        )


def _parts(text: str) -> Parts | None:
    """The number of a cell and what its sign may stand for; None for what is no amount."""
    text = "".join(str(unicodedata.digit(one, one)) for one in text.strip()[:80])
    match = _AMOUNT.fullmatch(text)
    if not match:
        return None
    before, after = currencies_of(match["before"]), currencies_of(match["after"])
    if before is None or after is None or (before and after and set(before).isdisjoint(after)):
        return None
    both = [one for one in before if one in after] if before and after else before or after
    number = _SPACES.sub("", match["number"]).replace("−", "-").rstrip(".,")
    return Parts(number, both)


def _decimal(number: str, text: str) -> Decimal:
    try:
        amount = Decimal(number)
        if not amount.is_finite() or amount.adjusted() > 12:
            raise InvalidOperation
    except InvalidOperation as error:
        raise BadRow(f"the price {text.strip()[:40]!r} is not an amount") from error
    if amount < 0:
        raise BadRow(f"the price {text.strip()[:40]!r} is negative")
    cents = amount.quantize(CENT)
    return cents if amount == cents and len(number.partition(".")[2]) > 2 else amount
