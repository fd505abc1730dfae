"""What a message means while a form waits for an answer."""

import asyncio
from typing import Any

import pytest
from rasa.shared.core.events import ActionExecuted, ActiveLoop, BotUttered, UserUttered

from bot.dialogue.understanding import understand
from bot.settings import Settings
from tests.dialogue.understanding import Processor, in_form, intents, tracker

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
    assert heard(processor, waiting("confirmed", "invoice"), "ok")["intent"] == "affirm"
    after = waiting("confirmed", "invoice", beside="action_delivery_info")
    assert heard(processor, after, "ok")["intent"] == "not_yet"
    assert heard(processor, after, "yes")["intent"] == "affirm"


@pytest.mark.parametrize(
    "task",
    ["cancel_order", "change_address", "change_items", "return_item", "exchange_item", "resend_order",
     "claim_refund"],
)  # fmt: skip
def test_what_changes_an_order_takes_more_than_an_ok(task: str) -> None:
    processor = Processor(yes=("affirm", 0.9))
    asked = waiting("confirmed", task)
    for text in (
        "ok",
        "fine",
        "ok thanks",
        "all good thanks",
        "yeah right",
        "schon gut",
        "het is goed zo",
        "ça va merci",
    ):
        assert heard(processor, asked, text)["intent"] == "not_yet", text
    assert heard(processor, asked, "yes")["intent"] == "affirm"


def test_cancel_that_may_be_either_and_is_asked_again() -> None:
    processor = Processor(oh_sorry_cancel_that=("cancel_order", 0.9))
    for text in ("oh sorry, cancel that", "cancel that"):
        assert heard(processor, waiting("confirmed"), text)["intent"] == "not_yet"
    assert heard(processor, waiting("confirmed"), "yes, cancel it")["intent"] == "affirm"


def test_erasing_takes_more_than_an_ok() -> None:
    asked = tracker(
        *ASKED, ActiveLoop("data_form"), data_task="delete_data", requested_slot="confirmed"
    )
    processor = Processor(ok=("affirm", 0.9), yes=("affirm", 0.9))
    assert heard(processor, asked, "ok")["intent"] == "not_yet"
    assert heard(processor, asked, "yes")["intent"] == "affirm"


@pytest.mark.parametrize(
    "task, other", [("delete_data", "export_data"), ("export_data", "delete_data")]
)
def test_a_copy_and_an_erasure_are_never_one_another(task: str, other: str) -> None:
    text = "this conversation i mean"
    asked = tracker(ActiveLoop("data_form"), data_task=task, requested_slot="data_scope")
    same = Processor(this_conversation_i_mean=(task, 0.5))
    assert heard(same, asked, text) == {"intent": "inform", "text": text}
    changed = Processor(this_conversation_i_mean=(other, 0.5))
    assert heard(changed, asked, text) == {"intent": other, "text": text, "leaves": True}


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("just this chat", "inform"),
        ("all of it", "inform"),
        ("how long do you keep this chat", "policy_question"),
        ("which of this", "policy_question"),
        ("tell me your rules", "policy_question"),
    ],
)
def test_whose_data_is_an_answer_whatever_page_it_reminds_of(text: str, meant: str) -> None:
    asked = tracker(ActiveLoop("data_form"), data_task="delete_data", requested_slot="data_scope")
    processor = Processor(**{text.replace(" ", "_"): ("policy_question", 0.7)})
    assert heard(processor, asked, text)["intent"] == meant


def test_a_number_to_ring_at_the_door_is_part_of_the_address() -> None:
    text = "Coolsingel 40, 3011 AD Rotterdam. my phone is 0612345678, ring twice"
    processor = Processor()
    processor.intents = {text.replace(" ", "_"): ("call_back", 0.9)}
    address = waiting("detail", "change_address")
    assert heard(processor, address, text)["intent"] == "inform"
    assert heard(processor, waiting("email"), text)["intent"] == "call_back"


