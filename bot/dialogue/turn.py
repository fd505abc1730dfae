"""A turn of a conversation: what a customer wrote, done by Rasa once, and what came of it."""

import logging
import time
from dataclasses import replace
from typing import Any

from rasa.core.agent import Agent
from rasa.core.channels.channel import OutputChannel, UserMessage
from rasa.shared.core.constants import REQUESTED_SLOT
from rasa.shared.core.events import ActionExecuted, ActiveLoop, BotUttered, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.answers.consent import Consent, read_consent
from bot.dialogue.agents import processor_of
from bot.dialogue.grave import DANGER
from bot.dialogue.language import follow_language
from bot.dialogue.stages import stage
from bot.dialogue.understanding import grave_beside, in_other_language, parse, understand
from bot.logs import about
from bot.privacy.vault import vault_in
from bot.settings import get_settings
from bot.spoken import spoken
from bot.staff.asked import TICKETS, Asked, reference_for
from bot.texts import said

logger = logging.getLogger(__name__)

CHANNEL = "shoptalk"  # its name, also stored with each message
AT_A_LOSS = (
    "action_default_fallback",
    "action_default_ask_affirmation",
    "action_default_ask_rephrase",
)


class _Replies(OutputChannel):
    """Collects what the assistant says in a turn, each message whole."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []

    @classmethod
    def name(cls) -> str:
        return CHANNEL

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        self.messages.append(message)


async def take_turn(agent: Agent, body: dict[str, Any]) -> list[dict[str, Any]]:
    """Do a turn, unless it was done, and return its replies; a survey that would disturb has none."""
    conversation, message_id = body["conversation"], body["id"]
    async with agent.lock_store.lock(conversation):
        tracker = await agent.tracker_store.retrieve(conversation)
        if body.get("survey") and not _parts_done(tracker, message_id) and _busy(tracker, body):
            return []
        if body.get("customer") and not tracker:  # a first message is theirs, too
            tracker = await processor_of(agent).fetch_tracker_and_update_session(conversation)
        if tracker and _know_email(tracker, body, agent):
            await agent.tracker_store.save(tracker)
        tracker, served = await follow_language(agent, tracker, body)
        with stage("understanding"):
            messages = await _parts_left(agent, tracker, body, served)
        for message in messages:
            await processor_of(agent).handle_message(message)
        tracker = await agent.tracker_store.retrieve(conversation)
        replies = _replies_in(tracker, message_id) if tracker else []
        if not replies:
            replies = [await _apologise(agent, conversation)]
    return [_reply(f"{message_id}:{number}", reply) for number, reply in enumerate(replies)]


def _know_email(tracker: DialogueStateTracker, body: dict[str, Any], agent: Agent) -> bool:
    """Take over the address that the shop's server signed for, unless one was ever named here."""
    email = (body.get("customer") or {}).get("email")
    if not email or any(isinstance(one, SlotSet) and one.key == "email" for one in tracker.events):
        return False
    tracker.update(SlotSet("email", email.lower()), agent.domain)
    return True


async def asked_of_staff(agent: Agent, body: dict[str, Any]) -> dict[str, Any]:
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
        dict(event.value or {}), message_id=message_id, withdrawn=event.key == "request_withdrawn"
    )
    if asked.reference:
        return asked
    vault = vault_in(get_settings().var)
    return replace(asked, reference=reference_for(vault, message_id, asked.kind, asked.at))


async def _parts_left(
    agent: Agent, tracker: DialogueStateTracker | None, body: dict[str, Any], served: bool
) -> list[UserMessage]:
    """What is to be done of a turn: all of it, or what a killed process left.

    Rasa takes any text that starts with "/" for an intent; what a customer typed never is one, only
    the payload of a quick reply that was offered, pressed or typed word for word. A message with two requests becomes
    two turns of Rasa's. The first notes the text of the `further` one, since what the first does
    can change how the message reads; the second has `part` in its metadata. Of a message in a language that isn't
    `served` only danger is understood.
    """
    text = body["text"].strip()
    payload = body.get("payload") or _typed_button(tracker, text)
    metadata = {"message_id": body["id"], "received_at": body.get("received_at") or time.time()}
    whose = {
        name: body[name]
        for name in ("customer", "network", "page", "pictures", "call_back")
        if body.get(name)
    }
    metadata.update(whose)
    if body.get("card_answer"):
        metadata["card_answer"] = body["card_answer"]
    done = _parts_done(tracker, body["id"])
    if done:
        left = done[0].metadata.get("further", [])[len(done) - 1 :]
        parsed = [await parse(processor_of(agent), part) for part in left]
    elif body.get("survey"):
        intent = {"name": "start_survey", "confidence": 1.0}
        start = {"text": text, "intent": intent, "intent_ranking": [intent], "entities": []}
        more = {"is_external": True, "survey": body["survey"]}
        return [_message(body, text, {**metadata, **more}, start)]
    elif payload and not (
        beside := await grave_beside(processor_of(agent), tracker, text, payload)
    ):
        return [_message(body, payload, {**metadata, "title": text}, None)]
    else:
        first, *parsed = (
            [beside] if payload else await understand(processor_of(agent), tracker, text)
        )
        if not served and not payload:
            first, *parsed = in_other_language(first, tracker) or [first, *parsed]
        if first.pop("leaves", False) and tracker:
            await _leave_form(agent, tracker)
        for name in ("later", "beside", "language", "faint"):
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
    """The payload of the quick reply of the last turn whose own words a text is, or that a plain yes to
    its last question presses outside a form; "" when there is none."""
    offered: list[list[dict[str, str]]] = []  # of each bubble, the last first
    for event in reversed(tracker.events if tracker else ()):
        if isinstance(event, UserUttered):
            break
        if isinstance(event, BotUttered) and event.data.get("buttons"):
            offered.append(event.data["buttons"])
    for button in (button for buttons in offered for button in buttons):
        if _plain(button["title"]) == _plain(text) and button["payload"].startswith("/"):
            return button["payload"]
    asked = offered[0] if offered else []
    others = [button["payload"] for button in asked if button["payload"] != "/deny"]
    answer = read_consent(text)
    is_asked = tracker and not tracker.active_loop_name and len(others) == 1 < len(asked)
    return others[0] if is_asked and answer.consent is Consent.YES and answer.whole_hearted else ""


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
        input_channel=CHANNEL,
        message_id=body["id"],
        metadata=metadata,
        parse_data=parsed or {},  # Rasa parses it then
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
    """Answer a turn in which an action failed: silence is the worst of answers, and in danger an apology is no better:
    the numbers to call are said, and staff told."""
    logger.error("A turn ended without a reply.", extra=about(conversation=conversation))
    tracker = await agent.tracker_store.retrieve(conversation)
    assert tracker is not None  # the turn was written down
    heard = tracker.latest_message
    grave = tracker.get_slot("crisis") or (heard and heard.intent_name in DANGER)
    apology = BotUttered(said("nothing_said_in_danger" if grave else "nothing_said", spoken()))
    tracker.update(apology)
    if grave:
        reason = (heard.text or "" if heard else "")[:500]
        told = {"at": time.time(), "reason": reason, "why": "danger"}
        tracker.update(SlotSet("handoff_requested", told))
    await processor_of(agent).save_tracker(tracker)
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
