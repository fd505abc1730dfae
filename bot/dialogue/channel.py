"""The channel between the web process and Rasa: one turn in, its replies out (bot/dialogue/turn.py).

It listens on the loopback address and asks for the shop's engine token. A turn is identified by
its message id: asking again for a turn that was done returns the replies it had. Rasa saves the
tracker once, at the end of a turn, so a turn is in the tracker whole or not at all.
"""

import gc
import json
import logging
import sqlite3
import time
from collections.abc import Awaitable, Callable
from typing import Any

from rasa.core.agent import Agent
from rasa.core.channels.channel import InputChannel, UserMessage
from rasa.shared.core.events import SlotSet
from sanic import Blueprint, Sanic
from sanic.exceptions import InvalidUsage, SanicException, ServiceUnavailable, Unauthorized
from sanic.request import Request
from sanic.response import HTTPResponse
from sanic.response import json as json_response

from bot.dialogue.agents import processor_of
from bot.dialogue.broker import TranscriptBroker
from bot.dialogue.language import language_of
from bot.dialogue.notes import SENDERS, take_note
from bot.dialogue.remote_actions import use_fast_actions
from bot.dialogue.stages import begin
from bot.dialogue.tracker_store import let_it_fail
from bot.dialogue.turn import CHANNEL, asked_of_staff, take_turn
from bot.dialogue.understanding import parse
from bot.errors import StoreError
from bot.settings import get_settings
from bot.settings.keys import Secrets
from bot.spoken import speak, spoken

logger = logging.getLogger(__name__)

MAX_TEXT = 5000


class ShoptalkInput(InputChannel):
    """Named in credentials.yml; gives Rasa the routes below /webhooks/shoptalk/."""

    def __init__(self, secrets: Callable[[], Secrets]) -> None:
        self._secrets = secrets

    @classmethod
    def name(cls) -> str:
        """The channel's name, also stored with each message."""
        return CHANNEL

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> InputChannel:
        """The tokens come from the shop's secrets, never from a file in the repository."""
        return cls(get_settings().secrets)

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """The routes: health, ready, turn, note, click, like, sentiment."""
        routes = Blueprint("shoptalk_channel")
        # Called with the method itself, a blueprint would silently leave it out: it is no function.
        routes.middleware("request")(self._check_token)
        routes.exception(sqlite3.Error, StoreError)(_say_later)
        routes.listener("after_server_start")(_settle_down)
        for handler in (_health, _ready):
            name = handler.__name__.strip("_")
            routes.add_route(handler, f"/{name}", name=name)
        for handler in (_turn, _note, _click, _like, _sentiment):
            name = handler.__name__.strip("_")
            routes.add_route(handler, f"/{name}", methods=("POST",), name=name)
        return routes

    async def _check_token(self, request: Request) -> None:
        if request.method == "GET":
            return
        if not self._secrets().is_ours(request.headers.get("authorization", "")):
            raise Unauthorized("The engine token is missing or wrong.")


async def _say_later(request: Request, error: Exception) -> HTTPResponse:
    # A turn that couldn't be written down wasn't done: the web process asks again.
    logger.error("The tracker can't be written or read: %s", error)
    return json_response({"error": "Try again later."}, status=503)


async def _settle_down(app: Sanic) -> None:
    if app.ctx.agent.is_ready():
        gc.freeze()  # going through all that a model holds stops every turn for half a second
    else:  # Rasa would go on serving nothing; who started it starts it again
        logger.error("No model could be loaded. Ending, to be started again.")
        app.stop()


async def _health(request: Request) -> HTTPResponse:
    return json_response({"status": "ok"})


async def _ready(request: Request) -> HTTPResponse:
    broker = _ready_agent(request).tracker_store.event_broker
    assert isinstance(broker, TranscriptBroker)  # endpoints.yml names it
    return json_response({"status": "ok", "transcripts_waiting": broker.waiting})


async def _turn(request: Request) -> HTTPResponse:
    body = _body(request, "conversation", "id", "text")
    agent, seconds = _ready_agent(request), begin()
    replies = await take_turn(agent, body)
    asked = await asked_of_staff(agent, body)
    asked["seen"]["seconds"] = seconds
    return json_response({"messages": replies, "language": spoken(), **asked})


async def _note(request: Request) -> HTTPResponse:
    body = _body(request, "conversation", "id", "text", "note")
    if body["note"] not in SENDERS:
        raise InvalidUsage(f"'note' must be one of {', '.join(SENDERS)}.")
    await take_note(_ready_agent(request), body, CHANNEL)
    return json_response({})


async def _click(request: Request) -> HTTPResponse:
    body = _body(request, "conversation", "sku")
    await _record_click(_ready_agent(request), body)
    return json_response({})


async def _like(request: Request) -> HTTPResponse:
    body = _body(request, "conversation", "sku")
    await _record_like(_ready_agent(request), body)
    return json_response({})


async def _sentiment(request: Request) -> HTTPResponse:
    text = _body(request, "text")["text"]
    own = get_settings().shop.languages[0]
    speak(language_of(text, own, first=True) or own)
    parsed = await parse(processor_of(_ready_agent(request)), text)
    return json_response({"sentiment": parsed.get("sentiment")})


def _ready_agent(request: Request) -> Agent:
    agent = getattr(request.app.ctx, "agent", None)
    if agent is None or not agent.is_ready():
        raise ServiceUnavailable("The dialogue model is still loading.")
    let_it_fail(agent)
    use_fast_actions(processor_of(agent))
    return agent


def _body(request: Request, *required: str) -> dict[str, Any]:
    try:
        body = json.loads(request.body)
    except ValueError as error:
        raise InvalidUsage(f"The body is not JSON: {error}.") from error
    if not isinstance(body, dict):
        raise InvalidUsage("The body is not a JSON object.")
    for key in required:
        if not isinstance(body.get(key), str) or not body[key].strip():
            raise SanicException(f"{key!r} is missing, empty or not a text.", status_code=422)
    if len(body.get("text", "")) > MAX_TEXT:
        raise SanicException(f"'text' is over {MAX_TEXT} characters.", status_code=422)
    return body


async def _record_click(agent: Agent, body: dict[str, Any]) -> None:
    """Note in the tracker which product the customer opened; a repeated click changes nothing."""
    clicked = {"sku": body["sku"], "at": body.get("at") or time.time()}
    async with agent.lock_store.lock(body["conversation"]):
        tracker = await agent.tracker_store.retrieve(body["conversation"])
        if tracker is None or tracker.get_slot("product_clicked") == clicked:
            return
        tracker.update(SlotSet("product_clicked", clicked), agent.domain)
        await agent.tracker_store.save(tracker)


async def _record_like(agent: Agent, body: dict[str, Any]) -> None:
    """A product that the customer likes (value 1) or dislikes (-1) on its card."""
    sku = body["sku"]
    kept, left = ("disliked", "liked") if body.get("value") == -1 else ("liked", "disliked")
    async with agent.lock_store.lock(body["conversation"]):
        tracker = await agent.tracker_store.retrieve(body["conversation"])
        if tracker is None:
            return
        for slot in (kept, left):
            others = [other for other in tracker.get_slot(slot) or [] if other != sku]
            value = [*others, sku] if slot == kept else others
            if value != (tracker.get_slot(slot) or []):
                tracker.update(SlotSet(slot, value), agent.domain)
        await agent.tracker_store.save(tracker)
