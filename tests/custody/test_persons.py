"""A person's data is found, exported and erased from everywhere; others' stays."""

import asyncio
import json
import re
import shutil
import sqlite3
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from actions.order_backends.sqlite import SqliteOrders
from bot.campaigns.people import People
from bot.custody.erasure import erase_person
from bot.custody.export import export_person
from bot.custody.files import database_files
from bot.custody.holdings import IMPERSONAL, LINKED, Person, holdings
from bot.custody.person_files import BLOCK, names, remove_files
from bot.custody.persons import find_person, old_conversations
from bot.custody.retention import overdue, purge
from bot.custody.search import mentions, search
from bot.errors import NotFound, StoreError
from bot.guard.store import Guard
from bot.inbox.store import Inbox
from bot.insights.schema import open_insights
from bot.privacy.vault import vault_in
from bot.settings import Settings
from bot.staff.accounts import StaffStore
from bot.staff.asked import Asked
from bot.staff.requests import RequestStore
from bot.staff.work import WorkStore
from bot.surveys.store import SurveyStore
from bot.transcripts.store import list_conversations, open_transcripts, rebuild
from bot.transcripts.tracker import write_event
from bot.web.chat.customer_events import CustomerEvents, project, read_event
from tests.transcripts.test_transcripts import START, tracker_db, turn

EMAIL = "anna@example.com"
NOW = time.time()
DAY = 86_400


def proved(email: str, at: float = 900.0) -> list[dict]:
    """The events in which an order is found by an address."""
    return [
        {"event": "user", "timestamp": at - 1, "text": "my order", "metadata": {}},
        {"event": "active_loop", "timestamp": at, "name": "order_form"},
        {"event": "slot", "timestamp": at, "name": "requested_slot", "value": "email"},
        {"event": "slot", "timestamp": at + 0.1, "name": "email", "value": email},
        {"event": "slot", "timestamp": at + 0.1, "name": "requested_slot", "value": None},
        {"event": "active_loop", "timestamp": at + 0.2, "name": None},
        {"event": "slot", "timestamp": at + 0.3, "name": "order_task", "value": None},
    ]


def said(settings: Settings, conversation: str, *texts: str, own: str = "") -> None:
    """A conversation as it lies in the databases after its last turn; `own` is the address that its
    customer proved."""
    inbox = Inbox(settings.web_db)
    for number, text in enumerate(texts):
        inbox.accept(conversation, f"message-{number:04}", text)
    inbox.close()
    events = [*START, *(proved(own) if own else ())]
    for number, text in enumerate(texts, start=1):
        events += turn(number, text, conversation=conversation)
    tell(settings, conversation, events)


def tell(settings: Settings, conversation: str, events: list[dict]) -> None:
    """Write events into the tracker store."""
    if settings.tracker_db.exists():
        db, vault = sqlite3.connect(settings.tracker_db), vault_in(settings.var)
        db.executemany(
            "INSERT INTO events (sender_id, type_name, timestamp, data) VALUES (?, ?, ?, ?)",
            [(conversation, e["event"], e["timestamp"], write_event(vault, e)) for e in events],
        )
        db.commit()
        db.close()
    else:
        tracker_db(settings.tracker_db, {conversation: events})


