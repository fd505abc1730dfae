"""What customers say about products, in many ways."""

from dataclasses import replace

import pytest

from recommender.language.words import COLOUR_NAMES, canonical_colour, plural, singular
from recommender.request.filters import Filters
from recommender.request.parser import QueryParser
from recommender.request.vocabulary import Vocabulary


@pytest.fixture(scope="module")
def parser(tmp_path_factory) -> QueryParser:
    from recommender.catalogue.ingest import ingest
    from recommender.catalogue.reading import Catalogue
    from tests.conftest import PRODUCTS
    from tests.recommender.fakes import FakeEmbedder

    folder = tmp_path_factory.mktemp("parser")
    file = folder / "products.csv"
    file.write_text(
        PRODUCTS + "K1,Leather strap,Plain leather,Only,Home > Coffee & tea,5,EUR,,,,1,,,\n"
    )
    ingest(file, folder / "catalogue", embedder=FakeEmbedder())
    return QueryParser(Vocabulary.from_catalogue(Catalogue.open(folder / "catalogue")))


def filters(parser: QueryParser, text: str) -> dict:
    return Filters.from_entities([one.as_entity() for one in parser.mentions(text)]).to_dict()


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("under 50", None, 50),
        ("less than €30", None, 30),
        ("max 25 euros", None, 25),
        ("30 euros or less", None, 30),
        ("my budget is 75", None, 75),
        ("between 20 and 40 euros", 20, 40),
        ("from 20 to 40", 20, 40),
        ("20-30 eur", 20, 30),
        ("$15 to $20", 15, 20),
        ("around 40", 30, 50),
        ("over 100", 100, None),
        ("at least 19,95", 19.95, None),
        ("under 1,000", None, 1000),
        ("not more than £1.299,50", None, 1299.5),
        ("2k max", None, 2000),
        ("for fifty-five euros or less", None, 55),
        ("between ten and twenty quid", 10, 20),
        ("for 40 euros", 30, 50),
        ("40ish", 30, 50),
        ("30 or 40 euros", 30, 40),
        ("i can spend a hundred dollars", None, 100),
        ("under two hundred and fifty", None, 250),
        ("at most one hundred twenty euros", None, 120),
        ("below six hundred and fifty-five euros", None, 655),
        ("over one thousand two hundred pounds", 1200, None),
        ("max a thousand and fifty", None, 1050),
        ("up to fifteen hundred euros", None, 1500),
        ("€50+", 50, None),
        ("that doesn't cost much, i can't go over 30 euros", None, 30),
        ("not more expensive than $20", None, 20),
        ("i'd pay 15 at the most", None, 15),
        ("maximum price £10", None, 10),
        ("not below 30 eur", 30, None),
        ("no less than 30", 30, None),
        ("15 euros - 25 euros", 15, 25),
        ("in the region of 40", 30, 50),
        ("20 - 45", 20, 45),
        ("20-45", 20, 45),
        ("20 to 45", 20, 45),
        ("between 20 and 45", 20, 45),
        (", 20-45,", 20, 45),
        ("in the 20-45 range", 20, 45),
        ("for 9.50 - 20", 9.5, 20),
        ("for about 20 - 45", 20, 45),
        ("20-45 max", 20, 45),
        ("budget 49.99-74.99", 49.99, 74.99),
    ],
)
def test_price_ranges(parser: QueryParser, text: str, low, high) -> None:
    found = filters(parser, f"a mug {text} please")
    assert (found.get("price_min"), found.get("price_max")) == (low, high)


@pytest.mark.parametrize(
    "text",
    [
        "a tent for over 2 people",
        "under 18 years",
        "in 10 days",
        "2 mugs",
        "at least 500 ml",
        "10-15 days",
        "for my 2 kids",
        "from 3 pm",
        "order 20-45",
        "10-15 people",
        "20 - 45 cm",
        "20-45 litres",
        "20-45 of them",
        "up to 30-litre bags",
        "open 9 - 18",
        "on 10-25",
        "at Mill Road 20-45",
        "room 20-45",
        "in 20-45 minutes",
        "2019-2020",
        "01-25",
        "10-20-30",
        "a 1-10 rating",
        "a jacket, 98-104",
        "shoes 41 - 43",
        "shoes between 41 and 43",
    ],
)
def test_numbers_that_are_no_prices(parser: QueryParser, text: str) -> None:
    assert not {"price_min", "price_max"} & set(filters(parser, text))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("red jackets", {"colours": ["red"], "categories": ["jackets"]}),
        ("a dark blue coat", {"colours": ["navy"], "categories": ["jackets"]}),
        ("trainers in size 42", {"categories": ["sneakers"], "sizes": ["42"]}),
        ("do you have it in a large", {"sizes": ["L"]}),
        ("size Large please", {"sizes": ["L"]}),
        ("xl", {"sizes": ["XL"]}),
        ("anything by nordvale", {"brands": ["nordvale"]}),
        ("a jaket for my wife", {"categories": ["jackets"], "audience": "women"}),
        ("men's shoes", {"audience": "men", "categories": ["shoes"]}),
        ("for my 6 year old son", {"audience": "kids"}),
        ("only what's in stock", {"in_stock": True}),
        ("coffee", {"categories": ["coffee & tea"]}),
        ("nothing with kids", {"not_audience": "kids"}),
        ("not for women please", {"not_audience": "women"}),
        ("you have nothing for kids?", {"audience": "kids"}),
        ("not black", {"not_colours": ["black"]}),
        ("a mug but not in red", {"categories": ["mugs"], "not_colours": ["red"]}),
        ("not black but blue", {"not_colours": ["black"], "colours": ["blue"]}),
        ("anything but nordvale", {"not_brands": ["nordvale"]}),
        ("a bag, no leather", {"categories": ["bags"], "not_words": ["leather"]}),
        ("a jacket without a hood", {"categories": ["jackets"], "not_words": ["hood"]}),
        ("i'd only like a look", {}),
        ("hello, how are you?", {}),
        ("no thanks", {}),
        ("is there a man at the door", {}),
    ],
)
def test_wishes(parser: QueryParser, text: str, wanted: dict) -> None:
    assert filters(parser, text) == wanted


