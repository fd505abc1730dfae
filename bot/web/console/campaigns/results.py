"""The campaigns, whom each would reach, and what came of it."""

import asyncio
import time
from collections.abc import Callable
from typing import Any, TypeVar

from sanic import Blueprint
from sanic.exceptions import InvalidUsage
from sanic.exceptions import NotFound as NoPage
from sanic.request import Request
from sanic.response import HTTPResponse, html

from bot.campaigns.audience import audience
from bot.campaigns.campaigns import Status
from bot.campaigns.office import Office, Writer
from bot.campaigns.outbox import Mail
from bot.campaigns.results import Lift, results
from bot.errors import ConfigError, NotFound
from bot.settings import Settings
from bot.web.console.access import requires
from bot.web.console.pages import field, go_to, render
from bot.web.services import services

routes = Blueprint("console_campaigns")

STATUS: dict[str, Status] = {"start": "started", "pause": "paused", "finish": "finished"}
DONE = {"start": "It sends from now on.", "pause": "It is paused.", "finish": "It is finished."}
# Of a mail that is only looked at: in a frame without scripts, forms or anything from elsewhere.
MAIL_CSP = "default-src 'none'; style-src 'unsafe-inline'; img-src https: data:; sandbox; frame-ancestors 'self'"
T = TypeVar("T")


@routes.get("/campaigns")
@requires("analyst")
async def listing(request: Request) -> HTTPResponse:
    """All campaigns, files that can't be read, and mails on their way."""
    office = services(request).office
    faults = [*office.campaigns.sync(), *office.journeys.sync()]
    journeys = [
        {"entry": one, "inside": office.journeys.inside(one.name)} for one in office.journeys.all()
    ]
    entries = [{"entry": one, "sent": _sent(office, one.name)} for one in office.campaigns.all()]
    return render(
        request, "campaigns.html", entries=entries, faults=faults, journeys=journeys, counts=office.outbox.counts(),
        people=office.people.count(),
    )  # fmt: skip


@routes.get("/campaigns/<name>")
@requires("analyst")
async def show(request: Request, name: str) -> HTTPResponse:
    """Whom a campaign would reach now, and what came of it so far."""
    simulated = request.args.get("simulated") == "1"
    settings = services(request).settings

    def read(office: Office) -> dict[str, Any]:
        entry, now = office.campaigns.get(name), time.time()
        return {
            "entry": entry,
            "audience": audience(
                office.people, entry.campaign, settings.shop.campaigns, now, simulated
            ),
            "results": results(
                office.people, entry, now, simulated, settings.shop.campaigns.margin
            ),
        }

    found = await apart(settings, read)
    rules, own = settings.shop.campaigns, found["entry"].campaign.holdout
    axes = {one.what: axis(one) for one in found["results"].lifts}
    return render(
        request, "campaign.html", **found, simulated=simulated, axes=axes,
        holdout=rules.holdout if own is None else own, currency=settings.shop.currency,
    )  # fmt: skip


@routes.post("/campaigns/<name>/status")
@requires("analyst")
async def change_status(request: Request, name: str) -> HTTPResponse:
    """Start, pause or finish a campaign."""
    do, office = field(request, "do", 10), services(request).office
    if do not in STATUS:
        raise InvalidUsage("Start, pause or finish it.")
    try:
        if do == "start":
            office.check_sending()
            office.agreement(office.campaigns.get(name).campaign.purpose)
        entry = office.campaigns.set_status(name, STATUS[do])
    except NotFound as error:
        raise NoPage(str(error)) from error
    except ConfigError as error:
        raise InvalidUsage(str(error)) from error
    services(request).staff.log(request.ctx.staff.login, do, f"campaign {name}", entry.state)
    done = "It sends from its first day on." if entry.state == "scheduled" else DONE[do]
    return go_to(request, f"/console/campaigns/{name}", done)


@routes.get("/campaigns/<name>/mail")
@requires("analyst")
async def mail(request: Request, name: str) -> HTTPResponse:
    """A campaign's mail as one person would get it, but for its products; nothing is sent."""
    email, variant = request.args.get("for", "").strip(), request.args.get("variant", "")
    office = services(request).office
    try:
        entry, person = office.campaigns.get(name), office.people.find(email)
    except NotFound as error:
        raise NoPage(error.message) from error
    row = Mail(0, "campaign", name, entry.version, variant, "", person.id, "queued", "", 0, 0, 0,
               None, None)  # fmt: skip
    services(request).staff.log(request.ctx.staff.login, "looked at a mail", f"campaign {name}")
    made = Writer(office, None, time.time).made(row, person)
    return mail_page(made.html)


def mail_page(page: str) -> HTTPResponse:
    """A mail that is only looked at."""
    return html(page, headers={"Content-Security-Policy": MAIL_CSP, "Cache-Control": "no-store"})


def axis(lift: Lift) -> dict[str, float]:
    """Where a lift, its interval and 0 lie on a line, in percent of its length."""
    edge = max(abs(lift.low), abs(lift.high), 1e-9) * 1.1

    def place(value: float) -> float:
        return round(50 + 50 * value / edge, 2)

    low, high = place(lift.low), place(lift.high)
    return {"at": place(lift.value), "from": low, "length": round(high - low, 2)}


async def apart(settings: Settings, work: Callable[[Office], T]) -> T:
    """Read in a thread, with a connection of its own: everybody else goes on. Raises NoPage."""

    def read() -> T:
        office = Office.open(settings)
        try:
            return work(office)
        finally:
            office.close()

    try:
        return await asyncio.get_running_loop().run_in_executor(None, read)
    except NotFound as error:
        raise NoPage(str(error)) from error


def _sent(office: Office, name: str) -> int:
    row = office.people.one(
        "SELECT count(*) AS n FROM outbox WHERE kind = 'campaign' AND campaign = ? "
        "AND sent_at IS NOT NULL", name,
    )  # fmt: skip
    return row["n"] if row else 0
