"""The pages of journeys: their steps with who is there, what came of them, and their text."""

import re
import time
from typing import Any

from sanic import Blueprint
from sanic.exceptions import InvalidUsage
from sanic.exceptions import NotFound as NoPage
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.campaigns.campaigns import Status
from bot.campaigns.journey import Step
from bot.campaigns.journeys import FOLDER, JourneyEntry
from bot.campaigns.office import Office, Writer
from bot.campaigns.results import results
from bot.campaigns.starters import starter, starters
from bot.errors import ConfigError, NotFound
from bot.web.console.access import requires
from bot.web.console.campaigns.results import apart, axis, mail_page
from bot.web.console.pages import field, go_to, render
from bot.web.services import services

routes = Blueprint("console_journeys")

STATUS: dict[str, Status] = {"start": "started", "pause": "paused"}
STEP = re.compile(r"[0-9]{1,2}")
DONE = {"start": "People come in from now on.", "pause": "It is paused; who is in it stays."}


@routes.get("/campaigns/journeys/new")
@requires("analyst")
async def new(request: Request) -> HTTPResponse:
    """The editor with a beginning."""
    wanted = request.args.get("from", "")
    return _editor(request, None, starter(wanted if wanted in starters() else starters()[0]))


@routes.post("/campaigns/journeys/new")
@requires("analyst")
async def create(request: Request) -> HTTPResponse:
    """Keep a new journey as a draft."""
    name, text = field(request, "name", 40, required=False), _text(request)
    if f"{FOLDER}/{name}" in services(request).office.journeys.texts.names() or name == "new":
        return _editor(
            request, None, text, (f"The name {name} is taken: choose another one.",), name
        )
    return _save(request, name, text, None)


@routes.get("/campaigns/journeys/<name>")
@requires("analyst")
async def show(request: Request, name: str) -> HTTPResponse:
    """A journey's steps, who is at which, and what came of it."""
    simulated, settings = request.args.get("simulated") == "1", services(request).settings
    full, shop = f"{FOLDER}/{name}", settings.shop

    def read(office: Office) -> dict[str, Any]:
        entry = office.journeys.get(full)
        return {
            "entry": entry, "inside": office.journeys.inside(full), "counts": office.journeys.steps(full),
            "results": results(office.people, entry, time.time(), simulated, shop.campaigns.margin),
        }  # fmt: skip

    found = await apart(settings, read)
    return render(
        request, "journey.html", **found, simulated=simulated, currency=shop.currency,
        steps=[in_words(one) for one in found["entry"].campaign.steps],
        axes={one.what: axis(one) for one in found["results"].lifts},
    )  # fmt: skip


@routes.get("/campaigns/journeys/<name>/mail")
@requires("analyst")
async def mail(request: Request, name: str) -> HTTPResponse:
    """A step's mail as one person would get it, but for its products; nothing is sent."""
    office, step = services(request).office, request.args.get("step", "")
    try:
        person = office.people.find(request.args.get("for", "").strip())
        number = int(step) if STEP.fullmatch(step) else 0
        shown = office.journeys.shown(f"{FOLDER}/{name}", person.id, number)
    except NotFound as error:
        raise NoPage(str(error)) from error
    services(request).staff.log(request.ctx.staff.login, "looked at a mail", f"journey {name}")
    return mail_page(Writer(office, None, time.time).made(shown, person).html)


@routes.get("/campaigns/journeys/<name>/edit")
@requires("analyst")
async def edit(request: Request, name: str) -> HTTPResponse:
    """The editor with a journey."""
    entry = _entry(request, name)
    texts = services(request).office.journeys.texts
    return _editor(request, entry, texts.source(entry.name, entry.version))


@routes.post("/campaigns/journeys/<name>/edit")
@requires("analyst")
async def change(request: Request, name: str) -> HTTPResponse:
    """Keep a journey's new version."""
    return _save(request, name, _text(request), _entry(request, name))


@routes.post("/campaigns/journeys/<name>/status")
@requires("analyst")
async def change_status(request: Request, name: str) -> HTTPResponse:
    """Start or pause a journey."""
    do, office, entry = field(request, "do", 10), services(request).office, _entry(request, name)
    if do not in STATUS:
        raise InvalidUsage("Start or pause it.")
    try:
        if do == "start":
            office.check_sending()
            office.agreement(entry.campaign.purpose)
        office.journeys.set_status(entry.name, STATUS[do], time.time())
    except (ConfigError, NotFound) as error:
        raise InvalidUsage(str(error)) from error
    services(request).staff.log(request.ctx.staff.login, do, f"journey {name}")
    return go_to(request, f"/console/campaigns/{entry.name}", DONE[do])


def in_words(step: Step) -> str:
    """A step for people."""
    to = f" Then on to {step.to}." if step.to else ""
    if step.send:
        return f"Sends “{step.send.subject}”.{to}"
    if step.when is not None:
        return f"Whoever meets its conditions goes on{f' to {step.to}' if step.to else ''}; the others to {step.otherwise}."
    if step.wait_for:
        return f"Waits until they have {step.wait_for}, at most {step.hours:g} hours.{to}"
    return f"Waits {step.wait_hours:g} hours.{to}"


def _text(request: Request) -> str:
    return field(request, "text", 60_000, required=False).replace("\r\n", "\n")


def _entry(request: Request, name: str) -> JourneyEntry:
    try:
        return services(request).office.journeys.get(f"{FOLDER}/{name}")
    except NotFound as error:
        raise NoPage(str(error)) from error


def _save(request: Request, name: str, text: str, entry: JourneyEntry | None) -> HTTPResponse:
    web, full = services(request), f"{FOLDER}/{name}"
    try:
        version = web.office.journeys.save(full, text, time.time())
    except ConfigError as error:
        return _editor(request, entry, text, tuple(str(error).splitlines()), name)
    web.staff.log(request.ctx.staff.login, "saved", f"journey {name}", f"version {version}")
    return go_to(request, f"/console/campaigns/{full}", f"Saved as version {version}.")


def _editor(
    request: Request, entry: JourneyEntry | None, text: str, faults: tuple[str, ...] = (),
    name: str = "",
) -> HTTPResponse:  # fmt: skip
    return render(
        request, "journey_edit.html", 422 if faults else 200, entry=entry, text=text, faults=faults,
        name=name, starters=starters(),
    )  # fmt: skip
