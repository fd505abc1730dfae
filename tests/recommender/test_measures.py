"""Numbers of something in requests: people, litres, pages."""

import pytest

from bot.paths import REPOSITORY
from recommender import Recommender
from recommender.product import Product
from recommender.request.filters import Filters, has_feature
from recommender.request.measures import (
    distance,
    known_measures,
    measure,
    meets,
    said_measures,
)
from recommender.search.results import SearchResult


@pytest.fixture(scope="module")
def shop(tmp_path_factory) -> Recommender:
    from recommender.catalogue.ingest import ingest

    folder = tmp_path_factory.mktemp("measures")
    ingest(REPOSITORY / "bot/demo/products.csv", folder)
    return Recommender.open(folder)


def ask(shop: Recommender, text: str, **options) -> SearchResult:
    return shop.search(text, shop.filters_of(text), **options)


def skus(found: SearchResult) -> list[str]:
    return [hit.product.sku for hit in found.hits]


@pytest.mark.parametrize(
    ("text", "feature"),
    [
        ("a tent for 4 people", "4 people"),
        ("a tent for 2 persons", "2 people"),
        ("a 4-person tent", "4 people"),
        ("a 4 man tent", "4 people"),
        ("a tent for four people", "4 people"),
        ("a tent for up to 4 people", "4 people"),
        ("a tent for at least 4 people", "at least 4 people"),
        ("a tent for two", "2 people"),
        ("a tent for 5 people", "5 people"),
        ("30 litre backpack", "30 l"),
        ("a 30-liter backpack", "30 l"),
        ("a 30l backpack", "30 l"),
        ("a backpack of 30 l or more", "at least 30 l"),
        ("a mug for 350ml", "350 ml"),
        ("a bottle under 1 litre", "at most 1 l"),
        ("a puzzle of 500 pieces", "500 pieces"),
        ("a 1000 piece puzzle", "1000 pieces"),
        ("a two man tent", "2 people"),
        ("a tent for a family of four", "4 people"),
        ("a tent for 3", "3 people"),
        ("a mug bigger than 400 ml", "at least 400 ml"),
    ],
)
def test_how_much_is_asked_for(shop: Recommender, text: str, feature: str) -> None:
    found = shop.filters_of(text)
    assert found.features == (feature,)
    assert (found.price_min, found.price_max) == (None, None)


@pytest.mark.parametrize(
    ("text", "features"),
    [
        ("a 20-30 litre backpack", ("at least 20 l", "at most 30 l")),
        ("a backpack between 20 and 30 litres", ("at least 20 l", "at most 30 l")),
        ("a tent for 2 to 4 people", ("at least 2 people", "at most 4 people")),
    ],
)
def test_a_range_is_two_bounds(shop: Recommender, text: str, features: tuple) -> None:
    assert shop.filters_of(text) == Filters(
        features=features, categories=shop.filters_of(text).categories
    )


@pytest.mark.parametrize(
    "text",
    [
        "3 mugs please",
        "i need 7 pieces of it",
        "a tent under 200",
        "a swimsuit in one piece",
        "a jacket, i'm 180 cm tall",
        "a backpack delivered in 3 days",
        "a backpack with 40 watts",
        "a backpack for my 5g phone",
        "jackets for two men",
        "backpacks, 20 - 45",
        "a mug for 5.50",
    ],
)
def test_other_numbers_ask_for_no_feature(shop: Recommender, text: str) -> None:
    assert not shop.filters_of(text).features


def test_only_what_has_the_number_is_shown(shop: Recommender) -> None:
    found = ask(shop, "a tent for 4 people")
    assert (skus(found), found.relaxed) == (["TNT-02"], [])
    assert "People 4" in found.hits[0].reason
    assert set(skus(ask(shop, "a tent for at least 4 people"))) == {"TNT-02", "TNT-05"}


def test_a_number_in_another_unit_is_the_same(shop: Recommender) -> None:
    assert skus(ask(shop, "a 0.5 litre bottle")) == ["BTL-01"]
    assert skus(ask(shop, "a 1000 ml bottle")) == ["BTL-02"]


