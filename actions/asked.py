"""What an action leaves for staff: a request with a reference, so that whoever asked can ask on.

staff.db gets it with the turn's answer (bot/web/chat/desk.py), once, however often the turn is repeated.
"""

import time

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet

from actions.base import Events
from bot.privacy.vault import vault_in
from bot.settings import get_settings
from bot.staff.asked import LONGEST_DETAIL, reference_for


def ask_staff(
    tracker: Tracker,
    kind: str,
    email: str = "",
    order: str = "",
    sku: str = "",
    detail: str = "",
    shop_reference: str = "",
) -> tuple[str, Events]:
    """The reference of a request and the events that bring it to staff.

    The same request again has the same reference: about an order, when the order service says that
    it is the same (`shop_reference`); any other, in one conversation. What isn't a ticket can be
    taken back with `withdraw`.
    """
    same = (order, kind, shop_reference) if order else (tracker.sender_id, kind, email, sku)
    reference = reference_for(vault_in(get_settings().var), *same)
    request = {
        "kind": kind, "reference": reference, "email": email, "order": order, "sku": sku,
        "detail": detail[:LONGEST_DETAIL], "shop_reference": shop_reference, "at": time.time(),
    }  # fmt: skip
    events: Events = [SlotSet("request_made", request)]
    if kind != "ticket":
        events.append(SlotSet("last_request", request))
    return reference, events


def withdraw(reference: str) -> Events:
    """The events that take a request back."""
    taken_back = {"reference": reference, "at": time.time()}
    return [SlotSet("request_withdrawn", taken_back), SlotSet("last_request", None)]
