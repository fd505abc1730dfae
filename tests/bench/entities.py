"""`make bench-entities`: wishes in generated requests over catalogues that nothing was tuned on."""

import argparse
import json
import os
import random
import re
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from rich import table as rich_table
from rich.console import Console

from bot.paths import REPOSITORY
from bot.settings import get_settings
from recommender.catalogue.importers import detect
from recommender.catalogue.importers.rows import Table, read_text
from recommender.catalogue.ingest import ingest
from recommender.catalogue.reading import Catalogue
from recommender.errors import ImportFailed
from recommender.language.words import canonical_colour, plural, singular, size_key
from recommender.request.prices import AROUND_SHARE
from tests.bench.wordings import WORDINGS, Wordings
from tests.recommender.fakes import FakeEmbedder

REQUESTS = 2000  # a catalogue
KINDS = ("price", "colour", "size", "brand", "category")
# Our field -> names of columns that it may have, the likeliest first.
COLUMNS = {
    "sku": ("sku", "id", "product_id", "item_id", "stock_code", "asin", "uniq_id", "code"),
    "title": ("title", "productdisplayname", "product_name", "product_title", "name", "description"),
    "brand": ("brand", "supplier", "vendor", "manufacturer", "brand_name", "brandname"),
    "category": ("category", "articletype", "product_type", "producttype", "attr_t_product_type",
                 "product_category", "subcategory", "type"),
    "colours": ("colours", "colour", "color", "basecolour", "attr_t_product_colour", "colors"),
    "sizes": ("sizes", "size"),
    "price": ("price", "sale_price", "list_price", "retail_price", "unit_price"),
}  # fmt: skip
SIGNS = ("{} euros", "€{}", "{}", "${}", "{} bucks", "£{}", "{} eur", "{} dollars")
SIZES = (
    "XS",
    "S",
    "M",
    "L",
    "XL",
    "XXL",
    "small",
    "medium",
    "large",
    "36",
    "38",
    "42",
    "44.5",
    "104",
)
PLURAL_ONLY = re.compile(
    r"(?:jeans|shorts|trousers|pants|glasses|tights|leggings|briefs|accessories|ings|ss)$"
)
NOT_COLOURS = {"na", "n/a", "none", "assorted", "other"}
console = Console(width=110)


class Entity(NamedTuple):
    """What a request says: a kind of `KINDS`, its value, and whether it is ruled out."""

    kind: str
    value: Any
    negated: bool = False


class Shop(NamedTuple):
    """What the products of a catalogue are called by: (brand, leaf category, colour) of each."""

    products: list[tuple[str, str, str]]
    brands: list[str]
    colours: list[str]
    categories: list[str]


Said = tuple[str, list[Entity]]
Method = Callable[[str], list[Entity]]


