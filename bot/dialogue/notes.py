"""What is said while a person has the conversation: Rasa writes it down and says nothing.

The web process decides who has a conversation, and sends notes instead of turns. Rasa's own pause
and resume stand in the tracker too, so that nobody who reads it alone takes the silence for a
fault. A note is identified by its message id and is in the tracker once.
"""

from typing import TYPE_CHECKING, Any, cast

from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.events import (
    ActionExecuted,
    BotUttered,
    ConversationPaused,
    ConversationResumed,
    Event,
    SlotSet,
    UserUttered,
)

from bot.dialogue.agents import processor_of
from bot.dialogue.language import speak_as_before
from bot.spoken import spoken

if TYPE_CHECKING:  # it is there for type checkers alone
    from rasa.shared.core.events import NLUPredictionData

SENDERS = ("customer", "staff", "system")


async def take_note(agent: Agent, body: dict[str, Any], channel: str) -> None:
    """Add what `note` (customer, staff or system) said, and pause or resume when it says so."""
    async with agent.lock_store.lock(body["conversation"]):
        tracker = await agent.tracker_store.get_or_create_tracker(
            body["conversation"], append_action_listen=False
        )
        if any(_message_id(event) == body["id"] for event in tracker.events):
            return
        speak_as_before(tracker)
        events = await _events(agent, body, channel)
        held: dict[str, Any] | None = tracker.get_slot("crisis")
        if held and body.get("paused") is False:
            events.append(SlotSet("crisis_before", held["kind"]))
            events.append(SlotSet("crisis_was_faint", bool(held.get("faint"))))
            events.append(SlotSet("crisis", None))  # a person saw to it
        for event in events:
            tracker.update(event, agent.domain)
        await agent.tracker_store.save(tracker)


async def _events(agent: Agent, body: dict[str, Any], channel: str) -> list[Event]:
    metadata = {"message_id": body["id"], "sender": body["note"]}
    if body.get("pictures"):
        metadata["pictures"] = body["pictures"]
    if body["note"] == "customer":
        return [await _heard(agent, body, channel, metadata), ActionExecuted(ACTION_LISTEN_NAME)]
    if body.get("name"):
        metadata["name"] = body["name"]
    said: list[Event] = [BotUttered(body["text"], metadata=metadata)]
    if body.get("paused") is not None:
        said.append(ConversationPaused() if body["paused"] else ConversationResumed())
    return said


async def _heard(
    agent: Agent, body: dict[str, Any], channel: str, metadata: dict[str, Any]
) -> UserUttered:
    """The customer's message with what NLU makes of it, for the transcripts."""
    message = UserMessage(
        body["text"],
        sender_id=body["conversation"],
        input_channel=channel,
        metadata={"language": spoken()},
    )
    parsed = await processor_of(agent).parse_message(message)
    return UserUttered(
        body["text"],
        parsed["intent"],
        parsed["entities"],
        cast("NLUPredictionData", parsed),  # Rasa itself calls it a dict
        input_channel=channel,
        message_id=body["id"],
        metadata={**metadata, "received_at": body.get("received_at")},
    )


def _message_id(event: Event) -> Any:
    return (event.metadata or {}).get("message_id")
