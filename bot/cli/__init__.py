"""The `shoptalk` command. Each command imports what it needs when it runs."""

import os
import shutil
import sys
from pathlib import Path
from typing import Any

import click

from bot.cli import data as cli_data
from bot.cli.learning import replay, train
from bot.cli.staff import staff
from bot.cli.survey import survey
from bot.errors import ShoptalkError, StartError
from bot.system.private_file import keep_private


class _Group(click.Group):
    """Shows errors that are meant for the reader as one message, without a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        from recommender.errors import RecommenderError

        try:
            return super().invoke(ctx)
        except ShoptalkError as error:
            click.secho(f"Error: {error.message}", fg="red", err=True)
            if error.hint:
                click.echo(error.hint, err=True)
        except RecommenderError as error:
            click.secho(f"Error: {error}", fg="red", err=True)
        sys.exit(1)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="shoptalk")
def main() -> None:
    """A self-hosted assistant for online shops.

    SHOPTALK_SHOP names the shop.yml of the shop to work on; without it, the demo shop.
    """
    keep_private()


main.add_command(staff)
main.add_command(train)
main.add_command(replay)
main.add_command(survey)
for command in (
    cli_data.backup,
    cli_data.restore,
    cli_data.purge,
    cli_data.rotate_keys,
    cli_data.rotate_secrets,
    cli_data.export_person,
    cli_data.erase_person,
):
    main.add_command(command)


@main.command()
def up() -> None:
    """Train and index as needed, then start web, dialogue and actions; Ctrl-C stops them."""
    from bot.settings import get_settings
    from bot.system.var_lock import owned

    settings = get_settings()
    ports = {name: getattr(settings, f"{name}_port") for name in ("web", "dialogue", "actions")}
    # One that was killed a moment ago may have processes that are just ending.
    with owned(settings.var, "shoptalk up", patience=5, ports=ports):
        run_all(settings)


def run_all(settings: Any) -> None:
    """See `up`; the caller owns the var folder."""
    from bot.privacy.vault import vault_in
    from bot.service.nightly import research
    from bot.service.supervisor import Supervisor, check_ports, children, write_endpoints
    from bot.service.training import train as train_model
    from bot.settings import KEPT_SHOP, keep_shop, shop_has_changed
    from bot.staff.accounts import first_admin
    from bot.system.open_files import FEWEST, WANTED, allow_open_files
    from bot.system.private_file import tighten

    check_ports(settings)
    for path in tighten(settings.var):
        click.secho(f"Others can read {path}: it isn't yours to change.", fg="yellow", err=True)
    settings.secrets()  # keys are made now, or what is wrong with them is said now
    vault_in(settings.var).check()
    files = allow_open_files()
    if files.allowed < FEWEST:
        raise StartError(f"{files.words}.", f"At least {FEWEST} are needed to start.")
    click.echo(f"Shop: {settings.shop.name} ({settings.shop_file})")
    if files.allowed < WANTED:
        click.echo(f"{files.words}.")
    model = train_model(settings, click.echo)
    ingest_if_changed(settings)
    os.environ[KEPT_SHOP] = str(keep_shop(settings))  # for all that is started from here on
    processes = children(settings, model, write_endpoints(settings))
    one_time = first_admin(settings.staff_db)

    def ready() -> None:
        base = f"http://{settings.host}:{settings.web_port}"
        click.secho("\nShoptalk is ready.", fg="green", bold=True)
        click.echo(f"  Shop and chat   {base}/")
        click.echo(f'  Embed line      <script src="{base}/widget/loader.js" async></script>')
        click.echo(f"  Console         {settings.console_url}")
        if one_time:
            click.echo(f"                  sign in as admin with {one_time} (shown this once)")
        click.echo(f"  Transcripts     {settings.transcripts_db}")
        click.echo("  Ctrl-C stops everything.\n")

    def before_restart() -> None:
        if shop_has_changed(settings):
            click.echo(
                f"{settings.shop_file} has changed since the start: that isn't used, in part or in "
                "whole, until `shoptalk up` is started again."
            )

    click.echo("Starting …")
    nightly = research(settings.shop.zone, click.echo)
    sys.exit(Supervisor(processes, click.echo, nightly, before_restart).run(ready))


@main.command()
def doctor() -> None:
    """Check versions, shop.yml, model, index, databases and ports."""
    from bot.service.doctor import checks
    from bot.settings import get_settings

    failed = 0
    for check in checks(get_settings()):
        mark = click.style("ok  ", fg="green") if check.ok else click.style("fail", fg="red")
        click.echo(f"{mark}  {check.name:<12} {check.detail}")
        failed += not check.ok
    sys.exit(1 if failed else 0)


@main.command()
@click.argument("directory", type=click.Path(path_type=Path))
def init(directory: Path) -> None:
    """Write a fresh shop.yml, with everything it names, into DIRECTORY."""
    from bot.paths import REPOSITORY

    if directory.exists() and any(directory.iterdir()):
        raise ShoptalkError(f"{directory} isn't empty.", "Name a new folder.")
    demo = REPOSITORY / "bot" / "demo"
    directory.mkdir(parents=True, exist_ok=True)
    lines = (demo / "shop.yml").read_text(encoding="utf-8").splitlines(keepends=True)
    own = [
        line for line in lines if not line.startswith("  as_of:")
    ]  # real orders stay where they are
    (directory / "shop.yml").write_text("".join(own), encoding="utf-8")
    for folder in ("policies", "surveys"):
        shutil.copytree(demo / folder, directory / folder)
    for name in ("products.csv", "orders.csv"):
        lines = (demo / name).read_text(encoding="utf-8").splitlines(keepends=True)
        (directory / name).write_text("".join(lines[:3]), encoding="utf-8")
    click.echo(f"Wrote {directory / 'shop.yml'}: edit it line by line, then")
    click.echo(f"  SHOPTALK_SHOP={directory / 'shop.yml'} make run")


@main.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--format",
    "format_",
    default="",
    help="shopify, google-xml, google-tsv, csv, json; else detected.",
)
@click.option(
    "--mapping", type=click.Path(exists=True, path_type=Path), help="YAML: our field -> column."
)
@click.option("--currency", default="", help="Of prices that name none; else the shop's.")
@click.option("--strict", is_flag=True, help="Change nothing when a row is bad.")
@click.option("--add", is_flag=True, help="Keep all other products; for a few new or changed ones.")
def ingest(
    file: Path, format_: str, mapping: Path | None, currency: str, strict: bool, add: bool
) -> None:
    """Make the catalogue hold the products of FILE, while the assistant runs."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError

    from bot.errors import ConfigError
    from bot.settings import get_settings

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
    run_ingest(settings, file, columns, format_, currency or settings.shop.currency, strict, add)