def test_without_the_very_number_the_nearest_comes_first_and_is_said_to_be_near(
    shop: Recommender,
) -> None:
    found = ask(shop, "a 30 litre backpack", limit=7)
    stocked = [hit.product.sku for hit in found.hits if hit.product.in_stock]
    assert stocked[:2] == ["BPK-02", "BPK-01"]  # 26 and 20 litres; 28 are sold out
    assert found.relaxed == ["features"] and found.hits[0].misses == ("features",)
    assert "Capacity 26 l" in found.hits[0].reason


def test_a_number_that_this_kind_of_thing_does_not_have_filters_nothing(shop: Recommender) -> None:
    found = ask(shop, "candles for 4 people")
    assert found.relaxed == [] and found.total == shop.search("", found.filters).total > 3
    assert all(hit.misses == () for hit in found.hits)


def test_a_gift_for_people_is_no_tent(shop: Recommender) -> None:
    found = ask(shop, "a gift for 4 people")
    assert found.relaxed == [] and found.total > 100
    asked = Filters(categories=("tents",)).merge(shop.filters_of("for 4 people"))
    assert skus(shop.search("tents for 4 people", asked)) == ["TNT-02"]


@pytest.mark.parametrize(
    ("feature", "amount", "unit"),
    [
        ("4 people", 4, "people"),
        ("4 number of persons", 4, "people"),
        ("28 capacity (l)", 28, "l"),
        ("0,75 l", 0.75, "l"),
        ("500 ml", 0.5, "l"),
        ("20 cm", 0.2, "m"),
        ("160 pages", 160, "page"),
    ],
)
def test_features_that_are_measures(feature: str, amount: float, unit: str) -> None:
    assert measure(feature) == (amount, unit, "")


@pytest.mark.parametrize(
    "feature", ["cotton", "3+", "45 × 45 cm", "upf 50", "3-8 players", "5 of oak"]
)
def test_features_that_are_none(feature: str) -> None:
    assert measure(feature) is None


def test_amounts_meet_a_bound_or_each_other() -> None:
    assert meets("0.5 l", "500 ml") and not meets("0.5 l", "450 ml")
    assert meets("at least 20 l", "26 l") and not meets("at least 20 l", "18 l")
    assert meets("at most 20 l", "18 l") and not meets("at most 20 l", "18 cm")
    assert distance("30 l", ["28 l", "1 kg"]) < distance("30 l", ["26 l"])


@pytest.mark.parametrize(
    "attributes, wanted, met",
    [
        ({"age": "2-6 years"}, "5 age", True),
        ({"age": "2-6 years"}, "7 age", False),
        ({"recommended age": "10+"}, "14 age", True),
        ({"age": "10+"}, "9 age", False),
        ({"players": "2-4"}, "2 people", True),
        ({"players": "3-6"}, "2 people", False),
        ({"warranty": "5 years"}, "5 age", False),
    ],
)
def test_a_span_has_all_that_lie_in_it(attributes: dict[str, str], wanted: str, met: bool) -> None:
    assert has_feature(Product("1", "Thing", attributes=attributes), wanted) is met


@pytest.mark.parametrize(
    "text, features",
    [
        ("something for a four year old boy", ["4 age"]),
        ("he's turning 9", ["9 age"]),
        ("she's 7, and loves horses", ["7 age"]),
        ("a game for two", ["2 people"]),
        ("a 5 year guarantee", []),
        ("he is 180 cm", []),
    ],
)
def test_ages_and_players_are_measures(text: str, features: list[str]) -> None:
    known = known_measures(["2 age", "3 age", "2 players"])
    assert [one.feature for one in said_measures(text, known)] == features


def test_of_two_amounts_of_one_thing_the_later_is_meant() -> None:
    said = [{"entity": "feature", "value": value} for value in ("3 people", "wool", "2 people")]
    assert Filters.from_entities(said).features == ("wool", "2 people")
