"""A shop's own mapping: from our fields to a file's columns (docs/importing.md)."""

from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from fnmatch import fnmatchcase
from typing import Any

from recommender.catalogue.importers.offers import Offer
from recommender.catalogue.importers.rows import BadRow, Figure, RowError, name_text
from recommender.errors import ImportFailed
from recommender.product import PATH_SEPARATOR

FIELDS = (
    "sku", "title", "description", "short_description", "brand", "category", "price", "sale_price", "sale_from",
    "sale_to", "compare_at", "currency", "colours", "sizes", "audience", "gender", "age_group", "stock", "in_stock",
    "availability", "available_from", "published", "gtin", "mpn", "image", "images", "url", "tags", "rating",
    "ratings", "group", "attributes",
)  # fmt: skip
Rows = list[tuple[int, dict[str, str]]]


def offers(rows: Rows, mapping: Mapping[str, Any], names: list[str]) -> Iterator[Offer | RowError]:
    """The rows of a file as a mapping reads them. Raises ImportFailed for a mapping that doesn't fit."""
    columns = Columns(mapping, names)
    for line, row in rows:
        try:
            fields = {field: columns.value(field, row) for field in columns.mapping}
        except BadRow as error:
            yield RowError(line, str(error))
            continue
        group = fields.get("group", "").strip()
        if group:
            fields |= {"colour": fields.get("colours", ""), "size": fields.get("sizes", "")}
        yield Offer(line, fields, group, False, {}, columns.attribute_values(row))


class Columns:
    """A mapping, checked against the columns that a file has.

    An expression is a column name, or `a + b` (joined by a space), `a > b` (a category path),
    `a / 100` (a number, divided) or `=text` (the same for all). `attributes` is a list of columns,
    with * for any characters; what * stands for becomes the attribute's name.
    """

    def __init__(self, mapping: Mapping[str, Any], names: list[str]) -> None:
        self.mapping = dict(mapping)
        unknown = sorted(set(self.mapping) - set(FIELDS))
        if unknown:
            raise ImportFailed(
                f"The mapping names {unknown[0]!r}, which is not a field: {', '.join(FIELDS)}."
            )
        missing = [name for name in ("sku", "title") if name not in self.mapping]
        if missing:
            raise ImportFailed(
                f"Nothing says which column is the {missing[0]}. The file has: "
                f"{', '.join(names[:40])}. See docs/importing.md for mappings."
            )
        patterns = self.mapping.pop("attributes", [])
        self.attributes = [patterns] if isinstance(patterns, str) else list(patterns)
        for field, expression in self.mapping.items():
            for column in _columns_of(str(expression), names):
                if column not in names:
                    raise ImportFailed(
                        f"The mapping of {field} names the column {column!r}. "
                        f"The file has: {', '.join(names[:40])}."
                    )
        self._attribute_names: dict[str, str | None] = {}

    def value(self, field: str, row: Mapping[str, str]) -> str:
        """What a row holds for a field; empty when the mapping doesn't name it."""
        expression = str(self.mapping.get(field, ""))
        if expression.startswith("="):
            return expression[1:]
        if expression in row:
            return row[expression] or ""
        if " / " in expression:
            column, divisor = expression.split(" / ")
            try:
                return Figure(Decimal(row[column]) / Decimal(divisor)) if row.get(column) else ""
            except InvalidOperation as error:
                raise BadRow(f"the {field} {row[column][:40]!r} is not a number") from error
        for operator, joint in ((" + ", " "), (" > ", PATH_SEPARATOR)):
            if operator in expression:
                parts = [row.get(part.strip(), "").strip() for part in expression.split(operator)]
                return joint.join(dict.fromkeys(part for part in parts if part))
        return ""

    def attribute_values(self, row: Mapping[str, str]) -> dict[str, str]:
        """The attributes of a row: matched columns, and those of `key=value|key=value` in one."""
        values: dict[str, str] = {}
        for column, text in row.items():
            name = self._attribute_name(column) if text else None
            if name:
                values[name] = name_text(text)
            elif name == "" and "=" not in text:
                values[column] = name_text(text)
            elif name == "":
                pairs = [part.partition("=") for part in name_text(text).split("|")]
                values.update({k.strip(): v.strip() for k, _, v in pairs if v.strip()})
        return {name: value for name, value in values.items() if value}

    def _attribute_name(self, column: str) -> str | None:
        """What a column is called as an attribute; empty for one of pairs, None for no attribute."""
        if column not in self._attribute_names:
            pattern = next((one for one in self.attributes if fnmatchcase(column, one)), None)
            prefix = pattern.split("*", 1)[0] if pattern else ""
            wild = pattern is not None and "*" in pattern
            name = column[len(prefix) :].replace("_", " ") if wild else ""
            self._attribute_names[column] = None if pattern is None else name
        return self._attribute_names[column]


def _columns_of(expression: str, names: list[str]) -> list[str]:
    if expression.startswith("="):
        return []
    if expression in names:
        return [expression]
    if " / " in expression:
        return [expression.split(" / ")[0]]
    for operator in (" + ", " > "):
        if operator in expression:
            return [part.strip() for part in expression.split(operator)]
    return [expression]
