"""Variants in search: what holds together in one of them, their numbers, their price and stock."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import product as combinations
from pathlib import Path

import pytest

from recommender import Filters, Recommender
from recommender.baskets.bought_together import OrderLine
from recommender.catalogue.adding import add
from recommender.catalogue.ingest import ingest
from recommender.product import Product
from recommender.search.titles import Titles
from tests.recommender.fakes import FakeEmbedder

HEADER = "sku,parent_sku,name,category,price,compare_at,stock,colour,size,ean,mpn\n"
ROWS = """BOOT,,Ridge Boot,Boots,,,,,,,
BOOT-BR-42,BOOT,,,129,149,2,brown,42,4006381333931,RB-2110
BOOT-BR-43,BOOT,,,129,,0,brown,43,,
BOOT-BK-43,BOOT,,,139,,5,black,43,,
SHOE,,Deck Shoe,Shoes,,,,,,,
SHOE-BR-43,SHOE,,,89,,1,brown,43,,
HAT,,Felt Hat,Hats,39,,4,brown,,5012345678900,TN-2110
"""


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Recommender]:
    (tmp_path / "products.csv").write_text(HEADER + ROWS)
    ingest(
        tmp_path / "products.csv", tmp_path / "catalogue", currency="EUR", embedder=FakeEmbedder()
    )
    yield Recommender.open(tmp_path / "catalogue", FakeEmbedder())


def found(shop: Recommender, **filters) -> set[str]:
    hits = shop.search("", Filters(**filters), limit=9).hits
    return {hit.product.sku for hit in hits if not hit.misses}


def test_what_is_asked_must_hold_in_one_variant(shop: Recommender) -> None:
    assert found(shop, colours=("black",), sizes=("43",)) == {"BOOT"}
    assert found(shop, colours=("brown",), sizes=("43",), in_stock=True) == {"SHOE"}
    assert found(shop, sizes=("43",), price_max=130, in_stock=True) == {"SHOE"}
    assert found(shop, price_min=135) == {"BOOT"}
    relaxed = shop.search("", Filters(colours=("black",), sizes=("42",)), limit=9)
    assert relaxed.relaxed == ["sizes"]


def test_the_index_follows_the_definition(shop: Recommender) -> None:
    generation = shop.current()
    products = generation.catalogue.products()
    for colours, sizes, low, high, there in combinations(
        [(), ("brown",), ("black",)],
        [(), ("42",), ("43",)],
        [None, 130],
        [None, 89, 130],
        [False, True],
    ):
        filters = Filters(
            price_min=low, price_max=high, colours=colours, sizes=sizes, in_stock=there
        )
        assert generation.accepted(filters).tolist() == [filters.accept(one) for one in products]


def test_a_hit_is_the_variants_that_fit(shop: Recommender) -> None:
    (hit,) = shop.search("", Filters(colours=("black",))).hits
    assert (
        hit.product.price == Decimal(139)
        and hit.product.stock == 5
        and hit.product.sizes == ("43",)
    )
    hits = {
        hit.product.sku: hit.product
        for hit in shop.search("", Filters(colours=("brown",), sizes=("43",))).hits
    }
    assert not hits["BOOT"].in_stock and hits["SHOE"].in_stock
    assert shop.search("", Filters(colours=("brown",), sizes=("43",))).hits[0].product.sku == "SHOE"
    whole = shop.get("BOOT")
    assert whole.price == Decimal(129) and whole.compare_at == Decimal(149) and whole.price_varies


@pytest.mark.parametrize(
    ("text", "sku", "variant"),
    [
        ("BOOT-BR-42", "BOOT", "BOOT-BR-42"), ("do you have boot br 42?", "BOOT", "BOOT-BR-42"),
        ("4006381333931", "BOOT", "BOOT-BR-42"), ("rb2110 please", "BOOT", "BOOT-BR-42"),
        ("a cartridge TN2110", "HAT", ""), ("5012345678900", "HAT", ""), ("boot-bk-43", "BOOT", "BOOT-BK-43"),
    ],
)  # fmt: skip
def test_numbers_are_found(shop: Recommender, text: str, sku: str, variant: str) -> None:
    product = shop.search(text).hits[0].product
    assert product.sku == sku and [one.sku for one in product.variants] == (
        [variant] if variant else []
    )
    catalogue = shop.current().catalogue
    (named,) = Titles(catalogue.all_titles(), catalogue.all_identifiers()).named_in(text)
    assert catalogue.rows([named.row])[0].sku == sku and named.variant == variant


def test_amounts_are_no_numbers_of_products(shop: Recommender) -> None:
    assert {hit.product.sku for hit in shop.search("under 2110").hits} == {"BOOT", "SHOE", "HAT"}


def test_a_variants_sku_is_its_product_as_that_variant(shop: Recommender) -> None:
    black = shop.get("BOOT-BK-43")
    assert black.sku == "BOOT" and black.price == Decimal(139) and black.colours == ("black",)
    assert shop.get("NOBODY") is None


def test_added_variants_are_found_and_replaced_ones_are_not(
    shop: Recommender, tmp_path: Path
) -> None:
    (tmp_path / "more.csv").write_text(
        HEADER
        + "BOOT,,Ridge Boot,Boots,,,,,,,\nBOOT-GN-44,BOOT,,,99,,3,green,44,,\nBOOT-GN-45,BOOT,,,99,,0,green,45,,\n"
    )
    for _ in range(2):
        add(tmp_path / "more.csv", tmp_path / "catalogue", currency="EUR", embedder=FakeEmbedder())
        assert found(shop, colours=("green",), sizes=("44",)) == {"BOOT"}
        assert found(shop, colours=("green",), sizes=("45",), in_stock=True) == set()
        assert found(shop, colours=("black",), sizes=("43",)) == set()
        assert shop.get("BOOT-BK-43") is None and shop.get("BOOT-GN-44").price == Decimal(99)


def test_what_is_bought_together_is_learnt_from_skus_of_variants(tmp_path: Path) -> None:
    (tmp_path / "products.csv").write_text(HEADER + ROWS)
    bought = [
        OrderLine(str(customer), str(customer), sku, float(customer))
        for customer in range(6)
        for sku in ("BOOT-BR-42" if customer % 2 else "BOOT-BK-43", "HAT")
    ]
    report = ingest(
        tmp_path / "products.csv", tmp_path / "catalogue", embedder=FakeEmbedder(), orders=bought
    )
    assert report.pairs == 2


def test_a_form_is_its_product_with_its_own_values() -> None:
    from recommender.product import Variant

    whole = Product(
        "S", "Sofa", price=Decimal(500), colours=("grey",), attributes={"legs": "oak, steel", "seats": "3"},
        variants=(Variant("S-O", {"legs": "oak"}, Decimal(500)), Variant("S-S", {"legs": "steel"}, Decimal(550))),
    )  # fmt: skip
    steel = whole.seen_as(whole.variants[1])
    assert steel.price == Decimal(550) and steel.colours == ("grey",)
    assert steel.attributes == {"legs": "steel", "seats": "3"}
    assert Filters(features=("steel",), price_max=520).accept(whole) is False
    assert Filters(features=("oak",), price_max=520).accept(whole)
