"""What was refused, by day and kind: numbers alone, nothing about whom it came from."""

from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.guard.attacks import KINDS
from bot.web.console.access import requires
from bot.web.console.pages import render
from bot.web.services import services

routes = Blueprint("console_attacks")


@routes.get("/attacks")
@requires("agent")
async def attacks(request: Request) -> HTTPResponse:
    """Guesses, floods and forgeries of the last two weeks, and what is unusual today."""
    web = services(request)
    unusual = web.attacks.unusual()
    days = [{"day": day, "counts": counts} for day, counts in web.guard.attacks.days()]
    return render(request, "attacks.html", days=days, kinds=KINDS, unusual=unusual)
