"""The shop's file of orders: read as programs and spreadsheets write it, and what of it can't be read is told.

What columns and states are called is in order_words.yml beside this module.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from bot.checkout.order_rows import as_orders
from bot.checkout.orders import COLUMNS, LINE_COLUMNS, STATUSES
from bot.errors import ShoptalkError
from recommender.catalogue.importers.amounts import Amounts
from recommender.catalogue.importers.rows import BadRow, read_table
from recommender.catalogue.importers.source import read_source
from recommender.errors import ImportFailed

NEEDED = ("order_number", "email", "status")
WANTED = ("placed_at", "items")  # without which an order says little
DAYS = ("placed_at", "expected_at", "delivered_at", "returned_at")
UNKNOWN = ""  # the status of an order whose own isn't known
HEAD = 2**18  # bytes, in which there are numbers enough to know their form
NAMED = 40  # signs of a value that is quoted
_ISO = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d.{0,20})?")
_COUNTED = re.compile(r"[2-7]\d{4}(?:\.\d{1,12})?")  # days, as Excel counts them
_NUMBERS = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4})(?:,?[ T]+(\d{1,2}:\d\d)(?::\d\d)?)?")
_AMOUNT = re.compile(r"\d{1,12}(?:\.\d{1,6})?")


class OrdersUnreadable(ShoptalkError):
    """The file of orders can't be used as a whole; the message says why, and what to do."""


@dataclass
class OrderFile:
    """What a file of orders holds. `rows` have all of COLUMNS; `faults` tell lines and values, and no address."""

    rows: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    notes: list[str] = field(default_factory=list[str])  # columns that aren't there
    faults: list[str] = field(default_factory=list[str])


def read_orders(
    path: Path, columns: Mapping[str, str] | None = None, statuses: Mapping[str, str] | None = None
) -> OrderFile:
    """Read a CSV or a sheet, whatever its encoding and signs; with a row per order or per item.

    `columns` (ours -> the file's) and `statuses` (the file's word -> ours) are what shop.yml adds to the
    known words. An order with an unknown status is kept with `UNKNOWN`, a day or amount that can't be
    read is left out of its order, a row without a number or an address is no order: all are told.
    Raises OrdersUnreadable.
    """
    names, rows = _table(path)
    places = _places(path, names, columns or {})
    if wrong := sorted(set((statuses or {}).values()) - set(STATUSES)):
        near = "".join(f"; did you mean {one}?" for one in get_close_matches(wrong[0], STATUSES, 1))
        raise OrdersUnreadable(
            f"orders.statuses of shop.yml names {wrong[0]!r}{near or ': one of ' + ', '.join(STATUSES)}"
        )
    found = OrderFile()
    found.notes += [
        f"no column says {one}: {_advice(one, names, places)}"
        for one in WANTED
        if one not in places and not (one == "items" and "sku" in places)
    ]
    cells = [
        (line, {ours: row.get(theirs, "").strip() for ours, theirs in places.items()})
        for line, row in rows
    ]
    if not places.keys().isdisjoint(LINE_COLUMNS):
        cells = as_orders(cells, found.faults)
    known = {_key(word): ours for ours, words in _words()["statuses"].items() for word in words}
    known |= {_key(one): one for one in STATUSES} | {
        _key(k): v for k, v in (statuses or {}).items()
    }
    day = _reader_of_days(row.get(name, "") for _, row in cells for name in DAYS)
    amounts = _amounts(row.get("total", "") for _, row in cells)
    lines: dict[str, int] = {}
    for line, row in cells:
        reader = _Row(line, row, found.faults)
        if reader.is_no_order():
            continue
        status = known.get(_key(row["status"]))
        if status is None:
            reader.fault(
                "status", f"is none of {', '.join(STATUSES)}, nor a word that is known for one"
            )
        values = dict.fromkeys(COLUMNS, "") | row
        values |= {
            name: reader.read(name, day, "is no day such as 2026-11-18T14:20") for name in DAYS
        }
        values["total"] = reader.read("total", amounts, "is no amount such as 64.00")
        values |= {"status": status or UNKNOWN, "email": row["email"].lower()}
        number = row["order_number"]
        if number in lines:
            found.faults.append(
                f"line {line}: the order of line {lines[number]} comes again; this one counts"
            )
        lines[number] = line
        found.rows.append(values)
    return found


def numbers_in(path: Path, columns: Mapping[str, str], most: int) -> list[str]:
    """The first order numbers of a file, by which others are recognised; none of one that can't be read."""
    try:
        names, rows = _table(path, HEAD)
        place = _places(path, names, columns, ("order_number",))["order_number"]
    except OrdersUnreadable:  # whoever looks an order up says what is wrong with the file
        return []
    return [row.get(place, "").strip() for _, row in rows[:most]]


def _table(path: Path, head: int = 0) -> tuple[list[str], list[tuple[int, dict[str, str]]]]:
    try:
        source = read_source(path, head=head)
        return source.sheet if source.sheet is not None else read_table(source.text)
    except ImportFailed as error:
        raise OrdersUnreadable(str(error)) from error


