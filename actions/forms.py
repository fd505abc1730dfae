"""What the forms share: an email address in an answer, and asking again, but not for ever."""

import json
from collections.abc import Sequence
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.base import Events
from actions.texts import phrase
from actions.wording import button
from bot.emails import SAID

TRIES = 2


def email_in(value: Any) -> str | None:
    """The email address in an answer, lower case, or None."""
    found = SAID.search(str(value))
    return found[0].lower() if found else None


def said_as_entity(tracker: Tracker, *names: str) -> bool:
    """Whether the message names one of these values, such as an order number."""
    entities = tracker.latest_message.get("entities") or []
    return any(one["entity"] in names for one in entities)


def agreed(
    value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, question: str
) -> bool | None:
    """A yes or a no to a question, as its button's payload names it; None for anything else, and for
    a button under another question, which says so.
    """
    if not isinstance(value, bool):
        return None
    return None if is_of_another_question(dispatcher, tracker, question) else value


def is_of_another_question(
    dispatcher: CollectingDispatcher, tracker: Tracker, question: str
) -> bool:
    """Whether a button was pressed that answers another question; then it says so."""
    pressed = [
        entity["value"]
        for entity in tracker.latest_message.get("entities") or []
        if entity["entity"] == "agreed_to"
    ]
    if not pressed or pressed == [question]:
        return False
    dispatcher.utter_message(text=phrase("old_button", tracker))
    return True


def yes_button(title: str, question: str) -> dict[str, str]:
    """The button that agrees to a question and to no other."""
    return button(title, f"/affirm{json.dumps({'agreed_to': question})}")


def ask_for(
    dispatcher: CollectingDispatcher,
    tracker: Tracker,
    kind: str,
    text: str,
    buttons: Sequence[dict[str, str]] = (),
) -> Events:
    """Say the text of this name; the chat offers a keyboard for this kind: email, number or phone."""
    card = {"kind": "input", "input": kind}
    dispatcher.utter_message(
        text=phrase(text, tracker), json_message={"card": card}, buttons=list(buttons)
    )
    return []


def ask_again(
    dispatcher: CollectingDispatcher,
    tracker: Tracker,
    slot: str,
    text: str,
    buttons: Sequence[dict[str, str]] = (),
) -> dict[str, Any]:
    """Say the text of this name and ask once more; after two times the form ends."""
    failures = int(tracker.get_slot("form_failures") or 0) + 1
    if failures >= TRIES:
        return {slot: None, "form_failures": 0, "requested_slot": None}
    dispatcher.utter_message(text=phrase(text, tracker), buttons=list(buttons))
    return {slot: None, "form_failures": failures}
