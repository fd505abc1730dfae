"""The intent that a message about orders, pages and tasks has by how it is put together."""

import pytest

from bot.dialogue.in_form import only_asks
from bot.dialogue.named_products import NamedProducts
from tests.dialogue.composing import KIND, TENT, meant


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("if i order the dome this friday, how does it get to me?", ("order_status", 0.57)),
        ("if i order today at 6pm when will it come", ("order_status", 0.9)),
        ("ordering today, would i have it by friday?", ("policy_question", 0.5)),
    ],
)
def test_what_isnt_ordered_yet_is_asked_of_delivery(
    products: NamedProducts, text: str, intent: tuple[str, float]
) -> None:
    assert meant(products, text, intent, "action_greet") == "delivery_info"


def test_what_asks_when_the_order_comes_is_of_it_and_not_of_one_to_come(
    products: NamedProducts,
) -> None:
    known = {"order_number": "HF-10153", "email": "m@example.com"}
    for text in ("so will i get it before 24 november", "will it be here by friday"):
        said = meant(products, text, ("delivery_info", 0.7), "action_do_order_task", **known)
        assert said == "order_status", text
    assert meant(products, "will i get it by friday", ("delivery_info", 0.7)) != "order_status"


def test_a_call_that_is_noted_is_asked_about_and_where_nothing_stands_nothing_is_undone(
    products: NamedProducts,
) -> None:
    noted = [{"kind": "call_back", "reference": "R-1"}]
    for text, intent in (
        ("when will you call me", "request_status"),
        ("can you call me at 10?", ""),
    ):
        said = meant(products, text, ("call_back", 0.9), standing_requests=noted)
        assert (said or "call_back") == (intent or "call_back"), text
    text = "can i still return it, until which day"
    likely, undo = ("undo_request", "return_item"), ("undo_request", 0.6)
    assert meant(products, text, undo, ranking=likely) == "return_item"
    assert meant(products, text, undo, ranking=likely, standing_requests=noted) != "return_item"


@pytest.mark.parametrize(
    "text",
    ["what do i get for joining the newsletter?", "how often does the newsletter come"],
)
def test_what_is_only_asked_of_a_newsletter_signs_nobody_up(
    products: NamedProducts, text: str
) -> None:
    assert meant(products, text, ("newsletter_on", 0.97), "action_greet") == "policy_question"
    for wish in ("could you sign me up?", "sign me up for the newsletter", "newsletter please"):
        assert not only_asks(wish)


@pytest.mark.parametrize(
    ("text", "last", "topic"),
    [
        ("and how long does it take", "action_delivery_info", "delivery_info"),
        ("what about Poland", "action_delivery_info", "delivery_info"),
        ("and at 17:00?", "action_delivery_info", "delivery_info"),
        ("is that free too", "action_returns_policy", "returns_policy"),
        ("and by post?", "action_answer_policy", "policy_question"),
        ("where is it", "action_contact", "policy_question"),
        ("he will lose it. what then", "action_answer_policy", "policy_question"),
    ],
)
def test_a_few_words_after_a_page_ask_more_of_it(
    products: NamedProducts, text: str, last: str, topic: str
) -> None:
    for intent in (("search_products", 1.0), ("product_details", 0.6), ("nlu_fallback", 0.4)):
        assert meant(products, text, intent, last) == topic, intent


@pytest.mark.parametrize(
    ("text", "last", "topic"),
    [
        ("what are your opening hours", "action_delivery_info", ""),
        ("what are your hours on saturday", "action_returns_policy", ""),
        ("how many hours a day are you open", "action_delivery_info", ""),
        ("and how long are you open?", "action_delivery_info", ""),
        ("and on saturday?", "action_delivery_info", "delivery_info"),
        ("and after 5pm?", "action_delivery_info", "delivery_info"),
    ],
)
def test_opening_hours_that_are_named_are_no_more_of_delivery(
    products: NamedProducts, text: str, last: str, topic: str
) -> None:
    assert meant(products, text, ("opening_hours", 0.99), last) == topic


def test_a_product_that_is_named_or_fits_isnt_asked_of_the_page(products: NamedProducts) -> None:
    wish = ("search_products", 1.0)
    assert meant(products, "show me tents", wish, "action_answer_policy", KIND) == ""
    two = "is it good for two people"
    about = meant(products, two, ("product_details", 0.7), "action_answer_policy", **TENT)
    assert about != "policy_question"


def test_a_part_of_an_address_after_an_order_changes_its_address(products: NamedProducts) -> None:
    order = {"order_number": "HF-10001", "email": "anna@example.com"}
    text, weak = "the flat number is 4b. can you add that", ("inform", 0.5)
    assert meant(products, text, weak, "action_do_order_task", **order) == "change_address"


@pytest.mark.parametrize(
    ("text", "intent", "named", "task"),
    [
        (
            "the last three mugs I had from you were chipped",
            ("search_products", 1.0),
            True,
            "damaged_item",
        ),
        ("my lamp stopped working after a year", ("product_details", 0.9), True, "damaged_item"),
        ("it came with a ripped cover", ("nlu_fallback", 0.4), False, "damaged_item"),
        ("you never brought the eggs!!", ("inform", 0.8), True, "missing_item"),
        ("i need a new kettle, mine broke", ("search_products", 0.9), True, None),
        ("is the mug you sent me cracked?", ("product_details", 0.9), True, None),
        ("show me waterproof tents", ("search_products", 0.9), True, None),
    ],
)
def test_a_complaint_told_as_a_fact_is_no_search(
    products: NamedProducts, text: str, intent: tuple[str, float], named: bool, task: str | None
) -> None:
    found = meant(products, text, intent, "action_greet", KIND if named else ())
    assert found == task if task else found not in ("damaged_item", "missing_item")


def test_what_was_passed_on_is_asked_about(products: NamedProducts) -> None:
    made = {"last_request": {"kind": "trace"}, "order_number": "HF-1", "email": "a@b.example"}
    for text in ("and how long does that take?", "is anybody doing something?"):
        asked = meant(products, text, ("order_status", 0.9), "action_do_order_task", **made)
        assert asked == "request_status", text
    untold = meant(products, "how long does that take?", ("order_status", 0.9), "action_greet")
    assert untold != "request_status"


def test_a_number_that_is_put_right_is_of_the_same_task(products: NamedProducts) -> None:
    number = {"entity": "order_number", "value": "HF-7", "start": 23, "end": 27}
    text, unsure = "sorry, should have been HF-7", ("nlu_fallback", 0.4)
    task = {"order_task": "damaged_item"}
    assert meant(products, text, unsure, "action_greet", [number], **task) == "damaged_item"
    assert meant(products, text, unsure, "action_greet", [number]) == "order_status"
    assert meant(products, "HF-7 in the fog", unsure, "action_greet", [number], **task) == ""


def test_the_total_of_the_order_told_is_no_sum_of_products(products: NamedProducts) -> None:
    known = {"order_number": "HF-1", "email": "a@b.example"}
    asked = ("price_total", 0.95)
    text = "what was the total again, so that i send the right amount"
    assert meant(products, text, asked, "action_do_order_task", **known) == "order_status"
    assert meant(products, "two of them to Berlin, in total?", asked, "action_delivery_info") != (
        "delivery_info"
    )
