"""Shopify's product export: a product is several rows, one for each variant or further image."""

import re
from collections.abc import Iterator

from recommender.catalogue.importers.formats import Layout
from recommender.catalogue.importers.offer import Offer
from recommender.catalogue.importers.rows import RowError

Rows = list[tuple[int, dict[str, str]]]
# A metafield's column: "Material (product.metafields.custom.material)".
METAFIELD = re.compile(r"(.{1,60}?) \(product\.metafields\.")
ONLY = "default title"  # the value of the one option of a product that has none
OF_A_VARIANT = ("sku", "price", "gtin")
# Fields that stand in the first row of a product and count for all of it.
OF_THE_PRODUCT = (
    "title", "description", "brand", "category", "category_path", "tags", "published", "status",
    "gender", "age_group",
)  # fmt: skip


def metafields(layout: Layout) -> dict[str, str]:
    """The columns of metafields, and what each is called."""
    return {
        column: match[1].lower() for column in layout.unused if (match := METAFIELD.match(column))
    }


def offers(rows: Rows, layout: Layout) -> Iterator[Offer | RowError]:
    """The variants of an export; rows of one product need not stand together."""
    first: dict[str, Offer] = {}
    names: dict[str, dict[int, str]] = {}
    fields_of_shop = metafields(layout)
    for line, row in rows:
        fields = {field: row.get(column, "") for field, column in layout.fields.items()}
        handle = fields["group"].strip()
        if not handle:
            yield RowError(line, "the Handle is empty")
            continue
        named = names.setdefault(handle, {})
        options: dict[str, str] = {}
        for number, (name, value) in layout.numbered.items():
            named.setdefault(number, row.get(name, "").strip())
            said = row.get(value, "").strip()
            if said and said.lower() != ONLY:
                options[named[number] or f"option {number}"] = said
        attributes = {name: row.get(column, "") for column, name in layout.attributes.items()}
        attributes |= {name: row.get(column, "") for column, name in fields_of_shop.items()}
        if fields.get("category"):
            fields["category"] = fields["category"].replace("/", ">")
        _stock(fields)
        offer = Offer(line, fields, handle, False, options, attributes)
        if handle not in first:
            first[handle] = offer
            yield offer
        elif options or any(fields.get(name, "").strip() for name in OF_A_VARIANT):
            # What only the first row says counts for all, in whatever rows a variant is left out.
            for name in OF_THE_PRODUCT:
                fields[name] = fields.get(name) or first[handle].fields.get(name, "")
            yield offer
        elif fields.get("image"):
            first[handle].fields["images"] = " | ".join(
                filter(None, [first[handle].fields.get("images", ""), fields["image"]])
            )


def _stock(fields: dict[str, str]) -> None:
    """What isn't counted, or is sold on without stock, is there."""
    tracked = fields.get("tracker", "shopify").strip()
    sells_on = fields.get("sells_on", "").strip().lower() in ("continue", "true", "yes")
    if not tracked or sells_on:
        fields["untracked"] = "yes"
