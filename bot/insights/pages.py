"""What a page of market research is made of, and its tables as CSV."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from markupsafe import Markup

from bot.insights.charts import Drawing
from bot.insights.scope import Scope
from bot.money import format_money
from bot.statistics import Mean, Share
from bot.transcripts.store import neutral_cell


@dataclass(frozen=True)
class Money:
    """An amount in the shop's currency, with an interval when it is an estimate."""

    value: float
    currency: str
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Estimate:
    """A number that isn't counted but estimated, with its interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Duration:
    """The middle one of n durations, and what nine of ten don't exceed; seconds."""

    value: float
    most: float
    n: int


Cell = str | int | float | None | Share | Mean | Money | Estimate | Duration | tuple


@dataclass(frozen=True)
class Evidence:
    """Which conversations are behind a number; see evidence.py for what can be asked."""

    what: str
    key: str = ""

    def link(self, base: str, scope: Scope) -> str:
        """The address of the page that lists them."""
        query = {"what": self.what, "key": self.key, "since": int(scope.since)}
        query |= {"until": int(scope.until), "simulated": int(scope.simulated)}
        return f"{base}/insights/conversations?{urlencode(query)}"


@dataclass(frozen=True)
class Figure:
    """One number in large type."""

    title: str
    value: Cell
    note: str = ""
    evidence: Evidence | None = None


@dataclass(frozen=True)
class Row:
    """A line of a table; the evidence is linked from its first cell."""

    cells: tuple[Cell, ...]
    evidence: Evidence | None = None


@dataclass(frozen=True)
class Table:
    """A table with a short name for its CSV file."""

    name: str
    title: str
    columns: tuple[str, ...]
    rows: Sequence[Row]
    note: str = ""
    heat: bool = False  # its numbers are coloured by how large they are

    def warmth(self, cell: "Cell") -> int:
        """From 0 to 5, how much of the table's largest number a cell is."""
        if not self.heat or not isinstance(cell, (int, float)) or cell <= 0:
            return 0
        return max(1, round(5 * cell / self._largest))

    @cached_property
    def _largest(self) -> float:
        numbers = [one for row in self.rows for one in row.cells if isinstance(one, (int, float))]
        return max(numbers)


@dataclass(frozen=True)
class Chart:
    """A drawing with the names of its colours (classes of charts.css)."""

    svg: Drawing
    legend: tuple[tuple[str, str], ...] = ()  # class, what it stands for


@dataclass(frozen=True)
class Page:
    """One page: a sentence that says it all, figures, charts, tables, and how it was worked out."""

    name: str
    title: str
    lead: str
    method: str
    figures: Sequence[Figure] = ()
    charts: Sequence[Chart] = ()
    tables: Sequence[Table] = field(default_factory=tuple)
    warning: str = ""


def text(cell: Cell) -> Markup:
    """A cell for people: numbers with thin spaces, intervals small behind them."""
    if cell is None or (isinstance(cell, (Share, Mean)) and cell.value is None):
        return Markup("–")
    if isinstance(cell, Share):
        assert cell.value is not None and cell.low is not None and cell.high is not None
        return Markup("{} <small>{}–{} · {} of {}</small>").format(
            percent(cell.value), *(f"{100 * v:.0f}" for v in (cell.low, cell.high)),
            f"{cell.k:,}", f"{cell.n:,}",
        )  # fmt: skip
    if isinstance(cell, Mean):
        interval = "" if cell.low is None else f"{cell.low:+.2f} to {cell.high:+.2f} · "
        return Markup("{} <small>{}n = {}</small>").format(
            f"{cell.value:+.2f}", interval, f"{cell.n:,}"
        )
    if isinstance(cell, Money):
        span = ""
        if cell.low is not None and cell.high is not None:
            span = f"{money(cell.low, cell.currency)}–{money(cell.high, cell.currency)}"
        return Markup("{} <small>{}</small>").format(money(cell.value, cell.currency), span)
    if isinstance(cell, Estimate):
        return Markup("{} <small>{} to {}</small>").format(
            *(f"{v:,.1f}" for v in (cell.value, cell.low, cell.high))
        )
    if isinstance(cell, Duration):
        return Markup("{} <small>nine of ten within {} · n = {}</small>").format(
            duration(cell.value), duration(cell.most), f"{cell.n:,}"
        )
    if isinstance(cell, tuple):
        return Markup("<br>").join(f"“{one}”" for one in cell) or Markup("–")
    if isinstance(cell, float):
        return Markup(f"{cell:,.2f}")
    if isinstance(cell, int):
        return Markup(f"{cell:,}")
    return Markup.escape(cell)


def duration(seconds: float) -> str:
    """A length of time as people say it."""
    for below, unit, name in ((90, 1, "s"), (5400, 60, "min"), (129_600, 3600, "h")):
        if seconds < below:
            return f"{seconds / unit:.{0 if unit == 1 else 1}f} {name}"
    return f"{seconds / 86_400:.1f} days"


def number_of(number: int, noun: str) -> str:
    """A number with its noun, in the plural unless it is one."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def percent(value: float) -> str:
    """A share as people read it."""
    return f"{100 * value:.1f} %" if 0 < value < 0.1 else f"{100 * value:.0f} %"


def money(value: float, currency: str) -> str:
    """A rounded amount: estimates and totals need no cents."""
    return format_money(value, currency, cents=0)


def is_number(cell: Cell) -> bool:
    """Whether a cell stands at the right."""
    return isinstance(cell, (int, float, Share, Mean, Money, Estimate, Duration))


def to_csv(table: Table) -> str:
    """A table as CSV: an interval becomes columns of its own, formulas are neutralised."""
    wide: dict[int, tuple[str, ...]] = {}
    for row in table.rows:
        for i, cell in enumerate(row.cells):
            wide[i] = max(wide.get(i, ()), _parts(cell), key=len)
    stream = io.StringIO()
    writer = csv.writer(stream)
    header = []
    for i, column in enumerate(table.columns):
        header += [f"{column} {part}".strip() for part in wide.get(i) or ("",)]
    writer.writerow(header)
    for row in table.rows:
        line: list[Any] = []
        for i, cell in enumerate(row.cells):
            parts = wide.get(i) or ("",)
            line += _values(cell, parts)
        writer.writerow([neutral_cell(value) for value in line])
    return stream.getvalue()


def _parts(cell: Cell) -> tuple[str, ...]:
    if isinstance(cell, Share):
        return ("", "low", "high", "k", "n")
    if isinstance(cell, Mean):
        return ("", "low", "high", "n")
    if isinstance(cell, (Money, Estimate)):
        return ("", "low", "high")
    if isinstance(cell, Duration):
        return ("", "most", "n")  # in seconds
    return ("",)


def _values(cell: Cell, parts: tuple[str, ...]) -> list[Any]:
    if isinstance(cell, (Share, Mean, Money, Estimate, Duration)):
        return [_plain(getattr(cell, part or "value", None)) for part in parts]
    if isinstance(cell, tuple):
        cell = " | ".join(map(str, cell))
    return [_plain(cell), *[""] * (len(parts) - 1)]


def _plain(value: Any) -> Any:
    return "" if value is None else round(value, 6) if isinstance(value, float) else value


def moment(at: float, scope: Scope) -> str:
    """A time in the shop's zone, for tables."""
    return f"{datetime.fromtimestamp(at, ZoneInfo(scope.timezone)):%Y-%m-%d %H:%M}"
