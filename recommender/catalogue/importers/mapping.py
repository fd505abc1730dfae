"""A shop's own mapping: from our fields to a file's columns (docs/importing.md)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import Any

from recommender.catalogue.importers.formats import PLAIN, Format, Layout
from recommender.catalogue.importers.offer import Offer
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
MAPPED = "\0"  # begins the names of columns that a mapping makes; no file has it


class Columns:
    """A mapping, checked against the columns that a file has.

    An expression is a column name, or `a + b` (joined by a space), `a > b` (a category path),
    `a / 100` (a number, divided) or `=text` (the same for all). `attributes` is a list of columns,
    with * for any characters; what * stands for becomes the attribute's name. Fields that it doesn't
    name are recognised by what the other columns are called.
    """

    def __init__(self, mapping: Mapping[str, Any], names: list[str]) -> None:
        self.mapping = dict(mapping)
        unknown = sorted(set(self.mapping) - set(FIELDS))
        if unknown:
            near = get_close_matches(unknown[0], FIELDS, 1)
            raise ImportFailed(
                f"The mapping names {unknown[0]!r}, which is not a field"
                + (f"; did you mean {near[0]}?" if near else f": {', '.join(FIELDS)}.")
                + " A mapping is `our field: the file's column`."
            )
        patterns = self.mapping.pop("attributes", [])
        self.attributes = [patterns] if isinstance(patterns, str) else list(patterns)
        self._names = names
        self._used: set[str] = set()
        for field, expression in self.mapping.items():
            for column in _columns_of(str(expression), names):
                if column not in names:
                    raise ImportFailed(
                        f"The mapping of {field} names the column {column!r}. "
                        f"The file has: {', '.join(names[:40])}."
                    )
                self._used.add(column)
        self._attribute_names: dict[str, str | None] = {}

    def layout(self, of: Format) -> Layout:
        """The columns of the file: those of the mapping as it says, all others as a format knows them."""
        known = [one for one in self._names if of.name != PLAIN or one not in self._used]
        found = of.layout(known)
        taken = {one for one in self._names if self._attribute_name(one) is not None}
        return replace(
            found,
            fields=found.fields | {field: f"{MAPPED}{field}" for field in self.mapping},
            attributes={k: name for k, name in found.attributes.items() if k not in taken},
            unused=tuple(one for one in found.unused if one not in taken | self._used),
            header=tuple(self._names),
        )

    def rows(self, rows: Rows) -> Iterator[tuple[int, dict[str, str]] | RowError]:
        """Rows with the columns that the mapping makes, for `layout`; bad ones as RowErrors."""
        for line, row in rows:
            try:
                yield line, self.row(row)
            except BadRow as error:
                yield RowError(line, str(error))

    def with_attributes(
        self, offers: Iterable[Offer | RowError], rows: Rows
    ) -> Iterator[Offer | RowError]:
        """Offers with the attributes that the mapping finds in their rows."""
        by_line = dict(rows) if self.attributes else {}
        for offer in offers:
            if isinstance(offer, Offer) and offer.line in by_line:
                offer.attributes |= self.attribute_values(by_line[offer.line])
            yield offer

    def row(self, row: dict[str, str]) -> dict[str, str]:
        """A row with the columns that the mapping makes. Raises BadRow."""
        if not self.mapping:
            return row
        return row | {f"{MAPPED}{field}": self.value(field, row) for field in self.mapping}

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
