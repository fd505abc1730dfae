"""The console of the shop's staff: docs/console.md.

To add a page: a module with a Blueprint whose handlers have @requires(role), its name in PARTS, a
template that extends base.html, and an entry in navigation.py.
"""

from pathlib import Path

from sanic import Blueprint
from sanic.blueprint_group import BlueprintGroup
from sanic.exceptions import NotFound
from sanic.request import Request
from sanic.response import HTTPResponse, file
from sanic.response import json as json_response

from bot.web.console import home, insights, live, openapi
from bot.web.console.access import open_to_all, signed_in
from bot.web.console.accounts import attacks, audit, people, sign_in
from bot.web.console.campaigns import editor as campaign_editor
from bot.web.console.campaigns import journeys
from bot.web.console.campaigns import person as campaign_person
from bot.web.console.campaigns import results as campaigns
from bot.web.console.inbox import (
    conversations,
    exports,
    requests,
    review,
    step_in,
    work,
)
from bot.web.console.inbox import (
    macros as aids,
)
from bot.web.console.pages import render, wants_json
from bot.web.console.surveys import editor as surveys
from bot.web.console.surveys import results as survey_results

STATIC = Path(__file__).resolve().parent / "static"

frame = Blueprint("console_frame")
PARTS = (
    frame,
    home.routes,
    sign_in.routes,
    conversations.routes,
    step_in.routes,
    work.routes,
    requests.routes,
    live.routes,
    aids.routes,
    exports.routes,
    insights.routes,
    surveys.routes,
    survey_results.routes,
    campaign_person.routes,
    campaigns.routes,
    campaign_editor.routes,
    journeys.routes,
    review.routes,
    people.routes,
    attacks.routes,
    audit.routes,
    openapi.routes,
)


def blueprint(name: str) -> BlueprintGroup:
    """All of the console's routes, below /console."""
    return Blueprint.group(
        *[part.copy(f"{name}_{part.name}") for part in PARTS], url_prefix="/console"
    )


@frame.get("/static/<name>")
@open_to_all
async def static(request: Request, name: str) -> HTTPResponse:
    """The console's style and script."""
    if name not in {path.name for path in STATIC.iterdir()}:
        raise NotFound("There is no such file.")
    return await file(STATIC / name, headers={"Cache-Control": "public, max-age=300"})


def error_page(request: Request, status: int, message: str) -> HTTPResponse:
    """What went wrong, as a page or as JSON."""
    if wants_json(request):
        return json_response({"error": message}, status)
    if status >= 500:
        message = "Something went wrong on our side. The log of the web process says more."
    signed_in(request)
    return render(request, "error.html", status, code=status, message=message)
