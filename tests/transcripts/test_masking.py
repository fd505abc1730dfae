"""Only masked text is plain: in new rows, and in those that an earlier version left."""

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from bot.inbox.schema import web_tables
from bot.inbox.store import Inbox
from bot.privacy.vault import LostKey, Vault, vault_in, vault_of
from bot.staff.accounts import StaffStore
from bot.staff.schema import staff_tables
from bot.staff.work import WorkStore
from bot.store.db import open_database
from bot.surveys.schema import migrations as survey_tables
from bot.surveys.store import SurveyStore
from bot.transcripts import masking
from bot.transcripts.schema import transcripts
from bot.transcripts.store import list_conversations, open_transcripts, rebuild
from bot.transcripts.tracker import events_of, tracker_tables
from tests.transcripts.test_transcripts import START, content, tracker_db, turn, write

SAID = "where is HF-10222? I'm anna@example.com, call 020 7946 0958"
MASKED = "where is [number]? I'm [email], call [phone]"
SECRETS = (b"anna@example", b"HF-10222", b"7946 0958", b"eva@example", b"10222")


def bytes_of(folder: Path) -> bytes:
    """Everything in the files of a folder, as a thief of the disk would have it; keys apart."""
    return b"".join(path.read_bytes() for path in folder.iterdir() if path.suffix != ".json")


def opens(vault: Vault, text: Any) -> bool:
    """Whether a key of the shop's opens a text."""
    try:
        vault.open(text)
    except LostKey:
        return False
    return True


def personal_turn(number: int = 1) -> list[dict[str, Any]]:
    """A turn in which customer, slots and assistant name somebody."""
    events = turn(number, SAID)
    events[0]["parse_data"]["entities"] = [{"entity": "order_number", "value": "HF-10222"}]
    events[2]["text"] = "I've written to eva@example.com."
    events[2]["data"]["buttons"] = [{"title": "Call 020 7946 0958"}]
    value = {"kind": "stock_alert", "email": "eva@example.com", "sku": "M2", "at": 9.0}
    asked = {"at": 1, "reason": "mail eva@example.com"}
    return [
        *events,
        {"event": "slot", "timestamp": 1001.0, "name": "request_made", "value": value},
        {"event": "slot", "timestamp": 1002.0, "name": "handoff_requested", "value": asked},
    ]


def test_what_is_plain_is_masked_and_the_original_opens(tmp_path: Path) -> None:
    write(tmp_path / "t.db", {"c1": [*START, *personal_turn()]})
    db = open_transcripts(tmp_path / "t.db")
    said, replied = db["messages"].rows_where(order_by="at")
    assert said["text"] == MASKED
    assert json.loads(said["entities"]) == [{"entity": "order_number", "value": "[number]"}]
    assert replied["text"] == "I've written to [email]."
    assert json.loads(replied["buttons"]) == ["Call [phone]"]
    vault = vault_of(db.conn)
    assert masking.reveal(vault, said)["text"] == SAID
    assert "HF-10222" in masking.reveal(vault, said)["entities"]
    assert masking.reveal(vault, replied)["buttons"] == '["Call 020 7946 0958"]'
    (search,) = db["searches"].rows
    assert search["text"] == search["need"] == MASKED
    db.close()
    found = bytes_of(tmp_path)
    assert [one for one in SECRETS if one in found] == []


def test_what_names_nobody_has_no_second_copy(tmp_path: Path) -> None:
    write(tmp_path / "t.db", {"c1": [*START, *turn(1, "a red mug")]})
    rows = Database(tmp_path / "t.db")["messages"].rows
    assert {row["original"] for row in rows} == {None}


def test_staff_call_customers_by_their_names(tmp_path: Path) -> None:
    said_ = {"event": "bot", "timestamp": 2.0, "text": "Dear Anna Schmidt, all is well.",
             "metadata": {"sender": "staff", "name": "Bob", "message_id": "s1"}}  # fmt: skip
    write(tmp_path / "t.db", {"c1": [*START, said_]})
    (row,) = Database(tmp_path / "t.db")["messages"].rows
    assert row["text"] == "Dear [name], all is well." and row["author"] == "Bob"


