"""The greeting, what a customer gives without being asked, and talk about the talk."""

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import FollowupAction
from rasa_sdk.executor import CollectingDispatcher

from actions.asked import made_just_now
from actions.backends import get_recommender
from actions.base import Events, ShopAction
from actions.forms import is_of_another_question
from actions.orders.undo import named, undo_button
from actions.shopping.products import refine
from actions.staff.phones import when_to_call
from actions.texts import choice, person, phrase
from bot.settings import get_settings
from recommender.request.filters import Filters
from recommender.search.recommend import reason

STARTERS = ("search_products", "order_status", "delivery_info", "returns_policy")


class ActionGreet(ShopAction):
    """Says hello; again, more shortly."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_greet"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """Another hello than the welcome of shop.yml, which the chat shows; with where to begin."""
        met = any(event.get("event") == "bot" for event in tracker.events)
        name = get_settings().shop.assistant.name
        text = phrase("hello_again" if met else "hello", tracker, name=name)
        dispatcher.utter_message(text=text, buttons=[] if met else starters())
        return []


class ActionGoodbye(ShopAction):
    """Says goodbye."""

    soothes = False

    def name(self) -> str:
        """The name in the domain."""
        return "action_goodbye"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """With regret to who is still upset."""
        dispatcher.utter_message(text=phrase("goodbye", tracker))
        return []


class ActionDeny(ShopAction):
    """Answers a no to nothing; one that comes right after a request hears that it is done."""

    response = "utter_deny"

    def name(self) -> str:
        """The name in the domain."""
        return "action_deny"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """It may have been meant for the question before: the request can be taken back."""
        made = made_just_now(tracker)
        if not made:
            dispatcher.utter_message(response=self.response)
            return []
        values = {"what": named(made, tracker), "reference": made["reference"]}
        dispatcher.utter_message(
            text=phrase("done_already", tracker, **values),
            buttons=[undo_button(made, phrase("undo_button", tracker))],
        )
        return []


class ActionStopped(ActionDeny):
    """The same of a stop, when nothing is going on."""

    response = "utter_stopped"

    def name(self) -> str:
        """The name in the domain."""
        return "action_stopped"


class ActionAffirm(ShopAction):
    """Answers a yes to nothing, and the button of a question that was left."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_affirm"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """Nothing is done; who pressed an old button hears so."""
        if not is_of_another_question(dispatcher, tracker, ""):
            dispatcher.utter_message(response="utter_affirm")
        return []


class ActionThank(ShopAction):
    """Answers thanks."""

    soothes = False

    def name(self) -> str:
        """The name in the domain."""
        return "action_thank"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """And asks what else there is."""
        dispatcher.utter_message(text=phrase("thank", tracker))
        return []


class ActionInform(ShopAction):
    """Makes sense of an order number, an email or a size that comes by itself."""

    soothes = False

    def name(self) -> str:
        """The name in the domain."""
        return "action_inform"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """An order number means an order, and an address one that is being looked for; a wish means
        the search that is going on."""
        if tracker.active_loop_name == "contact_form":
            return _not_taken(dispatcher, tracker)
        entities = tracker.latest_message.get("entities") or []
        names = {one["entity"] for one in entities}
        if "order_number" in names or ("email" in names and tracker.get_slot("order_task")):
            return [FollowupAction("order_form")]
        if tracker.get_slot("search") and Filters.from_entities(entities):
            return refine(dispatcher, tracker)
        dispatcher.utter_message(text=phrase("what_with_that", tracker), buttons=starters())
        return []


def _not_taken(dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
    """Say so where neither a time for a call nor another number was said ("the last digit is 9"); either is asked about again."""
    said = {one["entity"] for one in tracker.latest_message.get("entities") or []}
    text = tracker.latest_message.get("text") or ""
    if not (said & {"phone", "email"} or when_to_call(text)):
        dispatcher.utter_message(text=phrase("no_phone", tracker))
    return []


class ActionRepeat(ShopAction):
    """Says the last thing again."""

    soothes = False

    def name(self) -> str:
        """The name in the domain."""
        return "action_repeat"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """The last reply whole, with its buttons and cards."""
        last = last_reply(tracker)
        if not last:
            dispatcher.utter_message(text=phrase("nothing_to_repeat", tracker), buttons=starters())
            return []
        data = last.get("data") or {}
        custom = {"json_message": data["custom"]} if data.get("custom") else {}
        text = phrase("again", tracker, text=last["text"])
        dispatcher.utter_message(text=text, buttons=data.get("buttons") or [], **custom)
        return []


class ActionWhy(ShopAction):
    """Gives the reason: for a question in a form, or for what was recommended."""

    soothes = False

    def name(self) -> str:
        """The name in the domain."""
        return "action_why"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """In the customer's own wishes and the products' own attributes."""
        asked = tracker.get_slot("requested_slot")
        search = tracker.get_slot("search")
        if asked:
            dispatcher.utter_message(text=phrase(f"why_{asked}", tracker))
        elif search:
            filters = Filters.from_dict(search["filters"])
            found = [get_recommender().get(sku) for sku in tracker.get_slot("shown_products") or []]
            lines = [
                f"• {one.title}: {reason(one, search['text'], filters)}" for one in found if one
            ]
            dispatcher.utter_message(text="\n".join([phrase("why_these", tracker), *lines]))
        else:
            dispatcher.utter_message(text=phrase("why_what", tracker), buttons=[person()])
        return []


class ActionComplaint(ShopAction):
    """Takes a complaint seriously: an apology, no selling, a way to put it right."""

    soothes = False

    def name(self) -> str:
        """The name in the domain."""
        return "action_complaint"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """Apologise, and offer a person or a look at the order."""
        dispatcher.utter_message(
            text=phrase("complaint", tracker, email=get_settings().shop.contact.email),
            buttons=[
                person(),
                choice("damaged_item"),
                choice("order_status"),
            ],
        )
        return []


def last_reply(tracker: Tracker) -> dict[str, Any]:
    """The last message of the assistant that has a text, as an event; empty when there is none."""
    said = [e for e in tracker.events if e.get("event") == "bot" and e.get("text")]
    return said[-1] if said else {}


def starters() -> list[dict[str, str]]:
    """Quick replies for what most customers come for."""
    return [choice(name) for name in STARTERS]
