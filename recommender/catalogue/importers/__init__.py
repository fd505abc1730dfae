"""Product files of shops to products: the exports of platforms, and plain CSV, Excel or JSON.

`read_products` recognises what a file is by its content. A row that can't be used becomes a
`RowError` with its line and reason, so that one bad row never costs the rest.
"""

import csv
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from recommender.catalogue.importers import (
    google,
    magento,
    plain,
    prestashop,
    shopify,
    woocommerce,
)
from recommender.catalogue.importers.amounts import Amounts
from recommender.catalogue.importers.described import Described
from recommender.catalogue.importers.formats import PLAIN, Format, recognised
from recommender.catalogue.importers.mapping import Columns
from recommender.catalogue.importers.objects import read_objects
from recommender.catalogue.importers.offer import Offer, Reading, are_slugs, prices_in
from recommender.catalogue.importers.offers import products
from recommender.catalogue.importers.rows import RowError, read_table
from recommender.catalogue.importers.source import Source, read_source
from recommender.errors import ImportFailed
from recommender.product import Product

__all__ = ["FORMATS", "Import", "RowError", "read_products"]

READERS = {
    "shopify": shopify.offers,
    "woocommerce": woocommerce.offers,
    "magento": magento.offers,
    "prestashop": prestashop.offers,
    "google": google.offers,
    PLAIN: plain.offers,
}
# What a shop may say a file is; empty: recognised.
FORMATS = (*READERS, "google-xml", "google-tsv", "csv", "json")
OF_STOCK = ("stock", "in_stock", "availability", "manages_stock", "untracked")
JSON, XML, TABLE, SHEET = "JSON", "XML", "a table", "a sheet"

csv.field_size_limit(2**24)


@dataclass
class Import:
    """What a file holds: products in its order, bad rows, and what is to be said of how it was read."""

    products: list[Product] = field(default_factory=list[Product])
    errors: list[RowError] = field(default_factory=list[RowError])
    doubts: list[RowError] = field(default_factory=list[RowError])  # rows that are kept, in part
    warnings: list[str] = field(default_factory=list[str])  # what hardly can be meant
    format: str = ""  # "shopify (a table)", or "plain (JSON)"
    kind: str = ""  # JSON, XML, TABLE or SHEET
    notes: Counter[str] = field(default_factory=Counter[str])  # how it was read, and how often
    lost: Counter[str] = field(default_factory=Counter[str])  # what of the file isn't kept
    left_out: Counter[str] = field(default_factory=Counter[str])  # why products were
    unused: tuple[str, ...] = ()  # columns
    next_change: date | None = None  # the day on which a price changes by itself

    def __iter__(self) -> Iterator[Product | RowError]:
        yield from self.products
        yield from self.errors


def read_products(
    path: Path,
    mapping: Mapping[str, Any] | None = None,
    format: str = "",
    currency: str = "",
    decimal: str = "",
    encoding: str = "",
    today: date | None = None,
) -> Import:
    """The products and bad rows of a file.

    `mapping` names columns that aren't recognised (docs/importing.md); `format` is one of
    `FORMATS`, `decimal` the sign before cents, `encoding` a name such as "cp1250": all empty where the
    file shows them. `currency` is for prices that name none; sales are those of `today`. A sku that
    comes again is a bad row. Raises ImportFailed when the file as a whole can't be read.
    """
    if format and format not in FORMATS:
        raise ImportFailed(f"Unknown format {format!r}; known are {', '.join(FORMATS)}.")
    source = read_source(Path(path), encoding)
    made = Import(notes=source.notes)
    offers: list[Offer] = []
    for found in _offers(source, mapping, format, made):
        (offers if isinstance(found, Offer) else made.errors).append(found)  # type: ignore[arg-type]
    return _read(offers, made, Amounts(prices_in(offers), decimal, currency), currency, today)