def main() -> None:
    """Print a table for each catalogue."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="a folder with catalogues/, or one file")
    parser.add_argument("--wrong", type=int, default=0, help="how many wrong ones to show")
    options = parser.parse_args()
    folder = options.data or Path("DATA")
    files = [folder] if folder.is_file() else sorted((folder / "catalogues").glob("*.*"))
    if not files:
        console.print(f"No product files in {folder / 'catalogues'}.", style="yellow")
    for path in [*files, REPOSITORY / "bot/demo/products.csv"]:
        try:
            measure(path, options.wrong)
        except ImportFailed as error:
            console.print(f"{path.name}: {error}", style="yellow")


def measure(path: Path, wrong: int) -> None:
    """Ask for the wishes of generated requests over one catalogue."""
    from bot.dialogue.components.entities import ShopEntityExtractor

    with tempfile.TemporaryDirectory() as folder:
        ingest(path, Path(folder) / "catalogue", mapping=mapping_of(path), embedder=FakeEmbedder())
        os.environ["SHOPTALK_VAR"] = folder
        get_settings.forget()
        catalogue = Catalogue.open(Path(folder) / "catalogue")
        shop = _shop(catalogue)
        extractor = ShopEntityExtractor({})
        methods: dict[str, Method] = {
            "word lookup": lambda text: lookup(shop, text),
            "Shoptalk": lambda text: [
                _entity(one) for one in extractor.entities(text) if one["entity"] in KINDS
            ],
        }
        for name, ways in WORDINGS.items():
            generator = random.Random(20261122)
            asked = [request(shop, ways, generator) for _ in range(REQUESTS)]
            title = (
                f"{path.name}, {name} wordings: {catalogue.count():,} products, "
                f"{len(shop.brands):,} brands, {len(shop.categories):,} categories"
            )
            _print(title, methods, asked)
            _explain(methods["Shoptalk"], asked, wrong)


def _print(title: str, methods: dict[str, Method], asked: list[Said]) -> None:
    scores = {name: score(method, asked) for name, method in methods.items()}
    table = rich_table.Table("F1 (gold)", *scores, title=title)
    for kind, (_, _, gold) in scores["Shoptalk"].items():
        table.add_row(f"{kind} ({gold:,})", *(f"{f1(*each[kind]):.3f}" for each in scores.values()))
    right = (
        sum(set(method(text)) == set(wanted) for text, wanted in asked)
        for method in methods.values()
    )
    table.add_row("requests all right", *(f"{one / len(asked):.1%}" for one in right))
    console.print(table)


def _explain(method: Method, asked: list[Said], most: int) -> None:
    wrong = [(text, set(method(text)), set(wanted)) for text, wanted in asked]
    for text, found, wanted in [one for one in wrong if one[1] != one[2]][:most]:
        lacking, extra = sorted(wanted - found), sorted(found - wanted)
        console.print(f"{text!r}: lacking {lacking}, too much {extra}", markup=False)


def mapping_of(path: Path) -> dict[str, str] | None:
    """Our fields by the names of a file's columns; None for a format that ingest knows."""
    text = read_text(path)
    kind = detect(text, None)
    if kind.startswith("google") or kind == "shopify":
        return None
    if kind == "json":
        start = text.lstrip()
        rows = (
            json.loads(text) if start.startswith("[") else map(json.loads, text.splitlines()[:500])
        )
        columns = list(dict.fromkeys(name for row in list(rows)[:500] for name in row))
    else:
        columns = Table(text).header
    known = {name.lower(): name for name in columns}
    return {
        field: next(known[name] for name in names if name in known)
        for field, names in COLUMNS.items()
        if any(name in known for name in names)
    }


def _shop(catalogue: Catalogue) -> Shop:
    products = []
    for one in catalogue.products(limit=-1):
        colour = next((c.lower() for c in one.colours if c.lower() not in NOT_COLOURS), "")
        plain = re.fullmatch(r"[a-z][a-z &'/-]{2,25}", one.leaf_category.lower())
        if plain and re.fullmatch(r"[a-z ]*", colour):
            products.append((one.brand, one.leaf_category.lower(), colour))
    if not products:
        raise ImportFailed("No product has a category that can be named.")
    brands, categories, colours = (sorted({p[i] for p in products if p[i]}) for i in range(3))
    return Shop(products, brands, colours, categories)


def request(shop: Shop, ways: Wordings, generator: random.Random) -> Said:
    """A request for a product of the shop, in one of many wordings, and what it says."""
    brand, category, colour = generator.choice(shop.products)
    pick, choose = generator.random, generator.choice
    article, words = _named(category, generator)
    wanted = [Entity("category", category)]
    if colour and pick() < 0.6:
        words = choose(ways.colours).format(thing=words, colour=colour)
        wanted.append(Entity("colour", canonical_colour(colour)))
    if brand and pick() < 0.5:
        said = brand if pick() < 0.5 else brand.lower()
        words = choose(ways.brands).format(thing=words, brand=said)
        wanted.append(Entity("brand", brand.lower()))
    text = article + words
    if pick() < 0.35:
        size = choose(SIZES)
        text += " " + choose(ways.sizes).format(size)
        wanted.append(Entity("size", size_key(size)))
    if pick() < 0.6:
        said, bounds = _price(ways, generator)
        text += " " + said
        wanted.append(Entity("price", bounds))
    if pick() < 0.4:
        text += _unwanted(shop, ways, generator, wanted)
    text = choose(ways.openers).format(text).replace("any a ", "any ")
    return (text if pick() < 0.8 else text.capitalize()), wanted


