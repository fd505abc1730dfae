"""The channel between the web process and Rasa: one turn in, its replies out.

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
from dataclasses import replace
from typing import Any

from rasa.core.agent import Agent
from rasa.core.channels.channel import InputChannel, OutputChannel, UserMessage
from rasa.shared.core.constants import REQUESTED_SLOT
from rasa.shared.core.events import ActionExecuted, ActiveLoop, BotUttered, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from sanic import Blueprint, Sanic
from sanic.exceptions import InvalidUsage, SanicException, ServiceUnavailable, Unauthorized
from sanic.request import Request
from sanic.response import HTTPResponse
from sanic.response import json as json_response

from bot.apologies import NOTHING_SAID
from bot.dialogue.notes import SENDERS, take_note
from bot.dialogue.remote_actions import use_fast_actions
from bot.dialogue.stages import begin, stage
from bot.dialogue.tracker_store import let_it_fail
from bot.dialogue.understanding import parse, understand
from bot.errors import StoreError
from bot.logs import about
from bot.privacy.vault import vault_in
from bot.settings import get_settings
from bot.settings.keys import Secrets
from bot.staff.asked import TICKETS, Asked, reference_for

logger = logging.getLogger(__name__)

MAX_TEXT = 5000
AT_A_LOSS = (
    "action_default_fallback",
    "action_default_ask_affirmation",
    "action_default_ask_rephrase",
)


class ShoptalkInput(InputChannel):
    """Named in credentials.yml; gives Rasa the routes below /webhooks/shoptalk/."""

    def __init__(self, secrets: Callable[[], Secrets]) -> None:
        self._secrets = secrets

    @classmethod
    def name(cls) -> str:
        """The channel's name, also stored with each message."""
        return "shoptalk"

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> InputChannel:
        """The tokens come from the shop's secrets, never from a file in the repository."""
        return cls(get_settings().secrets)

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """The routes: health, ready, turn, note, click, like, sentiment."""
        routes = Blueprint("shoptalk_channel")

        @routes.middleware("request")
        async def check_token(request: Request) -> None:
            if request.method == "GET":
                return
            if not self._secrets().is_ours(request.headers.get("authorization", "")):
                raise Unauthorized("The engine token is missing or wrong.")

        @routes.exception(sqlite3.Error, StoreError)
        async def say_later(request: Request, error: Exception) -> HTTPResponse:
            # A turn that couldn't be written down wasn't done: the web process asks again.
            logger.error("The tracker can't be written or read: %s", error)
            return json_response({"error": "Try again later."}, status=503)

        @routes.listener("after_server_start")
        async def settle_down(app: Sanic) -> None:
            if app.ctx.agent.is_ready():
                gc.freeze()  # going through all that a model holds stops every turn for half a second
            else:  # Rasa would go on serving nothing; who started it starts it again
                logger.error("No model could be loaded. Ending, to be started again.")
                app.stop()

        @routes.get("/health")
        async def health(request: Request) -> HTTPResponse:
            return json_response({"status": "ok"})

        @routes.get("/ready")
        async def ready(request: Request) -> HTTPResponse:
            broker = _ready_agent(request).tracker_store.event_broker
            return json_response({"status": "ok", "transcripts_waiting": broker.waiting})

        @routes.post("/turn")
        async def turn(request: Request) -> HTTPResponse:
            body = _body(request, "conversation", "id", "text")
            agent, seconds = _ready_agent(request), begin()
            replies = await _take_turn(agent, body)
            asked = await _asked_of_staff(agent, body)
            asked["seen"]["seconds"] = seconds
            return json_response({"messages": replies, **asked})

        @routes.post("/note")
        async def note(request: Request) -> HTTPResponse:
            body = _body(request, "conversation", "id", "text", "note")
            if body["note"] not in SENDERS:
                raise InvalidUsage(f"'note' must be one of {', '.join(SENDERS)}.")
            await take_note(_ready_agent(request), body, self.name())
            return json_response({})

        @routes.post("/click")
        async def click(request: Request) -> HTTPResponse:
            body = _body(request, "conversation", "sku")
            await _record_click(_ready_agent(request), body)
            return json_response({})

        @routes.post("/like")
        async def like(request: Request) -> HTTPResponse:
            body = _body(request, "conversation", "sku")
            await _record_like(_ready_agent(request), body)
            return json_response({})

        @routes.post("/sentiment")
        async def sentiment(request: Request) -> HTTPResponse:
            text = _body(request, "text")["text"]
            parsed = await parse(_ready_agent(request).processor, text)
            return json_response({"sentiment": parsed.get("sentiment")})

        return routes


