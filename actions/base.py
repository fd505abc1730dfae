"""What all actions share: care for a customer who is upset."""

import inspect
from abc import ABC, abstractmethod
from typing import Any, Awaitable, Union

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.texts import person, phrase
from bot.settings import get_settings

SELLING = (
    "/search_products",
    "/refine_search",
    "/show_more",
    "/goes_with",
    "/buy",
    "/similar_products",
)
WIDGET = "shoptalk"  # the channel that shows cards
CONTENT = 0.3  # a sentiment score from which an upset customer counts as calm again

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
    ) -> Union[Events, Awaitable[Events]]:
        """Say what there is to say; returns the events."""

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> Events:
        """The answer, fit for the customer's mood."""
        before, now = tracker.get_slot("mood"), mood(tracker)
        if not self.soothes or before == now:
            events = await self._answer(dispatcher, tracker)
            if before == "upset":
                _stop_selling(dispatcher)
        else:
            tracker.slots["mood"] = now
            events = [*await self._answer(dispatcher, tracker), SlotSet("mood", now)]
            if now == "upset":
                _stop_selling(dispatcher)
                _apologise(dispatcher, tracker)
        if tracker.get_latest_input_channel() not in (None, WIDGET):
            _spell_out(dispatcher)
        return events

    async def _answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        answered = self.answer(dispatcher, tracker)
        return await answered if inspect.isawaitable(answered) else answered


def mood(tracker: Tracker) -> str:
    """ "upset" or "fine": it takes a strong word to change it, and a kind one to change it back."""
    score = (tracker.latest_message.get("sentiment") or {}).get("score", 0.0)
    if score <= get_settings().shop.assistant.upset_below:
        return "upset"
    if score >= CONTENT:
        return "fine"
    return tracker.get_slot("mood") or "fine"


def _spell_out(dispatcher: CollectingDispatcher) -> None:
    """Cards as lines of text, for channels that show nothing else."""
    for message in dispatcher.messages:
        products = (message.get("custom") or {}).get("products") or []
        facts = ([one["title"], one["price"], one["reason"], one["url"]] for one in products)
        lines = [f"• {', '.join(filter(None, known))}" for known in facts]
        message["text"] = "\n".join(filter(None, [message.get("text"), *lines]))


def _stop_selling(dispatcher: CollectingDispatcher) -> None:
    """No quick reply that sells anything."""
    for message in dispatcher.messages:
        message["buttons"] = [
            one for one in message.get("buttons") or [] if not one["payload"].startswith(SELLING)
        ]


def _apologise(dispatcher: CollectingDispatcher, tracker: Tracker) -> None:
    """An apology before the first words, and the offer of a person after the last."""
    said = [message for message in dispatcher.messages if message.get("text")]
    if not said:
        return
    if "sorry" not in said[0]["text"].lower():
        said[0]["text"] = f"{phrase('sorry_for_the_trouble', tracker)} {said[0]['text']}"
    buttons = said[-1].setdefault("buttons", [])
    if person() not in buttons:
        buttons.append(person())
