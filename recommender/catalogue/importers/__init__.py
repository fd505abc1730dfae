"""Product files of shops to products: Shopify, Google Merchant, and plain CSV or JSON.

`read_products` recognises the format by the file's content. A row that can't be used becomes a
`RowError` with its line and reason among the products, so that one bad row never costs the rest.
"""

import csv
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from recommender.catalogue.importers import google, plain, shopify
from recommender.catalogue.importers.rows import RowError, Table, read_text
from recommender.errors import ImportFailed
from recommender.product import Product

__all__ = ["FORMATS", "RowError", "read_products"]

Reader = Callable[[str, Mapping[str, Any] | None, str], Iterator[Product | RowError]]
FORMATS: dict[str, Reader] = {
    "shopify": shopify.read,
    "google-xml": google.read_xml,
    "google-tsv": google.read_tsv,
    "csv": plain.read_csv,
    "json": plain.read_json,
}

csv.field_size_limit(2**24)


def read_products(
    path: Path,
    mapping: Mapping[str, Any] | None = None,
    format: str = "",
    currency: str = "",
) -> Iterator[Product | RowError]:
    """Products and bad rows of a file, in its order.

    `mapping` names the columns of a plain CSV or JSON file (docs/importing.md); `format` is one of
    `FORMATS` or empty; `currency` is for prices that name none. A sku that comes again is a bad
    row. Raises ImportFailed when the file as a whole can't be read.
    """
    text = read_text(Path(path))
    chosen = format or detect(text, mapping)
    if chosen not in FORMATS:
        raise ImportFailed(f"Unknown format {chosen!r}; known are {', '.join(FORMATS)}.")
    seen: dict[str, bool] = {}
    for found in FORMATS[chosen](text, mapping, currency):
        if isinstance(found, Product):
            if found.sku in seen:
                yield RowError(0, f"sku {found.sku!r} comes a second time; the first one counts")
                continue
            seen[found.sku] = True
        yield found


def detect(text: str, mapping: Mapping[str, Any] | None) -> str:
    """The format that a file's content looks like."""
    start = text.lstrip()[:1]
    if start == "<":
        return "google-xml"
    if start in "[{":
        return "json"
    if mapping:
        return "csv"
    header = {name.strip().lower() for name in Table(text).header}
    if {"handle", "title", "vendor"} <= header:
        return "shopify"
    if {"id", "title"} <= header and header & {"availability", "image_link", "image link"}:
        return "google-tsv"
    return "csv"