@pytest.fixture
def shop(settings: Settings) -> Settings:
    """A shop in which Anna had two conversations, and Joanna one; every store knows of them."""
    settings.var.mkdir()
    said(
        settings,
        "conv-anna-1",
        "where is HF-10222, quixotic question",
        f"my mail is {EMAIL}",
        own=EMAIL,
    )
    said(
        settings,
        "conv-anna-2",
        "again me, ANNA@example.com",
        "a wonderful zanzibar mug",
        own="ANNA@example.com",
    )
    said(settings, "conv-joanna", "jo" + EMAIL, "a plain mug", own=f"jo{EMAIL}")
    rebuild(settings.tracker_db, settings.transcripts_db)
    transcripts = open_transcripts(settings.transcripts_db)
    transcripts["requests"].insert(
        {
            "conversation_id": "conv-anna-1",
            "at": 1.0,
            "kind": "export_data",
            "email": EMAIL,
            "sku": "",
        }
    )
    transcripts.close()
    events = CustomerEvents(settings.web_db, settings.transcripts_db)
    for conversation in ("conv-anna-1", "conv-joanna"):
        body = {"id": "event-0001", "kind": "rating", "value": 2, "comment": f"bad {conversation}"}
        events.accept(conversation, read_event(body))
    events._db.close()
    project(settings.web_db, settings.transcripts_db)
    surveys = SurveyStore(settings.surveys_db)
    surveys.texts.save("nps", "text", NOW)
    for run, person, conversation in (
        ("run-chat", "conv-anna-1", "conv-anna-1"),
        ("run-mail", "key-of-anna", ""),
        ("run-other", "conv-joanna", "conv-joanna"),
    ):
        surveys.open_run(
            "nps", 1, "chat", NOW, person=person, conversation=conversation, run_id=run
        )
        surveys.answer(run, "why", f"because {run}", NOW)
        surveys.contacted(person, "nps", NOW)
    surveys.close()
    staff = StaffStore(settings.staff_db)
    staff.add("bob", "Bob", "agent", "a long password")
    anna, seal = {"conversation": "conv-anna-1"}, vault_in(settings.var).seal
    staff.db["notes"].insert({**anna, "at": NOW, "staff_id": 1, "text": seal("she sounded tired")})
    staff.db["mentions"].insert({"note_id": 1, "staff_id": 1}, ignore=True)
    staff.db["tags"].insert({**anna, "tag": "vip"})
    staff.db["work"].insert({**anna, "status": "open", "ticket_email": seal(EMAIL)})
    staff.log("bob", "looked at", "conversation conv-anna-1")
    staff.log("bob", "exported", "conversations", f"words {EMAIL}")
    staff.close()
    People(settings.campaigns_db, settings.secrets).close()
    insights = open_insights(settings.insights_db)
    message = "conv-anna-1-m1"
    insights["labels"].insert({"message_id": message, "label": "x", "by": "bob", "at": NOW})
    insights["topic_texts"].insert(
        {"source": "chat", "text_id": message, "conversation_id": "conv-anna-1", "at": NOW}
    )
    insights.close()
    orders = SqliteOrders(settings.orders_db, settings.shop_dir / "orders.csv")
    assert asyncio.run(orders.find("HF-10222", EMAIL))
    orders._db.close()
    guard = Guard(settings.guard_db)
    for conversation, email in (("conv-anna-1", EMAIL), ("conv-joanna", f"jo{EMAIL}")):
        seeker = guard.seeker(conversation)
        guard.new_code(seeker, email)
        guess = guard.guess(seeker, email, "HF-10222")
        assert guess
        guard.end(guess, True)
    guard.attacks.count("puzzle")
    guard.close()
    reports = settings.var / "reports"
    reports.mkdir()
    (reports / "2026-W01.html").write_text("<a href='/console/conversations/conv-anna-2'>")
    (reports / "2026-W02.html").write_text("<a href='/console/conversations/conv-joanna'>")
    return settings


def anna(settings: Settings) -> Person:
    return find_person(settings, EMAIL, ["key-of-anna"])


def contents(settings: Settings, conversation: str) -> int:
    """How many rows of any table name a conversation."""
    count = 0
    for one in database_files(settings):
        db = sqlite3.connect(one.path)
        db.create_function("has", 2, Person("", ()).has)
        for table, where in holdings(db, one.name):
            if not re.search("mentions|marks|is_address", where) and "_f" not in table:
                person = Person("", (conversation,))
                sql = f"SELECT count(*) FROM [{table}] WHERE {where}"
                count += db.execute(sql, person.values).fetchone()[0]
        db.close()
    return count


def words(settings: Settings, table: str) -> set[str]:
    """The words that a full-text index knows."""
    db = sqlite3.connect(settings.transcripts_db)
    db.execute(f"CREATE VIRTUAL TABLE temp.words USING fts5vocab('main', '{table}', 'row')")
    return {row[0] for row in db.execute("SELECT term FROM temp.words")}


def test_an_address_finds_all_conversations_and_not_those_of_a_longer_address(shop) -> None:
    assert anna(shop).conversations == ("conv-anna-1", "conv-anna-2")
    assert find_person(shop, "ANNA@Example.com ").conversations == anna(shop).conversations
    assert find_person(shop, "conv-j").conversations == ("conv-joanna",)
    assert find_person(shop, "nobody@example.com").conversations == ()
    for who, message in (("conv-", "More than one"), ("x", "No conversation"), ("", "No")):
        with pytest.raises(NotFound, match=message):
            find_person(shop, who)


