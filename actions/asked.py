"""What an action leaves for staff: a request with a reference, so that whoever asked can ask on.

staff.db gets it with the turn's answer (bot/web/chat/desk.py), once, however often the turn is repeated.
"""

import time
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet

from actions.base import Events
from bot.privacy.vault import vault_in
from bot.settings import get_settings
from bot.staff.asked import LONGEST_DETAIL, reference_for

MOST_STANDING = 20  # requests that a conversation remembers, to take one back


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
        events += _stand([*_others(tracker, reference), request])
    return reference, events


def standing(tracker: Tracker) -> list[dict[str, Any]]:
    """The requests of this conversation that weren't taken back, the newest last."""
    last = tracker.get_slot("last_request")
    # Conversations from before the list was kept know the last one alone.
    return tracker.get_slot("standing_requests") or ([last] if last else [])


def made_just_now(tracker: Tracker) -> dict[str, Any] | None:
    """The request that was made in the turn before this message; None when none was."""
    messages = 0
    for event in reversed(tracker.events):
        messages += event["event"] == "user"
        if messages > 1:
            return None
        if messages and event["event"] == "slot" and event["name"] == "last_request":
            made: dict[str, Any] | None = event["value"]
            return made
    return None


def withdraw(tracker: Tracker, *references: str) -> Events:
    """The events that take requests back."""
    taken_back: Events = [
        SlotSet("request_withdrawn", {"reference": reference, "at": time.time()})
        for reference in references
    ]
    return [*taken_back, *_stand(_others(tracker, *references))]


def _others(tracker: Tracker, *references: str) -> list[dict[str, Any]]:
    return [one for one in standing(tracker) if one["reference"] not in references]


def _stand(requests: list[dict[str, Any]]) -> Events:
    requests = requests[-MOST_STANDING:]
    last = requests[-1] if requests else None
    return [SlotSet("standing_requests", requests), SlotSet("last_request", last)]
