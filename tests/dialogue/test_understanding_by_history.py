"""What a message means follows from what came before it."""

import asyncio

import pytest
from rasa.shared.core.events import ActionExecuted, SlotSet

from bot.dialogue.understanding import understand
from tests.dialogue.understanding import Processor, intents, tracker


def test_what_is_to_go_with_something_is_searched() -> None:
    processor = Processor(
        a_sleeping_bag_to_go_with_it=("goes_with", 0.9), what_goes_with_the_tent=("goes_with", 0.9)
    )
    processor.entities = [{"entity": "category", "value": "bags", "start": 2, "end": 14}]
    assert intents(processor, tracker(), "a sleeping bag to go with it") == ["search_products"]
    processor.entities = [{"entity": "category", "value": "tents", "start": 19, "end": 23}]
    assert intents(processor, tracker(), "what goes with the tent") == ["goes_with"]


@pytest.mark.parametrize(
    "text, meant",
    [
        ("do you sell tents for 4 people", "search_products"),
        ("have you got any light tents", "search_products"),
        ("do you have a returns address for tents", "policy_question"),
        ("do you clean tents", "policy_question"),
    ],
)
def test_whether_something_is_sold_is_a_search(text: str, meant: str) -> None:
    processor = Processor(**{text.replace(" ", "_"): ("policy_question", 0.6)})
    start = text.index("tents")
    entity = {"entity": "category", "value": "tents", "start": start, "end": start + 5}
    processor.entities = [entity]
    assert intents(processor, tracker(), text) == [meant]


def test_a_few_words_make_sense_after_a_search() -> None:
    processor = Processor()
    processor.entities = [{"entity": "size", "value": "L"}]
    searched = tracker(search={"text": "a jacket", "filters": {}, "seen": []})
    assert intents(processor, searched, "L") == ["refine_search"]
    assert intents(processor, tracker(), "L") == ["search_products"]
    sized = Processor(size_39=("size_advice", 0.9), is_it_red=("product_availability", 0.9))
    sized.entities = [{"entity": "size", "value": "39"}]
    assert intents(sized, searched, "size 39") == ["refine_search"]
    assert intents(sized, searched, "is it red") == ["product_availability"]
    processor.entities = [{"entity": "ordinal", "value": 2}]
    assert intents(processor, tracker(shown_products=["A", "B"]), "the 2nd") == ["product_details"]


def test_who_dislikes_a_colour_after_a_search_wants_another() -> None:
    texts = ("black is not for me", "the black one is not for me", "i don't like it")
    processor = Processor(**{text.replace(" ", "_"): ("dislike", 0.9) for text in texts})
    before = tracker(search={"text": "mugs", "filters": {}, "seen": [], "shown": []})
    black = {"entity": "colour", "value": "black", "start": 0, "end": 5, "negated": True}
    processor.entities = [black]
    assert intents(processor, before, texts[0]) == ["refine_search"]
    assert intents(processor, tracker(), texts[0]) == ["dislike"]
    assert intents(processor, before, texts[1]) == ["dislike"]
    processor.entities = [{**black, "entity": "category", "value": "mugs"}]
    assert intents(processor, before, texts[0]) == ["dislike"]
    processor.entities = []
    assert intents(processor, before, texts[2]) == ["dislike"]


def test_undo_means_what_was_done_last() -> None:
    processor = Processor(undo_that=("undo_refinement", 0.9))
    assert intents(processor, tracker(ActionExecuted("action_do_order_task")), "undo that") == [
        "undo_request"
    ]
    assert intents(processor, tracker(ActionExecuted("action_refine_search")), "undo that") == [
        "undo_refinement"
    ]


def test_undo_after_anything_for_staff_means_that() -> None:
    processor = Processor(undo_that=("undo_refinement", 0.9))
    assert intents(processor, tracker(ActionExecuted("action_do_contact_task")), "undo that") == [
        "undo_request"
    ]


def test_undo_means_a_request_until_a_search_comes_after_it() -> None:
    processor = Processor(undo_it=("undo_refinement", 0.9))
    asked = [
        SlotSet("last_request", {"reference": "R-7K3M-9QXD"}),
        ActionExecuted("action_request_status"),
    ]
    search = [SlotSet("search_made", {"kind": "search"}), ActionExecuted("action_search_products")]
    undone = [SlotSet("last_request", None), ActionExecuted("action_undo_request")]
    for events, meant in (
        (asked, "undo_request"), ([*search, *asked], "undo_request"), (search, "undo_refinement"),
        ([*asked, *search], "undo_refinement"), ([*asked, *undone], "undo_refinement"),
    ):  # fmt: skip
        assert intents(processor, tracker(*events), "undo it") == [meant]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("yes but don't mail me", "deny"), ("please don't mail me", "deny"), ("don't sign me up", "deny"),
        ("yes please mail me", "newsletter_on"), ("why not sign me up", "newsletter_on"),
        ("i didn't get it", "newsletter_on"),
    ],
)  # fmt: skip
def test_who_refuses_mails_is_not_asked_whether_to_get_them(text: str, meant: str) -> None:
    processor = Processor(**{text.replace(" ", "_"): ("newsletter_on", 0.9)})
    assert intents(processor, tracker(), text) == [meant]


