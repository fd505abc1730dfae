"""Learning from conversations: a queue of messages to look at again, and what was said of them."""

import re
from typing import Any
from urllib.parse import unquote

from sanic import Blueprint
from sanic.exceptions import InvalidUsage
from sanic.exceptions import NotFound as NoPage
from sanic.request import Request
from sanic.response import HTTPResponse
from sanic.response import text as text_response

from bot.paths import REPOSITORY
from bot.privacy import mask
from bot.staff.conversations import REVIEWS, Finder
from bot.staff.reviews import BadCorrection, intents_and_entities, story
from bot.transcripts.tracker import events_of
from bot.web.console.access import requires
from bot.web.console.inbox.thread import runners_up
from bot.web.console.pages import field, go_to, render
from bot.web.services import services

routes = Blueprint("console_review")

SHOWN = 30
TITLES = {
    "unsure": "Unsure or not understood",
    "thumbs_down": "Thumbs down",
    "sentiment_drop": "Mood fell",
}
# Masked personal data becomes something that reads like it: training data needs whole sentences.
STAND_INS = {
    "[email]": "sam@example.com", "[phone]": "020 555 0134", "[postcode]": "1012 AB",
    "[address]": "Damrak 1", "[card]": "card number", "[account]": "account number",
    "[name]": "Sam", "[number]": "HF-10234", "[link]": "https://example.com",
    "[password]": "hunter2", "[identity]": "C01X00T47", "[birthday]": "3 May 1984", "[ip]": "192.0.2.1",
}  # fmt: skip


@routes.get("/review")
@requires("analyst")
async def queue(request: Request) -> HTTPResponse:
    """Messages that the assistant may have got wrong, and the corrections that were made."""
    kind = request.args.get("kind", "unsure")
    if kind not in REVIEWS:
        raise InvalidUsage(f"Kind is one of {', '.join(REVIEWS)}.")
    rows = await services(request).readers.read(lambda finder: finder.to_review(kind, SHOWN))
    intents, entities = _known()
    return render(
        request,
        "review.html",
        kind=kind,
        titles=TITLES,
        messages=[_shown(row) for row in rows],
        intents=intents,
        entities=entities,
        corrections=services(request).reviews.corrections(),
    )


@routes.post("/review/<message>/correct")
@requires("analyst")
async def correct(request: Request, message: str) -> HTTPResponse:
    """Say which intent and entities a message has; it goes into the reviewed training data."""
    row, (intents, entities) = await _message(request, message), _known()
    intent = field(request, "intent", 80)
    example = field(request, "example", 500, required=False) or _example(row["text"])
    try:
        services(request).reviews.correct(
            row, request.ctx.staff, intent, example, intents, entities
        )
    except BadCorrection as error:
        raise InvalidUsage(str(error)) from error
    return _done(request, row, "corrected", f"Learnt as {intent}.", intent)


@routes.post("/review/<message>/dismiss")
@requires("analyst")
async def dismiss(request: Request, message: str) -> HTTPResponse:
    """Nothing is to be learnt from this message."""
    row = await _message(request, message)
    services(request).reviews.dismiss(row, request.ctx.staff)
    return _done(request, row, "dismissed", "Dismissed.")


@routes.post("/review/<message>/undo")
@requires("analyst")
async def undo(request: Request, message: str) -> HTTPResponse:
    """Take a correction back; the message returns to the queue."""
    row = await _message(request, message)
    services(request).reviews.undo(row["id"])
    return _done(request, row, "took back the correction of", "Taken back.")


@routes.get("/conversations/<conversation>/story")
@requires("analyst")
async def test_story(request: Request, conversation: str) -> HTTPResponse:
    """A good conversation as a Rasa test story, for tests/conversations."""
    events = events_of(services(request).settings.tracker_db, conversation)
    if not events:
        raise NoPage("Rasa doesn't know this conversation.")
    services(request).staff.log(
        request.ctx.staff.login, "exported", f"conversation {conversation}", "test story"
    )
    name = f"conversation-{conversation[:8]}"
    return text_response(
        _without_marks(mask(story(name, events))),
        headers={"Content-Disposition": f'attachment; filename="{name}.yml"'},
        content_type="application/yaml",
    )


def _known() -> tuple[list[str], list[str]]:
    return intents_and_entities(
        REPOSITORY / "nlu_data" / "nlu", REPOSITORY / "bot" / "dialogue" / "domain"
    )


async def _message(request: Request, message: str) -> dict[str, Any]:
    def read(finder: Finder) -> dict[str, Any] | None:
        return finder.message(unquote(message))

    row = await services(request).readers.read(read)
    if row is None or row["sender"] != "customer":
        raise NoPage("There is no such message.")
    return row


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": row["id"],
        "conversation": row["conversation_id"],
        "at": row["at"],
        "text": row["text"],
        "times": row["times"],
        "intent": row["intent"],
        "confidence": row["confidence"],
        "runners_up": runners_up(row),
        "sentiment": row["sentiment"],
        "example": _example(row["text"]),
    }


def _example(text: str) -> str:
    """A message, which is stored masked, as training data: one line, and no [marks]."""
    return " ".join(_without_marks(text).split())


def _without_marks(text: str) -> str:
    return re.sub(r"\[\w+\]", lambda found: STAND_INS.get(found[0], found[0]), text)


def _done(
    request: Request, row: dict[str, Any], action: str, said: str, detail: str = ""
) -> HTTPResponse:
    """Write the training data, log it, and go on with the queue."""
    web = services(request)
    web.reviews.write(web.settings.reviewed_file)
    web.staff.log(request.ctx.staff.login, action, f"message {row['id']}", detail)
    kind = field(request, "kind", 20, required=False)
    return go_to(request, f"/console/review?kind={kind if kind in REVIEWS else 'unsure'}", said)
