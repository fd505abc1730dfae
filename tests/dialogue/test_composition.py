"""The shopping intent that a message has by how it is put together."""

import pytest

from bot.dialogue.composition import STAYS
from bot.dialogue.named_products import NamedProducts
from tests.dialogue.composing import KIND, TENT, meant


@pytest.mark.parametrize("name", ["compare_products", "policy_question", "nlu_fallback"])
def test_which_of_a_kind_is_a_search(products: NamedProducts, name: str) -> None:
    text = "which of your tents are waterproof"
    assert meant(products, text, (name, 0.5), entities=KIND) == "search_products"
    these = "which of these tents are waterproof"
    assert meant(products, these, (name, 0.5), entities=KIND, **TENT) != "search_products"


def test_two_names_and_a_word_for_comparing_are_a_comparison(products: NamedProducts) -> None:
    two = [{"entity": "product", "value": sku, "start": 0, "end": 1} for sku in ("T1", "M1")]
    asked = "what's the difference between the lake tent and the stone mug"
    assert meant(products, asked, ("product_details", 1.0), entities=two) == "compare_products"
    assert meant(products, asked, ("product_details", 1.0), entities=two[:1]) != "compare_products"


@pytest.mark.parametrize("text", ["how heavy", "what size?", "and the weight"])
def test_an_attribute_alone_is_asked_of_what_is_in_sight(
    products: NamedProducts, text: str
) -> None:
    assert meant(products, text, ("search_products", 0.9), **TENT) == "product_details"
    assert meant(products, text, ("search_products", 0.9)) != "product_details"


def test_a_question_is_about_what_is_in_sight_when_its_words_are_said_of_it(
    products: NamedProducts,
) -> None:
    asked = "is it good for two people"
    assert meant(products, asked, ("similar_products", 0.7), **TENT) == "product_details"
    other = "is it good for my grandmother's birthday"
    assert meant(products, other, ("similar_products", 0.7), **TENT) == STAYS


def test_whether_something_may_go_back_is_answered_before_an_order_is_asked_for(
    products: NamedProducts,
) -> None:
    asked = "may an opened jar go back?"
    assert meant(products, asked, ("return_item", 0.7)) == "returns_policy"
    assert meant(products, asked, ("return_item", 0.7), order_number="HF-1") == STAYS
    assert meant(products, "i want to send it back", ("return_item", 0.7)) == STAYS
    assert meant(products, "can i return my lamp?", ("return_item", 0.95)) == STAYS


ORDER = {"order_number": "HF-10001", "email": "anna@example.com"}
DID = "action_do_order_task"


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("what did i order in that again", ("list_orders", 0.8)),
        ("and what did i pay", ("payment_problem", 0.6)),
        ("is it gone yet", ("product_availability", 0.95)),
        ("which things are in it", ("search_products", 1.0)),
        ("total?", ("price_total", 0.9)),
    ],
)
def test_what_is_asked_of_an_order_that_was_told_is_about_it(
    products: NamedProducts, text: str, intent: tuple[str, float]
) -> None:
    assert meant(products, text, intent, DID, **ORDER) == "order_status"
    wish = ("return_item", 0.9)
    assert meant(products, f"i return it. {text}", wish, DID, **ORDER) == STAYS


def test_when_it_comes_is_asked_of_an_order_even_before_one_is_known(
    products: NamedProducts,
) -> None:
    asked, weak = "when will it come", ("policy_question", 0.5)
    assert meant(products, asked, weak, "action_greet") == "order_status"
    assert meant(products, asked, weak, "action_delivery_info") != "order_status"
    assert (
        meant(products, "what would it cost with delivery", weak, **TENT, **ORDER) != "order_status"
    )


@pytest.mark.parametrize(
    "intent", [("insult", 0.9), ("out_of_scope", 0.8), ("policy_question", 1.0)]
)
def test_what_the_shop_sells_at_all_is_asked_in_any_mood(
    products: NamedProducts, intent: tuple[str, float]
) -> None:
    assert meant(products, "useless. what DO you have then", intent) == "search_products"


@pytest.mark.parametrize(
    "text, intent, expected",
    [
        ("have you got any rucksacks", ("bot_challenge", 0.8), "search_products"),
        ("have you got any jackets", ("payment_methods", 0.8), "search_products"),
        ("do yous do vinyl records", ("policy_question", 0.6), "search_products"),
        ("can i buy a gift card of 30", ("gift_card", 0.9), STAYS),
        ("wallpaper", ("nlu_fallback", 0.4), "search_products"),
    ],
)
def test_a_kind_behind_do_you_sell_is_looked_for(
    products: NamedProducts, text: str, intent: tuple[str, float], expected: str
) -> None:
    assert meant(products, text, intent, last="action_greet") == expected