@pytest.mark.parametrize("asked", ["Anna@Example.com", "HF-10222", "HF 10222", "10222", "#10222"])
def test_a_conversation_is_found_by_whom_it_names(tmp_path: Path, asked: str) -> None:
    other = [*START, *turn(2, "where is HF-10999, jo@example.com", conversation="c2")]
    write(tmp_path / "t.db", {"c1": [*START, *personal_turn()], "c2": other})
    assert [one.id for one in list_conversations(tmp_path / "t.db", asked)] == ["c1"]
    assert [one.id for one in list_conversations(tmp_path / "t.db", f"where {asked}")] == ["c1"]
    assert list_conversations(tmp_path / "t.db", f"nothing {asked}") == []
    assert [one.id for one in list_conversations(tmp_path / "t.db", "hf 10222")] == ["c1"]


def test_an_answer_that_is_only_a_short_number_is_masked_by_its_entity() -> None:
    entities = [{"entity": "order_number", "value": "4711"}]
    assert masking.mask_person("4711", entities) == "[number]"
    assert masking.mask_person("it's 4711, 4711x mugs", entities) == "it's [number], 4711x mugs"


ARTICLES = ["1234567890", "4006381333931", "0612345678", "MUG-20.1/b", "1234AB"]
ID = "3f2a9c0d41114b1e8c2d4111111111111111"


def event(kind: str, **columns: Any) -> dict[str, Any]:
    return {"kind": kind, "text": None, "url": None, "sku": None, "message_id": None, **columns}


@pytest.mark.parametrize(
    "row",
    [
        event("purchase", text=json.dumps(ARTICLES)),
        *(event("cart", sku=one) for one in ARTICLES),
        event("seen", message_id=f"{ID[:8]}-{ID[8:12]}-{ID[12:16]}-{ID[16:20]}-{ID[20:32]}:0"),
        event("seen", message_id=f"{ID[:32]}-4111111111111111-r2"),
        event("seen", message_id="m-1:0"),
    ],
)
def test_articles_and_ids_stay_what_they_are(tmp_path: Path, row: dict[str, Any]) -> None:
    assert masking.customer_event(vault_in(tmp_path), row) == {**row, "original": None}


@pytest.mark.parametrize(
    "row, masked",
    [
        (event("click", sku="anna@example.com"), event("click", sku="[email]")),
        (event("cart", sku="4111111111111111"), event("cart", sku="[card]")),
        (event("like", sku="call 020 7946 0958"), event("like", sku="call [phone]")),
        (event("seen", message_id="anna@example.com"), event("seen", message_id="[email]")),
        (event("thumb", message_id="+31612345678"), event("thumb", message_id="[phone]")),
        (event("purchase", text='["M1", "NL91ABNA0417164300"]'),
         event("purchase", text='["M1", "[account]"]')),
        (event("page", text="Your account, Anna Bakker", url="https://s.example/u/anna@example.com"),
         event("page", text="Your account, [name]", url="[link]")),
    ],
)  # fmt: skip
def test_whatever_a_customers_page_fills_in_is_masked(
    tmp_path: Path, row: dict[str, Any], masked: dict[str, Any]
) -> None:
    vault = vault_in(tmp_path)
    kept = masking.customer_event(vault, row)
    assert {**kept, "original": None} == {**masked, "original": None}
    assert masking.reveal(vault, kept) == {**row, "original": None}


def test_a_pages_address_is_kept_without_its_keys(tmp_path: Path) -> None:
    vault = vault_in(tmp_path)
    page = event("page", text="Mugs", url="https://shop.example/p/1?token=abc#x")
    kept = masking.customer_event(vault, page)
    assert (kept["text"], kept["url"]) == ("Mugs", "https://shop.example/p/1")
    assert masking.reveal(vault, kept)["url"] == page["url"]


