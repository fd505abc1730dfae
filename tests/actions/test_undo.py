"""What is taken back is what was meant, and never by a "don't" or a question."""

from typing import Any

import pytest

from actions.orders import actions as orders
from actions.orders import form, undo
from actions.shop import policies
from actions.staff import requests
from actions.talk import small_talk
from tests.actions.conversation import Conversation, titles, with_order
from tests.actions.fakes import FakeOrders

UNDO = {"intent": {"name": "undo_request"}}


def cancelled(chat: Conversation, number: str = "HF-10001", email: str = "anna@example.com") -> str:
    chat.slots |= with_order("cancel_order", number, email, confirmed=True)
    chat.say(orders.ActionDoOrderTask())
    return str(chat.slots["last_request"]["reference"])


def newsletter(chat: Conversation) -> str:
    chat.slots |= {"contact_task": "newsletter_on", "email": "anna@example.com", "confirmed": True}
    chat.say(requests.ActionDoContactTask())
    return str(chat.slots["last_request"]["reference"])


def stand(chat: Conversation) -> list[str]:
    return [one["reference"] for one in chat.slots["standing_requests"]]


def press(chat: Conversation, button: dict[str, str]) -> dict[str, Any]:
    payload = button["payload"]
    reference = payload.partition('"reference": "')[2].rstrip('"}')
    entities = [{"entity": "reference", "value": reference}]
    return chat.say(undo.ActionUndoRequest(), payload, entities, **UNDO)


def test_the_kind_that_is_named_is_undone_and_no_other(
    chat: Conversation, shop: FakeOrders
) -> None:
    cancellation, letter = cancelled(chat), newsletter(chat)
    said = chat.say(undo.ActionUndoRequest(), "actually undo the cancellation", [], **UNDO)
    assert stand(chat) == [letter] and cancellation in said["text"]
    assert shop.orders["HF-10001"].status == "paid"


def test_what_is_named_and_was_never_asked_leaves_all_as_it_is(
    chat: Conversation, shop: FakeOrders
) -> None:
    both = [cancelled(chat), newsletter(chat)]
    number = [{"entity": "order_number", "value": "HF-10149"}]
    for text, entities in (("cancel my return please", []), ("undo the cancellation of", number)):
        said = chat.say(undo.ActionUndoRequest(), text, entities, **UNDO)
        assert stand(chat) == both and shop.orders["HF-10001"].status == "cancelled"
        assert len(titles(said)) == 3  # one for each, and to leave it


@pytest.mark.parametrize(
    "text",
    [
        "please don't undo that", "i hope you didn't undo it", "can i still undo that later if i change my mind?",
        "how long can i undo this?", "did i just undo it by accident?", "never undo the cancellation",
        "keep it cancelled", "keep the cancellation", "let it stay cancelled", "i want it to stay cancelled",
        "please keep my order cancelled, thanks", "leave it as it is", "it's cancelled, that's as it was",
        "do not take it back", "that is as i want it", "cancel it", "cancelled!", "the cancellation stands",
    ],
)  # fmt: skip
def test_a_negation_or_a_question_undoes_nothing(
    chat: Conversation, shop: FakeOrders, text: str
) -> None:
    reference = cancelled(chat)
    asked = chat.say(undo.ActionUndoRequest(), text, [], **UNDO)
    assert stand(chat) == [reference] and shop.orders["HF-10001"].status == "cancelled"
    assert titles(asked) == ["Yes, undo it", "No, leave it"] and reference in asked["text"]
    press(chat, asked["buttons"][0])
    assert stand(chat) == [] and shop.orders["HF-10001"].status == "paid"


def test_of_two_the_newest_is_meant_right_after_it_and_later_it_is_asked(
    chat: Conversation,
) -> None:
    cancellation, letter = cancelled(chat), newsletter(chat)
    chat.say(policies.ActionReturnsPolicy(), "how do returns work", [])
    asked = chat.say(undo.ActionUndoRequest(), "undo that", [], **UNDO)
    assert stand(chat) == [cancellation, letter] and len(titles(asked)) == 3
    newer = newsletter(chat)
    chat.say(undo.ActionUndoRequest(), "undo that", [], **UNDO)
    assert stand(chat) == [cancellation] and newer == letter  # the same wish is the same request


def test_an_old_button_undoes_what_it_stood_under_once(
    chat: Conversation, shop: FakeOrders
) -> None:
    cancelled(chat)
    old = chat.said["buttons"][0]
    letter = newsletter(chat)
    press(chat, old)
    assert stand(chat) == [letter] and shop.orders["HF-10001"].status == "paid"
    press(chat, old)
    assert stand(chat) == [letter]


def test_a_no_right_after_a_request_hears_that_it_is_done(chat: Conversation) -> None:
    for action, response in (
        (small_talk.ActionDeny(), "utter_deny"), (small_talk.ActionStopped(), "utter_stopped"),
    ):  # fmt: skip
        reference = newsletter(chat)
        said = chat.say(action, "wait no", [])
        assert reference in said["text"] and titles(said) == ["Undo that"]
        assert chat.say(action, "no", [])["response"] == response


def test_an_address_that_was_shown_is_agreed_to_and_no_other(chat: Conversation) -> None:
    def payload(address: str) -> str:
        chat.slots |= with_order("change_address", detail=address)
        return str(chat.say(form.ActionAskConfirmed())["buttons"][0]["payload"])

    assert payload("Rose Street 12, Utrecht") != payload("Prinsengracht 9, Amsterdam")
    assert payload("Rose Street 12, Utrecht") == payload("Rose Street 12, Utrecht")


def test_the_button_of_a_question_that_was_left_does_nothing_and_says_so(
    chat: Conversation,
) -> None:
    pressed = [{"entity": "agreed_to", "value": "cancel HF-10001"}]
    said = chat.say(small_talk.ActionAffirm(), "/affirm{}", pressed)
    assert "button" in said["text"]
    assert chat.say(small_talk.ActionAffirm(), "yes", [])["response"] == "utter_affirm"
