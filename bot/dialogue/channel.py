"""The channel between the web process and Rasa: one turn in, its replies out.

It listens on the loopback address and asks for the shop's engine token. A turn is identified by
its message id: asking again for a turn that was done returns the replies it had. Rasa saves the
tracker once, at the end of a turn, so a turn is in the tracker whole or not at all.
"""

import hmac
import json
import logging
import time
from typing import Any, Awaitable, Callable, Dict, List, Optional, Text

from rasa.core.agent import Agent
from rasa.core.channels.channel import InputChannel, OutputChannel, UserMessage
from rasa.shared.core.events import BotUttered, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from sanic import Blueprint
from sanic.exceptions import InvalidUsage, SanicException, ServiceUnavailable, Unauthorized
from sanic.request import Request
from sanic.response import HTTPResponse
from sanic.response import json as json_response

from bot.dialogue.remote_actions import use_fast_actions
from bot.settings import get_settings

logger = logging.getLogger(__name__)

MAX_TEXT = 4000
APOLOGY = "Sorry, something went wrong on our side. Could you ask me that again in a moment?"


class ShoptalkInput(InputChannel):
    """Named in credentials.yml; gives Rasa the routes below /webhooks/shoptalk/."""

    def __init__(self, token: Text) -> None:
        self._token = token

    @classmethod
    def name(cls) -> Text:
        """The channel's name, also stored with each message."""
        return "shoptalk"

    @classmethod
    def from_credentials(cls, credentials: Optional[Dict[Text, Any]]) -> InputChannel:
        """The token comes from the shop's secrets, never from a file in the repository."""
        return cls(get_settings().secrets().engine_token)

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """The routes: health, turn, click."""
        routes = Blueprint("shoptalk_channel")

        @routes.middleware("request")
        async def check_token(request: Request) -> None:
            if request.method == "GET":
                return
            given = request.headers.get("authorization", "")
            if not hmac.compare_digest(given.encode(), f"Bearer {self._token}".encode()):
                raise Unauthorized("The engine token is missing or wrong.")

        @routes.get("/")
        async def health(request: Request) -> HTTPResponse:
            _ready_agent(request)
            return json_response({"status": "ok"})

        @routes.post("/turn")
        async def turn(request: Request) -> HTTPResponse:
            body = _body(request, "conversation", "id", "text")
            return json_response({"messages": await _take_turn(_ready_agent(request), body)})

        @routes.post("/click")
        async def click(request: Request) -> HTTPResponse:
            body = _body(request, "conversation", "sku")
            await _record_click(_ready_agent(request), body)
            return json_response({})

        return routes


class _Replies(OutputChannel):
    """Collects what the assistant says in a turn, each message whole."""

    def __init__(self) -> None:
        self.messages: List[Dict[Text, Any]] = []

    @classmethod
    def name(cls) -> Text:
        return "shoptalk"

    async def send_response(self, recipient_id: Text, message: Dict[Text, Any]) -> None:
        self.messages.append(message)


def _ready_agent(request: Request) -> Agent:
    agent = getattr(request.app.ctx, "agent", None)
    if agent is None or not agent.is_ready():
        raise ServiceUnavailable("The dialogue model is still loading.")
    use_fast_actions(agent.processor)
    return agent


def _body(request: Request, *required: Text) -> Dict[Text, Any]:
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


async def _take_turn(agent: Agent, body: Dict[Text, Any]) -> List[Dict[Text, Any]]:
    conversation, message_id = body["conversation"], body["id"]
    async with agent.lock_store.lock(conversation):
        tracker = await agent.tracker_store.retrieve(conversation)
        said = _replies_in(tracker, message_id) if tracker else None
        if said is None:
            message = await _user_message(agent, body)
            await agent.processor.handle_message(message)
            said = message.output_channel.messages
            if not said:
                said = [await _apologise(agent, conversation)]
    return [_reply(f"{message_id}:{number}", reply) for number, reply in enumerate(said)]


async def _user_message(agent: Agent, body: Dict[Text, Any]) -> UserMessage:
    """What the customer said, or the payload of the quick reply that the web process offered.

    Rasa takes any text that starts with "/" for an intent. What a customer typed never is one:
    such a text is understood behind a space that Rasa doesn't strip, and stored as it was typed.
    """
    text, payload = body["text"].strip(), body.get("payload")
    metadata = {"message_id": body["id"], "received_at": body.get("received_at") or time.time()}
    if payload:
        metadata["title"] = text
    message = UserMessage(
        text=payload or text,
        output_channel=_Replies(),
        sender_id=body["conversation"],
        input_channel=ShoptalkInput.name(),
        message_id=body["id"],
        metadata=metadata,
    )
    if text.startswith("/") and not payload:
        typed = UserMessage(text="typed: " + text, sender_id=body["conversation"])
        parsed = await agent.processor.parse_message(typed)
        shift = len("typed: ")
        for entity in parsed["entities"]:
            entity.update(start=entity["start"] - shift, end=entity["end"] - shift)
        message.parse_data = {**parsed, "text": text}
    return message


def _replies_in(
    tracker: DialogueStateTracker, message_id: Text
) -> Optional[List[Dict[Text, Any]]]:
    """The replies that a message had, or None when the tracker doesn't hold the message."""
    replies: Optional[List[Dict[Text, Any]]] = None
    for event in tracker.events:
        if isinstance(event, UserUttered):
            if replies is not None:
                break
            if event.metadata.get("message_id") == message_id:
                replies = []
        elif isinstance(event, BotUttered) and replies is not None:
            replies.append(event.message())
    return replies


async def _apologise(agent: Agent, conversation: Text) -> Dict[Text, Any]:
    """Answer a turn in which an action failed: silence is the worst of answers."""
    logger.error("A turn of conversation %s ended without a reply.", conversation)
    tracker = await agent.tracker_store.retrieve(conversation)
    apology = BotUttered(APOLOGY)
    tracker.update(apology)
    await agent.processor.save_tracker(tracker)
    return apology.message()


def _reply(message_id: Text, said: Dict[Text, Any]) -> Dict[Text, Any]:
    custom = said.get("custom") or {}
    return {
        "id": message_id,
        "text": said.get("text") or "",
        "buttons": said.get("buttons") or [],
        "products": custom.get("products", []),
    }


async def _record_click(agent: Agent, body: Dict[Text, Any]) -> None:
    """Note in the tracker which product the customer opened; a repeated click changes nothing."""
    clicked = {"sku": body["sku"], "at": body.get("at") or time.time()}
    async with agent.lock_store.lock(body["conversation"]):
        tracker = await agent.tracker_store.retrieve(body["conversation"])
        if tracker is None or tracker.get_slot("product_clicked") == clicked:
            return
        tracker.update(SlotSet("product_clicked", clicked), agent.domain)
        await agent.tracker_store.save(tracker)
