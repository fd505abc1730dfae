"""The description of the console's HTTP API, read from the routes themselves, so it can't be stale.

The API is the one that the pages use: the same addresses, asked with `Accept: application/json`.
"""

import inspect
import re
from collections.abc import Callable
from dataclasses import fields
from typing import Any

from sanic import Blueprint, Sanic
from sanic.request import Request
from sanic.response import HTTPResponse
from sanic.response import json as json_response

from bot.staff.filters import Filters
from bot.staff.requests import RequestFilters
from bot.web.console.access import requires

routes = Blueprint("console_openapi")

FIELD = re.compile(r"""\bfield\(\s*request,\s*"(\w+)"([^()]*)\)""")
LIST_FIELD = re.compile(r"""\blist_field\(\s*request,\s*"(\w+)\"""")
ARGUMENT = re.compile(r"""request\.args\.get\("(\w+)\"""")
PART = re.compile(r"<(\w+)(?::(\w+))?>")
ERRORS = {
    "400": "Something is missing or can't be used; `error` says what.",
    "401": "Nobody is signed in.",
    "403": "The role is too low, or the X-CSRF token is missing.",
    "404": "There is no such thing.",
    "409": "Somebody else has the conversation, or it isn't in that state.",
    "429": "Too many requests; wait a moment.",
}


@routes.get("/openapi.json")
@requires("agent")
async def openapi(request: Request) -> HTTPResponse:
    """This description, as OpenAPI 3.1."""
    return json_response(describe(request.app))


def describe(app: Sanic) -> dict[str, Any]:
    """OpenAPI 3.1 of every route below /console."""
    paths: dict[str, dict[str, Any]] = {}
    for route in sorted(app.router.routes, key=lambda route: route.path):
        path = "/" + route.path.rstrip("/")
        if route.path.split("/")[0] != "console" or "static" in path:
            continue
        for method in sorted(route.methods - {"HEAD", "OPTIONS"}):
            operation = _operation(route.handler, route.path, method)
            paths.setdefault(PART.sub(r"{\1}", path), {})[method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Shoptalk console",
            "version": "1",
            "description": "Sign in with POST /console/sign-in, keep the cookie, take `token` from "
            "GET /console/session, and send it as X-CSRF with every POST. Ask with "
            "`Accept: application/json`.",
        },
        "components": {
            "securitySchemes": {
                "session": {"type": "apiKey", "in": "cookie", "name": "shoptalk_staff"},
                "csrf": {"type": "apiKey", "in": "header", "name": "X-CSRF"},
            }
        },
        "paths": paths,
    }


def _operation(handler: Callable[..., Any], path: str, method: str) -> dict[str, Any]:
    role = getattr(handler, "role", None)
    plain = inspect.unwrap(handler)
    source = inspect.getsource(plain)
    text = inspect.getdoc(plain) or ""
    parameters = [
        {"name": name, "in": "path", "required": True,
         "schema": {"type": "integer" if kind == "int" else "string"}}
        for name, kind in PART.findall(path)
    ]  # fmt: skip
    parameters += [
        {"name": name, "in": "query", "schema": {"type": "string"}} for name in _query(source)
    ]
    operation: dict[str, Any] = {
        "operationId": f"{plain.__module__.rsplit('.', 1)[-1]}.{plain.__name__}",
        "summary": text.splitlines()[0] if text else "",
        "description": f"{text}\n\nRole: {role or 'nobody needs to sign in'}.",
        "parameters": parameters,
        "responses": {"200": {"description": "Done."}, **_errors(role, method)},
    }
    if role:
        needed: dict[str, list[str]] = {"session": []}
        operation["security"] = [needed if method == "GET" else {**needed, "csrf": []}]
    form = dict(FIELD.findall(source))
    texts = {name: {"type": "string"} for name in form}
    lists = {
        name: {"type": "array", "items": {"type": "string"}} for name in LIST_FIELD.findall(source)
    }
    if method == "POST" and form:
        schema = {
            "type": "object",
            "properties": {**texts, **lists},
            "required": [name for name, more in form.items() if "required=False" not in more],
        }
        operation["requestBody"] = {
            "content": {
                kind: {"schema": schema}
                for kind in ("application/json", "application/x-www-form-urlencoded")
            }
        }
    return operation


def _query(source: str) -> list[str]:
    names = ARGUMENT.findall(source)
    if "inbox(request)" in source or "chosen(request)" in source:
        names += [one.name for one in fields(Filters)] + ["before"]
    if "request_filters(request)" in source:
        names += [one.name for one in fields(RequestFilters)]
    return list(dict.fromkeys(names))


def _errors(role: str | None, method: str) -> dict[str, Any]:
    wanted = ["400", "404"] + (["401", "403"] if role else ["429"])
    if method == "POST" and role:
        wanted.append("409")
    return {code: {"description": ERRORS[code]} for code in sorted(wanted)}
