"""What a message asks by its composition: sets, sums, questions about what is shown, what holds of the customer."""

from pathlib import Path
from typing import Any

import pytest

from bot.dialogue.named_products import NamedProducts
from bot.settings import Settings
from recommender.request.parser import QueryParser
from tests.actions.conftest import ACTIONS
from tests.actions.conversation import Conversation, Say
from tests.conftest import PRODUCTS

pytestmark = pytest.mark.usefixtures("first_wording")

# --- sets ---


@pytest.mark.parametrize(
    "text, answer, skus",
    [
        ("the cheapest tent", "That's Lake Tent (€219, Only 3 left).", ["T1"]),
        ("what's the most expensive chair?", "That's Velvet Armchair (€410, Only 3 left).", ["C1"]),
        ("which tent is the lightest?", "That's Dawn Tent (900 g, €289.50, Sold out).", ["T3"]),
        ("the heaviest tent", "That's Ridge Tent (3.4 kg, €349, Only 2 left).", ["T2"]),
        (
            "the two cheapest jackets",
            "In that order:\n• Kids Jacket (€35)\n• City Jacket (€60, Only 2 left)",
            ["J3", "J2"],
        ),
        (
            "sort the tents by weight",
            "In that order:\n• Dawn Tent (900 g, €289.50, Sold out)\n• Lake Tent (2.1 kg, €219, Only 3 left)"
            "\n• Ridge Tent (3.4 kg, €349, Only 2 left)",
            ["T3", "T1", "T2"],
        ),
        (
            "tents, most expensive first",
            "In that order:\n• Ridge Tent (€349, Only 2 left)\n• Dawn Tent (€289.50, Sold out)"
            "\n• Lake Tent (€219, Only 3 left)",
            ["T2", "T3", "T1"],
        ),
        ("how many chairs do you have?", "We have 2: Velvet Armchair and Oak Chair.", ["C1", "C2"]),
        ("which brands of jackets do you have?", "Nordvale, Varen and Pip.", []),
        ("which sizes of jackets do you have?", "S, M, L, 98 and 104.", []),
    ],
)  # fmt: skip
def test_a_set_is_answered_over_the_whole_catalogue(
    say: Say, text: str, answer: str, skus: list[str]
) -> None:
    said = say("search_products", text)
    assert (said["text"], said["skus"]) == (answer, skus)


def test_which_of_those_shown(say: Say) -> None:
    say("search_products", "tents")
    said = say("product_details", "which of them is the lightest?")
    assert (said["text"], said["skus"]) == ("That's Dawn Tent (900 g, €289.50, Sold out).", ["T3"])
    assert say("product_details", "how heavy is it?")["text"] == "Dawn Tent: weight: 900 g."
    say("search_products", "a jacket")
    said = say("product_details", "do any of these come in green?")
    assert (said["text"], said["skus"]) == ("Kids Jacket.", ["J3"])
    say("search_products", "a jacket")
    said = say("product_details", "which of these are waterproof?")
    assert said["text"] == (
        "Storm Jacket. The description doesn't say it of Kids Jacket and City Jacket."
    )


def test_an_order_without_figures_is_not_made_up(say: Say) -> None:
    said = say("search_products", "which mug is the lightest?")
    assert said["text"].startswith("Our catalogue doesn't give a figure for that")
    assert set(said["skus"]) == {"M1", "M2"}


def test_what_was_asked_for_is_on_record(say: Say) -> None:
    """Market research counts requests, however they are answered."""

    def made(said: dict[str, Any]) -> tuple[Any, ...]:
        (one,) = [event["value"] for event in said["events"] if event.get("name") == "search_made"]
        return (
            one["kind"],
            one["need"],
            one["filters"],
            one["total"],
            one["good"],
            one["relaxed"],
            one["sku"],
        )

    tents, jackets = {"categories": ["tents"]}, {"categories": ["jackets"]}
    said = say("search_products", "how many tents do you have?")
    assert made(said) == ("search", "tents", tents, 3, 3, [], "")
    said = say("search_products", "the cheapest jacket")
    assert made(said) == ("search", "jackets", jackets, 3, 3, [], "")
    assert made(say("refine_search", "and the most expensive?"))[0] == "refine"
    said = say("product_availability", "do you have the trail shoe in size 46?")
    assert made(said) == (
        "stock",
        "trail shoe in size 46",
        {"sizes": ["46"]},
        1,
        0,
        ["sizes"],
        "S1",
    )


