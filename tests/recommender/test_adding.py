"""Products added beside the rest are found, filtered and replaced like all others."""

from decimal import Decimal
from pathlib import Path

import pytest

from recommender import Recommender
from recommender.catalogue.adding import add
from recommender.catalogue.ingest import ingest
from recommender.errors import NoCatalogue
from recommender.request.filters import Filters
from tests.recommender.fakes import FakeEmbedder
from tests.recommender.test_ingest import orders

HEADER = "sku,title,description,brand,category,price,currency,colours,audience,stock\n"


@pytest.fixture
def directory(catalogue_file: Path, tmp_path: Path) -> Path:
    directory = tmp_path / "catalogue"
    bought = orders("T1 M1", customers=6)
    ingest(catalogue_file, directory, embedder=FakeEmbedder(), orders=bought)
    return directory


def put(directory: Path, *rows: str):
    path = directory.parent / "more.csv"
    path.write_text(HEADER + "\n".join(rows) + "\n")
    return add(path, directory, embedder=FakeEmbedder())


def test_a_running_recommender_finds_what_was_added(directory: Path) -> None:
    shop = Recommender.open(directory, FakeEmbedder())
    assert shop.get("N1") is None
    report = put(directory, "N1,Brass lantern,,Kiln,Home > Lanterns,30,EUR,gold,,4")
    assert (report.added, report.changed, report.removed, report.embedded) == (1, 0, 0, 1)
    assert shop.search("brass lantern", limit=1).hits[0].product.sku == "N1"
    assert shop.search("lantern", Filters(categories=("lanterns",))).total == 1
    assert shop.filters_of("a lantern") == Filters(categories=("lanterns",))
    assert shop.current().catalogue.count(text="lantern") == 1
    assert shop.search("", limit=20).total == 9


def test_a_changed_product_is_there_once_and_keeps_what_goes_with_it(directory: Path) -> None:
    shop = Recommender.open(directory, FakeEmbedder())
    shop.search("mug")
    for price in (44, 45):
        report = put(directory, f"T1,Trail Tent,,Varen,Outdoor > Tents,{price},EUR,green,,1")
        assert (report.added, report.changed) == (0, 1)
    assert shop.get("T1").price == Decimal(45)
    assert shop.search("", limit=20).total == 8
    assert [
        hit.product.price for hit in shop.search("tent", Filters(categories=("tents",))).hits
    ] == [Decimal(45)]
    assert shop.goes_with("T1")[0].product.sku == "M1"
    assert put(directory, "T1,Trail Tent,,Varen,Outdoor > Tents,45,EUR,green,,1").embedded == 0


def test_the_next_whole_ingest_takes_the_file_alone(directory: Path, catalogue_file: Path) -> None:
    put(directory, "N1,Brass lantern,,Kiln,Home > Lanterns,30,EUR,gold,,4")
    report = ingest(catalogue_file, directory, embedder=FakeEmbedder())
    assert (report.removed, report.unchanged, report.embedded) == (1, 8, 0)
    assert Recommender.open(directory, FakeEmbedder()).get("N1") is None


def test_there_must_be_a_catalogue_to_add_to(tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    with pytest.raises(NoCatalogue):
        put(tmp_path / "new" / "catalogue", "N1,Lamp,,,,1,EUR,,,1")
