"""Recommendations with the real model and a real index."""

import pytest

from recommender import Recommender
from recommender.catalogue.ingest import ingest
from recommender.embedder import Embedder
from recommender.request.filters import Filters
from recommender.search.evaluate import ndcg
from tests.conftest import PRODUCTS


@pytest.fixture(scope="module")
def recommender(tmp_path_factory) -> Recommender:
    folder = tmp_path_factory.mktemp("search")
    (folder / "products.csv").write_text(PRODUCTS, encoding="utf-8")
    ingest(folder / "products.csv", folder / "catalogue")
    return Recommender.open(folder / "catalogue", Embedder())


def ask(recommender: Recommender, text: str, **options):
    return recommender.search(text, recommender.filters_of(text), **options)


def skus(found) -> list[str]:
    return [hit.product.sku for hit in found.hits]


def test_meaning_finds_what_words_do_not(recommender: Recommender) -> None:
    outfits = skus(ask(recommender, "something to wear on a rainy, windy day"))[:3]
    assert {"J1", "J2"} <= set(outfits)
    assert "T1" in skus(ask(recommender, "we're going camping"))[:2]


def test_filters_are_hard(recommender: Recommender) -> None:
    found = ask(recommender, "a jacket for men under 150")
    assert skus(found) == ["J1"] and found.relaxed == []


def test_what_attributes_say_can_be_asked_for(recommender: Recommender) -> None:
    assert skus(ask(recommender, "a tent for 2 people")) == ["T1"]
    assert skus(ask(recommender, "a waterproof jacket"))[0] == "J1"
    found = ask(recommender, "a cotton jacket", limit=3, fill=True)
    assert skus(found) == ["J2"] and {hit.misses for hit in found.near} == {("features",)}


def test_near_misses_fill_up_only_when_asked_and_say_what_they_miss(
    recommender: Recommender,
) -> None:
    found = ask(recommender, "a jacket for men under 100")
    assert found.relaxed == ["audience"] and found.hits[0].misses == ("audience",)
    assert ask(recommender, "a red jacket for women").near == []
    found = ask(recommender, "a red jacket for women", limit=3, fill=True)
    near = {hit.product.sku: hit.misses for hit in found.near}
    assert skus(found) == ["J2"] and near == {"J1": ("colours", "audience"), "J3": ("audience",)}


def test_a_colour_is_asked_for_only_once_it_is_known_of_what(tmp_path) -> None:
    colours, kinds = ("red", "blue", "green", "black"), [f"Kind{n}" for n in range(15)]
    rows = [f"s{n},Shoe {n},Shoes,{colours[n % 4]},50" for n in range(16)]
    rows += [f"x{n},Thing {n},{kind},{colours[n % 4]},50" for n, kind in enumerate(kinds)]
    (tmp_path / "p.csv").write_text("sku,title,category,colours,price\n" + "\n".join(rows))
    ingest(tmp_path / "p.csv", tmp_path / "catalogue")
    shop = Recommender.open(tmp_path / "catalogue", Embedder())
    asked = shop.question(shop.filters_of("shoes under 90"), "shoes under 90")
    assert asked.facet == "colour" and set(asked.options) == set(colours)
    assert shop.question(shop.filters_of("a gift under 90"), "a gift under 90") is None


def test_a_present_fits_what_somebody_likes_before_whom_it_is_made_for(tmp_path) -> None:
    (tmp_path / "p.csv").write_text(
        "sku,title,category,audience,description\n"
        "F1,Non-stick Frying Pan,Kitchen > Cookware,,For pancakes and eggs\n"
        "B1,Beard Oil,Beauty > Body care,men,With cedar wood\n"
        "S1,Linen Shirt,Clothing > Shirts,men,Breezy in summer\n"
        "S2,Oxford Shirt,Clothing > Shirts,unisex,A white linen shirt for every day\n"
        "E1,Little Hoops,Jewellery > Earrings,women,Gold earrings\n",
        encoding="utf-8",
    )
    ingest(tmp_path / "p.csv", tmp_path / "c")
    shop = Recommender.open(tmp_path / "c", Embedder())
    assert skus(ask(shop, "a gift for my dad who likes cooking, under 60"))[0] == "F1"
    assert skus(ask(shop, "something for my mum, she loves frying, max 40"))[0] == "F1"
    assert skus(ask(shop, "a white linen shirt for men")) == ["S1", "S2"]  # a kind is named


def test_the_exact_colour_comes_before_its_shades(tmp_path) -> None:
    (tmp_path / "p.csv").write_text(
        "sku,title,category,colours,audience\n"
        "A,Blue blue cap,Caps,navy,men\nB,Plain cap,Caps,blue,unisex\nC,Some cap,Caps,blue,men\n"
    )
    ingest(tmp_path / "p.csv", tmp_path / "catalogue")
    shop = Recommender.open(tmp_path / "catalogue")
    assert skus(ask(shop, "a blue cap for men")) == ["C", "B", "A"]


