"""Reading, exporting and rebuilding the transcripts."""

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any, TextIO

from sqlite_utils import Database

from bot.errors import NotFound
from bot.privacy.plain import plain
from bot.privacy.vault import vault_of
from bot.store.db import open_database, open_readonly
from bot.transcripts import summaries
from bot.transcripts.masking import search_terms
from bot.transcripts.projection import CONVERSATION_TABLES, Projection
from bot.transcripts.schema import transcripts
from bot.transcripts.searching import query
from bot.transcripts.summaries import SIMULATED as SIMULATED
from bot.transcripts.tracker import events_of, latest_times, tracker_events, tracker_tables

BYTE_ORDER_MARK = "\ufeff"
EXPORT_COLUMNS = (
    "conversation_id", "id", "reply_to", "at", "sender", "text", "intent", "confidence", "entities",
    "sentiment", "sentiment_score", "latency_ms", "model_version", "buttons",
)  # fmt: skip
FORMULA = ("=", "+", "-", "−", "@")
# Behind a separator: a smiley such as ;-) is none.
FORMULA_BEHIND = re.compile(
    r"(?s:(?<=.))([;\t\n][ \xa0\u200b-\u200f\u2060-\u206f\ufeff]*)([=@＝＠]|[+−＋－-](?=[\w(\"']))"
)
FORMULA_WITHIN = 200  # characters of a cell in which one may begin, behind what nobody sees


@dataclass(frozen=True)
class ConversationLine:
    """A conversation in a list: when, how much was said, how it felt, and how it began."""

    id: str
    last_message: str
    messages: int
    sentiment: float | None
    wants_a_person: bool
    first_words: str


def open_transcripts(path: Path) -> Database:
    """The transcripts database for writing."""
    return open_database(path, transcripts)


def list_conversations(
    path: Path, text: str = "", sentiment: str = "", limit: int = 50
) -> list[ConversationLine]:
    """The latest conversations, optionally with words in them, or a sentiment in one of their messages."""
    where, values = ["1"], []
    database = open_readonly(path)
    words, marks, numbers = search_terms(vault_of(database.conn), text)
    said = (
        "conversation IN (SELECT conversation_id FROM summaries WHERE number IN "
        "(SELECT rowid FROM conversation_fts WHERE conversation_fts MATCH ?))"
    )
    marked = "conversation IN (SELECT conversation_id FROM marks WHERE mark IN ({}))"
    if words or (not marks and not numbers and text):
        where.append(said)
        values.append(query(words))
    for forms in marks:
        where.append(marked.format(", ".join("?" * len(forms))))
        values += sorted(forms)
    for number, forms in numbers.items():
        where.append(f"({said} OR {marked.format(', '.join('?' * len(forms)))})")
        values += [query(number), *sorted(forms)]
    if sentiment:
        where.append("conversation IN (SELECT conversation_id FROM messages WHERE sentiment = ?)")
        values.append(sentiment)
    rows = database.query(
        f"SELECT * FROM conversation_summary WHERE {' AND '.join(where)} LIMIT ?", [*values, limit]
    )
    return [
        ConversationLine(
            id=row["conversation"],
            last_message=row["last_message"],
            messages=row["messages"],
            sentiment=row["sentiment"],
            wants_a_person=bool(row["wants_a_person"]),
            first_words=row["first_words"] or "",
        )
        for row in rows
    ]


def show_conversation(path: Path, conversation: str) -> list[dict[str, Any]]:
    """The messages of a conversation as rows of the view `transcript`.

    The beginning of an id is enough when only one begins so. Raises NotFound.
    """
    whole = conversation_id(path, conversation)
    sql = "SELECT * FROM transcript WHERE conversation = ?"
    return list(open_readonly(path).query(sql, [whole]))


