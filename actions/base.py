"""What all actions share: care for a customer who is upset."""

import inspect
from abc import ABC, abstractmethod
from collections.abc import Awaitable
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.language import speak_as, texts
from actions.messages import messages_of
from actions.texts import person, phrase
from bot.intents import group
from bot.reading.reader import read
from bot.settings import get_settings

WIDGET = "shoptalk"  # the channel that shows cards
CONTENT = 0.3  # a sentiment score from which an upset customer counts as calm again
# For how many messages, itself included, one that says so leaves a customer upset. A strong word may
# be misread, so it holds for less.
HOLDS = {"complaint": 5, "insult": 5, "legal_threat": 10}
STRONG_WORD_HOLDS = 3
OWN_WORDS = {
    *group("danger"),
    "feeling_low",
    "hurt_by_product",
    "safe_now",
}  # answered with care already
Events = list[EventType]


class ShopAction(Action, ABC):
    """An action of the shop: `answer` says it, and an upset customer gets an apology first.

    An answer that waits for anything but the processor is a coroutine: all actions run in one loop.

    `soothes` is off where strong words are about taste or price and not about the shop.
    """

    soothes = True

    @abstractmethod
    def answer(
        self, dispatcher: CollectingDispatcher, tracker: Tracker
    ) -> Events | Awaitable[Events]:
        """Say what there is to say; returns the events."""

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> Events:
        """The answer, in the customer's language and fit for the mood."""
        speak_as(tracker)
        said = _said(tracker)
        if not self.soothes:
            said[0] = {**said[0], "sentiment": {}}
        before, now = _mood(said[1:]), _mood(said)
        changed = now != (tracker.get_slot("mood") or "fine")
        if changed:
            tracker.slots["mood"] = now
        events = await self._answer(dispatcher, tracker)
        if _is_hard(tracker):
            _begin_with(dispatcher, phrase("sorry_to_hear_that", tracker))
        if now == "upset":
            _stop_selling(dispatcher)
            if self.soothes and before != now:
                _apologise(dispatcher, tracker)
        if changed:
            events = [*events, SlotSet("mood", now)]
        if tracker.get_latest_input_channel() not in (None, WIDGET):
            _spell_out(dispatcher)
        return events

    async def _answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        answered = self.answer(dispatcher, tracker)
        return await answered if inspect.isawaitable(answered) else answered


def _said(tracker: Tracker) -> list[dict[str, Any]]:
    """What was understood of the customer's messages, the last one first."""
    heard = messages_of(tracker)[::-1]
    return [tracker.latest_message, *heard[1:]]


def _mood(messages: list[dict[str, Any]]) -> str:
    """ "upset" or "fine", by what was said last: it takes evidence, which doesn't last for ever."""
    mild = {*group("taste"), *group("plain")}
    for age, message in enumerate(messages[: max(HOLDS.values())]):
        intent = (message.get("intent") or {}).get("name") or ""
        score = (message.get("sentiment") or {}).get("score", 0.0)
        strong = score <= get_settings().shop.assistant.upset_below and intent not in mild
        if age < HOLDS.get(intent, STRONG_WORD_HOLDS if strong else 0):
            return "upset"
        if score >= CONTENT and intent not in HOLDS:
            return "fine"
    return "fine"


def _is_hard(tracker: Tracker) -> bool:
    """Whether a message tells of a loss or a bad day; danger has words of its own."""
    text = tracker.latest_message.get("text") or ""
    held = (
        tracker.get_slot("crisis")
        or (tracker.latest_message.get("intent") or {}).get("name") in OWN_WORDS
    )
    return not text.startswith("/") and not held and read(text).has("sorrow")


def _begin_with(dispatcher: CollectingDispatcher, words: str) -> None:
    """These words before the first that are said, unless those are sorry already."""
    said = [message for message in dispatcher.messages if message.get("text")]
    if said and not any(one in said[0]["text"].lower() for one in texts()["sorry_is_in"]):
        said[0]["text"] = f"{words} {said[0]['text']}"


def _spell_out(dispatcher: CollectingDispatcher) -> None:
    """Cards as lines of text, for channels that show nothing else."""
    for message in dispatcher.messages:
        products = (message.get("custom") or {}).get("products") or []
        facts = ([one["title"], one["price"], one["reason"], one["url"]] for one in products)
        lines = [f"• {', '.join(filter(None, known))}" for known in facts]
        message["text"] = "\n".join(filter(None, [message.get("text"), *lines]))


def _stop_selling(dispatcher: CollectingDispatcher) -> None:
    """No quick reply that sells anything."""
    selling = tuple(f"/{intent}" for intent in group("selling"))
    for message in dispatcher.messages:
        message["buttons"] = [
            one for one in message.get("buttons") or [] if not one["payload"].startswith(selling)
        ]


def _apologise(dispatcher: CollectingDispatcher, tracker: Tracker) -> None:
    """An apology before the first words, and the offer of a person after the last."""
    said = [message for message in dispatcher.messages if message.get("text")]
    if not said:
        return
    _begin_with(dispatcher, phrase("sorry_for_the_trouble", tracker))
    buttons = said[-1].setdefault("buttons", [])
    if person() not in buttons:
        buttons.append(person())
