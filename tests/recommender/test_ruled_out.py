"""What customers rule out, before or after they name it, in the demo shop's words."""

import pytest

from bot.paths import REPOSITORY
from recommender.catalogue.ingest import ingest
from recommender.catalogue.reading import Catalogue
from recommender.request.filters import Filters
from recommender.request.parser import QueryParser
from recommender.request.vocabulary import Vocabulary
from tests.recommender.fakes import FakeEmbedder


@pytest.fixture(scope="module")
def parser(tmp_path_factory) -> QueryParser:
    folder = tmp_path_factory.mktemp("demo")
    ingest(REPOSITORY / "bot/demo/products.csv", folder, embedder=FakeEmbedder())
    return QueryParser(Vocabulary.from_catalogue(Catalogue.open(folder)))


def filters(parser: QueryParser, text: str) -> dict:
    return Filters.from_entities([one.as_entity() for one in parser.mentions(text)]).to_dict()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("black is not for me", {"not_colours": ["black"]}),
        ("black isn't for me, blue please", {"not_colours": ["black"], "colours": ["blue"]}),
        ("black is not for me blue is better", {"not_colours": ["black"], "colours": ["blue"]}),
        ("leather isn't my thing", {"not_words": ["leather"]}),
        ("leather is not really my style", {"not_words": ["leather"]}),
        ("zips aren't my thing", {"not_words": ["zips"]}),
        ("candles aren’t my cup of tea", {"not_categories": ["candles"]}),
        ("had trouble with Nordvale, so no", {"not_brands": ["nordvale"]}),
        ("had trouble with Nordvale so no asap", {"not_brands": ["nordvale"]}),
        ("nordvale? never again", {"not_brands": ["nordvale"]}),
        ("red doesn't suit me", {"not_colours": ["red"]}),
        ("red does not work for my husband", {"not_colours": ["red"], "audience": "men"}),
        ("black and brown are not for me", {"not_colours": ["black", "brown"]}),
        ("black or brown is not for me", {"not_colours": ["black", "brown"]}),
        ("black ones are not for me", {"not_colours": ["black"]}),
        ("pink, no thanks", {"not_colours": ["pink"]}),
        ("gold is not for me", {"not_colours": ["gold"]}),
        ("pink is out", {"not_colours": ["pink"]}),
        ("i'm allergic to wool", {"not_words": ["wool"]}),
    ],
)
def test_a_value_before_what_rules_it_out(parser: QueryParser, text: str, expected: dict) -> None:
    assert filters(parser, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a non-leather jacket", {"categories": ["jackets"], "not_words": ["leather"]}),
        ("a non-black jacket", {"categories": ["jackets"], "not_colours": ["black"]}),
        ("a non-stick frying pan", {"categories": ["cookware"]}),
        ("a no-iron shirt", {"categories": ["shirts"], "not_words": ["iron"]}),
        ("no leather jacket", {"not_categories": ["jackets"], "not_words": ["leather"]}),
    ],
)
def test_a_hyphen_binds_what_rules_out_to_the_next_word(
    parser: QueryParser, text: str, expected: dict
) -> None:
    assert filters(parser, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "the black one is not for me but for my wife",
            {"colours": ["black"], "audience": "women"},
        ),
        ("black is not for me, it's for my wife", {"colours": ["black"], "audience": "women"}),
        ("if black is not an option then blue", {"colours": ["black", "blue"]}),
        ("the jacket isn't my style", {"categories": ["jackets"]}),
        (
            "something in green, black is not for me",
            {"colours": ["green"], "not_colours": ["black"]},
        ),
        ("i love nordvale so no saltmark", {"brands": ["nordvale"], "not_brands": ["saltmark"]}),
        ("a mug in black, no?", {"categories": ["mugs"], "colours": ["black"]}),
        ("pink is out of stock", {"colours": ["pink"]}),
        ("not black but blue", {"not_colours": ["black"], "colours": ["blue"]}),
        ("this is not for me", {}),
        ("that colour is not my thing", {}),
        ("no thanks", {}),
    ],
)
def test_what_only_looks_ruled_out(parser: QueryParser, text: str, expected: dict) -> None:
    found = filters(parser, text)
    found.pop("in_stock", None)
    assert found == expected
