"""How the console answers: pages from templates, the same data as JSON, and fields of forms."""

import json
from datetime import datetime
from typing import Any
from urllib.parse import quote, unquote
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader
from markupsafe import Markup
from sanic.exceptions import InvalidUsage
from sanic.request import Request
from sanic.response import HTTPResponse, html, redirect
from sanic.response import json as json_response

from bot.web.console.navigation import NAVIGATION, entries_for
from bot.web.door.bodies import read_json
from bot.web.services import services
from bot.wording import exact_moment, language_name, moment

CSP = (
    "default-src 'self'; img-src 'self' data:; style-src 'self'; script-src 'self'; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
DONE = "shoptalk_done"  # what the last form did, shown on the next page

templates = Environment(
    loader=PackageLoader("bot.web.console"), autoescape=True, trim_blocks=True, lstrip_blocks=True
)


def render(request: Request, template: str, status: int = 200, /, **values: Any) -> HTTPResponse:
    """A page from a template that extends base.html; asked for JSON, the same values as JSON.

    Templates also get `me`, `csrf_field()` for forms, `navigation`, `pages` (all paths in it),
    `badges` (title -> how many wait there), `path`, `shop`, the shop's `languages` and `language_name`, `when` (a time in the shop's zone)
    and `done` (what the last form did).
    """
    if wants_json(request):
        return json_response(values, status, dumps=_dumps)
    shop = services(request).settings.shop
    me = getattr(request.ctx, "staff", None)
    done = unquote(request.cookies.get(DONE) or "")
    page = templates.get_template(template).render(
        shop=shop,
        me=me,
        csrf_field=lambda: _csrf_field(request),
        navigation=entries_for(me) if me else [],
        pages=[entry.path for entry in NAVIGATION],
        badges=_badges(request) if me else {},
        path=request.path,
        when=lambda at, exact=False: when(at, shop.zone, exact),
        done=done,
        languages=shop.languages,
        language_name=language_name,
        **values,
    )
    answer = html(
        page, status, headers={"Content-Security-Policy": CSP, "Cache-Control": "no-store"}
    )
    if done:
        answer.add_cookie(DONE, "", path="/console", max_age=0, secure=False)
    return answer


def go_to(request: Request, path: str, done: str = "", **values: Any) -> HTTPResponse:
    """After a form: the page to go on with, and a line that says what was done.

    Asked for JSON: {"done": …} with the values.
    """
    if wants_json(request):
        return json_response({"done": done, **values}, dumps=_dumps)
    answer = redirect(_inside(path), status=303)
    if done:
        answer.add_cookie(DONE, quote(done), path="/console", max_age=30, secure=False)
    return answer


def wants_json(request: Request) -> bool:
    """Whether the request comes from a program, not from somebody's browser."""
    return "application/json" in request.headers.get("accept", "")


def field(request: Request, name: str, longest: int = 200, required: bool = True) -> str:
    """A field of a form or of a JSON body, trimmed. Raises InvalidUsage that names the field."""
    value = fields(request).get(name)
    text = value.strip() if isinstance(value, str) else ""
    if required and not text:
        raise InvalidUsage(f"{name.replace('_', ' ').capitalize()} is missing.")
    if len(text) > longest:
        raise InvalidUsage(f"{name.replace('_', ' ').capitalize()} has over {longest} characters.")
    return text


def list_field(request: Request, name: str, most: int = 200) -> list[str]:
    """The values of a field that may come several times; in a JSON body a list of texts.

    Raises InvalidUsage that names the field.
    """
    if (request.content_type or "").startswith("application/json"):
        given = fields(request).get(name, [])
    else:
        given = request.form.getlist(name) if request.form else []
    if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
        raise InvalidUsage(f"{name.capitalize()} is a list of texts.")
    if not 1 <= len(given) <= most:
        raise InvalidUsage(f"{name.capitalize()} has 1 to {most} values.")
    return list(dict.fromkeys(given))


def fields(request: Request) -> dict[str, Any]:
    """All fields of a form or of a JSON body; of one that comes twice, the first."""
    if (request.content_type or "").startswith("application/json"):
        return read_json(request.body)
    return {name: values[0] for name, values in (request.form or {}).items()}


def when(at: float | None, zone: ZoneInfo, exact: bool = False) -> str:
    """A time for people, in the shop's zone: "14:05" today, else "3 Nov 14:05"; `exact` to the second."""
    if not at:
        return ""
    return exact_moment(at, zone) if exact else moment(at, datetime.now(zone))


def _badges(request: Request) -> dict[str, int]:
    """What waits on other pages: low scores that nobody ticked off, requests that are new."""
    web = services(request)
    return {
        "Low scores": web.asking.campaigns.store.alerts_left(),
        "Requests": web.desk.requests.new(),
    }


def _csrf_field(request: Request) -> Markup:
    token = getattr(request.ctx, "csrf", "")
    return Markup('<input type="hidden" name="csrf" value="{}">').format(token)


def _inside(path: str) -> str:
    """A path of the console, never another site's address."""
    return path if path.startswith("/console") and "\\" not in path else "/console"


def _dumps(value: Any) -> str:
    return json.dumps(value, default=_plain, ensure_ascii=False)


def _plain(value: Any) -> Any:
    """Dataclasses and named tuples as objects, dates as in ISO 8601."""
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if hasattr(value, "_asdict"):
        return value._asdict()
    if hasattr(value, "__dict__"):
        return vars(value)
    if isinstance(value, (set, frozenset, tuple)):
        return list(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")
