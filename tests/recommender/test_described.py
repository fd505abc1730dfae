"""Attributes that only texts tell, and what must not be taken for one."""

import pytest

from recommender.catalogue.importers.described import Described
from recommender.catalogue.ingest import embedding_text
from recommender.catalogue.reading import fts_texts
from recommender.product import Product, feature_keys

ENGLISH = Product("0", "The bag with a strap", "It is for the road and the office.")
GERMAN = Product("0", "Der Stuhl mit Lehne", "Aus der Werkstatt, für die Küche und das Bad.")


def completed(title: str, description: str = "", among: Product = ENGLISH, **known) -> Product:
    product = Product("1", title, description, **known)
    return Described([among] * 9).complete(product)


@pytest.mark.parametrize(
    ("title", "colours"),
    [
        ("Red Lipstick", ("red",)), ("Navy Blue Shirt", ("navy blue",)), ("Black/White Sneaker", ("black", "white")),
        ("Orange Juice", ()), ("Redwood Table", ()), ("Blackboard Paint", ()), ("Rose Perfume", ()),
    ],
)  # fmt: skip
def test_colours_of_titles(title: str, colours: tuple[str, ...]) -> None:
    product = completed(title)
    assert product.colours == colours and ("colours" in product.read) == bool(colours)


def test_a_brand_is_no_colour_and_what_the_shop_says_stays() -> None:
    assert completed("Black & Decker Drill", brand="Black & Decker").colours == ()
    product = completed("Red Lipstick", colours=("coral",), attributes={"fabric": "wax"})
    assert product.colours == ("coral",) and product.read == ()


@pytest.mark.parametrize(
    ("title", "audience"),
    [
        ("Kids Rain Jacket", "kids"), ("Women’s Tee", "women"), ("Men's Boots", "men"), ("Shirt for Men and Women", "unisex"),
        ("Boys' Kids Hoodie", "boys"), ("Mentor Backpack", ""), ("Manual Grinder", ""),
    ],
)  # fmt: skip
def test_audiences_of_titles(title: str, audience: str) -> None:
    assert completed(title).audience == audience


@pytest.mark.parametrize(
    ("title", "description", "material"),
    [
        ("Leather Wallet", "", "leather"), ("Faux Leather Bag", "", "faux leather"), ("Leather-free Wallet", "", None),
        ("Leather Cleaner", "", None), ("Soft Tee", "100% organic cotton.", "organic cotton"), ("Board", "Made of oiled oak.", "oak"),
        ("Soft Tee", "Goes well with leather.", None), ("Merino Wool Socks", "", "merino wool"),
    ],
)  # fmt: skip
def test_materials(title: str, description: str, material: str | None) -> None:
    assert completed(title, description).attributes.get("material") == material


def test_sizes_and_capacities() -> None:
    assert completed("Trail Boot Size 42").sizes == ("42",)
    assert completed("Steel Bottle 750ml").attributes["capacity"] == "750 ml"
    assert completed("Tasse", "Fasst 0,3 l", GERMAN).attributes["capacity"] == "0.3 l"
    assert "capacity" not in completed("Laptop 8 GB RAM 512 GB SSD").attributes
    assert (
        "capacity"
        not in completed("Bottle", attributes={"volume": "1 l"}, description="750 ml").attributes
    )


def test_german_titles() -> None:
    product = completed("Grüne Damenjacke aus Wolle, Gr. 38", among=GERMAN)
    assert product.colours == ("grün",) and product.audience == "women" and product.sizes == ("38",)
    assert product.attributes["material"] == "wolle"
    assert completed("Dunkelblaues Herrenhemd", among=GERMAN).colours == ("dunkelblau",)


def test_a_material_that_was_read_rules_no_other_product_out() -> None:
    assert feature_keys(completed("Leather Wallet 750 ml")) == {"750 ml"}


def test_what_is_read_changes_neither_words_nor_meaning() -> None:
    product = completed("Red Leather Handbag", "For evenings.")
    plain = Product("1", "Red Leather Handbag", "For evenings.")
    assert product != plain and embedding_text(product) == embedding_text(plain)
    assert fts_texts(product) == fts_texts(plain)
