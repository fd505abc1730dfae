"""Products that a description means though nobody has shown them."""

from pathlib import Path

import pytest

from actions.backends import get_embedder, get_recommender
from actions.resolving.beyond import MEASURED, beyond_known
from actions.resolving.state import State
from bot.reading.reader import read
from recommender import Recommender
from recommender.catalogue.ingest import ingest
from recommender.request.filters import Filters
from tests.recommender.fakes import FakeEmbedder


def test_of_a_kind_with_many_products_only_the_nearest_are_embedded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = ["sku,title,description,category,price"]
    lines += [f"s{n},Scarf {n},woven number{n} wool,Scarves,10" for n in range(60)]
    lines.append("s60,Fir,feathery,Scarves,10")
    (tmp_path / "products.csv").write_text("\n".join(lines), encoding="utf-8")
    ingest(tmp_path / "products.csv", tmp_path / "catalogue", embedder=FakeEmbedder())
    asked = FakeEmbedder()
    monkeypatch.setattr(
        get_recommender, "kept", Recommender.open(tmp_path / "catalogue", FakeEmbedder())
    )
    monkeypatch.setattr(get_embedder, "kept", asked)
    state = State(filters=Filters(categories=("scarves",)))
    products, _ = beyond_known(read("how warm is the feathery one?"), [], state)
    assert [one.sku for one in products] == ["s60"]
    assert MEASURED <= len(asked.encoded) <= MEASURED + 1
