"""The demo's orders follow the day of its first start, whatever the year."""

import asyncio
import sqlite3
from collections import Counter
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from actions.dates import clock
from actions.order_backends.demo_dates import DemoDates
from actions.order_backends.interface import Order
from actions.order_backends.sqlite import SqliteOrders
from actions.orders.dates import parcel_is_late, refund_is_late
from bot.paths import REPOSITORY
from bot.settings import Settings

FILE = REPOSITORY / "bot" / "demo" / "orders.csv"


def set_day(monkeypatch: pytest.MonkeyPatch, day: str) -> None:
    monkeypatch.setattr(clock, "now", lambda: datetime.fromisoformat(f"{day}T10:00"))


def opened(settings: Settings, file: Path = FILE, as_of: bool = True) -> SqliteOrders:
    source = settings.shop.orders
    assert source.as_of
    dates = DemoDates(source.as_of, settings.shop.hours) if as_of else None
    return SqliteOrders(settings.orders_db, file, dates)


def all_of(orders: SqliteOrders, database: Path) -> list[Order]:
    asyncio.run(orders.find("none", "none@example.com"))  # reads the file
    rows = sqlite3.connect(database).execute("SELECT order_number, email FROM orders").fetchall()
    found = [asyncio.run(orders.find(number, email)) for number, email in rows]
    return [one for one in found if one]


@pytest.mark.parametrize("first_start", ["2026-11-21", "2027-11-29", "2028-02-29", "2031-06-04"])
def test_a_first_start_in_any_year_shows_a_lively_shop(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, first_start: str
) -> None:
    set_day(monkeypatch, first_start)
    today, found = date.fromisoformat(first_start), all_of(opened(settings), settings.orders_db)
    late = [one for one in found if parcel_is_late(one)]
    assert 1 <= len(late) <= 3 and {one.status for one in late} <= {"delayed", "out_for_delivery"}
    assert any(one.email == "anna@example.com" for one in late)
    assert sum(refund_is_late(one) for one in found) == 1
    at_the_door = [one for one in found if one.status == "out_for_delivery" and one not in late]
    assert at_the_door and {one.expected_at for one in at_the_door} == {first_start}
    for status in ("paid", "packed", "shipped", "delayed"):
        coming = [
            date.fromisoformat(one.expected_at)
            for one in found
            if one.status == status and one not in late
        ]
        assert coming and min(coming) > today, status
        assert all(settings.shop.hours.is_working_day(day) for day in coming), status
    newest = Counter(one.placed_at[:10] for one in found)
    assert max(newest) == first_start
    assert max(one.delivered_at for one in found) >= (today - timedelta(days=7)).isoformat()


def test_a_later_start_moves_nothing(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    set_day(monkeypatch, "2027-03-10")
    before = all_of(opened(settings), settings.orders_db)
    set_day(monkeypatch, "2027-03-20")
    assert all_of(opened(settings), settings.orders_db) == before
    changed = settings.shop_dir / "orders.csv"
    changed.write_text(FILE.read_text().replace("Anna Bakker", "Anna B"))
    again = all_of(opened(settings, changed), settings.orders_db)
    assert again != before  # the file was read again
    nameless = [[replace(order, name="") for order in orders] for orders in (before, again)]
    assert nameless[0] == nameless[1]


def test_a_file_without_a_day_to_move_from_stays_as_it_is(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_day(monkeypatch, "2027-03-10")
    order = asyncio.run(opened(settings, as_of=False).find("HF-10171", "anna@example.com"))
    assert order and (order.placed_at, order.expected_at) == ("2026-11-18T02:47", "2026-11-23")


def test_a_demo_of_an_older_version_is_moved_once_and_keeps_what_was_asked(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_day(monkeypatch, "2026-12-01")
    orders = opened(settings, as_of=False)
    order = asyncio.run(orders.find("HF-10222", "anna@example.com"))
    assert order
    asyncio.run(orders.request(order, "cancel"))
    with sqlite3.connect(settings.orders_db) as db:  # as it was before
        db.execute("ALTER TABLE orders DROP COLUMN returned_at")
        db.execute("DROP TABLE first_read")
    found = {one.number: one for one in all_of(opened(settings), settings.orders_db)}
    assert found["HF-10222"].status == "cancelled"
    assert found["HF-10222"].expected_at == "2026-12-07"  # the 5th is a Saturday
    assert found["HF-10086"].returned_at == "2026-11-28"
