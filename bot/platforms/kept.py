"""What the platform said last, by its own ids, and which of it has changed since: a cache that the next full read makes anew."""

import json
import sqlite3
import threading
import time
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from bot.errors import StoreError

LAYOUT = 1  # of the file; one with another is begun anew
REMEMBERED_DAYS = (
    7  # for which a delivery is known again; Shopify and WooCommerce repeat theirs for hours
)
SCHEMA = """
CREATE TABLE products (id TEXT PRIMARY KEY, sku TEXT NOT NULL, body TEXT NOT NULL, read_at REAL NOT NULL);
CREATE TABLE skus (sku TEXT PRIMARY KEY, product TEXT NOT NULL);  -- of products and of their variants
CREATE INDEX skus_product ON skus (product);
CREATE TABLE changes (id TEXT PRIMARY KEY, at REAL NOT NULL);
CREATE TABLE deliveries (mark TEXT PRIMARY KEY, at REAL NOT NULL);
"""


class Found(NamedTuple):
    """A product of the platform: its id there, and what it says by our names of fields."""

    id: str
    product: dict[str, Any]


class Change(NamedTuple):
    """A product, or what leads to one, that the platform says has changed, and when it said so."""

    id: str
    at: float


def bell(folder: Path) -> Path:
    """A file that is there when webhooks named something that wasn't read again."""
    return folder / "changed"


class Kept:
    """The file; web writes changes into it, `shoptalk refresh` products, and actions look up ids."""

    def __init__(self, folder: Path) -> None:
        """Raises StoreError when it can't be opened."""
        self.path = folder / "platform.db"
        self.bell = bell(folder)
        self._one_at_a_time = threading.Lock()  # webhooks come in threads
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(self.path, timeout=10, check_same_thread=False)
            self._db.execute("PRAGMA journal_mode = WAL")
            self._begin()
        except (OSError, sqlite3.Error) as error:
            raise StoreError(f"{self.path} can't be opened: {error}.") from error

    def close(self) -> None:
        """Close the database."""
        self._db.close()

    def note(self, mark: str, ids: Sequence[str]) -> bool:
        """Write down what a delivery says has changed; False when this one was here before."""
        now = time.time()
        with self._one_at_a_time, self._db:
            self._db.execute(
                "DELETE FROM deliveries WHERE at < ?", [now - REMEMBERED_DAYS * 86_400]
            )
            fresh = self._db.execute(
                "INSERT OR IGNORE INTO deliveries VALUES (?, ?)", [mark, now]
            ).rowcount
            if fresh:
                self._db.executemany(
                    "INSERT INTO changes VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET at = excluded.at",
                    [(one, now) for one in ids],
                )
        if ids:
            self.bell.touch()
        return bool(fresh)

    def changes(self) -> list[Change]:
        """What has changed and wasn't read again, oldest first."""
        return [Change(*row) for row in self._db.execute("SELECT id, at FROM changes ORDER BY at")]

    def replace(self, found: Iterable[Found], began: float) -> None:
        """All products, in the place of those before; what changed before they were read is done."""
        with self._db:
            self._db.execute("DELETE FROM products")
            self._db.execute("DELETE FROM skus")
            for one in found:
                self._put(one)
            self._db.execute("DELETE FROM changes WHERE at <= ?", [began])

    def skus_of(self, ids: Iterable[str]) -> list[str]:
        """The skus of some products as they were read last."""
        found = self._db.execute(
            "SELECT sku FROM products WHERE id IN (SELECT value FROM json_each(?))",
            [json.dumps(list(ids))],
        )
        return [row[0] for row in found]

    def same(self, found: Iterable[Found]) -> bool:
        """Whether products say what they said when they were read last."""
        return all(
            self._db.execute(
                "SELECT 1 FROM products WHERE id = ? AND body = ?", [one.id, _text(one)]
            ).fetchone()
            for one in found
        )

    def read_at(self, skus: Iterable[str]) -> float | None:
        """When the first of the products with these skus was read, in seconds since 1970; None where none was."""
        ids = list(self.ids(skus).values())
        return self._db.execute(
            "SELECT min(read_at) FROM products WHERE id IN (SELECT value FROM json_each(?))",
            [json.dumps(ids)],
        ).fetchone()[0]

    def seen(self, ids: Iterable[str]) -> None:
        """Some products are as they were."""
        with self._one_at_a_time, self._db:
            now = time.time()
            self._db.executemany(
                "UPDATE products SET read_at = ? WHERE id = ?", [(now, one) for one in ids]
            )

    def update(self, ids: Sequence[str], found: Sequence[Found], done: Sequence[Change]) -> None:
        """Put what was `found` in the place of the products with these ids; changes that are `done` are forgotten."""
        with self._one_at_a_time, self._db:
            for one in ids:
                self._db.execute("DELETE FROM products WHERE id = ?", [one])
                self._db.execute("DELETE FROM skus WHERE product = ?", [one])
            for one in found:
                self._put(one)
            self._db.executemany("DELETE FROM changes WHERE id = ? AND at <= ?", done)

    def ids(self, skus: Iterable[str]) -> dict[str, str]:
        """The platform's ids of the products with these skus, or with a variant that has one."""
        found = self._db.execute(
            "SELECT sku, product FROM skus WHERE sku IN (SELECT value FROM json_each(?))",
            [json.dumps(list(skus))],
        )
        return dict(map(tuple, found))

    def _begin(self) -> None:
        with closing(self._db.execute("PRAGMA user_version")) as found:
            layout = found.fetchone()[0]
        if layout == LAYOUT:
            return
        with self._db:
            self._db.execute("BEGIN IMMEDIATE")
            for name in ("products", "skus", "changes", "deliveries"):
                self._db.execute(f"DROP TABLE IF EXISTS {name}")
            for statement in SCHEMA.split(";"):
                self._db.execute(statement)
            self._db.execute(f"PRAGMA user_version = {LAYOUT}")

    def _put(self, one: Found) -> None:
        body = one.product
        sku = str(body.get("sku") or one.id)
        self._db.execute(
            "INSERT OR REPLACE INTO products VALUES (?, ?, ?, ?)",
            [one.id, sku, _text(one), time.time()],
        )
        skus = {sku, *(str(form.get("sku") or "") for form in body.get("variants") or [])} - {""}
        self._db.executemany(
            "INSERT OR REPLACE INTO skus VALUES (?, ?)", [(name, one.id) for name in skus]
        )


def _text(one: Found) -> str:
    return json.dumps(one.product, ensure_ascii=False)
