"""Commands about campaigns and journeys: check them, look at their mails, let them send."""

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.campaign.opening import entry_of, office
from bot.cli.campaign.work import look_at_products, queue_all, read_all

if TYPE_CHECKING:
    from bot.campaigns.campaigns import Entry, Status
    from bot.campaigns.journeys import JourneyEntry
    from bot.campaigns.office import Office
    from bot.campaigns.rendering import Made


@click.command("list")
def list_() -> None:
    """All campaigns, how they stand, and how many mails went out."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table("Name", "Title", "State", "Version", "Purpose", "Sent")
    with office() as all_:
        listed = [("campaign", one) for one in all_.campaigns.all()]
        listed += [("journey", one) for one in all_.journeys.all()]
        for kind, one in listed:
            sent = all_.people.one(
                "SELECT count(*) AS n FROM outbox WHERE kind = ? AND campaign = ? "
                "AND sent_at IS NOT NULL", kind, one.name,
            )  # fmt: skip
            table.add_row(
                one.name, escape(one.campaign.title), one.state, str(one.version),
                one.campaign.purpose, str(sent["n"] if sent else 0),
            )  # fmt: skip
    Console().print(table)


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def check(file: Path) -> None:
    """Check the YAML of a campaign, and count whom it would reach now."""
    from bot.campaigns.audience import audience
    from bot.campaigns.campaign import read_campaign
    from bot.campaigns.journey import read_journey
    from bot.campaigns.journeys import FOLDER
    from bot.settings.yaml_file import text_of

    text = text_of(file)
    if file.resolve().parent.name == FOLDER:
        journey = read_journey(file, text)
        click.echo(f"{journey.title}: {len(journey.steps)} steps, nothing wrong.")
        return
    found = read_campaign(file, text)
    with office() as all_:
        all_.agreement(found.purpose)
        rules = all_.settings.shop.campaigns
        counted = audience(all_.people, found, rules, time.time())
        held = rules.holdout if found.holdout is None else found.holdout
    click.echo(f"{found.title}: nothing wrong.")
    click.echo(f"  {counted.segment} people are in its segment,")
    click.echo(f"  {counted.agreed} of them agreed to {found.purpose!r} and aren't suppressed,")
    click.echo(f"  {counted.calm} aren't upset and have no open complaint,")
    click.echo(f"  {counted.rested} got no other mail lately: they are written to,")
    click.echo(f"  but for {held:g} % who are held out to compare with.")


@click.command()
@click.argument("name")
def start(name: str) -> None:
    """Let a campaign send, at once or from its first day on."""
    with office() as all_:
        all_.check_sending()
        all_.agreement(entry_of(all_, name).campaign.purpose)
        entry = _set_status(all_, name, "started")
        click.echo(f"{name} is {entry.state}, version {entry.version}.")


@click.command()
@click.argument("name")
def pause(name: str) -> None:
    """Send nothing more until it is started again; mails that wait are kept."""
    with office() as all_:
        click.echo(f"{name} is {_set_status(all_, name, 'paused').state}.")


@click.command()
@click.argument("name")
@click.option("--for", "email", required=True, help="The person whose mail it is to be.")
@click.option("--variant", default="", help="The words of this variant.")
@click.option("--step", type=click.IntRange(1), help="Of a journey: the mail of this step.")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path),
              help="Write the HTML; else the text is printed.")  # fmt: skip
def preview(name: str, email: str, variant: str, step: int | None, output: Path | None) -> None:
    """A campaign's or a journey's mail as one person would get it; nothing is sent."""
    with office() as all_:
        made = _made(all_, name, email, variant, step or 0)
        if output:
            output.write_text(made.html, encoding="utf-8")
            click.echo(f"Wrote {output}: {made.subject}")
        else:
            click.echo(f"Subject: {made.subject}\n\n{made.text}")


@click.command()
@click.argument("name")
@click.option("--for", "email", required=True, help="The person whose mail it is to be.")
@click.option("--to", required=True, help="Where it goes: an address of your own.")
@click.option("--variant", default="", help="The words of this variant.")
@click.option("--step", type=click.IntRange(1), help="Of a journey: the mail of this step.")
def test(name: str, email: str, to: str, variant: str, step: int | None) -> None:
    """Send one person's mail of a campaign or a journey to yourself; it counts for nothing."""
    from email.utils import make_msgid

    from bot.campaigns.rendering import message
    from bot.mail import Mailer

    with office() as all_:
        all_.check_sending()
        mailer = Mailer.from_settings(all_.settings)
        assert mailer
        made = _made(all_, name, email, variant, step or 0)
        mail = message(made, mailer.sender, to, make_msgid(), "", time.time())
        with mailer.connected() as server:
            server.send_message(mail)
    click.echo(f"Sent to {to}: {made.subject}")


@click.command()
def run() -> None:
    """Do what is due: read what people did, take returned mails, queue campaigns, send.

    Runs by itself every few minutes while the assistant does. Killed at any moment, the next run goes on.
    """
    from bot.settings import get_settings
    from recommender import Recommender

    settings = get_settings()
    with office() as all_:
        all_.check_sending()
        conversations, orders = read_all(settings, all_.people)
        click.echo(f"Read {conversations} conversations and {orders} orders.")
        look_at_products(all_)
        queue_all(all_)
        done = all_.sender(Recommender(settings.catalogue_dir)).run(settings.var)
    click.echo(
        f"Sent {done.sent}, later {done.later}, dropped {done.dropped}, failed {done.failed}"
        + (f", in doubt {done.in_doubt}" if done.in_doubt else "") + "."
    )  # fmt: skip


def _set_status(all_: "Office", name: str, status: "Status") -> "Entry | JourneyEntry":
    from bot.campaigns.journeys import is_journey

    if is_journey(name):
        return all_.journeys.set_status(name, status, time.time())
    return all_.campaigns.set_status(name, status)


def _made(all_: "Office", name: str, email: str, variant: str, step: int) -> "Made":
    from bot.campaigns.journeys import is_journey
    from bot.campaigns.office import Writer
    from bot.campaigns.outbox import Mail
    from bot.errors import NotFound
    from recommender import Recommender

    person = all_.people.find(email)
    writer = Writer(all_, Recommender(all_.settings.catalogue_dir), time.time)
    if is_journey(name):
        return writer.made(all_.journeys.shown(name, person.id, step), person)
    entry = all_.campaigns.get(name)
    variants = [one.id for one in entry.campaign.variants]
    if variant and variant not in variants:
        raise NotFound(f"There is no variant {variant!r}.", f"There are {', '.join(variants)}.")
    mail = Mail(0, "campaign", name, entry.version, variant or (variants or ["mail"])[0], "",
                person.id, "queued", "", 0, 0, 0, None, None)  # fmt: skip
    return writer.made(mail, person)