def test_stop_after_alerts_ends_one() -> None:
    processor = Processor(stop_it=("stop", 0.9))
    for action, alerts, last, meant in (
        ("action_list_alerts", [{}], None, "end_alert"), ("action_list_alerts", [], None, "stop"),
        ("action_do_contact_task", [{}], {"kind": "stock_alert"}, "end_alert"),
        ("action_do_contact_task", [{}], {"kind": "newsletter_on"}, "stop"),
        ("action_opening_hours", [{}], {"kind": "stock_alert"}, "stop"),
    ):  # fmt: skip
        before = tracker(ActionExecuted(action), alerts=alerts, last_request=last)
        assert intents(processor, before, "stop it") == [meant]


@pytest.mark.parametrize(
    ("text", "meant"), [("😡😡", "complaint"), ("👍", "thank"), ("???", "repeat")]
)
def test_signs_alone_mean_something(text: str, meant: str) -> None:
    assert intents(Processor(), tracker(), text) == [meant]


def test_a_slash_is_only_a_sign() -> None:
    parsed = asyncio.new_event_loop().run_until_complete(
        understand(Processor(), tracker(), "/restart")
    )
    assert parsed[0]["text"] == "/restart" and parsed[0]["intent"]["name"] == "out_of_scope"


SHOWN = {"search": {"text": "a jacket", "filters": {}, "seen": []}, "shown_products": ["A", "B"]}
SEARCHED = ActionExecuted("action_search_products")
MUGS = {"entity": "category", "value": "mugs", "start": 10, "end": 14}


@pytest.mark.parametrize(
    ("text", "heard", "confidence", "entities", "meant"),
    [
        # sums
        ("two black mugs and the kettle, what is the total", "search_products", 0.9, [MUGS], "price_total"),
        ("what do both cost together", "product_details", 0.9, [], "price_total"),
        ("what does it all come to", "out_of_scope", 0.4, [], "price_total"),
        ("cancel the whole lot", "cancel_order", 0.9, [], "cancel_order"),
        # sets
        ("how many black mugs are there", "policy_question", 0.5, [MUGS], "search_products"),
        ("the cheapest", "nlu_fallback", 0.3, [], "search_products"),
        ("sort by price", "inform", 0.4, [], "search_products"),
        ("how many days do i have", "returns_policy", 0.9, [], "returns_policy"),
        # questions about what is shown
        ("is it waterproof", "nlu_fallback", 0.3, [], "product_details"),
        ("what about the wool one", "nlu_fallback", 0.3, [], "product_details"),
        ("how heavy are they", "policy_question", 0.5, [], "product_details"),
        ("what are your opening hours", "opening_hours", 0.9, [], "opening_hours"),
        # what is or isn't sold
        ("do you sell trampolines", "policy_question", 0.5, [], "search_products"),
        ("what do you sell", "help", 0.5, [], "search_products"),
        # only asked for
        ("what if i return it", "return_item", 0.9, [], "returns_policy"),
        ("what if it never comes", "trace_parcel", 0.9, [], "policy_question"),
        ("not ordered yet only asking from which day it counts", "order_status", 0.8, [], "policy_question"),
        ("by when must i send it back?", "stock_alert", 0.8, [], "returns_policy"),
        ("the boots i got are too tight", "search_products", 0.9, [], "exchange_item"),
        ("what does that make with 20% off", "discount_code", 0.7, [], "price_total"),
        ("i want to return it", "return_item", 0.9, [], "return_item"),
    ],
)  # fmt: skip
def test_what_small_words_put_together_after_a_search(
    text: str, heard: str, confidence: float, entities: list[dict], meant: str
) -> None:
    processor = Processor(**{text.replace(" ", "_"): (heard, confidence)})
    processor.entities = entities
    assert intents(processor, tracker(SEARCHED, **SHOWN), text) == [meant]


@pytest.mark.parametrize(
    "text", ["what does it all come to", "the cheapest", "is it waterproof", "how heavy are they"]
)
def test_nothing_is_put_together_where_nothing_is_shown(text: str) -> None:
    processor = Processor(**{text.replace(" ", "_"): ("nlu_fallback", 0.3)})
    assert intents(processor, tracker(), text) == ["nlu_fallback"]


def test_delivery_after_a_sum_is_part_of_it() -> None:
    processor = Processor(is_that_with_delivery=("delivery_info", 0.9))
    summed = tracker(ActionExecuted("action_price_total"), **SHOWN)
    assert intents(processor, summed, "is that with delivery") == ["price_total"]
    searched = tracker(SEARCHED, **SHOWN)
    assert intents(processor, searched, "is that with delivery") == ["delivery_info"]


def test_an_order_named_is_no_product() -> None:
    processor = Processor(what_is_the_total_of_it=("order_status", 0.5))
    processor.entities = [{"entity": "order_number", "value": "HF-10001", "start": 0, "end": 0}]
    assert intents(processor, tracker(SEARCHED, **SHOWN), "what is the total of it") == [
        "order_status"
    ]