# --- questions ---


@pytest.mark.parametrize(
    "text, answer",
    [
        ("is the oak chair brown?", "Yes, Oak Chair comes in brown. There's brown."),
        ("is the oak chair green?", "No, Oak Chair doesn't come in green. It comes in brown."),
        ("what is the oak chair made of?", "Oak Chair: material: oak."),
        ("is the oak chair made of velvet?", "No. Oak Chair: material: oak."),
        ("is the storm jacket waterproof?", "Yes. Storm Jacket: waterproof."),
        (
            "is the oak chair foldable?",
            "Our description of Oak Chair doesn't say, and I won't guess."
            "\n• A plain chair for the table\n• Material: oak\n• Weight: 6.5 kg",
        ),
        ("is the dawn tent in stock?", "Sorry, Dawn Tent is sold out at the moment."),
        ("how much is the trail shoe?", "Trail Shoe costs €99."),
    ],
)  # fmt: skip
def test_yes_no_and_not_said_of_one_product(say: Say, text: str, answer: str) -> None:
    assert say("product_details", text)["text"] == answer


def test_what_is_sold_out_can_be_told_of_when_it_is_back(say: Say) -> None:
    said = say("product_details", "is the dawn tent in stock?")
    assert [one["payload"] for one in said["buttons"]] == ["/stock_alert", "/similar_products"]
    assert say("product_details", "is the lake tent in stock?")["buttons"] == []
    assert say("product_details", "how heavy is the dawn tent?")["buttons"] == []


def test_a_question_about_several_is_answered_for_each(say: Say) -> None:
    said = say("product_details", "are the storm jacket and the kids jacket made of wool?")
    assert (
        said["text"]
        == "• Yes. Storm Jacket: material: wool.\n• No. Kids Jacket: material: polyester."
    )
    say("search_products", "how many chairs do you have?")
    said = say("product_details", "what are the chairs made of?")
    assert said["text"] == "• Velvet Armchair: material: velvet.\n• Oak Chair: material: oak."
    say("search_products", "tents")
    said = say("product_details", "which of these are in stock?")
    assert said["skus"] == ["T1", "T2", "T3"]
    assert [line.split(" is")[0] for line in said["text"].split("\n")] == [
        "• Yes, Lake Tent", "• Yes, Ridge Tent", "• Sorry, Dawn Tent",
    ]  # fmt: skip


# --- what is pointed at ---


def test_it_the_other_and_both(say: Say) -> None:
    say("search_products", "chairs")
    said = say("product_details", "what is the velvet one made of?")
    assert (said["text"], said["skus"]) == ("Velvet Armchair: material: velvet.", ["C1"])
    assert say("product_details", "how much is it?")["text"] == "Velvet Armchair costs €410."
    assert say("product_details", "how heavy is the other one?")["skus"] == ["C2"]
    assert say("product_details", "are both in stock?")["skus"] == ["C1", "C2"]
    assert say("product_details", "what does the armchair cost?")["skus"] == ["C1"]
    said = say("product_details", "is the oak one in stock?")
    assert (said["text"], said["skus"]) == ("Yes, Oak Chair is in stock.", ["C2"])


def test_the_second_and_a_kind_by_its_name(say: Say) -> None:
    shown = say("search_products", "tents")["skus"]
    ordinal = {"entity": "ordinal", "value": 2, "start": 9, "end": 15}
    said = say("product_details", "how heavy the second one is?", ordinal)
    assert said["skus"] == [shown[1]]
    say("product_details", "how much is the oak chair?")
    say("product_details", "how much is the storm jacket?")
    assert say("product_details", "what is the chair made of?")["skus"] == ["C2"]