def conversation_id(path: Path, beginning: str) -> str:
    """The id that begins so. Raises NotFound when none does, or more than one."""
    ids = [
        row["id"]
        for row in open_readonly(path).query(
            "SELECT id FROM conversations WHERE id >= ? AND id < ? ORDER BY id LIMIT 2",
            [beginning, beginning + "\U0010ffff"],
        )
    ]
    if len(ids) != 1 and beginning not in ids:
        raise NotFound(
            f"{'No' if not ids else 'More than one'} conversation begins with {beginning!r}.",
            "`shoptalk transcripts list` shows the ids.",
        )
    return ids[0]


def export_messages(path: Path, stream: TextIO, format: str) -> int:
    """Write all messages as csv or jsonl, masked, oldest first; returns how many.

    CSV begins with a byte order mark, by which Excel knows UTF-8; its times are ISO 8601 in UTC, and
    a text that a spreadsheet would take for a formula gets a ' in front (OWASP, "CSV Injection").
    """
    rows = open_readonly(path).query(
        f"SELECT {', '.join(EXPORT_COLUMNS)} FROM messages ORDER BY at, id"
    )
    count = 0
    if format == "csv":
        stream.write(BYTE_ORDER_MARK)
        writer = csv.writer(stream)
        writer.writerow(EXPORT_COLUMNS)
        for row in rows:
            row["at"] = iso_time(row["at"])
            writer.writerow([neutral_cell(row[name]) for name in EXPORT_COLUMNS])
            count += 1
        return count
    for row in rows:
        count += 1
        for name in ("entities", "buttons"):
            row[name] = json.loads(row[name]) if row[name] else []
        stream.write(json.dumps(row, ensure_ascii=False) + "\n")
    return count


def iso_time(at: float, zone: tzinfo = UTC) -> str:
    """A time as people and spreadsheets read it: 2026-11-30T08:15:02+01:00."""
    return datetime.fromtimestamp(at, zone).isoformat(timespec="seconds")


def neutral_cell(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula; numbers stay numbers.

    Full-width signs and those behind what nobody sees are signs of a formula to some of them; where
    the list separator is a semicolon, as in much of Europe, a new cell begins behind each.
    """
    if isinstance(value, str):
        value = FORMULA_BEHIND.sub(r"\1'\2", value)
        begins = plain(value[:FORMULA_WITHIN]).text
        if begins.lstrip().startswith(FORMULA) or value.startswith(("\t", "\r", "\n")):
            return "'" + value
    return value


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Rows as CSV below their columns, without anything that a spreadsheet would run."""
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(columns)
    writer.writerows([neutral_cell(value) for value in row] for row in rows)
    return stream.getvalue()


def rebuild(tracker_db: Path, path: Path, progress: Callable[[int], None] | None = None) -> int:
    """Make the transcripts anew from the tracker store; returns the number of conversations.

    All in one transaction: readers see the old rows until the new ones are complete, and an error
    leaves the old ones. May run while the assistant does.
    """
    database = open_transcripts(path)
    done = 0
    with database.atomic():
        for table in ("products_shown", *CONVERSATION_TABLES, "conversations"):
            database.conn.execute(f"DELETE FROM {table}")
        summaries.clear(database)
        projection = Projection(database)
        for done, (conversation, events) in enumerate(tracker_events(tracker_db), start=1):
            projection.replace(conversation, events)
            if progress:
                progress(done)
        projection.finish()
    database.close()
    return done


def catch_up(tracker_db: Path, database: Database) -> int:
    """Add what the tracker store has and the transcripts lack, after a process was killed."""
    if not tracker_db.exists():
        return 0
    open_database(tracker_db, tracker_tables).close()  # who makes it may not be done yet
    known = dict(
        map(tuple, database.conn.execute("SELECT id, last_event_at FROM conversations").fetchall())
    )
    latest = latest_times(tracker_db)
    behind = [sender for sender, at in latest.items() if known.get(sender, -1) < at]
    projection = Projection(database)
    for sender in behind:
        events = events_of(tracker_db, sender)
        with database.atomic():
            projection.replace(sender, events)
            projection.finish()
    return len(behind)
