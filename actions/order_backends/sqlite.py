"""Orders from the shop's CSV, in SQLite."""

import asyncio
import hashlib
import hmac
import logging
import sqlite3
import threading
from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from actions.dates import clock
from actions.order_backends.demo_dates import DemoDates
from actions.order_backends.interface import (
    REQUESTS,
    STATUS_AFTER,
    NotPossible,
    Order,
    OrderBackend,
    OrdersUnavailable,
    number_digits,
    parse_items,
    same_number,
)
from bot.checkout.order_file import UNKNOWN, OrdersUnreadable, read_orders
from bot.checkout.orders import COLUMNS, open_orders
from recommender.baskets.bought_together import OrderLine

logger = logging.getLogger(__name__)
READING = 3  # how files are read; another number has them read anew
NOBODY = "nobody@shop.invalid"
# Orders, with the status that they had when a customer cancelled them; newer word of the shop's counts more.
ORDERS = """SELECT orders.*, (
    SELECT status_before FROM requests
    WHERE order_key = orders.key AND kind = 'cancel' AND withdrawn_at IS NULL
      AND imported_status IN (status_before, 'cancelled')
    ORDER BY id DESC LIMIT 1) AS cancelled_from FROM orders"""


class SqliteOrders(OrderBackend):
    """Orders imported from the shop's file into SQLite; `columns` and `statuses` as `read_orders` has them.

    The file is read again when it changed. A status that a request changed here stays until the CSV
    itself says something newer than it said before about that order. The table `requests` says what
    was asked; how far staff are with it stands in staff.db. What the demo's checkout wrote
    (bot/checkout) is in no CSV, and stays. The dates of a demo's orders follow the
    day on which they were read first. All of it is done in threads: a large CSV takes seconds to read.
    """

    def __init__(
        self,
        database: Path,
        source: Path,
        dates: DemoDates | None = None,
        *,
        columns: Mapping[str, str] | None = None,
        statuses: Mapping[str, str] | None = None,
    ) -> None:
        self._source = source
        self._columns, self._statuses = dict(columns or {}), dict(statuses or {})
        self._dates = dates
        self._lock = threading.Lock()
        try:
            self._db = open_orders(database)
        except (OSError, sqlite3.Error) as error:
            raise OrdersUnavailable(f"{database} can't be opened: {error}.") from error
        self._stamp: tuple[int, int] | None = None
        self._refused = ""  # why the file as it is can't be used
        self.errors: list[str] = []

    def compared(self, number: str) -> str:
        """See OrderBackend; digits alone find an order, too."""
        return number_digits(number) or same_number(number)

    async def find(self, number: str, email: str) -> Order | None:
        """See OrderBackend."""
        return await _in_thread(self._find, number, email)

    def _find(self, number: str, email: str) -> Order | None:
        with self._lock:
            self._follow_source()
            rows = self._db.execute(
                f"{ORDERS} WHERE key = ? OR digits = ?",
                [same_number(number), number_digits(number) or "-"],
            ).fetchall()
        # Also an unknown number is compared, with nobody's address: it takes as long as a wrong one.
        mine = [_same_address(one, email) for one in [row["email"] for row in rows] or [NOBODY]]
        rows = [row for row, is_mine in zip(rows, mine, strict=False) if is_mine]
        exact = [row for row in rows if row["key"] == same_number(number)]
        row = (exact or rows or [None])[0]
        if row and row["status"] == UNKNOWN:
            raise OrdersUnavailable(f"The status of order {row['order_number']} isn't known.")
        return _order(row) if row else None

    async def under(self, email: str) -> list[Order]:
        """See OrderBackend."""
        return await _in_thread(self._under, email)

    def _under(self, email: str) -> list[Order]:
        with self._lock:
            self._follow_source()
            rows = self._db.execute(
                f"{ORDERS} WHERE lower(email) = ? AND status <> ? ORDER BY placed_at DESC",
                [email.lower(), UNKNOWN],
            ).fetchall()
        return [_order(row) for row in rows]

    async def request(self, order: Order, kind: str, detail: str = "") -> str:
        """See OrderBackend."""
        return await _in_thread(self._request, order, kind, detail)

    def _request(self, order: Order, kind: str, detail: str) -> str:
        key = same_number(order.number)
        with self._lock, self._db:
            status = self._status(key)
            same = self._db.execute(
                "SELECT id FROM requests WHERE order_key = ? AND kind = ? AND detail = ? "
                "AND withdrawn_at IS NULL",
                [key, kind, detail],
            ).fetchone()
            if same and (kind not in STATUS_AFTER or status == STATUS_AFTER[kind]):
                return f"R-{same['id']}"
            if status not in REQUESTS[kind]:
                raise NotPossible(f"Order {order.number} is {status}: no {kind} any more.")
            number = self._db.execute(
                "INSERT INTO requests (order_key, kind, detail, status_before, made_at) "
                "VALUES (?, ?, ?, ?, strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))",
                [key, kind, detail, status],
            ).lastrowid
            if kind in STATUS_AFTER:
                self._db.execute(
                    "UPDATE orders SET status = ? WHERE key = ?", [STATUS_AFTER[kind], key]
                )
        return f"R-{number}"

    async def withdraw(self, order: Order, reference: str) -> None:
        """See OrderBackend."""
        await _in_thread(self._withdraw, order, reference)

    def _withdraw(self, order: Order, reference: str) -> None:
        key = same_number(order.number)
        with self._lock, self._db:
            made = self._db.execute(
                "SELECT * FROM requests WHERE 'R-' || id = ? AND order_key = ?", [reference, key]
            ).fetchone()
            if made is None:
                raise NotPossible(f"There is no request {reference} for order {order.number}.")
            after = STATUS_AFTER.get(made["kind"])
            if after and not made["withdrawn_at"]:
                if self._status(key) != after:
                    raise NotPossible(f"Order {order.number} has moved on since {reference}.")
                self._db.execute(
                    "UPDATE orders SET status = ? WHERE key = ?", [made["status_before"], key]
                )
            self._db.execute(
                "UPDATE requests SET withdrawn_at = coalesce(withdrawn_at, "
                "strftime('%Y-%m-%dT%H:%M:%SZ', 'now')) WHERE id = ?",
                [made["id"]],
            )

    def standing(self) -> list[Order]:
        """All orders that weren't cancelled. Raises OrdersUnavailable."""
        with self._lock:
            self._follow_source()
            rows = self._db.execute(
                f"{ORDERS} WHERE status NOT IN ('cancelled', ?) ORDER BY key", [UNKNOWN]
            ).fetchall()
        return [_order(row) for row in rows]

    def history(self) -> list[OrderLine]:
        """The lines of all orders that weren't cancelled and have a readable time.

        Raises OrdersUnavailable.
        """
        lines: list[OrderLine] = []
        for order in self.standing():
            try:
                at = datetime.fromisoformat(order.placed_at).timestamp()
            except ValueError:
                continue
            lines += [OrderLine(order.email, order.number, item.sku, at) for item in order.items]
        return lines

    def _first_read(self) -> date:
        """The day on which a demo's orders were read first: today, if they never were."""
        row = self._db.execute("SELECT day FROM first_read").fetchone()
        if row is None:
            today = clock.today()
            self._db.execute("INSERT INTO first_read VALUES (?)", [today.isoformat()])
            return today
        return date.fromisoformat(row["day"])

    def _status(self, key: str) -> str:
        row = self._db.execute("SELECT status FROM orders WHERE key = ?", [key]).fetchone()
        return row["status"] if row else "gone"

    def _follow_source(self) -> None:
        """Import the file when it is another than the one that was imported last.

        What can't be read of it is one line of the log each time that it changes.
        """
        try:
            stat = self._source.stat()
            stamp = (stat.st_mtime_ns, stat.st_size)
            if self._stamp == stamp:
                if self._refused:
                    raise OrdersUnavailable(self._refused)
                return
            digest = hashlib.sha256(self._source.read_bytes())
        except OSError as error:
            raise OrdersUnavailable(f"{self._source} can't be read: {error}.") from error
        digest.update(self._dates.as_of.isoformat().encode() if self._dates else b"")
        digest.update(repr((READING, self._columns, self._statuses)).encode())
        known = self._db.execute("SELECT hash FROM source").fetchone()
        try:
            if known is None or known["hash"] != digest.hexdigest():
                self._import(digest.hexdigest())
        except OrdersUnreadable as error:
            self._stamp, self._refused = stamp, str(error)
            logger.error("Orders can't be looked up: %s `shoptalk doctor` tells it, too.", error)
            raise OrdersUnavailable(self._refused) from error
        self._stamp, self._refused = stamp, ""

    def _import(self, digest: str) -> None:
        found = read_orders(self._source, self._columns, self._statuses)
        self.errors = found.faults
        if found.faults:
            logger.warning(
                "Orders: %d things can't be read in %s, which `shoptalk doctor` tells; the first: %s.",
                len(found.faults), self._source, found.faults[0],
            )  # fmt: skip
        rows = [
            {"key": same_number(number), "digits": number_digits(number), **row}
            for row in found.rows
            if (number := row["order_number"])
        ]
        names = ["key", "digits", *COLUMNS]
        updates = ", ".join(f"{n} = excluded.{n}" for n in names if n not in ("key", "status"))
        with self._db:
            if self._dates:
                first_read = self._first_read()
                rows = [self._dates.moved(row, first_read) for row in rows]
            self._db.executemany(
                f"INSERT INTO orders ({', '.join(names)}, imported_status) "
                f"VALUES ({', '.join(':' + n for n in names)}, :status) "
                f"ON CONFLICT (key) DO UPDATE SET {updates}, "
                "status = CASE WHEN imported_status = excluded.status THEN status "
                "ELSE excluded.status END, imported_status = excluded.status",
                rows,
            )
            known = self._db.execute("SELECT key FROM orders WHERE placed IS NULL")
            gone = {row["key"] for row in known}
            gone -= {row["key"] for row in rows}
            self._db.executemany("DELETE FROM orders WHERE key = ?", [[key] for key in gone])
            self._db.execute("DELETE FROM source")
            self._db.execute("INSERT INTO source VALUES (?)", [digest])


async def _in_thread(do: Callable[..., Any], *given: object) -> Any:
    """What it returns. Raises OrdersUnavailable, also for what SQLite can't read or write."""
    try:
        return await asyncio.to_thread(do, *given)
    except sqlite3.Error as error:
        raise OrdersUnavailable(f"The database of orders can't be used: {error}.") from error


def _same_address(one: str, other: str) -> bool:
    """Whether two addresses are the same, in a time that doesn't tell how much of them is."""
    digests = [hashlib.sha256(text.strip().lower().encode()).digest() for text in (one, other)]
    return hmac.compare_digest(*digests)


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
        returned_at=row["returned_at"] or "",
        email=row["email"],
        name=row["name"] or "",
        by_anyone=row["placed"] is not None,
        unpaid=row["status"] == "cancelled" and row["cancelled_from"] == "pending",
    )