def test_on_a_products_page_this_is_that_product(say: Say) -> None:
    said = say("product_details", "how heavy is it?", page="T1")
    assert (said["text"], said["skus"]) == ("Lake Tent: weight: 2.1 kg.", ["T1"])
    said = say("product_details", "how much is it with delivery to Spain?", page="T2")
    assert said["text"] == (
        "1 × Ridge Tent (€349): €349 in all.\n"
        "Delivery (Standard to Spain) is €12.95, so €361.95 all together."
    )


# --- sums ---


def test_a_sum_has_its_numbers_and_delivery(say: Say) -> None:
    said = say("price_total", "three stone mugs and the oak chair, what's the total?")
    assert said["skus"] == ["M1", "C2"]
    assert said["text"].split("\n")[0] == (
        "3 × Stone Mug (€43.50) and 1 × Oak Chair (€75): €118.50 in all."
    )


@pytest.mark.parametrize(
    ("language", "text", "counts"),
    [
        ("en", "Stone Mug 3 pieces, total?", {"M1": 3}), ("en", "4 pcs of the Stone Mug, what's the total", {"M1": 4}),
        ("en", "Stone Mug x3 total", {"M1": 3}), ("en", "3x Stone Mug, total", {"M1": 3}), ("en", "Stone Mug, 3 pieces, and 2 Oak Chairs, total", {"M1": 3, "C2": 2}),
        ("en", "3 pieces Stone Mug, 2 pieces Oak Chair, total", {"M1": 3, "C2": 2}), ("en", "Stone Mug, total", {"M1": 1}),
        ("de", "Stone Mug, 3 Stück, gesamt", {"M1": 3}), ("nl", "Stone Mug, 3 stuks, totaal", {"M1": 3}),
        ("fr", "Stone Mug, 3 pièces, total", {"M1": 3}), ("es", "Stone Mug 3 unidades, ¿cuánto es en total?", {"M1": 3}),
        ("zh", "Stone Mug 3个，一共多少钱", {"M1": 3}),
    ],
)  # fmt: skip
def test_pieces_behind_a_name_count_it(
    say: Say, chat: Conversation, language: str, text: str, counts: dict[str, int]
) -> None:
    chat.slots["language"] = language
    said = say("price_total", text)
    assert all(f"{count} × " in said["text"] for count in counts.values()), said["text"]
    assert said["skus"] == [*counts]


@pytest.mark.parametrize(
    "text, told",
    [
        # To the Netherlands it is free from €50, and 4.95 below.
        (
            "three stone mugs in total with delivery to Amsterdam",
            "Delivery (Standard to Netherlands) is €4.95, so €48.45 all together. For €6.50 more it would be free.",
        ),
        ("two kids jackets in total to Rotterdam", "Delivery is free (Standard to Netherlands)."),
        (
            "one stone mug in total with delivery to Vienna",
            "Delivery (Standard to Austria) is €12.95, so €27.45 all together.",
        ),
        (
            "two kids jackets in total with delivery to Ireland",
            "Delivery (Standard to Ireland) is €12.95, so €82.95 all together.",
        ),
    ],
)  # fmt: skip
def test_delivery_by_country_and_city(say: Say, text: str, told: str) -> None:
    assert say("price_total", text)["text"].split("\n")[1:] == [told]


def test_where_the_shop_does_not_deliver_is_said(say: Say) -> None:
    said = say("price_total", "two kids jackets in total with delivery to Japan")
    assert "2 × Kids Jacket (€70): €70 in all." in said["text"]
    assert "Japan" in said["text"] and "Delivery (" not in said["text"]


