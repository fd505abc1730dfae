"""Work on a conversation: assign, resolve, snooze, tags, notes, macros, personal data."""

import time
from dataclasses import replace

from sanic import Blueprint
from sanic.exceptions import Forbidden, InvalidUsage
from sanic.exceptions import NotFound as NoPage
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.errors import NotFound, ShoptalkError
from bot.staff.macros import Step, fill, unfilled
from bot.staff.work import NotYours, Taken
from bot.web.console.access import requires
from bot.web.console.inbox.conversations import may_unmask, orders_in, reply_values, unmask
from bot.web.console.inbox.step_in import Conflict, clean, known, page_of
from bot.web.console.pages import field, go_to
from bot.web.services import services

routes = Blueprint("console_work", url_prefix="/conversations/<conversation>")

MAX_NOTE = 2000
SNOOZE_HOURS = {"1": 1, "4": 4, "24": 24, "168": 168}


def _done(
    request: Request, conversation: str, action: str, said: str, detail: str = ""
) -> HTTPResponse:
    """Log it, tell who watches, and go back to the conversation."""
    web = services(request)
    web.staff.log(request.ctx.staff.login, action, f"conversation {conversation}", detail)
    web.hub.report(conversation, "changed")
    return go_to(request, page_of(conversation, request), said)


@routes.post("/assign")
@requires("agent")
async def assign(request: Request, conversation: str) -> HTTPResponse:
    """Let somebody look after the conversation; an empty login means nobody."""
    web, conversation = services(request), known(request, conversation)
    login = field(request, "login", 80, required=False)
    person = web.staff.find(login) if login else None
    if login and person is None:
        raise InvalidUsage(f"There is no {login!r}.")
    web.desk.work.assign(conversation, person)
    said = f"{person.name} looks after it." if person else "Nobody in particular looks after it."
    return _done(request, conversation, "assigned", said, login)


@routes.post("/resolve")
@requires("agent")
async def resolve(request: Request, conversation: str) -> HTTPResponse:
    """Done. Whoever has the conversation hands it back."""
    web, conversation = services(request), known(request, conversation)
    _hand_back_if_owned(request, conversation)
    web.desk.work.resolve(conversation)
    return _done(request, conversation, "resolved", "Resolved.")


@routes.post("/reopen")
@requires("agent")
async def reopen(request: Request, conversation: str) -> HTTPResponse:
    """Not done after all."""
    conversation = known(request, conversation)
    services(request).desk.work.reopen(conversation)
    return _done(request, conversation, "reopened", "Open again.")


@routes.post("/snooze")
@requires("agent")
async def snooze(request: Request, conversation: str) -> HTTPResponse:
    """Out of the lists for some hours, or until the customer writes."""
    conversation, hours = known(request, conversation), field(request, "hours", 4)
    if hours not in SNOOZE_HOURS:
        raise InvalidUsage(f"Hours is one of {', '.join(SNOOZE_HOURS)}.")
    until = time.time() + SNOOZE_HOURS[hours] * 3600
    services(request).desk.work.snooze(conversation, until)
    return _done(
        request, conversation, "snoozed", "Snoozed; it comes back by itself.", f"{hours} h"
    )


@routes.post("/tags")
@requires("agent")
async def add_tag(request: Request, conversation: str) -> HTTPResponse:
    """Add a tag."""
    conversation = known(request, conversation)
    try:
        tag = services(request).desk.work.tag(conversation, field(request, "tag", 40))
    except ShoptalkError as error:
        raise InvalidUsage(str(error)) from error
    return _done(request, conversation, "tagged", "", tag)


@routes.post("/untag")
@requires("agent")
async def remove_tag(request: Request, conversation: str) -> HTTPResponse:
    """Remove a tag."""
    conversation, tag = known(request, conversation), field(request, "tag", 40)
    services(request).desk.work.untag(conversation, tag)
    return _done(request, conversation, "untagged", "", tag)


@routes.post("/notes")
@requires("agent")
async def note(request: Request, conversation: str) -> HTTPResponse:
    """An internal note; @login tells that person."""
    conversation = known(request, conversation)
    text = clean(field(request, "text", MAX_NOTE))
    told = services(request).desk.work.note(conversation, request.ctx.staff, text)
    said = f"Noted; {', '.join(told)} will see it." if told else "Noted."
    return _done(request, conversation, "noted", said)


@routes.post("/unmask")
@requires("agent")
async def show_personal_data(request: Request, conversation: str) -> HTTPResponse:
    """Show personal data to this session for a quarter of an hour; it is logged."""
    conversation = known(request, conversation)
    if not may_unmask(request, conversation):
        raise Forbidden("Take or get assigned this conversation to see personal data.")
    unmask(request, conversation)
    services(request).staff.log(
        request.ctx.staff.login, "saw personal data", f"conversation {conversation}"
    )
    return go_to(request, page_of(conversation, request))


@routes.post("/macro")
@requires("agent")
async def run_macro(request: Request, conversation: str) -> HTTPResponse:
    """Do all steps of a macro; it stops at the first that can't be done, and says which."""
    conversation, name = known(request, conversation), field(request, "name", 40)
    try:
        steps = services(request).aids.macro(name)
    except NotFound as error:
        raise NoPage(str(error)) from error
    values = reply_values(request, await _orders(request, conversation))
    steps = [
        replace(step, text=fill(step.text, values)) if step.do == "reply" else step
        for step in steps
    ]
    for step in steps:
        if step.do == "reply" and (gap := unfilled(step.text)):
            raise Conflict(f"Nothing was done: {gap} of the reply in {name} isn't known here.")
    for number, step in enumerate(steps, start=1):
        try:
            _do(request, conversation, step)
        except (NotYours, Taken) as error:
            raise Conflict(f"Step {number} of {name}, {step.do}: {error}") from error
    return _done(request, conversation, "ran a macro", f"{name} is done.", name)


async def _orders(request: Request, conversation: str) -> list[str]:
    """The order numbers of the conversation that this person may see."""
    own = may_unmask(request, conversation)
    read = services(request).readers.read
    return orders_in(await read(lambda finder: finder.messages(conversation, own)))


def _do(request: Request, conversation: str, step: Step) -> None:
    web, me = services(request), request.ctx.staff
    if step.do == "take":
        web.desk.take(conversation, me)
    elif step.do == "reply":
        web.desk.say(conversation, me, step.text)
    elif step.do == "tag":
        web.desk.work.tag(conversation, step.text)
    elif step.do == "note":
        web.desk.work.note(conversation, me, step.text)
    elif step.do == "assign_me":
        web.desk.work.assign(conversation, me)
    elif step.do == "hand_back":
        web.desk.give_back(conversation, me)
    elif step.do == "resolve":
        _hand_back_if_owned(request, conversation)
        web.desk.work.resolve(conversation)


def _hand_back_if_owned(request: Request, conversation: str) -> None:
    web = services(request)
    if web.desk.work.is_owned(conversation):
        try:
            web.desk.give_back(conversation, request.ctx.staff)
        except NotYours as error:
            raise Conflict(str(error)) from error
