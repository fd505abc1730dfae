"""What every importer needs: text of a file, rows with their lines, and values out of cells."""

import csv
import html
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from html.parser import HTMLParser
from pathlib import Path

from recommender.errors import ImportFailed
from recommender.language.words import AUDIENCE_PATTERNS
from recommender.product import AUDIENCES

MAX_TEXT = 5000  # of a description; more doesn't help a search
MAX_NAME = 300  # of a title, brand, category


@dataclass(frozen=True)
class RowError:
    """A row that was left out: its line in the file (0 when there is none), and why."""

    line: int
    reason: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}" if self.line else self.reason


class BadRow(ValueError):
    """Raised while a row is read; becomes a RowError."""


def read_text(path: Path) -> str:
    """The file as text: UTF-8 with or without a mark, or Windows-1252 as older exports use.

    Raises ImportFailed when it can't be read or is empty.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ImportFailed(f"{path} can't be read: {error.strerror}.") from error
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        text = data.decode("utf-16", errors="replace")
    else:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = data.decode("cp1252", errors="replace")
    text = text.replace("\x00", "")
    if not text.strip():
        raise ImportFailed(f"{path} is empty.")
    return text


class Table:
    """A CSV or TSV text: its header, and its rows as dicts with the line each starts at."""

    def __init__(self, text: str, delimiter: str = "") -> None:
        first = text.split("\n", 1)[0]
        self.delimiter = delimiter or max("\t;,", key=first.count)
        self._text = text
        lines = csv.reader(io.StringIO(text, newline=""), delimiter=self.delimiter)
        try:
            self.header = next(lines, [])
        except csv.Error as error:
            raise ImportFailed(f"Line 1 is not valid CSV: {error}.") from error

    def __iter__(self) -> Iterator[tuple[int, dict[str, str]]]:
        reader = csv.reader(io.StringIO(self._text, newline=""), delimiter=self.delimiter)
        next(reader, None)
        names = [name.strip() for name in self.header]
        while True:
            line = reader.line_num + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                raise ImportFailed(f"Line {line} is not valid CSV: {error}.") from error
            if any(cell.strip() for cell in cells):
                yield line, dict(zip(names, cells, strict=False))

    def require(self, *columns: str) -> None:
        """Raise ImportFailed that names the columns that are missing and those that are there."""
        missing = [name for name in columns if name not in [n.strip() for n in self.header]]
        if missing:
            found = ", ".join(self.header[:40])
            raise ImportFailed(
                f"The file has no column {', '.join(missing)}. It has: {found}. "
                "A mapping can say which columns to use; see docs/importing.md."
            )


class _Text(HTMLParser):
    """Collects the text of HTML; scripts and styles are left out, blocks become spaces."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self._hidden += tag in ("script", "style")
        self.parts.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style"):
            self._hidden = max(0, self._hidden - 1)
        self.parts.append(" ")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(data)


def plain_text(markup: str, limit: int = MAX_TEXT) -> str:
    """Text without HTML, control characters and runs of space, cut at `limit` characters."""
    text = markup[: limit * 8]
    if "<" in text:
        parser = _Text()
        try:
            parser.feed(text)
            text = "".join(parser.parts)
        except AssertionError:  # html.parser's word for a declaration that it can't read
            text = html.unescape(text.replace("<", " "))
    else:
        text = html.unescape(text)
    text = re.sub(r"[\x00-\x1f\x7f-\x9f\s]+", " ", text).strip()
    return text if len(text) <= limit else text[:limit].rsplit(" ", 1)[0] + " …"


def name_text(text: str) -> str:
    """A short text such as a title or a brand."""
    return plain_text(text, MAX_NAME)


def money(text: str) -> tuple[Decimal | None, str]:
    """A price and its currency (empty when none is named): "1,299.00 EUR", "€ 12,50", "12.5".

    Raises BadRow for what isn't an amount or is negative.
    """
    text = text.strip()
    if not text:
        return None, ""
    code = re.search(r"\b([A-Z]{3})\b", text)
    currency = code[1] if code else {"€": "EUR", "£": "GBP"}.get(text[0], "")
    amount = re.sub(r"[^\d.,-]", "", text)
    if re.search(r",\d{1,2}$", amount):
        amount = amount.replace(".", "").replace(",", ".")
    else:
        amount = amount.replace(",", "")
    try:
        price = Decimal("NaN" if re.search(r"\de[+-]?\d", text, re.I) else amount)
        if not price.is_finite():
            raise InvalidOperation
    except InvalidOperation as error:
        raise BadRow(f"the price {text[:40]!r} is not an amount") from error
    if price < 0:
        raise BadRow(f"the price {text[:40]!r} is negative")
    return price, currency


def whole_number(text: str, name: str) -> int | None:
    """A count, or None for an empty cell; negative stock counts as none. Raises BadRow."""
    if not text.strip():
        return None
    try:
        count = Decimal(text.strip())
        if not count.is_finite() or count.adjusted() > 9:
            raise InvalidOperation
        return max(0, int(count))
    except InvalidOperation as error:
        raise BadRow(f"the {name} {text[:40]!r} is not a number") from error


def split_list(text: str, separators: str = r"\|") -> tuple[str, ...]:
    """The parts of a cell, each once, in order."""
    parts = (name_text(part) for part in re.split(separators, text))
    return tuple(dict.fromkeys(part for part in parts if part))


def audience_of(text: str) -> str:
    """Whom a product is for, as a feed says it: "Women", "male", "Boys", "unisex"."""
    word = text.strip().lower()
    if word in AUDIENCES:
        return word
    if word in ("adult", "all", "everyone"):
        return "unisex"
    return next((name for name, pattern in AUDIENCE_PATTERNS if pattern.search(word)), "")


def safe_link(text: str) -> str:
    """A web address or a relative path; anything else (javascript:, data:) becomes empty."""
    text = text.strip()
    if re.match(r"https?://\S+$", text, re.I):
        return text
    if text.startswith("//"):
        return "https:" + text
    return "" if re.match(r"[a-z][a-z0-9+.-]*:", text, re.I) or text.startswith("/") else text
