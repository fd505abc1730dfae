"""Transcripts from tracker events: complete, the same however often, and safe to export."""

import csv
import io
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from bot.errors import NotFound, StoreError
from bot.privacy.vault import Vault, vault_in, vault_of
from bot.store.columns import read
from bot.transcripts.masking import reveal
from bot.transcripts.projection import Projection
from bot.transcripts.store import (
    catch_up,
    export_messages,
    list_conversations,
    neutral_cell,
    open_transcripts,
    rebuild,
    show_conversation,
)

TABLES = (
    "conversations", "messages", "products_shown", "products_clicked", "actions_taken", "searches",
    "products_meant", "marks",
)  # fmt: skip


def turn(number: int, text: str, label: str = "neutral", conversation: str = "c1") -> list[dict]:
    """The events of one turn, as Rasa publishes them."""
    at = 1000.0 * number
    return [
        {
            "event": "user",
            "timestamp": at + 0.5,
            "text": text,
            "input_channel": "shoptalk",
            "metadata": {
                "message_id": f"{conversation}-m{number}",
                "received_at": at,
                "model_id": "model-1",
            },
            "parse_data": {
                "intent": {"name": "search_products", "confidence": 0.9},
                "entities": [{"entity": "colour", "value": "red", "start": 0, "end": 3}],
                "sentiment": {"label": label, "score": -0.7 if label == "negative" else 0.1},
            },
        },
        {"event": "action", "timestamp": at + 0.6, "name": "action_search_products", "policy": "RulePolicy", "confidence": 1.0},
        {
            "event": "bot",
            "timestamp": at + 0.7,
            "text": "How about these?",
            "metadata": {},
            "data": {
                "buttons": [{"title": "Cheaper", "payload": "/refine_search"}],
                "custom": {"products": [{"sku": "J1", "title": "Jacket", "price": "€5"}, {"sku": "M1", "title": "Mug"}]},
            },
        },
        {"event": "slot", "timestamp": at + 0.7, "name": "search", "value": {"text": text}},
        {"event": "slot", "timestamp": at + 0.7, "name": "search_made", "value": {
            "kind": "search", "text": text, "filters": {"colours": ["red"], "categories": ["mugs"]},
            "relaxed": ["colours"], "good": 0, "total": 3, "at": at + 0.65}},
        {"event": "slot", "timestamp": at + 0.72, "name": "product_meant", "value": "J1"},
        {"event": "action", "timestamp": at + 0.75, "name": "action_listen", "policy": "RulePolicy", "confidence": 1.0},
    ]  # fmt: skip


START = [
    {"event": "action", "timestamp": 1.0, "name": "action_session_start"},
    {"event": "session_started", "timestamp": 1.0},
]


def tracker_db(path: Path, conversations: dict[str, list[dict]]) -> Path:
    """A tracker store as Rasa's SQLTrackerStore lays it out."""
    db = sqlite3.connect(path)
    db.execute(
        "CREATE TABLE events (id INTEGER PRIMARY KEY, sender_id TEXT, type_name TEXT, "
        "timestamp FLOAT, intent_name TEXT, action_name TEXT, data TEXT)"
    )
    for sender, events in conversations.items():
        for event in events:
            db.execute(
                "INSERT INTO events (sender_id, type_name, timestamp, data) VALUES (?, ?, ?, ?)",
                [sender, event["event"], event["timestamp"], json.dumps(event)],
            )
    db.commit()
    db.close()
    return path


