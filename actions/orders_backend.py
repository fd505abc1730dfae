"""Orders behind one small interface, and the implementation on SQLite."""

import csv
import hashlib
import re
import sqlite3
import threading
from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Optional

from bot.errors import ShoptalkError

STATUSES = (
    "pending", "paid", "packed", "shipped", "out_for_delivery", "delayed", "delivered",
    "return_requested", "returned", "refunded", "cancelled",
)  # fmt: skip
CANCELLABLE = ("pending", "paid", "packed")
COLUMNS = (
    "order_number", "email", "name", "status", "placed_at", "items", "total", "currency", "carrier",
    "tracking", "expected_at", "delivered_at", "note",
)  # fmt: skip


class OrdersUnavailable(ShoptalkError):
    """The orders can't be reached now; the customer should hear an apology."""


class NotCancellable(ShoptalkError):
    """The order is too far on its way."""


@dataclass(frozen=True)
class OrderItem:
    """One line of an order."""

    sku: str
    title: str
    quantity: int


@dataclass(frozen=True)
class Order:
    """An order as its customer may see it. Times are ISO 8601, amounts decimal text."""

    number: str
    status: str
    placed_at: str
    items: tuple[OrderItem, ...] = ()
    total: str = ""
    currency: str = ""
    carrier: str = ""
    tracking: str = ""
    expected_at: str = ""
    delivered_at: str = ""
    email: str = ""

    @property
    def cancellable(self) -> bool:
        """Whether it can still be cancelled."""
        return self.status in CANCELLABLE


class OrderBackend(ABC):
    """Finds and cancels orders. An order is shown only to who knows its number and email."""

    @abstractmethod
    def find(self, number: str, email: str) -> Optional[Order]:
        """The order, or None: an unknown number and another email look the same.

        Raises OrdersUnavailable.
        """

    @abstractmethod
    def cancel(self, order: Order) -> Order:
        """Cancel an order; one that is already cancelled stays so.

        Raises NotCancellable when it is too late, OrdersUnavailable.
        """


def same_number(number: str) -> str:
    """A number as it is compared: digits and letters, upper case; "#10234" is "10234"."""
    return re.sub(r"[^A-Z0-9]", "", number.upper())


def number_digits(number: str) -> str:
    """The digits of an order number; customers often leave the letters out."""
    return re.sub(r"\D", "", number)


