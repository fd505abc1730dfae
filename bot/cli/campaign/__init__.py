"""`shoptalk campaign`: people and what they agreed to, segments, mails, journeys, offers, results."""

import click

from bot.cli.campaign import mails, people, results


@click.group()
def campaign() -> None:
    """Write to customers who agreed to it, and see whether it helps."""


for command in (
    people.refresh,
    people.person,
    people.suppress,
    people.segment,
    people.ask,
    mails.list_,
    mails.check,
    mails.start,
    mails.pause,
    mails.preview,
    mails.test,
    mails.run,
    results.results,
    results.simulate,
    results.offers,
):
    campaign.add_command(command)
