"""Importing products, and searching them."""

import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import click

from bot.errors import ConfigError, ShoptalkError

DAY = 86_400.0  # seconds
NOTHING: dict[str, Any] = {"mapping": None, "format": "", "decimal": "", "encoding": ""}


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--format",
    "format_",
    default="",
    help="shopify, woocommerce, magento, prestashop, google, plain; else recognised.",
)
@click.option(
    "--mapping", type=click.Path(exists=True, path_type=Path), help="YAML: our field -> column."
)
@click.option("--currency", default="", help="Of prices that name none; else the shop's.")
@click.option(
    "--decimal",
    type=click.Choice([".", ","]),
    help="What stands before cents, where prices don't show it.",
)
@click.option("--encoding", default="", help="Of the file, such as cp1250; else recognised.")
@click.option("--as-found", is_flag=True, help="Read FILE by what it shows, not as shop.yml says.")
@click.option("--check", is_flag=True, help="Only say what was recognised and what would be lost.")
@click.option("--strict", is_flag=True, help="Change nothing when a row is bad.")
@click.option("--add", is_flag=True, help="Keep all other products; for a few new or changed ones.")
def ingest(
    file: Path,
    format_: str,
    mapping: Path | None,
    currency: str,
    decimal: str | None,
    encoding: str,
    as_found: bool,
    check: bool,
    strict: bool,
    add: bool,
) -> None:
    """Make the catalogue hold the products of FILE, while the assistant runs.

    FILE is read as `catalogue:` of shop.yml says (format, mapping, decimal, encoding), whichever file
    that names; each option counts in place of what is said there.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError

    from bot.settings import get_settings
    from recommender.catalogue.ingest import as_kept

    columns = None
    if mapping:
        try:
            columns = YAML(typ="safe").load(mapping.read_text(encoding="utf-8"))
        except MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            raise ConfigError(f"{mapping}, line {line}: {error.problem}.") from error
        if not isinstance(columns, dict):
            raise ConfigError(f"{mapping} isn't a list of `field: column` lines.")
    settings = get_settings()
    given = {"mapping": columns, "format": format_, "decimal": decimal, "encoding": encoding}
    said = {} if as_found else settings.shop.reading
    how = {name: value or said.get(name) or NOTHING[name] for name, value in given.items()}
    used = [name for name in given if how[name] and not given[name]]
    if used:
        click.echo(f"As {settings.shop_file.name} says: {', '.join(used)} (docs/importing.md).")
    how["currency"] = currency or settings.shop.currency
    if check:
        from bot.cli.import_check import show_check

        show_check(file, **how)
    else:
        run_ingest(settings, file, how, strict, add)
        if _is_named(settings, file) and as_kept(how) != as_kept(settings.shop.reading) and not add:
            click.secho(
                f"{settings.shop_file} says otherwise how {file.name} is read, and the next start or "
                "`shoptalk refresh` goes by that: write it under `catalogue:` to keep it so.",
                fg="yellow",
                err=True,
            )


@click.command()
@click.argument("text")
@click.option("--limit", default=5, show_default=True, help="How many products.")
@click.option(
    "--language",
    help="The language of TEXT, nl say; else it is told by its words, as the assistant does.",
)
def search(text: str, limit: int, language: str | None) -> None:
    """Search the catalogue as the assistant does, with scores and reasons."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from actions.shopping.said import in_catalogue_words
    from bot.dialogue.detection import detect
    from bot.encoders import catalogue_encoder
    from bot.reading.lexicon import lexicon
    from bot.settings import get_settings
    from bot.spoken import speaking, spoken
    from bot.wording import language_name
    from recommender import Recommender
    from recommender.request.filters import LABELS
    from recommender.search.pivot import in_english

    settings = get_settings()
    served = settings.shop.languages
    if language and language not in served:
        raise ConfigError(
            f"{settings.shop.name} doesn't speak {language!r}.", f"It speaks {', '.join(served)}."
        )
    embedder = catalogue_encoder(settings)
    recommender = Recommender.open(settings.catalogue_dir, embedder)
    told = language or detect(text, served[0], served, first=True)
    with speaking(told if told in served else served[0]):
        read = in_english(text, spoken(), lexicon(spoken()).empty)
        filters = recommender.filters_of(read.text)
        found = recommender.search(in_catalogue_words(text), filters, limit)
        click.echo(f"Read as {language_name(spoken())}.")
    click.echo(f"Filters: {filters.to_dict() or 'none'}; {found.total} products meet them.")
    if found.relaxed:
        gave_up = ", ".join(LABELS[wish] for wish in found.relaxed)
        click.echo(f"Nothing met all of them, so these were given up: {gave_up}.")
    table = Table("Product", "Brand", "Price", "Score", "Why")
    for hit in found.hits:
        product = hit.product
        price = "" if product.price is None else f"{product.price} {product.currency}"
        cells = (product.title, product.brand, price, f"{hit.score:.4f}", hit.reason)
        table.add_row(*map(escape, cells))
    Console().print(table)