class _Replies(OutputChannel):
    """Collects what the assistant says in a turn, each message whole."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []

    @classmethod
    def name(cls) -> str:
        return "shoptalk"

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        self.messages.append(message)


def _ready_agent(request: Request) -> Agent:
    agent = getattr(request.app.ctx, "agent", None)
    if agent is None or not agent.is_ready():
        raise ServiceUnavailable("The dialogue model is still loading.")
    let_it_fail(agent)
    use_fast_actions(agent.processor)
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


async def _take_turn(agent: Agent, body: dict[str, Any]) -> list[dict[str, Any]]:
    conversation, message_id = body["conversation"], body["id"]
    async with agent.lock_store.lock(conversation):
        tracker = await agent.tracker_store.retrieve(conversation)
        if body.get("survey") and not _parts_done(tracker, message_id) and _busy(tracker, body):
            return []
        if tracker and _know_email(tracker, body, agent):
            await agent.tracker_store.save(tracker)
        with stage("understanding"):
            messages = await _parts_left(agent, tracker, body)
        for message in messages:
            await agent.processor.handle_message(message)
        tracker = await agent.tracker_store.retrieve(conversation)
        said = _replies_in(tracker, message_id) if tracker else []
        if not said:
            said = [await _apologise(agent, conversation)]
    return [_reply(f"{message_id}:{number}", reply) for number, reply in enumerate(said)]


def _know_email(tracker: DialogueStateTracker, body: dict[str, Any], agent: Agent) -> bool:
    """Take over the address that the shop's server signed for, unless one was ever named here."""
    email = (body.get("customer") or {}).get("email")
    if not email or any(isinstance(one, SlotSet) and one.key == "email" for one in tracker.events):
        return False
    tracker.update(SlotSet("email", email.lower()), agent.domain)
    return True


async def _asked_of_staff(agent: Agent, body: dict[str, Any]) -> dict[str, Any]:
    """What a turn asked of staff: `requests`, each an `Asked` as JSON, and a `handoff` (at, reason, why);
    or of the web process: an `erasure` of this conversation and of those under an address (at, email).

    And what was `seen` of it: whether the assistant was at a loss.
    """
    tracker = await agent.tracker_store.retrieve(body["conversation"])
    asked: dict[str, Any] = {}
    requests: list[Asked] = []
    at_a_loss = False
    within = False
    for event in tracker.events if tracker else ():
        if isinstance(event, UserUttered):
            within = event.metadata.get("message_id") == body["id"]
        elif within and isinstance(event, ActionExecuted):
            at_a_loss = at_a_loss or event.action_name in AT_A_LOSS
        elif within and isinstance(event, SlotSet) and isinstance(event.value, dict):
            if event.key == "handoff_requested":
                asked["handoff"] = event.value
            elif event.key == "erasure_asked":
                asked["erasure"] = event.value
            elif event.key in ("request_made", "request_withdrawn"):
                requests.append(_request(event, body["id"]))
    if any(one.kind in TICKETS for one in requests):
        asked.pop("handoff", None)  # nobody is there: it waits as a ticket
    return {
        **asked,
        "requests": [one.as_json() for one in requests],
        "seen": {"fallback": at_a_loss},
    }


def _request(event: SlotSet, message_id: str) -> Asked:
    """What an action asked of staff; one that it gave no reference gets one, always the same."""
    asked = Asked.read(
        event.value, message_id=message_id, withdrawn=event.key == "request_withdrawn"
    )
    if asked.reference:
        return asked
    vault = vault_in(get_settings().var)
    return replace(asked, reference=reference_for(vault, message_id, asked.kind, asked.at))


async def _parts_left(
    agent: Agent, tracker: DialogueStateTracker | None, body: dict[str, Any]
) -> list[UserMessage]:
    """What is to be done of a turn: all of it, or what a killed process left.

    Rasa takes any text that starts with "/" for an intent; what a customer typed never is one, only
    the payload of a quick reply that was offered, pressed or typed word for word. A message with two requests becomes
    two turns of Rasa's. The first notes the text of the `further` one, since what the first does
    can change how the message reads; the second has `part` in its metadata.
    """
    text = body["text"].strip()
    payload = body.get("payload") or _typed_button(tracker, text)
    metadata = {"message_id": body["id"], "received_at": body.get("received_at") or time.time()}
    whose = {name: body[name] for name in ("customer", "network") if body.get(name)}
    metadata.update(whose)
    if body.get("card_answer"):
        metadata["card_answer"] = body["card_answer"]
    done = _parts_done(tracker, body["id"])
    if done:
        left = done[0].metadata.get("further", [])[len(done) - 1 :]
        parsed = [await parse(agent.processor, part) for part in left]
    elif body.get("survey"):
        intent = {"name": "start_survey", "confidence": 1.0}
        start = {"text": text, "intent": intent, "intent_ranking": [intent], "entities": []}
        more = {"is_external": True, "survey": body["survey"]}
        return [_message(body, text, {**metadata, **more}, start)]
    elif payload:
        return [_message(body, payload, {**metadata, "title": text}, None)]
    else:
        first, *parsed = await understand(agent.processor, tracker, text)
        if first.pop("leaves", False) and tracker:
            await _leave_form(agent, tracker)
        for name in ("later", "beside"):
            if value := first.pop(name, None):
                metadata[name] = value
        if parsed:
            metadata["further"] = [part["text"] for part in parsed]
    messages = [] if done else [_message(body, text, metadata, first)]
    for number, part in enumerate(parsed, start=max(1, len(done)) + 1):
        received_at = metadata["received_at"]
        more = {"message_id": body["id"], "received_at": received_at, "part": number, **whose}
        messages.append(_message(body, part["text"], more, part))
    return messages


