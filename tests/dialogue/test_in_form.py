"""What a message means while a form waits for an answer."""

import asyncio
from typing import Any

import pytest
from rasa.shared.core.events import ActionExecuted, ActiveLoop, BotUttered, UserUttered

from bot.dialogue.understanding import understand
from tests.dialogue.test_understanding import Processor, tracker

ASKED = [
    UserUttered("cancel it", {"name": "cancel_order"}),
    ActionExecuted("action_begin_order_task"), ActionExecuted("order_form"), BotUttered("Shall I?"),
    ActionExecuted("action_listen"),
]  # fmt: skip


def waiting(asked: str, task: str = "cancel_order", beside: str = "", **slots: Any) -> Any:
    """A tracker whose form asks for a slot; `beside`: the action that spoke before it asked last."""
    known = {"order_number": "HF-10222", "email": "anna@example.com"}
    said = [*ASKED[:1], ActionExecuted(beside), *ASKED[1:]] if beside else ASKED
    of = {"order_task": task, "requested_slot": asked, **known, **slots}
    return tracker(*said, ActiveLoop("order_form"), **of)


def heard(processor: Processor, before: Any, text: str) -> dict[str, Any]:
    loop = asyncio.new_event_loop()
    try:
        (parsed,) = loop.run_until_complete(understand(processor, before, text))
    finally:
        loop.close()
    kept = {name: parsed[name] for name in ("leaves", "later", "beside") if name in parsed}
    return {"intent": parsed["intent"]["name"], "text": parsed["text"], **kept}


def an(entity: str, value: str) -> list[dict[str, Any]]:
    return [{"entity": entity, "value": value, "start": 0, "end": 1}]


def test_an_ok_is_a_yes_to_the_question_that_was_just_put_and_to_no_other() -> None:
    processor = Processor(ok=("affirm", 0.9), yes=("affirm", 0.9))
    assert heard(processor, waiting("confirmed"), "ok")["intent"] == "affirm"
    after = waiting("confirmed", beside="action_delivery_info")
    assert heard(processor, after, "ok")["intent"] == "not_yet"
    assert heard(processor, after, "yes")["intent"] == "affirm"


def test_erasing_takes_more_than_an_ok() -> None:
    asked = tracker(*ASKED, ActiveLoop("data_form"), data_task="delete_data", requested_slot="confirmed")
    processor = Processor(ok=("affirm", 0.9), yes=("affirm", 0.9))
    assert heard(processor, asked, "ok")["intent"] == "not_yet"
    assert heard(processor, asked, "yes")["intent"] == "affirm"


def test_what_is_asked_beside_a_yes_is_answered_and_nothing_is_done() -> None:
    processor = Processor(
        how_long_does_delivery_take=("delivery_info", 0.5), tell_me_if_it_ships_today=("order_status", 0.7),
        change_my_address=("change_address", 0.9), show_me_mugs=("search_products", 0.9),
        is_it_made_of_wool=("product_details", 0.9), let_me_know=("stock_alert", 0.9),
    )  # fmt: skip
    before = waiting("confirmed")
    text = "sure, how long does delivery take"
    assert heard(processor, before, text) == {"intent": "delivery_info", "text": text}
    text = "ok but wait, tell me if it ships today"
    assert heard(processor, before, text) == {
        "intent": "not_yet", "text": text, "beside": "order_status",
    }  # fmt: skip
    text = "yep and also change my address"
    assert heard(processor, before, text) == {
        "intent": "not_yet", "text": text, "later": "change_address",
    }  # fmt: skip
    assert heard(processor, before, "yes and show me mugs")["intent"] == "not_yet"
    assert heard(processor, before, "ok let me know") == {
        "intent": "not_yet", "text": "ok let me know",
    }  # fmt: skip
    text = "yes, is it made of wool"
    assert heard(processor, before, text)["intent"] == "not_yet"
    shown = waiting("confirmed", shown_products=["A"])
    assert heard(processor, shown, text) == {"intent": "product_details", "text": text}


def test_a_change_of_mind_after_the_question_leaves_the_form() -> None:
    processor = Processor(
        i_want_to_return_it_instead=("return_item", 0.9), show_me_mugs=("search_products", 0.9),
        erase_my_data=("delete_data", 0.9), i_may_return_it=("return_item", 0.5),
    )  # fmt: skip
    for text, intent in (
        ("i want to return it instead", "return_item"), ("show me mugs", "search_products"),
        ("no, show me mugs", "search_products"), ("erase my data", "delete_data"),
    ):  # fmt: skip
        expected = {"intent": intent, "text": text, "leaves": True}
        assert heard(processor, waiting("confirmed"), text) == expected
    assert heard(processor, waiting("confirmed"), "i may return it")["intent"] == "not_yet"


def test_another_number_after_the_question_corrects_it() -> None:
    processor = Processor()
    processor.entities = an("order_number", "HF-10171")
    assert heard(processor, waiting("confirmed"), "no, it's HF-10171")["intent"] == "inform"
    processor.entities = an("order_number", "HF-10222")
    assert heard(processor, waiting("confirmed"), "no, not HF-10222")["intent"] == "deny"
    assert heard(processor, waiting("confirmed"), "yes, cancel order HF-10222")["intent"] == "affirm"