@pytest.mark.parametrize(
    "text",
    [
        "no, Prinsengracht 99, 1015 AB Amsterdam", "Keizersgracht 1, 1015 AA Amsterdam", "ok wait, Keizersgracht 2",
        "sorry, to Keizersgracht 2, 1015 AA Amsterdam", "nee, Keizersgracht 2", "Moment, Lindenweg 14", "yes but number 7",
        "not Amsterdam, Utrecht", "the city is wrong, Utrecht", "and add c/o Miller",
    ],
)  # fmt: skip
def test_another_address_after_the_question_is_asked_about(text: str) -> None:
    before = waiting("confirmed", "change_address", detail="it's yes street 4")
    assert heard(Processor(), before, text) == {
        "intent": "change_address", "text": text, "leaves": True,
    }  # fmt: skip


@pytest.mark.parametrize("text", ["yes, but ring twice", "how long does it take", "hm"])
def test_what_is_no_address_leaves_the_one_that_is_asked_about(text: str) -> None:
    processor = Processor(how_long_does_it_take=("delivery_info", 0.9))
    before = waiting("confirmed", "change_address", detail="Rose Street 4, 1011 AA Amsterdam")
    assert heard(processor, before, text)["intent"] != "change_address"


@pytest.mark.parametrize("text", ["cancel", "cancel please", "Cancel it.", "annuleren", "取消"])
def test_the_word_for_what_is_asked_is_no_yes(text: str) -> None:
    processor = Processor(cancel=("cancel_order", 0.95), cancel_please=("cancel_order", 0.95))
    assert heard(processor, waiting("confirmed"), text)["intent"] == "not_yet"


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
        "intent": "not_yet", "text": "ok let me know", "beside": "condition",
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
    assert (
        heard(processor, waiting("confirmed"), "yes, cancel order HF-10222")["intent"] == "affirm"
    )


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
    assert (
        heard(processor, waiting("detail", "return_item"), "the zip is broken")["intent"]
        == "inform"
    )
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


@pytest.mark.parametrize(
    "text",
    ["no it's 06 87654321", "06 87654321", "yes but on 06 87654321", "nee, 06 87654321", "not that one, 06 87654321"],
)  # fmt: skip
def test_a_number_that_is_put_right_is_the_one_that_is_asked_about(
    text: str, settings: Settings
) -> None:
    before = tracker(
        *ASKED, ActiveLoop("contact_form"), contact_task="call_back", requested_slot="confirmed",
        call_phone="+31612345678",
    )  # fmt: skip
    loop = asyncio.new_event_loop()
    (parsed,) = loop.run_until_complete(understand(Processor(), before, text))
    assert parsed["intent"]["name"] == "inform"
    values = {one["entity"]: one["value"] for one in parsed["entities"]}
    assert values == {"phone": "+31687654321"}
    loop.close()


def test_the_end_of_an_address_is_put_right_alone() -> None:
    before = tracker(
        *ASKED, ActiveLoop("contact_form"), contact_task="newsletter_on", requested_slot="confirmed",
        email="x@exampel.com",
    )  # fmt: skip
    loop = asyncio.new_event_loop()
    (parsed,) = loop.run_until_complete(understand(Processor(), before, "typo, example.com"))
    assert [one["value"] for one in parsed["entities"]] == ["x@example.com"]
    assert parsed["intent"]["name"] == "inform"
    loop.close()


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
    for text in (
        "send it to eve@example.com instead",
        "yes, send it to eve@example.com",
        "yes eve@example.com",
    ):
        processor.entities = an("email", "eve@example.com")
        assert heard(processor, waiting("confirmed", "invoice"), text)["intent"] == "not_yet"
        processor.entities += an("order_number", "HF-10333")
        assert heard(processor, waiting("confirmed", "invoice"), text)["intent"] == "inform"
    processor.entities = an("email", "eve@example.com")
    assert heard(processor, waiting("email", "invoice"), "eve@example.com")["intent"] == "inform"