def test_a_sum_is_gone_on_with(say: Say) -> None:
    def told(intent: str, text: str) -> list[str]:
        return say(intent, text)["text"].split("\n")

    assert told("price_total", "two stone mugs and a lake tent together")[0] == (
        "2 × Stone Mug (€29) and 1 × Lake Tent (€219): €248 in all."
    )
    assert told("price_total", "add the velvet armchair")[0] == (
        "2 × Stone Mug (€29), 1 × Lake Tent (€219) and 1 × Velvet Armchair (€410): €658 in all."
    )
    assert told("price_total", "the oak chair instead of the velvet armchair")[0] == (
        "2 × Stone Mug (€29), 1 × Lake Tent (€219) and 1 × Oak Chair (€75): €323 in all."
    )
    assert told("price_total", "with delivery to Lyon?")[1] == (
        "Delivery (Standard to France) is €12.95, so €335.95 all together."
    )
    assert told("price_total", "is that under 400?")[-1] == (
        "Yes, that's within €400; €77 would be left."
    )
    assert told("price_total", "and is that under 300?")[-1] == "That's €23 over €300."


def test_things_are_taken_out_of_a_sum_and_counts_put_right(say: Say) -> None:
    def told(text: str, intent: str = "price_total") -> str:
        return say(intent, text)["text"].split("\n")[0]

    assert told("3 stone mugs, a lake tent and the oak chair in total").endswith("€337.50 in all.")
    assert told("take the chair out") == (
        "3 × Stone Mug (€43.50) and 1 × Lake Tent (€219): €262.50 in all."
    )
    assert told("i only need one mug, total?") == (
        "1 × Stone Mug (€14.50) and 1 × Lake Tent (€219): €233.50 in all."
    )
    assert told("make it 4 spoons") == (
        "1 × Stone Mug (€14.50) and 1 × Lake Tent (€219): €233.50 in all."
    )
    assert told("without the tent please") == "1 × Stone Mug (€14.50): €14.50 in all."


def test_a_thing_named_again_in_another_sentence_stays_as_many(say: Say) -> None:
    said = say(
        "price_total", "the lake tent looks nice. what is the lake tent with two stone mugs?"
    )
    assert said["text"].split("\n")[0] == (
        "1 × Lake Tent (€219) and 2 × Stone Mug (€29): €248 in all."
    )


def test_a_share_less_is_reckoned_and_counts_nothing(say: Say) -> None:
    said = say("price_total", "ok fine, what would the lake tent cost with 10% off?")
    assert said["text"].split("\n")[:2] == [
        "1 × Lake Tent (€219): €219 in all.",
        "Less 10%, that's €197.10, if the discount is yours.",
    ]
    assert say("price_total", "and with 15 percent off?")["text"].split("\n")[1] == (
        "Less 15%, that's €186.15, if the discount is yours."
    )


def test_the_cheapest_of_a_kind_is_added_up_with_a_product(say: Say) -> None:
    said = say("price_total", "the lake tent plus the cheapest jacket, how much is that in total?")
    assert said["text"].split("\n")[0] == (
        "1 × Lake Tent (€219) and 1 × Kids Jacket (€35): €254 in all."
    )


def test_a_limit_behind_a_kind_is_no_limit_of_the_sum(say: Say) -> None:
    say("price_total", "the lake tent and the oak chair in total")
    said = say("price_total", "add a mug under 15")["text"]
    assert "Stone Mug" in said and "over" not in said


def test_numbers_that_count_nothing(say: Say) -> None:
    """Amounts, and numbers of names, are no numbers of things."""
    said = say("price_total", "how much are 12 oak chairs in total?")
    assert said["text"].split("\n")[0] == "12 × Oak Chair (€900): €900 in all."
    said = say("price_total", "the oak chair and the stone mug for 80 together?")
    assert (
        said["text"].split("\n")[0]
        == "1 × Oak Chair (€75) and 1 × Stone Mug (€14.50): €89.50 in all."
    )


def test_what_is_sold_out_is_said_with_the_sum(say: Say) -> None:
    said = say("price_total", "the camp mug and the stone mug in total")
    assert said["text"].split("\n") == [
        "1 × Camp Mug (€11) and 1 × Stone Mug (€14.50): €25.50 in all.",
        "Sold out at the moment: Camp Mug.",
    ]


