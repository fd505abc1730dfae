"""`shoptalk campaign`: people and what they agreed to, segments, mails, journeys, offers, results."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from bot.campaigns.campaigns import Entry, Status
    from bot.campaigns.gathering import Order as Gathered
    from bot.campaigns.journeys import JourneyEntry
    from bot.campaigns.office import Office
    from bot.campaigns.people import People
    from bot.campaigns.rendering import Made
    from bot.settings import Settings
    from bot.statistics import Share


@click.group()
def campaign() -> None:
    """Write to customers who agreed to it, and see whether it helps."""


@campaign.command()
def refresh() -> None:
    """Read what people did since the last time; runs by itself while the assistant does."""
    from bot.settings import get_settings

    with opened() as people:
        conversations, orders = read_all(get_settings(), people)
        click.echo(f"{conversations} conversations and {orders} orders; {people.count()} people.")


@campaign.command()
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


@campaign.command()
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


@campaign.command()
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


@campaign.command("list")
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


@campaign.command()
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


@campaign.command()
@click.argument("name")
def start(name: str) -> None:
    """Let a campaign send, at once or from its first day on."""
    with office() as all_:
        all_.check_sending()
        all_.agreement(_entry(all_, name).campaign.purpose)
        entry = _set_status(all_, name, "started")
        click.echo(f"{name} is {entry.state}, version {entry.version}.")


@campaign.command()
@click.argument("name")
def pause(name: str) -> None:
    """Send nothing more until it is started again; mails that wait are kept."""
    with office() as all_:
        click.echo(f"{name} is {_set_status(all_, name, 'paused').state}.")


@campaign.command()
@click.argument("name")
@click.option("--for", "email", required=True, help="The person whose mail it is to be.")
@click.option("--variant", default="", help="The words of this variant.")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path),
              help="Write the HTML; else the text is printed.")  # fmt: skip
def preview(name: str, email: str, variant: str, output: Path | None) -> None:
    """A campaign's mail as one person would get it; nothing is sent."""
    with office() as all_:
        made = _made(all_, name, email, variant)
        if output:
            output.write_text(made.html, encoding="utf-8")
            click.echo(f"Wrote {output}: {made.subject}")
        else:
            click.echo(f"Subject: {made.subject}\n\n{made.text}")


@campaign.command()
@click.argument("name")
@click.option("--for", "email", required=True, help="The person whose mail it is to be.")
@click.option("--to", required=True, help="Where it goes: an address of your own.")
@click.option("--variant", default="", help="The words of this variant.")
def test(name: str, email: str, to: str, variant: str) -> None:
    """Send one person's mail of a campaign to yourself; it counts for nothing."""
    from email.utils import make_msgid

    from bot.campaigns.rendering import message
    from bot.mail import Mailer

    with office() as all_:
        all_.check_sending()
        mailer = Mailer.from_settings(all_.settings)
        assert mailer
        made = _made(all_, name, email, variant)
        mail = message(made, mailer.sender, to, make_msgid(), "", time.time())
        with mailer.connected() as server:
            server.send_message(mail)
    click.echo(f"Sent to {to}: {made.subject}")


@campaign.command()
@click.argument("email")
@click.option("--purpose", default="news", show_default=True, help="What it is for.")
@click.option("--source", default="command line", help="Where they asked for it.")
def ask(email: str, purpose: str, source: str) -> None:
    """Send EMAIL the mail by which somebody agrees (double opt-in)."""
    with office() as all_:
        all_.check_sending()
        asked = all_.optin.ask(email, purpose, all_.agreement(purpose), source, time.time())
    click.echo(
        "A mail that asks is queued."
        if asked
        else "Nothing to send: agreed, or asked often lately."
    )


@campaign.command()
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
        queue_all(all_)
        done = all_.sender(Recommender(settings.catalogue_dir)).run(settings.var)
    click.echo(
        f"Sent {done.sent}, later {done.later}, dropped {done.dropped}, failed {done.failed}"
        + (f", in doubt {done.in_doubt}" if done.in_doubt else "") + "."
    )  # fmt: skip


@campaign.command()
@click.argument("name")
@click.option("--simulated", is_flag=True, help="Of people whom a simulator made up instead.")
def results(name: str, simulated: bool) -> None:
    """What came of a campaign, and what of it the campaign did, with 95 % intervals."""
    from bot.campaigns.results import results as results_of

    with office() as all_:
        found = results_of(all_.people, _entry(all_, name), time.time(), simulated)
        currency, counts = all_.settings.shop.currency, all_.outbox.counts()
        inside = all_.journeys.inside(name)
    click.secho(f"{found.entry.campaign.title} ({found.entry.state})", bold=True)
    if inside:
        click.echo(f"  In it: {', '.join(f'{n} {state}' for state, n in inside.items())}.")
    for arm in found.arms:
        click.echo(
            f"  {arm.name}: {arm.people} people, {arm.sent} mails, clicked {_percent(arm.clicked)}, "
            f"ordered {_percent(arm.ordered)}, {arm.money.value or 0:.2f} {currency} a person"
        )
    for lift in found.lifts:
        by = 100 if lift.what == "ordered" else 1
        unit = "points" if lift.what == "ordered" else currency
        low, high = f"{lift.low * by:+.2f}", f"{lift.high * by:+.2f}"
        click.echo(f"  {lift.what}: {lift.value * by:+.2f} {unit} ({low} to {high})")
        if not lift.known:
            more = "" if lift.needed is None else f": about {lift.needed:,} people more"
            click.echo(f"    Whether it helps isn't known yet{more}.")
    if not found.lifts:
        click.echo("  Too few people, or none held out: what it adds can't be told.")
    for one in found.compared:
        click.echo(
            f"  {one.what}, {one.second} against {one.first}: {one.value * 100:+.1f} points "
            f"({one.low * 100:+.1f} to {one.high * 100:+.1f}), p = {one.p:.3f} after correction"
        )
    if found.still_open:
        click.echo(f"  Orders of {found.still_open} people still count.")
    if waiting := {state: n for state, n in counts.items() if state not in ("sent", "dropped")}:
        click.echo(f"  All mails: {', '.join(f'{n} {state}' for state, n in waiting.items())}.")


