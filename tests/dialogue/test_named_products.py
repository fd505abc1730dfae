"""A message in which a product is named is read with a stand-in in the name's place."""

from pathlib import Path

from bot.dialogue.named_products import NamedProducts
from recommender.catalogue.ingest import ingest
from tests.recommender.fakes import FakeEmbedder


def reader(tmp_path: Path, catalogue_file: Path) -> NamedProducts:
    ingest(catalogue_file, tmp_path / "catalogue", embedder=FakeEmbedder())
    return NamedProducts(tmp_path / "catalogue")


def test_names_become_stand_ins_with_their_article(tmp_path: Path, catalogue_file: Path) -> None:
    message = reader(tmp_path, catalogue_file).read("compare the Lake Tent with a Camp Mug, pls")
    assert message.spoken == "compare this product with this product, pls"
    assert [(one.sku, message.text[one.start : one.end]) for one in message.parts] == [
        ("T1", "Lake Tent"),
        ("M2", "Camp Mug"),
    ]
    assert not message.alone


def test_other_parts_are_found_again_in_the_text(tmp_path: Path, catalogue_file: Path) -> None:
    message = reader(tmp_path, catalogue_file).read("red, is the Lake Tent in blue below 50")
    at = message.spoken.index("blue")
    place = message.place(at, at + 4)
    assert place and message.text[place[0] : place[1]] == "blue"
    assert message.place(0, 3) == (0, 3)
    inside = message.spoken.index("product")
    assert message.place(inside, inside + 7) is None


def test_a_name_alone_and_no_name(tmp_path: Path, catalogue_file: Path) -> None:
    products = reader(tmp_path, catalogue_file)
    assert products.read("city jacket").alone
    assert products.read("a warm jacket").parts == ()


def test_a_new_catalogue_is_noticed(tmp_path: Path, catalogue_file: Path) -> None:
    products = reader(tmp_path, catalogue_file)
    assert products.read("French Press").parts == ()
    text = catalogue_file.read_text(encoding="utf-8")
    catalogue_file.write_text(text.replace("Stone Mug", "French Press"), encoding="utf-8")
    ingest(catalogue_file, tmp_path / "catalogue", embedder=FakeEmbedder())
    assert [one.sku for one in products.read("French Press").parts] == ["M1"]
    assert products.read("stone mug").parts == ()


def test_without_a_catalogue_nothing_is_named(tmp_path: Path) -> None:
    assert NamedProducts(tmp_path / "none").read("French Press").parts == ()


def test_the_share_of_words_that_is_said_of_a_product(tmp_path: Path, catalogue_file: Path) -> None:
    products = reader(tmp_path, catalogue_file)
    assert products.share_said_of(["T1"], ["people"]) == 1.0
    assert products.share_said_of(["T1"], ["people", "birthday"]) == 0.5
    assert products.share_said_of(["T1"], []) == products.share_said_of([], ["people"]) == 0.0
