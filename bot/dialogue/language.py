"""The language of a conversation: told by each message, remembered in the slot `language`."""

from typing import Any, NamedTuple

from rasa.core.agent import Agent
from rasa.shared.core.events import SlotSet
from rasa.shared.core.trackers import DialogueStateTracker

from bot.dialogue.agents import processor_of
from bot.dialogue.detection import detect
from bot.dialogue.understanding import named_products
from bot.reading.lexicon import languages
from bot.settings import get_settings
from bot.spoken import speak


class Followed(NamedTuple):
    """The tracker that knows the language, and whether the message is in one that the shop serves."""

    tracker: DialogueStateTracker | None
    served: bool


async def follow_language(
    agent: Agent, tracker: DialogueStateTracker | None, body: dict[str, Any]
) -> Followed:
    """Have this turn read and said in the language of its message.

    A language that the shop doesn't serve is answered in it where there are words for that, and not remembered.
    """
    served = get_settings().shop.languages
    known = tracker.get_slot("language") if tracker else None
    before = known or _of_page(body, served) or served[0]
    told = (
        ""
        if body.get("payload") or body.get("survey")
        else language_of(body["text"], before, not known)
    )
    speak(told if told in {*served, *languages()} else before)
    language = told if told in served else before
    if language == known or (not told and language == served[0]):
        return Followed(tracker, told in ("", *served))
    tracker = await processor_of(agent).fetch_tracker_and_update_session(body["conversation"])
    tracker.update(SlotSet("language", language), agent.domain)
    await agent.tracker_store.save(tracker)
    return Followed(tracker, told in ("", *served))


def speak_as_before(tracker: DialogueStateTracker | None) -> None:
    """Have this task read in the conversation's language."""
    speak((tracker.get_slot("language") if tracker else None) or get_settings().shop.languages[0])


def language_of(text: str, before: str, first: bool = False) -> str:
    """What `detect` says of a message without the names of products in it, which may be in any language."""
    for part in reversed(named_products().read(text).parts):
        text = f"{text[: part.start]} {text[part.end :]}"
    return detect(text, before, get_settings().shop.languages, first)


def _of_page(body: dict[str, Any], served: tuple[str, ...]) -> str:
    """The language that the page is in, if it is served."""
    language = str((body.get("page") or {}).get("language") or "").lower().partition("-")[0]
    return language if language in served else ""