def _named(category: str, generator: random.Random) -> tuple[str, str]:
    """An article, and a category as customers say it: as written, or its singular or plural."""
    if PLURAL_ONLY.search(category) or generator.random() < 0.4:
        return "", category
    if category.endswith("s"):
        return "a ", singular(category)
    return generator.choice([("a ", category), ("", plural(category))])


def _price(
    ways: Wordings, generator: random.Random
) -> tuple[str, tuple[float | None, float | None]]:
    low = generator.choice([5, 10, 15, 20, 30, 49.99, 75, 120, 250, 1000])
    high = round(low + generator.choice([5, 10, 25, 50, 100]), 2)
    sign = generator.choice(SIGNS)
    bounds = {
        "max": (None, low),
        "min": (low, None),
        "between": (low, high),
        "around": (low * (1 - AROUND_SHARE), low * (1 + AROUND_SHARE)),
    }
    bound, said = generator.choice(
        [(kind, one) for kind in ways.prices for one in ways.prices[kind]]
    )
    low, high = f"{low:g}", f"{high:g}"
    said = said.format(a=sign.format(low), b=sign.format(high), low=low, high=high)
    return said, bounds[bound]


def _unwanted(shop: Shop, ways: Wordings, generator: random.Random, wanted: list[Entity]) -> str:
    """What a customer doesn't want, appended to `wanted`; empty when the shop has too little."""
    kinds = [
        (kind, names, (*ways.unwanted, *forms))
        for kind, names, forms in (
            ("colour", shop.colours, ways.unwanted_colours),
            ("brand", shop.brands, ways.unwanted_brands),
        )
        if len(names) > 1
    ]
    if not kinds:
        return ""
    kind, names, forms = generator.choice(kinds)
    name = generator.choice(names)
    value = canonical_colour(name) if kind == "colour" else name.lower()
    if value in {one.value for one in wanted}:
        return ""
    wanted.append(Entity(kind, value, True))
    said = name if generator.random() < 0.5 else name.lower()
    return ", " + generator.choice(forms).format(said)


def lookup(shop: Shop, text: str) -> list[Entity]:
    """The baseline: the catalogue's own words, the first number as the highest price, "size X"."""
    found, said = [], f" {re.sub(r'[^a-z0-9.&]+', ' ', text.lower())} "
    for kind, names in (
        ("brand", shop.brands),
        ("colour", shop.colours),
        ("category", shop.categories),
    ):
        for name in names:
            forms = (
                {name.lower(), singular(name.lower()), plural(name.lower())}
                if kind == "category"
                else {name.lower()}
            )
            if any(f" {form} " in said for form in forms):
                found.append(
                    Entity(kind, canonical_colour(name) if kind == "colour" else name.lower())
                )
    size = re.search(r" size (\S+)", said)
    if size:
        found.append(Entity("size", size_key(size[1])))
        said = said.replace(size[0], "")
    price = re.search(r"(\d+(?:\.\d+)?)", said)
    if price:
        found.append(Entity("price", (None, float(price[1]))))
    return found


def score(method: Method, asked: list[Said]) -> dict[str, tuple[int, int, int]]:
    """Right, found and gold by kind; what is ruled out is a kind of its own."""
    right, found, gold = (Counter[str]() for _ in range(3))
    for text, wanted in asked:
        got = set(method(text))
        for group, ones in ((right, got & set(wanted)), (found, got), (gold, set(wanted))):
            group.update("negated" if one.negated else one.kind for one in ones)
    scores = {kind: (right[kind], found[kind], gold[kind]) for kind in (*KINDS, "negated")}
    scores["all"] = tuple(sum(each) for each in zip(*scores.values(), strict=False))  # type: ignore[assignment]
    return {kind: one for kind, one in scores.items() if one[2] or one[1]}


def f1(right: int, found: int, gold: int) -> float:
    """Harmonic mean of precision and recall: the value and whether it is ruled out must be right."""
    return 2 * right / (found + gold) if found + gold else 0.0


def _entity(one: dict[str, Any]) -> Entity:
    value = one["value"]
    if one["entity"] == "price":
        value = (value["min"], value["max"])
    return Entity(one["entity"], value, bool(one.get("negated")))


if __name__ == "__main__":
    main()
