"""`make bench-talks`: conversations of tests/conversations/blind/, said to a running demo shop.

They were written from the shop's products, pages and orders alone, without sight of code or training data, and are
never edited to fit. A turn is what is said, and checks of the reply: `has` and `lacks` are patterns for its text; `all`,
`some`, `first` and `none_of` are Python expressions over the products p shown (P is the catalogue); `none` that no
product is shown; `max` how many at most.
"""

import argparse
import json
import re
import tempfile
import uuid
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import yaml
from rich.console import Console
from rich.table import Table

from bot.paths import REPOSITORY
from recommender.catalogue.reading import Catalogue
from recommender.product import Product
from tests.stack import Stack

TALKS = REPOSITORY / "tests" / "conversations" / "blind"


@dataclass(frozen=True)
class Turn:
    """What was said, what came back, and what was wrong with it."""

    kind: str
    say: str
    reply: str
    shown: list[str]
    wrong: list[str]


def main() -> None:
    """Print how many turns are right, by kind."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=Path, nargs="*", default=sorted(TALKS.glob("*.yml")))
    parser.add_argument("--verbose", action="store_true", help="print each turn that is wrong")
    options = parser.parse_args()
    console = Console()
    talks = [talk for file in options.files for talk in yaml.safe_load(file.read_text("utf-8"))]
    turns: list[Turn] = []
    whole = 0
    with tempfile.TemporaryDirectory() as folder:
        stack = Stack(Path(folder) / "shop")
        try:
            for talk in console_track(talks, console):
                said = converse(stack, talk)
                whole += not any(turn.wrong for turn in said)
                turns += said
        finally:
            stack.stop()
    if options.verbose:
        for turn in turns:
            if turn.wrong:
                console.print(
                    f"✘ {turn.kind} | {turn.say}\n    → {turn.reply[:260]!r} {turn.shown}",
                    markup=False,
                )
                console.print(f"    {turn.wrong}", markup=False)
    table = Table("kind", "turns", "right", "share")
    right = Counter(turn.kind for turn in turns if not turn.wrong)
    count = Counter(turn.kind for turn in turns)
    for kind in count:
        table.add_row(kind, str(count[kind]), str(right[kind]), f"{right[kind] / count[kind]:.0%}")
    table.add_row("all", str(len(turns)), str(right.total()), f"{right.total() / len(turns):.1%}")
    console.print(table)
    console.print(f"{whole} of {len(talks)} conversations are right as a whole.")


def console_track(talks: list[dict[str, Any]], console: Console) -> Any:
    """The conversations, with a bar while they go on."""
    from rich.progress import track

    return track(talks, description="talking", console=console)


def converse(stack: Stack, talk: dict[str, Any]) -> list[Turn]:
    """Say a conversation to Rasa's channel, turn by turn."""
    token = json.loads((stack.shop_dir / "var/secrets.json").read_text())["engine_token"]
    url = f"http://127.0.0.1:{stack.ports['dialogue']}/webhooks/shoptalk"
    catalogue = Catalogue.open(stack.shop_dir / "var" / "catalogue")
    products = [seen(product) for product in catalogue.products(limit=-1)]
    catalogue.close()
    by_sku = {product.sku: product for product in products}
    conversation, turns = uuid.uuid4().hex, []
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=url, headers=headers, timeout=60, trust_env=False) as client:
        for turn in talk["turns"]:
            body = {"conversation": conversation, "id": uuid.uuid4().hex, "text": turn["say"]}
            replies = client.post("/turn", json=body).raise_for_status().json()["messages"]
            text = "\n".join(reply["text"] for reply in replies)
            shown = [by_sku[card["sku"]] for reply in replies for card in reply["products"]]
            wrong = faults(turn, text, shown, products)
            titles = [product.title for product in shown]
            turns.append(Turn(talk["kind"], turn["say"], text, titles, wrong))
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