def test_events_that_an_earlier_version_left_plain_are_masked(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "t.db")
    old = Database(connection)
    transcripts.apply(old, stop_before="m053_every_column_of_events")
    whole = {"conversation_id": "c1", "at": 1.0, "quantity": None, "value": None, "original": None}
    plain = {"a": "anna@example.com", "b": "M1"}
    old["customer_events"].insert_all(
        {"id": name, **whole, **event("click", sku=sku)} for name, sku in plain.items()
    )
    connection.close()
    db = open_transcripts(tmp_path / "t.db")
    kept = {row["id"]: row for row in db["customer_events"].rows}
    assert {name: row["sku"] for name, row in kept.items()} == {"a": "[email]", "b": "M1"}
    assert masking.reveal(vault_of(db.conn), kept["a"])["sku"] == "anna@example.com"
    db.close()


def old_transcripts(path: Path, events: list[dict[str, Any]]) -> None:
    """Transcripts as the version before sealing wrote them: all of it plain."""
    write(path.with_name("new.db"), {"c1": events})
    new = Database(path.with_name("new.db"))
    vault = vault_of(new.conn)
    connection = sqlite3.connect(path)
    old = Database(connection)
    transcripts.apply(old, stop_before="m050_sealed")
    for table in (
        "conversations", "messages", "searches", "products_shown", "requests", "actions_taken",
        "products_meant",
    ):  # fmt: skip
        for row in new[table].rows:
            if "original" in row:
                row = masking.reveal(vault, row)
                del row["original"]
            row.pop("met_at", None), row.pop("pressed", None), row.pop("language", None)
            if table == "searches":
                row["text"] = row["need"] = SAID
            if table == "conversations":
                row["handoff_reason"] = "mail eva@example.com"
            old[table].insert(row)
    from bot.transcripts import summaries

    with old.atomic():
        summaries.refresh(old, ["c1"])
    old.close()
    for file in path.parent.glob("new.db*"):
        file.unlink()


def test_transcripts_of_an_earlier_version_are_masked_to_the_last_byte(tmp_path: Path) -> None:
    events = [*START, *personal_turn()]
    old_transcripts(tmp_path / "t.db", events)
    assert b"anna@example" in bytes_of(tmp_path)
    open_transcripts(tmp_path / "t.db").close()
    found = bytes_of(tmp_path)
    assert [one for one in SECRETS if one in found] == []
    assert list_conversations(tmp_path / "t.db", "anna@example.com")[0].first_words == MASKED
    migrated = content(tmp_path / "t.db")
    rebuild(tracker_db(tmp_path / "tracker.db", {"c1": events}), tmp_path / "t.db")
    assert content(tmp_path / "t.db") == migrated


def test_a_tracker_store_of_an_earlier_version_is_sealed_to_the_last_byte(tmp_path: Path) -> None:
    path = tracker_db(tmp_path / "tracker.db", {"c1": [*START, *personal_turn()] * 300})
    before = events_of(path, "c1")
    assert before[2]["text"] == SAID  # an old plain row reads
    open_database(path, tracker_tables).close()
    rows = sqlite3.connect(path).execute("SELECT type_name, data FROM events").fetchall()
    vault = vault_in(tmp_path)
    assert {kind for kind, data in rows if opens(vault, data)} == {"user", "bot", "slot"}
    assert {kind for kind, data in rows if not opens(vault, data)} == {"action", "session_started"}
    found = bytes_of(tmp_path)
    assert [one for one in SECRETS if one in found] == []
    assert events_of(path, "c1") == before


def test_nothing_that_waits_in_the_web_process_is_plain(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path / "web.db")
    inbox.identify("c1", {"id": "7", "email": "eva@example.com"})
    inbox.accept("c1", "message-1", SAID)
    assert [one for one in SECRETS if one in bytes_of(tmp_path)] == []
    inbox.only_listen("c1")
    waiting = inbox.next_waiting("c1")
    assert waiting and (waiting.turn["text"], waiting.turn["note"]) == (SAID, "customer")
    assert waiting.turn["customer"]["email"] == "eva@example.com"
    button = {"title": "Write to eva@example.com", "payload": "/x"}
    inbox.answered(waiting, [{"id": "r1", "text": "Hi", "buttons": [button]}])
    assert inbox.quick_reply("c1", "r1", 0) == button
    assert [one["body"]["text"] for one in inbox.events_after("c1", 0)] == [SAID, "Hi"]
    inbox.close()
    assert [one for one in SECRETS if one in bytes_of(tmp_path)] == []


