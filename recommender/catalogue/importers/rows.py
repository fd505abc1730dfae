"""What every importer needs: rows with their lines, and texts out of cells."""

import csv
import html
import io
import re
from dataclasses import dataclass
from html.parser import HTMLParser

from recommender.errors import ImportFailed

MAX_TEXT = 5000  # of a description; more doesn't help a search
MARKED = re.compile(r"[<&\\]")
MAX_NAME = 300  # of a title, brand, category


@dataclass(frozen=True)
class RowError:
    """A row that was left out: its line in the file (0 when there is none), and why.

    `unit` is what is counted: lines, rows of a sheet, items of a feed.
    """

    line: int
    reason: str
    unit: str = "line"

    def __str__(self) -> str:
        return f"{self.unit} {self.line}: {self.reason}" if self.line else self.reason


class BadRow(ValueError):
    """Raised while a row is read; becomes a RowError. `line` is the row's, 0 where its reader knows it."""

    line = 0


class Figure(str):
    """A cell that was a number in its file, not a text: its point stands before the decimals."""


def read_table(text: str) -> tuple[list[str], list[tuple[int, dict[str, str]]]]:
    """A CSV or TSV text: the names of its columns, and its rows with the line each starts at.

    A first line such as "sep=;" says what stands between cells. Raises ImportFailed.
    """
    told = re.match(r"\s*\"?sep=(.)\"?[^\S\n]*\r?\n", text, re.I)
    start = told.end() if told else 0
    above = text.count("\n", 0, start)
    delimiter = told[1] if told else _delimiter(text[start : start + 20_000])
    reader = csv.reader(io.StringIO(text[start:], newline=""), delimiter=delimiter)
    names: list[str] = []
    rows: list[tuple[int, dict[str, str]]] = []
    while True:
        line = above + reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return names, rows
        except csv.Error as error:
            raise ImportFailed(f"Line {line} is not valid CSV: {error}.") from error
        if not any(cell.strip() for cell in cells):
            continue
        titled = (
            sum(map(bool, names)) < 2
        )  # so far there was at most one cell: what the list is called
        if not names or (titled and not rows and sum(bool(cell.strip()) for cell in cells) > 1):
            names = [name.strip() for name in cells]
            continue
        row: dict[str, str] = {}
        for name, cell in zip(names, cells, strict=False):
            row[name] = (
                row.get(name) or cell
            )  # of columns with one name the first that says something
        rows.append((line, row))


def _delimiter(text: str) -> str:
    """What stands between cells: the commonest sign of the first line that has any."""
    for line in text.split("\n")[:20]:
        best = max("\t;,|", key=line.count)
        if best in line:
            return best
    return ","


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
    """Text without HTML, control characters and runs of space, cut at `limit` characters.

    Of a long text markup that was escaped once more on its way is taken off, too.
    """
    if len(markup) <= limit and markup.isprintable() and not MARKED.search(markup):
        return " ".join(markup.split())  # as nearly all are
    text = markup[: limit * 8]
    escaped = "&" in text
    for _ in range(2 if escaped and limit > MAX_NAME else 1):
        if "<" in text:
            text = _unmarked(text)
        elif escaped:
            text = html.unescape(text)
    text = text.replace("\\n", " ")
    text = re.sub(r"[\x00-\x1f\x7f-\x9f\s]+", " ", text).strip()
    return text if len(text) <= limit else text[:limit].rsplit(" ", 1)[0] + " …"


def _unmarked(text: str) -> str:
    parser = _Text()
    try:
        parser.feed(text + " ")  # or it keeps "R&D" back for more
        return "".join(parser.parts)
    except AssertionError:  # html.parser's word for a declaration that it can't read
        return html.unescape(text.replace("<", " "))


def name_text(text: str) -> str:
    """A short text such as a title or a brand."""
    return plain_text(text, MAX_NAME)


def split_list(text: str, separators: str | re.Pattern[str] = r"\|") -> tuple[str, ...]:
    """The parts of a cell, each once, in order."""
    parts = (name_text(part) for part in re.split(separators, text))
    return tuple(dict.fromkeys(part for part in parts if part))


def safe_link(text: str) -> str:
    """A web address or a relative path; anything else (javascript:, data:) becomes empty."""
    text = text.strip()
    if re.match(r"https?://\S+$", text, re.I):
        return text
    if text.startswith("//"):
        return "https:" + text
    return "" if re.match(r"[a-z][a-z0-9+.-]*:", text, re.I) or text.startswith("/") else text
