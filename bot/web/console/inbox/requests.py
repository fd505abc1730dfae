"""What customers asked staff to do: the list, one of them, taking it, its state, the export."""

import asyncio
import csv
import io
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote_plus, urlencode

from sanic import Blueprint
from sanic.exceptions import Forbidden, InvalidUsage
from sanic.exceptions import NotFound as NoPage
from sanic.request import Request
from sanic.response import HTTPResponse
from sanic.response import text as text_response

from bot.errors import NotFound, ShoptalkError
from bot.privacy import mask
from bot.privacy.staff import mask_for_anyone, mask_for_staff
from bot.staff.requests import (
    BY_STAFF,
    NOBODY,
    PAGE,
    VIEWS,
    BadRequestFilter,
    CustomerRequest,
    RequestFilters,
    Withdrawn,
    all_requests,
)
from bot.staff.work import NotYours, Taken
from bot.transcripts.store import neutral_cell
from bot.web.console.access import requires
from bot.web.console.inbox.conversations import HIDDEN, is_unmasked, may_unmask, unmask
from bot.web.console.inbox.step_in import Conflict, clean
from bot.web.console.pages import field, go_to, list_field, render
from bot.web.services import services

routes = Blueprint("console_requests")

LIST = "/console/requests"
MAX_NOTE = 2000
MAX_EXPORTED = 20_000
TAKE = "take"  # what can be done with several at once, besides setting a state
COLUMNS = (
    "reference", "kind", "state", "asked_at", "changed_at", "changed_by", "assignee", "order",
    "shop_reference", "sku", "email", "detail", "note", "conversation",
)  # fmt: skip
HOUR = 3600.0
ADDRESSES = ("change_address",)  # kinds whose words are an address, however it is written


@routes.get("/requests")
@requires("agent")
async def listing(request: Request) -> HTTPResponse:
    """Requests that meet the filters in the address, the oldest first; personal data is masked."""
    store, filters = services(request).desk.requests, request_filters(request)
    found = store.page(filters, request.args.get("after", ""))
    return render(
        request, "requests.html",
        requests=[_line(request, one) for one in found],
        filters=filters,
        query=urlencode(filters.query()),
        more=found[-1].reference if len(found) == PAGE else "",
        views=list(VIEWS), counts=store.counts(), kinds=store.kinds(), states=BY_STAFF,
        nobody=NOBODY, people=[one.login for one in services(request).staff.everyone()],
    )  # fmt: skip


@routes.get("/requests/export")
@requires("analyst")
async def export(request: Request) -> HTTPResponse:
    """All requests that meet the filters, as CSV; order numbers are in it, other personal data not."""
    web, filters = services(request), request_filters(request)
    found = await asyncio.get_event_loop().run_in_executor(
        None, _table, web.settings.staff_db, filters
    )
    asked_for = f"csv {mask(unquote_plus(request.query_string))}"
    web.staff.log(request.ctx.staff.login, "exported", f"{found[0]} requests", asked_for)
    headers = {
        "Content-Disposition": 'attachment; filename="requests.csv"',
        "Cache-Control": "no-store",
    }
    return text_response(found[1], headers=headers, content_type="text/csv")


@routes.post("/requests/bulk")
@requires("agent")
async def bulk(request: Request) -> HTTPResponse:
    """Take several, or set their state; what somebody else does is left, and said."""
    do, references = field(request, "do", 20), list_field(request, "reference")
    if do != TAKE and do not in BY_STAFF:
        raise InvalidUsage(f"Do is one of {', '.join((TAKE, *BY_STAFF))}.")
    done, left = 0, []
    for reference in references:
        try:
            _do(request, reference, do)
            done += 1
        except (NotFound, NotYours, Taken, Withdrawn) as error:
            left.append(str(error))
    services(request).hub.report("", "request")
    said = " ".join([f"{done} of {len(references)} done.", *left[:3]])
    return go_to(request, _back(request, LIST), said)


@routes.get("/requests/<reference>")
@requires("agent")
async def one(request: Request, reference: str) -> HTTPResponse:
    """One request, with all that is known of it; personal data is masked."""
    web, found = services(request), _known(request, reference)
    if request.headers.get("x-live") != "1":
        web.staff.log(request.ctx.staff.login, "looked at", f"request {reference}")
    clear = is_unmasked(request, found.conversation)
    return render(
        request, "request.html",
        request={**_line(request, found, clear), "others": [
            _line(request, other)
            for other in web.desk.requests.of_conversation(found.conversation)
            if other.reference != reference
        ], "pictures": [one.id for one in web.pictures.of(found.conversation)]},
        states=BY_STAFF, people=[person.login for person in web.staff.everyone()],
    )  # fmt: skip


@routes.post("/requests/<reference>/take")
@requires("agent")
async def take(request: Request, reference: str) -> HTTPResponse:
    """Begin with it; 409 when somebody else has."""
    _known(request, reference)
    try:
        _do(request, reference, TAKE)
    except (Taken, Withdrawn) as error:
        raise Conflict(str(error)) from error
    return _done(request, reference, "It is yours now.")


