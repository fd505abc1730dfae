"""What is sealed is told by database, table and column: what a customer writes is only a text."""

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as trying
from hypothesis import strategies as st
from sqlite_utils import Database

from bot.campaigns.consent import Consents
from bot.campaigns.optin import OptIn
from bot.campaigns.outbox import Outbox
from bot.campaigns.people import People, Trait
from bot.custody.backup import backup
from bot.custody.erasure import erase_person
from bot.custody.export import export_person
from bot.custody.files import database_files
from bot.custody.holdings import tables, text_columns
from bot.custody.persons import find_person
from bot.custody.restore import restore
from bot.custody.retention import purge
from bot.custody.rotation import reencrypt
from bot.custody.search import search
from bot.errors import StoreError
from bot.inbox.pictures import Pictures
from bot.inbox.store import Inbox
from bot.insights.schema import open_insights
from bot.privacy.vault import LostKey, Vault, vault_in
from bot.settings import Settings
from bot.staff.accounts import StaffStore
from bot.staff.asked import Asked, reference_for
from bot.staff.requests import RequestStore
from bot.staff.work import WorkStore
from bot.store.columns import JSON, PLAIN, SEALED, read, sealed_column
from bot.surveys.links import Links
from bot.surveys.schema import migrations
from bot.surveys.store import SurveyStore
from bot.transcripts.projection import Projection
from bot.transcripts.store import open_transcripts, rebuild
from bot.transcripts.tracker import tracker_events
from bot.web.chat.customer_events import CustomerEvents, project, read_event
from tests.custody.test_persons import EMAIL, NOW, said, shop
from tests.transcripts.test_masking import opens
from tests.transcripts.test_transcripts import START, turn

__all__ = ["shop"]
MALLORY = "mallory@example.com"


def test_every_text_column_is_said_to_be_sealed_or_plain(shop: Settings) -> None:
    seen = set()
    for one in database_files(shop):
        db = sqlite3.connect(one.path)
        for table in tables(db):
            for column in text_columns(db, table):
                sealed_column(one.name, table, column)
                seen.add((one.name, table, column))
        db.close()
    plain = {(*place, name) for place, names in PLAIN.items() for name in names.split()}
    assert plain & set(SEALED) == set()
    assert plain | set(SEALED) == seen, "the maps name columns that are gone"
    assert seen >= JSON
    with pytest.raises(StoreError, match="nobody said whether events.surprise is sealed"):
        sealed_column("web", "events", "surprise")


def test_the_stores_seal_what_the_map_says_and_nothing_else(shop: Settings) -> None:
    write_everywhere(shop, f"my mail is {MALLORY}", "conv-mallory")
    inbox = Inbox(shop.web_db)
    inbox.ask_erasure("conv-mallory", MALLORY)
    inbox.close()
    vault, sealed = vault_in(shop.var), set()
    for one in database_files(shop):
        db = sqlite3.connect(one.path)
        db.row_factory = sqlite3.Row
        for table in tables(db):
            for row in db.execute(f"SELECT * FROM [{table}]"):
                for column in text_columns(db, table):
                    rule = sealed_column(one.name, table, column)
                    is_sealed = rule is not None and rule.holds_for(row)
                    if row[column] is not None:
                        where = (one.name, table, column)
                        assert opens(vault, row[column]) == is_sealed, where
                        sealed |= {where} if is_sealed else set()
        db.close()
    assert sealed == set(SEALED)


def test_a_column_is_read_as_its_row_says_and_a_lost_key_is_no_text(tmp_path: Path) -> None:
    vault = Vault(tmp_path)
    value, event = ("surveys", "answers", "value"), ("tracker", "events", "data")
    sealed = vault.seal("x")
    assert read(vault, value, {"value": sealed, "sealed": 1}) == "x"
    assert read(vault, value, {"value": sealed, "sealed": 0}) == sealed
    assert read(vault, event, {"data": sealed, "type_name": "user"}) == "x"
    assert read(vault, event, {"data": sealed, "type_name": "action"}) == sealed
    assert read(vault, ("staff", "work", "reason"), {"reason": None}) is None
    with pytest.raises(LostKey):
        read(vault, value, {"value": '"x"', "sealed": 1})


