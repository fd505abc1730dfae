"""A card never shows a wrong price or stock, whatever was asked; the check for it finds those that do."""

from itertools import product as every
from pathlib import Path
from typing import Any

import pytest

from actions.wording import cards
from bot.settings import Settings
from recommender import Filters, Recommender
from recommender.catalogue.ingest import ingest
from tests.bench.cards import fault_of
from tests.recommender.fakes import FakeEmbedder
from tests.recommender.test_variants import HEADER, ROWS


@pytest.fixture
def shop(settings: Settings, tmp_path: Path) -> Recommender:
    path = tmp_path / "boots.csv"
    path.write_text(HEADER + ROWS)
    ingest(path, settings.catalogue_dir, currency="EUR", embedder=FakeEmbedder())
    return Recommender.open(settings.catalogue_dir, FakeEmbedder())


def test_all_cards_of_all_wishes_are_right(shop: Recommender) -> None:
    shown = 0
    for size, colour, limit, there in every(
        ("", "42", "43", "47"),
        ("", "brown", "black"),
        (None, 100.0, 130.0, 135.0, 500.0),
        (None, True),
    ):
        wish = Filters(
            sizes=(size,) if size else (), colours=(colour,) if colour else (), price_max=limit, in_stock=bool(there)
        )  # fmt: skip
        found = shop.search("boots", wish, 10, fill=True)
        for card in cards([*found.hits, *found.near], "EUR")["products"]:
            shown += 1
            assert fault_of(shop.current().catalogue.get(card["sku"]), card) == ""
    assert shown > 100


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"price": "€139"}, "costs"), ({"price": ""}, "no price"), ({"in_stock": False}, "isn't there"), ({"variant": "BOOT-XX"}, "names variant"),
        ({"variant": "BOOT-BR-43", "price": "€129"}, "says that it is there"), ({"stock_note": "Only 9 left"}, "Only 9 left"),
    ],
)  # fmt: skip
def test_the_check_finds_what_is_wrong(
    shop: Recommender, change: dict[str, Any], said: str
) -> None:
    boot = shop.get("BOOT-BR-42")
    assert boot
    (right,) = cards(shop.search("BOOT-BR-42").hits, "EUR")["products"]
    whole = shop.current().catalogue.get("BOOT")
    assert right["variant"] == "BOOT-BR-42" and fault_of(whole, right) == ""
    assert said in fault_of(whole, {**right, **change})
    assert fault_of(None, right)