def test_an_export_has_what_was_said_and_nothing_of_others(shop) -> None:
    text = json.dumps(export_person(shop, anna(shop)))
    for piece in (
        "quixotic", "zanzibar", "she sounded tired", "vip", "because run-chat", "because run-mail",
        "bad conv-anna-1", "export_data", "HF-10222",
    ):  # fmt: skip
        assert piece in text, piece
    assert "joanna" not in text and "because run-other" not in text


def test_erasing_reaches_everything_and_proves_it(shop: Settings) -> None:
    before = contents(shop, "conv-joanna")
    assert {"quixot", "zanzibar"} <= words(shop, "messages_fts") | words(shop, "conversation_fts")
    assert search(shop, anna(shop)) != []
    receipt = erase_person(shop, anna(shop), "test")
    assert receipt.left == [] and receipt.conversations == 2
    assert {
        "web.events", "web.inbox", "web.customer_events", "tracker.events", "transcripts.messages",
        "transcripts.requests", "transcripts.summaries", "transcripts.conversation_fts",
        "surveys.runs", "surveys.answers", "surveys.contacts", "staff.notes", "staff.work",
        "staff.tags", "insights.labels", "insights.topic_texts",
    } <= set(receipt.rows)  # fmt: skip
    assert receipt.files == ["reports/2026-W01.html"]
    assert any("orders" in one for one in receipt.kept)
    assert EMAIL not in receipt.to_json() and "conv-anna" not in receipt.to_json()
    # by the bytes: nothing she wrote is left in any file, nor in a search index
    for path in shop.var.rglob("*"):
        if path.is_file() and not path.name.startswith("orders"):
            content = path.read_bytes()
            for word in (b"quixotic", b"zanzibar", b"sounded tired", b"because run-mail"):
                assert word not in content, (path, word)
    assert not {"quixot", "zanzibar"} & words(shop, "messages_fts")
    assert not {"quixot", "zanzibar"} & words(shop, "conversation_fts")
    # Joanna has all of hers, and searching still works
    assert contents(shop, "conv-joanna") == before
    assert len(list_conversations(shop.transcripts_db, "plain")) == 1
    assert (shop.var / "reports" / "2026-W02.html").exists()
    for one in database_files(shop):
        db = sqlite3.connect(one.path)
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []


def test_the_audit_log_tells_of_it_without_the_person(shop: Settings) -> None:
    receipt = erase_person(shop, anna(shop), "admin")
    staff = StaffStore(shop.staff_db)
    lines = staff.audit()
    assert (lines[0]["login"], lines[0]["action"]) == ("admin", "erased a person")
    assert receipt.number in lines[0]["object"]
    assert EMAIL not in json.dumps(lines)
    assert [line["action"] for line in lines][1:3] == ["exported", "looked at"]
    with pytest.raises(sqlite3.IntegrityError, match="only grow"):
        staff.db.execute("DELETE FROM audit")
    staff.close()


def test_what_was_erased_does_not_come_back_by_a_rebuild(shop: Settings) -> None:
    erase_person(shop, anna(shop), "test")
    rebuild(shop.tracker_db, shop.transcripts_db)
    project(shop.web_db, shop.transcripts_db)
    assert search(shop, Person(EMAIL, ("conv-anna-1", "conv-anna-2"))) == []


def test_a_search_says_where_something_is_left(shop: Settings) -> None:
    person = anna(shop)
    erase_person(shop, person, "test")
    (shop.var / "forgotten.csv").write_text(f"x,{EMAIL}")
    staff = StaffStore(shop.staff_db)
    staff.db["canned"].insert({"name": "a", "text": f"Dear {EMAIL}"})
    staff.close()
    assert search(shop, person) == ["forgotten.csv", "staff.db: canned.text"]


def test_every_table_has_somebody_who_said_what_it_holds(shop: Settings) -> None:
    seen = set()
    for one in database_files(shop):
        db = sqlite3.connect(one.path)
        seen |= {(one.name, table) for table, _ in holdings(db, one.name)}
        tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master")}
        seen |= {(one.name, table) for table in tables if (one.name, table) in IMPERSONAL}
        db.execute("CREATE TABLE surprise (text TEXT)")
        with pytest.raises(StoreError, match="surprise"):
            holdings(db, one.name)
        db.close()
    assert set(LINKED) | IMPERSONAL <= seen, "the map names tables that are gone"


