"""What a message says by composition."""

import pytest

from bot.reading.lexicon import MOST_TOKENS
from bot.reading.reader import HIGH, LOW, Number, Order, read


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("the cheapest one", Order("price", LOW)),
        ("your most expensive coat", Order("price", HIGH)),
        ("which is the lightest?", Order("weight", LOW)),
        ("the heaviest", Order("weight", HIGH)),
        ("what has the highest capacity", Order("any", HIGH)),
        ("the newest", Order("date", HIGH)),
        ("from cheapest to dearest, descending", Order("price", HIGH)),
        ("sort them, the lightest first", Order("weight", LOW)),
        ("a cheap one", None),
        ("a mug", None),
    ],
)
def test_superlatives(text: str, order: Order | None) -> None:
    assert read(text).superlative == order


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("a cheaper one", Order("price", LOW)),
        ("something less heavy", Order("weight", LOW)),
        ("which is longer", Order("length", HIGH)),
        ("the cheapest", None),
    ],
)
def test_comparatives(text: str, order: Order | None) -> None:
    assert read(text).comparative == order


def test_numbers_in_digits_and_words_in_their_order() -> None:
    text = "two mugs, 12 plates and twenty five forks for 1234567"
    assert read(text).numbers == [Number(2, 0, 3), Number(12, 10, 12), Number(25, 24, 35)]


def test_attributes_in_their_order_and_once() -> None:
    assert read("how heavy is it, and what is the price? the weight, too").attributes == [
        "weight", "price",
    ]  # fmt: skip


def test_what_is_left_without_some_places() -> None:
    reading = read("is the velvet armchair green")
    assert reading.content() == ["velvet", "armchair", "green"]
    assert reading.content([(7, 22)]) == ["green"]


def test_a_long_message_is_read_to_an_end() -> None:
    """All that looks at a reading is as quick as for so many words."""
    short, long = "a," * MOST_TOKENS, "a," * 10 * MOST_TOKENS
    assert read(long).text == short
    assert read(short).text == short and read("total?!").text == "total?!"


def test_the_cheapest_is_wanted_by_its_name_or_by_its_order() -> None:
    assert read("the cheapest of them").cheapest and read("sort them by price").cheapest
    assert read("das billigste", "de").cheapest
    assert not read("the lightest").cheapest and not read("by weight please").cheapest


def test_what_begins_by_going_on() -> None:
    assert read("and in blue").begins_with("goes_on")
    assert read("et en bleu", "fr").begins_with("goes_on")
    assert not read("blue and red").begins_with("goes_on")


@pytest.mark.parametrize(
    "text, whole",
    [
        ("what DO you sell then lol", True),
        ("useless. what do you actually have", True),
        ("what do you have for dogs", False),
        ("what do you sell, tents?", True),
    ],
)
def test_what_the_shop_sells_at_all(text: str, whole: bool) -> None:
    assert read(text).whole_shop is whole


@pytest.mark.parametrize(
    "text, attributes",
    [
        ("two of those, how much?", ["price"]),
        ("how much", ["price"]),
        ("how much sugar", []),
        ("how much does it hold?", ["capacity"]),
    ],
)
def test_how_much_alone_asks_for_the_price(text: str, attributes: list[str]) -> None:
    assert read(text).attributes == attributes


@pytest.mark.parametrize(
    ("language", "text", "other"),
    [
        ("en", "is there anything else by her?", "is there anything else for her?"),
        ("de", "Gibt es noch mehr von derselben Marke?", "Gibt es noch mehr für sie?"),
        ("fr", "autre chose du même auteur ?", "autre chose pour le même prix ?"),
        ("es", "¿algo más de esa marca?", "¿algo más para ella?"),
        ("nl", "nog iets van dezelfde schrijver?", "nog iets voor haar?"),
        ("zh", "这个牌子还有别的吗", "还有别的颜色吗"),
    ],
)
def test_who_made_a_thing_may_be_meant(language: str, text: str, other: str) -> None:
    assert read(text, language).has("by_same")
    assert not read(other, language).has("by_same")
