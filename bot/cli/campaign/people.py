"""Commands about people: what is known of them, what they agreed to, in which segment they are."""

import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.campaign.opening import office, opened
from bot.cli.campaign.work import read_all

if TYPE_CHECKING:
    from bot.campaigns.people import People


@click.command()
def refresh() -> None:
    """Read what people did since the last time; runs by itself while the assistant does."""
    from bot.settings import get_settings

    with opened() as people:
        conversations, orders = read_all(get_settings(), people)
        click.echo(f"{conversations} conversations and {orders} orders; {people.count()} people.")


@click.command()
@click.argument("email")
@click.option(
    "--forget", nargs=2, metavar="KIND VALUE", help="Erase a line, and don't learn it again."
)
@click.option("--part", metavar="CONVERSATION", help="It isn't theirs: undo its joining, for good.")
def person(email: str, forget: tuple[str, str] | None, part: str | None) -> None:
    """What is known of EMAIL, since when and why, and what they agreed to."""
    from bot.campaigns.consent import Consents
    from bot.errors import NotFound

    with opened() as people:
        known = people.find(email)
        if part:
            people.part(known.id, part, time.time())
            _remake(people, known.id)
            click.echo(f"{part} is theirs no more.")
        if forget:
            if not people.forget(known.id, *forget, time.time()):
                raise NotFound(f"There is no line {' '.join(forget)!r}.")
            _remake(people, known.id)
            click.echo(f"Erased: {' '.join(forget)}.")
        click.secho(f"{known.email} {known.name}".strip(), bold=True)
        click.echo(f"  known since {_day(known.known_since)}: {known.proof}")
        for join in people.joined(known.id):
            parted = f"; parted {_day(join['parted_at'])}" if join["parted_at"] else ""
            click.echo(f"  conversation {join['conversation']}: {join['proof']}{parted}")
        for line in people.lines(known.id):
            times = f", {line.n} times" if line.n > 1 else ""
            since = _day(line.since)
            click.echo(f"  {line.kind} {line.value}: since {since}{times}, from {line.why}")
        consents = Consents(people)
        for one in consents.history(known.id):
            words = f", “{one.text}”" if one.text else ""
            click.echo(
                f"  consent {one.purpose} by {one.channel}: {one.state} {_day(one.at)}, {one.source}{words}"
            )
        if reason := consents.suppression(known.mark):
            click.secho(f"  Nothing is sent: {reason}.", fg="yellow")


@click.command()
@click.argument("email")
@click.option("--reason", default="", help="Why, if it isn't that they told you so.")
def suppress(email: str, reason: str) -> None:
    """Never send a mail to EMAIL; it stays so when the person is erased."""
    from bot.campaigns.consent import EVERYTHING, TOLD, Consents

    with opened() as people:
        Consents(people).withdraw(
            people.mark(email), EVERYTHING, "command line", time.time(), reason=reason or TOLD
        )
    click.echo("No campaign writes to this address any more.")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--csv", "table", type=click.Path(dir_okay=False, path_type=Path),
              help="Write who agreed to mails, for a spreadsheet.")  # fmt: skip
@click.option("--hashed", type=click.Path(dir_okay=False, path_type=Path),
              help="Write SHA-256 sums of addresses for an ad platform; only who agreed to that.")  # fmt: skip
@click.option("--purpose", default="news", show_default=True, help="What they must have agreed to.")
@click.option("--simulated", is_flag=True, help="Count people whom a simulator made up instead.")
def segment(
    file: Path, table: Path | None, hashed: Path | None, purpose: str, simulated: bool
) -> None:
    """Count the people in the segment of a YAML FILE, and export them."""
    from bot.campaigns.export import export_csv, export_hashed
    from bot.campaigns.segment import count, read_segment
    from bot.settings.yaml_file import text_of

    text = text_of(file)
    found = read_segment(file, text)
    with opened() as people:
        click.echo(f"{count(people.db, found, time.time(), simulated)} of {people.count()} people.")
        for path, write in ((table, export_csv), (hashed, export_hashed)):
            if path:
                with path.open("w", newline="", encoding="utf-8") as out:
                    path.chmod(0o600)
                    written = write(people, found, purpose, time.time(), out)
                click.echo(f"Wrote {path}: {written} who agreed to {purpose!r}.")


@click.command()
@click.argument("email")
@click.option("--purpose", default="news", show_default=True, help="What it is for.")
@click.option("--source", default="command line", help="Where they asked for it.")
@click.option("--language", default="", help="That of the mail; else the shop's first.")
def ask(email: str, purpose: str, source: str, language: str) -> None:
    """Send EMAIL the mail by which somebody agrees (double opt-in)."""
    from bot.errors import NotFound

    with office() as all_:
        all_.check_sending()
        served = all_.settings.shop.languages
        language = language or all_.language
        if language not in served:
            raise NotFound(
                f"The shop doesn't speak {language!r}.", f"It speaks {', '.join(served)}."
            )
        words = all_.agreement(purpose, language)
        asked = all_.optin.ask(email, purpose, words, source, time.time(), language)
    click.echo(
        "A mail that asks is queued."
        if asked
        else "Nothing to send: agreed, or asked often lately."
    )


def _remake(people: "People", person: int) -> None:
    from bot.campaigns import features

    features.make(people.db, [person])


def _day(at: float) -> str:
    """The day of a moment where the shop is."""
    from bot.settings import get_settings

    return datetime.fromtimestamp(at, get_settings().shop.zone).date().isoformat()
