"""The audit log: who looked at, changed, exported or deleted what, and when."""

from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.web.console.access import requires
from bot.web.console.pages import render
from bot.web.services import services

routes = Blueprint("console_audit")

PAGE = 100


@routes.get("/audit")
@requires("admin")
async def audit(request: Request) -> HTTPResponse:
    """Entries, latest first; by login, action or object."""
    chosen = {name: request.args.get(name, "")[:200] for name in ("login", "action", "object")}
    before = request.args.get("before", "")
    entries = services(request).staff.audit(
        **chosen,
        before=int(before) if before.isdecimal() and len(before) < 18 else 0,
        limit=PAGE + 1,
    )
    more = entries[PAGE - 1]["id"] if len(entries) > PAGE else 0
    return render(request, "audit.html", entries=entries[:PAGE], chosen=chosen, more=more)
