"""The inbox: conversations in a list, and one beside it."""

from sanic import Blueprint
from sanic.exceptions import NotFound as NoPage
from sanic.request import Request
from sanic.response import HTTPResponse, redirect

from bot.errors import NotFound
from bot.store.transcripts import list_conversations, show_conversation
from bot.web.console.access import requires
from bot.web.console.pages import render

routes = Blueprint("console_conversations")


@routes.get("/")
@requires("agent")
async def home(request: Request) -> HTTPResponse:
    """The first page."""
    return redirect("/console/conversations")


@routes.get("/conversations")
@requires("agent")
async def listing(request: Request) -> HTTPResponse:
    """The latest conversations."""
    return render(request, "conversations.html", conversations=_latest(request))


@routes.get("/conversations/<conversation>")
@requires("agent")
async def one(request: Request, conversation: str) -> HTTPResponse:
    """One conversation beside the list."""
    ctx = request.app.ctx
    try:
        messages = show_conversation(ctx.settings.transcripts_db, conversation)
    except NotFound as error:
        raise NoPage(str(error)) from error
    ctx.staff.log(request.ctx.staff.login, "looked at", f"conversation {conversation}")
    return render(
        request,
        "conversations.html",
        conversations=_latest(request),
        conversation=conversation,
        messages=messages,
    )


def _latest(request: Request) -> list:
    try:
        return list_conversations(request.app.ctx.settings.transcripts_db)
    except NotFound:
        return []  # nobody has said anything yet
