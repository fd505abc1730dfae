"""The first sheet of an Excel workbook (.xlsx: Office Open XML, ECMA-376), values alone."""

import re
import zipfile
from xml.etree import ElementTree

from recommender.catalogue.importers.rows import Figure
from recommender.errors import ImportFailed

PLACE = "xl/workbook.xml"
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
MOST_COLUMNS = 2000

Rows = list[tuple[int, dict[str, str]]]


def read_first_sheet(archive: zipfile.ZipFile, most_bytes: int) -> tuple[list[str], Rows]:
    """The names in the first row that has any, and the rows below with their numbers.

    Raises ImportFailed for a workbook that can't be read or unpacks to more than `most_bytes`.
    """
    book = _xml(archive, PLACE, most_bytes)
    sheet = book.find(f"{_MAIN}sheets/{_MAIN}sheet")
    if sheet is None:
        raise ImportFailed("The Excel file has no sheet.")
    target = _target(archive, sheet.get(_RELATION, ""), most_bytes)
    texts = _shared_texts(archive, most_bytes)
    names: dict[int, str] = {}
    rows: Rows = []
    for element in _xml(archive, target, most_bytes).iter(f"{_MAIN}row"):
        cells = dict(_cells(element, texts))
        if not any(cell.strip() for cell in cells.values()):
            continue
        told = sum(bool(cell.strip()) for cell in cells.values())
        if not names or (len(names) < 2 < told and not rows):  # one cell above them is a title
            names = {column: cell.strip() for column, cell in cells.items() if cell.strip()}
        else:
            number = int(element.get("r") or len(rows) + 2)
            rows.append((number, {name: cells.get(column, "") for column, name in names.items()}))
    return list(names.values()), rows


def _cells(row: ElementTree.Element, texts: list[str]):
    for place, cell in enumerate(row.iter(f"{_MAIN}c")):
        column = _column(cell.get("r", "")) if cell.get("r") else place
        if column >= MOST_COLUMNS:
            continue
        kind, value = cell.get("t", "n"), cell.findtext(f"{_MAIN}v") or ""
        if kind == "s" and value.isdecimal() and int(value) < len(texts):
            yield column, texts[int(value)]
        elif kind == "inlineStr":
            yield column, "".join(part.text or "" for part in cell.iter(f"{_MAIN}t"))
        elif kind == "b":
            yield column, "true" if value == "1" else "false"
        elif kind == "n" and value:
            yield column, _figure(value)
        elif kind == "str":
            yield column, value
        else:
            yield column, ""


def _figure(value: str) -> str:
    """A number as it is shown: a file holds 29.899999999999999 for 29.9."""
    try:
        return Figure(f"{float(value):.15g}")
    except ValueError:
        return value


def _column(reference: str) -> int:
    """The place of a column: 0 for A, 27 for AB."""
    place = 0
    for letter in re.match(r"[A-Z]{0,3}", reference.upper())[0]:  # type: ignore[index]
        place = place * 26 + ord(letter) - 64
    return max(0, place - 1)


def _target(archive: zipfile.ZipFile, relation: str, most_bytes: int) -> str:
    relations = _xml(archive, "xl/_rels/workbook.xml.rels", most_bytes)
    for one in relations:
        if one.get("Id") == relation:
            path = one.get("Target", "")
            return path.lstrip("/") if path.startswith("/") else f"xl/{path}"
    raise ImportFailed("The Excel file doesn't say where its first sheet is.")


def _shared_texts(archive: zipfile.ZipFile, most_bytes: int) -> list[str]:
    if "xl/sharedStrings.xml" not in archive.namelist():
        return []
    root = _xml(archive, "xl/sharedStrings.xml", most_bytes)
    return [
        "".join(part.text or "" for part in one.iter(f"{_MAIN}t"))
        for one in root.iter(f"{_MAIN}si")
    ]


def _xml(archive: zipfile.ZipFile, name: str, most_bytes: int) -> ElementTree.Element:
    try:
        if archive.getinfo(name).file_size > most_bytes:
            raise ImportFailed(f"The Excel file unpacks to more than {most_bytes >> 20} MB.")
        data = archive.read(name)
        if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
            raise ImportFailed(
                "The Excel file declares a document type; none that Excel writes does."
            )
        return ElementTree.fromstring(data)
    except (KeyError, ElementTree.ParseError) as error:
        raise ImportFailed(f"The Excel file can't be read: {error}.") from error
