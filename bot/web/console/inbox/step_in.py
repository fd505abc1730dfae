"""Stepping into a conversation: take it, write, type, hand back."""

import re

from sanic import Blueprint
from sanic.exceptions import InvalidUsage, SanicException
from sanic.exceptions import NotFound as NoPage
from sanic.request import Request
from sanic.response import HTTPResponse, empty

from bot.errors import NotFound
from bot.staff.macros import unfilled
from bot.staff.work import NotYours, Taken
from bot.transcripts.store import conversation_id
from bot.web.console.access import requires
from bot.web.console.pages import field, go_to
from bot.web.door.bodies import without_controls
from bot.web.services import services

routes = Blueprint("console_step_in", url_prefix="/conversations/<conversation>")

MAX_MESSAGE = 5000


class Conflict(SanicException):
    """Somebody else was faster, or the conversation isn't in that state."""

    status_code = 409


def known(request: Request, conversation: str) -> str:
    """The whole id of a conversation. Raises NoPage when there is none."""
    try:
        return conversation_id(services(request).settings.transcripts_db, conversation)
    except NotFound as error:
        raise NoPage(str(error)) from error


def page_of(conversation: str, request: Request) -> str:
    """The conversation's page, beside the list that the person came from."""
    return field(request, "back", 2000, required=False) or f"/console/conversations/{conversation}"


@routes.post("/take")
@requires("agent")
async def take(request: Request, conversation: str) -> HTTPResponse:
    """Take the conversation from the assistant; 409 when somebody else has it."""
    web, me = services(request), request.ctx.staff
    conversation = known(request, conversation)
    try:
        if web.desk.take(conversation, me):
            web.staff.log(me.login, "took over", f"conversation {conversation}")
    except Taken as error:
        raise Conflict(str(error)) from error
    return go_to(request, page_of(conversation, request), "You have this conversation now.")


@routes.post("/hand-back")
@requires("agent")
async def hand_back(request: Request, conversation: str) -> HTTPResponse:
    """Give the conversation back to the assistant, with a summary for the customer."""
    web, me = services(request), request.ctx.staff
    conversation = known(request, conversation)
    try:
        web.desk.give_back(conversation, me, field(request, "summary", 500, required=False))
    except NotYours as error:
        raise Conflict(str(error)) from error
    web.staff.log(me.login, "handed back", f"conversation {conversation}")
    return go_to(request, page_of(conversation, request), "The assistant has it again.")


@routes.post("/messages")
@requires("agent")
async def say(request: Request, conversation: str) -> HTTPResponse:
    """Write to the customer; the same id again is the same message."""
    web, me = services(request), request.ctx.staff
    conversation = known(request, conversation)
    text = clean(field(request, "text", MAX_MESSAGE))
    if gap := unfilled(text):
        raise InvalidUsage(f"{gap} isn't filled in: write what it stands for, then send.")
    message_id = field(request, "id", 64, required=False)
    if message_id and not re.fullmatch(r"[A-Za-z0-9-]{8,64}", message_id):
        raise InvalidUsage("'id' must be 8 to 64 letters, digits or hyphens: a UUID will do.")
    try:
        seq = web.desk.say(conversation, me, text, f"staff-{message_id}" if message_id else "")
    except NotYours as error:
        raise Conflict(str(error)) from error
    web.staff.log(me.login, "wrote", f"conversation {conversation}")
    return go_to(request, page_of(conversation, request), seq=seq)


@routes.post("/typing")
@requires("agent")
async def typing(request: Request, conversation: str) -> HTTPResponse:
    """The customer sees that somebody types, for some seconds."""
    try:
        services(request).desk.type(known(request, conversation), request.ctx.staff)
    except NotYours as error:
        raise Conflict(str(error)) from error
    return empty()


def clean(text: str) -> str:
    """A text without control characters. Raises InvalidUsage when nothing is left."""
    text = without_controls(text.replace("\r\n", "\n"))
    if not text:
        raise InvalidUsage("The message is empty.")
    return text
