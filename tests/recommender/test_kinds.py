"""Which kinds of thing a catalogue sells, and which ones a text names."""

import pytest

from recommender.search.kinds import Kinds, kinds_in

SOLD = Kinds(
    [
        ("Fleece Sofa Throw", "Home > Textiles"),
        ("Dragonwright: A Graphic Novel", "Books > Fantasy"),
        ("Orton Bookcase", "Living room > Shelving"),
        ("Semi-Skimmed 1 l", "Fresh > Milk & eggs"),
        ("Ledlampe Nord", "Licht > Lampen"),
    ]
)


@pytest.mark.parametrize(
    "text, concepts",
    [
        ("do you sell book lamps or a couch?", ["lamp", "sofa"]),
        ("a phone case for my iPhone", ["phone case"]),
        ("spuds", ["potatoes"]),
        ("something light for the trail", []),
        ("show me all the ones by Maren Oduya", []),  # words of other languages are none here
    ],
)
def test_kinds_are_named_in_any_of_their_words(text: str, concepts: list[str]) -> None:
    assert [kind.concept for kind in kinds_in(text)] == concepts


def test_of_another_language_its_own_words_count() -> None:
    assert [kind.concept for kind in kinds_in("ein Sofa", "de")] == ["sofa"]
    assert kinds_in("eine Schallplatte") == []


@pytest.mark.parametrize(
    "text, sold",
    [
        ("a throw", True),
        ("a sofa", False),  # the title says last what it is
        ("comics", True),
        ("a bookshelf", True),
        ("eggs", True),
        ("lamps", True),  # of a catalogue in German
        ("wallpaper", False),
    ],
)
def test_a_kind_is_sold_when_a_title_or_category_says_so(text: str, sold: bool) -> None:
    (kind,) = kinds_in(text)
    assert SOLD.sells(kind) is sold


def test_a_kind_that_only_titles_name_has_their_word() -> None:
    (shelf,), (eggs,) = kinds_in("bookshelf"), kinds_in("eggs")
    assert (SOLD.titled(shelf), SOLD.titled(eggs)) == ("bookcase", "")
