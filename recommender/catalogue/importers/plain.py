"""Plain CSV, TSV, JSON and JSON Lines, with a mapping from our fields to the file's columns."""

import json
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from fnmatch import fnmatchcase
from typing import Any

from recommender.catalogue.importers.rows import (
    BadRow,
    RowError,
    Table,
    audience_of,
    money,
    name_text,
    plain_text,
    safe_link,
    split_list,
    whole_number,
)
from recommender.errors import ImportFailed
from recommender.product import PATH_SEPARATOR, Product

FIELDS = tuple(Product.__dataclass_fields__)
LIST_SEPARATORS = r"[|;]"


def read_csv(
    text: str, mapping: Mapping[str, Any] | None, currency: str
) -> Iterator[Product | RowError]:
    """Products of a CSV or TSV; without a mapping its columns have the names of our fields."""
    table = Table(text)
    columns = Columns(mapping, [name.strip() for name in table.header])
    yield from _products(table, columns, currency)


def read_json(
    text: str, mapping: Mapping[str, Any] | None, currency: str
) -> Iterator[Product | RowError]:
    """Products of a JSON list of objects, or of one object per line."""
    objects, errors = _objects(text)
    names = list(dict.fromkeys(name for _, one in objects[:1000] for name in one))
    yield from errors
    yield from _products(objects, Columns(mapping, names), currency)


def _objects(text: str) -> tuple[list[tuple[int, dict[str, str]]], list[RowError]]:
    numbered: Iterable[tuple[int, Any]]
    errors: list[RowError] = []
    if text.lstrip().startswith("["):
        try:
            numbered = enumerate(json.loads(text), start=1)
        except (ValueError, RecursionError) as error:
            raise ImportFailed(f"The file is not valid JSON: {error}.") from error
    else:
        parsed = []
        for line, part in enumerate(text.split("\n"), start=1):
            if part.strip():
                try:
                    parsed.append((line, json.loads(part)))
                except (ValueError, RecursionError) as error:
                    errors.append(RowError(line, f"not valid JSON: {error}"))
        numbered = parsed
    objects = []
    for line, one in numbered:
        if isinstance(one, dict):
            objects.append((line, {name: _cell(value) for name, value in one.items()}))
        else:
            errors.append(RowError(line, "not a JSON object"))
    if not objects:
        raise ImportFailed("The file holds no JSON objects; each product is one.")
    return objects, errors


def _cell(value: Any) -> str:
    """A JSON value as a CSV cell would hold it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return "|".join(_cell(part) for part in value)
    if isinstance(value, dict):
        return "|".join(f"{name}={_cell(part)}" for name, part in value.items())
    return str(value)


class Columns:
    """A mapping, checked against the columns that a file has.

    An expression is a column name, or `a + b` (joined by a space), `a > b` (a category path),
    `a / 100` (a number, divided) or `=text` (the same for all). `attributes` is a list of columns,
    with * for any characters; what * stands for becomes the attribute's name.
    """

    def __init__(self, mapping: Mapping[str, Any] | None, names: list[str]) -> None:
        self.mapping = dict(mapping or {name: name for name in FIELDS if name in names})
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
                return str(Decimal(row[column]) / Decimal(divisor)) if row.get(column) else ""
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


def _products(
    rows: Iterable[tuple[int, dict[str, str]]], columns: Columns, currency: str
) -> Iterator[Product | RowError]:
    for line, row in rows:
        try:
            yield _product(row, columns, currency)
        except BadRow as error:
            yield RowError(line, str(error))


def _product(row: dict[str, str], columns: Columns, currency: str) -> Product:
    def value(field: str) -> str:
        return columns.value(field, row)

    sku, title = name_text(value("sku")), name_text(value("title"))
    if not sku or not title:
        raise BadRow(f"the {'title' if sku else 'sku'} is empty")
    price, named = money(value("price"))
    return Product(
        sku=sku,
        title=title,
        description=plain_text(value("description")),
        brand=name_text(value("brand")),
        category=PATH_SEPARATOR.join(split_list(value("category"), ">")),
        price=price,
        currency=value("currency").strip().upper() or named or currency,
        colours=split_list(value("colours"), LIST_SEPARATORS),
        sizes=split_list(value("sizes"), LIST_SEPARATORS),
        audience=audience_of(value("audience")),
        stock=whole_number(value("stock"), "stock"),
        image=safe_link(value("image")),
        url=safe_link(value("url")),
        attributes=columns.attribute_values(row),
    )