def test_another_task_is_another_task_wherever_the_form_is() -> None:
    text = "where is my order HF-10003"
    processor = Processor(where_is_my_order_HF_10003=("order_status", 0.9))
    processor.intents = {text.replace(" ", "_"): ("order_status", 0.9)}
    processor.entities = an("order_number", "HF-10003")
    for asked in ("order_number", "email", "detail", "confirmed"):
        before = waiting(asked, "wrong_item")
        assert heard(processor, before, text) == {
            "intent": "order_status", "text": text, "leaves": True,
        }, asked  # fmt: skip
    same = waiting("email", "order_status")
    assert heard(processor, same, text)["intent"] == "inform"


def test_what_tells_what_is_wrong_is_an_answer_whatever_it_reminds_of() -> None:
    processor = Processor(
        the_zip_is_broken=("damaged_item", 0.9), the_second_parcel_never_came=("order_status", 0.9),
        cancel_my_order=("cancel_order", 0.9), blue_please=("refine_search", 0.9),
    )  # fmt: skip
    assert heard(processor, waiting("detail", "return_item"), "the zip is broken")["intent"] == "inform"
    missing = waiting("detail", "missing_item")
    assert heard(processor, missing, "the second parcel never came")["intent"] == "inform"
    assert heard(processor, missing, "cancel my order")["leaves"]
    assert heard(processor, waiting("detail", "exchange_item"), "blue please")["intent"] == "inform"
    assert heard(processor, waiting("detail", "change_address"), "blue please")["leaves"]


@pytest.mark.parametrize("asked", ["order_number", "email"])
def test_a_form_lets_go_at_the_second_answer_that_is_none(asked: str) -> None:
    processor = Processor(blue_is_nice=("like", 0.5), hm_well=("nlu_fallback", 0.4))
    unknown = {"order_number": None, "email": None}
    first = waiting(asked, form_failures=0, **unknown)
    assert heard(processor, first, "blue is nice") == {"intent": "inform", "text": "blue is nice"}
    second = waiting(asked, form_failures=1, **unknown)
    assert heard(processor, second, "blue is nice") == {
        "intent": "like", "text": "blue is nice", "leaves": True,
    }  # fmt: skip
    # What means nothing anywhere else is left to the form, which ends by itself.
    assert heard(processor, second, "hm well") == {"intent": "inform", "text": "hm well"}
    processor.entities = an(asked, "x")
    assert heard(processor, second, "blue is nice")["intent"] == "inform"


def test_a_question_for_a_yes_lets_go_at_the_second_answer_that_is_none() -> None:
    processor = Processor(blue_is_nice=("like", 0.5), purple=("nlu_fallback", 0.4))
    assert heard(processor, waiting("confirmed"), "purple")["intent"] == "not_yet"
    second = waiting("confirmed", form_failures=1)
    assert heard(processor, second, "purple")["intent"] == "deny"
    assert heard(processor, second, "blue is nice")["leaves"]
    assert heard(processor, second, "hold on")["intent"] == "not_yet"


def test_goodbye_leaves_and_stop_stops() -> None:
    processor = Processor(bye=("goodbye", 0.9), stop_it=("stop", 0.9))
    assert heard(processor, waiting("email"), "bye")["leaves"]
    assert heard(processor, waiting("email"), "stop it") == {"intent": "stop", "text": "stop it"}
    assert heard(processor, waiting("confirmed"), "stop it")["intent"] == "deny"


def test_what_is_asked_of_an_order_leaves_the_question_whose_data_it_is() -> None:
    before = tracker(
        *ASKED, ActiveLoop("data_form"), data_task="export_data", requested_slot="email"
    )
    text = "anna@example.com"
    processor = Processor()
    processor.entities = an("email", text)
    assert heard(processor, before, text) == {"intent": "inform", "text": text}
    text = "mail me when HF-10188 ships anna@example.com"
    processor.entities = [*an("email", "anna@example.com"), *an("order_number", "HF-10188")]
    assert heard(processor, before, text)["leaves"]
    assert "leaves" not in heard(processor, waiting("email"), text)


def test_another_time_for_a_call_is_no_refusal() -> None:
    processor = Processor(at_11=("opening_hours", 0.9), show_me_2_mugs=("search_products", 0.9))
    before = tracker(
        *ASKED, ActiveLoop("contact_form"), contact_task="call_back", requested_slot="confirmed",
        call_phone="+31206241111",
    )  # fmt: skip
    for text in ("no, at 11", "tomorrow at 10"):
        assert heard(processor, before, text) == {"intent": "inform", "text": text}
    assert heard(processor, before, "no")["intent"] == "deny"
    assert heard(processor, before, "yes")["intent"] == "affirm"
    assert heard(processor, before, "show me 2 mugs")["leaves"]
    assert heard(processor, waiting("confirmed"), "no, at 11")["intent"] != "inform"


def test_another_address_alone_is_not_tried_on_an_order_that_was_found() -> None:
    processor = Processor()
    for text in ("send it to eve@example.com instead", "yes, send it to eve@example.com", "yes eve@example.com"):
        processor.entities = an("email", "eve@example.com")
        assert heard(processor, waiting("confirmed", "invoice"), text)["intent"] == "not_yet"
        processor.entities += an("order_number", "HF-10333")
        assert heard(processor, waiting("confirmed", "invoice"), text)["intent"] == "inform"
    processor.entities = an("email", "eve@example.com")
    assert heard(processor, waiting("email", "invoice"), "eve@example.com")["intent"] == "inform"