def test_old_data_goes_by_itself(shop: Settings) -> None:
    for path, table, column in (
        (shop.web_db, "events", "at"),
        (shop.web_db, "customer_events", "at"),
        (shop.transcripts_db, "conversations", "last_at"),
        (shop.staff_db, "notes", "at"),
        (shop.tracker_db, "events", "timestamp"),
    ):
        db = sqlite3.connect(path)
        name = {"conversations": "id", "events": "conversation", "customer_events": "conversation",
                "notes": "conversation"}[table]  # fmt: skip
        name = "sender_id" if path == shop.tracker_db else name
        for days, conversation in ((400, "conv-anna-1"), (300, "conv-anna-2"), (2, "conv-joanna")):
            db.execute(
                f"UPDATE {table} SET {column} = ? WHERE {name} = ?",
                [NOW - days * DAY, conversation],
            )
        db.commit()
        db.close()
    assert old_conversations(shop, NOW - 365 * DAY) == ("conv-anna-1",)
    assert overdue(shop, NOW) == {"conversations": 1, "surveys": 0, "feedback": 0, "campaigns": 0}
    assert purge(shop, NOW)["conversations"] == 1
    assert purge(shop, NOW)["conversations"] == 0
    assert contents(shop, "conv-anna-1") == 0 and contents(shop, "conv-anna-2") > 0
    assert not {"quixot"} & (words(shop, "messages_fts") | words(shop, "conversation_fts"))
    purge(shop, NOW + 1200 * DAY)
    assert contents(shop, "conv-joanna") == 0
    assert sqlite3.connect(shop.surveys_db).execute("SELECT count(*) FROM runs").fetchone() == (0,)


def test_nothing_is_purged_unless_shop_yml_says_so(shop: Settings) -> None:
    text = shop.shop_file.read_text()
    shop.shop_file.write_text(text[: text.index("\nretention:")])
    from bot.settings import read_settings

    plain = read_settings({"SHOPTALK_SHOP": str(shop.shop_file)})
    assert purge(plain, NOW + 10_000 * DAY) == {}
    assert contents(plain, "conv-anna-1") > 0


def test_erasing_while_others_chat_loses_nothing_of_theirs(shop: Settings) -> None:
    stop, sent = threading.Event(), []

    def chat() -> None:
        inbox = Inbox(shop.web_db)
        while not stop.is_set():
            text = f"message {len(sent)}"
            inbox.accept("conv-busy", f"busy-{len(sent):06}", text)
            sent.append(text)
            waiting = inbox.next_waiting("conv-busy")
            assert waiting
            inbox.failed(waiting)
            inbox.answered(waiting, [])
        inbox.close()

    customer = threading.Thread(target=chat)
    customer.start()
    try:
        receipt = erase_person(shop, anna(shop), "test")
    finally:
        stop.set()
        customer.join()
    assert receipt.left == [] and sent
    inbox = Inbox(shop.web_db)
    assert [one["body"]["text"] for one in inbox.events_after("conv-busy", 0, 10**6)] == sent
    inbox.close()


# --- Whose it is ---

EX = "mal@evil.example"


def sealed_slot(settings: Settings, conversation: str, *events: dict) -> None:
    """More events of a conversation in the tracker store."""
    db, vault = sqlite3.connect(settings.tracker_db), vault_in(settings.var)
    db.executemany(
        "INSERT INTO events (sender_id, type_name, timestamp, data) VALUES (?, ?, 9000.0, ?)",
        [
            (conversation, one["event"], write_event(vault, {"timestamp": 9000.0, **one}))
            for one in events
        ],
    )
    db.commit()
    db.close()


def slot(name: str, value: object) -> dict:
    return {"event": "slot", "name": name, "value": value}


def form(name: str | None) -> dict:
    return {"event": "active_loop", "name": name}


def test_a_conversation_in_which_an_address_was_merely_typed_is_not_its_owners(
    shop: Settings,
) -> None:
    said(shop, "conv-victim", f"my ex {EX} must never get my address: 12 Secret Lane")
    sealed_slot(  # what is typed fills the slot, and an order's form takes it up and finds nothing
        shop, "conv-victim",
        slot("email", EX), form("order_form"), slot("email", EX), slot("requested_slot", "order_number"),
        slot("order_number", "HF-1"), slot("email", None), slot("requested_slot", None), form(None),
        slot("email", EX), slot("order_task", "order_status"),
    )  # fmt: skip
    staff = StaffStore(shop.staff_db)
    staff.db["requests"].insert(
        {"reference": "R-Z75S-59DS", "kind": "call_back", "conversation": "conv-victim", "state": "new",
         "asked_at": NOW, "last_asked_at": NOW, "message_id": "m", "sku": ""}
    )  # fmt: skip
    rebuild(shop.tracker_db, shop.transcripts_db)
    before = contents(shop, "conv-victim")
    mallory = find_person(shop, EX)
    assert mallory.conversations == ()
    assert "Secret Lane" not in json.dumps(export_person(shop, mallory))
    assert erase_person(shop, mallory, "the customer").left == []
    assert contents(shop, "conv-victim") == before
    assert staff.db["requests"].count == 1
    staff.close()
    found = mentions(shop, EX)
    assert set(found) == {"conv-victim"}
    assert {"web.db: events.body", "tracker.db: events.data"} <= set(found["conv-victim"])
    assert mentions(shop, EMAIL) == {"": ["staff.db: audit.detail"]}  # and in her own she isn't


