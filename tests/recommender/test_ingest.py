"""Ingest: what stays, what changes, what leaves; and that readers never see half of it."""

import threading
from pathlib import Path

import pytest

from recommender import Recommender
from recommender.baskets.bought_together import OrderLine
from recommender.catalogue import writing
from recommender.catalogue.ingest import ingest, read_manifest
from recommender.catalogue.reading import Catalogue
from recommender.errors import ImportFailed, IngestBusy, NoCatalogue
from tests.recommender.fakes import FakeEmbedder


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "catalogue"


def run(path: Path, directory: Path, **options):
    return ingest(path, directory, embedder=options.pop("embedder", FakeEmbedder()), **options)


def test_a_first_and_a_second_ingest(catalogue_file: Path, directory: Path) -> None:
    first = run(catalogue_file, directory)
    assert (first.added, first.embedded, first.errors) == (8, 8, [])
    second = run(catalogue_file, directory)
    assert (second.added, second.changed, second.unchanged, second.embedded) == (0, 0, 8, 0)
    assert read_manifest(directory)["source"] == str(catalogue_file)


def test_only_what_changed_is_embedded(catalogue_file: Path, directory: Path) -> None:
    run(catalogue_file, directory)
    text = catalogue_file.read_text()
    text = text.replace("A heavy mug for tea", "A very heavy mug for tea")  # changed words
    text = text.replace("129.00", "119.00")  # another price: no new vector
    text = "\n".join(line for line in text.splitlines() if not line.startswith("T1,")) + "\n"
    catalogue_file.write_text(text + "N1,New Lamp,A lamp,Kiln,Home > Lamps,30,EUR,,,,1,,,\n")
    report = run(catalogue_file, directory)
    assert (report.added, report.changed, report.removed, report.embedded) == (1, 2, 1, 2)
    catalogue = Catalogue.open(directory)
    assert catalogue.get("T1") is None and str(catalogue.get("B1").price) == "119.00"
    assert catalogue.count("Kitchen") == 2 and catalogue.count(text="mug") == 2


def test_strict_changes_nothing(catalogue_file: Path, directory: Path) -> None:
    run(catalogue_file, directory)
    with catalogue_file.open("a") as file:
        file.write("X1,Bad,,,,free,EUR,,,,1,,,\n")
    with pytest.raises(ImportFailed, match="line 10"):
        run(catalogue_file, directory, strict=True)
    assert Catalogue.open(directory).count() == 8
    assert len(run(catalogue_file, directory).errors) == 1


def test_a_crash_before_the_swap_leaves_the_old_one(
    catalogue_file: Path, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(catalogue_file, directory)

    def crash(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(writing, "swap", crash)
    with catalogue_file.open("a") as file:
        file.write("X1,Another,,,,5,EUR,,,,1,,,\n")
    with pytest.raises(KeyboardInterrupt):
        run(catalogue_file, directory)
    assert Catalogue.open(directory).count() == 8
    monkeypatch.undo()
    assert run(catalogue_file, directory).added == 1


def test_two_ingests_do_not_meet(catalogue_file: Path, directory: Path) -> None:
    class Slow(FakeEmbedder):
        def encode(self, texts, progress=None):
            if texts:
                with pytest.raises(IngestBusy):
                    run(catalogue_file, directory)
            return super().encode(texts, progress)

    assert run(catalogue_file, directory, embedder=Slow()).added == 8


def test_readers_see_the_old_or_the_new_catalogue(catalogue_file: Path, directory: Path) -> None:
    run(catalogue_file, directory)
    recommender = Recommender.open(directory, FakeEmbedder())
    original = catalogue_file.read_text()
    stop, seen, errors = threading.Event(), set(), []

    def read() -> None:
        while not stop.is_set():
            try:
                seen.add(recommender.search("mug", limit=20).total)
            except Exception as error:
                errors.append(error)
                return

    reader = threading.Thread(target=read)
    reader.start()
    for extra in range(4):
        line = f"X{extra},Extra mug {extra},,,Kitchen > Mugs,5,EUR,,,,1,,,\n"
        catalogue_file.write_text(original + line)
        run(catalogue_file, directory)
    stop.set()
    reader.join()
    assert errors == [] and seen <= {8, 9}
    assert recommender.search("mug", limit=20).total == 9


def test_another_model_embeds_everything_again(catalogue_file: Path, directory: Path) -> None:
    run(catalogue_file, directory)
    other = FakeEmbedder()
    other.name = "other"
    assert run(catalogue_file, directory, embedder=other).embedded == 8


def test_without_a_catalogue_the_error_says_how_to_make_one(directory: Path) -> None:
    with pytest.raises(NoCatalogue, match="shoptalk ingest"):
        Recommender.open(directory)


def orders(*baskets: str, customers: int) -> list[OrderLine]:
    return [
        OrderLine(f"c{n}@example.com", f"{n}-{k}", sku, float(n))
        for n in range(customers)
        for k, basket in enumerate(baskets)
        for sku in basket.split()
    ]


def test_what_is_bought_together_goes_with_it(catalogue_file: Path, directory: Path) -> None:
    report = run(catalogue_file, directory, orders=orders("T1 M1", "GONE M1", customers=6))
    assert report.pairs == 2
    hits = Recommender.open(directory, FakeEmbedder()).goes_with("T1")
    assert hits[0].product.sku == "M1"
    assert hits[0].reason.startswith("Bought together by 6 customers")
    assert all("ought" not in hit.reason for hit in hits[1:])


def test_few_buyers_are_not_counted_and_fewer_not_shown(
    catalogue_file: Path, directory: Path
) -> None:
    run(catalogue_file, directory, orders=orders("T1 M1", customers=3))
    (first, *_) = Recommender.open(directory, FakeEmbedder()).goes_with("T1")
    assert first.product.sku == "M1" and first.reason.startswith("Bought together before")
    assert run(catalogue_file, directory, orders=orders("T1 M1", customers=2)).pairs == 0


def test_products_without_orders_have_what_is_near(catalogue_file: Path, directory: Path) -> None:
    run(catalogue_file, directory)
    before = Recommender.open(directory, FakeEmbedder()).goes_with("J1")
    run(catalogue_file, directory, orders=orders("T1 M1", customers=6))
    assert Recommender.open(directory, FakeEmbedder()).goes_with("J1") == before


def test_what_is_excluded_or_sold_out_is_not_first(catalogue_file: Path, directory: Path) -> None:
    run(catalogue_file, directory, orders=orders("T1 M2 S1", "T1 M2", customers=6))
    recommender = Recommender.open(directory, FakeEmbedder())
    assert [hit.product.sku for hit in recommender.goes_with("T1")][:2] == ["S1", "M2"]
    assert "S1" not in [hit.product.sku for hit in recommender.goes_with("T1", exclude=["S1"])]


def test_nothing_of_a_customer_is_in_the_catalogue(catalogue_file: Path, directory: Path) -> None:
    report = run(catalogue_file, directory, orders=orders("T1 M1", customers=6))
    for file in (directory / report.version).iterdir():
        assert b"@example.com" not in file.read_bytes()
