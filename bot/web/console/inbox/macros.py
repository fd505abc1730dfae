"""Canned replies, macros and saved views."""

from urllib.parse import parse_qsl, urlencode

from sanic import Blueprint
from sanic.exceptions import InvalidUsage
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.staff.filters import BadFilter, Filters
from bot.staff.macros import PLACEHOLDERS, STEPS, BadAid
from bot.web.console.access import requires
from bot.web.console.pages import field, go_to, render
from bot.web.services import services

routes = Blueprint("console_aids")


@routes.get("/replies")
@requires("agent")
async def replies(request: Request) -> HTTPResponse:
    """Canned replies and macros."""
    aids = services(request).aids
    return render(
        request,
        "replies.html",
        canned=aids.canned(),
        macros=aids.macros(),
        placeholders=PLACEHOLDERS,
        steps=STEPS,
    )


@routes.post("/replies")
@requires("agent")
async def save_reply(request: Request) -> HTTPResponse:
    """Add or change a canned reply."""
    name, text = field(request, "name", 40), field(request, "text", 2000)
    try:
        services(request).aids.save_canned(name, text)
    except BadAid as error:
        raise InvalidUsage(str(error)) from error
    return _done(request, "saved", f"canned reply {name}")


@routes.post("/replies/remove")
@requires("agent")
async def remove_reply(request: Request) -> HTTPResponse:
    """Remove a canned reply."""
    name = field(request, "name", 40)
    services(request).aids.remove_canned(name)
    return _done(request, "removed", f"canned reply {name}")


@routes.post("/macros")
@requires("analyst")
async def save_macro(request: Request) -> HTTPResponse:
    """Add or change a macro; one step a line."""
    name = field(request, "name", 40)
    try:
        services(request).aids.save_macro(name, field(request, "steps", 4000))
    except BadAid as error:
        raise InvalidUsage(str(error)) from error
    return _done(request, "saved", f"macro {name}")


@routes.post("/macros/remove")
@requires("analyst")
async def remove_macro(request: Request) -> HTTPResponse:
    """Remove a macro."""
    name = field(request, "name", 40)
    services(request).aids.remove_macro(name)
    return _done(request, "removed", f"macro {name}")


@routes.post("/views")
@requires("agent")
async def save_view(request: Request) -> HTTPResponse:
    """Keep the filters of an address under a name of one's own."""
    try:
        filters = Filters.read(dict(parse_qsl(field(request, "query", 2000, required=False))))
        query = urlencode(filters.query())
        services(request).aids.save_view(request.ctx.staff, field(request, "name", 60), query)
    except (BadAid, BadFilter) as error:
        raise InvalidUsage(str(error)) from error
    return go_to(request, f"/console/conversations?{query}", "The view is saved.")


@routes.post("/views/<number:int>/remove")
@requires("agent")
async def remove_view(request: Request, number: int) -> HTTPResponse:
    """Remove one of one's own views."""
    services(request).aids.remove_view(request.ctx.staff, number)
    return go_to(request, "/console/conversations", "The view is removed.")


def _done(request: Request, action: str, what: str) -> HTTPResponse:
    services(request).staff.log(request.ctx.staff.login, action, what)
    return go_to(request, "/console/replies", f"{action.capitalize()}: {what}.")