def content(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, in an order of its own; sealed texts as what they say."""
    vault = vault_in(path.parent)
    db = sqlite3.connect(path)
    db.row_factory = sqlite3.Row
    return {
        name: sorted(
            repr([_said(vault, name, column, row) for column in row.keys()])  # noqa: SIM118  a row gives its values
            for row in db.execute(f"SELECT * FROM {name}")
        )
        for name in TABLES
    }


def _said(vault: Vault, table: str, column: str, row: sqlite3.Row) -> Any:
    texts = isinstance(row[column], str)
    return read(vault, ("transcripts", table, column), row) if texts else row[column]


def write(path: Path, conversations: dict[str, list[dict]]) -> None:
    database = open_transcripts(path)
    projection = Projection(database)
    with database.atomic():
        for sender, events in conversations.items():
            for event in events:
                projection.apply(sender, event)
        projection.finish()
    database.close()


@pytest.fixture
def said() -> dict[str, list[dict]]:
    click = {
        "event": "slot",
        "timestamp": 2500.0,
        "name": "product_clicked",
        "value": {"sku": "J1", "at": 2500.0},
    }
    person = {
        "event": "slot",
        "timestamp": 3600.0,
        "name": "handoff_requested",
        "value": {"at": 1, "reason": "angry"},
    }
    return {
        "c1": [*START, *turn(1, "red jackets"), *turn(2, "cheaper, to eva@example.com"), click, *turn(3, "this is awful", "negative"), person],
        "c2": [*START, *turn(4, "=HYPERLINK(\"x\")", conversation="c2")],
    }  # fmt: skip


def test_a_turn_becomes_rows(tmp_path: Path, said) -> None:
    path = tmp_path / "t.db"
    write(path, said)
    rows = show_conversation(path, "c1")
    assert [row["sender"] for row in rows] == ["customer", "assistant"] * 3
    first = rows[0]
    assert (first["text"], first["intent"], first["sentiment"]) == (
        "red jackets",
        "search_products",
        "neutral",
    )
    assert first["latency_ms"] == 750
    assert rows[1]["products"] == "Jacket · Mug"
    db = sqlite3.connect(path)
    assert db.execute("SELECT sku, at FROM products_clicked").fetchall() == [("J1", 2500.0)]
    assert db.execute("SELECT name FROM actions_taken WHERE conversation_id='c2'").fetchall() == [
        ("action_search_products",)
    ]
    assert db.execute("SELECT handoff_reason FROM conversations WHERE id='c1'").fetchone() == (
        "angry",
    )
    assert db.execute(
        "SELECT times_shown, clicks FROM products_recommended WHERE sku='J1'"
    ).fetchone() == (4, 1)
    assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_applying_a_turn_again_changes_nothing(tmp_path: Path, said) -> None:
    write(tmp_path / "once.db", said)
    write(tmp_path / "twice.db", {"c1": said["c1"], "c2": [*said["c2"], *said["c2"][2:]]})
    assert content(tmp_path / "once.db") == content(tmp_path / "twice.db")


def test_turns_that_were_told_again_keep_their_own_replies(tmp_path: Path) -> None:
    """At a start, what the tracker store has and what the broker hears can overlap."""
    turns = [*START, *turn(1, "red jackets"), *turn(2, "a mug"), *turn(3, "a tent")]
    write(tmp_path / "once.db", {"c1": turns})
    write(tmp_path / "twice.db", {"c1": [*turns, *turns]})
    assert content(tmp_path / "once.db") == content(tmp_path / "twice.db")


def test_a_turn_that_was_told_twice_keeps_the_later_replies(tmp_path: Path) -> None:
    again = turn(1, "red jackets")
    again[2]["text"] = "Sorry, none left."
    del again[2]["data"]["custom"]
    write(tmp_path / "t.db", {"c1": [*turn(1, "red jackets"), *again]})
    rows = show_conversation(tmp_path / "t.db", "c1")
    assert [row["text"] for row in rows] == ["red jackets", "Sorry, none left."]
    assert rows[1]["products"] is None


def test_rebuilding_gives_identical_content(tmp_path: Path, said) -> None:
    path = tmp_path / "t.db"
    write(path, said)
    before = content(path)
    tracker = tracker_db(tmp_path / "tracker.db", said)
    sqlite3.connect(path).executescript(
        "DELETE FROM messages WHERE rowid % 2; UPDATE conversations SET channel = 'x'"
    )
    assert rebuild(tracker, path) == 2
    assert content(path) == before
    assert list_conversations(path, text="awful")[0].id == "c1"


def test_a_rebuild_that_fails_leaves_the_old_rows(tmp_path: Path, said) -> None:
    path = tmp_path / "t.db"
    write(path, said)
    before = content(path)
    broken = tmp_path / "tracker.db"
    broken.write_bytes(b"not a database at all" * 100)
    with pytest.raises(StoreError):
        rebuild(broken, path)
    assert content(path) == before


def test_what_a_killed_process_left_out_is_caught_up(tmp_path: Path, said) -> None:
    path = tmp_path / "t.db"
    write(path, {"c1": said["c1"][:8]})
    tracker = tracker_db(tmp_path / "tracker.db", said)
    database = open_transcripts(path)
    assert catch_up(tracker, database) == 2
    assert catch_up(tracker, database) == 0
    write(tmp_path / "all.db", said)
    assert content(path) == content(tmp_path / "all.db")


def test_triggers_from_outside_are_not_what_customers_say(tmp_path: Path) -> None:
    event = turn(1, "EXTERNAL: remind")[0]
    event["metadata"] = {"is_external": True}
    write(tmp_path / "t.db", {"c1": [event]})
    assert show_conversation(tmp_path / "t.db", "c1") == []


def test_two_requests_in_one_message_stay_one_message(tmp_path: Path) -> None:
    first = turn(1, "where is my order and when are you open")
    second = turn(1, "when are you open")
    for event in second:
        event["timestamp"] += 0.5
        if event["event"] == "user":
            event["metadata"]["part"] = 2
    path = tmp_path / "t.db"
    write(path, {"c1": [*START, *first, *second]})
    rows = show_conversation(path, "c1")
    said = [row["text"] for row in rows if row["sender"] == "customer"]
    assert said == ["where is my order and when are you open"]
    replies = [row for row in rows if row["sender"] == "assistant"]
    assert len(replies) == 2 * sum(event["event"] == "bot" for event in first)


def test_a_request_for_staff_becomes_a_row(tmp_path: Path) -> None:
    value = {"kind": "stock_alert", "email": "eva@example.com", "sku": "M2", "at": 9.0}
    made = {"event": "slot", "timestamp": 9.0, "name": "request_made", "value": value}
    path = tmp_path / "t.db"
    write(path, {"c1": [*START, *turn(1, "tell me"), made, made]})
    database = open_transcripts(path)
    rows = [reveal(vault_of(database.conn), row) for row in database["requests"].rows]
    assert [(row["kind"], row["email"], row["sku"]) for row in rows] == [
        ("stock_alert", "eva@example.com", "M2")
    ]


def test_a_search_becomes_a_row_once(tmp_path: Path) -> None:
    events = turn(1, "a red mug")
    carried = [event for event in events if event["event"] == "slot"]
    # Rasa tells the slots again when a new session begins.
    carried = [{**event, "timestamp": 90000.0} for event in carried]
    path = tmp_path / "t.db"
    write(path, {"c1": [*START, *events, *carried]})
    (row,) = open_transcripts(path)["searches"].rows
    assert (row["reply_to"], row["text"], row["category"], row["good"]) == (
        "c1-m1", "a red mug", "mugs", 0,
    )  # fmt: skip
    assert json.loads(row["relaxed"]) == ["colours"]
    (meant,) = open_transcripts(path)["products_meant"].rows
    assert (meant["reply_to"], meant["sku"]) == ("c1-m1", "J1")


def test_a_quick_reply_is_stored_as_its_title(tmp_path: Path) -> None:
    events = turn(1, '/refine_search{"price_change": "lower"}')
    events[0]["metadata"]["title"] = "Cheaper"
    write(tmp_path / "t.db", {"c1": events})
    assert show_conversation(tmp_path / "t.db", "c1")[0]["text"] == "Cheaper"


def test_search_finds_words_and_survives_operators(tmp_path: Path, said) -> None:
    path = tmp_path / "t.db"
    write(path, said)
    assert [one.id for one in list_conversations(path, text="jacket")] == ["c1"]
    assert list_conversations(path, text='" OR *') == []
    assert [one.id for one in list_conversations(path, sentiment="negative")] == ["c1"]
    summary = list_conversations(path)
    assert {one.id: one.wants_a_person for one in summary} == {"c1": True, "c2": False}


def test_csv_neutralises_formulas_and_jsonl_keeps_the_text(tmp_path: Path, said) -> None:
    path = tmp_path / "t.db"
    write(path, said)
    stream = io.StringIO()
    assert export_messages(path, stream, "csv") == 8
    assert stream.getvalue().startswith("\ufeffconversation_id,")
    rows = list(csv.DictReader(io.StringIO(stream.getvalue()[1:])))
    assert rows[0]["at"] == "1970-01-01T00:16:40+00:00"
    assert rows[-2]["text"] == '\'=HYPERLINK("x")'
    assert rows[0]["sentiment_score"] == "0.1"
    stream = io.StringIO()
    export_messages(path, stream, "jsonl")
    last = [json.loads(line) for line in stream.getvalue().splitlines()][-2]
    assert last["text"] == '=HYPERLINK("x")' and last["entities"] == [
        {"entity": "colour", "value": "red"}
    ]


def test_an_unknown_or_ambiguous_id_is_explained(tmp_path: Path, said) -> None:
    write(tmp_path / "t.db", said)
    for wrong in ("zzz", "c"):
        with pytest.raises(NotFound, match="transcripts list"):
            show_conversation(tmp_path / "t.db", wrong)
    with pytest.raises(NotFound, match="make run"):
        list_conversations(tmp_path / "none.db")


def test_a_tracker_store_that_is_being_made_is_waited_for(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "tracker.db").execute(
        "PRAGMA journal_mode = WAL"
    )  # a file, no table
    database = open_transcripts(tmp_path / "t.db")
    assert catch_up(tmp_path / "tracker.db", database) == 0
    assert rebuild(tmp_path / "tracker.db", tmp_path / "t.db") == 0


def test_a_turn_costs_the_same_however_much_was_said_before(tmp_path: Path) -> None:
    """No statement of a turn goes through a whole table."""
    database = open_transcripts(tmp_path / "t.db")
    projection, statements = Projection(database), []
    database.conn.set_trace_callback(statements.append)
    for number in (1, 1, 2):  # one of them told twice
        with database.atomic():
            for event in turn(number, "a red jacket for anna@example.com"):
                projection.apply("c1", event)
            projection.finish()
    database.conn.set_trace_callback(None)
    tables = {*TABLES, "requests", "customer_events", "summaries", "previews", "journeys"}
    asked = [
        one for one in statements if one.split()[0] in ("SELECT", "INSERT", "UPDATE", "DELETE")
    ]
    assert len(asked) > 20
    plans = [row[3] for one in asked for row in database.execute(f"EXPLAIN QUERY PLAN {one}")]
    assert not [plan for plan in plans if plan.startswith("SCAN") and plan.split()[1] in tables]


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", "\n=1", "＝1+1", "＋1", "－1", "−1", "＠SUM(1)", " =1", "　=1",
     "\u200b=1", "\ufeff\u200e＝1", "﹢1", "﹦1"],
)  # fmt: skip
def test_what_a_spreadsheet_may_take_for_a_formula_is_neutral(text: str) -> None:
    assert neutral_cell(text) == "'" + text


@pytest.mark.parametrize(
    ("text", "cell"),
    [("hi;=1+1;x", "hi;'=1+1;x"), ("hi; \u200b@SUM(1)", "hi; \u200b'@SUM(1)"), ("a\t-1", "a\t'-1"),
     ("a\n＋SUM(1)", "a\n'＋SUM(1)"), ("=1;=1", "'=1;'=1")],
)  # fmt: skip
def test_a_formula_behind_a_separator_is_neutral(text: str, cell: str) -> None:
    assert neutral_cell(text) == cell


@pytest.mark.parametrize(
    "cell",
    [
        "1+1=2",
        "a-b",
        "anna@example.com",
        "",
        " ",
        "thanks ;-)",
        "a; b = c",
        "two\nlines",
        "–",
        "⁠",
        3,
        -3.5,
        None,
    ],
)
def test_other_cells_stay_as_they_are(cell: object) -> None:
    assert neutral_cell(cell) == cell