@pytest.mark.parametrize(
    "text, by",
    [
        ("which is cheaper, and by how much?", "€335"),
        ("how much heavier is the armchair?", "14.5 kg"),
        ("what's the price difference?", "€335"),
    ],
)
def test_differences(say: Say, text: str, by: str) -> None:
    say("search_products", "chairs")
    said = say("product_details", text)
    assert said["skus"] == ["C1", "C2"]
    assert said["text"].endswith(f": the difference is {by}.")


def test_a_difference_in_units_that_differ(say: Say) -> None:
    said = say("product_details", "how much lighter is the dawn tent than the lake tent?")
    assert said["text"] == (
        "Dawn Tent (900 g, €289.50, Sold out) and Lake Tent (2.1 kg, €219, Only 3 left): the difference is 1.2 kg."
    )


@pytest.mark.parametrize("intent", ["search_products", "price_total"])
@pytest.mark.parametrize("amount", ["for 60", "for under 60", "under €60"])
def test_things_under_one_budget(say: Say, intent: str, amount: str) -> None:
    say("search_products", "tents")  # what is in sight changes nothing
    said = say(intent, f"a jacket and a mug {amount} together")
    assert (said["text"], said["skus"]) == (
        "Kids Jacket (€35) and Stone Mug (€14.50) come to €49.50, within €60:", ["J3", "M1"],
    )  # fmt: skip


def test_a_budget_that_is_too_small_is_said(say: Say) -> None:
    said = say("search_products", "a tent and a chair for 100 in total")
    assert said["text"] == (
        "I find nothing that stays within €100 all together. These are the cheapest of each."
    )
    assert said["skus"] == ["T1", "C2"]


# --- what isn't sold, and what holds of the customer ---


@pytest.mark.parametrize("text", ["do you sell trampolines?", "i need a submarine"])
def test_what_is_not_sold_is_said_and_nothing_is_shown(say: Say, text: str) -> None:
    said = say("search_products", text)
    assert said["text"].startswith("We don't sell that, sorry.") and said["skus"] == []


def test_what_comes_close_to_what_is_not_sold_is_shown_as_that(say: Say) -> None:
    said = say("search_products", "a kayak")  # the stand-in for the encoder finds "a" near
    assert said["text"] == "We don't sell that, sorry. This is what comes closest:"
    assert 0 < len(said["skus"]) <= 3


@pytest.mark.parametrize(
    "text", ["do you sell mugs?", "something nice", "my budget is 70", "a gift"]
)
def test_what_is_sold_or_names_no_thing_gets_products(say: Say, text: str) -> None:
    said = say("search_products", text)
    assert said["skus"] and "don't sell" not in said["text"]


def test_a_budget_holds_until_another_amount_is_named(say: Say) -> None:
    say("search_products", "my budget is 70")
    assert set(say("search_products", "a jacket")["skus"]) == {"J2", "J3"}
    assert set(say("search_products", "a jacket under 130")["skus"]) == {"J1", "J2", "J3"}
    assert set(say("search_products", "a jacket")["skus"]) == {"J2", "J3"}
    say("refine_search", "forget the budget")
    assert set(say("search_products", "a jacket")["skus"]) == {"J1", "J2", "J3"}


@pytest.mark.parametrize("intent", ["search_products", "refine_search"])
def test_what_somebody_is_allergic_to_stays_out(say: Say, intent: str) -> None:
    say(intent, "i'm allergic to wool")
    assert set(say("search_products", "a jacket")["skus"]) == {"J2", "J3"}
    assert "J1" not in say("search_products", "something warm")["skus"]


def test_a_size_of_ones_own_holds_where_it_is_made(say: Say) -> None:
    say("search_products", "i'm a size 98, a jacket")
    assert say("search_products", "a jacket")["skus"] == ["J3"]
    assert say("search_products", "a trail shoe")["skus"][0] == "S1"  # not made in that size


def test_whom_it_is_for_holds(say: Say) -> None:
    say("search_products", "she wears jackets for women")
    assert say("search_products", "a jacket")["skus"] == ["J2"]
    assert say("search_products", "a jacket for men")["skus"] == ["J1"]


