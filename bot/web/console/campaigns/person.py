"""What is known of a person, since when and why; each line can be erased."""

import time

from sanic import Blueprint
from sanic.exceptions import NotFound as NoPage
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.campaigns import features
from bot.campaigns.consent import EVERYTHING, TOLD
from bot.campaigns.people import Known
from bot.errors import NotFound
from bot.web.console.access import requires
from bot.web.console.pages import field, go_to, render
from bot.web.services import services

routes = Blueprint("console_person")


@routes.post("/campaigns/person")
@requires("analyst")
async def show(request: Request) -> HTTPResponse:
    """A person by address, which stands in no address of a page; first the line to erase, if one is named."""
    person, office = _person(request), services(request).office
    if request.form and request.form.get("do"):
        _change(request, person)
        person = _person(request)
    services(request).staff.log(
        request.ctx.staff.login, "looked at a person", f"person {person.id}"
    )
    return render(
        request, "campaign_person.html", person=person, lines=office.people.lines(person.id),
        joined=office.people.joined(person.id), consents=office.consents.history(person.id),
        suppressed=office.consents.suppression(person.mark),
    )  # fmt: skip


@routes.get("/campaigns/person")
@requires("analyst")
async def look(request: Request) -> HTTPResponse:
    """The field for an address."""
    return go_to(request, "/console/campaigns")


def _change(request: Request, person: Known) -> None:
    office, me, now = services(request).office, request.ctx.staff.login, time.time()
    do = field(request, "do", 10)
    if do == "forget":
        kind, value = field(request, "kind", 40), field(request, "value", 300, required=False)
        office.people.forget(person.id, kind, value, now)
        services(request).staff.log(me, "erased a line", f"person {person.id}", kind)
    elif do == "part":
        try:
            office.people.part(person.id, field(request, "conversation", 100), now)
        except NotFound as error:
            raise NoPage(error.message) from error
        services(request).staff.log(me, "parted a conversation", f"person {person.id}")
    elif do == "suppress":
        office.consents.withdraw(person.mark, EVERYTHING, f"staff: {me}", now, reason=TOLD)
        services(request).staff.log(me, "suppressed", f"person {person.id}")
    features.make(office.people.db, [person.id])


def _person(request: Request) -> Known:
    try:
        return services(request).office.people.find(field(request, "email", 300))
    except NotFound as error:
        raise NoPage(str(error)) from error