@routes.post("/requests/<reference>/assign")
@requires("agent")
async def assign(request: Request, reference: str) -> HTTPResponse:
    """Let somebody do it; an empty login means nobody."""
    web, login = services(request), field(request, "login", 80, required=False)
    _known(request, reference)
    person = web.staff.find(login) if login else None
    if login and person is None:
        raise InvalidUsage(f"There is no {login!r}.")
    try:
        web.desk.requests.assign(reference, person)
    except Withdrawn as error:
        raise Conflict(str(error)) from error
    web.staff.log(request.ctx.staff.login, "assigned", f"request {reference}", login)
    said = f"{person.name} does it." if person else "Nobody in particular does it."
    return _done(request, reference, said)


@routes.post("/requests/<reference>/state")
@requires("agent")
async def change(request: Request, reference: str) -> HTTPResponse:
    """Set the state, with a note that the customer reads; 409 when somebody else does it."""
    state, note = field(request, "state", 20), field(request, "note", MAX_NOTE, required=False)
    _known(request, reference)
    try:
        _do(request, reference, state, clean(note) if note else "")
    except (NotYours, Withdrawn) as error:
        raise Conflict(str(error)) from error
    except ShoptalkError as error:
        raise InvalidUsage(str(error)) from error
    return _done(request, reference, "The customer reads your note." if note else "Saved.")


@routes.post("/requests/<reference>/unmask")
@requires("agent")
async def show_personal_data(request: Request, reference: str) -> HTTPResponse:
    """Show personal data of it and its conversation for a quarter of an hour; it is logged."""
    found = _known(request, reference)
    if not may_unmask(request, found.conversation):
        raise Forbidden("Take or get assigned this request to see personal data.")
    unmask(request, found.conversation)
    services(request).staff.log(
        request.ctx.staff.login, "saw personal data", f"request {reference}"
    )
    return go_to(request, f"{LIST}/{reference}")


def request_filters(request: Request) -> RequestFilters:
    """The filters of an address. Raises InvalidUsage."""
    try:
        return RequestFilters.read({name: values[0] for name, values in request.args.items()})
    except BadRequestFilter as error:
        raise InvalidUsage(str(error)) from error


def age_level(found: CustomerRequest, shop: Any, now: float) -> str:
    """How long nobody has done it: "", "amber" or "red"."""
    hours = (now - found.asked_at) / HOUR
    if not found.is_open or hours < shop.requests.amber_hours:
        return ""
    return "red" if hours >= shop.requests.red_hours else "amber"


def _known(request: Request, reference: str) -> CustomerRequest:
    try:
        return services(request).desk.requests.get(reference)
    except NotFound as error:
        raise NoPage(str(error)) from error


def _do(request: Request, reference: str, do: str, note: str = "") -> None:
    """Take a request or set its state, and log it. Raises as RequestStore does."""
    web, me = services(request), request.ctx.staff
    if do == TAKE:
        web.desk.requests.take(reference, me)
        web.staff.log(me.login, "took", f"request {reference}")
        return
    found = web.desk.requests.change(reference, do, note, me)
    web.staff.log(me.login, "set the state", f"request {reference}", do)
    if note:
        web.desk.tell_of(found, me, note)


def _done(request: Request, reference: str, said: str) -> HTTPResponse:
    services(request).hub.report("", "request")
    return go_to(request, _back(request, f"{LIST}/{reference}"), said)


def _back(request: Request, otherwise: str) -> str:
    return field(request, "back", 2000, required=False) or otherwise


def _line(request: Request, found: CustomerRequest, clear: bool = False) -> dict[str, Any]:
    """A request as staff see it; `clear`: with personal data."""
    web, may = services(request), may_unmask(request, found.conversation)
    hide: Callable[[str], str] = mask_for_staff if may else mask_for_anyone
    if clear:
        hide = str
    shown = replace(
        found,
        email=hide(found.email),
        order_number=found.order_number if may or not found.order_number else HIDDEN,
        shop_reference=found.shop_reference if may or not found.shop_reference else HIDDEN,
        detail=found.detail if clear else _masked_words(found, hide),
        note=hide(found.note),
    )
    return {
        **shown.__dict__,
        "is_open": found.is_open,
        "level": age_level(found, web.settings.shop, time.time()),
        "is_mine": found.assignee == request.ctx.staff.login,
        "may_unmask": may,
        "masked": not clear,
    }


def _masked_words(found: CustomerRequest, hide: Callable[[str], str]) -> str:
    """What the customer asked for, without personal data."""
    return "[address]" if found.kind in ADDRESSES and found.detail else hide(found.detail)


def _table(path: Any, filters: RequestFilters) -> tuple[int, str]:
    """How many requests meet the filters, and the CSV of them."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    found = all_requests(path, filters, MAX_EXPORTED)
    for one in found:
        row = {
            **one.__dict__,
            "asked_at": _iso(one.asked_at),
            "changed_at": _iso(one.changed_at),
            "order": one.order_number,
            "email": mask(one.email),
            "detail": _masked_words(one, mask_for_staff),
            "note": mask_for_staff(one.note),
        }
        writer.writerow([neutral_cell(row[name]) for name in COLUMNS])
    return len(found), out.getvalue()


def _iso(at: float | None) -> str:
    """A time as in ISO 8601, in UTC to the second."""
    if at is None:
        return ""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")