def test_a_condition_that_cant_be_met_is_told_from_a_no() -> None:
    processor = Processor(
        one_of_the_tins=("nlu_fallback", 0.5),
        keep_one_tin=("change_items", 0.9),
        show_me_tins=("search_products", 0.9),
    )
    for rest in ("one of the tins", "keep one tin", "show me tins"):
        text = f"yes cancel but only {rest}"
        assert heard(processor, waiting("confirmed"), text) == {
            "intent": "not_yet", "text": text, "beside": "condition",
        }  # fmt: skip
    assert "beside" not in heard(processor, waiting("confirmed"), "hold on")


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("actually no, keep it", ("deny", 0.9)), ("actually undo that", ("undo_refinement", 0.7)), ("cancel that", ("cancel_order", 0.9)),
        ("nothing actually, all is there", ("safe_now", 0.7)), ("it is all ok, I was mistaken", ("safe_now", 0.9)), ("nothing", ("like", 0.3)),
    ],
)  # fmt: skip
def test_what_takes_the_request_back_is_no_reason(text: str, intent: tuple[str, float]) -> None:
    processor = Processor(**{text.replace(" ", "_"): intent})
    for task in ("return_item", "missing_item", "wrong_item", "damaged_item"):
        assert heard(processor, waiting("detail", task), text) == {"intent": "stop", "text": text}
    other = Processor(**{"the handle is off": ("damaged_item", 0.9)})
    assert (
        heard(other, waiting("detail", "damaged_item"), "the handle is off")["intent"] == "inform"
    )


def test_a_question_is_no_reason() -> None:
    processor = Processor(
        how_long_does_that_take=("delivery_info", 0.45), where_is_the_size_table=("size_advice", 0.5),
        can_it_be_in_blue=("refine_search", 0.6), why_did_it_fall_apart=("damaged_item", 0.9),
        when_I_opened_it_it_was_broken=("nlu_fallback", 0.5), where_is_my_hat=("nlu_fallback", 0.5),
    )  # fmt: skip
    exchange = waiting("detail", "exchange_item")
    assert heard(processor, exchange, "how long does that take")["intent"] == "delivery_info"
    for text in ("where is the size table", "where is my hat"):
        assert heard(processor, exchange, text) == {
            "intent": "not_yet",
            "text": text,
            "beside": "question",
        }
    for text in ("can it be in blue", "when I opened it it was broken"):
        assert heard(processor, exchange, text)["intent"] == "inform"
    damaged = waiting("detail", "damaged_item")
    assert heard(processor, damaged, "why did it fall apart")["intent"] == "inform"


def test_an_ok_is_no_yes_to_a_reason_that_may_be_a_refusal() -> None:
    for detail, meant in (("no it is not damaged", "not_yet"), ("the handle is off", "affirm")):
        before = waiting("confirmed", "damaged_item", detail=detail)
        assert heard(Processor(), before, "ok")["intent"] == meant
        assert heard(Processor(), before, "yes")["intent"] == "affirm"


def test_who_calls_it_off_before_the_yes_gets_no_other_request() -> None:
    processor = Processor(cancel_that=("cancel_order", 0.9))
    assert heard(processor, waiting("confirmed", "return_item"), "cancel that")["intent"] == "deny"
    assert heard(processor, waiting("confirmed"), "cancel that")["intent"] == "not_yet"


def test_who_only_thanks_or_praises_is_asked_for_no_number() -> None:
    processor = Processor(**{
        "I_just_wanted_to_say_thank_you": ("thank", 0.9), "The_blanket_is_wonderful": ("praise", 0.9), "it_is_lovely": ("praise", 0.9),
    })  # fmt: skip
    before = waiting("order_number", "order_status", order_number=None)
    for text, intent in (
        ("I have no question about an order. I just wanted to say thank you!", "thank"),
        ("It all arrived dry in the end. The blanket is wonderful, thank you!", "praise"),
        ("it is lovely", "praise"),
    ):
        assert heard(processor, before, text) == {"intent": intent, "text": text, "leaves": True}
    processor.entities = an("order_number", "HF-10222")
    assert (
        heard(processor, before, "It is HF-10222. I just wanted to say thank you!")["intent"]
        == "inform"
    )