@main.command()
@click.argument("text")
@click.option("--limit", default=5, show_default=True, help="How many products.")
def search(text: str, limit: int) -> None:
    """Search the catalogue as the assistant does, with scores and reasons."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from bot.settings import get_settings
    from recommender import Recommender
    from recommender.embedder import Embedder
    from recommender.request.filters import LABELS

    settings = get_settings()
    embedder = Embedder(settings.embedding_model, settings.device)
    recommender = Recommender.open(settings.catalogue_dir, embedder)
    filters = recommender.filters_of(text)
    found = recommender.search(text, filters, limit)
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


@main.command("identity-key")
def identity_key() -> None:
    """The key with which your server signs who a customer is (docs/widget.md). Keep it secret."""
    from bot.settings import get_settings
    from bot.web.chat.identity import identity_key as derived

    click.echo(derived(get_settings().secrets().session_key))


@main.group()
def transcripts() -> None:
    """Read, export and rebuild what was said."""


@transcripts.command("list")
@click.option("--search", "text", default="", help="Words in one of the messages.")
@click.option("--sentiment", type=click.Choice(["positive", "neutral", "negative"]))
@click.option("--limit", default=20, show_default=True)
def list_(text: str, sentiment: str | None, limit: int) -> None:
    """The latest conversations."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from bot.settings import get_settings
    from bot.transcripts.store import list_conversations

    table = Table("Conversation", "Last message (UTC)", "Messages", "Sentiment", "First words")
    database = get_settings().transcripts_db
    for one in list_conversations(database, text, sentiment or "", limit):
        feeling = "" if one.sentiment is None else f"{one.sentiment:+.2f}"
        table.add_row(
            one.id[:12], one.last_message, str(one.messages), feeling, escape(one.first_words[:60])
        )
    Console().print(table)


@transcripts.command()
@click.argument("conversation")
def show(conversation: str) -> None:
    """One conversation, message by message; the beginning of its id is enough."""
    from bot.settings import get_settings
    from bot.transcripts.store import show_conversation

    for row in show_conversation(get_settings().transcripts_db, conversation):
        note = ""
        if row["sender"] == "customer":
            score = "" if row["score"] is None else f" {row['score']:+.2f}"
            note = click.style(f"  [{row['intent']}, {row['sentiment']}{score}]", dim=True)
        products = f"\n{'':22}→ {row['products']}" if row["products"] else ""
        click.echo(f"{row['time'][11:]} {row['sender']:>10}: {row['text']}{note}{products}")


@transcripts.command()
@click.option("--format", "format_", type=click.Choice(["csv", "jsonl"]), default="csv")
@click.option("--output", type=click.File("w", encoding="utf-8"), default="-")
def export(format_: str, output: Any) -> None:
    """All messages as CSV or JSON Lines."""
    from bot.settings import get_settings
    from bot.transcripts.store import export_messages

    count = export_messages(get_settings().transcripts_db, output, format_)
    click.echo(f"{count} messages.", err=True)