def test_what_is_asked_of_it_is_no_page_s_unless_it_is_surely_one(products: NamedProducts) -> None:
    asked = "and the paint, is it without lead?"
    assert meant(products, asked, ("policy_question", 0.5), **TENT) == "product_details"
    assert meant(products, "can you wrap it?", ("policy_question", 0.9), **TENT) == STAYS


def test_an_attribute_alone_is_of_what_is_in_sight_also_after_a_page(
    products: NamedProducts,
) -> None:
    how_high = meant(
        products, "how heavy please?", ("nlu_fallback", 0.4), "action_answer_policy", **TENT
    )
    assert how_high == "product_details"


def test_what_is_given_up_goes_on_with_the_search(products: NamedProducts) -> None:
    said = meant(
        products, "forget the budget, i need three doors", ("search_products", 0.9), **TENT
    )
    assert said == "refine_search"


def test_a_number_of_something_is_asked_of_what_is_in_sight(products: NamedProducts) -> None:
    shown = {"shown_products": ["T1", "M1"], "search": {"text": "", "filters": {}}}
    assert meant(products, "how many watts", ("search_products", 0.5), **shown) == "product_details"
    assert meant(products, "how many tents", ("search_products", 0.5), entities=KIND) != (
        "product_details"
    )


def test_a_few_words_after_a_list_without_products_go_on_with_its_search(
    products: NamedProducts,
) -> None:
    search = {"search": {"text": "mugs", "filters": {"categories": ["mugs"]}}}
    assert meant(products, "350 ml please", ("nlu_fallback", 0.4), **search) == "refine_search"


def test_what_is_added_to_a_sum_is_no_page_s(products: NamedProducts) -> None:
    said = meant(
        products, "add a tent", ("policy_question", 0.5), "action_price_total", KIND, **TENT
    )
    assert said == "price_total"


@pytest.mark.parametrize("text", ["do you have it in M?", "got that in M?"])
def test_a_size_is_asked_of_what_is_in_sight_whatever_courtesy_it_is_near_to(
    products: NamedProducts, text: str
) -> None:
    at = text.index("M?")
    size = [{"entity": "size", "value": "M", "start": at, "end": at + 1}]
    courtesy = ("how_are_you", 0.9)
    told = meant(products, text, courtesy, entities=size, **TENT)
    assert told == "product_availability"
    assert meant(products, text, courtesy, entities=size) == STAYS


SUMMED = {"summed": {"items": [{"sku": "M1", "count": 2}, {"sku": "T1", "count": 1}]}}


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("throw in the camp mug. new total", "search_products"),
        ("without the tent", "refine_search"),
        ("and if i made it three mugs instead of two? goods only", "delivery_info"),
        ("good god. and one mug?", "search_products"),
        ("make that five", "buy"),
        ("what's left of my 150?", "product_details"),
        ("so im how much over", "out_of_scope"),
        ("so exact price is", "refine_search"),
    ],
)
def test_a_sum_is_gone_on_with(products: NamedProducts, text: str, near: str) -> None:
    category = (
        [{"entity": "category", "value": "mugs", "start": 0, "end": 1}] if "mug" in text else []
    )
    said = meant(products, text, (near, 0.57), "action_price_total", category, **SUMMED)
    assert said == "price_total"
    assert meant(products, text, (near, 0.57), "action_help", category) != "price_total"


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("do you have it in red too?", "product_availability"),
        ("i need a hammer too", "search_products"),
        ("how long does the delivery take?", "delivery_info"),
        ("and are you open on sundays?", "opening_hours"),
        ("is the tent waterproof as well?", "product_details"),
    ],
)
def test_what_is_asked_beside_a_sum_is_none(products: NamedProducts, text: str, near: str) -> None:
    assert meant(products, text, (near, 0.9), "action_search_products", **SUMMED) != "price_total"


def test_whether_a_sum_travels_free_is_asked_of_delivery(products: NamedProducts) -> None:
    for text in ("and is it free yet", "is that over the free amount now?"):
        said = meant(products, text, ("product_details", 0.5), "action_price_total", **SUMMED)
        assert said == "delivery_info"
    last = "action_product_details"
    assert meant(products, "is it free yet", ("product_details", 0.5), last) != "delivery_info"


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("which is the best value per litre?", "compare_products"),
        ("whats cheaper per mug, the small or the big one", "refine_search"),
        ("and per kilo?", "search_products"),
    ],
)
def test_the_price_of_a_unit_is_asked_of_what_is_in_sight(
    products: NamedProducts, text: str, near: str
) -> None:
    assert meant(products, text, (near, 0.9), **TENT) == "product_details"
    assert meant(products, text, (near, 0.9)) != "product_details"
