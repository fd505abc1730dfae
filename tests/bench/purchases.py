"""Purchases and ratings in files of many kinds, read by the names of their columns."""

import csv
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from recommender.baskets.bought_together import OrderLine

CUSTOMER = ("customer", "customer_id", "customerid", "user", "user_id", "userid", "email", "reviewerid",
            "household_key", "visitorid")  # fmt: skip
ORDER = ("invoice", "invoiceno", "invoice_no", "order", "order_id", "orderid", "order_number", "basket",
         "basket_id", "transaction", "transaction_id", "session", "session_id")  # fmt: skip
ITEM = ("stock_code", "stockcode", "sku", "item", "item_id", "itemid", "product", "product_id", "productid",
        "asin", "parent_asin", "movie_id", "movieid", "isbn")  # fmt: skip
ITEMS = ("items", "skus", "products")  # "MUG-01 x2|LAMP-03"
TIME = ("date", "time", "timestamp", "datetime", "invoicedate", "invoice_date", "order_date", "placed_at",
        "created_at", "unixreviewtime", "day")  # fmt: skip
RATING = ("rating", "rate", "stars", "score", "overall")
QUANTITY = ("quantity", "qty", "count")
STATUS = ("status",)
NAME = ("title", "description", "name", "product_name", "item_name")
FORMATS = (
    "%m/%d/%Y %H:%M",
    "%d/%m/%Y %H:%M",
    "%m/%d/%Y",
    "%d/%m/%Y",
    "%d-%m-%Y %H:%M",
    "%d-%m-%Y",
    "%Y%m%d",
)
LIKED_FROM = 0.7  # of the highest rating of a file; 3.5 of 5 stars


class Purchases(NamedTuple):
    """The lines of one shop; without `has_orders` all that a person bought or liked is one order."""

    name: str
    lines: list[OrderLine]
    names: dict[str, str]  # of products, as far as a file beside it has them
    has_orders: bool
    left_out: int  # rows without a customer, product or time, of cancelled orders, or disliked


def purchases(folder: Path) -> Iterator[Purchases]:
    """All shops below a folder: files of one folder with the same columns are one shop's.

    `folder` may also be a file. Raises ValueError with the file's name for a time that can't be read.
    """
    files = [folder] if folder.is_file() else sorted(folder.rglob("*"))
    tables: dict[tuple[Path, tuple[str, ...]], list[Path]] = {}
    for path in files:
        if path.suffix.lower() in (".csv", ".tsv", ".txt") and path.is_file():
            tables.setdefault((path.parent, tuple(_columns(path))), []).append(path)
    for (place, columns), paths in tables.items():
        item = _find(columns, ITEM) or _find(columns, ITEMS)
        if not (item and _find(columns, CUSTOMER) and _find(columns, TIME)):
            continue
        names: dict[str, str] = {}
        for (beside, others), named in tables.items():
            if beside == place and _find(others, ITEM) and not _find(others, CUSTOMER):
                for path in named:
                    names |= _names(path)
        yield _shop(paths, columns, names)


def _shop(paths: list[Path], columns: tuple[str, ...], names: dict[str, str]) -> Purchases:
    rows = [row for path in paths for row in _rows(path)]
    customer, order, time = (_find(columns, keys) for keys in (CUSTOMER, ORDER, TIME))
    item, items = _find(columns, ITEM), _find(columns, ITEMS)
    rating, quantity, status = (_find(columns, keys) for keys in (RATING, QUANTITY, STATUS))
    highest = max((_number(row[rating]) or 0 for row in rows), default=0) if rating else 0
    seconds = _times({row[time] for row in rows}, paths[0])
    lines, left_out = [], 0
    for row in rows:
        skus = (
            [row[item]] if item else [part.split(" x")[0] for part in row[items or ""].split("|")]
        )
        good = row[customer] and row[time] and all(skus)
        if quantity and (_number(row[quantity]) or 0) <= 0:
            good = ""
        if rating and not order and (_number(row[rating]) or 0) < LIKED_FROM * highest:
            good = ""
        if status and row[status].lower() == "cancelled":
            good = ""
        left_out += not good
        for sku in skus if good else ():
            number = row[order] if order else ""
            lines.append(OrderLine(row[customer], number, sku.strip(), seconds[row[time]]))
    firsts: dict[tuple[str, str], float] = {}  # an order whose lines differ by minutes has one time
    for line in lines:
        key = (line.customer, line.order)
        firsts[key] = min(firsts.get(key, line.at), line.at)
    if order:
        lines = [line._replace(at=firsts[line.customer, line.order]) for line in lines]
    name = f"{paths[0].parent.name}/{paths[0].stem}" + (
        f" and {len(paths) - 1} more" if paths[1:] else ""
    )
    return Purchases(name, sorted(set(lines), key=lambda one: one.at), names, bool(order), left_out)


def _times(texts: set[str], path: Path) -> dict[str, float]:
    """Seconds since 1970 of each text: numbers, ISO 8601, or the one of `FORMATS` that fits all."""
    texts = {text for text in texts if text}
    numbers = {text: _number(text) for text in texts}
    if all(value is not None and (value > 1e8 or value < 1e5) for value in numbers.values()):
        day = 86400 if all(float(value or 0) < 1e5 for value in numbers.values()) else 1
        milli = 1000 if any(float(value or 0) > 1e11 for value in numbers.values()) else 1
        return {text: float(value or 0) * day / milli for text, value in numbers.items()}
    try:
        return {text: datetime.fromisoformat(text).timestamp() for text in texts}
    except ValueError:
        pass
    for form in FORMATS:
        try:
            return {text: datetime.strptime(text, form).timestamp() for text in texts}
        except ValueError:
            continue
    raise ValueError(
        f"{path}: times such as {min(texts)!r} can't be read: write ISO 8601, seconds since 1970, "
        f"days from 0 on, or one of {', '.join(FORMATS)} in all lines."
    )


def _rows(path: Path) -> Iterator[dict[str, str]]:
    csv.field_size_limit(sys.maxsize)
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        for row in csv.DictReader(file, delimiter=_delimiter(path), restval=""):
            yield {str(key).strip().lower(): str(value or "").strip() for key, value in row.items()}


def _columns(path: Path) -> list[str]:
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        return [name.strip().strip('"').lower() for name in file.readline().split(_delimiter(path))]


def _delimiter(path: Path) -> str:
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        first = file.readline()
    return max(("\t", ";", "|", ","), key=first.count)


def _names(path: Path) -> dict[str, str]:
    columns = tuple(_columns(path))
    item, name = _find(columns, ITEM), _find(columns, NAME)
    return {row[item]: row[name] for row in _rows(path)} if item and name else {}


def _find(columns: tuple[str, ...], wanted: tuple[str, ...]) -> str | None:
    return next((name for name in wanted if name in columns), None)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
