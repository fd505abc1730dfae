"""What staff do for a customer later: newsletter, stock alert, call-back, a ticket.

All go through one form: where to reach the customer, and a yes to it. Nothing is recorded before.
"""

from datetime import datetime, timedelta
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.asked import ask_staff
from actions.backends import get_recommender
from actions.base import Events, ShopAction
from actions.dates import clock
from actions.dates.reader import read
from actions.forms import agreed, ask_again, ask_for, email_in, said_as_entity, yes_button
from actions.language import ShopFormValidation
from actions.shop.opening_hours import open_now
from actions.staff.phones import when_to_call
from actions.texts import person, phrase
from actions.wording import button, full_name
from bot.answers.details import rules_out
from bot.answers.phones import phone_in, region_of, spelt
from bot.settings import get_settings

WEEK = 7  # days in which a time without a day may be meant
TASKS = ("newsletter_on", "newsletter_off")
ANSWERS = (
    "inform",
    "not_yet",
    "call_back",
)  # what else is said beside the form may name another's time


def begun(task: str | None, sku: str | None = None) -> Events:
    """A contact task at its beginning: nothing is agreed to."""
    return [
        SlotSet("contact_task", task),
        SlotSet("contact_sku", sku),
        SlotSet("confirmed", None),
        SlotSet("form_failures", 0),
    ]


def asked(tracker: Tracker) -> str:
    """What the form's yes is asked for, as the button's payload has it."""
    slots = ("contact_task", "contact_sku", "email", "call_phone", "call_time")
    return " ".join(str(tracker.get_slot(name) or "-") for name in slots)


class ActionBeginContactTask(ShopAction):
    """Notes what the customer wants of the newsletter; the form comes next."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_begin_contact_task"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """On or off, by the intent."""
        intent = (tracker.latest_message.get("intent") or {}).get("name")
        return begun(intent if intent in TASKS else None)


class ValidateContactForm(ShopFormValidation):
    """The form that asks where to reach the customer, and for a yes."""

    def name(self) -> str:
        """The name in the domain."""
        return "validate_contact_form"

    async def required_slots(
        self,
        domain_slots: list[str],
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: Any,
    ) -> list[str]:
        """A phone number for a call, an address for all else."""
        called = tracker.get_slot("contact_task") == "call_back"
        return ["call_phone" if called else "email", "confirmed"]

    def validate_email(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any
    ) -> dict[str, Any]:
        """Keep an email address; ask again, and stop after two times."""
        email = email_in(value)
        if email:
            return {"email": email, "form_failures": 0}
        return ask_again(dispatcher, tracker, "email", "no_contact_email")

    def validate_call_phone(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any
    ) -> dict[str, Any]:
        """Keep a phone number with its country's code, and a time that is said with it."""
        phone = phone_in(str(value), region_of(get_settings().shop))
        if not phone:
            return ask_again(dispatcher, tracker, "call_phone", "no_phone")
        said = when_to_call(str(value))
        return {"call_phone": phone, "form_failures": 0, **({"call_time": said} if said else {})}

    def validate_confirmed(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any
    ) -> dict[str, Any]:
        """A yes or a no; "no, to bob@example.com" is neither, but another address to ask about, and
        so is the button under another question."""
        other = said_as_entity(tracker, "email", "phone")
        return {"confirmed": None if other else agreed(value, dispatcher, tracker, asked(tracker))}


class ActionAskContactEmail(ShopAction):
    """Asks for the address."""

    def name(self) -> str:
        """The name that Rasa looks for when the form asks for this slot."""
        return "action_ask_contact_form_email"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """And nothing else."""
        return ask_for(dispatcher, tracker, "email", "ask_contact_email")


class ActionAskCallPhone(ShopAction):
    """Asks for the phone number."""

    def name(self) -> str:
        """The name that Rasa looks for when the form asks for this slot."""
        return "action_ask_contact_form_call_phone"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """And nothing else."""
        return ask_for(dispatcher, tracker, "phone", "ask_phone")


class ActionAskContactConfirmed(ShopAction):
    """Asks for the yes, with what will be noted and where it goes."""

    def name(self) -> str:
        """The name that Rasa looks for when the form asks for this slot."""
        return "action_ask_contact_form_confirmed"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """An address that was given for something else is only proposed; a time for a call that is
        said instead of a yes takes the place of the one before."""
        task, noted = tracker.get_slot("contact_task"), _new_time(tracker)
        if noted:
            tracker.slots["call_time"] = noted
        left_out = _leave_out_time(dispatcher, tracker)
        dispatcher.utter_message(
            text=phrase(f"confirm_{task}", tracker, **_values(tracker)),
            buttons=[
                yes_button(phrase(f"yes_{task}", tracker), asked(tracker)),
                button(phrase("no_thanks_button", tracker), "/deny"),
            ],
        )
        return [SlotSet("call_time", None if left_out else noted)] if noted or left_out else []


