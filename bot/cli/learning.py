"""`shoptalk train` and `shoptalk replay`: new models, and what they change."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:  # the command line imports what it runs when it runs it
    from bot.settings import Settings

SHOWN = 20  # messages of a replay
REPLAYED = 500  # messages before a model that learnt from reviews is used


@click.command()
@click.option(
    "--with-reviewed/--without-reviewed",
    "reviewed",
    default=None,
    help="Take on, or leave, the corrections that staff made in the console; it is remembered.",
)
@click.option("--yes", is_flag=True, help="Use the model whatever it changes; don't ask.")
def train(reviewed: bool | None, yes: bool) -> None:
    """Train the dialogue model, unless nothing that it depends on changed.

    With --with-reviewed a table first shows, by cross-validation, what the corrections change; then
    stored messages are read with the new model. When more than one in twenty is understood in
    another way, it is used only after a yes.
    """
    from bot.service.training import learn, unlearn
    from bot.service.training import train as train_model
    from bot.settings import get_settings

    settings = get_settings()
    if reviewed:
        _show_comparison(settings)
        learn(settings)
    elif reviewed is False:
        unlearn(settings)
    model = train_model(settings, click.echo)
    if reviewed and not _is_wanted(settings, model, yes):
        unlearn(settings)
        raise click.ClickException(
            "The corrections are left out, but kept; the model before stays in use."
        )
    click.echo(f"Model: {model.name}")
    if reviewed:
        click.echo("The next start uses it; `shoptalk train --without-reviewed` goes back.")


@click.command()
@click.option(
    "--model",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A trained model; else the one that the next start uses.",
)
@click.option("--limit", default=1000, show_default=True, help="How many messages, latest first.")
def replay(model: Path | None, limit: int) -> None:
    """Read stored messages with a model, and show what it understands in another way."""
    from bot.service.training import wanted_model
    from bot.settings import get_settings

    settings = get_settings()
    _replayed(settings, model or wanted_model(settings), limit)


def _is_wanted(settings: Any, model: Path, yes: bool) -> bool:
    """Show what a model changes in stored messages; ask when that is much."""
    from bot.errors import NotFound
    from bot.learning import must_be_asked

    try:
        read, differences = _replayed(settings, model, REPLAYED)
    except NotFound:
        click.echo("Nothing was said yet that could be read with the new model.")
        return True
    if yes or not must_be_asked(read, differences):
        return True
    return click.confirm("Use this model from the next start?", default=False)


def _replayed(settings: Any, model: Path, limit: int) -> tuple[int, list[Any]]:
    """Replay and show it; returns how many messages were read, and the differences."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from bot.learning import pairs, quiet
    from bot.learning import replay as replay_messages
    from bot.privacy.staff import mask_for_staff

    quiet()
    read, differences = replay_messages(settings, model, limit)
    entities = sum(one.what == "entities" for one in differences)
    click.echo(
        f"{read} messages read, {len(differences)} understood in another way: "
        f"{len(differences) - entities} by intent, {entities} by entities alone."
    )
    if not differences:
        return read, []
    table = Table("Was", "Is", "Messages")
    for before, after, count in pairs(differences):
        table.add_row(before, after, str(count))
    Console().print(table)
    table = Table("Conversation", "Message", "Was", "Is", "Confidence")
    for one in differences[:SHOWN]:
        text, before, after = (
            escape(mask_for_staff(words)[:60]) for words in (one.text, one.before, one.after)
        )
        table.add_row(one.conversation[:12], text, before, after, f"{one.confidence:.2f}")
    Console().print(table)
    return read, differences


def _show_comparison(settings: "Settings") -> None:
    from rich.console import Console
    from rich.table import Table

    from bot.learning import compare, quiet

    quiet()
    found = compare(settings, click.echo)
    table = Table("Cross-validated accuracy, %", "Messages", "Before", "After")
    table.add_row("training data", str(found.base), _percent(found.before), _percent(found.after))
    table.add_row(
        "reviewed messages", str(found.reviewed), _percent(found.reviewed_before),
        _percent(found.reviewed_after),
    )  # fmt: skip
    Console().print(table)


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f}"