def test_a_web_db_of_an_earlier_version_is_sealed_to_the_last_byte(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "web.db")
    old = Database(connection)
    web_tables.apply(old, stop_before="m050_sealed")
    body = json.dumps({"text": SAID, "card_answer": None})
    for number in range(50):
        old["events"].insert(
            {"seq": number, "conversation": "c1", "message_id": f"m{number}", "sender": "customer",
             "at": 1.0, "body": body}
        )  # fmt: skip
    turn_ = json.dumps({"conversation": "c1", "id": "c1-m1", "text": SAID})
    old["inbox"].insert(
        {"seq": 1, "conversation": "c1", "message_id": "m1", "turn": turn_, "attempts": 0}
    )
    connection.close()
    inbox = Inbox(tmp_path / "web.db")
    assert {one["body"]["text"] for one in inbox.events_after("c1", -1)} == {SAID}
    waiting = inbox.next_waiting("c1")
    assert waiting and waiting.turn["text"] == SAID
    inbox.close()
    assert [one for one in SECRETS if one in bytes_of(tmp_path)] == []


def test_what_staff_and_surveys_keep_is_sealed(tmp_path: Path) -> None:
    staff = StaffStore(tmp_path / "staff.db")
    bob, work = staff.add("bob", "Bob", "agent", "a long password"), WorkStore(staff.db)
    work.ask("c1", 1.0, "call 020 7946 0958")
    work.make_ticket("c1", 2.0, "eva@example.com")
    work.note("c1", bob, f"@bob {SAID}")
    state = work.get("c1")
    assert (state.ticket_email, state.reason) == ("eva@example.com", "call 020 7946 0958")
    assert [one["text"] for one in (*work.notes("c1"), *work.mentions(bob))] == [f"@bob {SAID}"] * 2
    staff.close()
    surveys = SurveyStore(tmp_path / "surveys.db")
    surveys.texts.save("nps", "text", 1.0)
    surveys.open_run("nps", 1, "chat", 1.0, run_id="r1")
    surveys.answer("r1", "why", SAID, 1.0)
    surveys.answer("r1", "score", 9, 1.0, own_words=False)
    assert {name: one.value for name, one in surveys.run("r1").answers.items()} == {
        "why": SAID, "score": 9,
    }  # fmt: skip
    surveys.close()
    assert [one for one in SECRETS if one in bytes_of(tmp_path)] == []


def test_staff_and_surveys_of_an_earlier_version_are_sealed_to_the_last_byte(
    tmp_path: Path,
) -> None:
    old = Database(tmp_path / "staff.db")
    staff_tables.apply(old, stop_before="m050_sealed")
    old["notes"].insert({"conversation": "c1", "at": 1.0, "staff_id": 1, "text": SAID})
    old["work"].insert({"conversation": "c1", "ticket_email": "eva@example.com", "reason": SAID})
    old.close()
    old = Database(tmp_path / "surveys.db")
    survey_tables.apply(old, stop_before="m050_sealed")
    run = {"campaign_id": "nps", "version": 1, "way": "chat", "segments": "{}"}
    old["runs"].insert({"id": "r1", **run})
    for name, value in (("why", SAID), ("where", ["eva@example.com"]), ("score", 9)):
        old["answers"].insert(
            {"run_id": "r1", "question_id": name, "value": json.dumps(value), "at": 1.0}
        )
    old.close()
    staff, surveys = StaffStore(tmp_path / "staff.db"), SurveyStore(tmp_path / "surveys.db")
    work = WorkStore(staff.db)
    assert (work.get("c1").reason, work.get("c1").ticket_email) == (SAID, "eva@example.com")
    answers = surveys.run("r1").answers
    assert [answers[name].value for name in ("why", "where", "score")] == [
        SAID, ["eva@example.com"], 9,
    ]  # fmt: skip
    staff.close()
    surveys.close()
    assert [one for one in SECRETS if one in bytes_of(tmp_path)] == []
