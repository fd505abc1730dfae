"""Reading, exporting and rebuilding what was said."""

from typing import Any

import click


@click.group()
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