@transcripts.command()
def rebuild() -> None:
    """Make the transcripts anew from Rasa's tracker store."""
    from bot.settings import get_settings
    from bot.transcripts.store import rebuild as rebuild_transcripts

    settings = get_settings()
    count = rebuild_transcripts(settings.tracker_db, settings.transcripts_db)
    click.echo(f"{count} conversations.")


@main.command()
@click.option("--since", default="30d", show_default=True, help="How far back: 30d, 12w.")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), required=True)
@click.option(
    "--csv", "tables", type=click.Path(dir_okay=False, path_type=Path), help="Tables, as a zip."
)
@click.option(
    "--simulated", is_flag=True, help="Of simulated conversations, which else don't count."
)
def report(since: str, output: Path, tables: Path | None, simulated: bool) -> None:
    """Write what customers say, want and don't find as one printable HTML page."""
    from bot.insights import report as reports
    from bot.insights.scope import days_of
    from bot.settings import get_settings

    settings = get_settings()
    found = reports.report(settings, days_of(since), simulated)
    reports.write(output, reports.to_html(found, settings.console_url))
    click.echo(f"Wrote {output}: {found.title}.")
    if tables:
        click.echo(f"Wrote {tables}: {reports.write_csv(tables, found)} tables.")


@main.command()
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


@main.command()
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


@main.command("ingest-feedback")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--source", default="", help="What to call it; else the file's name.")
def ingest_feedback(file: Path, source: str) -> None:
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
    )
    for one in done.left_out[:20]:
        click.secho(f"Left out: {one}", fg="yellow", err=True)
    if len(done.left_out) > 20:
        click.secho(f"… and {len(done.left_out) - 20} more.", fg="yellow", err=True)
    click.echo(f"{name}: {done.added} texts added, {done.known} known already.")
    click.echo("`shoptalk insights` finds their topics; they are in the report.")


def run_ingest(
    settings: Any,
    file: Path,
    mapping: Any,
    format_: str,
    currency: str,
    strict: bool,
    add: bool = False,
) -> None:
    """Ingest with a progress bar and a summary."""
    from rich.progress import Progress

    from actions.backends import order_history
    from recommender.catalogue.adding import add as add_file
    from recommender.catalogue.ingest import ingest as ingest_file
    from recommender.embedder import Embedder

    whole = {}
    if not add:
        try:
            whole = {"orders": order_history(settings)}
        except ShoptalkError as error:
            click.secho(f"Without orders: {error}", fg="yellow", err=True)
    embedder = Embedder(settings.embedding_model, settings.device)
    with Progress(transient=True) as bar:
        task = bar.add_task(f"Indexing {file.name}", total=None)
        report = (add_file if add else ingest_file)(
            file,
            settings.catalogue_dir,
            mapping=mapping,
            format=format_,
            currency=currency,
            strict=strict,
            **whole,
            embedder=embedder,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
    for error in report.errors[:20]:
        click.secho(f"Left out: {error}", fg="yellow", err=True)
    if len(report.errors) > 20:
        click.secho(f"… and {len(report.errors) - 20} more bad rows.", fg="yellow", err=True)
    click.echo(
        f"Catalogue: {report.added} added, {report.changed} changed, {report.removed} removed, "
        f"{report.unchanged} unchanged; {report.embedded} embedded in {report.seconds:.0f} s. "
        f"Index: {report.index}."
    )
    if report.pairs:
        click.echo(f"Orders: {report.pairs} pairs of products are bought together.")


def ingest_if_changed(settings: Any) -> None:
    """Ingest the file that shop.yml names, when it or the orders changed, or there is no catalogue.

    A catalogue that came from another file, by `shoptalk ingest`, stays.
    """
    from recommender.catalogue.ingest import LAYOUT, file_hash, read_manifest
    from recommender.embedder import Embedder
    from recommender.errors import NoCatalogue

    source = settings.shop_dir / settings.shop.catalogue.file
    try:
        manifest = read_manifest(settings.catalogue_dir)
        same_model = manifest["model"] == Embedder(settings.embedding_model).name
        same_layout = manifest.get("layout") == LAYOUT
        other_file = manifest["source"] != str(source.resolve())
        orders = settings.shop_dir / settings.shop.orders.file
        same_files = manifest["source_hash"] == file_hash(source) and not (
            orders.is_file() and orders.stat().st_mtime > manifest.get("read_at", 0.0)
        )
        if same_model and same_layout and (other_file or same_files):
            return
        if other_file:
            source = Path(manifest["source"])
    except NoCatalogue:
        pass
    wanted = settings.shop.catalogue
    run_ingest(settings, source, wanted.mapping, wanted.format, settings.shop.currency, False)