def _entry(all_: "Office", name: str) -> "Entry | JourneyEntry":
    from bot.campaigns.journeys import is_journey

    return all_.journeys.get(name) if is_journey(name) else all_.campaigns.get(name)


def _set_status(all_: "Office", name: str, status: "Status") -> "Entry | JourneyEntry":
    from bot.campaigns.journeys import is_journey

    if is_journey(name):
        return all_.journeys.set_status(name, status, time.time())
    return all_.campaigns.set_status(name, status)


def _percent(share: "Share") -> str:
    return "–" if share.value is None else f"{share.value * 100:.1f} %"


def queue_all(all_: "Office") -> None:
    """Take what came back, what was asked for in the chat, and queue the running campaigns."""
    from bot.campaigns.asked import take_wishes
    from bot.campaigns.audience import assign

    now = time.time()
    if folder := all_.returned_folder():
        all_.returns.read_mailbox(folder, now)
    all_.optin.tidy(now)
    take_wishes(all_, now)
    entered, moved = all_.journeys.tick(now)
    if entered or moved:
        click.echo(f"Journeys: {entered} people came in, {moved} went on.")
    for entry in all_.campaigns.all():
        if entry.state == "running":
            queued, held = assign(
                all_.outbox, entry.name, entry.version, entry.campaign,
                all_.settings.shop.campaigns, now,
            )  # fmt: skip
            if queued or held:
                click.echo(f"{entry.name}: {queued} mails queued, {held} people held out.")


def _made(all_: "Office", name: str, email: str, variant: str) -> "Made":
    from bot.campaigns.office import Writer
    from bot.campaigns.outbox import Mail
    from bot.errors import NotFound
    from recommender import Recommender

    entry, person = all_.campaigns.get(name), all_.people.find(email)
    variants = [one.id for one in entry.campaign.variants]
    if variant and variant not in variants:
        raise NotFound(f"There is no variant {variant!r}.", f"There are {', '.join(variants)}.")
    mail = Mail(0, "campaign", name, entry.version, variant or (variants or ["mail"])[0], "",
                person.id, "queued", "", 0, 0, 0, None, None)  # fmt: skip
    writer = Writer(all_, Recommender(all_.settings.catalogue_dir), time.time)
    return writer.made(mail, person)


@contextmanager
def office() -> "Iterator[Office]":
    """All of the shop's campaigns, its files read."""
    from bot.campaigns.office import Office
    from bot.settings import get_settings

    all_ = Office.open(get_settings())
    try:
        for fault in (*all_.campaigns.sync(), *all_.journeys.sync()):
            click.secho(f"Left out: {fault}", fg="yellow", err=True)
        yield all_
    finally:
        all_.close()


def read_all(settings: "Settings", people: "People") -> tuple[int, int]:
    """Read conversations and orders; returns how many of each. Raises OrdersUnavailable."""
    from actions.backends import standing_orders
    from bot.campaigns.features import score
    from bot.campaigns.gathering import gather_orders
    from bot.custody.profiles import read_conversations

    category_of = categories(settings)
    talked = read_conversations(settings, people, category_of)
    ordered = gather_orders(people, gathered(settings, standing_orders()), category_of)
    score(people.db)
    return talked.conversations, ordered.orders


def gathered(settings: "Settings", orders: list) -> "Iterator[Gathered]":
    """The shop's orders as campaigns take them; one without a readable time is left out."""
    from bot.campaigns.gathering import Order

    def seconds(text: str) -> float | None:
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            return None
        return (at if at.tzinfo else at.replace(tzinfo=settings.shop.zone)).timestamp()

    for one in orders:
        at = seconds(one.placed_at)
        if at is None or not one.email:
            continue
        skus = tuple(item.sku for item in one.items for _ in range(item.quantity))
        try:
            total = float(one.total or 0)
        except ValueError:
            total = 0.0
        yield Order(one.email, one.number, at, total, skus, one.name, seconds(one.delivered_at))


def categories(settings: "Settings") -> Callable[[str], str]:
    """The category of a product by its sku; empty where there is no catalogue or no such product."""
    from recommender import Recommender
    from recommender.errors import NoCatalogue

    recommender = Recommender(settings.catalogue_dir)

    @lru_cache(maxsize=100_000)
    def category_of(sku: str) -> str:
        try:
            product = recommender.get(sku)
        except NoCatalogue:
            return ""
        return product.leaf_category if product else ""

    return category_of


@contextmanager
def opened() -> "Iterator[People]":
    """The people of the shop."""
    from bot.campaigns.people import People
    from bot.settings import get_settings

    settings = get_settings()
    people = People(settings.campaigns_db, settings.secrets)
    try:
        yield people
    finally:
        people.close()


def _remake(people: "People", person: int) -> None:
    from bot.campaigns import features

    features.make(people.db, [person])


def _day(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).date().isoformat()
