"""The `shoptalk` command. Each command imports what it needs when it runs."""

import sys
from typing import Any

import click

from bot.cli import catalogue, data, learning, research, running, transcripts
from bot.cli.campaign import campaign
from bot.cli.staff import staff
from bot.cli.survey import survey
from bot.errors import ShoptalkError
from bot.system.private_file import keep_private
from bot.version import VERSION


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
@click.version_option(VERSION)
def main() -> None:
    """A self-hosted assistant for online shops.

    SHOPTALK_SHOP names the shop.yml of the shop to work on; without it, the demo shop.
    """
    keep_private()


for command in (
    running.up,
    running.doctor,
    running.init,
    running.identity_key,
    catalogue.ingest,
    catalogue.refresh,
    catalogue.search,
    transcripts.transcripts,
    research.report,
    research.insights,
    research.simulate,
    research.ingest_feedback,
    learning.train,
    learning.replay,
    staff,
    survey,
    campaign,
    data.backup,
    data.restore,
    data.purge,
    data.rotate_keys,
    data.rotate_secrets,
    data.export_person,
    data.erase_person,
):
    main.add_command(command)
