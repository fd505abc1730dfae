"""WooCommerce's product export: variations are rows that name their parent by sku or id."""

from collections.abc import Iterator

from recommender.catalogue.importers.formats import Layout, unit_of
from recommender.catalogue.importers.offer import Offer
from recommender.catalogue.importers.rows import RowError

Rows = list[tuple[int, dict[str, str]]]
VARIABLE, VARIATION = "variable", "variation"


def offers(rows: Rows, layout: Layout) -> Iterator[Offer | RowError]:
    """The products and variations of an export, in its order."""
    read = [(line, row, _fields(row, layout)) for line, row in rows]
    groups: dict[str, str] = {}  # what a parent may be called -> its group
    for _, _, fields in read:
        if VARIABLE in _kinds(fields):
            name = fields["sku"] or fields.get("id", "")
            groups |= {one: name for one in (fields["sku"], f"id:{fields.get('id', '')}") if one}
    for line, row, fields in read:
        kinds = _kinds(fields)
        options, attributes = _options(row, layout), _attributes(row, layout)
        if VARIATION in kinds:
            parent = fields.get("parent", "").strip()
            if parent not in groups:
                yield RowError(line, f"the variation's parent {parent[:40]!r} isn't in the file")
                continue
            # A variation's name, texts and place in the catalogue are its parent's.
            fields |= {"title": "", "description": "", "short_description": "", "visibility": ""}
            fields["variant_image"] = fields.pop("images", "")
            yield Offer(line, fields, groups[parent], False, options, attributes)
        elif VARIABLE in kinds:
            # Its attributes list all that its variations have.
            yield Offer(
                line,
                fields,
                groups.get(fields["sku"]) or fields.get("id", ""),
                True,
                {},
                attributes | options,
            )
        else:
            for name in [one for one in options if "," not in options[one]]:
                attributes[name] = options[name]
            attributes |= {
                name: text.replace(", ", " | ") for name, text in options.items() if "," in text
            }
            yield Offer(line, fields, "", False, {}, attributes)


def _fields(row: dict[str, str], layout: Layout) -> dict[str, str]:
    fields = {field: row.get(column, "") for field, column in layout.fields.items()}
    fields["sku"] = fields.get("sku", "").strip()
    # Its stock is of the parent's attributes where "parent" stands in the cell.
    if fields.get("stock", "").strip().lower() == "parent":
        fields["stock"] = ""
    return fields


def _kinds(fields: dict[str, str]) -> set[str]:
    """A row may be of several kinds: "variation, virtual"."""
    return {one.strip().lower() for one in fields.get("type", "").split(",")}


def _options(row: dict[str, str], layout: Layout) -> dict[str, str]:
    found = {
        row.get(name, "").strip(): row.get(value, "") for name, value in layout.numbered.values()
    }
    return {name: value for name, value in found.items() if name and value.strip()}


def _attributes(row: dict[str, str], layout: Layout) -> dict[str, str]:
    """Weights and measures with the unit that their column names."""
    return {
        name: f"{row[column].strip()} {unit_of(column)}".strip()
        for column, name in layout.attributes.items()
        if row.get(column, "").strip()
    }
