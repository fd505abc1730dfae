"""A catalogue in another language than English, searched in that language and in others."""

from dataclasses import replace

import numpy as np
import pytest

from bot.encoders import catalogue_encoder
from bot.settings import Settings
from recommender.catalogue.ingest import ingest
from recommender.centred import Centred, embedder_named
from recommender.embedder import Embedder
from recommender.search.recommend import Recommender

BICYCLES = """sku,title,description,category,price
B1,Binnenband 28 inch,Past op de meeste stadsfietsen,Banden,6.95
B2,Stadshelm,Licht en luchtig,Kleding > Helmen,59.95
B3,Regenjas Ardennen,Houdt je droog op de fiets,Kleding,79.95
B4,Vouwslot,Opvouwbaar en zwaar,Sloten,69
B5,Winterhandschoenen,Warm tot tien graden onder nul,Kleding,34.95
B6,Voetpomp,Met drukmeter,Gereedschap,24.95
B7,Kettingolie,Voor droog weer,Onderhoud,8.5
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Recommender:
    folder = tmp_path_factory.mktemp("bicycles")
    (folder / "p.csv").write_text(BICYCLES)
    ingest(folder / "p.csv", folder / "catalogue", embedder=Centred())
    return Recommender.open(folder / "catalogue")  # by the name in the index


@pytest.mark.parametrize(
    ("text", "sku"),
    [
        ("een jas tegen de regen", "B3"),
        ("warme handen", "B5"),
        ("Fahrradhelm", "B2"),
        ("guantes de invierno", "B5"),
        ("Winterhandschuhe", "B5"),
        ("une pompe", "B6"),
        ("a rain jacket", "B3"),
    ],
)
def test_what_is_meant_is_found_across_languages(shop: Recommender, text: str, sku: str) -> None:
    first = shop.search(text).hits[0]
    assert first.product.sku == sku and first.closeness >= Centred.across_from


@pytest.mark.parametrize("text", ["pizza", "un canapé", "laptop", "ein Kinderbuch", "televisie"])
def test_what_has_nothing_to_do_with_anything_is_near_nothing(shop: Recommender, text: str) -> None:
    found = shop.search(text)
    assert found.good == 0 and all(hit.closeness < Centred.across_from for hit in found.hits)


def test_what_is_asked_for_in_the_catalogues_words_is_good(shop: Recommender) -> None:
    assert shop.search("een slot").good == 1 and shop.search("warme handen").good == 0
    assert isinstance(shop.encoder, Centred)


def test_vectors_are_of_length_one_and_compare_with_their_own_alone() -> None:
    vectors = Centred().encode(["een fiets", "a bicycle"])
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert isinstance(embedder_named(Centred().name), Centred)
    other = embedder_named(Embedder().name)
    assert type(other) is Embedder and other.name == Embedder().name


def test_the_shops_own_language_says_which_encoder_reads_its_catalogue(settings: Settings) -> None:
    def speaking(*languages: str) -> Settings:
        return replace(settings, shop=settings.shop.copy(update={"languages": languages}))

    assert type(catalogue_encoder(speaking("en", "nl"))) is Embedder
    assert isinstance(catalogue_encoder(speaking("nl", "en")), Centred)
    named = replace(speaking("nl"), embedding_model="another")
    assert catalogue_encoder(named).name == "another"
