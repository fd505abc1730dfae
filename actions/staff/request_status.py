"""How far something is that was left for staff: by its reference, or the latest of this chat."""

from datetime import datetime

from rasa_sdk import Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.base import Events, ShopAction
from actions.dates.days import named
from actions.proof import known_by_reference, proven_email
from actions.texts import choice, person, phrase, texts
from bot.settings import get_settings
from bot.staff.requests import CustomerRequest, told_to_customer


class ActionRequestStatus(ShopAction):
    """Tells what has become of a request; a reference that nobody was given tells nothing."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_request_status"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """Kind and state; when, and what staff wrote, only to who surely is the customer. Without a request it is the order
        that was talked about: "did my cancellation go through?"."""
        found = told_to_customer(get_settings().staff_db, tracker.sender_id)
        if reference := _reference(tracker):
            found = [one for one in found if one.reference == reference]
            if not found:
                return _by_reference(dispatcher, tracker, reference)
        if found:
            dispatcher.utter_message(text="\n".join(_told(one, tracker) for one in found))
            return []
        if tracker.get_slot("order_number") and tracker.get_slot("email"):
            return [SlotSet("order_task", "order_status"), FollowupAction("action_do_order_task")]
        text, buttons = phrase("no_request_here", tracker), [choice("order_status"), person()]
        dispatcher.utter_message(text=text, buttons=buttons)
        return []


def _by_reference(dispatcher: CollectingDispatcher, tracker: Tracker, reference: str) -> Events:
    """A request of another conversation, told to who has its reference."""
    path = get_settings().staff_db
    found = known_by_reference(
        tracker, reference, lambda: told_to_customer(path, tracker.sender_id, reference)
    )
    if found:
        dispatcher.utter_message(text=_told(found[0], tracker))
        return []
    name = "too_many_guesses" if found is None else "request_not_found"
    dispatcher.utter_message(text=phrase(name, tracker, reference=reference), buttons=[person()])
    return []


def _reference(tracker: Tracker) -> str:
    """The reference in the message, or ""."""
    entities = tracker.latest_message.get("entities") or []
    return next((one["value"] for one in entities if one["entity"] == "reference"), "")


def _told(one: CustomerRequest, tracker: Tracker) -> str:
    known = f"request_kind_{one.kind}"
    kind = phrase(known if known in texts() else "request_kind_other", tracker)
    if not _is_theirs(one, tracker):
        state = phrase(f"state_of_request_{one.state}", tracker)
        return phrase("request_of_others", tracker, reference=one.reference, kind=kind, state=state)
    # The order was cancelled with the customer's yes; what waits for staff is the money.
    cancelled = one.kind == "cancel" and one.is_open
    text = phrase(
        "request_cancelled" if cancelled else f"request_state_{one.state}", tracker,
        reference=one.reference, kind=kind, number=one.order_number,
        asked=_day(one.last_asked_at), changed=_day(one.changed_at or one.last_asked_at),
    )  # fmt: skip
    return f"{text} {phrase('request_note', tracker, note=one.note)}" if one.note else text


def _day(at: float) -> str:
    return named(datetime.fromtimestamp(at, get_settings().shop.zone).date())


def _is_theirs(one: CustomerRequest, tracker: Tracker) -> bool:
    """Whether who asks now surely is who asked then."""
    if one.conversation == tracker.sender_id:
        return True
    return bool(one.email) and proven_email(tracker) == one.email.lower()
