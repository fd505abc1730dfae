"""Whether it is the customer who asks: how often one may guess, and proof of an email address.

An address is proven by the word of the shop's server (docs/widget.md, identify) or by a code that was
mailed to it. docs/security.md has the rule; bot/guard/store.py counts.
"""

import logging
import math
import re
import sqlite3
from collections.abc import Callable
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.backends import get_guard, get_mailer, get_orders
from actions.base import Events
from actions.forms import ask_again
from actions.order_backends.breaker import asker
from actions.order_backends.interface import Order, OrderBackend, OrdersUnavailable
from actions.texts import person, phrase
from bot.guard.store import CODE_SECONDS, Seeker, Verdict
from bot.mail import MailFailed, mail_is_set_up
from bot.settings import get_settings
from bot.staff.requests import CustomerRequest

logger = logging.getLogger(__name__)

CODE = re.compile(r"(?<!\d)(\d{3})[ -]?(\d{3})(?!\d)")
# Why a code doesn't come, as the slot `code` has it; each has a text `code_…`.
FAILED = ("mail_down", "paused", "too_many")


def seeker_of(tracker: Tracker) -> Seeker:
    """Who asks, as web told it with the message."""
    metadata = tracker.latest_message.get("metadata") or {}
    return get_guard().seeker(tracker.sender_id, str(metadata.get("network") or ""))


def signed_email(tracker: Tracker) -> str:
    """The address that the shop's server signed for, or ""."""
    customer = (tracker.latest_message.get("metadata") or {}).get("customer") or {}
    return str(customer.get("email") or "").lower()


def proven_email(tracker: Tracker) -> str:
    """The address that is surely the customer's, or ""."""
    email = tracker.get_slot("email") or ""
    if signed := signed_email(tracker):
        return signed
    return email if email and get_guard().has_proven(seeker_of(tracker), email) else ""


def is_of_order(tracker: Tracker, number: str, email: str) -> bool:
    """Whether the address was said for this order: a number with its address opens that order and no more.

    Once it has opened one, another number needs it said anew; who proved the address needn't.
    """
    if proven_email(tracker) == email:
        return True
    guard, seeker = get_guard(), seeker_of(tracker)
    try:
        compared = get_orders().compared(number)
    except OrdersUnavailable:
        return True  # the look-up itself says so
    if guard.was_shown(seeker, email, number, compared) or not guard.was_shown_one(seeker, email):
        return True
    return email in _said_since_another(tracker, number)


def _said_since_another(tracker: Tracker, number: str) -> list[str]:
    """The addresses in the last messages, back to one that names another order."""
    said: list[str] = []
    for event in reversed(tracker.events):
        if event.get("event") != "user":
            continue
        entities = (event.get("parse_data") or {}).get("entities") or []
        values = [(one["entity"], str(one["value"])) for one in entities]
        if any(name == "order_number" and value != number for name, value in values):
            break
        said += [value.lower() for name, value in values if name == "email"]
    return said


def may_look_up(tracker: Tracker, number: str, email: str) -> bool:
    """Whether an order would be looked up: nobody guesses whose own the address is."""
    if proven_email(tracker) == email:
        return True
    try:
        compared = get_orders().compared(number)
    except OrdersUnavailable:
        return True  # the look-up itself says so
    return get_guard().may_guess(seeker_of(tracker), email, number, compared)


async def look_up(orders: OrderBackend, tracker: Tracker, number: str, email: str) -> Order | None:
    """The order that number and email name; None, too, when no more may be guessed, or the address was said for another.

    Raises OrdersUnavailable, also when guesses can't be counted.
    """
    seeker = seeker_of(tracker)
    asker.set(seeker.network)
    if proven_email(tracker) == email:
        return await orders.find(number, email)
    if not is_of_order(tracker, number, email):
        return None
    guard, right, ones_own = get_guard(), None, False
    try:
        guess = guard.guess(seeker, email, number, orders.compared(number))
        if guess is None:
            return None
        try:
            order = await orders.find(number, email)
            right, ones_own = order is not None, bool(order and order.by_anyone)
        finally:
            guard.end(guess, right, known=not ones_own)
    except sqlite3.Error as error:
        raise OrdersUnavailable(f"Guesses can't be counted: {error}.") from error
    return order


def known_by_reference(
    tracker: Tracker, reference: str, find: Callable[[], list[CustomerRequest]]
) -> list[CustomerRequest] | None:
    """What a request's reference names; None when no more may be guessed, as with orders."""
    guard = get_guard()
    guess = guard.guess(seeker_of(tracker), reference, reference)
    if guess is None:
        return None
    found = find()
    guard.end(guess, bool(found))
    return found


def code_slots(tracker: Tracker) -> list[str]:
    """What a form has to ask so that the address is proven: the code, where mails can be sent."""
    return ["code"] if mail_is_set_up(get_settings()) and not proven_email(tracker) else []


async def ask_for_code(dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
    """Mail a code to the address unless one is under way, and ask for it.

    When none can be sent the form ends, with why in the slot `code`.
    """
    guard, seeker, email = get_guard(), seeker_of(tracker), tracker.get_slot("email") or ""
    minutes = round(CODE_SECONDS / 60)
    card = {"card": {"kind": "input", "input": "number"}}
    if guard.awaits_code(seeker, email):
        text = phrase("ask_code_again", tracker, email=email)
        dispatcher.utter_message(text=text, buttons=[person()], json_message=card)
        return []
    code = guard.new_code(seeker, email)
    if not code:
        paused = guard.wait_for_mail(seeker, email) < math.inf
        return _no_code("paused" if paused else "too_many")
    try:
        await _mail(tracker, email, code, minutes)
    except MailFailed as error:
        logger.error("%s", error)
        guard.not_mailed(seeker, email)
        return _no_code("mail_down")
    text = phrase("ask_code", tracker, email=email, minutes=minutes)
    dispatcher.utter_message(text=text, json_message=card)
    return []


def take_code(value: Any, dispatcher: CollectingDispatcher, tracker: Tracker) -> dict[str, Any]:
    """What the form does with an answer: the slot `code` is "right", or asked for again."""
    found = CODE.search(str(value))
    if not found:
        return ask_again(dispatcher, tracker, "code", "no_code", [person()])
    guard, seeker = get_guard(), seeker_of(tracker)
    verdict = guard.try_code(seeker, tracker.get_slot("email") or "", "".join(found.groups()))
    if verdict is Verdict.RIGHT:
        return {"code": verdict.value, "form_failures": 0}
    if verdict is Verdict.TOO_MANY:
        return {"code": verdict.value, "requested_slot": None}
    dispatcher.utter_message(text=phrase(f"code_{verdict.value}", tracker), buttons=[person()])
    return {"code": None}


def why_no_code(tracker: Tracker) -> str:
    """The name of the text that says why there is no code, or ""."""
    code = tracker.get_slot("code")
    return f"code_{code}" if code in FAILED else ""


def _no_code(why: str) -> Events:
    return [SlotSet("code", why), SlotSet("requested_slot", None)]


async def _mail(tracker: Tracker, email: str, code: str, minutes: int) -> None:
    """The mail; its words are the shop's own, and nothing of the customer's but the address."""
    mailer, shop = get_mailer(), get_settings().shop
    if mailer is None:
        raise MailFailed("shop.yml names no mail server.")
    subject = phrase("mail_code_subject", tracker, shop=shop.name, code=code)
    text = phrase("mail_code_text", tracker, shop=shop.name, code=code, minutes=minutes)
    await mailer.send(email, subject, text)