def run_ingest(
    settings: Any, file: Path, how: dict[str, Any], strict: bool = False, add: bool = False
) -> None:
    """Ingest with a progress bar and a summary; `how` is how the file is read, see `read_products`."""
    from rich.progress import Progress

    from actions.backends import order_history
    from bot.encoders import catalogue_encoder
    from recommender.catalogue.adding import add as add_file
    from recommender.catalogue.ingest import ingest as ingest_file

    whole: dict[str, Any] = {}
    if not add:
        try:
            whole = {"orders": order_history(settings)}
        except ShoptalkError as error:
            click.secho(f"Without orders: {error}", fg="yellow", err=True)
    embedder = catalogue_encoder(settings)
    with Progress(transient=True) as bar:
        task = bar.add_task(f"Indexing {file.name}", total=None)
        report = (add_file if add else ingest_file)(
            file,
            settings.catalogue_dir,
            **how,
            strict=strict,
            **whole,
            embedder=embedder,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
    if report.format:
        click.echo(f"Recognised: {report.format}.")
    for what, count in {**report.notes, **report.lost}.items():
        click.secho(f"Note: {what} ({count}).", fg="yellow", err=True)
    for why, count in report.left_out.items():
        click.secho(f"Left out: {count} {why}.", fg="yellow", err=True)
    for what, rows in (("Left out", report.errors), ("Kept, but", report.doubts)):
        for row in rows[:20]:
            click.secho(f"{what}: {row}", fg="yellow", err=True)
        if len(rows) > 20:
            click.secho(f"… and {len(rows) - 20} more such rows.", fg="yellow", err=True)
    for warning in report.warnings:
        click.secho(f"Attention: {warning}", fg="red", bold=True, err=True)
    click.echo(
        f"Catalogue: {report.added} added, {report.changed} changed, {report.removed} removed, "
        f"{report.unchanged} unchanged; {report.embedded} embedded in {report.seconds:.0f} s. "
        f"Index: {report.index}."
    )
    if report.pairs:
        click.echo(f"Orders: {report.pairs} pairs of products are bought together.")


def in_a_process_of_its_own(settings: Any, file: Path, how: dict[str, Any]) -> None:
    """`run_ingest` for who goes on for long: the encoder's half a gigabyte goes with the process."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        pool.submit(run_ingest, settings, file, how).result()


def ingest_if_changed(settings: Any, ingest: Callable[..., None] = run_ingest) -> None:
    """Ingest the file that shop.yml names, when it, what shop.yml says of it or the orders changed, or there
    is no catalogue; again on the day on which a sale of it begins or is over.

    A catalogue that came from another file, by `shoptalk ingest`, stays, and is read as it was then.
    """
    from bot.encoders import catalogue_encoder
    from recommender.catalogue.ingest import LAYOUT, as_kept, file_hash, read_manifest
    from recommender.errors import NoCatalogue

    if settings.shop.platform:
        refresh_from_platform(settings, at_most_every=DAY, ingest=ingest)
        return
    source = settings.shop_dir / settings.shop.catalogue.file
    how = settings.shop.reading
    try:
        manifest = read_manifest(settings.catalogue_dir)
        same_model = manifest["model"] == catalogue_encoder(settings).name
        same_layout = manifest.get("layout") == LAYOUT
        other_file = manifest["source"] != str(source.resolve())
        orders = settings.shop_dir / settings.shop.orders.file
        same_files = (
            manifest["source_hash"] == file_hash(source)
            and manifest.get("reading") == as_kept(how)
            and not (orders.is_file() and orders.stat().st_mtime > manifest.get("read_at", 0.0))
        )
        a_sale = manifest.get("next_change") or "9999"
        if same_model and same_layout and (other_file or same_files):
            if date.today().isoformat() < a_sale or not Path(manifest["source"]).is_file():
                return
        if other_file:
            source, how = Path(manifest["source"]), manifest.get("reading", how)
    except NoCatalogue:
        pass
    ingest(settings, source, how)


def _is_named(settings: Any, file: Path) -> bool:
    """Whether a file is the one that shop.yml names."""
    named = settings.shop.catalogue.file
    return bool(named) and file.resolve() == (settings.shop_dir / named).resolve()


def refresh_from_platform(
    settings: Any, at_most_every: float = 0.0, ingest: Callable[..., None] = run_ingest
) -> None:
    """Read the platform's products and ingest them; none that were read less than so many seconds ago.

    While the platform can't be read the catalogue stays as it is, and that is said. Raises
    PlatformUnavailable when there is none yet.
    """
    from bot.platforms.api import PlatformUnavailable
    from bot.platforms.applying import how_to_read as how_to_read_platform
    from bot.platforms.reading import catalogue_file, read_catalogue
    from recommender.catalogue.ingest import LAYOUT, read_manifest
    from recommender.errors import NoCatalogue

    file = catalogue_file(settings)
    try:
        known = read_manifest(settings.catalogue_dir).get("layout") == LAYOUT
    except NoCatalogue:
        known = False
    if known and file.is_file() and time.time() - file.stat().st_mtime < at_most_every:
        return
    try:
        file = read_catalogue(settings)
    except PlatformUnavailable as error:
        if not known:
            raise
        click.secho(f"The catalogue stays as it is: {error}", fg="yellow", err=True)
        return
    ingest(settings, file, how_to_read_platform(settings))


def refresh_changes(settings: Any) -> None:
    """Read the products that webhooks of the platform named again; all, where they are many or none was read before.

    Raises PlatformUnavailable and IngestBusy: what was named is then read the next time.
    """
    from bot.encoders import catalogue_encoder
    from bot.platforms.applying import apply
    from bot.platforms.reading import changes_read
    from recommender.errors import ImportFailed, NoCatalogue

    with changes_read(settings) as changed:
        if changed is not None and (changed.file or changed.before):
            try:
                embedder = catalogue_encoder(settings)
                report = apply(settings, changed, embedder)
            except (ImportFailed, NoCatalogue) as error:  # too many beside the rest, another layout
                click.secho(f"All products are read: {error}", fg="yellow", err=True)
                changed = None
            else:
                click.echo(
                    f"Catalogue: {report.added} added, {report.changed} changed, "
                    f"{report.removed} removed by webhooks."
                )
    if changed is None:
        refresh_from_platform(settings)


@click.command()
@click.option("--changes", is_flag=True, help="Only what webhooks of the platform named.")
def refresh(changes: bool) -> None:
    """Read the shop's products again: its platform's, or its file's when that, its prices, or what shop.yml
    says of it changed."""
    from bot.settings import get_settings

    settings = get_settings()
    if settings.shop.platform and changes:
        refresh_changes(settings)
    elif settings.shop.platform:
        refresh_from_platform(settings)
    else:
        ingest_if_changed(settings)