# --- what isn't known yet is found by its description ---


def test_what_the_shop_sells_is_told_by_its_departments(say: Say) -> None:
    said = say("search_products", "what do you sell then")
    assert said["text"].startswith(
        "We sell Clothing (Jackets), Outdoor (Tents), Kitchen (Mugs), Home"
    )


@pytest.mark.parametrize(
    "text, sku, answer",
    [
        ("is the ridge one in stock?", "T2", "Ridge Tent"),
        ("the tiny one", "T3", "A tiny tent for one"),
        ("how heavy is the velvet one?", "C1", "21 kg"),
        ("does the Velvet have arms?", "C1", "Velvet Armchair"),
    ],
)
def test_what_was_not_shown_is_meant_by_its_description(
    say: Say, text: str, sku: str, answer: str
) -> None:
    say("product_details", "Lake Tent")
    said = say("product_details", text)
    assert said["skus"] == [sku] and answer in said["text"]


def test_what_something_is_for_is_no_product(say: Say) -> None:
    say("product_details", "Stone Mug")
    assert say("product_details", "is it good for the ridge?")["skus"] == ["M1"]


@pytest.mark.parametrize(
    "text, total",
    [
        ("Two Lake Tent and one Stone Mug, 350 ml, what is the total?", "€452.50"),
        ("so what for the three of them, how much?", "€657"),
        ("take three of those, how much?", "€657"),
        ("that's it. two of them to Berlin, all in?", "€438"),
    ],
)
def test_measures_count_nothing_and_numbers_count_what_is_meant(
    say: Say, text: str, total: str
) -> None:
    say("product_details", "Lake Tent")
    assert total in say("price_total", text)["text"]


@pytest.mark.parametrize("text", ["any sofas?", "a pool table", "and a treadmill?"])
def test_kinds_that_are_not_sold_are_told_in_a_search_that_goes_on(say: Say, text: str) -> None:
    say("search_products", "a tent")
    assert "don't sell" in say("refine_search", text)["text"]


def test_a_search_is_narrowed_by_words_of_titles_and_values(say: Say) -> None:
    say("search_products", "jackets")
    assert say("refine_search", "only storm")["skus"] == ["J1"]
    say("search_products", "chairs")
    assert say("refine_search", "oak please")["skus"] == ["C2"]


def test_what_was_told_before_any_search_holds(say: Say) -> None:
    say("product_details", "i'm furnishing a hut, 70 euros is all i've got")
    assert set(say("search_products", "a jacket")["skus"]) == {"J2", "J3"}


def test_values_of_whatever_the_catalogue_calls_an_attribute(say: Say) -> None:
    said = say("search_products", "what capacities do your mugs come in?")
    assert "350 ml" in said["text"]
    assert say("search_products", "which is the cheapest?")["skus"] == ["M2"]


def test_a_kind_that_is_asked_of_one_product_is_no_search(say: Say) -> None:
    say("product_details", "Lake Tent")
    assert say("refine_search", "mugs in it?")["skus"] == ["T1"]


def test_at_least_puts_nothing_in_order(say: Say) -> None:
    say("product_details", "Storm Jacket")
    assert say("product_details", "is it wool, at least?")["text"].startswith("Yes")


def test_what_stands_behind_one_is_no_place(say: Say) -> None:
    say("search_products", "jackets")
    places = [
        {"entity": "ordinal", "value": value, "start": start, "end": start + 5}
        for value, start in ((1, 14), (-1, 24))
    ]
    assert len(say("product_details", "what does the first one last cost?", *places)["skus"]) == 1


def test_an_amount_that_is_all_there_is_is_a_limit(say: Say) -> None:
    assert set(say("search_products", "a jacket, 60 euros is all i've got")["skus"]) == {"J2", "J3"}


def test_my_size_is_that_of_the_search_before(say: Say) -> None:
    say("search_products", "a jacket in size M")
    assert set(say("search_products", "any other jacket in my size?")["skus"]) == {"J1", "J2"}


