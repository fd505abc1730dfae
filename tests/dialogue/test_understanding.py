"""Several wishes in a message, and answers to forms and surveys."""

import asyncio
from typing import Any

import pytest
from rasa.shared.core.events import ActionExecuted, ActiveLoop, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.dialogue.understanding import understand
from bot.spoken import speaking
from tests.dialogue.understanding import Processor, in_form, intents, tracker


def test_an_answer_in_the_customers_words_is_an_answer() -> None:
    processor = Processor(
        the_zip_is_broken=("damaged_item", 0.9), blue_please=("refine_search", 0.9)
    )
    for text in ("the zip is broken", "blue please"):
        assert intents(processor, in_form("detail"), text) == ["inform"]
    assert intents(processor, None, "the zip is broken") == ["damaged_item"]


def test_side_questions_and_stopping_still_get_through() -> None:
    processor = Processor(
        do_you_deliver=("delivery_info", 0.9),
        stop_it=("stop", 0.6),
        hm=("delivery_info", 0.4),
        i_lost_it=("stop", 0.4),
    )
    assert intents(processor, in_form("detail"), "do you deliver") == ["delivery_info"]
    assert intents(processor, in_form("email"), "stop it") == ["stop"]
    assert intents(processor, in_form("detail"), "hm") == ["inform"]
    assert intents(processor, in_form("email"), "i lost it") == ["inform"]


def test_another_request_takes_over_from_a_form() -> None:
    processor = Processor(i_want_to_cancel=("cancel_order", 0.9), no_idea=("deny", 0.9))
    assert intents(processor, in_form("order_number"), "i want to cancel") == ["cancel_order"]
    assert intents(processor, in_form("order_number"), "no idea") == ["inform"]


def test_thanks_and_a_bare_no_leave_a_form() -> None:
    processor = Processor(thank_you_so_much=("thank", 0.9), no_wait=("deny", 0.9))
    for text in ("thank you so much", "no wait"):
        assert intents(processor, in_form("order_number"), text) == ["stop"]


def test_two_requests_are_served_in_their_order() -> None:
    processor = Processor(
        where_is_my_order=("order_status", 0.9),
        what_are_your_hours=("opening_hours", 0.9),
        show_me_red_mugs=("search_products", 0.9),
        show_me_blue_mugs=("search_products", 0.9),
    )
    text = "where is my order and what are your hours"
    assert intents(processor, None, text) == ["order_status", "opening_hours"]
    assert intents(processor, None, "show me red mugs and show me blue mugs") == ["search_products"]
    assert intents(processor, None, "where is my order and thanks") == ["order_status"]


@pytest.mark.parametrize(("length", "found"), [(600, True), (601, False)])
def test_a_message_that_the_encoder_cannot_read_whole_is_one_request(
    length: int, found: bool
) -> None:
    story = "where is my order" + " very much" * 60
    story = story[: length - len(" and what are your hours")]
    processor = Processor(
        **{story.replace(" ", "_"): ("order_status", 0.9)},
        what_are_your_hours=("opening_hours", 0.9),
    )
    text = f"{story} and what are your hours"
    assert len(text) == length
    named = intents(processor, None, text)
    assert named == (["order_status", "opening_hours"] if found else ["order_status"])


def test_of_two_things_about_orders_the_second_waits() -> None:
    processor = Processor(
        i_want_to_return_a_jumper=("return_item", 0.9), where_is_my_parcel=("order_status", 0.9)
    )
    text = "i want to return a jumper and where is my parcel"
    loop = asyncio.new_event_loop()
    (first,) = loop.run_until_complete(understand(processor, None, text))
    loop.close()
    assert (first["intent"]["name"], first["later"]) == ("return_item", "order_status")


def test_the_second_of_two_orders_waits_with_its_number_and_what_opens_no_form_comes_first() -> (
    None
):
    processor = Processor(
        where_is_my_mug=("order_status", 0.9), cancel_10222=("cancel_order", 0.9),
        cancel_my_order=("cancel_order", 0.9), show_me_red_mugs=("search_products", 0.9),
        sign_me_up=("newsletter_on", 0.9),
    )  # fmt: skip
    parts = asyncio.run(understand(processor, None, "where is my mug and cancel 10222"))
    assert [part["intent"]["name"] for part in parts] == ["order_status"]
    assert parts[0]["later"].startswith("cancel_order")
    parts = asyncio.run(understand(processor, None, "cancel my order, and show me red mugs"))
    assert [part["intent"]["name"] for part in parts] == ["search_products", "cancel_order"]
    for text in ("cancel my order and sign me up", "sign me up and cancel my order"):
        (first,) = asyncio.run(understand(processor, None, text))
        assert (first["intent"]["name"], first["later"]) == ("cancel_order", "newsletter_on"), text


