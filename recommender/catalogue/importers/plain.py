"""Files of no platform's: CSV, TSV, sheets and JSON, by the usual names of their columns."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from recommender.catalogue.importers.formats import PLAIN, Format, Layout, key
from recommender.catalogue.importers.mapping import Columns
from recommender.catalogue.importers.offer import Offer
from recommender.catalogue.importers.rows import BadRow, Figure, RowError, name_text
from recommender.errors import ImportFailed

Rows = list[tuple[int, dict[str, str]]]
OF_ATTRIBUTES = re.compile(r"attr(?:ibute)?s?[_.: ]+(.+)", re.I)  # a column: "attr_material"
# What an offer of schema.org's says, and what we call it.
OFFER = {
    "price": "price",
    "lowPrice": "price",
    "priceCurrency": "currency",
    "availability": "availability",
    "url": "url",
}
STOCK = frozenset(map(key, Format.of(PLAIN).columns["stock"]))
VARIANTS = ("variants", "variations", "children", "skus")
ADDRESS = ("src", "url", "href", "link", "originalSrc")  # of a picture, in JSON
# How an option of a variant is told: its name, and its value.
OPTION = (
    ("name", "value"),
    ("name", "option"),
    ("name", "values"),
    ("name", "options"),
    ("key", "value"),
)


def offers(rows: Rows, layout: Layout) -> Iterator[Offer | RowError]:
    """The rows of a file; those that name a parent or a group are variants."""
    missing = [name for name in ("sku", "title") if name not in layout.fields]
    if missing:
        found = ", ".join(layout.header[:40])
        raise ImportFailed(
            f"Nothing says which column is the {missing[0]}. The file has: {found}. A mapping can "
            f"say it: `{missing[0]}: the column` under catalogue.mapping of shop.yml, or in a file "
            "for --mapping; see docs/importing.md."
        )
    read = [(line, row, fields_of(row, layout)) for line, row in rows]
    parents = {fields["group"] for _, _, fields in read if fields.get("group")}
    for line, row, fields in read:
        group, sku = fields.get("group", ""), fields.get("sku") or fields.get("id", "")
        parent = not group and sku in parents
        options = {
            row[name].strip(): row[value].strip()
            for name, value in layout.numbered.values()
            if row.get(name, "").strip() and row.get(value, "").strip()
        }
        yield Offer(
            line,
            fields,
            group or (sku if parent else ""),
            parent,
            options,
            attributes_of(row, layout),
        )


def fields_of(row: Mapping[str, str], layout: Layout) -> dict[str, str]:
    """The cells of a row by our fields."""
    fields = {field: row.get(column) or "" for field, column in layout.fields.items()}
    fields["group"] = fields.get("group", "").strip()
    if fields["group"]:
        fields |= {"colour": fields.get("colours", ""), "size": fields.get("sizes", "")}
        fields["variant_image"] = fields.get("image", "")
    return fields


def attribute_columns(layout: Layout) -> dict[str, str]:
    """The columns that say that they are an attribute, and of what: "attr_material"."""
    return {
        column: match[1].replace("_", " ")
        for column in layout.unused
        if (match := OF_ATTRIBUTES.match(column))
    }


def attributes_of(row: Mapping[str, str], layout: Layout) -> dict[str, str]:
    """The attributes of a row: known columns, those that say they are one, and "key=value|key=value"."""
    values = {name: name_text(row.get(column) or "") for column, name in layout.attributes.items()}
    named = attribute_columns(layout)
    values |= {name: name_text(row.get(column) or "") for column, name in named.items()}
    column = layout.fields.get("attributes", "")
    text = name_text(row.get(column) or "")
    if "=" in text:
        pairs = [part.partition("=") for part in text.split("|")]
        values |= {name.strip(): value.strip() for name, _, value in pairs}
    elif text:
        values[column] = text
    return {name: value for name, value in values.items() if value}


def listed_in(objects: list[tuple[int, dict[str, Any]]]) -> str:
    """The name under which JSON objects list their variants; empty where they don't."""
    return next((one for one in VARIANTS if any(_listed(row.get(one)) for _, row in objects)), "")