@pytest.fixture
def halves(shop_dir: Path) -> None:
    """A shop whose categories hold two kinds each."""
    rows = """K1,Basic Kettle,Boils,Hearth,Kitchen > Kettles & Toasters,23,EUR,,,,5,,,capacity=1.7 l
K2,Glass Kettle,Boils in sight,Hearth,Kitchen > Kettles & Toasters,37,EUR,,,,5,,,capacity=1.7 l
K3,2-Slice Toaster,Toasts,Hearth,Kitchen > Kettles & Toasters,25,EUR,,,,5,,,weight=1.2 kg
K4,4-Slice Toaster,Toasts twice,Hearth,Kitchen > Kettles & Toasters,45,EUR,,,,5,,,weight=2 kg
"""
    text = PRODUCTS.splitlines(keepends=True)[0] + rows
    (shop_dir / "products.csv").write_text(text, encoding="utf-8")


def test_of_two_kinds_in_one_category_the_one_that_is_said_is_meant(
    halves: None, chat: Conversation, settings: Settings
) -> None:
    parser, names = QueryParser(chat.vocabulary), NamedProducts(settings.catalogue_dir)

    def say(intent: str, text: str) -> dict[str, Any]:
        found = names.read(text).entities or [one.as_entity() for one in parser.mentions(text)]
        return chat.say(ACTIONS[intent], text, found, intent={"name": intent, "confidence": 0.9})

    assert set(say("search_products", "a kettle under 40")["skus"]) == {"K1", "K2"}
    assert say("refine_search", "only glass")["skus"] == ["K2"]  # and no drinking glasses
    assert say("search_products", "the cheapest toaster")["skus"] == ["K3"]
    both = say("compare_products", "compare the 2-slice and the 4-slice toaster")
    assert both["skus"] == ["K3", "K4"]


def test_another_of_the_kind_is_shown_where_less_is_wanted_than_the_one_has(say: Say) -> None:
    def titles(intent: str, text: str) -> list[str]:
        return [one["title"] for one in say(intent, text)["custom"]["products"]]

    say("product_details", "tell me about the storm jacket")
    cheaper = titles("refine_search", "do you have something cheaper of this?")
    assert cheaper == ["Kids Jacket", "City Jacket"]
    say("product_details", "tell me about the storm jacket")
    assert titles("product_details", "have you got a cheaper one for women?") == ["City Jacket"]


def test_others_of_a_kind_are_shown_behind_the_one_whose_title_is_nearly_said(say: Say) -> None:
    said = say("refine_search", "a storm jacket under 130")
    titles = [one["title"] for one in said["custom"]["products"]]
    assert titles[0] == "Storm Jacket" and all("Jacket" in one for one in titles)


@pytest.mark.parametrize(
    "text",
    ["anything else by them?", "what other things of this brand", "more from the same maker"],
)
def test_what_else_there_is_by_a_maker(say: Say, text: str) -> None:
    say("product_details", "how heavy is the Lake Tent?")
    said = say("refine_search", text)
    assert (said["text"], sorted(said["skus"])) == ("Also by Nordvale:", ["J1", "S1", "T2"])


def test_what_else_of_a_kind_there_is_by_a_maker(say: Say) -> None:
    say("product_details", "how heavy is the Lake Tent?")
    assert say("search_products", "a jacket of the same brand?")["skus"] == ["J1"]


def test_that_there_is_nothing_else_by_a_maker_is_said(say: Say) -> None:
    say("product_details", "how much is the Kids Jacket?")
    said = say("similar_products", "anything else by the same maker")
    assert (said["text"], said["skus"]) == ("That's all that we have by Pip.", [])


def test_without_a_product_nobody_is_meant_as_its_maker(say: Say) -> None:
    assert "by" not in say("search_products", "a jacket by her favourite brand")["text"]


def test_what_a_value_alone_finds_is_sold(say: Say) -> None:
    assert say("search_products", "what have you got that's velvet?")["skus"] == ["C1"]