def test_an_idiom_beside_a_request_is_no_wound() -> None:
    processor = Processor()
    processor.intents = {
        "i'm_dead_laughing_here,_show_me_your_mugs": ("hurt_by_product", 0.8),
        "show_me_your_mugs": ("search_products", 0.9),
        "i_cut_my_hand,_show_me_your_mugs": ("hurt_by_product", 0.8),
        "i_cut_my_hand": ("hurt_by_product", 0.9),
    }
    asked = "i'm dead laughing here, show me your mugs"
    assert intents(processor, None, asked) == ["search_products"]
    assert intents(processor, None, "i cut my hand, show me your mugs")[0] == "hurt_by_product"


@pytest.mark.parametrize("before", [None, in_form("order_number")])
def test_what_is_left_is_not_what_is_wanted(before: Any) -> None:
    processor = Processor(
        only_the_address_changes=("change_address", 0.9), i_keep_it_then=("thank", 0.9)
    )
    text = "never mind the return, only the address changes"
    assert intents(processor, before, text) == ["change_address"]
    assert "change_address" not in intents(processor, before, "leave it, i keep it then")


def test_a_few_words_after_an_answer_ask_for_more_of_it() -> None:
    def after(action: str, intent: str) -> DialogueStateTracker:
        return tracker(UserUttered("x", {"name": intent}), ActionExecuted(action))

    processor = Processor(
        how_long_do_they_last=("search_products", 0.5), ok_and_to_spain=("nlu_fallback", 0.4),
        where_is_it=("order_status", 0.9),
    )  # fmt: skip
    gifts, delivery = (
        after("action_answer_policy", "gift_card"),
        after("action_delivery_info", "delivery_info"),
    )
    assert intents(processor, gifts, "how long do they last") == ["gift_card"]
    assert intents(processor, delivery, "ok and to spain") == ["delivery_info"]
    returns = after("action_returns_policy", "returns_policy")
    assert intents(processor, returns, "ok and to spain") == ["returns_policy"]
    assert intents(processor, delivery, "where is it") == ["order_status"]
    assert intents(processor, after("action_show_more", "show_more"), "how long do they last") == [
        "search_products"
    ]


def test_a_question_about_an_order_that_is_named_is_no_question_of_policy() -> None:
    processor = Processor(
        is_it_still_cancelled=("policy_question", 0.4), fees=("policy_question", 0.9)
    )
    assert intents(processor, tracker(), "is it still cancelled") == ["policy_question"]
    processor.entities = [{"entity": "order_number", "value": "HF-1", "start": 0, "end": 1}]
    assert intents(processor, tracker(), "is it still cancelled") == ["order_status"]
    assert intents(processor, tracker(), "fees") == ["policy_question"]


def test_a_reference_alone_asks_for_its_state() -> None:
    processor = Processor()
    assert intents(processor, tracker(), "R-7K3M-9QXD please") == ["out_of_scope"]
    processor.entities = [
        {"entity": "reference", "value": "R-7K3M-9QXD", "start": 0, "end": 11, "extractor": "x"}
    ]
    assert intents(processor, tracker(), "R-7K3M-9QXD please") == ["request_status"]


def in_survey(**question: Any) -> DialogueStateTracker:
    asked = {"id": "q", "ask": "?", **question}
    return tracker(ActiveLoop("survey_form"), survey={"question": asked})


def test_what_answers_a_survey_is_an_answer_and_a_question_is_not() -> None:
    processor = Processor(
        the_delivery_was_late=("delivery_info", 0.9), **{"do_you_deliver_on_sunday?": ("delivery_info", 0.9)},
        five=("order_status", 0.9), get_me_a_person=("talk_to_human", 0.9), yes=("affirm", 0.9),
        where_is_my_order=("order_status", 0.9),
    )  # fmt: skip
    text, score = in_survey(kind="text"), in_survey(kind="csat")
    assert intents(processor, text, "the delivery was late") == ["inform"]
    assert intents(processor, text, "do you deliver on sunday?") == ["delivery_info"]
    assert intents(processor, text, "get me a person") == ["talk_to_human"]
    assert intents(processor, score, "five") == ["inform"]
    assert intents(processor, score, "yes") == ["inform"]  # asked again, not chatted about
    assert intents(processor, score, "where is my order") == ["order_status"]
    own = in_survey(kind="single", options=("A", "B"), other=True)
    assert intents(processor, own, "the delivery was late") == ["inform"]


def test_ones_own_data_comes_before_any_question_of_a_form() -> None:
    processor = Processor(delete_my_data=("delete_data", 0.9), erase_it=("delete_data", 0.5))
    for asked in ("order_number", "email", "detail", "confirmed", "code"):
        assert intents(processor, in_form(asked), "delete my data") == ["delete_data"]
    assert intents(processor, in_form("detail"), "erase it") == ["inform"]  # not surely
    scope = tracker(ActiveLoop("data_form"), requested_slot="data_scope", data_task="delete_data")
    assert intents(processor, scope, "delete my data") == ["inform"]