@pytest.mark.parametrize(
    "events",
    [
        [slot("email", EX), slot("code", "right")],
        [slot("email", EX), slot("order_task", None)],
        [slot("email", EX), form("order_form"), slot("requested_slot", "confirmed")],
        [slot("request_made", {"kind": "cancel", "order": "HF-10001", "email": EX.upper()})],
        [slot("erasure_asked", {"email": EX, "at": 1.0})],
    ],
    ids=["code", "order done", "order found", "request for an order", "erasure"],
)
def test_an_address_that_was_proven_is_its_owners(shop: Settings, events: list[dict]) -> None:
    said(shop, "conv-of-mal", "hello")
    sealed_slot(shop, "conv-of-mal", *events)
    assert find_person(shop, EX).conversations == ("conv-of-mal",)


@pytest.mark.parametrize(
    "events",
    [
        [slot("email", EX), slot("code", "too_many")],
        [slot("requested_slot", "email"), {"event": "session_started"}, slot("email", EX)],
        [form("order_form"), slot("email", EX), slot("email", None), slot("order_task", None)],
        [slot("request_made", {"kind": "call_back", "email": ""}), slot("email", EX)],
        [form("order_form"), slot("requested_slot", "email"), slot("email", EX)],
        [form("contact_form"), slot("requested_slot", "email"), slot("email", EX), slot("contact_task", None)],
        [form("data_form"), slot("email", EX), slot("data_scope", "all")],
        [slot("request_made", {"kind": "newsletter_on", "email": EX}), slot("last_request", {"email": EX})],
        [slot("request_made", {"kind": "ticket", "order": "", "email": EX})],
    ],
    ids=["wrong codes", "another session", "no such order", "a call", "typed for an order", "typed for an alert",
         "typed for data", "newsletter", "ticket"],
)  # fmt: skip
def test_an_address_that_was_only_typed_is_nobodys(shop: Settings, events: list[dict]) -> None:
    said(shop, "conv-of-mal", "hello")
    sealed_slot(shop, "conv-of-mal", *events)
    assert find_person(shop, EX).conversations == ()


def test_typing_an_address_neither_reveals_nor_deletes_anything(shop: Settings) -> None:
    said(shop, "conv-of-mal", f"write to {EX}")
    sealed_slot(shop, "conv-of-mal", slot("request_made", {"kind": "newsletter_on", "email": EX}))
    desk = StaffStore(shop.staff_db)
    asked = Asked("newsletter_on", "R-2222-2222", NOW, email=EX)
    RequestStore(desk.db).add("conv-of-mal", asked)
    WorkStore(desk.db).make_ticket("conv-of-mal", NOW, EX)
    desk.close()
    ex = find_person(shop, EX)
    assert export_person(shop, ex)["data"].get("tracker") is None
    assert erase_person(shop, ex, "the customer").left == []
    assert "web.db: inbox" in " ".join(mentions(shop, EX)["conv-of-mal"])
    assert find_person(shop, "conv-of-mal").conversations == ("conv-of-mal",)


def test_of_a_conversation_of_two_each_has_their_part_and_nothing_of_the_other(
    shop: Settings,
) -> None:
    """Both prove an address at one screen, one after the other."""
    texts = ("words of the first", "words of the second")
    first, second = (turn(n, text, conversation="conv-two") for n, text in enumerate(texts, 1))
    for group, at in ((first, 2000.0), (second, 6000.0)):
        for number, event in enumerate(group):
            event["timestamp"] = at + number / 100
            if event.get("name") == "search_made":
                event["value"]["at"] = at
    events = [*START, *proved(EX, 1000.0), *first, *proved(EMAIL, 5000.0), *second]
    tell(shop, "conv-two", events)
    rebuild(shop.tracker_db, shop.transcripts_db)
    for email, own, other in ((EX, *texts), (EMAIL, *reversed(texts))):
        person = find_person(shop, email)
        assert "conv-two" in person.parts and "conv-two" not in person.conversations
        text = json.dumps(export_person(shop, person))
        assert own in text and other not in text
    assert erase_person(shop, find_person(shop, EX), "the customer").left == []
    rebuild(shop.tracker_db, shop.transcripts_db)
    text = json.dumps(export_person(shop, find_person(shop, "conv-two")))
    assert "words of the first" not in text and "words of the second" in text
    assert EX not in text and find_person(shop, EX).parts == {}