def test_a_question_is_answered_while_a_number_is_asked_for() -> None:
    processor = Processor(
        **{
            "Is_what_I_write_given_to_others?": ("policy_question", 0.45),
            "I_write_it_down": ("policy_question", 0.45),
        }
    )
    before = waiting("order_number", "order_status", order_number=None)
    assert (
        heard(processor, before, "Is what I write given to others?")["intent"] == "policy_question"
    )
    assert heard(processor, before, "I write it down")["intent"] == "inform"


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("yes I am very annoyed", "affirm"), ("yes but I am very annoyed", "complaint"), ("ok I am very annoyed", "complaint"),
        ("yes I am not annoyed", "complaint"), ("yes I am annoyed?", "complaint"), ("yes in blue", "not_yet"),
    ],
)  # fmt: skip
def test_a_feeling_beside_a_whole_yes_takes_nothing_from_it(text: str, meant: str) -> None:
    feeling = ("very_annoyed", "I_am_very_annoyed", "not_annoyed", "annoyed")
    processor = Processor(
        **{**dict.fromkeys(feeling, ("complaint", 0.9)), text.replace(" ", "_"): ("affirm", 0.9)}
    )
    assert heard(processor, waiting("confirmed"), text)["intent"] == meant


@pytest.mark.parametrize("text", ["and how long do they keep it", "isn't it free from 50?"])
def test_a_question_where_a_number_is_asked_is_answered_and_the_form_waits(text: str) -> None:
    before = waiting("order_number", order_number=None, email=None)
    processor = Processor(**{text.replace(" ", "_"): ("refund_status", 0.5)})
    assert heard(processor, before, text) == {"intent": "policy_question", "text": text}


def test_a_wish_for_products_ends_a_form_that_asks_for_a_number() -> None:
    before = waiting("order_number", order_number=None, email=None)
    processor = Processor(cheapest_tent_you_have=("nlu_fallback", 0.4))
    processor.entities = an("category", "tents")
    told = heard(processor, before, "cheapest tent you have")
    assert told["intent"] == "search_products" and told["leaves"]


@pytest.mark.parametrize("text", ["why?", "which one?", "HF what?"])
def test_few_words_are_no_question_of_their_own(text: str) -> None:
    before = waiting("order_number", order_number=None, email=None)
    assert heard(Processor(), before, text)["intent"] == "inform"


def test_no_text_is_read_twice_in_a_turn() -> None:
    class Counts(Processor):
        async def parse_message(self, message: Any) -> dict[str, Any]:
            read.append(message.text)
            return await super().parse_message(message)

    read: list[str] = []
    text = "the lamp is broken, it flickers all the time. i want another one please"
    heard(Counts(), waiting("detail", "exchange_item"), text)
    assert text in read and len(read) == len(set(read))


@pytest.mark.parametrize(
    "text", ["and what did i pay?", "whats in it", "hang on, is it paid already?"]
)
def test_what_is_asked_of_the_order_is_answered_before_the_yes(text: str) -> None:
    processor = Processor()
    for asked in ("confirmed", "detail"):
        said = heard(processor, waiting(asked, "return_item"), text)
        assert (said["intent"], said["beside"]) == ("not_yet", "order_status"), asked
    assert heard(processor, waiting("confirmed", "return_item"), "yes")["intent"] == "affirm"


def test_more_that_is_told_is_added_and_is_no_yes() -> None:
    text = "I'd rather have a new one than the money"
    for task in ("damaged_item", "return_item", "wrong_item"):
        said = heard(Processor(), waiting("confirmed", task), text)
        assert (said["intent"], said["beside"]) == ("not_yet", "detail")
    assert heard(Processor(), waiting("confirmed", "cancel_order"), text).get("beside") is None
    refused = heard(Processor(), waiting("confirmed", "return_item"), "no, keep all of it please")
    assert refused["intent"] == "deny"


def test_a_part_of_an_order_is_no_reason_to_cancel_it_or_to_leave() -> None:
    text = "ah no cancel only the cheese, keep the wine"
    processor = Processor()
    processor.intents = {"cancel_only_the_cheese,_keep_the_wine": ("buy", 0.7)}
    said = heard(processor, waiting("confirmed", "cancel_order"), text)
    assert (said["intent"], said["beside"]) == ("not_yet", "condition")


def test_another_order_beside_a_yes_comes_later_and_does_nothing() -> None:
    processor = Processor()
    processor.entities = an("order_number", "HF-10171")
    said = heard(processor, waiting("confirmed"), "yes and also cancel HF-10171")
    assert (said["intent"], said["later"]) == ("not_yet", "cancel_order HF-10171")


