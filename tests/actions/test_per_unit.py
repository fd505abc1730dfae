"""What a litre, a kilo or a single screw costs, of what is known or named; and where nobody can know."""

from pathlib import Path

import pytest

from tests.actions.conversation import Conversation, Say

pytestmark = pytest.mark.usefixtures("first_wording")
HEAD = "sku,title,description,brand,category,price,currency,colours,sizes,audience,stock,image,url,attributes\n"
ROWS = """W2,"Wood Screws, Box of 200",Zinc,Peg,Fixings > Screws,6.45,EUR,,,,9,,,pieces=200
W10,"Wood Screws, Box of 1000",Zinc,Peg,Fixings > Screws,24.90,EUR,,,,9,,,pieces=1000
P1,"Wall Plugs, Pack of 40",Nylon,Peg,Fixings > Plugs,5.00,EUR,,,,9,,,
E2,White Emulsion 2.5 L,Paint,Lough,Paint > Wall paint,24.95,EUR,,,,9,,,volume=2.5 L|weight=3.6 kg
E5,White Emulsion 5 L,Paint,Lough,Paint > Wall paint,42.50,EUR,,,,9,,,volume=5 L
R5,Radiator Enamel 500 ml,Paint,Lough,Paint > Metal paint,15.80,EUR,,,,9,,,volume=500 ml
B1,Flat Brush,A brush,Lough,Paint > Brushes,3.20,EUR,,,,9,,,width=50 mm
"""


@pytest.fixture
def catalogue_of_shop(shop_dir: Path) -> None:
    (shop_dir / "products.csv").write_text(HEAD + ROWS, encoding="utf-8")


def test_two_boxes_by_the_screw(say: Say) -> None:
    say("product_details", "how much is the wood screws, box of 200?")
    said = say("product_details", "whats cheaper per screw, the 200 or the 1000?")
    assert said["text"].split("\n") == [
        "Per screw Wood Screws, Box of 1000 is the cheapest:",
        "• Wood Screws, Box of 1000: €0.0249 per screw (€24.90 for 1000).",
        "• Wood Screws, Box of 200: €0.0323 per screw (€6.45 for 200).",
    ]
    said = say("product_details", "how much is one screw then in the big box")
    assert said["text"] == "Wood Screws, Box of 1000: €0.0249 per screw (€24.90 for 1000)."
    said = say("product_details", "and how much is one screw in the small box")
    assert said["text"].startswith("Wood Screws, Box of 200: €0.0323 per screw")


def test_the_number_in_a_title_counts_where_nothing_else_does(say: Say) -> None:
    say("product_details", "how much is the wall plugs, pack of 40?")
    said = say("price_total", "how much is a single plug")
    assert said["text"] == "Wall Plugs, Pack of 40: €0.125 per plug (€5 for 40)."


def test_measures_compare_in_their_unit(say: Say) -> None:
    say("search_products", "how many wall paint do you have?")
    said = say("compare_products", "which is the best value per litre?")
    assert said["text"].split("\n")[1:] == [
        "• White Emulsion 5 L: €8.50 per litre (€42.50 for 5 L).",
        "• White Emulsion 2.5 L: €9.98 per litre (€24.95 for 2.5 L).",
    ]
    say("product_details", "how much is the radiator enamel 500 ml?")
    assert (
        "€31.60 per litre (€15.80 for 500 ml)" in say("product_details", "price per litre?")["text"]
    )
    assert "€3.16 per 100 ml" in say("product_details", "and per 100 ml?")["text"]


def test_what_the_catalogue_does_not_say_is_not_reckoned(say: Say) -> None:
    say("product_details", "how much is the white emulsion 5 l?")
    assert say("product_details", "what's the price per kilo?")["text"].startswith(
        "How much is in White Emulsion 5 L isn't in our catalogue"
    )


def test_a_thing_that_is_no_pack_costs_its_price(say: Say) -> None:
    say("product_details", "how much is the flat brush?")
    assert "€3.20" in say("product_details", "how much is one brush?")["text"]
    assert " per brush" not in say("product_details", "how much is one brush?")["text"]


@pytest.mark.parametrize(
    ("language", "text", "told"),
    [
        ("de", "was kostet das pro Liter?", "8,50 €"),
        ("fr", "ça coûte combien au litre ?", "8,50 €"),
        ("es", "¿cuánto cuesta por litro?", "8,50 €"),
        ("nl", "wat kost dat per liter?", "€ 8,50"),
        ("zh", "每升多少钱？", "€8.50"),
    ],
)
def test_it_is_so_in_other_languages(
    say: Say, chat: Conversation, language: str, text: str, told: str
) -> None:
    chat.slots["language"] = language
    say("product_details", "White Emulsion 5 L?")
    assert told in say("product_details", text)["text"].replace("\xa0", " ")
