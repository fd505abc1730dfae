"""A copy of one's data, and its erasure: what it is about, whose it is, and a yes.

Who holds the chat's own token may have this conversation. All others need proof of the email
address (actions/proof.py); where no mail can be sent, staff get the wish and see to the proof. The
web process does the rest (bot/web/chat/my_data.py).
"""

import json
import time
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.asked import ask_staff
from actions.base import Events, ShopAction
from actions.forms import (
    ask_again,
    ask_for,
    is_of_another_question,
    said_as_entity,
    yes_button,
)
from actions.orders.form import ActionAskCode, ValidateOrderForm
from actions.proof import code_slots, proven_email, why_no_code
from actions.texts import choice, person, phrase
from actions.wording import button
from bot.answers.details import data_scope_in
from bot.mail import mail_is_set_up
from bot.settings import get_settings

TASKS = ("export_data", "delete_data")


class ActionBeginDataTask(ShopAction):
    """Notes what the customer wants of their data; the form comes next."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_begin_data_task"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """An address that was given for something else proves nothing, and is asked for again."""
        intent = (tracker.latest_message.get("intent") or {}).get("name")
        begun: Events = [
            SlotSet("data_task", intent if intent in TASKS else "export_data"),
            SlotSet("data_scope", None),
            SlotSet("confirmed", None),
            SlotSet("code", None),
            SlotSet("form_failures", 0),
        ]
        return begun if proven_email(tracker) else [*begun, SlotSet("email", None)]


class ValidateDataForm(ValidateOrderForm):
    """Asks what it is about, and for all conversations whose they are; before anything is erased or
    left for staff, a yes.
    """

    def name(self) -> str:
        """The name in the domain."""
        return "validate_data_form"

    async def required_slots(
        self,
        domain_slots: list[str],
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: Any,
    ) -> list[str]:
        """The proof is asked for only when it is needed and not there."""
        erasing = tracker.get_slot("data_task") == "delete_data"
        if tracker.get_slot("data_scope") != "all":
            here = tracker.get_slot("data_scope") == "here"
            return ["data_scope", *["confirmed"] * (erasing and here)]
        asked, proven = ["data_scope"], proven_email(tracker)
        if not proven:
            asked.append("email")
        if not proven and tracker.get_slot("email"):
            asked += code_slots(tracker)
        if asked[-1] == "code":
            return asked
        return [*asked, *["confirmed"] * (erasing or not proven)]

    def validate_data_scope(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any
    ) -> dict[str, Any]:
        """This conversation or all; anything else is asked again, and a button of another task says so.

        The button that erases this conversation says what it does, and is a yes. Words aren't:
        "what is in this one?" has "this", too.
        """
        if is_of_another_question(dispatcher, tracker, self.asked_for(tracker)):
            return {"data_scope": None}
        scope = data_scope_in(str(value))
        if scope:
            pressed = scope == "here" and said_as_entity(tracker, "agreed_to")
            return {
                "data_scope": scope,
                "form_failures": 0,
                **({"confirmed": True} if pressed else {}),
            }
        return ask_again(dispatcher, tracker, "data_scope", "no_data_scope")

    def asked_for(self, tracker: Tracker) -> str:
        """See ValidateOrderForm."""
        return str(tracker.get_slot("data_task"))


class ActionAskDataScope(ShopAction):
    """Asks what it is about, and says what it means."""

    def name(self) -> str:
        """The name that Rasa looks for when the form asks for this slot."""
        return "action_ask_data_form_data_scope"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """With a button for each, and one that leaves all as it is."""
        task = str(tracker.get_slot("data_task"))
        dispatcher.utter_message(
            text=phrase(f"ask_{task}", tracker),
            buttons=[
                _scope_button("here", task, tracker),
                _scope_button("all", task, tracker),
                button(phrase("no_leave_it", tracker), "/stop"),
            ],
        )
        return []


def _scope_button(scope: str, task: str, tracker: Tracker) -> dict[str, str]:
    """The quick reply that chooses what this task, and no other, is about."""
    payload = json.dumps({"data_scope": scope, "agreed_to": task})
    return button(phrase(f"{task}_{scope}_button", tracker), f"/inform{payload}")


class ActionAskDataEmail(ShopAction):
    """Asks for the address that all is about."""

    def name(self) -> str:
        """The name that Rasa looks for when the form asks for this slot."""
        return "action_ask_data_form_email"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """And says how it will be proven."""
        name = "prove_by_code" if mail_is_set_up(get_settings()) else "proven_by_staff"
        return ask_for(dispatcher, tracker, "email", name)


class ActionAskDataCode(ActionAskCode):
    """Mails a code to that address."""

    def name(self) -> str:
        """The name that Rasa looks for when the form asks for this slot."""
        return "action_ask_data_form_code"


class ActionAskDataConfirmed(ShopAction):
    """Asks for the yes before conversations are erased, or a wish is left for staff."""

    def name(self) -> str:
        """The name that Rasa looks for when the form asks for this slot."""
        return "action_ask_data_form_confirmed"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """With all that goes, and what stays."""
        if tracker.get_slot("data_scope") == "here":
            _ask_for_a_yes(dispatcher, tracker, phrase("confirm_delete_here", tracker))
            return []
        proven, task = proven_email(tracker), tracker.get_slot("data_task")
        # Of an address that nobody has proven nothing "matches": staff make sure of it.
        for_staff = task == "delete_data" and not proven
        name = "confirm_delete_data_by_staff" if for_staff else f"confirm_{task}"
        text = phrase(name, tracker, email=proven or tracker.get_slot("email"))
        _ask_for_a_yes(dispatcher, tracker, text)
        return []


class ActionDoDataTask(ShopAction):
    """Asks the web process for the copy or the erasure, once it is clear whose data it is."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_do_data_task"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """Say what happens, or what stood against it."""
        task, scope = tracker.get_slot("data_task"), tracker.get_slot("data_scope")
        done: Events = [SlotSet(name, None) for name in ("confirmed", "data_scope", "code")]
        email = proven_email(tracker) if scope == "all" else ""
        if scope == "all" and not email and (code_slots(tracker) or not tracker.get_slot("email")):
            return [*done, *_not_proven(dispatcher, tracker)]
        if scope not in ("here", "all"):
            dispatcher.utter_message(text=phrase("gave_up_data", tracker), buttons=[person()])
            return done
        for_staff = scope == "all" and not email
        if (task == "delete_data" or for_staff) and not tracker.get_slot("confirmed"):
            left = "data_left" if task == "delete_data" else "contact_left"
            dispatcher.utter_message(text=phrase(left, tracker))
            return done
        if for_staff:
            return [*done, *_for_staff(dispatcher, tracker)]
        if task == "delete_data":
            dispatcher.utter_message(text=phrase("done_delete_data", tracker))
            return [*done, SlotSet("erasure_asked", {"email": email, "at": time.time()})]
        card = {"kind": "copy", "email": email}
        dispatcher.utter_message(
            text=phrase("done_export_data", tracker), json_message={"card": card}
        )
        return done


def _ask_for_a_yes(dispatcher: CollectingDispatcher, tracker: Tracker, text: str) -> None:
    here, task = tracker.get_slot("data_scope") == "here", str(tracker.get_slot("data_task"))
    title = phrase("yes_delete_here" if here else f"yes_{task}", tracker)
    dispatcher.utter_message(
        text=text,
        buttons=[
            yes_button(title, task),
            button(phrase("no_leave_it", tracker), "/deny"),
        ],
    )


def _not_proven(dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
    """There is no proof that the address is the customer's: nothing is done with its data."""
    name = why_no_code(tracker) or "not_proven"
    again = choice("try_again", f"/{tracker.get_slot('data_task')}")
    dispatcher.utter_message(text=phrase(name, tracker), buttons=[again, person()])
    return [SlotSet("email", None)]


def _for_staff(dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
    """Nobody can prove an address here: staff get the wish, and make sure whose it is."""
    task, email = str(tracker.get_slot("data_task")), str(tracker.get_slot("email"))
    reference, asked = ask_staff(tracker, task, email)
    text = phrase(f"handed_on_{task}", tracker, email=email, reference=reference)
    dispatcher.utter_message(text=text)
    return asked
