"""What tests of the dialogue share."""

from pathlib import Path

import pytest

from bot.dialogue.named_products import NamedProducts
from recommender.catalogue.ingest import ingest
from tests.recommender.fakes import FakeEmbedder


@pytest.fixture
def products(tmp_path: Path, catalogue_file: Path) -> NamedProducts:
    ingest(catalogue_file, tmp_path / "catalogue", embedder=FakeEmbedder())
    return NamedProducts(tmp_path / "catalogue")