def _typed_button(tracker: DialogueStateTracker | None, text: str) -> str:
    """The payload of the quick reply of the last turn whose own words a text is; "" when it is none."""
    for event in reversed(tracker.events if tracker else ()):
        if isinstance(event, UserUttered):
            break
        for button in (event.data.get("buttons") or []) if isinstance(event, BotUttered) else []:
            if _plain(button["title"]) == _plain(text) and button["payload"].startswith("/"):
                return str(button["payload"])
    return ""


def _plain(text: str) -> str:
    """Without case, signs at its ends, and how its spaces and quotes are written."""
    return " ".join(text.casefold().replace("’", "'").split()).strip(" .,;:!\"'“”„«»")


async def _leave_form(agent: Agent, tracker: DialogueStateTracker) -> None:
    """End the form before a message that is about something else; what it knows stays known."""
    tracker.update(ActiveLoop(None), agent.domain)
    tracker.update(SlotSet(REQUESTED_SLOT, None), agent.domain)
    await agent.tracker_store.save(tracker)


def _busy(tracker: DialogueStateTracker | None, body: dict[str, Any]) -> bool:
    """Whether a survey would disturb: in a form, a complaint, danger, or when something was said since."""
    if tracker is None:
        return False
    said = [event for event in tracker.events if isinstance(event, UserUttered)]
    since = bool(said) and said[-1].timestamp > body["survey"]["at"]
    complains = bool(said) and said[-1].intent_name in ("complaint", "insult", "legal_threat")
    upset = tracker.get_slot("mood") == "upset"
    grave = tracker.get_slot("crisis") is not None
    return tracker.active_loop_name is not None or since or complains or upset or grave


def _message(
    body: dict[str, Any], text: str, metadata: dict[str, Any], parsed: dict[str, Any] | None
) -> UserMessage:
    return UserMessage(
        text=text,
        output_channel=_Replies(),
        sender_id=body["conversation"],
        input_channel=ShoptalkInput.name(),
        message_id=body["id"],
        metadata=metadata,
        parse_data=parsed,
    )


def _parts_done(tracker: DialogueStateTracker | None, message_id: str) -> list[UserUttered]:
    """The turns of a message that the tracker holds."""
    return [
        event
        for event in (tracker.events if tracker else ())
        if isinstance(event, UserUttered) and event.metadata.get("message_id") == message_id
    ]


def _replies_in(tracker: DialogueStateTracker, message_id: str) -> list[dict[str, Any]]:
    """The replies that a message had; a question that comes twice is kept where it came last."""
    replies: list[dict[str, Any]] = []
    within = False
    for event in tracker.events:
        if isinstance(event, UserUttered):
            within = event.metadata.get("message_id") == message_id
        elif isinstance(event, BotUttered) and within:
            said = event.message()
            replies = [
                one for one in replies if not said.get("text") or one.get("text") != said["text"]
            ]
            replies.append(said)
    return replies


async def _apologise(agent: Agent, conversation: str) -> dict[str, Any]:
    """Answer a turn in which an action failed: silence is the worst of answers."""
    logger.error("A turn ended without a reply.", extra=about(conversation=conversation))
    tracker = await agent.tracker_store.retrieve(conversation)
    apology = BotUttered(NOTHING_SAID)
    tracker.update(apology)
    await agent.processor.save_tracker(tracker)
    return apology.message()


def _reply(message_id: str, said: dict[str, Any]) -> dict[str, Any]:
    custom = said.get("custom") or {}
    return {
        "id": message_id,
        "text": said.get("text") or "",
        "buttons": said.get("buttons") or [],
        "products": custom.get("products", []),
        "card": custom.get("card"),
    }


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
            others = [one for one in tracker.get_slot(slot) or [] if one != sku]
            value = [*others, sku] if slot == kept else others
            if value != (tracker.get_slot(slot) or []):
                tracker.update(SlotSet(slot, value), agent.domain)
        await agent.tracker_store.save(tracker)
