"""`make bench-talks`: blind conversations with the demo shop and with those of tests/shops, each in a process of its own.

They were written from a shop's products, pages and orders alone, without sight of code or training data, and are
never edited to fit. A turn is what is said, and checks of the reply: `has` and `lacks` are patterns for its text; `all`,
`some`, `first` and `none_of` are Python expressions over the products p shown (P is the catalogue); `none` that no
product is shown; `max` how many at most.
"""

import argparse
import json
import re
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import yaml
from rich.console import Console
from rich.progress import track
from rich.table import Table

from bot.paths import REPOSITORY
from recommender.catalogue.reading import Catalogue
from recommender.product import Product
from tests.bench.in_process import InProcess

TALKS = REPOSITORY / "tests" / "conversations" / "blind"  # of the demo shop
SHOPS = REPOSITORY / "tests" / "shops"


@dataclass(frozen=True)
class Turn:
    """What was said, what came back, and what was wrong with it."""

    talk: str
    kind: str
    say: str
    reply: str
    shown: list[str]
    wrong: list[str]
    heard: str  # the intent, and what ran


def main() -> None:
    """Print how many turns are right, by shop and by kind."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shops", nargs="*", default=[], help="some of them, by name; else all")
    parser.add_argument("--verbose", action="store_true", help="print each turn that is wrong")
    parser.add_argument(
        "--say", metavar="NAME", help=argparse.SUPPRESS
    )  # one shop, in a process of its own
    options = parser.parse_args()
    if options.say:
        print(json.dumps([asdict(turn) for turn in said_in(options.say)]))
        return
    console = Console()
    names = options.shops or list(shops())
    turns: dict[str, list[Turn]] = {}
    for name in track(names, description="talking", console=console):
        command = [sys.executable, "-W", "ignore", "-m", "tests.bench.talks", "--say", name]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        turns[name] = [Turn(**one) for one in json.loads(done.stdout.splitlines()[-1])]
        if options.verbose:
            _print_wrong(console, turns[name])
    table = Table("", "turns", "right", "share")
    for name, some in turns.items():
        _add(table, name, some)
    table.add_section()
    every = [turn for some in turns.values() for turn in some]
    for kind in dict.fromkeys(turn.kind for turn in every):
        _add(table, kind, [turn for turn in every if turn.kind == kind])
    table.add_section()
    _add(table, "all", every)
    console.print(table)
    talks: dict[str, bool] = {}
    for turn in every:
        talks[turn.talk] = talks.get(turn.talk, True) and not turn.wrong
    console.print(f"{sum(talks.values())} of {len(talks)} conversations are right as a whole.")


def _add(table: Table, name: str, turns: list[Turn]) -> None:
    right = sum(not turn.wrong for turn in turns)
    table.add_row(name, str(len(turns)), str(right), f"{right / max(1, len(turns)):.1%}")


def _print_wrong(console: Console, turns: list[Turn]) -> None:
    """Each turn that is wrong behind those before it in its conversation."""
    for number, turn in enumerate(turns):
        if turn.wrong:
            if number and turns[number - 1].talk == turn.talk:
                console.print(f"    ({turns[number - 1].say})", markup=False, style="dim")
            console.print(f"✘ {turn.talk} {turn.kind} | {turn.say}  [{turn.heard}]", markup=False)
            console.print(f"    → {turn.reply[:300]!r} {turn.shown}", markup=False)
            console.print(f"    {[one[:160] for one in turn.wrong]}", markup=False)


def shops() -> dict[str, Path]:
    """The shops that conversations were written for, by name: a folder with shop.yml."""
    return {"demo": REPOSITORY / "bot" / "demo"} | {
        file.parent.name: file.parent for file in sorted(SHOPS.glob("*/talks.yml"))
    }


def said_in(name: str) -> list[Turn]:
    """All conversations of a shop, said turn by turn."""
    folder = shops()[name]
    files = sorted(TALKS.glob("*.yml")) if name == "demo" else [folder / "talks.yml"]
    talks = [talk for file in files for talk in yaml.safe_load(file.read_text("utf-8"))]
    shop = InProcess(folder)
    try:
        catalogue = Catalogue.open(shop.catalogue_dir)
        products = [seen(product) for product in catalogue.products(limit=-1)]
        catalogue.close()
        return [
            turn
            for number, talk in enumerate(talks, start=1)
            for turn in converse(shop, f"{name} {number}", talk, products)
        ]
    finally:
        shop.stop()


def converse(
    shop: InProcess, name: str, talk: dict[str, Any], products: list[SimpleNamespace]
) -> list[Turn]:
    """Say one conversation."""
    by_sku = {product.sku: product for product in products}
    turns = []
    for turn in talk["turns"]:
        replies = shop.say(name, turn["say"])
        text = "\n".join(reply["text"] for reply in replies)
        shown = [by_sku[card["sku"]] for reply in replies for card in reply["products"]]
        wrong = faults(turn, text, shown, products)
        titles = [product.title for product in shown]
        heard = " ".join(map(str, shop.heard(name)))
        turns.append(Turn(name, talk["kind"], turn["say"], text, titles, wrong, heard))
    return turns


def seen(product: Product) -> SimpleNamespace:
    """A product as the checks name its parts."""
    return SimpleNamespace(
        sku=product.sku, title=product.title, price=float(product.price or 0), cat=product.category,
        colours=list(product.colours), sizes=list(product.sizes), aud=product.audience,
        stock=product.stock or 0, brand=product.brand, a=product.attributes,
        text=f"{product.title} {product.description}".lower(),
    )  # fmt: skip


def faults(turn: dict[str, Any], text: str, shown: list[Any], products: list[Any]) -> list[str]:
    """What a reply lacks or has too much of."""

    def meets(expression: str, product: Any) -> bool:
        names = {"p": product, "P": products, "min": min, "max": max, "set": set, "re": re}
        return bool(eval(expression, names))

    wrong = []
    if "has" in turn and not re.search(turn["has"], text, re.S):
        wrong.append(f"lacks {turn['has']}")
    if "lacks" in turn and re.search(turn["lacks"], text, re.S | re.M):
        wrong.append(f"has {turn['lacks']}")
    if "all" in turn and not (shown and all(meets(turn["all"], one) for one in shown)):
        wrong.append(f"not all {turn['all']}")
    if "some" in turn and not any(meets(turn["some"], one) for one in shown):
        wrong.append(f"none with {turn['some']}")
    if "first" in turn and not (shown and meets(turn["first"], shown[0])):
        wrong.append(f"first is not {turn['first']}")
    if "none_of" in turn and any(meets(turn["none_of"], one) for one in shown):
        wrong.append(f"one with {turn['none_of']}")
    if turn.get("none") and shown:
        wrong.append("products shown")
    if "max" in turn and len(shown) > turn["max"]:
        wrong.append(f"more than {turn['max']} products")
    return wrong


if __name__ == "__main__":
    main()
