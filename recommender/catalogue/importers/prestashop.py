"""PrestaShop's product lists; combinations stand in rows with the same id or reference."""

from collections.abc import Iterator

from recommender.catalogue.importers.formats import Layout
from recommender.catalogue.importers.offer import Offer
from recommender.catalogue.importers.rows import RowError, split_list

Rows = list[tuple[int, dict[str, str]]]


def offers(rows: Rows, layout: Layout) -> Iterator[Offer | RowError]:
    """The products of a list, and their combinations where it has any."""
    for line, row in rows:
        fields = {field: row.get(column, "").strip() for field, column in layout.fields.items()}
        fields["rooted"] = "yes"
        fields["sku"] = fields.get("sku") or fields.get("reference", "") or fields.get("id", "")
        if fields.get("available_for_order") == "0":
            fields["availability"] = "out of stock"
        attributes = features(fields.get("features", ""))
        if fields.get("condition", "").lower() not in ("", "new"):
            attributes["condition"] = fields["condition"]
        names, values = fields.get("option_names", ""), fields.get("option_values", "")
        options = {
            name.split(":")[0]: value.split(":")[0]
            for name, value in zip(split_list(names, ","), split_list(values, ","), strict=False)
        }
        group = fields.get("id") or fields["sku"] if options else ""
        yield Offer(line, fields, group, False, options, attributes)


def features(text: str) -> dict[str, str]:
    """What "Material:Cotton:1,Style:Casual:2" says."""
    found: dict[str, str] = {}
    for one in text.split(","):
        parts = [part.strip() for part in one.split(":")]
        if len(parts) > 1 and parts[0] and parts[1]:
            name = parts[0].lower()
            found[name] = f"{found[name]}, {parts[1]}" if name in found else parts[1]
    return found