def test_a_code_is_a_code_and_no_order() -> None:
    processor = Processor(it_is_123456=("order_status", 0.9), cancel_123456=("cancel_order", 0.9))
    processor.entities = [{"entity": "order_number", "value": "123456", "start": 6, "end": 12}]
    for text in ("it is 123456", "123 456", "123-456"):
        loop = asyncio.new_event_loop()
        parsed = loop.run_until_complete(understand(processor, in_form("code"), text))
        loop.close()
        assert [(one["intent"]["name"], one["entities"]) for one in parsed] == [("inform", [])]
    assert intents(processor, in_form("order_number"), "cancel 123456") == ["cancel_order"]


def test_a_number_does_not_drown_what_is_wanted_of_its_order() -> None:
    text = "return HF-10222, anna@example.com"
    processor = Processor(return_my_order=("return_item", 0.9), here_it_is_my_order=("inform", 0.9))
    processor.intents[text.replace(" ", "_")] = ("inform", 0.9)
    processor.intents["here_it_is_HF-10222"] = ("inform", 0.9)
    processor.entities = [{"entity": "order_number", "value": "HF-10222", "start": 7, "end": 15}]
    assert intents(processor, tracker(), text) == ["return_item"]
    assert intents(processor, tracker(), "here it is HF-10222") == ["inform"]
    processor.entities = []
    assert intents(processor, tracker(), text) == ["inform"]


@pytest.mark.parametrize(
    ("language", "joined", "order", "sold"),
    [
        ("en", "{} and also {}", "where is my order", "do you have red mugs"),
        ("de", "{} und {}", "wo ist meine bestellung", "habt ihr auch rote tassen"),
        ("fr", "{}, au fait {}", "où est ma commande", "avez-vous des tasses rouges"),
        ("es", "{} y también {}", "dónde está mi pedido", "tienen tazas rojas"),
        ("nl", "{} en {}", "waar is mijn bestelling", "hebben jullie rode mokken"),
        ("zh", "{}，{}", "我的订单到哪了", "你们有红色的杯子吗"),
    ],
)
def test_two_requests_are_served_in_each_language(
    language: str, joined: str, order: str, sold: str
) -> None:
    """The second names a kind and asks whether it is sold, whatever the classifier makes of it alone."""
    names = {order: ("order_status", 0.9), sold: ("refine_search", 0.9)}
    processor = Processor(**{text.replace(" ", "_"): name for text, name in names.items()})
    processor.entities = [{"entity": "category", "value": "mug", "start": 0, "end": 3}]
    with speaking(language):
        found = intents(processor, None, joined.format(order, sold))
    assert found == ["search_products", "order_status"]


def test_two_questions_for_the_pages_are_two_but_no_scrap_is_one() -> None:
    processor = Processor(
        do_you_take_amex=("policy_question", 0.7),
        do_you_gift_wrap=("policy_question", 0.7),
        do_you_ship_to_austria=("delivery_info", 0.9),
        for_how_much=("price_total", 0.9),
    )
    two = "do you take amex and do you gift wrap"
    assert intents(processor, None, two) == ["policy_question", "policy_question"]
    processor.intents = {
        **processor.intents,
        "do_you_ship_to_austria,_and_for_how_much": ("delivery_info", 0.9),
    }
    one = "do you ship to austria, and for how much"
    assert intents(processor, None, one) == ["delivery_info"]


def test_what_is_asked_beside_a_loss_is_heard() -> None:
    text = "my grandmother passed away, can i return her order"
    processor = Processor(can_i_return_her_order=("return_item", 0.9))
    processor.intents = {**processor.intents, text.replace(" ", "_"): ("undo_request", 0.7)}
    assert intents(processor, None, text) == ["return_item"]


def test_a_task_that_is_refused_is_not_begun() -> None:
    text = "please don't cancel my order"
    processor = Processor(**{text.replace(" ", "_"): ("cancel_order", 0.95)})
    assert intents(processor, None, text) == ["stop"]


def test_what_is_asked_beside_a_refusal_is_read_without_it() -> None:
    text = "don't cancel! the street is wrong, can you correct it"
    rest = "! the street is wrong, can you correct it"
    processor = Processor(
        **{
            text.replace(" ", "_"): ("cancel_order", 0.8),
            rest.replace(" ", "_"): ("change_address", 0.9),
        }
    )
    assert intents(processor, None, text) == ["change_address"]


def test_one_sentence_that_is_surely_a_request_counts_where_the_whole_is_unsure() -> None:
    first, second = "had a long day at work", "where do you deliver to"
    processor = Processor(
        **{
            f"{first}. {second}".replace(" ", "_"): ("nlu_fallback", 0.4),
            first.replace(" ", "_"): ("out_of_scope", 0.9),
            second.replace(" ", "_"): ("delivery_info", 0.9),
        }
    )
    assert intents(processor, None, f"{first}. {second}") == ["delivery_info"]