def write_everywhere(settings: Settings, text: str, conversation: str) -> None:
    """Mallory writes a text into everything that customers fill, and staff copy it."""
    said(settings, conversation, f"I am {MALLORY}", text, f"{text} {MALLORY}", own=MALLORY)
    inbox = Inbox(settings.web_db)
    inbox.identify(conversation, {"id": text, "email": MALLORY, "name": text})
    inbox.accept(conversation, "with-a-card", text, card_answer={"message_id": text, "value": text})
    inbox.close()
    pictures = Pictures(settings.web_db)
    pictures.add(conversation, text.encode())
    pictures.close()
    events = CustomerEvents(settings.web_db, settings.transcripts_db)
    for number, body in enumerate((
        {"kind": "click", "sku": text[:300]},
        {"kind": "thumb", "thumb": "down", "message_id": text[:200], "why": text},
        {"kind": "rating", "value": 1, "comment": text},
        {"kind": "page", "url": text, "title": text},
        {"kind": "cart", "sku": text[:300], "quantity": 1},
        {"kind": "purchase", "value": 1, "skus": [text[:300]]},
        {"kind": "consent", "value": 1, "text": text},
    )):  # fmt: skip
        events.accept(conversation, read_event({"id": f"event-{number:04}", **body}))
    events._db.close()
    project(settings.web_db, settings.transcripts_db)
    transcripts = open_transcripts(settings.transcripts_db)
    projection, at = Projection(transcripts), 9000.0
    wish = {"kind": "stock_alert", "email": text, "sku": text, "at": at}
    with transcripts.atomic():
        for event in (
            *START,
            *turn(9, text, conversation=conversation),
            {"event": "slot", "timestamp": at, "name": "request_made", "value": wish},
            {"event": "slot", "timestamp": at, "name": "product_clicked", "value": {"sku": text, "at": at}},
            {"event": "slot", "timestamp": at, "name": "handoff_requested", "value": {"at": 1, "reason": text}},
        ):  # fmt: skip
            projection.apply(conversation, event)
        # Whatever masking left plain, and what an earlier version didn't mask.
        for table, column in (("customer_events", "text"), ("messages", "text"), ("searches", "text"),
                              ("conversations", "handoff_reason"), ("previews", "first_text")):  # fmt: skip
            transcripts.execute(f"UPDATE [{table}] SET [{column}] = ?", [text])
    transcripts.close()
    surveys = SurveyStore(settings.surveys_db)
    run = surveys.open_run("nps", 1, text[:20], NOW, person=text, conversation=conversation,
                           segments={"plan": text})  # fmt: skip
    surveys.answer(run, "words", text, NOW)
    surveys.answer(run, "choice", text, NOW, own_words=False)
    surveys.close()
    staff = StaffStore(settings.staff_db)
    work, bob = WorkStore(staff.db), staff.get("bob")
    work.note(conversation, bob, text)
    work.ask(conversation, NOW, text)
    work.make_ticket(conversation, NOW, text)
    requests, reference = (
        RequestStore(staff.db),
        reference_for(vault_in(settings.var), conversation),
    )
    asked = Asked("return", reference, NOW, text, text, text, text, text, text)
    requests.add(conversation, asked)
    requests.change(reference, "done", text, bob)
    staff.db["tags"].insert({"conversation": conversation, "tag": text})
    staff.db["canned"].insert({"name": text, "text": text})
    staff.db["views"].insert({"staff_id": bob.id, "name": text, "query": text})
    staff.log(text, text, text, text)
    staff.close()
    people = People(settings.campaigns_db, settings.secrets)
    number = people.ensure(MALLORY, "signed", NOW, text[:300])
    people.learn(number, conversation, [Trait("viewed", text[:300], NOW)])
    Consents(people).give(number, "news", text, text, NOW, {"text": text})
    outbox = Outbox(people, settings.secrets, "shop.example")
    OptIn(people, outbox).ask(MALLORY, "alerts", text, text, NOW, "en")
    people.close()
    insights = open_insights(settings.insights_db)
    insights["feedback"].insert({"source": text, "id": text, "at": NOW, "text": text})
    insights["need_groups"].insert({"need": text, "name": text})
    insights.close()


def token_like(settings: Settings, kind: str) -> str:
    """What looks like a sealed text, and is one when it was copied."""
    if kind == "a real token, for something else":
        return vault_in(settings.var).seal('{"conversation": "x"}') or ""
    if kind == "a copied one":
        with sqlite3.connect(settings.web_db) as db:
            return db.execute("SELECT body FROM events LIMIT 1").fetchone()[0]
    if kind == "another shop's":
        return Vault(settings.var.parent / "other").seal("x") or ""
    return kind


def keys_of(settings: Settings, who: str) -> list[str]:
    """The keys under which surveys and campaigns know somebody."""
    return ["key-of-anna"] if who == EMAIL else Links(settings.secrets).pseudonyms(who)


def exported(settings: Settings, who: str) -> Any:
    person = find_person(settings, who, keys_of(settings, who))
    data = export_person(settings, person)
    assert (person.unread, data["unread"]) == ((), [])
    data["data"].pop("guard", None)  # marks, which begin anew with another key
    return data["data"]


