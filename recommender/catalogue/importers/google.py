"""Google Merchant feeds: XML (RSS or Atom with the g: namespace) and tab-separated text.

Fields: https://support.google.com/merchants/answer/7052112
"""

import re
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any
from xml.etree import ElementTree
from xml.parsers import expat

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
)
from recommender.errors import ImportFailed
from recommender.product import PATH_SEPARATOR, Product

Item = dict[str, str]


def read_xml(
    text: str, mapping: Mapping[str, Any] | None, currency: str
) -> Iterator[Product | RowError]:
    """Products of an RSS or Atom feed. A document type is refused: feeds need no entities."""
    if re.search(r"<!(?:DOCTYPE|ENTITY)", text, re.I):
        raise ImportFailed("The XML declares a document type or entities; a product feed has none.")
    try:
        root = ElementTree.fromstring(re.sub(r"^\s*<\?xml[^>]*\?>", "", text, count=1))
    except ElementTree.ParseError as error:
        reason = expat.ErrorString(error.code)
        raise ImportFailed(f"Line {error.position[0]} is not valid XML: {reason}.") from error
    items = [element for element in root.iter() if _name(element) in ("item", "entry")]
    if not items:
        raise ImportFailed("The XML holds neither <item> nor <entry>: is it a product feed?")
    rows = ((number, _fields(element)) for number, element in enumerate(items, start=1))
    yield from _products(rows, currency, "item")


def read_tsv(
    text: str, mapping: Mapping[str, Any] | None, currency: str
) -> Iterator[Product | RowError]:
    """Products of a tab-separated feed."""
    table = Table(text)
    table.header = [name.strip().lower().replace(" ", "_") for name in table.header]
    table.require("id", "title")
    yield from _products(iter(table), currency, "line")


def _name(element: ElementTree.Element) -> str:
    return str(element.tag).rsplit("}", 1)[-1].lower()


def _fields(element: ElementTree.Element) -> Item:
    fields: Item = {}
    for child in element:
        value = (child.text or "").strip() or child.get("href", "")
        fields.setdefault(_name(child), value)
    return fields


def _products(
    rows: Iterator[tuple[int, Item]], currency: str, unit: str
) -> Iterator[Product | RowError]:
    """Neighbouring items of one item_group_id are variants of one product."""

    def group(row: tuple[int, Item]) -> str:
        return row[1].get("item_group_id", "").strip() or f"{row[0]}\n{row[1].get('id', '')}"

    for _, members in groupby(rows, key=group):
        variants = list(members)
        number, _first = variants[0]
        try:
            yield _product([item for _, item in variants], currency)
        except BadRow as error:
            prefix = f"item {number}: " if unit == "item" else ""
            yield RowError(0 if unit == "item" else number, f"{prefix}{error}")


def _product(items: list[Item], currency: str) -> Product:
    first = items[0]
    sku = name_text(first.get("item_group_id") or first.get("id", ""))
    title = name_text(first.get("title", ""))
    if not sku or not title:
        raise BadRow(f"the {'title' if sku else 'id'} is empty")
    prices = [money(item.get("sale_price") or item.get("price", "")) for item in items]
    amounts = [amount for amount, _ in prices if amount is not None]
    category = first.get("product_type") or first.get("google_product_category", "")
    available = any(
        item.get("availability", "in stock").replace("_", " ").lower() != "out of stock"
        for item in items
    )
    kids = first.get("age_group", "").lower() in ("kids", "toddler", "infant", "newborn")
    return Product(
        sku=sku,
        title=title,
        description=plain_text(first.get("description", "") or first.get("summary", "")),
        brand=name_text(first.get("brand", "")),
        category="" if category.isdigit() else PATH_SEPARATOR.join(split_list(category, ">")),
        price=min(amounts) if amounts else None,
        currency=prices[0][1] or currency,
        colours=_values(items, "color"),
        sizes=_values(items, "size"),
        audience="kids" if kids else audience_of(first.get("gender", "")),
        stock=None if available else 0,
        image=safe_link(first.get("image_link", "")),
        url=safe_link(first.get("link", "")),
        attributes={
            name: name_text(first[name])
            for name in ("material", "pattern", "condition")
            if first.get(name)
        },
    )


def _values(items: list[Item], name: str) -> tuple[str, ...]:
    parts = [part for item in items for part in split_list(item.get(name, ""), r"/|,")]
    return tuple(dict.fromkeys(parts))
