"""A file as it comes, gzipped, zipped, from Excel, in any encoding, to text or rows."""

import gzip
import io
import re
import zipfile
import zlib
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from charset_normalizer import from_bytes

from recommender.catalogue.importers import workbook
from recommender.errors import ImportFailed

MOST_BYTES = 2**30  # of a file when it is unpacked
SAMPLE = 200_000  # bytes by which an encoding is told
BINARY = {
    b"\x89PNG": "a picture", b"\xff\xd8\xff": "a picture", b"GIF8": "a picture", b"%PDF": "a PDF",
    b"\xd0\xcf\x11\xe0": "an Excel file of the old kind (.xls): save it as .xlsx or CSV",
    b"SQLite format": "a database", b"7z\xbc\xaf": "a 7z archive", b"Rar!": "a RAR archive",
}  # fmt: skip
# UTF-8 that was once read as Windows-1252: an accented capital or "â€" before signs that no word has there.
_BROKEN = re.compile(
    "[\u00c2-\u00f4][\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]{1,3}"
)
_TELLING = re.compile(
    "Ã[\u0080-\u00bf\u0178\u0152\u0153\u0160\u0161\u017d\u017e\u0192\u2013-\u203a\u20ac\u2122\u02c6\u02dc]|â€|Â[\u00a0-\u00bf]"
)
# What no language writes in Windows-1252: four accents in a row, or signs of other code pages within a word.
_STRANGE = re.compile(
    "[\u00a1-\u00ff\u0152\u0153\u0160\u0161\u0178\u017d\u017e]{4,}|[a-z][¹³¥£¿¼¾ŸŽŠ†‡•‰][a-z]"
)


@dataclass
class Source:
    """What a file holds: a text, or the rows of a sheet; and what is to be said of how it was read."""

    text: str = ""
    sheet: tuple[list[str], list[tuple[int, dict[str, str]]]] | None = None
    notes: Counter[str] = field(default_factory=Counter[str])


def read_source(path: Path, encoding: str = "", head: int = 0) -> Source:
    """Read a file, or the lines within its first `head` bytes. Raises ImportFailed, in one line, when it
    can't be used."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ImportFailed(f"{path} is larger than {MOST_BYTES >> 20} MB.")
        data = _first_lines(path, head) if head else path.read_bytes()
    except OSError as error:
        raise ImportFailed(f"{path} can't be read: {error.strerror}.") from error
    source = Source()
    data = _unpacked(path, data, source)
    if source.sheet is None:
        source.text = _decoded(path, data, encoding, source.notes)
        if not source.text.strip():
            raise ImportFailed(f"{path} is empty.")
    return source


def _first_lines(path: Path, head: int) -> bytes:
    with path.open("rb") as file:
        data = file.read(head)
        if data.startswith((b"\x1f\x8b", b"PK\x03\x04")):
            return data + file.read()
    return data[: data.rfind(b"\n") + 1] or data if len(data) == head else data


def _unpacked(path: Path, data: bytes, source: Source) -> bytes:
    if data[:2] == b"\x1f\x8b":
        try:
            with gzip.open(io.BytesIO(data)) as file:
                data = file.read(MOST_BYTES + 1)
        except (OSError, EOFError, zlib.error) as error:
            raise ImportFailed(f"{path} is a gzip file that can't be unpacked: {error}.") from error
        source.notes["unpacked with gzip"] += 1
    elif data[:4] == b"PK\x03\x04":
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                if workbook.PLACE in archive.namelist():
                    source.sheet = workbook.read_first_sheet(archive, MOST_BYTES)
                    source.notes["read from the first sheet of an Excel file"] += 1
                    return b""
                files = [
                    one
                    for one in archive.infolist()
                    if not one.is_dir() and "__MACOSX" not in one.filename
                ]
                if len(files) != 1:
                    raise ImportFailed(
                        f"{path} is a zip archive of {len(files)} files; one product file is needed."
                    )
                if files[0].file_size > MOST_BYTES:
                    raise ImportFailed(
                        f"{path} is larger than {MOST_BYTES >> 20} MB when it is unpacked."
                    )
                data = archive.read(files[0])
        except (zipfile.BadZipFile, RuntimeError, zlib.error, NotImplementedError) as error:
            raise ImportFailed(
                f"{path} is a zip archive that can't be unpacked: {error}."
            ) from error
        source.notes["unpacked from a zip archive"] += 1
    if len(data) > MOST_BYTES:
        raise ImportFailed(f"{path} is larger than {MOST_BYTES >> 20} MB when it is unpacked.")
    return data


def _decoded(path: Path, data: bytes, encoding: str, notes: Counter[str]) -> str:
    kind = next((name for start, name in BINARY.items() if data.startswith(start)), "")
    if kind:
        raise ImportFailed(f"{path} is {kind}, and no list.")
    if encoding:
        try:
            text = data.decode(encoding)
        except (LookupError, UnicodeDecodeError) as error:
            raise ImportFailed(f"{path} can't be read as {encoding}: {error}.") from error
    elif data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        text = data.decode("utf-16", errors="replace")
        notes["the text is UTF-16"] += 1
    else:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = _of_a_code_page(path, data, notes)
    if text.count("\x00") > len(text) // 100:
        raise ImportFailed(f"{path} holds no text: is it the right file?")
    return mended(text.replace("\x00", "").removeprefix("\ufeff"), notes)


def _of_a_code_page(path: Path, data: bytes, notes: Counter[str]) -> str:
    """Text of an older program: Windows-1252, unless that gives words that no language has."""
    text = data.decode("cp1252", errors="replace")
    if "\ufffd" not in text and not _STRANGE.search(text):
        notes["the text is Windows-1252"] += 1
        return text
    high = b"\n".join(line for line in data.split(b"\n") if not line.isascii())[:SAMPLE]
    best = from_bytes(high).best()
    if best is None:
        raise ImportFailed(
            f"{path} has an encoding that isn't recognised: say which, --encoding cp1250."
        )
    notes[f"the text is taken for {best.encoding}; if names look wrong, say --encoding"] += 1
    return data.decode(best.encoding, errors="replace")


def mended(text: str, notes: Counter[str] | None = None) -> str:
    """Text in which letters were broken by a program that took UTF-8 for Windows-1252, mended."""
    if not _TELLING.search(text):
        return text
    count = 0

    def mend(match: re.Match[str]) -> str:
        nonlocal count
        broken = b"".join(
            sign.encode("latin-1") if ord(sign) < 256 else sign.encode("cp1252")
            for sign in match[0]
        )
        for length in (4, 3, 2):
            try:
                whole = broken[:length].decode("utf-8")
            except UnicodeDecodeError:
                continue
            if len(whole) == 1:
                count += 1
                return whole + match[0][length:]
        return match[0]

    found = _BROKEN.sub(mend, text)
    if count and notes is not None:
        notes[
            f"letters that another program had broken were mended in {count} places (“Ã¼” is “ü”)"
        ] += 1
    return found