class ActionDoContactTask(ShopAction):
    """Leaves the request for staff."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_do_contact_task"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """Say what happens next; without a yes nothing is recorded."""
        task, values = tracker.get_slot("contact_task"), _values(tracker)
        done: Events = [SlotSet("confirmed", None), SlotSet("contact_task", None)]
        reach = "phone" if task == "call_back" else "email"
        if not task or not values[reach]:
            dispatcher.utter_message(text=phrase(f"gave_up_{reach}", tracker), buttons=[person()])
            return done
        if not tracker.get_slot("confirmed"):
            dispatcher.utter_message(text=phrase("contact_left", tracker))
            return done
        if task == "call_back":
            return [*done, *note_call(dispatcher, tracker)]
        email, sku = values["email"], tracker.get_slot("contact_sku") or ""
        reference, made = ask_staff(tracker, task, email, sku=sku)
        text = phrase(f"done_{task}", tracker, reference=reference, **values)
        dispatcher.utter_message(text=text)
        if task == "stock_alert":
            alert = {"reference": reference, "sku": sku, "email": email}
            known = tracker.get_slot("alerts") or []
            others = [one for one in known if _place(one) != _place(alert)]
            done.append(SlotSet("alerts", [*others, alert]))
        return [*done, *made]


def _leave_out_time(dispatcher: CollectingDispatcher, tracker: Tracker) -> bool:
    """Whether a call can't be at the time that was said: there is no such time, it is over, or nobody is there; then it says
    so and leaves it out."""
    said = tracker.get_slot("call_time") or ""
    unreal = no_such_time(said)
    why = "no_such_time" if unreal else "" if rules_out(said) else _why_not_then(said)
    if not why:
        return False
    dispatcher.utter_message(text=phrase(why, tracker, time=unreal or said))
    tracker.slots["call_time"] = None
    return True


def no_such_time(said: str) -> str:
    """The first day or time in some words that there isn't: "30 February", "25:00"; "" where there are all."""
    named = read(said, clock.today())
    return next(iter((*named.unreal, *named.no_times)), "")


def _why_not_then(said: str) -> str:
    """The text that tells why there is no call at a time; "" where there may be one."""
    hours, zone = get_settings().shop.hours, get_settings().shop.zone
    today = clock.today()
    named = read(said, today)
    at = named.times[0] if named.times else None
    if any(day.over or day.passed for day in named.days):
        return "call_time_over"
    days = [day.first for day in named.days if day.first == day.last]
    if named.days and not days:
        return ""
    if at is None:
        return "" if not days or any(map(hours.on, days)) else "call_time_closed"
    likely = days or [today + timedelta(days=ahead) for ahead in range(WEEK)]
    moments = [datetime.combine(day, at, zone) for day in likely]
    return "" if any(map(hours.open_until, moments)) else "call_time_closed"


def note_call(dispatcher: CollectingDispatcher, tracker: Tracker, name: str = "") -> Events:
    """Leave a call for staff, to the number and at the time that the slots hold; and say so."""
    _leave_out_time(dispatcher, tracker)
    values = _values(tracker)
    name = name or tracker.get_slot("call_name") or ""
    whom = f"{name}, " if name else ""
    detail = f"{whom}{values['phone']}{values['when']}"
    reference, made = ask_staff(tracker, "call_back", detail=detail)
    dispatcher.utter_message(text=phrase("done_call_back", tracker, reference=reference, **values))
    return [SlotSet("call_time", None), SlotSet("call_name", None), *made]


def _new_time(tracker: Tracker) -> str:
    """The time for a call that the answer to "shall I?" holds, or ""."""
    intent = (tracker.latest_message.get("intent") or {}).get("name")
    if tracker.get_slot("contact_task") != "call_back" or intent not in ANSWERS:
        return ""
    return when_to_call(tracker.latest_message.get("text") or "")


def _place(alert: dict[str, Any]) -> tuple[str, str]:
    return alert["sku"], alert["email"]


def _values(tracker: Tracker) -> dict[str, str]:
    """What the texts of the contact tasks may name."""
    sku = tracker.get_slot("contact_sku")
    product = get_recommender().get(sku) if sku else None
    said = tracker.get_slot("call_time")
    return {
        "email": tracker.get_slot("email") or "",
        "title": full_name(product) if product else phrase("this_product", tracker),
        "phone": spelt(tracker.get_slot("call_phone") or ""),
        "when": phrase("call_when", tracker, time=said) if said else "",
        "hours": open_now(get_settings().shop, clock.now(), tracker),
    }
