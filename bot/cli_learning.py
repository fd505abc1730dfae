"""`shoptalk train` and `shoptalk replay`: new models, and what they change."""

from pathlib import Path
from typing import Optional

import click

SHOWN = 20  # messages of a replay


@click.command()
@click.option(
    "--with-reviewed/--without-reviewed",
    "reviewed",
    default=None,
    help="Take on, or leave, the corrections that staff made in the console; it is remembered.",
)
def train(reviewed: Optional[bool]) -> None:
    """Train the dialogue model, unless nothing that it depends on changed.

    With --with-reviewed a table first shows, by cross-validation, what the corrections change.
    """
    from bot.settings import get_settings
    from bot.training import learn, unlearn
    from bot.training import train as train_model

    settings = get_settings()
    if reviewed:
        _show_comparison(settings)
        learn(settings)
    elif reviewed is False:
        unlearn(settings)
    model = train_model(settings, click.echo)
    click.echo(f"Model: {model.name}")
    if reviewed:
        click.echo("`shoptalk replay` shows what it changes in stored conversations;")
        click.echo("`shoptalk train --without-reviewed` goes back.")


@click.command()
@click.option(
    "--model",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A trained model; else the one that the next start uses.",
)
@click.option("--limit", default=1000, show_default=True, help="How many messages, latest first.")
def replay(model: Optional[Path], limit: int) -> None:
    """Read stored messages with a model, and show what it understands in another way."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    _quiet()
    from bot.learning import pairs
    from bot.learning import replay as replay_messages
    from bot.privacy.staff import mask_for_staff
    from bot.settings import get_settings
    from bot.training import wanted_model

    settings = get_settings()
    read, differences = replay_messages(settings, model or wanted_model(settings), limit)
    click.echo(f"{read} messages read, {len(differences)} understood in another way.")
    if not differences:
        return
    table = Table("Was", "Is", "Messages")
    for before, after, count in pairs(differences):
        table.add_row(before, after, str(count))
    Console().print(table)
    table = Table("Conversation", "Message", "Was", "Is", "Confidence")
    for one in differences[:SHOWN]:
        text = escape(mask_for_staff(one.text)[:60])
        table.add_row(one.conversation[:12], text, one.before, one.after, f"{one.confidence:.2f}")
    Console().print(table)


def _show_comparison(settings: object) -> None:
    _quiet()
    from rich.console import Console
    from rich.table import Table

    from bot.learning import compare

    found = compare(settings, click.echo)  # type: ignore[arg-type]
    table = Table("Cross-validated accuracy, %", "Messages", "Before", "After")
    table.add_row("training data", str(found.base), _percent(found.before), _percent(found.after))
    table.add_row(
        "reviewed messages", str(found.reviewed), _percent(found.reviewed_before),
        _percent(found.reviewed_after),
    )  # fmt: skip
    Console().print(table)


def _quiet() -> None:
    """Before Rasa is loaded: it and its libraries have much to say that nobody needs."""
    import os
    import warnings

    from bot.training import quiet_environment

    os.environ.update(quiet_environment())
    warnings.filterwarnings("ignore")


def _percent(share: Optional[float]) -> str:
    return "–" if share is None else f"{100 * share:.1f}"
