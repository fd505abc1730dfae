"""Files of orders with a row per item, as tills and spreadsheets export them: several rows are one order."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from bot.checkout.orders import LINE_COLUMNS

OF_ITEMS = (*LINE_COLUMNS, "items", "note")  # what may be another in each row of an order
_WHOLE = re.compile(r"(\d{1,6})(?:[.,]0{1,6})?")
_LISTED = re.compile(r"\||\sx\d{1,6}$")  # in a cell that is an order's whole list

Cells = dict[str, str]  # of a row, by our names of the columns


@dataclass
class _Order:
    """The rows of one order: what the first of them said, and an item of each."""

    line: int
    cells: Cells
    items: list[str] = field(default_factory=list[str])
    rows: int = 1


def as_orders(rows: Iterable[tuple[int, Cells]], faults: list[str]) -> list[tuple[int, Cells]]:
    """The rows as one per order, at its first line, with all of its items in `items`.

    What a row leaves empty the order's earlier rows say; a row with neither number nor address goes with the
    one above it. What rows say against each other is told in `faults`: the first counts. A row with another
    address is left out, and of totals that differ none is kept, since they are amounts of the rows.
    """
    orders: dict[str, _Order] = {}
    others: list[tuple[int, Cells]] = []  # for whoever tells of rows without a number
    per_row = ""  # the fault, where totals are amounts of rows
    above = ""
    for line, row in rows:
        goes_on = not row["order_number"] and not row["email"] and bool(_item(row))
        number = above if goes_on else row["order_number"]
        above = number
        if not number:
            others.append((line, row))
            continue
        order = orders.setdefault(number, _Order(line, dict(row)))
        if line != order.line:
            against = [name for name in row if _differs(row, order.cells, name)]
            if "email" in against:
                faults.append(
                    f"line {line}: left out, since its email address isn't that of line {order.line}, "
                    "which has the same order number"
                )
                above = ""
                continue
            order.rows += 1
            order.cells |= {name: row[name] for name in row if not order.cells[name]}
            faults += [
                f"line {line}: the {name} isn't that of line {order.line}, which is of the same order, and counts"
                for name in against
                if name != "total"
            ]
            if "total" in against and not per_row:
                per_row = (
                    f"line {line}: the total isn't that of line {order.line}, which is of the same order; so "
                    "totals are taken for amounts of rows, and orders of several rows have none"
                )
        _add_item(order, line, row, faults)
    if per_row:
        faults.append(per_row)
    for order in orders.values():
        order.cells["items"] = "|".join(order.items)
        if per_row and order.rows > 1:
            order.cells["total"] = ""
    joined = [(order.line, order.cells) for order in orders.values()]
    return sorted([*joined, *others], key=lambda found: found[0])


def _differs(row: Cells, first: Cells, name: str) -> bool:
    one, other = row[name].casefold(), first[name].casefold()
    return name not in OF_ITEMS and bool(one and other) and one != other


def _item(row: Cells) -> str:
    """The sku of a row, or what else its item is called."""
    return row.get("sku") or row.get("items", "")


def _add_item(order: _Order, line: int, row: Cells, faults: list[str]) -> None:
    item, said = _item(row), row.get("quantity") or "1"
    match = _WHOLE.fullmatch(said)
    if not item or _LISTED.search(item):
        order.items += [item] if item else []
    elif match and int(match[1]):
        order.items.append(f"{item} x{int(match[1])}")
    else:
        faults.append(
            f"line {line}: the quantity {said[:40]!r} is no whole number from 1; the item is left out of its order"
        )
