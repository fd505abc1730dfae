"""What staff do for a customer later: newsletter, stock alert."""

from typing import Any

from rasa_sdk import FormValidationAction, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.asked import ask_staff
from actions.backends import get_recommender
from actions.base import Events, ShopAction
from actions.forms import ask_again, ask_for, email_in
from actions.product_talk import meant_product
from actions.texts import person, phrase
from recommender.errors import NoCatalogue

TASKS = ("newsletter_on", "newsletter_off", "stock_alert")


class ActionBeginContactTask(ShopAction):
    """Notes what the customer wants; the form asks for the email address."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_begin_contact_task"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """With the product, when one is meant."""
        intent = (tracker.latest_message.get("intent") or {}).get("name")
        sku = None
        if intent == "stock_alert":
            try:
                product = meant_product(tracker)
            except NoCatalogue:
                product = None
            sku = product.sku if product else None
        return [
            SlotSet("contact_task", intent if intent in TASKS else None),
            SlotSet("contact_sku", sku),
            SlotSet("form_failures", 0),
        ]


class ValidateContactForm(FormValidationAction):
    """The form that asks for an email address."""

    def name(self) -> str:
        """The name in the domain."""
        return "validate_contact_form"

    def validate_email(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any
    ) -> dict[str, Any]:
        """Keep an email address; ask again, and stop after three times."""
        email = email_in(value)
        if email:
            return {"email": email, "form_failures": 0}
        return ask_again(dispatcher, tracker, "email", "no_contact_email")


class ActionAskContactEmail(ShopAction):
    """Asks for the address."""

    def name(self) -> str:
        """The name that Rasa looks for when the form asks for this slot."""
        return "action_ask_contact_form_email"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """And nothing else."""
        return ask_for(dispatcher, tracker, "email", "ask_contact_email")


class ActionDoContactTask(ShopAction):
    """Leaves the request for staff."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_do_contact_task"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """Say what happens next."""
        task, email = tracker.get_slot("contact_task"), tracker.get_slot("email")
        if not task or not email:
            dispatcher.utter_message(text=phrase("gave_up_email", tracker), buttons=[person()])
            return []
        sku = tracker.get_slot("contact_sku")
        product = get_recommender().get(sku) if sku else None
        title = product.title if product else phrase("this_product", tracker)
        reference, asked = ask_staff(tracker, task, email, sku=sku or "")
        text = phrase(f"done_{task}", tracker, email=email, title=title, reference=reference)
        dispatcher.utter_message(text=text)
        return asked
