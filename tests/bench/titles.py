"""`make bench-titles`: whether a product's title finds the product, alone and in questions (CATALOGUE=… another shop's).

Each title is said alone and in three questions, each in a conversation of its own, to the whole dialogue. A turn is right
when the first product shown, or the one that is talked of from then on, has that title. A catalogue takes the demo shop's pages and settings.
"""

import argparse
import json
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

from rich.console import Console
from rich.table import Table
from ruamel.yaml import YAML

from bot.paths import REPOSITORY
from recommender.catalogue.reading import Catalogue
from tests.bench.in_process import InProcess

DEMO = REPOSITORY / "bot" / "demo"
FORMS = ("{}", "do you have {}", "how much is {}", "is the {} waterproof")
MOST = 100  # titles that are said, drawn by chance
ENOUGH = 0.98


def main() -> None:
    """Print the share of titles that find their product, by form."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--catalogue", type=Path, help="a product file; without it the demo shop's")
    parser.add_argument("--mapping", type=Path, help="a YAML file with the names of its columns")
    parser.add_argument("--most", type=int, default=MOST, help=f"titles, drawn by chance ({MOST})")
    parser.add_argument("--verbose", action="store_true", help="print each title that failed")
    options = parser.parse_args()
    if options.catalogue and not options.catalogue.exists():
        raise SystemExit(
            f"There is no file {options.catalogue}; name a product file (docs/catalogue.md)."
        )
    console = Console()
    with tempfile.TemporaryDirectory() as folder:
        shop = InProcess(_shop(Path(folder), options.catalogue, options.mapping))
        try:
            wrong = measure(shop, options.most)
        finally:
            shop.stop()
    table = Table("said", "titles", "found", "share")
    for form, (asked, failed) in wrong.items():
        right = asked - len(failed)
        table.add_row(form, str(asked), str(right), f"{right / max(1, asked):.1%}")
    console.print(table)
    if options.verbose:
        for form, (_, failed) in wrong.items():
            for title, reply in failed:
                console.print(f"✘ {form.format(title)}\n    → {reply[:160]!r}", markup=False)


def _shop(folder: Path, catalogue: Path | None, mapping: Path | None) -> Path:
    """The demo shop, with another catalogue where one is named."""
    if catalogue is None:
        return DEMO
    shop = folder / "shop"
    shutil.copytree(DEMO, shop, ignore=shutil.ignore_patterns("var", "__pycache__", "pictures"))
    yaml = YAML()
    settings = yaml.load(shop / "shop.yml")
    shutil.copy(catalogue, shop / catalogue.name)
    settings["catalogue"] = {"file": catalogue.name}
    if mapping:
        settings["catalogue"]["mapping"] = YAML(typ="safe").load(mapping)
    yaml.dump(settings, shop / "shop.yml")
    return shop


def measure(shop: InProcess, most: int) -> dict[str, tuple[int, list[tuple[str, str]]]]:
    """How many titles were said in each form, and those that failed with what was answered."""
    catalogue = Catalogue.open(shop.catalogue_dir)
    titles = {product.sku: product.title for product in catalogue.products(limit=-1)}
    catalogue.close()
    drawn = Random(7).sample(sorted(titles), min(most, len(titles)))
    found: dict[str, tuple[int, list[tuple[str, str]]]] = {}
    for form in FORMS:
        failed = []
        for sku in drawn:
            name = json.dumps([form, sku])
            replies = shop.say(name, form.format(titles[sku]))
            if titles[sku].casefold() not in [
                titles[one].casefold() for one in _answered(shop, name, replies) if one in titles
            ]:
                failed.append((titles[sku], " ".join(reply["text"] for reply in replies)))
        found[form] = len(drawn), failed
    return found


def _answered(shop: InProcess, name: str, replies: Sequence[dict[str, Any]]) -> list[str]:
    """The products that an answer is about: the first one shown, and the one that is talked of."""
    cards = [card["sku"] for reply in replies for card in reply["products"]]
    return [*cards[:1], *filter(None, [shop.slot(name, "product_meant")])]


if __name__ == "__main__":
    main()
