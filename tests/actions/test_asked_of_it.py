"""What is asked of a product is answered from what the catalogue says of it, or that it doesn't say; lists say prices."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from actions.shopping import product_talk, products
from bot.dialogue.named_products import NamedProducts
from bot.settings import Settings
from recommender.request.parser import QueryParser
from tests.actions.conversation import Conversation
from tests.conftest import PRODUCTS

ROWS = """V1,Harbour Yacht Varnish 1 L,For masts and rails. Safe for bees when dry.,Salt,Paint > Varnish,19.00,EUR,,,,8,,,coverage=14 m²|base=water|finish=gloss
V2,Harbour Yacht Varnish 4 L,The big tin for decks.,Salt,Paint > Varnish,59.00,EUR,,,,2,,,coverage=56 m²|base=water|finish=gloss|volume=4 L|touch dry=90 min|max load=80 kg|weight=9 kg
B9,Quay Boots,Steel toecap and a grooved sole.,Salt,Shoes > Boots,70.00,EUR,,,,5,,,material=leather
P1,"Brass Hooks, Bag of 25",For coats.,Salt,Home > Hooks,9.00,EUR,,,,9,,,pieces=25|material=brass
P2,"Brass Hooks, Bag of 100",For many coats.,Salt,Home > Hooks,29.00,EUR,,,,3,,,pieces=100|material=brass
P3,"Iron Hooks, Bag of 60, Waxed Finish",For heavy coats.,Salt,Home > Hooks,12.00,EUR,,,,0,,,pieces=60|material=iron|finish=beeswax
"""
ACTIONS = {
    "search_products": products.ActionSearchProducts(),
    "product_details": product_talk.ActionProductDetails(),
    "product_availability": product_talk.ActionProductAvailability(),
}
Say = Callable[[str, str], dict[str, Any]]


@pytest.fixture
def quay(shop_dir: Path) -> None:
    """A shop for boats."""
    text = PRODUCTS.splitlines(keepends=True)[0] + ROWS
    (shop_dir / "products.csv").write_text(text, encoding="utf-8")


@pytest.fixture
def say(quay: None, chat: Conversation, settings: Settings) -> Say:
    """Says a text under an intent."""
    names, parser = NamedProducts(settings.catalogue_dir), QueryParser(chat.vocabulary)

    def said(intent: str, text: str) -> dict[str, Any]:
        message = names.read(text)
        found = message.entities or [one.as_entity() for one in parser.mentions(text)]
        return chat.say(ACTIONS[intent], text, found, intent={"name": intent, "confidence": 0.9})

    return said


def asked(say: Say, *texts: str) -> dict[str, Any]:
    """The answer to the last of some questions about a product."""
    return [say("product_details", one) for one in texts][-1]


def test_an_amount_is_told_in_the_unit_that_is_asked_for(say: Say) -> None:
    said = asked(say, "harbour yacht varnish 1 l", "how many square metres does it do")
    assert "14 m²" in said["text"] and "doesn't say" not in said["text"]
    assert "25" in asked(say, "brass hooks, bag of 25", "how many in the bag?")["text"]


@pytest.mark.parametrize(
    "question",
    ["can i put it on a boat below the water line", "does it stand salt water on a ship"],
)
def test_one_word_of_many_by_chance_is_no_yes(say: Say, question: str) -> None:
    text = asked(say, "harbour yacht varnish 1 l", question)["text"]
    assert not text.startswith("Yes") and ("say" in text or "know" in text), text


def test_of_two_things_the_one_that_is_said_is_told_and_nothing_denied(say: Say) -> None:
    text = asked(say, "quay boots", "what toe is in it, steel or composite")["text"]
    assert "Steel toecap" in text and not text.startswith("No"), text
    finish = asked(say, "harbour yacht varnish 1 l", "is it matt or gloss?")["text"]
    assert "gloss" in finish and not finish.startswith(("No", "Yes")), finish


def test_a_value_is_denied_only_where_nothing_else_is_asked(say: Say) -> None:
    assert asked(say, "quay boots", "are they brass?")["text"].startswith("No")
    used = asked(say, "brass hooks, bag of 25", "can i hang leather jackets on it")["text"]
    assert not used.startswith("No"), used


def test_how_long_something_takes_is_not_told_by_a_sentence_without_a_time(say: Say) -> None:
    text = asked(say, "harbour yacht varnish 1 l", "how long does it take to dry?")["text"]
    assert "say" in text or "know" in text or "mention" in text, text


def test_how_long_something_takes_is_told_by_a_time_of_any_name(say: Say) -> None:
    text = asked(say, "harbour yacht varnish 4 l", "how long until the touch is dry?")["text"]
    assert "90 min" in text and "doesn't" not in text, text


def test_no_page_is_quoted_for_a_measure_of_the_product(say: Say) -> None:
    text = asked(say, "quay boots", "how heavy are they in the parcel")["text"]
    assert "/shop/policies" not in text, text


@pytest.mark.parametrize(
    ("question", "meant"),
    [
        ("how many left of the bag of 100?", ["P2"]),
        ("the iron ones, how many are in it", ["P3"]),
        ("the ones that aren't iron, what do they cost?", ["P1", "P2"]),
    ],
)
def test_some_of_the_shown_are_picked_by_what_tells_them_from_the_others(
    say: Say, question: str, meant: list[str]
) -> None:
    say("search_products", "hooks")
    assert sorted(say("product_details", question)["skus"]) == meant


def test_the_others_of_the_list_can_still_be_picked_after_some_were(say: Say) -> None:
    say("search_products", "hooks")
    say("product_details", "the brass ones, what do they cost?")
    assert say("product_details", "and the iron ones, how many are in it?")["skus"] == ["P3"]


def test_an_attribute_that_stands_in_the_title_too_is_told(say: Say) -> None:
    say("search_products", "hooks")
    assert "beeswax" in say("product_details", "the iron one, what's the finish?")["text"]


def test_a_size_picks_the_one_that_has_it(say: Say) -> None:
    say("search_products", "varnish")
    said = say("product_details", "how many square metres does the four litre do?")
    assert said["skus"] == ["V2"] and "56 m²" in said["text"]


def test_a_list_that_is_asked_for_with_prices_says_each(say: Say) -> None:
    text = say("search_products", "what hooks do you have and what do they cost")["text"]
    assert all(price in text for price in ("€9", "€29", "€12 ", "Sold out")) or (
        "€12" in text and "€29" in text and "€9" in text
    ), text
    assert "€" not in say("search_products", "what hooks do you have")["text"]
    assert "•" not in say("search_products", "hooks at a price under 20")["text"]


@pytest.mark.parametrize(
    "question",
    [
        "how long do i have before you bin it",
        "if i need another evening for the lift?",
        "when would they ring me",
    ],
)
def test_nobody_is_told_that_an_answer_is_not_sold(say: Say, question: str) -> None:
    text = say("search_products", question)["text"]
    assert "sell" not in text and "shop, so" not in text, text


def test_what_is_not_sold_is_still_said(say: Say) -> None:
    text = say("search_products", "do you have chainsaws?")["text"]
    assert "sell" in text or "not something we have" in text, text


def test_what_is_in_the_price_is_not_the_price(say: Say) -> None:
    text = asked(say, "quay boots", "are laces in the price?")["text"]
    assert "70" not in text and ("say" in text or "know" in text or "mention" in text), text


def test_a_kind_that_fits_is_looked_for_and_not_asked_of_what_is_shown(say: Say) -> None:
    say("search_products", "something for the harbour")
    assert set(say("search_products", "boots that fit?")["skus"]) == {"B9"}


def test_a_number_in_words_names_the_one_with_the_number(say: Say) -> None:
    say("product_details", "brass hooks, bag of 25")
    said = say("product_details", "is the other one, the sixty bag, iron?")
    assert said["skus"] == ["P3"]


def test_what_it_may_carry_is_not_what_it_weighs(say: Say) -> None:
    text = asked(say, "harbour yacht varnish 4 l", "weight limit up there?")["text"]
    assert "80 kg" in text and "9 kg" not in text, text