class SqliteOrders(OrderBackend):
    """Orders imported from the shop's CSV into SQLite.

    The CSV is read again when it changed. A cancellation made here stays until the CSV itself says
    something newer than it said before about that order.
    """

    def __init__(self, database: Path, source: Path) -> None:
        self._source = source
        self._lock = threading.Lock()
        try:
            database.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(database, timeout=10, check_same_thread=False)
        except (OSError, sqlite3.Error) as error:
            raise OrdersUnavailable(f"{database} can't be opened: {error}.") from error
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.executescript(
            f"""CREATE TABLE IF NOT EXISTS orders (
                  key TEXT PRIMARY KEY, digits TEXT NOT NULL, {", ".join(COLUMNS)},
                  imported_status TEXT NOT NULL);
                CREATE INDEX IF NOT EXISTS orders_digits ON orders (digits);
                CREATE TABLE IF NOT EXISTS source (hash TEXT);"""
        )
        self._stamp: Optional[tuple[int, int]] = None
        self.errors: list[str] = []

    def find(self, number: str, email: str) -> Optional[Order]:
        """See OrderBackend."""
        with self._lock:
            self._follow_source()
            rows = self._db.execute(
                "SELECT * FROM orders WHERE (key = ? OR digits = ?) AND lower(email) = ?",
                [same_number(number), number_digits(number) or "-", email.strip().lower()],
            ).fetchall()
        exact = [row for row in rows if row["key"] == same_number(number)]
        row = (exact or rows or [None])[0]
        return _order(row) if row else None

    def cancel(self, order: Order) -> Order:
        """See OrderBackend."""
        if order.status == "cancelled":
            return order
        with self._lock, self._db:
            marks = ", ".join("?" * len(CANCELLABLE))
            changed = self._db.execute(
                f"UPDATE orders SET status = 'cancelled' WHERE key = ? AND status IN ({marks})",
                [same_number(order.number), *CANCELLABLE],
            ).rowcount
            row = self._db.execute(
                "SELECT * FROM orders WHERE key = ?", [same_number(order.number)]
            ).fetchone()
        if not changed and (row is None or row["status"] != "cancelled"):
            raise NotCancellable(f"Order {order.number} can't be cancelled any more.")
        return replace(order, status="cancelled")

    def _follow_source(self) -> None:
        """Import the CSV when it is another than the one that was imported last."""
        try:
            stat = self._source.stat()
            if self._stamp == (stat.st_mtime_ns, stat.st_size):
                return
            text = self._source.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise OrdersUnavailable(f"{self._source} can't be read: {error}.") from error
        digest = hashlib.sha256(text.encode()).hexdigest()
        known = self._db.execute("SELECT hash FROM source").fetchone()
        if known is None or known["hash"] != digest:
            self._import(text, digest)
        self._stamp = (stat.st_mtime_ns, stat.st_size)

    def _import(self, text: str, digest: str) -> None:
        reader = csv.DictReader(text.splitlines(keepends=True))
        missing = [name for name in COLUMNS[:6] if name not in (reader.fieldnames or [])]
        if missing:
            raise OrdersUnavailable(f"{self._source} has no column {', '.join(missing)}.")
        rows, self.errors = [], []
        for row in reader:
            number, status = row["order_number"].strip(), row["status"].strip().lower()
            if not number or status not in STATUSES or "@" not in row["email"]:
                self.errors.append(
                    f"line {reader.line_num}: an order needs a number, an email and one of "
                    f"{', '.join(STATUSES)}"
                )
                continue
            values = {name: (row.get(name) or "").strip() for name in COLUMNS}
            values.update(status=status, email=row["email"].strip().lower())
            key = same_number(number)
            rows.append({"key": key, "digits": number_digits(number), **values})
        names = ["key", "digits", *COLUMNS]
        updates = ", ".join(f"{n} = excluded.{n}" for n in names if n not in ("key", "status"))
        with self._db:
            self._db.executemany(
                f"INSERT INTO orders ({', '.join(names)}, imported_status) "
                f"VALUES ({', '.join(':' + n for n in names)}, :status) "
                f"ON CONFLICT (key) DO UPDATE SET {updates}, "
                "status = CASE WHEN imported_status = excluded.status THEN status "
                "ELSE excluded.status END, imported_status = excluded.status",
                rows,
            )
            gone = {row["key"] for row in self._db.execute("SELECT key FROM orders")}
            gone -= {row["key"] for row in rows}
            self._db.executemany("DELETE FROM orders WHERE key = ?", [[key] for key in gone])
            self._db.execute("DELETE FROM source")
            self._db.execute("INSERT INTO source VALUES (?)", [digest])


def _order(row: sqlite3.Row) -> Order:
    return Order(
        number=row["order_number"],
        status=row["status"],
        placed_at=row["placed_at"],
        items=tuple(parse_items(row["items"])),
        total=row["total"],
        currency=row["currency"],
        carrier=row["carrier"],
        tracking=row["tracking"],
        expected_at=row["expected_at"],
        delivered_at=row["delivered_at"],
        email=row["email"],
    )


def parse_items(text: str) -> list[OrderItem]:
    """Lines such as "MUG-01 x2|LAMP-03": a sku, and how many when it isn't one."""
    items = []
    for part in filter(None, (part.strip() for part in text.split("|"))):
        match = re.fullmatch(r"(.+?)\s+x(\d+)", part)
        sku, quantity = (match[1], int(match[2])) if match else (part, 1)
        items.append(OrderItem(sku=sku, title="", quantity=quantity))
    return items