@pytest.mark.parametrize(
    ("text", "change"),
    [("cheaper", "lower"), ("too expensive", "lower"), ("something pricier", "higher")],
)
def test_a_change_of_price(parser: QueryParser, text: str, change: str) -> None:
    (mention,) = parser.mentions(text)
    assert (mention.label, mention.value) == ("price_change", change)


def test_mentions_name_their_place_in_the_text(parser: QueryParser) -> None:
    text = "Is there a RED jacket under 50 euros?"
    assert [text[m.start : m.end] for m in parser.mentions(text)] == [
        "RED",
        "jacket",
        "under 50 euros",
    ]


def test_every_colour_name_leads_to_a_colour() -> None:
    assert {canonical_colour(name) for name in COLOUR_NAMES} == set(COLOUR_NAMES.values())
    assert canonical_colour("Heather Grey") == "grey" and canonical_colour("puce") == "puce"


@pytest.mark.parametrize("word", ["jacket", "box", "battery", "dress", "knife", "watch", "mug"])
def test_plurals_come_back(word: str) -> None:
    assert singular(plural(word)) == word


@pytest.mark.parametrize("run", ["€", "!?", "€ ", "a-", "@."])
def test_a_message_of_signs_takes_no_time_to_speak_of(parser: QueryParser, run: str) -> None:
    text = f"a red mug {run * 2000} under 20 euros"
    assert filters(parser, text) == {"categories": ["mugs"], "colours": ["red"], "price_max": 20}


def test_of_a_long_story_the_beginning_and_the_end_are_read(parser: QueryParser) -> None:
    story = f"a red mug {'and so on ' * 250}a green jacket{' and so on' * 250} under 20 euros"
    read = {(one.label, story[one.start : one.end]) for one in parser.mentions(story)}
    assert read == {("colour", "red"), ("category", "mug"), ("price", "under 20 euros")}
    assert len(parser.mentions("a red mug, " * 136)) == 2 * 136  # 1,496 characters: all of them
    short = "a red mug and so on, a green jacket under 20 euros"
    assert len(parser.mentions(short)) == 5


def test_many_wishes_lie_where_they_stand(parser: QueryParser) -> None:
    text = "size 42, 20 - 45 euros, red mug; " * 40
    found = parser.mentions(text)
    assert len(found) == 4 * 40
    said = {(one.label, text[one.start : one.end]) for one in found}
    assert said == {
        ("size", "size 42"),
        ("price", "20 - 45 euros"),
        ("colour", "red"),
        ("category", "mug"),
    }


@pytest.fixture(scope="module")
def living_room() -> QueryParser:
    kinds = {"armchairs": "armchairs", "armchair": "armchairs", "chairs": "chairs"}
    kinds |= {"chair": "chairs", "coffeetable": "coffee tables", "coffee table": "coffee tables"}
    return QueryParser(replace(Vocabulary.empty(), categories=kinds))


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        ("a grey arm chair please", "armchairs", "arm chair"),
        ("ARM-CHAIRS", "armchairs", "ARM-CHAIRS"),
        ("the arm of a chair", "chairs", "chair"),
        ("a coffeetable", "coffee tables", "coffeetable"),
        ("to arm, chair by chair", "chairs", "chair"),
    ],
)
def test_a_kind_may_be_written_apart_or_together(
    living_room: QueryParser, text: str, kind: str, words: str
) -> None:
    said = [one for one in living_room.mentions(text) if one.label == "category"]
    assert (text[said[0].start : said[0].end], said[0].value) == (words, kind)


