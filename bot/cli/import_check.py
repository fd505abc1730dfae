"""What `shoptalk ingest --check` says of a product file: what it is, what becomes of it, what is lost."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from bot.money import format_money
from bot.wording import listed
from recommender.catalogue.ingest import read
from recommender.product import Product

SHOWN = 5  # products
NAMED = 12  # columns that aren't used, and bad rows


def show_check(file: Path, **how: Any) -> None:
    """Read a file as an ingest would, and print what would come of it; nothing is written.

    Raises ImportFailed.
    """
    found = read(file, strict=False, **how)
    products = found.products
    click.secho(f"{file.name}: {found.format}", bold=True)
    variants = sum(len(product.variants) for product in products)
    several = sum(bool(product.choices) for product in products)
    click.echo(
        f"{len(products)} products"
        + (f", {several} of them in several variants ({variants})" if several else "")
    )
    for what, count in found.notes.items():
        click.echo(f"  {what} ({count})")
    _list("Left out", [f"{count} {why}" for why, count in found.left_out.items()])
    _list("Bad rows", list(map(str, found.errors)))
    _list("Kept, but", list(map(str, found.doubts)))
    _list("Lost", [f"{what} ({count})" for what, count in found.lost.items()])
    _list("Columns that aren't used (a mapping can make attributes of them)", list(found.unused))
    _list("Empty in every product", list(_empty(products)))
    for warning in found.warnings:
        click.secho(f"Attention: {warning}", fg="red", bold=True)
    click.secho("As they will look:", bold=True)
    step = max(1, len(products) // SHOWN)
    for product in products[::step][:SHOWN]:
        click.echo("\n".join(_looks(product)))


def _list(title: str, parts: list[str]) -> None:
    if parts:
        more = f" … and {len(parts) - NAMED} more" if len(parts) > NAMED else ""
        click.secho(f"{title}: {'; '.join(parts[:NAMED])}{more}", fg="yellow")


def _empty(products: list[Product]) -> Iterator[str]:
    """The fields that customers ask for and that no product has."""
    for name in (
        "category",
        "brand",
        "colours",
        "sizes",
        "audience",
        "image",
        "description",
    ):
        if all(getattr(product, name) in ("", (), None) for product in products):
            yield name


def _looks(product: Product) -> Iterator[str]:
    price = format_money(product.price, product.currency) or "no price"
    before = (
        f", before {format_money(product.compare_at, product.currency)}" if product.reduced else ""
    )
    yield f"  {product.sku}  {product.title}" + (f" ({product.brand})" if product.brand else "")
    yield f"    {'from ' if product.price_varies else ''}{price}{before}, {_stock(product)}"
    read = dict.fromkeys(product.read, " (read from its text)")
    facts = {
        "category": product.category,
        "colours": listed(product.colours),
        "sizes": listed(product.sizes),
        "audience": product.audience,
        **product.attributes,
    }
    for name, value in facts.items():
        if value:
            yield f"    {name}: {value}{read.get(name, '')}"
    for one in product.choices[:SHOWN]:
        amount = format_money(one.price, product.currency) or price
        yield f"    - {one.sku}: {one.name}, {amount}, {_stock(one)}"
    if len(product.choices) > SHOWN:
        yield f"    - … and {len(product.choices) - SHOWN} more variants"


def _stock(sold: Any) -> str:
    if sold.availability:
        return f"{sold.availability}{f' from {sold.available_from}' if sold.available_from else ''}"
    if not sold.in_stock:
        return "sold out"
    return "in stock" if sold.stock is None else f"{sold.stock} in stock"
