"""Taking a request back: the one that is meant, after a yes unless the wish is plain.

What is undone may be a cancellation, and an order that is then sent and charged; or a return, whose
days run out. So the customer names it, presses its button, or is asked.
"""

import json
import re
from collections.abc import Sequence
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.asked import made_just_now, standing, withdraw
from actions.backends import get_orders
from actions.base import Events, ShopAction
from actions.heard import heard, heard_by_name
from actions.order_backends.interface import NotPossible, OrdersUnavailable
from actions.orders.tasks import say_orders_down
from actions.texts import person, phrase
from actions.wording import button
from bot.answers.details import asks_something, without_values
from bot.settings import get_settings
from bot.staff.asked import REFERENCE
from bot.staff.requests import told_to_customer

PRESSED = "/undo_request{"  # begins the payload of a quick reply that names what it undoes
OFFERED = 5
Request = dict[str, Any]


class ActionUndoRequest(ShopAction):
    """Takes a request back."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_undo_request"

    async def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """Withdraw the request that is meant; ask which one, or whether, when that isn't plain."""
        requests = standing(tracker)
        text = tracker.latest_message.get("text") or ""
        if text.startswith(PRESSED):
            pressed = [one for one in requests if one["reference"] in _values(tracker, "reference")]
            if pressed:
                return await take_back(pressed[0], dispatcher, tracker)
            dispatcher.utter_message(text=phrase("undone_already", tracker), buttons=[person()])
            return []
        if not requests:
            dispatcher.utter_message(text=phrase("nothing_to_undo", tracker), buttons=[person()])
            return []
        meant = _meant(requests, text, tracker)
        if len(meant) == 1 and _is_plain(text):
            return await take_back(meant[0], dispatcher, tracker)
        _ask(meant, requests, dispatcher, tracker)
        return []


async def take_back(request: Request, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
    """Withdraw a request, also from the order service, or say that it is too late."""
    reference = request["reference"]
    try:
        if _is_closed(reference):
            raise NotPossible(f"Staff have done {reference}.")
        if request.get("order"):
            await _withdraw_from_order(request, tracker)
    except NotPossible:
        text = phrase("too_late_to_undo", tracker, reference=reference)
        dispatcher.utter_message(text=text, buttons=[person()])
        return []
    except OrdersUnavailable:
        say_orders_down(dispatcher, tracker)
        return []
    name = "undone" if request.get("order") else "request_undone"
    text = phrase(
        name,
        tracker,
        number=request.get("order"),
        reference=reference,
        what=named(request, tracker),
    )
    dispatcher.utter_message(text=text)
    alerts = tracker.get_slot("alerts") or []
    left = [alert for alert in alerts if alert["reference"] != reference]
    return [*withdraw(tracker, reference), *[SlotSet("alerts", left)] * (left != alerts)]


def undo_button(request: Request, title: str) -> dict[str, str]:
    """The quick reply that takes back this request and no other."""
    return button(title, f"/undo_request{json.dumps({'reference': request['reference']})}")


def named(request: Request, tracker: Tracker) -> str:
    """A request as the customer knows it: "return for order HF-10149"."""
    kind = phrase(f"request_kind_{request['kind']}", tracker)
    number = request.get("order")
    return phrase("kind_for_order", tracker, kind=kind, number=number) if number else kind


def _ask(
    meant: Sequence[Request],
    requests: Sequence[Request],
    dispatcher: CollectingDispatcher,
    tracker: Tracker,
) -> None:
    """Whether, which one, or that there is none like it, with a quick reply for each."""
    leave = button(phrase("no_leave_it", tracker), "/deny")
    if len(meant) == 1:
        values = {"what": named(meant[0], tracker), "reference": meant[0]["reference"]}
        yes = undo_button(meant[0], phrase("yes_undo", tracker))
        dispatcher.utter_message(text=phrase("ask_undo", tracker, **values), buttons=[yes, leave])
        return
    offered = [*reversed(meant or requests)][:OFFERED]
    titles = {one["reference"]: named(one, tracker) for one in offered}
    buttons = [
        undo_button(one, phrase("undo_this_button", tracker, what=titles[one["reference"]]))
        for one in offered
    ]
    text = phrase("ask_undo_which" if meant else "nothing_like_that", tracker)
    dispatcher.utter_message(text=text, buttons=[*buttons, leave])


def _meant(requests: Sequence[Request], text: str, tracker: Tracker) -> list[Request]:
    """Those that the message names by reference, kind or order; of none named, the one that was made
    in the turn before, or all."""
    references, orders = _values(tracker, "reference"), _values(tracker, "order_number")
    kinds = _kinds_in(text)
    if not (references or orders or kinds):
        made = (made_just_now(tracker) or {}).get("reference")
        return [one for one in requests if one["reference"] == made] or [*requests]
    return [
        one
        for one in requests
        if (not references or one["reference"] in references)
        and (not orders or one.get("order") in orders)
        and (not kinds or one["kind"] in kinds)
    ]


def _kinds_in(text: str) -> set[str]:
    """The kinds of requests that are named; "cancel my return" names a return."""
    said = _words(text)
    kinds = {kind for kind, names in heard_by_name("undo_kinds").items() if said & {*names}}
    return kinds - {"cancel"} or kinds


def _is_plain(text: str) -> bool:
    """Whether a message says to undo and nothing else: no "don't", no "keep it", no question."""
    said = _words(text)
    of_kinds = {word for names in heard_by_name("undo_kinds").values() for word in names}
    ends, named = said & heard("ends"), said & of_kinds - heard("ends")
    says_so = said & heard("undoes") or (ends and named)
    return bool(says_so) and not asks_something(text) and said <= heard("undo_talk") | of_kinds


def _words(text: str) -> set[str]:
    if text.startswith("/"):
        return set()
    return set(re.findall(r"[^\W\d_]+", REFERENCE.sub(" ", without_values(text)).lower()))


def _values(tracker: Tracker, entity: str) -> set[str]:
    entities = tracker.latest_message.get("entities") or []
    return {one["value"] for one in entities if one["entity"] == entity}


async def _withdraw_from_order(request: Request, tracker: Tracker) -> None:
    """Take a request back from its order. Raises NotPossible, OrdersUnavailable."""
    email = request.get("email") or tracker.get_slot("email")
    order = await get_orders().find(request["order"], email) if email else None
    if order is None:
        raise NotPossible(f"There is no order {request['order']} any more.")
    # Before 0.2.0 the order service's reference was the only one.
    await get_orders().withdraw(order, request.get("shop_reference") or request["reference"])


def _is_closed(reference: str) -> bool:
    """Whether staff have done or refused a request."""
    known = told_to_customer(get_settings().staff_db, "", reference)
    return any(not one.is_open and one.state != "withdrawn" for one in known)
