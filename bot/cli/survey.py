"""`shoptalk survey`: campaigns and what they found out."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click


@click.group()
def survey() -> None:
    """List, check, start and pause campaigns; show and export what they found out."""


@survey.command("list")
def list_() -> None:
    """All campaigns, and how they stand."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table("Name", "Title", "State", "Version", "Asked by", "Completed")
    with _campaigns() as campaigns:
        for one in campaigns.all():
            asked_by = "assistant, link" if one.campaign.trigger else "link"
            quota = f" of {one.campaign.quota}" if one.campaign.quota else ""
            table.add_row(
                one.name, escape(one.campaign.title), one.state, str(one.version), asked_by,
                f"{one.completed}{quota}",
            )  # fmt: skip
    Console().print(table)


@survey.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def check(file: Path) -> None:
    """Check the YAML of a campaign and say in words when and whom it asks."""
    from bot.settings import get_settings
    from bot.settings.yaml_file import text_of
    from bot.surveys.campaign import read_campaign
    from bot.surveys.campaigns import check_name
    from bot.surveys.triggers import explain

    text = text_of(file)
    campaign = read_campaign(file, text)
    check_name(file.stem)
    count = sum(question.kind != "thanks" for question in campaign.questions)
    click.echo(f"{campaign.title}: {count} question{'s' * (count != 1)}, nothing wrong.")
    for line in explain(campaign, get_settings().shop.surveys.days_between):
        click.echo(f"  {line}")


@survey.command()
@click.argument("name")
def start(name: str) -> None:
    """Let a campaign ask, at once or from its first day on."""
    with _campaigns() as campaigns:
        entry = campaigns.set_status(name, "started")
        click.echo(f"{name} is {entry.state}, version {entry.version}.")


@survey.command()
@click.argument("name")
def pause(name: str) -> None:
    """Stop asking until it is started again; what was answered stays."""
    with _campaigns() as campaigns:
        click.echo(f"{name} is {campaigns.set_status(name, 'paused').state}.")


@survey.command()
@click.argument("name")
@click.option("--version", default=0, help="Only answers to this version.")
@click.option("--by", default="", help="Also each score by a segment or a question.")
@click.option("--compare", nargs=2, type=int, help="Compare two versions instead.")
@click.option("--simulated", is_flag=True, help="What a simulator answered instead of customers.")
def results(
    name: str, version: int, by: str, compare: tuple[int, int] | None, simulated: bool
) -> None:
    """What a campaign found out, with 95 % intervals."""
    from bot.surveys.comparison import compare_versions
    from bot.surveys.results import results as results_of

    with _campaigns() as campaigns:
        if compare:
            _show_comparison(compare_versions(campaigns, name, *compare, simulated), compare)
            return
        found = results_of(campaigns, name, version=version, simulated=simulated)
        funnel = found.funnel
        made_up = ", simulated answers" if simulated else ""
        click.secho(f"{found.entry.campaign.title} ({found.entry.state}{made_up})", bold=True)
        click.echo(
            f"invited {funnel.invited}, shown {funnel.shown}, started {funnel.started}, "
            f"finished {funnel.completed}, dismissed {funnel.dismissed}"
            + (f", over quota {funnel.over_quota}" if funnel.over_quota else "")
            + (f"; {funnel.seconds:.0f} s to finish" if funnel.seconds is not None else "")
        )
        for one in found.questions:
            _show_question(one)
            if by and one.estimate:
                _show_cross_tab(campaigns, name, one.form, by, version, simulated)


@survey.command()
@click.argument("name")
@click.option(
    "--output", required=True, type=click.Path(dir_okay=False, path_type=Path),
    help="A file that ends in .xlsx or .csv; for CSV the codebook goes beside it.",
)  # fmt: skip
def export(name: str, output: Path) -> None:
    """All answers with a codebook, as a workbook or as CSV."""
    from bot.errors import ConfigError
    from bot.surveys.export import export_csv, export_xlsx

    with _campaigns() as campaigns:
        if output.suffix == ".xlsx":
            count = export_xlsx(campaigns, name, output)
        elif output.suffix == ".csv":
            book = output.with_name(f"{output.stem}-codebook.csv")
            with output.open("w", newline="", encoding="utf-8-sig") as answers:
                with book.open("w", newline="", encoding="utf-8-sig") as codebook:
                    count = export_csv(campaigns, name, answers, codebook)
        else:
            raise ConfigError(f"{output.name} is neither .xlsx nor .csv.", "Name one of them.")
    click.echo(f"{count} rows in {output}.")


