"""Shopify's product export: a product is several rows, one for each variant or further image."""

import re
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

from recommender.catalogue.importers.rows import (
    BadRow,
    RowError,
    Table,
    audience_of,
    money,
    name_text,
    plain_text,
    safe_link,
    split_list,
    whole_number,
)
from recommender.product import PATH_SEPARATOR, Product

COLOUR = re.compile(r"colou?r", re.I)
SIZE = re.compile(r"size", re.I)
Rows = list[tuple[int, dict[str, str]]]


def read(
    text: str, mapping: Mapping[str, Any] | None, currency: str
) -> Iterator[Product | RowError]:
    """Products of an export; drafts, archived and unpublished ones are left out silently."""
    table = Table(text)
    table.require("Handle", "Title")
    for handle, group in groupby(table, key=lambda row: row[1].get("Handle", "").strip()):
        rows = list(group)
        if not handle:
            yield RowError(rows[0][0], "the Handle is empty")
            continue
        try:
            product = _product(handle, rows, currency)
        except BadRow as error:
            yield RowError(rows[0][0], f"{handle}: {error}")
            continue
        if product:
            yield product


def _product(handle: str, rows: Rows, currency: str) -> Product | None:
    first = rows[0][1]
    if first.get("Status", "active").strip().lower() not in ("", "active"):
        return None
    if first.get("Published", "true").strip().lower() == "false":
        return None
    title = name_text(first.get("Title", ""))
    if not title:
        raise BadRow("the Title is empty")
    variants = [row for _, row in rows if row.get("Variant Price", "").strip()]
    prices = [price for row in variants if (price := money(row["Variant Price"])[0]) is not None]
    tags = split_list(first.get("Tags", ""), ",")
    path = first.get("Product Category") or first.get("Custom Product Type") or ""
    category = _path(first.get("Type", "").strip() or path.strip())
    return Product(
        sku=name_text(handle),
        title=title,
        description=plain_text(first.get("Body (HTML)", "")),
        brand=name_text(first.get("Vendor", "")),
        category=category,
        price=min(prices) if prices else None,
        currency=currency,
        colours=_options(rows, COLOUR),
        sizes=_options(rows, SIZE),
        audience=_audience(first, tags, title),
        stock=_stock(variants),
        image=safe_link(next((row["Image Src"] for _, row in rows if row.get("Image Src")), "")),
        attributes={"tags": ", ".join(tags)} if tags else {},
    )


def _path(text: str) -> str:
    return PATH_SEPARATOR.join(split_list(text, r">|/"))


def _options(rows: Rows, name: re.Pattern) -> tuple[str, ...]:
    """The values of the options with this name; only the first row of a product names them."""
    columns = [
        f"Option{number} Value"
        for number in (1, 2, 3)
        if name.search(rows[0][1].get(f"Option{number} Name", ""))
    ]
    values = [row.get(column, "") for _, row in rows for column in columns]
    parts = [part for value in values for part in split_list(value, r"\||/")]
    return tuple(dict.fromkeys(parts))


def _audience(first: Mapping[str, str], tags: tuple[str, ...], title: str) -> str:
    named = first.get("Google Shopping / Gender", "") or first.get(
        "Google Shopping / Age Group", ""
    )
    found = {audience_of(text) for text in (named, *tags, title)} - {""}
    if len(found) == 1:
        return found.pop()
    return "unisex" if {"men", "women"} <= found else ""


def _stock(variants: list[dict[str, str]]) -> int | None:
    """The sum over the variants; not known when the export has no quantities."""
    counts = [
        whole_number(row.get("Variant Inventory Qty", ""), "Variant Inventory Qty")
        for row in variants
    ]
    sells_on = any(row.get("Variant Inventory Policy") == "continue" for row in variants)
    known = [count for count in counts if count is not None]
    return None if sells_on or not known else sum(known)