def test_whom_the_shops_server_knows_has_the_conversation(shop: Settings) -> None:
    inbox = Inbox(shop.web_db)
    inbox.identify("conv-known", {"id": "7", "email": EX})
    inbox.close()
    assert find_person(shop, EX).conversations == ("conv-known",)


def test_a_copy_has_no_address_or_phone_of_others(shop: Settings) -> None:
    friend, mine = f"ask bob@elsewhere.example or +49 151 23456789, not {EMAIL}", "+31 6 12345678"
    said(shop, "conv-anna-4", friend, f"call me: {mine}", own=EMAIL)
    sealed_slot(shop, "conv-anna-4", slot("call_phone", "+31612345678"))
    rebuild(shop.tracker_db, shop.transcripts_db)
    text = json.dumps(export_person(shop, anna(shop)))
    assert "ask [email] or [phone], not anna@example.com" in text and mine in text
    assert "bob@elsewhere" not in text and "23456789" not in text
    whole = json.dumps(export_person(shop, find_person(shop, "conv-anna-4")))
    assert "bob@elsewhere" in whole  # for staff, who asked for the conversation


def test_an_answer_that_is_the_address_is_theirs_and_one_that_names_it_is_not(
    shop: Settings,
) -> None:
    surveys = SurveyStore(shop.surveys_db)
    for run, text in (("run-own", f" {EMAIL.upper()}."), ("run-of-bob", f"ask {EMAIL}")):
        surveys.open_run("nps", 1, "link", NOW, run_id=run)
        surveys.answer(run, "why", text, NOW)
    person = anna(shop)
    assert "run-of-bob" not in json.dumps(export_person(shop, person))
    assert erase_person(shop, person, "test").left == []
    assert (
        "why" not in surveys.run("run-own").answers and "why" in surveys.run("run-of-bob").answers
    )
    surveys.close()


def test_the_shops_own_files_are_never_a_customers(shop: Settings) -> None:
    """shop.yml names an address of which theirs is a part, or theirs; the catalogue, too."""
    shop.kept_shop_file.write_text("contact:\n  email: jo-anna@example.com\n")
    generation = shop.catalogue_dir / "generation-000002"
    generation.mkdir(parents=True)
    (generation / "catalogue.db").write_text(f"ask the maker at {EMAIL}")
    (shop.var / "seen.log").write_text(f"write to jo{EMAIL} or {EMAIL}.au")
    receipt = erase_person(shop, anna(shop), "the customer")
    assert receipt.left == [] and receipt.files == ["reports/2026-W01.html"]
    shop.kept_shop_file.write_text(f"contact:\n  email: {EMAIL}\n")
    receipt = erase_person(shop, anna(shop), "the customer")
    assert (receipt.left, receipt.files) == ([], [])
    assert shop.kept_shop_file.exists() and (generation / "catalogue.db").exists()


def test_a_var_that_is_the_shops_folder_loses_reports_alone(shop: Settings) -> None:
    for path in (shop.shop_file, shop.shop_dir / "products.csv"):
        shutil.copy(path, shop.var)
    (shop.var / "notes.txt").write_text(EMAIL)
    shared = replace(shop, shop_file=shop.var / "shop.yml")
    (shop.var / "products.csv").write_text(f"maker\n{EMAIL}\n")
    assert remove_files(shared, anna(shop)) == ["reports/2026-W01.html"]


def test_an_address_at_the_edge_of_what_is_read_at_once_is_whole(tmp_path: Path) -> None:
    path, person = tmp_path / "big", Person(EMAIL, ())
    for before in range(BLOCK - 30, BLOCK + 3, 5):
        path.write_bytes(b"." * before + f" {EMAIL} ".encode())
        assert names(path, person), before
        path.write_bytes(b"." * before + f" {EMAIL}.au jo{EMAIL} ".encode())
        assert not names(path, person), before
