"""What delivery makes of what the customer has in mind: a sum, a product, a cart; and what holds for heavy goods."""

from pathlib import Path

import pytest

from actions.backends import get_passages
from recommender.passages import Passages
from tests.actions.conversation import Conversation, Say
from tests.recommender.fakes import FakeEmbedder

pytestmark = pytest.mark.usefixtures("first_wording")
HEAVY = """# Delivery

## Delivery of heavy goods

What does delivery of heavy goods cost: anything above 20 kg comes by carrier for €39, and free delivery doesn't hold.
"""


@pytest.fixture(autouse=True)
def no_pages(say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(get_passages, "kept", Passages({}, FakeEmbedder()))


@pytest.fixture
def heavy_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "heavy.md"
    page.write_text(HEAVY, encoding="utf-8")
    monkeypatch.setattr(get_passages, "kept", Passages({"heavy": page}, FakeEmbedder()))


def test_a_sum_is_told_with_each_way_of_delivery(say: Say) -> None:
    say("price_total", "two stone mugs in total")
    told = say("delivery_info", "to which places do you send, to Amsterdam?")["text"].split("\n")
    assert "• Standard: 2–3 working days, €4.95, free from €50" in told
    assert told[3:5] == [
        "Your €29 with delivery: €33.95 (Standard); €38.95 (Express).",
        "For €21 more it would be free.",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "how far off free delivery am i",
        "how much more to get it free?",
        "what's missing for free shipping",
    ],
)
def test_how_much_is_missing_comes_first(say: Say, text: str) -> None:
    say("price_total", "three stone mugs in total with delivery to Amsterdam")
    told = say("delivery_info", text)["text"].split("\n")
    assert told[1] == "For €6.50 more it would be free."


@pytest.mark.parametrize(
    ("language", "sum_", "text", "missing"),
    [
        ("de", "drei Stone Mug zusammen nach Amsterdam", "wie viel fehlt noch, bis der Versand gratis ist?", "6,50 €"),
        ("fr", "trois Stone Mug en tout pour Amsterdam", "combien me manque pour la livraison gratuite ?", "6,50 €"),
        ("es", "tres Stone Mug en total a Ámsterdam", "¿cuánto me falta para el envío gratis?", "6,50 €"),
        ("nl", "drie Stone Mug samen naar Amsterdam", "hoeveel nog voor gratis verzending?", "€ 6,50"),
        ("zh", "三个Stone Mug一共，送到阿姆斯特丹", "还差多少包邮？", "€6.50"),
    ],
)  # fmt: skip
def test_it_is_so_in_other_languages(
    say: Say, chat: Conversation, language: str, sum_: str, text: str, missing: str
) -> None:
    chat.slots["language"] = language
    assert "3 × Stone Mug" in say("price_total", sum_)["text"]
    assert missing in say("delivery_info", text)["text"].replace("\xa0", " ").split("\n")[1]


def test_what_was_last_added_up_is_gone_on_with(say: Say) -> None:
    say("price_total", "two stone mugs in total")
    say("delivery_info", "and delivered to Amsterdam?")
    said = say("price_total", "add the camp mug")["text"]
    assert said.startswith("2 × Stone Mug (€29) and 1 × Camp Mug (€11): €40 in all.")


def test_a_product_and_a_cart_are_in_mind_too(say: Say) -> None:
    say("product_details", "how much is the stone mug?")
    assert "Your €14.50 with delivery: €19.45" in say("delivery_info", "to Utrecht?")["text"]
    in_cart = say("delivery_info", "do you deliver to Utrecht?", cart={"M1": 2, "M2": 1, "gone": 4})
    assert "Your €14.50" in in_cart["text"]  # what was just talked of goes before


def test_a_cart_alone(say: Say) -> None:
    assert "Your" not in say("delivery_info", "do you deliver to Utrecht?")["text"]
    told = say("delivery_info", "do you deliver to Utrecht?", cart={"M1": 2, "M2": 1, "gone": 4})
    assert "Your €40 with delivery: €44.95" in told["text"]


def test_heavy_goods_are_never_promised_to_be_free(say: Say, heavy_page: None) -> None:
    told = say("price_total", "two stone mugs and the velvet armchair in total to Amsterdam")
    assert "€39" in told["text"] and "elivery is free" not in told["text"]
    told = say("delivery_info", "how much to free delivery?")["text"]
    assert "€39" in told and "Your €439" not in told


def test_together_they_may_be_heavy(say: Say, heavy_page: None) -> None:
    told = say("price_total", "4 of the oak chair in total to Amsterdam")["text"]
    assert "€39" in told and "Delivery is free" not in told
    light = say("price_total", "one oak chair in total to Amsterdam")["text"]
    assert "Delivery is free" in light and "heavy" not in light.casefold()


def test_where_weights_are_not_known_the_page_is_named(say: Say, heavy_page: None) -> None:
    told = say("price_total", "two kids jackets in total to Amsterdam")["text"].split("\n")
    assert told[1:] == [
        "Delivery is free (Standard to Netherlands).",
        "Heavy goods are an exception: /shop/policies/heavy#delivery-of-heavy-goods",
    ]
