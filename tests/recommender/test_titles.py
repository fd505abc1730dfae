"""Products that a text names, by their titles and numbers."""

import pytest

from recommender.search.titles import Named, Titles

SHOP = [
    (7, "French Press", "CAF-01"),
    (8, "Lake Tent 4", "TNT-04"),
    (9, "Lake Tent 2", "TNT-02"),
    (10, "Family Dome 6", "TNT-06"),
    (11, "Xerox 006R90321 toner cartridge", "3920564"),
    (12, "Blue Shirt", "S-1"),
    (13, "Blue Shirt", "S-2"),
    (14, "Candle", "CND-01"),
    (15, "Brûleur à café", "B1234"),
    (16, "红色露营灯", "L9"),
]
TITLES = Titles(SHOP)


def rows(text: str) -> list[int]:
    return [named.row for named in TITLES.named_in(text)]


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("French Press", 7),
        ("french-press", 7),
        ("do you have the french press?", 7),
        ("how much is a Frnech press", 7),
        ("lake tent 4", 8),
        ("is the lake tent 2 waterproof", 9),
        ("CAF-01", 7),
        ("caf 01", 7),
        ("is tnt02 in stock", 9),
        ("006r90321", 11),
        ("toner for the 006R90321, in stock?", 11),
        ("3920564", 11),
        ("candle", 14),
        ("bruleur a cafe", 15),
        ("红色露营灯多少钱", 16),
    ],
)
def test_a_product_is_known_by_its_title_or_number(text: str, row: int) -> None:
    assert rows(text) == [row]


@pytest.mark.parametrize(
    "text",
    [
        "a tent for four",
        "a candle for my aunt",  # a kind of thing, not the product called so
        "press the button in french",
        "is the dome by the lake",
        "order 1234",
        "18/32",
        "x" * 5000,
        "",
    ],
)
def test_what_only_sounds_like_one_names_none(text: str) -> None:
    assert rows(text) == []


def test_a_number_with_signs_between_is_no_sku_of_digits_alone() -> None:
    titles = Titles([(1, "Desk", "1832")])
    assert [named.row for named in titles.named_in("a 1832")] == [1]
    assert titles.named_in("a 18/32 inch bolt") == []


def test_two_products_of_one_sentence_in_its_order() -> None:
    text = "compare the Family Dome 6 and the Lake Tent 4"
    first, second = TITLES.named_in(text)
    assert (first.row, text[first.start : first.end]) == (10, "Family Dome 6")
    assert (second.row, text[second.start : second.end]) == (8, "Lake Tent 4")
    assert not first.alone


def test_a_title_that_several_have_names_them_all() -> None:
    assert TITLES.named_in("blue shirt") == [Named(12, 0, 10, True, (13,))]
    assert TITLES.named_in("Blue shirt, please") == [Named(12, 0, 10, False, (13,))]


def test_a_long_title_may_be_said_without_one_of_its_words() -> None:
    titles = Titles(
        [(1, "Nordvale Insulated Trail Bottle 500 ml steel", "A"), (2, "Trail Bottle", "B")]
    )
    assert [named.row for named in titles.named_in("nordvale insulated trail bottle 500 ml")] == [1]
    assert [named.row for named in titles.named_in("the trail bottle")] == [2]


def test_of_the_same_words_the_order_decides() -> None:
    titles = Titles([(1, "Music Printed Blue Shirt", "A"), (2, "Music Blue Printed Shirt", "B")])
    assert [named.row for named in titles.named_in("music blue printed shirt")] == [2]
    assert [named.row for named in titles.named_in("music printed blue shirt")] == [1]


FURNITURE = Titles(
    [
        (1, "Hobb Armchair with Footstool", "A1"),
        (2, "Hobb Armchair", "A2"),
        (3, "Bedside Lamp Owl", "B1"),
        (4, "Bed Side Rail", "B2"),
        (5, "Orton Chair", "C1"),
    ]
)


@pytest.mark.parametrize("text", ["a lock under 50 euro", "a 40 mm drill", "for 40mm"])
def test_an_amount_is_no_name(text: str) -> None:
    shop = Titles([(1, "Gift Card 50 euro", "G1"), (2, "Nails 40 mm, Box of 90", "N1")])
    assert shop.named_in(text) == []
    assert [one.row for one in shop.named_in("the gift card of 50 euro")] == [1]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("a hobb arm chair with foot stool", [1]),
        ("the hobb arm-chair", [2]),
        ("bed side rail", [4]),  # two words of a title stay two
        ("by the arm, chair orton", [5]),
    ],
)
def test_words_of_a_title_may_be_written_apart(text: str, named: list[int]) -> None:
    assert [one.row for one in FURNITURE.named_in(text)] == named


def test_an_empty_catalogue_has_no_names() -> None:
    assert Titles([]).named_in("French Press") == []


PARTS = Titles(
    [
        (1, "Fenwick Corner Sofa 3 Seater", "F-1"),
        (2, "Fenwick Corner Desk", "F-2"),
        (3, "Velvet Reading Chair, deep", "V-1"),
        (4, "Oak Dining Table 140", "O-1"),
    ],
    common=["sofa", "desk", "chair", "table", "dining", "velvet", "corner"],
)


@pytest.mark.parametrize(
    ("text", "row", "words"),
    [
        ("how wide is the corner sofa 3", 1, "corner sofa 3"),
        ("do you still have the reading chair in green", 3, "reading chair"),
        ("is the oak dining one heavy", 4, "oak dining"),
        ("the fenwick corner desk and a lamp", 2, "fenwick corner desk"),
    ],
)
def test_a_title_is_known_by_words_in_a_row_that_it_alone_has(
    text: str, row: int, words: str
) -> None:
    (named,) = PARTS.named_in(text)
    assert (named.row, text[named.start : named.end], named.alone) == (row, words, False)


@pytest.mark.parametrize(
    "text",
    [
        "the fenwick corner",  # two begin so
        "a dining table",  # a kind of thing
        "a chair for reading",  # not in a row
        "a velvet chair",
        "fenwick",
    ],
)
def test_a_part_that_says_a_kind_or_stands_in_several_names_nothing(text: str) -> None:
    assert PARTS.named_in(text) == []
