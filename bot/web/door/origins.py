"""Which sites may embed the widget: `widget: origins:` in shop.yml; when it names none, all may.

The widget runs on the shop's own pages, so its requests come from other origins than this one. A
conversation is opened by its token, never by a cookie: the list keeps other sites from showing the
chat as theirs, and a program that names no origin is stopped by the limits, not by the list.
"""

from collections.abc import Collection

from sanic.exceptions import Forbidden
from sanic.request import Request

METHODS = {
    "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Last-Event-ID",
    "Access-Control-Expose-Headers": "Retry-After",
    "Access-Control-Max-Age": "86400",
}


def origin_of(request: Request) -> str:
    """The site whose page asks, as the browser says; empty for the same site and for programs."""
    return request.headers.get("origin", "")


def check_origin(request: Request, allowed: Collection[str]) -> None:
    """Refuse a page that isn't on the shop's list, if it has one.

    Raises Forbidden that says what to do.
    """
    origin = origin_of(request)
    if allowed and origin and origin not in allowed:
        raise Forbidden(
            f"This chat may not be used on {origin[:200]}. If the site is yours, add it to "
            "`widget: origins:` in shop.yml and restart."
        )


def cors(request: Request, allowed: Collection[str]) -> dict[str, str]:
    """The headers by which a browser lets a page on the shop's list read an answer; or every page.

    A refusal can be read by everybody, or nobody would find out why the chat doesn't come up.
    """
    if not allowed:
        return {"Access-Control-Allow-Origin": "*", **METHODS}
    return {
        "Access-Control-Allow-Origin": origin_of(request) or "null",
        "Vary": "Origin",
        **METHODS,
    }