def object_offers(
    objects: list[tuple[int, dict[str, Any]]], nested: str, columns: Columns
) -> Iterator[Offer | RowError]:
    """JSON objects that list their variants under the name `nested`."""
    layout = columns.layout(Format.of(PLAIN))
    ours = names_in(form for _, one in objects for form in one.get(nested) or [])
    forms = Format.of(PLAIN).layout(ours)
    for line, one in objects:
        try:
            row = columns.row(cells({k: value for k, value in one.items() if k != nested}))
        except BadRow as error:
            yield RowError(line, str(error))
            continue
        fields, attributes = fields_of(row, layout), attributes_of(row, layout)
        group = fields.get("sku") or fields.get("id", "")
        if not _listed(one.get(nested)):
            yield Offer(line, fields, "", False, {}, attributes)
            continue
        yield Offer(line, fields, group, True, {}, attributes)
        called = [
            str(part.get("name", "")) for part in one.get("options") or [] if isinstance(part, dict)
        ]
        for form in one[nested]:
            own = fields_of(cells(form), forms)
            own["variant_image"] = own.get("image", "")
            unnamed = {"title": "", "description": "", "group": ""}
            yield Offer(line, own | unnamed, group, False, _options(form, called), {})


def _listed(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, dict) for one in value)


def _options(form: Mapping[str, Any], called: list[str]) -> dict[str, str]:
    """The options of a variant in JSON, in whichever of the usual ways they are told."""
    for name in ("selectedOptions", "options", "option_values", "attributes"):
        told = form.get(name)
        if isinstance(told, dict):
            return {str(key): str(value) for key, value in told.items() if value not in (None, "")}
        if isinstance(told, list) and _listed(told):
            return {key: value for key, value in map(_pair, told) if key and value}
    numbered = [str(form.get(f"option{number}") or "") for number in range(1, 4)]
    return {
        (called[place] if place < len(called) else f"option {place + 1}"): value
        for place, value in enumerate(numbered)
        if value and value.lower() != "default title"
    }


def _pair(told: Mapping[str, Any]) -> tuple[str, str]:
    for name, value in OPTION:
        if name in told and value in told:
            return str(told[name]), _cell(told[value]).replace("|", ", ")
    return "", ""


def cells(one: Mapping[str, Any]) -> dict[str, str]:
    """A JSON object as a row of CSV would hold it."""
    row = {name: _cell(value) for name, value in one.items()}
    offer = one.get("offers")
    if isinstance(offer, list) and offer:
        offer = offer[0]
    if isinstance(offer, dict):  # as schema.org has it
        row |= {ours: _cell(offer[name]) for name, ours in OFFER.items() if offer.get(name)}
    return row


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Figure):
        return value
    if _listed(value):
        return "|".join(filter(None, map(_part, value)))
    if isinstance(value, list):
        return "|".join(map(_cell, value))
    if isinstance(value, dict):
        if "amount" in value:
            code = value.get("currencyCode") or value.get("currency") or ""
            return f"{_cell(value['amount'])} {code}".strip() if code else _cell(value["amount"])
        if "name" in value and not isinstance(value["name"], (dict, list)):
            return _cell(value["name"])
        counts = [
            part for name, part in value.items() if key(name) in STOCK and isinstance(part, Figure)
        ]
        if counts:  # "inventory": {"quantity": 4}
            return _cell(counts[0])
        return "|".join(f"{name}={_cell(part)}" for name, part in value.items())
    return str(value)


def _part(value: Mapping[str, Any]) -> str:
    """One of a list of objects: the address of a picture, a pair, or what it is called."""
    address = next((str(value[name]) for name in ADDRESS if value.get(name)), "")
    if address:
        return address
    name, said = _pair(value)
    return f"{name}={said}" if name else str(value.get("name") or value.get("title") or "")


def names_in(objects: Iterable[Mapping[str, Any]]) -> list[str]:
    """All names of some objects, in order."""
    return list(dict.fromkeys(name for one in objects for name in one))