@dataclass
class _Row:
    """A row of the file while it is read."""

    line: int
    cells: dict[str, str]
    faults: list[str]

    def fault(self, name: str, what: str) -> None:
        self.faults.append(f"line {self.line}: the {name} {self.cells[name][:NAMED]!r} {what}")

    def is_no_order(self) -> bool:
        missing = "" if self.cells["order_number"] else "order number"
        missing = missing or ("" if "@" in self.cells["email"] else "email address")
        if missing:
            self.faults.append(f"line {self.line}: left out, since it has no {missing}")
        return bool(missing)

    def read(self, name: str, reader: Callable[[str], str | None], wrong: str) -> str:
        text = self.cells.get(name, "")
        found = reader(text) if text else ""
        if found is None:
            self.fault(name, wrong)
        return found or ""


def _places(
    path: Path, names: list[str], columns: Mapping[str, str], needed: Iterable[str] = NEEDED
) -> dict[str, str]:
    """Our columns -> the file's. Raises OrdersUnreadable when one that is needed isn't there."""
    ours_all = (*COLUMNS, *LINE_COLUMNS)
    unknown = sorted(set(columns) - set(ours_all))
    if unknown:
        raise OrdersUnreadable(
            f"orders.columns of shop.yml names {unknown[0]!r}; the columns are {', '.join(ours_all)}."
        )
    wrong = [theirs for theirs in columns.values() if theirs not in names]
    if wrong:
        raise OrdersUnreadable(
            f"{path} has no column {wrong[0]!r}, which orders.columns of shop.yml names. "
            f"It has: {_listed(names)}."
        )
    by_key = {_key(one): one for one in reversed(names) if one not in columns.values()}
    places = dict(columns)
    for ours, words in _words()["columns"].items():
        if ours not in places:
            theirs = next((by_key[_key(word)] for word in words if _key(word) in by_key), "")
            if theirs and theirs not in places.values():
                places[ours] = theirs
    missing = [one for one in needed if one not in places]
    if missing:
        raise OrdersUnreadable(
            f"{path}: no column says the {missing[0]}. {_advice(missing[0], names, places)}"
        )
    return places


def _advice(ours: str, names: list[str], places: Mapping[str, str]) -> str:
    free = [one for one in names if one not in places.values()]
    return (
        f"the file's other columns are {_listed(free) or 'none'}; call one {ours}, or write "
        f"`columns: {{{ours}: its name}}` under orders in shop.yml"
    )


def _listed(names: Iterable[str]) -> str:
    return ", ".join(repr(one[:NAMED]) for one in list(names)[:20])


def _reader_of_days(texts: Iterable[str]) -> Callable[[str], str | None]:
    """What reads a day as ISO 8601, None for what is none; whether the day or the month comes first is told
    by the file as a whole, and points stand behind days."""
    found = [match for text in texts if (match := _NUMBERS.fullmatch(text))]
    month_first = any(int(one[3]) > 12 for one in found)
    day_first = any(int(one[1]) > 12 or (one[2] in ".-" and not month_first) for one in found)

    def read(text: str) -> str | None:
        try:
            if _ISO.fullmatch(text):
                datetime.fromisoformat(text.replace("Z", "+00:00"))
                return text.replace(" ", "T", 1)
            if _COUNTED.fullmatch(text):
                return _counted(float(text))
            match = _NUMBERS.fullmatch(text)
            if match and day_first != month_first:
                first, second = int(match[1]), int(match[3])
                day, month = (first, second) if day_first else (second, first)
                said = date(int(match[4]), month, day).isoformat()
                return f"{said}T{match[5]:0>5}" if match[5] else said
        except ValueError:
            return None
        return None

    return read


def _counted(days: float) -> str:
    moment = datetime(1899, 12, 30) + timedelta(minutes=round(days * 24 * 60))
    return moment.isoformat(timespec="minutes") if days % 1 else moment.date().isoformat()


def _amounts(texts: Iterable[str]) -> Callable[[str], str | None]:
    """What reads an amount as decimal text, by how the file as a whole writes them; None for what is none."""
    try:
        amounts = Amounts([text for text in texts if text])
    except ImportFailed:  # "1.299" and no other amount that tells
        amounts = Amounts()

    def read(text: str) -> str | None:
        if _AMOUNT.fullmatch(text) and amounts.mark != ",":
            return text
        try:
            amount = amounts.read(text)[0]
        except BadRow:
            return None
        return None if amount is None else str(amount)

    return read


@cache
def _words() -> dict[str, dict[str, list[Any]]]:
    file = Path(__file__).with_name("order_words.yml")
    return YAML(typ="safe").load(file.read_text(encoding="utf-8"))


def _key(name: str) -> str:
    return re.sub(r"[\s_-]+", " ", name.casefold()).strip()
