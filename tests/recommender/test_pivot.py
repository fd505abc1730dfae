"""What is said of products in other languages is read as if it were English, and found where it stands."""

import pytest

from recommender.language.concepts import ENGLISH, concept_elsewhere, concepts, languages
from recommender.language.words import COLOURS, canonical_colour
from recommender.request.filters import Filters
from recommender.request.parser import QueryParser
from recommender.request.vocabulary import Vocabulary
from recommender.search.pivot import in_english

SHOP = QueryParser(
    Vocabulary(
        {}, {"jackets": "jackets", "jacket": "jackets", "coat": "jackets", "shoes": "shoes", "shoe": "shoes"}, {one: one for one in COLOURS},
        {"waterproof": "waterproof"}, {}, frozenset({"M", "42"}), frozenset(), frozenset({"leather", "wool"}), frozenset(),
    )
)  # fmt: skip


@pytest.mark.parametrize(
    ("language", "text", "filters"),
    [
        ("de", "eine rote Jacke unter 100 Euro", Filters(colours=("red",), categories=("jackets",), price_max=100)),
        ("nl", "waterdichte schoenen tussen 20 en 50 euro", Filters(categories=("shoes",), features=("waterproof",), price_min=20, price_max=50)),
        ("fr", "des chaussures sans cuir, pointure 42", Filters(categories=("shoes",), not_words=("leather",), sizes=("42",))),
        ("es", "zapatos negros para mi madre", Filters(categories=("shoes",), colours=("black",), audience="women")),
        ("zh", "100元以下的红色外套", Filters(categories=("jackets",), colours=("red",), price_max=100)),
        ("zh", "三百五以内的外套", Filters(categories=("jackets",), price_max=350)),
        ("zh", "有没有六十欧以下的鞋", Filters(categories=("shoes",), price_max=60)),
        ("de", "Schuhe für höchstens hundertzwanzig Euro", Filters(categories=("shoes",), price_max=120)),
        ("fr", "une veste à moins de deux cents euros", Filters(categories=("jackets",), price_max=200)),
        ("es", "chaqueta entre cincuenta y noventa euros", Filters(categories=("jackets",), price_min=50, price_max=90)),
        ("nl", "een jas boven de tweehonderd", Filters(categories=("jackets",), price_min=200)),
        ("de", "zehn rote Jacken", Filters(colours=("red",), categories=("jackets",))),  # no amount
        ("zh", "有42码的鞋子吗", Filters(categories=("shoes",), sizes=("42",))),
    ],
)  # fmt: skip
def test_wishes_are_understood(language: str, text: str, filters: Filters) -> None:
    found = [one.as_entity() for one in SHOP.mentions(in_english(text, language).text)]
    assert Filters.from_entities(found) == filters


def test_what_was_read_is_found_where_it_stands() -> None:
    text = "ich möchte bitte eine rote Jacke, Größe M, 我"
    pivoted = in_english(text, "de", frozenset({"ich", "mochte", "bitte", "eine"}))
    for english, said in (("red", "rote"), ("jacket", "Jacke"), ("size", "Größe"), ("M", "M")):
        start = pivoted.text.index(english)
        place = pivoted.place(start, start + len(english))
        assert text[place[0] : place[1]] == said


def test_english_and_unknown_languages_stay_as_they_are() -> None:
    assert in_english("a red jacket", ENGLISH).text == "a red jacket"
    assert in_english("una giacca rossa", "it").text == "una giacca rossa"


def test_names_of_a_catalogue_in_another_language_are_concepts() -> None:
    assert canonical_colour("Schwarz") == "black"
    assert concept_elsewhere("kinds", "Jacken") == "jacket"
    assert concept_elsewhere("kinds", "jackets") == ""  # English itself needs none


@pytest.mark.parametrize("language", languages())
def test_every_language_has_every_concept(language: str) -> None:
    for kind, listed in concepts(ENGLISH).items():
        known = concepts(language)[kind]
        if isinstance(listed, dict):
            assert known.keys() == listed.keys(), kind
            assert [key for key, forms in known.items() if not forms] == []
        else:
            assert known, kind
