"""Market research: the report, the nightly work by hand, texts from elsewhere, a made-up month."""

import time
from pathlib import Path
from typing import Literal

import click

from bot.errors import ShoptalkError


@click.command()
@click.option("--since", default="30d", show_default=True, help="How far back: 30d, 12w.")
@click.option("--month", default="", help="A calendar month instead: 2026-10.")
@click.option("--from", "first", default="", help="From this day on instead: 2026-10-01.")
@click.option("--to", "last", default="", help="Up to and with this day; else today.")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), required=True)
@click.option(
    "--csv", "tables", type=click.Path(dir_okay=False, path_type=Path), help="Tables, as a zip."
)
@click.option(
    "--simulated", is_flag=True, help="Of simulated conversations, which else don't count."
)
def report(
    since: str,
    month: str,
    first: str,
    last: str,
    output: Path,
    tables: Path | None,
    simulated: bool,
) -> None:
    """Write what customers say, want and don't find as one printable HTML page."""
    from bot.insights import report as reports
    from bot.insights.scope import chosen, days_of
    from bot.settings import get_settings

    settings = get_settings()
    scope = chosen(
        time.time(), settings.shop.timezone, simulated,
        days=days_of(since), month=month, first=first, last=last,
    )  # fmt: skip
    found = reports.report(settings, scope)
    reports.write(output, reports.to_html(found, settings.console_url))
    click.echo(f"Wrote {output}: {found.title}.")
    if tables:
        click.echo(f"Wrote {tables}: {reports.write_csv(tables, found)} tables.")


@click.command()
def insights() -> None:
    """Read new texts for topics and put needs together; runs by itself each night."""
    from rich.progress import Progress

    from bot.insights.refresh import refresh
    from bot.settings import get_settings
    from recommender.embedder import Embedder

    settings = get_settings()
    with Progress(transient=True) as bar:
        task = bar.add_task("Reading texts", total=None)
        done = refresh(
            settings,
            Embedder(settings.embedding_model, settings.device),
            lambda done, total: bar.update(task, completed=done, total=total),
        )
    read = done.topics
    click.echo(f"{read.read} texts read, {read.placed} in topics; {read.new} new topics.")
    click.echo(f"{done.needs} wordings of unmet needs put together.")


@click.command()
@click.option("--visits", default=400, show_default=True, help="How many made-up customers.")
@click.option("--days", default=30, show_default=True, help="Over how many days they came.")
@click.option("--seed", default=1, show_default=True, help="The same seed, the same people.")
def simulate(visits: int, days: int, seed: int) -> None:
    """Let made-up customers talk to the running assistant, and fill a month to try reports on.

    They are marked as simulated everywhere and never counted together with real customers.
    """
    import asyncio
    import csv
    from datetime import datetime

    import httpx
    from rich.progress import Progress

    from bot.insights.simulator.month import Databases, hold, times
    from bot.insights.simulator.people import World, orders_of
    from bot.settings import get_settings
    from bot.transcripts.projection import SIMULATED
    from bot.web.chat.sessions import Sessions
    from recommender.catalogue.reading import Catalogue

    settings = get_settings()
    url = f"http://{settings.host}:{settings.web_port}"
    try:
        httpx.get(f"{url}/health", timeout=5, trust_env=False).raise_for_status()
    except httpx.HTTPError as error:
        raise ShoptalkError(
            f"Nothing answers at {url}.", "Start the assistant: make run"
        ) from error
    orders = settings.shop_dir / (settings.shop.orders.file or "orders.csv")
    rows = list(csv.DictReader(orders.open(encoding="utf-8"))) if orders.is_file() else []
    catalogue = Catalogue.open(settings.catalogue_dir)
    world = World(catalogue.products("", "", 2000, 0), orders_of(rows) or [("HF-1", "a@b.example")])
    sessions = Sessions(settings.secrets)
    visits_at = times(days, visits, datetime.now(settings.shop.zone), seed)
    databases = Databases(settings.transcripts_db, settings.tracker_db, settings.web_db)
    with Progress(transient=True) as bar:
        task = bar.add_task("Made-up customers", total=visits)
        held = asyncio.run(
            hold(
                url, lambda: sessions.new(SIMULATED), world, visits_at, databases, seed,
                lambda done, total: bar.update(task, completed=done, total=total),
            )
        )  # fmt: skip
    for one in held.failed[:10]:
        click.secho(f"Went wrong: {one}", fg="yellow", err=True)
    click.echo(f"{held.conversations} conversations held, {len(held.failed)} of them went wrong.")
    click.echo("`shoptalk insights`, then `shoptalk report --simulated -o report.html`.")


@click.command("ingest-feedback")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--source", default="", help="What to call it; else the file's name.")
@click.option(
    "--dates", "first", type=click.Choice(["day", "month"]),
    help="What comes first in dates such as 11/03/2026, when the file doesn't show it.",
)  # fmt: skip
def ingest_feedback(file: Path, source: str, first: Literal["day", "month"] | None) -> None:
    """Add reviews, tickets or posts (CSV, JSON, JSON Lines) to the research, apart by source."""
    from bot.insights.feedback import ingest as ingest_file
    from bot.insights.schema import open_insights
    from bot.paths import REPOSITORY
    from bot.sentiment import SentimentAnalyser
    from bot.settings import get_settings
    from recommender.embedder import Embedder

    name = (source or file.stem).strip()[:60]
    if name in ("chat", "survey"):
        raise ShoptalkError(f"A source can't be called {name!r}.", "Choose another with --source.")
    settings = get_settings()
    embedder = Embedder(settings.embedding_model, settings.device)
    examples = REPOSITORY / "nlu_data" / "sentiment" / "messages.tsv"
    analyser = SentimentAnalyser.trained(examples, embedder)
    done = ingest_file(
        open_insights(settings.insights_db),
        file,
        name,
        lambda batch: analyser.of_all(batch, embedder),
        zone=settings.shop.zone,
        first=first or "",
    )
    for one in done.left_out[:20]:
        click.secho(f"Left out: {one}", fg="yellow", err=True)
    if len(done.left_out) > 20:
        click.secho(f"… and {len(done.left_out) - 20} more.", fg="yellow", err=True)
    click.echo(f"{name}: {done.added} texts added, {done.known} known already.")
    click.echo("`shoptalk insights` finds their topics; they are in the report.")
