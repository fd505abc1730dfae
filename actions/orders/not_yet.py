"""What is said when a form asked for a yes and heard neither a yes nor a no."""

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.base import Events, ShopAction
from actions.order_backends.interface import OrdersUnavailable
from actions.orders.questions import answers_of
from actions.orders.tasks import order_of, said_in_words, say_orders_down, task_of
from actions.orders.wording import parcel_state, refund_state
from actions.texts import person, phrase
from bot.answers.details import LONGEST
from bot.intents import group, order_tasks


class ActionNotYet(ShopAction):
    """Answers what was said beside a yes; the form puts its question again."""

    soothes = False

    def name(self) -> str:
        """The name in the domain."""
        return "action_not_yet"

    async def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """What is asked of the order, what comes after it, or that nothing is done yet."""
        metadata = tracker.latest_message.get("metadata") or {}
        if metadata.get("beside") in order_tasks():
            return await _tell_state(dispatcher, tracker, metadata["beside"])
        later = (metadata.get("later") or "").split()
        if later and (later[0] in order_tasks() or later[0] in group("comes_after")):
            dispatcher.utter_message(text=phrase("one_after_the_other", tracker))
            return [SlotSet("later_task", metadata["later"])]
        if metadata.get("beside") == "detail":
            dispatcher.utter_message(text=phrase("noted_too", tracker))
            told = [tracker.get_slot("detail") or "", said_in_words(tracker)]
            return [SlotSet("detail", "; ".join(filter(None, told))[:LONGEST])]
        name = _unmet(metadata.get("beside"), tracker)
        buttons = [person()] if name else []
        dispatcher.utter_message(text=phrase(name or "not_yet", tracker), buttons=buttons)
        return [SlotSet("form_failures", int(tracker.get_slot("form_failures") or 0) + 1)]


def _unmet(beside: str | None, tracker: Tracker) -> str:
    """The text that says what can't be met or answered here; empty when nothing of the kind was said."""
    if beside == "condition":
        return "only_the_whole_order" if task_of(tracker).kind == "cancel" else "only_as_asked"
    return "no_answer_to_that" if beside == "question" else ""


async def _tell_state(dispatcher: CollectingDispatcher, tracker: Tracker, task: str) -> Events:
    try:
        order = await order_of(tracker)
    except OrdersUnavailable:
        say_orders_down(dispatcher, tracker)
        return []
    if order:
        asked = answers_of(order, said_in_words(tracker), tracker, told=True)
        state = refund_state if task == "refund_status" else parcel_state
        text = "\n".join(asked) or state(order, tracker)
        dispatcher.utter_message(text=text)
    return []
