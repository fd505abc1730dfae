"""Magento 2's product export: configurable products name the simple ones that are their variants."""

import re
from collections.abc import Iterator

from recommender.catalogue.importers.formats import Layout
from recommender.catalogue.importers.offer import Offer
from recommender.catalogue.importers.rows import RowError

Rows = list[tuple[int, dict[str, str]]]
PAIR = re.compile(r'(?:^|,)\s*(\w{1,60})=("(?:[^"]|"")*"|[^,]*(?:,(?!\s*\w{1,60}=)[^,]*)*)')
CONFIGURABLE = "configurable"


def offers(rows: Rows, layout: Layout) -> Iterator[Offer | RowError]:
    """The products of the default store view; a translation's rows are of another language."""
    read = []
    for line, row in rows:
        fields = {field: row.get(column, "").strip() for field, column in layout.fields.items()}
        fields["rooted"] = "yes"
        if not fields.get("store_view"):
            read.append((line, fields))
    children: dict[str, tuple[str, dict[str, str]]] = {}  # sku -> its parent and its options
    for _, fields in read:
        if fields["type"] == CONFIGURABLE:
            for one in fields.get("variations", "").split("|"):
                options = pairs(one)
                sku = options.pop("sku", "")
                if sku:
                    children[sku] = (fields["sku"], options)
    for line, fields in read:
        fields["published"] = {"2": "no"}.get(
            fields.get("published", ""), fields.get("published", "")
        )
        attributes = pairs(fields.get("pairs", ""))
        brand = attributes.pop("manufacturer", "") or attributes.pop("brand", "")
        fields["brand"] = fields.get("brand") or brand
        fields["gender"] = fields.get("gender") or attributes.get("gender", "")
        if fields["type"] == CONFIGURABLE:
            yield Offer(line, fields, fields["sku"], True, {}, attributes)
        elif fields["sku"] in children:
            parent, options = children[fields["sku"]]
            fields["variant_image"] = fields.pop("image", "")
            fields |= {"visibility": "", "title": "", "description": "", "short_description": ""}
            yield Offer(line, fields, parent, False, options, {})
        else:
            fields["colour"] = attributes.pop("color", "")
            fields["size"] = attributes.get("size", "")
            yield Offer(line, fields, "", False, {}, attributes)


def pairs(text: str) -> dict[str, str]:
    """What "color=Black,size=S,material=Nylon|Linen" says; a value with a comma stands in quotes."""
    found = {
        name.lower().replace("_", " "): value.strip()
        .strip('"')
        .replace('""', '"')
        .replace("|", ", ")
        for name, value in PAIR.findall(text)
    }
    return {name: value for name, value in found.items() if value}
