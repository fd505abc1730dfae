"""A sum that is gone on with: with a change, once more, and against what there is to spend."""

import pytest

from actions.backends import get_recommender
from actions.resolving.items import items_in
from actions.resolving.state import State
from bot.reading.reader import read
from recommender.product import Product
from tests.actions.conversation import Conversation, Say

pytestmark = pytest.mark.usefixtures("first_wording")
FIRST = "two stone mugs and the oak chair, what's the total?"


def told(say: Say, text: str, intent: str = "price_total") -> str:
    return say(intent, text)["text"].split("\n")[0]


def last(say: Say, text: str, intent: str = "price_total") -> str:
    return say(intent, text)["text"].split("\n")[-1]


@pytest.mark.parametrize(
    ("text", "total"),
    [
        ("throw in the camp mug. new total", "€115"),
        ("and with the camp mug too", "€115"),
        ("put the camp mug in as well", "€115"),
        ("and if i made it three stone mugs instead of two?", "€118.50"),
        ("and 4 stone mugs?", "€133"),
        ("without the chair", "€29"),
        ("what's the total again?", "€104"),
        ("so what's the damage", "€104"),
        ("so exact price is", "€104"),
    ],
)
def test_a_sum_is_changed_and_told_again(say: Say, text: str, total: str) -> None:
    told(say, FIRST)
    assert told(say, text).endswith(f"{total} in all.")


def test_one_thing_alone_is_counted_anew(say: Say) -> None:
    told(say, "two stone mugs in total")
    assert told(say, "good god. and one box?") == "1 × Stone Mug (€14.50): €14.50 in all."
    assert told(say, "and 5 packs?") == "5 × Stone Mug (€72.50): €72.50 in all."


def test_a_question_beside_the_sum_changes_nothing(say: Say) -> None:
    told(say, FIRST)
    say("product_details", "how much is the camp mug?")
    assert "in all" not in told(say, "do you have it in red too?", "product_availability")


def test_what_is_left_of_a_budget_both_ways(say: Say) -> None:
    told(say, FIRST)
    assert last(say, "what's left of my 150?") == "Yes, that's within €150; €46 would be left."
    assert last(say, "can i have the kids jacket too from that") == (
        "Yes, that's within €150; €11 would be left."
    )
    assert last(say, "and the lake tent as well?") == "That's €208 over €150."


def test_a_budget_told_before_is_remembered(say: Say) -> None:
    say("search_products", "i've got 90 euros for mugs and a chair")
    told(say, FIRST)
    assert last(say, "so i'm how much over") == "That's €14 over €90."
    assert last(say, "and without the chair?") == "Yes, that's within €90; €61 would be left."


def test_so_many_of_a_thing_are_no_budget(say: Say) -> None:
    assert "within" not in say("price_total", "12 stone mugs in total")["text"]
    assert "over" not in say("price_total", "and 30 stone mugs in total")["text"]


@pytest.mark.parametrize(
    ("language", "turns"),
    [
        ("de", [
            ("zwei Stone Mug und ein Oak Chair zusammen? mein Budget ist 110 Euro", "6 €"),
            ("leg noch den Kids Jacket dazu", "29 €"),
            ("wie viel liege ich drüber?", "29 €"),
            ("ohne den Oak Chair", "46 €"),
        ]),
        ("fr", [
            ("deux Stone Mug et un Oak Chair en tout ? j'ai un budget de 110", "6 €"),
            ("rajoute le Kids Jacket", "29 €"),
            ("de combien je dépasse ?", "29 €"),
            ("sans le Oak Chair", "46 €"),
        ]),
        ("es", [
            ("dos Stone Mug y un Oak Chair en total, mi presupuesto es 110", "6 €"),
            ("añade el Kids Jacket", "29 €"),
            ("¿cuánto me paso?", "29 €"),
            ("quita el Oak Chair", "46 €"),
        ]),
        ("nl", [
            ("twee Stone Mug en een Oak Chair samen, mijn budget is 110", "€ 6"),
            ("doe er ook de Kids Jacket bij", "€ 29"),
            ("hoeveel ga ik eroverheen?", "€ 29"),
            ("zonder de Oak Chair", "€ 46"),
        ]),
        ("zh", [
            ("两个Stone Mug和一个Oak Chair一共多少，预算110", "€6"),
            ("再加一个Kids Jacket", "€29"),
            ("超了多少？", "€29"),
            ("去掉Oak Chair", "€46"),
        ]),
    ],
)  # fmt: skip
def test_it_is_so_in_other_languages(
    say: Say, chat: Conversation, language: str, turns: list[tuple[str, str]]
) -> None:
    chat.slots["language"] = language
    for text, rest in turns:
        lines = say("price_total", text)["text"].replace("\xa0", " ").split("\n")
        assert any("110" in line and rest in line for line in lines[1:]), (text, lines)


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("what would the cheapest tent and chair cost", "search_products"),
        ("the cheapest tent and the cheapest chair, what would they come to", "price_total"),
        ("cheapest setup, tent n chair, how much is it", "search_products"),
    ],
)
def test_the_cheapest_of_each_kind_is_added_up(say: Say, text: str, intent: str) -> None:
    assert told(say, text, intent) == "1 × Lake Tent (€219) and 1 × Oak Chair (€75): €294 in all."


def test_the_dearest_counts_for_both_but_not_for_what_is_known(say: Say) -> None:
    assert told(say, "what would the dearest tent and jacket cost", "search_products") == (
        "1 × Ridge Tent (€349) and 1 × Storm Jacket (€120): €469 in all."
    )
    say("product_details", "how much is the city jacket?")
    assert told(say, "what would the dearest tent and the jacket cost") == (
        "1 × Ridge Tent (€349) and 1 × City Jacket (€60): €409 in all."
    )


def test_kinds_mean_the_ones_that_were_talked_of_last(say: Say) -> None:
    say("search_products", "chairs")
    say("search_products", "tents")
    say("product_details", "how much is the oak chair?")
    say("product_details", "how much is the ridge tent?")
    assert told(say, "what would the chair and the tent be together?").endswith("€424 in all.")


def test_colour_and_packs_beside_a_price_are_a_sum(say: Say) -> None:
    text = "4 boxes of the stone mug in blue, how much normally?"
    assert told(say, text, "product_details") == "4 × Stone Mug (€58): €58 in all."
    text = "kids jacket in red, a stone mug and 2 oak chair, whats the damage"
    assert told(say, text, "product_details").endswith("€199.50 in all.")


def test_all_in_stock_is_no_sum(say: Say) -> None:
    said = say("product_details", "stone mug & kids jacket & oak chair - all in stock?")["text"]
    assert said.count("•") == 3 and "in all" not in said and "€" not in said


def test_a_chair_may_be_an_armchair_that_was_talked_of(say: Say) -> None:
    """Also where the catalogue keeps armchairs apart from chairs."""
    tent = get_recommender().get("T2")
    assert tent
    armchair = Product("A1", "Deep Armchair", category="Living room > Armchairs")
    text = "the chair and the tent together"
    kinds = [
        {"entity": "category", "value": "dining chairs", "start": 4, "end": 9},
        {"entity": "category", "value": "tents", "start": 18, "end": 22},
    ]
    state = State(talked=(tent, armchair))
    assert [one.product.sku for one in items_in(read(text), kinds, state)] == ["A1", "T2"]