@pytest.mark.parametrize(
    "kind",
    [
        "gAAAAA", "gAAAAAA", "gAAAAA" + "x" * 94, "[" * 1500, "a real token, for something else",
        "a copied one", "another shop's",
    ],
    ids=["marker", "marker and A", "looks whole", "brackets", "real", "copied", "another shop's"],
)  # fmt: skip
def test_what_looks_sealed_hinders_nothing_and_comes_back_as_it_was_written(
    shop: Settings, tmp_path: Path, kind: str
) -> None:
    text = token_like(shop, kind)
    write_everywhere(shop, text, "conv-mallory")
    anna, mallory = exported(shop, EMAIL), exported(shop, MALLORY)
    assert [one["text"] for one in mallory["staff"]["notes"]] == [text]
    assert {one["value"] for one in mallory["surveys"]["answers"]} == {text}
    assert {one["body"]["text"] for one in mallory["web"]["events"]} == {
        text, f"I am {MALLORY}", f"{text} {MALLORY}",
    }  # fmt: skip
    assert text in {one["text"] for one in mallory["transcripts"]["customer_events"]}
    assert reencrypt(shop, lambda line: None, settle=0).unread == ()
    assert (exported(shop, EMAIL), exported(shop, MALLORY)) == (anna, mallory)
    backup(shop, tmp_path / "saved.tar")
    assert restore(shop, tmp_path / "saved.tar").again == ((), (), (), ())
    vault_in.cache_clear()
    assert (exported(shop, EMAIL), exported(shop, MALLORY)) == (anna, mallory)
    receipt = erase_person(shop, find_person(shop, EMAIL, ["key-of-anna"]), "test")
    assert (receipt.left, receipt.unread) == ([], [])
    assert exported(shop, MALLORY) == mallory
    receipt = erase_person(shop, find_person(shop, MALLORY, keys_of(shop, MALLORY)), "test")
    assert (receipt.left, receipt.unread) == ([], [])
    rebuild(shop.tracker_db, shop.transcripts_db)
    assert {one for one, _ in tracker_events(shop.tracker_db)} == {"conv-joanna"}
    purge(shop, NOW + 5000 * 86_400)


@trying(max_examples=300, deadline=None)
@given(text=st.text() | st.builds("gAAAAA{}".format, st.text()) | st.binary())
def test_no_text_opens_that_no_key_sealed(tmp_path_factory: Any, text: Any) -> None:
    vault = vault_in(tmp_path_factory.getbasetemp())
    with pytest.raises(LostKey):
        vault.open(text)
    if isinstance(text, str):
        assert vault.open(vault.seal(text)) == text
        assert read(vault, ("web", "events", "sender"), {"sender": text}) == text


def damage(settings: Settings) -> None:
    """A row that no key opens: a disk's fault, or a key that is lost."""
    with sqlite3.connect(settings.web_db) as db:
        db.execute(
            "UPDATE events SET body = 'x' || body WHERE conversation = 'conv-joanna' AND seq = "
            "(SELECT min(seq) FROM events WHERE conversation = 'conv-joanna')"
        )


def test_a_row_that_no_key_opens_is_named_and_the_rest_goes_on(shop: Settings) -> None:
    before = exported(shop, EMAIL)
    damage(shop)
    place = ("web.db: events, row 5",)
    anna = find_person(shop, EMAIL, ["key-of-anna"])
    assert anna.unread == ()  # nothing in it would have led to her
    data = export_person(shop, anna)
    assert data["data"].pop("guard")
    assert (data["data"], data["unread"]) == (before, [])  # none of hers
    joanna = export_person(shop, find_person(shop, "conv-joanna"))
    assert joanna["unread"] == list(place)
    assert next(one["body"] for one in joanna["data"]["web"]["events"]) is None
    receipt = erase_person(shop, anna, "test")
    assert (receipt.left, receipt.unread) == ([], list(place))
    assert search(shop, anna) == []
    gone = erase_person(shop, find_person(shop, "conv-joanna"), "test")
    assert (gone.left, gone.unread) == ([], [])  # it was hers


def test_without_the_keys_nothing_is_called_unreadable_row_by_row(shop: Settings) -> None:
    (shop.var / "keys.json").unlink()
    vault_in.cache_clear()
    with pytest.raises(LostKey, match="is gone"):
        find_person(shop, EMAIL)


def test_answers_of_an_earlier_version_are_known_by_what_they_are(tmp_path: Path) -> None:
    vault = vault_in(tmp_path)
    old = Database(tmp_path / "surveys.db")
    migrations.apply(old, stop_before="m053_which_are_sealed")
    run = {"campaign_id": "nps", "version": 1, "way": "chat", "segments": "{}"}
    old["runs"].insert({"id": "r1", **run})
    kept = {
        "own": vault.seal('"my words"'), "token": vault.seal('"gAAAAA"'), "option": '"gAAAAA"',
        "score": "9", "minus": "-1", "none": "null", "yes": "true", "matrix": '{"a": 1}', "nan": "NaN",
    }  # fmt: skip
    for name, value in kept.items():
        old["answers"].insert(
            {"run_id": "r1", "question_id": name, "value": value, "at": 1.0, "sentiment": None}
        )
    old.close()
    store = SurveyStore(tmp_path / "surveys.db")
    found = {name: one.value for name, one in store.run("r1").answers.items()}
    assert json.dumps(found.pop("nan")) == "NaN"
    assert found == {
        "own": "my words", "token": "gAAAAA", "option": "gAAAAA", "score": 9, "minus": -1,
        "none": None, "yes": True, "matrix": {"a": 1},
    }  # fmt: skip
    store.close()