@pytest.fixture(scope="module")
def electronics(tmp_path_factory) -> QueryParser:
    """A shop whose texts are full of its brands, and one brand that is a word of its texts."""
    from recommender.catalogue.ingest import ingest
    from recommender.catalogue.reading import Catalogue
    from tests.recommender.fakes import FakeEmbedder

    folder = tmp_path_factory.mktemp("electronics")
    rows = [
        f"N{n},Intel notebook {n},Runs on Intel with a simple lid,{brand},Notebooks,{colour}"
        for n, (brand, colour) in enumerate(
            [("Intel", "silver"), ("HP", "gold"), ("Simple", "blue"), ("OK", "red")] * 2
        )
    ]
    file = folder / "products.csv"
    kits = "K1,Paint set,For children,Pip,Kids' craft kits,red"
    file.write_text("\n".join(["sku,title,description,brand,category,colours", *rows, kits]))
    ingest(file, folder / "catalogue", embedder=FakeEmbedder())
    return QueryParser(Vocabulary.from_catalogue(Catalogue.open(folder / "catalogue")))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("an intel notebook", {"brands": ["intel"]}),
        ("hp notebooks", {"brands": ["hp"]}),
        ("a simple notebook", {}),  # its texts write it with a small letter
        ("a notebook by simple", {"brands": ["simple"]}),
        ("ok, a notebook", {}),
        ("a notebook, gold", {"colours": ["gold"]}),
        ("a notebook (silver)", {"colours": ["silver"]}),
        ("a notebook but no gold please", {"not_colours": ["gold"]}),
        ("a notebook, anything but silver", {"not_colours": ["silver"]}),
        ("a notebook, i don't like gold", {"not_colours": ["gold"]}),
        ("a notebook, no gold digger jokes", {}),
    ],
)
def test_names_and_ordinary_words(electronics: QueryParser, text: str, expected: dict) -> None:
    found = filters(electronics, text)
    assert found.pop("categories") == ["notebooks"]
    found.pop("not_words", None)
    assert found == expected


def test_a_kind_may_hold_a_word_for_people(electronics: QueryParser) -> None:
    assert filters(electronics, "a kids' craft kit")["categories"] == ["kids' craft kits"]


def test_a_size_is_no_part_of_a_price(parser: QueryParser) -> None:
    found = filters(parser, "jackets in size 104 250 euros or less")
    assert (found["sizes"], found["price_max"]) == (["104"], 250)
    assert filters(parser, "a jacket, my size is 98")["sizes"] == ["98"]
    assert filters(parser, "a jacket sized medium")["sizes"] == ["M"]
    assert filters(parser, "headphones size large priced under 30")["sizes"] == ["L"]


@pytest.mark.parametrize(
    ("text", "sizes"),
    [
        ("shoes in 42", ["42"]),
        ("shoes in a 42 please", ["42"]),
        ("shoes in eu 42, black", ["42"]),
        ("shoes in 42 or 43 under 90", ["42", "43"]),
        ("shoes, size wise 42", ["42"]),
        ("shoes, size-wise 38", ["38"]),
        ("i wear a 42", ["42"]),
        ("a jacket in small", ["S"]),
        ("a jacket in a medium", ["M"]),
        ("a jacket in a medium under 90", ["M"]),
        ("a small jacket", ["S"]),
        ("a small red jacket", ["S"]),
        ("a jacket in small 49.99 euros or less", ["S"]),
        ("a jacket in large budget 20-120", ["L"]),
        ("a jacket in XXL, can't go over 50", ["XXL"]),
        ("a jacket, XL please", ["XL"]),
    ],
)
def test_sizes(parser: QueryParser, text: str, sizes: list) -> None:
    assert filters(parser, text)["sizes"] == sizes


@pytest.mark.parametrize(
    "text",
    [
        "in 2 days",
        "in 10 minutes",
        "shoes in 42 days",
        "shoes in 42 or 43 days",
        "in 41 countries",
        "shoes in 44",  # a size that no product has
        "shoes in 42%",
        "in black",
        "a small gift for my wife",
        "in small amounts",
        "in a large box",
        "i'll take 42",
    ],
)
def test_what_is_no_size(parser: QueryParser, text: str) -> None:
    assert "sizes" not in filters(parser, text)


@pytest.mark.parametrize(
    "text", ["baby wipes", "for on the stove", "fresh salmon", "does it creak", "a steep price"]
)
def test_real_words_are_no_slips(text: str) -> None:
    names = {"wines": "wines", "sofas": "sofas"}
    vocabulary = replace(Vocabulary.empty(), categories=names)
    assert QueryParser(vocabulary).mentions(text) == []


def test_other_words_are(parser: QueryParser) -> None:
    vocabulary = replace(Vocabulary.empty(), categories={"mattress": "mattresses"})
    (one,) = QueryParser(vocabulary).mentions("a matress")
    assert one.value == "mattresses"


def test_a_number_between_commas_is_a_size_that_there_is() -> None:
    vocabulary = replace(Vocabulary.empty(), sizes=frozenset({"44", "S"}))
    found = QueryParser(vocabulary).mentions("men's, 44")
    assert [(one.label, one.value) for one in found] == [("audience", "men"), ("size", "44")]
    assert QueryParser(vocabulary).mentions("well, 45") == []
