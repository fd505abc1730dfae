"""What a request may be made of: one door for all routes, so that none is poisoned by odd bytes.

A header, cookie or token that isn't UTF-8 is a wrong one, no fault; an address, form or JSON body
that isn't what it should be is refused before anything is done with it.
"""

import json
import math
import re
from typing import Any, NoReturn, cast
from urllib.parse import parse_qs, unquote_to_bytes

from sanic.compat import Header
from sanic.exceptions import BadURL, InvalidUsage
from sanic.http import Http
from sanic.request import Request, RequestParameters

DEEPEST = 32  # objects and lists within each other
LARGEST = 2**53 - 1  # a whole number that JavaScript, SQLite and JSON mean the same by
FORM = "application/x-www-form-urlencoded"
FIELD_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, 5.6.2: a token
LINE_END = re.compile(r"[\r\n\x00]")
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


class CheckedRequest(Request):
    """A request whose headers are text, and whose form is one or refused."""

    def __init__(self, url_bytes: bytes, headers: Header, *rest: Any, **more: Any) -> None:
        fault: InvalidUsage | None = None
        try:
            super().__init__(url_bytes, _as_text(headers), *rest, **more)
        except BadURL as error:  # raised here, Sanic would close the connection without a word
            fault = InvalidUsage(str(error))
            super().__init__(b"/", _as_text(headers), *rest, **more)
        try:
            unquote_to_bytes(url_bytes).decode()
        except UnicodeDecodeError:
            fault = fault or InvalidUsage("The address isn't UTF-8.")
        length = self.headers.get("content-length", "0")
        if not (length.isascii() and length.isdigit()):  # "٣" is a 3 to Python, and to no proxy
            fault = InvalidUsage("Content-Length is no number.")
        # "Content-Length :" or a folded line is another header to Sanic than to a proxy, and what
        # follows it another request.
        if not all(FIELD_NAME.fullmatch(name) for name in self.headers):
            fault = InvalidUsage("The name of a header holds what none may.")
        # So is what stands behind a line end within a value, and a second host.
        if any(LINE_END.search(value) for value in self.headers.values()):
            fault = InvalidUsage("A header holds the end of a line.")
        if len(self.headers.getall("host", [])) > 1:
            fault = InvalidUsage("There is more than one Host.")
        self.ctx.fault = fault

    def get_form(self, keep_blank_values: bool = False) -> RequestParameters:
        """The fields of a form; empty for other bodies. Raises InvalidUsage.

        Sanic's own puts a sign in the place of bytes that aren't UTF-8, or takes a form that it can't
        read for an empty one. Nothing here is sent in parts, as files are.
        """
        self.parsed_form, self.parsed_files = RequestParameters(), RequestParameters()
        if (self.content_type or "").partition(";")[0].strip().lower() == FORM:
            try:
                found = parse_qs(
                    self.body.decode(), keep_blank_values, errors="strict", max_num_fields=1000
                )
            except ValueError as error:
                raise InvalidUsage("The form isn't UTF-8, or has too many fields.") from error
            self.parsed_form = RequestParameters(found)
        return self.parsed_form


def check_address(request: Request) -> None:
    """Refuse what can't be read: the connection then ends, whatever follows. Raises InvalidUsage."""
    if request.ctx.fault:
        cast(Http, request.stream).keep_alive = False
        raise request.ctx.fault


def read_json(body: bytes) -> dict[str, Any]:
    """The JSON object of a body. Raises InvalidUsage that says what it isn't.

    Stricter than Python, which takes NaN, numbers that no database holds, halves of letters, and of
    a name that comes twice the last: what is written down is read by others, for years.
    """
    try:
        found = json.loads(
            body.decode(), parse_constant=refuse_constant, object_pairs_hook=_without_doubles
        )
        _check(found)
    except UnicodeDecodeError as error:
        raise InvalidUsage("The body is not UTF-8.") from error
    except (ValueError, RecursionError) as error:
        raise InvalidUsage(f"The body is not JSON that can be used: {error}."[:200]) from error
    if not isinstance(found, dict):
        raise InvalidUsage("The body is not a JSON object.")
    return found


def without_controls(text: str) -> str:
    """A text without the signs that nobody sees and no line breaks, and without space around it."""
    return CONTROL.sub("", text).strip()


def refuse_constant(name: str) -> NoReturn:
    """For `parse_constant` of json.loads: NaN and Infinity aren't JSON. Raises ValueError."""
    raise ValueError(f"{name} is no number")


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name comes twice")
    return found


def _check(value: Any, depth: int = 0) -> None:
    """Raises ValueError for what is too deep, too large, or no text."""
    if depth > DEEPEST:
        raise ValueError("it is too deep")
    if isinstance(value, dict):
        for name, one in value.items():
            _check(name, depth)
            _check(one, depth + 1)
    elif isinstance(value, list):
        for one in value:
            _check(one, depth + 1)
    elif isinstance(value, str):
        if not _is_text(value):
            raise ValueError("half of a letter (a surrogate) stands alone")
    elif isinstance(value, float):
        if not math.isfinite(value):  # 1e999
            raise ValueError("a number is too large")
    elif isinstance(value, int) and abs(value) > LARGEST:
        raise ValueError("a number is too large")


def _is_text(text: str) -> bool:
    return text.isascii() or not any("\ud800" <= sign <= "\udfff" for sign in text)


def _as_text(headers: Header) -> Header:
    """Headers with a sign in the place of each byte that isn't UTF-8: they then match nothing."""
    if all(_is_text(value) for value in headers.values()):
        return headers
    return Header(
        (name, value.encode("utf-8", "surrogateescape").decode("utf-8", "replace"))
        for name, value in headers.items()
    )
