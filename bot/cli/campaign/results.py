"""Commands about what came of campaigns and offers, and what would with made-up people."""

import time
from typing import TYPE_CHECKING

import click

from bot.cli.campaign.opening import entry_of, office

if TYPE_CHECKING:
    from bot.statistics import Share


@click.command()
@click.argument("name")
@click.option("--simulated", is_flag=True, help="Of people whom a simulator made up instead.")
def results(name: str, simulated: bool) -> None:
    """What came of a campaign, and what of it the campaign did, with 95 % intervals."""
    from bot.campaigns.results import results as results_of

    with office() as all_:
        margin = all_.settings.shop.campaigns.margin
        found = results_of(all_.people, entry_of(all_, name), time.time(), simulated, margin)
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
    for one in found.groups:
        lift = one.lift
        said = "too few people to tell"
        if lift:
            low, high = f"{lift.low * 100:+.1f}", f"{lift.high * 100:+.1f}"
            said = f"{lift.value * 100:+.1f} points who ordered ({low} to {high})"
        mailed = one.mailed
        click.echo(
            f"  {one.what} {one.value or 'not known'}: {mailed.sent} of {mailed.people} got a mail, {said}"
        )
    back = found.returned
    if back.earned is None:
        click.echo(f"  Cost {back.cost:.2f} {currency}; what it earned can't be told.")
    else:
        ratio = ""
        if back.ratio:
            at, low, high = back.ratio
            ratio = f", {at:+.2f} for each 1 spent ({low:+.2f} to {high:+.2f})"
        click.echo(
            f"  Cost {back.cost:.2f} {currency}; earned less that: {back.earned:+.2f} "
            f"({back.low:+.2f} to {back.high:+.2f}){ratio}"
        )
    if found.still_open:
        click.echo(f"  Orders of {found.still_open} people still count.")
    if waiting := {state: n for state, n in counts.items() if state not in ("sent", "dropped")}:
        click.echo(f"  All mails: {', '.join(f'{n} {state}' for state, n in waiting.items())}.")


@click.command()
@click.argument("name")
@click.option("--people", type=click.IntRange(1, 100_000), default=5000, show_default=True,
              help="How many people to make up.")  # fmt: skip
@click.option("--base", type=click.FloatRange(0, 100), default=5, show_default=True,
              help="Percent of them who order without a mail.")  # fmt: skip
@click.option("--lift", type=click.FloatRange(-100, 100), default=2, show_default=True,
              help="How many percent more (or fewer) with one.")  # fmt: skip
@click.option("--seed", default=1, show_default=True, help="The same seed, the same people.")
def simulate(name: str, people: int, base: float, lift: float, seed: int) -> None:
    """Let made-up people react to a campaign; no mail goes out. `results NAME --simulated` shows it."""
    from bot.campaigns.simulating import Reaction, simulate
    from bot.errors import ConfigError

    if not 0 <= base + lift <= 100:
        raise ConfigError("--base and --lift together must be from 0 to 100.")
    with office() as all_:
        entry, reaction = all_.campaigns.get(name), Reaction(base / 100, lift / 100)
        took = simulate(all_, entry, people, reaction, seed, time.time())
    click.echo(f"{took} of {people} made-up people are in its segment, and reacted.")


@click.command()
@click.option("--simulated", is_flag=True, help="Of people whom a simulator made up instead.")
def offers(simulated: bool) -> None:
    """How the offers of shop.yml stand, how they are chosen, and what other ways to choose would bring."""
    from bot.campaigns.offer_results import judge, read_choices

    now = time.time()
    with office() as all_:
        shop = all_.settings.shop
        standing = all_.offers.standing(now, simulated)
        choices = read_choices(all_.people, now, simulated)
    if not standing:
        click.echo("shop.yml has no `offers:`; docs/campaigns.md shows them.")
        return
    for one in standing:
        offer, record = one.offer, one.record
        click.secho(f"{offer.id}: {offer.title}", bold=True)
        cap = "" if offer.cap is None else f" of {offer.cap}"
        budget = "" if offer.budget is None else f" of {offer.budget:.2f}"
        click.echo(
            f"  given to {one.people}{cap} people, {one.bound:.2f}{budget} {shop.currency} spent or bound"
            + ("; no more are given" if one.full else "")
        )
        share = f"{record.ordered / record.people * 100:.1f} %" if record.people else "–"
        click.echo(f"  of {record.people} whose days are over, {share} ordered")
    found = judge(choices, {one.id: one.cost for one in shop.offers})
    if not found:
        click.echo(
            f"{len(choices.groups)} choices whose days are over: too few to compare ways to choose, or one offer."
        )
        return
    click.secho("Ways to choose, by the later half of all choices, with 95 % intervals", bold=True)
    for one in found:
        by, unit = (100, "%") if one.figure == "ordered" else (1, shop.currency)
        few = "" if one.ips.known else "; too few choices were like these to know"
        parts = [
            f"{name} {est.value * by:.2f} {unit} ({est.low * by:.2f} to {est.high * by:.2f})"
            for name, est in (("IPS", one.ips), ("doubly robust", one.robust))
        ]
        click.echo(f"  {one.way}, {one.figure} a person: {', '.join(parts)}{few}")


def _percent(share: "Share") -> str:
    return "–" if share.value is None else f"{share.value * 100:.1f} %"