def test_girls_are_not_boys_and_both_are_kids(tmp_path) -> None:
    (tmp_path / "p.csv").write_text(
        "sku,title,category,audience\nG,Dress,Clothes,Girls\nB,Trunks,Clothes,Boys\nK,Cap,Clothes,kids\n"
    )
    ingest(tmp_path / "p.csv", tmp_path / "catalogue")
    shop = Recommender.open(tmp_path / "catalogue")
    assert set(skus(ask(shop, "clothes for my daughter"))) == {"G", "K"}
    assert set(skus(ask(shop, "clothes for boys"))) == {"B", "K"}
    assert set(skus(ask(shop, "clothes for boys and girls"))) == {"G", "B", "K"}


def test_a_colour_family_finds_its_shades(recommender: Recommender) -> None:
    found = ask(recommender, "a blue jacket")
    assert skus(found) == ["J1"]
    assert "navy" in found.hits[0].reason


def test_what_is_ruled_out_stays_out(recommender: Recommender) -> None:
    found = ask(recommender, "a jacket, not red, without a hood")
    assert found.relaxed == [] and skus(found) == ["J3"]  # which comes in green, too
    found = ask(recommender, "a jacket, not red, not green, without a hood")
    assert found.relaxed and not {"J1", "J2", "J3"} & set(skus(found))


def test_wishes_are_given_up_one_by_one_and_named(recommender: Recommender) -> None:
    found = ask(recommender, "a green mug")
    assert found.relaxed == ["colours"] and set(skus(found)) == {"M1", "M2"}
    found = ask(recommender, "a purple jacket in size 52 under 5 euros", limit=3)
    assert found.relaxed[:2] == ["sizes", "colours"] and found.hits


def test_sold_out_comes_last_and_says_so(recommender: Recommender) -> None:
    found = ask(recommender, "a mug for the trail")
    assert skus(found) == ["M1", "M2"]
    assert "sold out" in found.hits[1].reason
    found = ask(recommender, "enamel mug")  # the only one is sold out: what comes close?
    assert skus(found) == ["M2"] and [hit.product.sku for hit in found.near] == ["M1"]
    assert skus(ask(recommender, "mugs in stock")) == ["M1"]


def test_reasons_are_true(recommender: Recommender) -> None:
    (hit,) = ask(recommender, "a waterproof wool jacket for men, size M, under 200").hits
    assert hit.reason == "Size M, for men, material wool, waterproof, within your budget" or (
        "size m" in hit.reason.lower() and "wool" in hit.reason and "waterproof" in hit.reason
    )


def test_what_was_shown_is_left_out(recommender: Recommender) -> None:
    first = ask(recommender, "jackets", limit=2)
    second = ask(recommender, "jackets", limit=2, exclude=skus(first))
    assert len(second.hits) == 1 and not set(skus(first)) & set(skus(second))


def test_no_words_at_all_show_a_spread(recommender: Recommender) -> None:
    found = recommender.search("", limit=6)
    assert len({hit.product.category for hit in found.hits}) == 5  # all that there are
    assert all(hit.product.in_stock for hit in found.hits)


@pytest.mark.parametrize("text", ['" OR 1=1 --', "NEAR(", "mug*", "title:mug", "🙂", "a" * 5000])
def test_hostile_queries_are_only_words(recommender: Recommender, text: str) -> None:
    assert recommender.search(text).hits


def test_masks_and_definition_agree(recommender: Recommender) -> None:
    generation = recommender.current()
    products = [recommender.get(sku) for sku in ["J1", "J2", "J3", "M1", "M2", "T1", "B1", "S1"]]
    for filters in (
        Filters(price_max=100, audience="women"),
        Filters(colours=("blue", "red"), in_stock=True),
        Filters(sizes=("M",), not_brands=("varen",)),
        Filters(categories=("clothing",), not_words=("hood",)),
        Filters(audience="kids"),
        Filters(not_audience="kids"),
        Filters(not_audience="women", categories=("clothing",)),
    ):
        assert generation.accepted(filters).tolist() == [filters.accept(p) for p in products]


AUTHORS = """sku,title,category,price,attributes
N1,The Ledger,Books > Crime,9,author=Maren Oduya|format=paperback
N2,The Fog,Books > History,12,author=Sunniva Marsh|format=hardback
N3,The Quay,Books > Crime,8,author=Edmund Carrow|format=paperback
N4,The Tide,Books > Crime,30,author=Maren Oduya|format=hardback
"""