def test_another_request_beside_a_plain_yes_comes_after_the_order() -> None:
    processor = Processor(subscribe_me_to_the_newsletter=("newsletter_on", 0.9))
    text = "yes and subscribe me to the newsletter"
    assert heard(processor, waiting("confirmed"), text) == {
        "intent": "not_yet", "text": text, "later": "newsletter_on",
    }  # fmt: skip


def test_nothing_at_all_cancels_nothing() -> None:
    for text in ("nothing at all", "gar nichts", "rien du tout"):
        said = heard(Processor(), waiting("confirmed", "cancel_order"), text)
        assert said == {"intent": "deny", "text": text}, text
    assert heard(Processor(), waiting("confirmed", "cancel_order"), "cancel it")["intent"] != "deny"


def test_what_is_asked_after_a_no_is_answered() -> None:
    processor = Processor(what_are_your_hours=("opening_hours", 0.9))
    text = "no wait, it was something else. what are your hours?"
    said = heard(processor, waiting("confirmed", "damaged_item"), text)
    assert (said["intent"], said["leaves"]) == ("opening_hours", True)


def test_what_never_came_is_told_and_takes_nothing_back() -> None:
    processor = Processor(never_got_it=("stop", 0.7))
    assert heard(processor, waiting("detail", "missing_item"), "never got it")["intent"] == "inform"
    assert (
        heard(Processor(never_mind=("stop", 0.9)), waiting("detail", "missing_item"), "never mind")[
            "intent"
        ]
        == "stop"
    )


@pytest.mark.parametrize(
    ("text", "heard_as", "meant"),
    [
        ("i have not ordered yet", ("order_status", 0.8), "stop"),
        (
            "no order so far, can i bring it back to the shop?",
            ("return_item", 0.8),
            "returns_policy",
        ),
        ("before i buy: who is the carrier?", ("order_status", 0.7), "policy_question"),
        ("only a question, when are you open?", ("opening_hours", 0.9), "opening_hours"),
    ],
)
def test_who_ordered_nothing_is_asked_for_no_number_again(
    text: str, heard_as: tuple[str, float], meant: str
) -> None:
    processor = Processor(**{text.replace(" ", "_"): heard_as})
    parsed = heard(processor, waiting("order_number", "return_item"), text)
    assert (parsed["intent"], parsed.get("leaves")) == (meant, True)


def test_an_address_is_an_answer_whatever_it_reminds_of() -> None:
    text = "anna@example.com, have fun with my data"
    for name, leaves in (("export_data", None), ("cancel_order", True)):
        processor = Processor(**{text.replace(" ", "_"): (name, 0.95)})
        processor.entities = an("email", "anna@example.com")
        parsed = heard(processor, waiting("email", "order_status", email=None), text)
        assert parsed.get("leaves") is leaves, name


@pytest.mark.parametrize(
    ("task", "text"),
    [
        ("cancel_order", "hm, i'd like to keep them. please don't cancel!"),
        ("return_item", "we do not want to send it back after all"),
        ("call_back", "rather not call, thanks"),
    ],
)
def test_what_is_refused_after_the_question_is_a_no(task: str, text: str) -> None:
    form = "contact_task" if task == "call_back" else "order_task"
    processor = Processor(**{text.replace(" ", "_"): (task, 0.9)})
    before = waiting("confirmed", task) if form == "order_task" else tracker(
        *ASKED, ActiveLoop("contact_form"), contact_task=task, requested_slot="confirmed"
    )  # fmt: skip
    assert heard(processor, before, text)["intent"] == "deny"


@pytest.mark.parametrize("text", ["i don't have the number", "no number"])
def test_who_only_has_no_number_is_helped_to_find_it(text: str) -> None:
    asked = in_form("order_number")
    processor = Processor(**{text.replace(" ", "_"): ("inform", 0.6)})
    assert intents(processor, asked, text) == ["inform"]
    processor = Processor(**{text.replace(" ", "_"): ("returns_policy", 0.95)})
    assert intents(processor, asked, text) == ["returns_policy"]