def _read(
    offers: Iterable[Offer], made: Import, amounts: Amounts, currency: str, today: date | None
) -> Import:
    offers = list(offers)
    reading = Reading(
        amounts,
        currency,
        today or date.today(),
        are_slugs(offer.text("category") for offer in offers),
        made.notes,
        made.lost,
        made.left_out,
    )
    seen: dict[str, int] = {}  # sku -> its line
    unit = {XML: "item", SHEET: "row"}.get(made.kind, "line")
    made.errors = [replace(error, unit=unit) for error in made.errors]
    for found in products(offers, reading):
        if isinstance(found, RowError):
            made.errors.append(replace(found, unit=unit))
            continue
        line, product = found
        if product.sku in seen:
            said = f"sku {product.sku!r} comes a second time; {unit} {seen[product.sku]} counts"
            made.errors.append(RowError(line, said, unit))
        else:
            seen[product.sku] = line
            made.products.append(product)
    made.doubts = [replace(doubt, unit=unit) for doubt in reading.doubts]
    described = Described(made.products)
    made.products = [described.complete(product) for product in made.products]
    _say_currencies(made, currency)
    if made.products and all(one.price is None for one in made.products):
        made.warnings.append(f"No product has a price{_where_may_be('price', made.unused)}")
    if made.products and not any(offer.text(name) for offer in offers for name in OF_STOCK):
        made.warnings.append(
            "Nothing tells what is in stock, so that all counts as available"
            f"{_where_may_be('stock', made.unused)}"
        )
    made.next_change = reading.next_change
    return made


def _offers(
    source: Source, mapping: Mapping[str, Any] | None, format: str, made: Import
) -> Iterator[Offer | RowError]:
    start = source.text.lstrip()[:1]
    if source.sheet is not None:
        kind, (names, rows) = SHEET, source.sheet
    elif start == "<" and format in ("", "google", "google-xml"):
        kind, (names, rows) = XML, google.read_xml(source.text)
    elif start in "[{" and format in ("", "json", PLAIN):
        objects, errors = read_objects(source.text, made.notes)
        made.kind, made.format = JSON, f"{PLAIN} ({JSON})"
        yield from errors
        rows = [(line, plain.cells(one)) for line, one in objects]
        columns = Columns(mapping or {}, plain.names_in(row for _, row in rows[:1000]))
        nested = plain.listed_in(objects)
        if nested:
            read = plain.object_offers(objects, nested, columns)
            yield from columns.with_attributes(read, rows)
        else:
            yield from _mapped(rows, columns, PLAIN)
        return
    else:
        kind, (names, rows) = TABLE, read_table(source.text)
    made.kind = kind
    columns = Columns(mapping or {}, names)
    chosen = format.split("-")[0] if format not in ("csv", "") else ""
    name = chosen if chosen in READERS else recognised(names)
    layout = columns.layout(Format.of(name))
    made.format = f"{name} ({kind})" + (", and the mapping" if mapping else "")
    used = shopify.metafields(layout) if name == "shopify" else plain.attribute_columns(layout)
    made.unused = tuple(column for column in layout.unused if column not in used)
    if name not in (PLAIN,) and not Format.of(name).fits(names):
        found = ", ".join(names[:40])
        raise ImportFailed(f"The file isn't an export of {name}: it has the columns {found}.")
    yield from _mapped(rows, columns, name)


def _mapped(rows: plain.Rows, columns: Columns, name: str) -> Iterator[Offer | RowError]:
    """The rows of a file of a format as offers, with what a mapping makes of them."""
    good: plain.Rows = []
    for found in columns.rows(rows):
        if isinstance(found, RowError):
            yield found
        else:
            good.append(found)
    read = READERS[name](good, columns.layout(Format.of(name)))
    yield from columns.with_attributes(read, rows)


def _where_may_be(field: str, unused: Sequence[str]) -> str:
    """Which column may hold a field that no product has, and how a mapping says so."""
    columns = [one for one in unused if Format.of(PLAIN).may_be(field, one)]
    if not columns:
        return f". Where a column of the file holds it, `{field}: its name` in a mapping says so."
    named = ", ".join(map(repr, columns[:5]))
    line = json.dumps(columns[0], ensure_ascii=False)  # as YAML quotes it, too
    return f"; of the columns that aren't used {named} may hold it. In a mapping: {field}: {line}"


def _say_currencies(made: Import, currency: str) -> None:
    others = Counter(
        one.currency for one in made.products if one.currency and one.price is not None
    )
    others.pop(currency, None)
    if currency:
        for other, count in others.items():
            made.notes[f"prices in {other}, while the shop's are in {currency}"] += count
