"""Google Merchant feeds: XML (RSS or Atom with the g: namespace) and tab-separated text.

Fields: https://support.google.com/merchants/answer/7052112
"""

import re
from collections.abc import Iterator
from xml.etree import ElementTree
from xml.parsers import expat

from recommender.catalogue.importers.formats import Layout
from recommender.catalogue.importers.offer import Offer
from recommender.catalogue.importers.rows import RowError
from recommender.errors import ImportFailed

Rows = list[tuple[int, dict[str, str]]]
LISTED = "additional_image_link"  # comes several times


def read_xml(text: str) -> tuple[list[str], Rows]:
    """The names and items of an RSS or Atom feed, numbered from one.

    A document type is refused: feeds need no entities. Raises ImportFailed.
    """
    if re.search(r"<!(?:DOCTYPE|ENTITY)", text, re.I):
        page = "<html" in text[:2000].lower()
        raise ImportFailed(
            "The XML declares a document type or entities; a product feed has none."
            + (" It is a web page: perhaps one that asks to sign in." if page else "")
        )
    try:
        root = ElementTree.fromstring(re.sub(r"^\s*<\?xml[^>]*\?>", "", text, count=1))
    except ElementTree.ParseError as error:
        reason = expat.ErrorString(error.code)
        raise ImportFailed(f"Line {error.position[0]} is not valid XML: {reason}.") from error
    items = [element for element in root.iter() if _name(element) in ("item", "entry")]
    items = items or [element for element in root.iter() if _name(element) == "product"]
    if not items:
        raise ImportFailed("The XML holds no <item>, <entry> or <product>: is it a product feed?")
    rows = [(number, _fields(element)) for number, element in enumerate(items, start=1)]
    return list(dict.fromkeys(name for _, row in rows for name in row)), rows


def offers(rows: Rows, layout: Layout) -> Iterator[Offer | RowError]:
    """The items of a feed; those of one item_group_id are variants of one product."""
    for line, row in rows:
        fields = {field: row.get(column, "") for field, column in layout.fields.items()}
        fields["sku"] = (fields.get("sku") or fields.get("id", "")).strip()
        group = fields.get("group", "").strip()
        if group:
            fields["variant_image"] = fields.get("image", "")
        attributes = {name: row.get(column, "") for column, name in layout.attributes.items()}
        yield Offer(line, fields, group, False, {}, attributes)


def _name(element: ElementTree.Element) -> str:
    return str(element.tag).rsplit("}", 1)[-1].lower()


def _fields(element: ElementTree.Element) -> dict[str, str]:
    fields: dict[str, str] = {}
    for child in element:
        name = _name(child)
        value = (child.text or "").strip() or child.get("href", "")
        if name == LISTED and fields.get(name):
            fields[name] += f" | {value}"
        else:
            fields.setdefault(name, value)
    return fields