@pytest.mark.parametrize(
    ("features", "found", "wished"),
    [
        (("maren oduya", "sunniva marsh"), {"N1", "N2", "N4"}, ("maren oduya | sunniva marsh",)),
        (("maren oduya", "hardback"), {"N4"}, ("maren oduya", "hardback")),
        (("maren oduya", "sunniva marsh", "hardback"), {"N2", "N4"}, ("hardback", "maren oduya | sunniva marsh")),
    ],
)  # fmt: skip
def test_of_two_values_that_no_product_has_both_of_one_is_enough(
    tmp_path, features: tuple[str, ...], found: set[str], wished: tuple[str, ...]
) -> None:
    (tmp_path / "p.csv").write_text(AUTHORS)
    ingest(tmp_path / "p.csv", tmp_path / "catalogue")
    shop = Recommender.open(tmp_path / "catalogue", Embedder())
    wanted = Filters(categories=("books",), features=features)
    result = shop.search("books", wanted)
    assert set(skus(result)) == found and result.relaxed == []
    assert result.filters.features == wished
    assert {one.sku for one in shop.accepted(wanted, 9)} == found
    known = [shop.get(sku) for sku in ("N1", "N2", "N3", "N4")]
    assert {one.sku for one in known if one and result.filters.accept(one)} == found


def test_how_close_a_hit_is_is_its_own(recommender: Recommender) -> None:
    generation = recommender.current()
    text = "something for hot tea at the office"
    found = recommender.search(text, limit=8)
    assert len({hit.closeness for hit in found.hits}) > 4
    for hit in found.hits:
        rows = generation.catalogue.ids([hit.product.sku])
        vector = recommender.encoder.encode_one(generation.parser.focus(text).strip())
        assert hit.closeness == pytest.approx(float(generation.index.closeness(rows, vector)[0]))


def test_a_wish_that_only_other_things_meet_is_given_up(recommender: Recommender) -> None:
    found = recommender.search("trail shoe", Filters(colours=("red",)))
    assert skus(found)[0] == "S1" and found.relaxed == ["colours"] and found.good == 0
    assert found.hits[0].misses == ("colours",)
    vague = recommender.search("something lovely", Filters(colours=("red",)))
    assert vague.relaxed == [] and vague.hits


def test_merging_filters() -> None:
    older = Filters(colours=("red",), price_max=100, not_brands=("x",))
    merged = older.merge(Filters(colours=("blue",), brands=("x",)))
    assert merged == Filters(colours=("blue",), price_max=100, brands=("x",))
    assert older.merge(Filters(not_colours=("red",))).colours == ()
    assert Filters(audience="girls").merge(Filters(not_audience="kids")) == Filters(
        not_audience="kids"
    )
    assert Filters(not_audience="kids").merge(Filters(audience="kids")) == Filters(audience="kids")
    assert Filters.from_dict(merged.to_dict()) == merged


def test_ndcg_by_hand() -> None:
    assert ndcg([3, 2, 1], [3, 2, 1], 3) == 1
    assert ndcg([0, 1], [1, 0], 2) == pytest.approx(0.6309, abs=1e-4)
    assert ndcg([0], [0], 1) == 0


def test_having_all_words_counts_more_than_a_meaning_a_little_nearer(tmp_path) -> None:
    (tmp_path / "p.csv").write_text(
        "sku,title,description\nA,Gaming mouse pad,soft\nB,Wireless mouse,for players\n"
        "C,Desk lamp,warm light\nD,Gaming mouse,with seven keys\n"
    )
    ingest(tmp_path / "p.csv", tmp_path / "catalogue")
    shop = Recommender.open(tmp_path / "catalogue")
    assert set(skus(ask(shop, "gaming mouse", limit=2))) == {"A", "D"}


def test_without_categories_attributes_are_no_filters(tmp_path) -> None:
    rows = "".join(f"K{n},Keyboard {n},\n" for n in range(5))
    (tmp_path / "p.csv").write_text(f"sku,title,attributes\nT,Typer,type=keyboard\n{rows}")
    ingest(tmp_path / "p.csv", tmp_path / "catalogue")
    found = ask(Recommender.open(tmp_path / "catalogue"), "a keyboard", limit=6)
    assert found.filters == Filters() and len(found.hits) == 6


def test_the_nearest_of_a_kind_by_meaning_alone(recommender: Recommender) -> None:
    jackets = Filters(categories=("jackets",))
    found = recommender.nearest("a padded coat for children who play outside", jackets, 2)
    assert found[0].sku == "J3" and len(found) == 2
    assert {one.leaf_category for one in found} == {"Jackets"}
    assert recommender.nearest("rain", Filters(categories=("no such kind",)), 2) == []
