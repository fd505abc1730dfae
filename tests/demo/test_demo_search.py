"""What the demo's storefront finds for what people type."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from bot.paths import REPOSITORY
from bot.web.storefront.search import Results, search
from recommender.catalogue.ingest import ingest
from recommender.catalogue.reading import Catalogue


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("catalogue")
    ingest(REPOSITORY / "bot" / "demo" / "products.csv", made)
    return made


def found(folder: Path, text: str) -> Results:
    return asyncio.run(search(folder, Catalogue.open(folder), text))


@pytest.mark.parametrize("text", ["lawnmower", "submarine", "car tyres"])
def test_what_is_not_sold_is_said_with_a_few_that_come_closest(folder: Path, text: str) -> None:
    results = found(folder, text)
    assert results.closest and 0 < len(results.found) <= 4


@pytest.mark.parametrize(("text", "sku"), [("JKT-02", "JKT-02"), ("harbour rain jacket", "JKT-02")])
def test_what_is_sold_is_found_by_number_and_name(folder: Path, text: str, sku: str) -> None:
    results = found(folder, text)
    assert not results.closest and results.found[0].product.sku == sku


def test_what_is_ruled_out_is_left_out(folder: Path) -> None:
    results = found(folder, "jacket not wool")
    assert not results.closest and len(results.found) > 4
    for one in results.found:
        assert "wool" not in f"{one.product.title} {one.product.attributes}".lower()


def test_a_search_loads_no_torch_and_hides_none_from_others(folder: Path) -> None:
    code = (
        "import asyncio, sys; from pathlib import Path; from bot.web.storefront.search import search; "
        "from recommender.catalogue.reading import Catalogue; folder = Path(sys.argv[1]); "
        "asyncio.run(search(folder, Catalogue.open(folder), 'mug')); print('torch' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code, str(folder)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["False"]
