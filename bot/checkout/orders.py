"""The shop's orders in SQLite: the schema that the assistant reads, and what the demo's checkout writes."""

import csv
import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.checkout.prices import Quote
from bot.errors import StoreError

COLUMNS = (
    "order_number", "email", "name", "status", "placed_at", "items", "total", "currency", "carrier",
    "tracking", "expected_at", "delivered_at", "note", "returned_at",
)  # fmt: skip
STATUSES = (
    "pending", "paid", "packed", "ready_for_pickup", "shipped", "out_for_delivery", "delayed", "delivered",
    "return_requested", "returned", "refunded", "cancelled",
)  # fmt: skip
LINE_COLUMNS = ("sku", "quantity")  # of files with a row per item; they become `items`
ORDERED = ("email", "name", "items", "note")  # by which an order is known as the same
# `placed` is the id of the checkout form that an order came from; NULL for those of the shop's file.
SCHEMA = f"""
CREATE TABLE IF NOT EXISTS orders (
  key TEXT PRIMARY KEY, digits TEXT NOT NULL, {", ".join(COLUMNS)}, imported_status TEXT NOT NULL,
  placed TEXT);
CREATE INDEX IF NOT EXISTS orders_digits ON orders (digits);
CREATE TABLE IF NOT EXISTS source (hash TEXT);
CREATE TABLE IF NOT EXISTS first_read (day TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS requests (
  id INTEGER PRIMARY KEY, order_key TEXT NOT NULL, kind TEXT NOT NULL,
  detail TEXT NOT NULL, status_before TEXT NOT NULL, made_at TEXT NOT NULL,
  withdrawn_at TEXT);
"""


class AlreadyPlaced(Exception):
    """A checkout form whose order is placed comes again, with another order in it."""


def item_lines(items: str) -> list[tuple[str, int]]:
    """The items of an order such as "MUG-01 x2|LAMP-03": a sku, and how many when it isn't one."""
    lines: list[tuple[str, int]] = []
    for part in filter(None, (part.strip() for part in items.split("|"))):
        match = re.fullmatch(r"(.+?)\s+x(\d+)", part)
        lines.append((match[1], int(match[2])) if match else (part, 1))
    return lines


@dataclass(frozen=True)
class Buyer:
    """Who orders, and where to."""

    name: str
    email: str
    address: str
    country: str


@dataclass(frozen=True)
class Placed:
    """An order of the checkout as its page shows it. Amounts are decimal text, times ISO 8601."""

    number: str
    status: str
    placed_at: str
    items: tuple[tuple[str, int], ...]  # sku, how many
    total: str
    currency: str
    expected_at: str
    note: str


def open_orders(path: Path) -> sqlite3.Connection:
    """The database with its tables, those of an older version completed. Raises OSError, sqlite3.Error."""
    path.parent.mkdir(parents=True, exist_ok=True)
    db = sqlite3.connect(path, timeout=10, check_same_thread=False)
    db.row_factory = sqlite3.Row
    db.execute("PRAGMA journal_mode = WAL")
    db.executescript(SCHEMA)
    known = {row["name"] for row in db.execute("PRAGMA table_info(orders)")}
    with db:
        for name in [one for one in (*COLUMNS, "placed") if one not in known]:
            db.execute(f"ALTER TABLE orders ADD COLUMN {name}")
            db.execute("DELETE FROM source")  # the file is read again to fill them
    return db


def place(
    path: Path,
    file: Path,
    form: str,
    buyer: Buyer,
    quoted: Quote,
    at: datetime,
    expected_at: str,
    currency: str,
    code: str,
) -> str:
    """Write an order down, beside those of the shop's `file`, and return its number; that of the first time when the same form comes
    again.

    Raises AlreadyPlaced when the form comes with another order in it, and StoreError.
    """
    wraps = ["gift wrap"] if quoted.gift else []
    codes = (
        [f"code {code.strip().upper()}"]
        if quoted.discount or (code and not quoted.problems)
        else []
    )
    note = "; ".join([*wraps, *codes, f"to {buyer.address}, {buyer.country}"])
    values = {
        "email": buyer.email.strip().lower(), "name": buyer.name, "status": "paid", "placed_at": at.strftime("%Y-%m-%dT%H:%M"),
        "items": "|".join(f"{one.sku} x{one.quantity}" for one in quoted.lines), "total": str(quoted.total), "currency": currency,
        "carrier": "", "tracking": "", "expected_at": expected_at, "delivered_at": "", "note": note, "returned_at": "",
    }  # fmt: skip
    try:
        with closing(open_orders(path)) as db:
            db.execute("BEGIN IMMEDIATE")
            known = db.execute("SELECT * FROM orders WHERE placed = ?", [form]).fetchone()
            if known:
                db.rollback()
                if any(known[name] != values[name] for name in ORDERED):
                    raise AlreadyPlaced(known["order_number"])
                return known["order_number"]
            number = _next_number(db, file)
            row = {
                "key": re.sub(r"[^A-Z0-9]", "", number.upper()), "digits": re.sub(r"\D", "", number), "order_number": number,
                **values, "imported_status": "paid", "placed": form,
            }  # fmt: skip
            marks = ", ".join(f":{name}" for name in row)
            db.execute(f"INSERT INTO orders ({', '.join(row)}) VALUES ({marks})", row)
            db.commit()
            return number
    except (OSError, ValueError, csv.Error, sqlite3.Error) as error:
        raise StoreError(f"{path} can't be written: {error}.") from error


def placed(path: Path, number: str) -> Placed | None:
    """An order of the checkout; None for those of the shop's file. Raises StoreError."""
    try:
        with closing(open_orders(path)) as db:
            row = db.execute(
                "SELECT * FROM orders WHERE order_number = ? AND placed IS NOT NULL", [number]
            ).fetchone()
    except (OSError, sqlite3.Error) as error:
        raise StoreError(f"{path} can't be read: {error}.") from error
    if row is None:
        return None
    items = (part.rpartition(" x") for part in row["items"].split("|"))
    return Placed(
        row["order_number"], row["status"], row["placed_at"],
        tuple((sku, int(count)) for sku, _, count in items), row["total"], row["currency"], row["expected_at"], row["note"],
    )  # fmt: skip


def _next_number(db: sqlite3.Connection, file: Path) -> str:
    """The number after the highest of the database and the shop's file, written as that one is; else "1"."""
    numbers = [row["order_number"] for row in db.execute("SELECT order_number FROM orders")]
    if file.is_file():  # which the assistant may not have read yet
        with file.open(encoding="utf-8-sig", newline="") as lines:
            numbers += [row.get("order_number") or "" for row in csv.DictReader(lines)]
    ends = [found for one in numbers if (found := re.search(r"(\d{1,15})\D*$", one))]
    if not ends:
        return "1"
    last = max(ends, key=lambda found: int(found[1]))
    count = str(int(last[1]) + 1).zfill(len(last[1]))
    return f"{last.string[: last.start()]}{count}{last.string[last.end(1) :]}"
