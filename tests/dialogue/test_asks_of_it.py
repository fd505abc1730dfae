"""A question about what is in sight is no search, whatever it is near to."""

import pytest

from bot.dialogue.named_products import NamedProducts
from bot.spoken import speaking
from tests.dialogue.composing import KIND, TENT, meant

SEVERAL = {"shown_products": ["M1", "M2"], "search": {"text": "mugs", "filters": {}}}
SEARCH = ("search_products", 1.0)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "how thick can the pegs be?"),
        ("en", "how many in the bag"),
        ("en", "ok and who made the zips"),
        ("de", "wie viele Heringe sind dabei"),
        ("de", "wann löst sich die Naht"),
        ("fr", "combien de piquets faut-il"),
        ("es", "¿cuántos metros cuadrados ocupa?"),
        ("nl", "hoeveel haringen zitten erbij"),
        ("zh", "能遮多少平方米"),
    ],
)
def test_a_fact_is_asked_of_what_is_in_sight(
    products: NamedProducts, language: str, text: str
) -> None:
    with speaking(language):
        assert meant(products, text, SEARCH, **TENT) == "product_details"
        assert meant(products, text, SEARCH, "action_greet") != "product_details"


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "is there a repair kit with it"),
        ("en", "pegs included?"),
        ("de", "ist eine Tasche dabei?"),
        ("fr", "les piquets sont-ils inclus ?"),
        ("es", "¿viene con una bolsa?"),
        ("nl", "zit er een tas bij inbegrepen?"),
        ("zh", "有没有附带修补片"),
    ],
)
@pytest.mark.parametrize("name", ["goes_with", "search_products"])
def test_what_comes_with_it_is_asked_of_it(
    products: NamedProducts, language: str, text: str, name: str
) -> None:
    with speaking(language):
        assert meant(products, text, (name, 0.9), **TENT) == "product_details"


@pytest.mark.parametrize("text", ["what goes with it?", "which shoes do i wear with it"])
def test_what_goes_with_it_is_still_another_thing(products: NamedProducts, text: str) -> None:
    assert meant(products, text, ("goes_with", 0.95), **TENT) != "product_details"


def test_a_wish_stays_one(products: NamedProducts) -> None:
    assert meant(products, "how many tents do you have", SEARCH, entities=KIND, **TENT) != (
        "product_details"
    )
    assert meant(products, "how about something for the rain", SEARCH, **TENT) != "product_details"


def test_what_takes_long_with_a_product_is_no_delivery(products: NamedProducts) -> None:
    built = "how long will it take to build, honestly"
    assert meant(products, built, ("delivery_info", 0.8), **TENT) == "product_details"
    sent = "how long will it take to get to cork"
    assert meant(products, sent, ("delivery_info", 0.8), **TENT) != "product_details"
    assert meant(products, "how soon can i have it", ("delivery_info", 0.8), **TENT) != (
        "product_details"
    )


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "and how long would that take?"),
        ("de", "und wie lange dauert das?"),
        ("fr", "et combien de temps ça prend ?"),
        ("es", "¿y cuánto tarda?"),
        ("nl", "en hoe lang duurt dat?"),
        ("zh", "要多久"),
    ],
)
def test_how_long_it_takes_after_a_sum_is_until_it_is_here(
    products: NamedProducts, language: str, text: str
) -> None:
    with speaking(language):
        last = "action_price_total"
        assert meant(products, text, ("price_total", 0.5), last, **TENT) == "delivery_info"


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "ok the enamel one, any good on a stove?"),
        ("en", "not the stone one, the enamel"),
        ("fr", "celui en enamel, il tient la chaleur ?"),
        ("es", "el de enamel, ¿sirve para el fuego?"),
    ],
)
def test_one_of_the_shown_is_asked_about(products: NamedProducts, language: str, text: str) -> None:
    with speaking(language):
        assert meant(products, text, ("search_products", 0.9), **SEVERAL) == "product_details"


def test_one_that_is_not_shown_is_looked_for(products: NamedProducts) -> None:
    other = "have you the porcelain one in green?"
    assert meant(products, other, ("search_products", 0.9), **SEVERAL) != "product_details"


def test_how_high_is_asked_of_several_after_a_page(products: NamedProducts) -> None:
    last = "action_answer_policy"
    assert meant(products, "how high please?", SEARCH, last, **SEVERAL) == "product_details"


PAGE = "From “Gift cards”: /shop/policies/gift_cards#what-it-costs"


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("and for 200?", ("refine_search", 0.7)),
        ("highest amount?", SEARCH),
        ("how much extra", ("price_total", 0.9)),
        ("and if i don't like it once it's up?", SEARCH),
    ],
)
def test_a_question_after_a_page_goes_on_from_it_whichever_action_told_it(
    products: NamedProducts, text: str, intent: tuple[str, float]
) -> None:
    last = "action_search_products"
    assert meant(products, text, intent, last, told=PAGE) == "policy_question"
    assert meant(products, text, intent, last) != "policy_question"


def test_what_part_is_needed_is_asked_of_what_is_shown(products: NamedProducts) -> None:
    sure = ("goes_with", 0.97)
    assert meant(products, "what bracket do i buy?", sure, **SEVERAL) == "product_details"
    assert meant(products, "what would pair with it?", sure, **SEVERAL) != "product_details"


def test_a_need_beside_a_question_is_no_wish(products: NamedProducts) -> None:
    text = "i need to wash forty cups, how many baskets is that"
    assert meant(products, text, SEARCH, **SEVERAL) == "product_details"


def test_what_a_page_tells_of_is_no_fact_of_a_product(products: NamedProducts) -> None:
    near = ("policy_question", 0.59)
    assert (
        meant(products, "how long does the office store addresses", near, **TENT)
        != "product_details"
    )
    assert meant(products, "how heavy are the poles of it", near, **TENT) == "product_details"