@survey.command()
@click.argument("name")
@click.option("--for", "person", default="", help="A personal link, good for one answer.")
@click.option(
    "--qr", type=click.Path(dir_okay=False, path_type=Path), help="A QR code as .svg or .png."
)
def link(name: str, person: str, qr: Path | None) -> None:
    """The signed address of a campaign's own page, for an email or a QR code."""
    from bot.errors import ConfigError
    from bot.settings import get_settings
    from bot.surveys.links import Links

    settings = get_settings()
    with _campaigns() as campaigns:
        entry = campaigns.get(name)
        if person and entry.campaign.anonymous:
            raise ConfigError(f"{name} is anonymous.", "Give everybody the same link: no --for.")
        path = Links(settings.secrets).path(name, person)
        base = settings.shop.surveys.address.rstrip("/")
        address = f"{base or f'http://{settings.host}:{settings.web_port}'}{path}"
        click.echo(address)
        if qr:
            _draw(address, qr)
        if not base:
            click.echo("Set `surveys: address:` in shop.yml to your public address.", err=True)
        if entry.state != "running":
            click.echo(f"It answers once {name} is running; it is {entry.state} now.", err=True)


def _draw(address: str, file: Path) -> None:
    import segno

    from bot.errors import ConfigError

    if file.suffix not in (".svg", ".png"):
        raise ConfigError(f"{file.name} is neither .svg nor .png.", "Name one of them.")
    segno.make(address, micro=False).save(str(file), scale=8)
    click.echo(f"QR code: {file}", err=True)


@contextmanager
def _campaigns() -> Iterator[Any]:
    """The shop's campaigns; what is wrong with a file is said, and the others work."""
    from bot.settings import get_settings
    from bot.surveys.campaigns import Campaigns
    from bot.surveys.store import SurveyStore

    settings = get_settings()
    store = SurveyStore(settings.surveys_db)
    campaigns = Campaigns(store, settings.surveys_dir, settings.shop.zone)
    for fault in campaigns.sync():
        click.secho(f"Left out: {fault}", fg="yellow", err=True)
    try:
        yield campaigns
    finally:
        store.close()


def _show_question(one: Any) -> None:
    click.echo(f"\n{one.question.ask}")
    click.secho(
        f"  asked {one.asked}, answered {one.answered}, skipped {one.skipped}, left here {one.dropped}",
        dim=True,
    )
    if one.hidden:
        click.echo("  Fewer than 5 answers to an anonymous survey: not shown.")
    if one.estimate:
        click.echo(f"  {one.metric}: {_figure(one.estimate)}")
    most = max((bar.count for bar in one.bars), default=1) or 1
    for bar in one.bars:
        marks = "█" * round(30 * bar.count / most)
        click.echo(f"  {bar.label[:28]:<28} {bar.count:>5} {bar.share:>4.0f} %  {marks}")
    for mention in one.mentions[:8]:
        feeling = "" if mention.score is None else f"  sentiment {mention.score:+.2f}"
        click.echo(f"  mentioned by {mention.count}: {mention.words}{feeling}")
    for quote in one.quotes[:5]:
        click.echo(f"  “{quote.text[:200]}”")


def _show_cross_tab(
    campaigns: Any, name: str, form: Any, by: str, version: int, simulated: bool
) -> None:
    from bot.surveys.crosstab import cross_tab

    tab = cross_tab(campaigns, name, form, by, version, simulated)
    for group in tab.groups:
        figure = _figure(group.estimate) if group.estimate else f"n = {group.n}"
        click.echo(f"    {by} {group.name}: {figure}")
    if not tab.groups:
        click.echo(f"    by {by}: no group has 5 answers, so none is shown.")
    if tab.association:
        test = tab.association
        click.echo(f"    {test.method}: p = {test.p:.3f}. {' '.join(test.caveats)}")


def _show_comparison(lines: Any, versions: tuple[int, int]) -> None:
    for one in lines:
        click.secho(one.label, bold=True)
        for version, figure in zip(versions, (one.first, one.second), strict=False):
            shown = _figure(figure) if figure else "fewer than 5, not shown"
            click.echo(f"  version {version}: {shown}")
        if one.difference:
            change = one.difference
            click.echo(
                f"  difference {change.value:+.1f} ({change.low:+.1f} to {change.high:+.1f}), "
                f"p = {one.p:.3f} after Holm's correction; {change.method}"
            )


def _figure(figure: Any) -> str:
    if figure.low != figure.low:
        return f"{figure.value:.1f} (one answer)"
    return f"{figure.value:.1f} ({figure.low:.1f} to {figure.high:.1f}), n = {figure.n}"
