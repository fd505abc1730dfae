"""Who was erased stays erased when a backup from before is restored, and the audit log goes on."""

import json
import sqlite3
import time
from pathlib import Path
from typing import Any

import pytest

from bot.custody.backup import backup
from bot.custody.carrying_over import addresses
from bot.custody.erased import ERASED_FILE, Erased
from bot.custody.erasure import Receipt, erase_person
from bot.custody.export import export_person
from bot.custody.holdings import Person, mention
from bot.custody.persons import find_person, of_conversations
from bot.custody.restore import restore
from bot.custody.rotation import reencrypt
from bot.custody.search import search
from bot.errors import StoreError
from bot.inbox.store import Inbox
from bot.privacy.vault import KEYS, vault_in
from bot.settings import Settings
from bot.staff.accounts import StaffStore
from bot.surveys.store import SurveyStore
from bot.transcripts.store import rebuild
from bot.web.chat.customer_events import project
from tests.custody.test_persons import EMAIL, anna, contents, said, shop

__all__ = ["shop"]
JOANNA = f"jo{EMAIL}"


def audit(settings: Settings) -> list[tuple[str, str, str]]:
    """Who did what to which object, oldest first."""
    staff = StaffStore(settings.staff_db)
    lines = [(one["login"], one["action"], one["object"]) for one in reversed(staff.audit())]
    staff.close()
    return lines


def nothing_of_anna(settings: Settings) -> bool:
    """By the address, by what leads to her without it, and by the bytes of every file."""
    person = Person(EMAIL, ("conv-anna-1", "conv-anna-2"), ("key-of-anna",))
    found = find_person(settings, EMAIL, ["key-of-anna"])
    rows = export_person(settings, person)["data"]
    rows.pop("orders")  # the shop's own
    words = (b"quixotic", b"zanzibar", b"sounded tired", b"because run-mail")
    files = [
        path for path in settings.var.rglob("*") if path.is_file() and "orders" not in path.name
    ]
    return (
        search(settings, person) == []
        and found.conversations == ()
        and rows == {}
        and not any(word in path.read_bytes() for path in files for word in words)
    )


def backed_up(settings: Settings, file: Path, **more: Any) -> Path:
    """A backup, and the next second: times in it are whole seconds."""
    backup(settings, file, **more)
    return file


def erased(settings: Settings) -> Receipt:
    receipt = erase_person(settings, anna(settings), "the customer")
    assert receipt.left == []
    return receipt


@pytest.mark.parametrize("between", ["nothing", "new marking keys", "keys of the backup"])
def test_an_erased_person_does_not_come_back(shop: Settings, tmp_path: Path, between: str) -> None:
    before = contents(shop, "conv-joanna")
    old = backed_up(shop, tmp_path / "old.tar", secrets=True)
    receipt = erased(shop)
    if between == "new marking keys":
        reencrypt(shop, lambda line: None, settle=0)
    if between == "keys of the backup":
        (shop.var / KEYS).unlink()
        (shop.var / "secrets.json").unlink()
    vault_in.cache_clear()
    done = restore(shop, old, secrets=True)
    vault_in.cache_clear()
    assert done.again == ((receipt.number,), (), (), ())
    assert nothing_of_anna(shop)
    assert contents(shop, "conv-joanna") == before
    rebuild(shop.tracker_db, shop.transcripts_db)
    project(shop.web_db, shop.transcripts_db)
    assert nothing_of_anna(shop)
    lines = audit(shop)
    assert [one[:2] for one in lines[:2]] == [("bob", "looked at"), ("bob", "exported")]
    assert ("the customer", "erased a person", f"receipt {receipt.number}") in lines
    assert lines[-2][:2] == ("command line", "restored")
    assert lines[-1] == ("command line", "erased again", f"receipt {receipt.number}")
    assert EMAIL not in json.dumps(lines)


def test_without_an_erasure_a_backup_brings_everybody_back(shop: Settings, tmp_path: Path) -> None:
    old = backed_up(shop, tmp_path / "old.tar")
    person = export_person(shop, anna(shop))["data"]
    for path in shop.var.glob("*.db*"):
        path.unlink()
    assert restore(shop, old).again == ((), (), (), ())
    assert export_person(shop, anna(shop))["data"] == person
    assert not nothing_of_anna(shop)


def test_restored_again_and_again_it_stays_so(shop: Settings, tmp_path: Path) -> None:
    old = backed_up(shop, tmp_path / "old.tar")
    receipt = erased(shop)
    for _ in range(2):
        assert restore(shop, old).again.receipts == (receipt.number,)
        assert nothing_of_anna(shop)
    lines = [line for line in audit(shop) if line[1] == "erased a person"]
    assert len(lines) == 1  # told once


def test_one_conversation_alone_was_erased(shop: Settings, tmp_path: Path) -> None:
    old = backed_up(shop, tmp_path / "old.tar")
    receipt = erase_person(shop, of_conversations(shop, ["conv-anna-1"]), "the customer")
    assert restore(shop, old).again.receipts == (receipt.number,)
    assert contents(shop, "conv-anna-1") == 0
    assert anna(shop).conversations == ("conv-anna-2",)


def test_who_came_back_after_an_erasure_is_a_customer_like_any_other(
    shop: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    erased(shop)
    said(shop, "conv-anna-3", f"it is {EMAIL} again", own=EMAIL)
    later = time.time() + 60
    monkeypatch.setattr("bot.custody.backup.time.time", lambda: later)
    new = backed_up(shop, tmp_path / "new.tar")
    monkeypatch.undo()
    assert restore(shop, new).again == ((), (), (), ())
    assert anna(shop).conversations == ("conv-anna-3",)


def test_what_was_said_after_an_erasure_is_never_erased_again(
    shop: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the same conversation, whose token the command ends as little as a link to a survey."""
    erased(shop)
    later = time.time() + 60
    inbox, surveys = Inbox(shop.web_db), SurveyStore(shop.surveys_db)
    inbox.accept("conv-anna-1", "message-9999", "please call me")
    surveys.open_run("nps", 1, "mail", later, person="key-of-anna", run_id="run-new")
    surveys.answer("run-new", "why", "ANNA-NEW", later)
    staff = StaffStore(shop.staff_db)
    staff.db["canned"].insert({"name": "new", "text": f"Dear {EMAIL}"})
    for store in (inbox, staff):
        store.close()
    surveys.close()
    monkeypatch.setattr("bot.custody.backup.time.time", lambda: later)
    new = backed_up(shop, tmp_path / "new.tar")
    monkeypatch.undo()
    assert restore(shop, new).again == ((), (), (), ())
    inbox, surveys, staff = (
        Inbox(shop.web_db),
        SurveyStore(shop.surveys_db),
        StaffStore(shop.staff_db),
    )
    assert [one["body"]["text"] for one in inbox.events_after("conv-anna-1", 0)] == [
        "please call me"
    ]
    assert surveys.run("run-new").answers["why"].value == "ANNA-NEW"
    assert [row["text"] for row in staff.db["canned"].rows] == [f"Dear {EMAIL}"]
    for store in (inbox, staff):
        store.close()
    surveys.close()


def test_what_is_older_than_an_erasure_goes_though_the_backup_is_newer(
    shop: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An old backup came back without the list, and was backed up again before the list was found."""
    old = backed_up(shop, tmp_path / "old.tar")
    later = time.time() + 60
    monkeypatch.setattr("bot.custody.erasure.time.time", lambda: later)
    receipt = erased(shop)
    kept = (shop.var / ERASED_FILE).read_bytes()
    (shop.var / ERASED_FILE).unlink()
    restore(shop, old)
    assert anna(shop).conversations
    monkeypatch.setattr("bot.custody.backup.time.time", lambda: later + 60)
    new = backed_up(shop, tmp_path / "new.tar")
    monkeypatch.undo()
    (shop.var / ERASED_FILE).write_bytes(kept)
    assert restore(shop, new).again.receipts == (receipt.number,)
    assert anna(shop).conversations == () and contents(shop, "conv-joanna") > 0


def test_a_backup_made_while_somebody_is_erased_brings_nothing_back(
    shop: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [float(int(time.time()) + 100)]
    monkeypatch.setattr("time.time", lambda: now[0])
    meanwhile = backed_up(shop, tmp_path / "meanwhile.tar")
    now[0] -= 10  # it began before

    def compact_late(*given: Any) -> None:
        now[0] += 20

    monkeypatch.setattr("bot.custody.erasure.compact_all", compact_late)
    receipt = erase_person(shop, anna(shop), "test")
    monkeypatch.undo()
    assert restore(shop, meanwhile).again.receipts == (receipt.number,)
    assert nothing_of_anna(shop)


def test_a_former_folder_that_is_damaged_keeps_nobody_from_restoring(
    shop: Settings, tmp_path: Path
) -> None:
    old = backed_up(shop, tmp_path / "old.tar")
    receipt = erased(shop)
    for path in (shop.staff_db, shop.web_db):
        path.write_bytes(b"no database")
    again = restore(shop, old).again
    assert again.receipts == (receipt.number,) and nothing_of_anna(shop)
    assert [one.split(":")[0] for one in again.lost] == ["staff.db", "web.db"]


def test_survey_answers_by_mail_go_though_no_text_names_the_address(
    shop: Settings, tmp_path: Path
) -> None:
    old = backed_up(shop, tmp_path / "old.tar")
    erased(shop)
    restore(shop, old)
    surveys = SurveyStore(shop.surveys_db)
    assert {run.id for run in surveys.runs("nps")} == {"run-other"}
    surveys.close()


def test_a_link_to_an_erased_conversation_still_gets_its_receipt(
    shop: Settings, tmp_path: Path
) -> None:
    old = backed_up(shop, tmp_path / "old.tar")
    inbox = Inbox(shop.web_db)
    number = inbox.ask_erasure("conv-anna-1", EMAIL)
    receipt = erased(shop)
    inbox.erased(number, receipt.number, ["conv-anna-1", "conv-anna-2"])
    inbox.ask_erasure("conv-joanna", JOANNA)  # asked for, and not done yet
    inbox.close()
    restore(shop, old)
    inbox = Inbox(shop.web_db)
    assert [inbox.erasure(f"conv-anna-{one}") for one in (1, 2)] == [receipt.number] * 2
    assert [one[1:] for one in inbox.erasures()] == [("conv-joanna", JOANNA)]
    inbox.close()


def test_a_list_in_a_backup_is_added_to_the_one_that_is_there(
    shop: Settings, tmp_path: Path
) -> None:
    old = backed_up(shop, tmp_path / "old.tar")
    receipt = erased(shop)
    full = backed_up(shop, tmp_path / "full.tar", secrets=True)
    # another machine, on which somebody else was erased
    (shop.var / ERASED_FILE).unlink()
    other = erase_person(shop, find_person(shop, JOANNA), "test")
    restore(shop, full, secrets=True)
    done = restore(shop, old)
    assert done.again.receipts == tuple(sorted((receipt.number, other.number)))
    assert nothing_of_anna(shop) and contents(shop, "conv-joanna") == 0


def test_the_list_tells_nobody_who_it_was_and_is_its_owners(shop: Settings) -> None:
    erased(shop)
    path = shop.var / ERASED_FILE
    text = path.read_text()
    assert "anna" not in text and "conv-" not in text and path.stat().st_mode & 0o077 == 0
    assert len(json.loads(text)["erased"]) == 4  # the address, two conversations, a survey's key
    path.write_text("{")
    with pytest.raises(StoreError, match="erased.json can't be read"):
        erase_person(shop, anna(shop), "test")


def test_the_list_knows_who_was_erased_and_when(tmp_path: Path) -> None:
    erased_ = Erased(tmp_path)
    erased_.add(Person(EMAIL, ("c1",), ("k1",)), "E-1", 100.0)
    erased_.add(Person("", ("c1",)), "E-2", 200.0)
    lookup = erased_.read()
    entries = [
        lookup.find(*one) for one in (("email", EMAIL), ("person", "k1"), ("conversation", "c1"))
    ]
    assert [(one.receipt, one.at) for one in entries if one] == [
        ("E-1", 100.0), ("E-1", 100.0), ("E-2", 200.0),
    ]  # fmt: skip
    assert lookup.find("conversation", "c2") is None and lookup.find("email", "c1") is None
    assert Erased(tmp_path / "nobody").read().is_empty()


@pytest.mark.parametrize(
    "text",
    [
        "anna@example.com", "mail:ANNA@Example.com.", '{"text": "x\\\\nanna@example.com\\\\n"}',
        "q=anna%40example.com&x=1", "<anna@example.com>", "'anna@example.com'", "to=anna@example.com",
        "jo@example.com, anna@example.com; x", "@anna@example.com",
    ],
)  # fmt: skip
def test_an_address_is_found_in_a_text_wherever_it_is_mentioned(text: str) -> None:
    assert Person(EMAIL, ()).is_mentioned(text)
    assert EMAIL in set(addresses(text))


@pytest.mark.parametrize(
    "text",
    ["joanna@example.com", "anna@example.com.au", "jo+anna@example.com", "anna@example", "@"],
)
def test_a_longer_address_is_another(text: str) -> None:
    assert not Person(EMAIL, ()).is_mentioned(text)
    assert EMAIL not in set(addresses(text))


def test_what_staff_named_after_a_person_is_blotted(shop: Settings) -> None:
    staff = StaffStore(shop.staff_db)
    staff.db["tags"].insert({"conversation": "conv-anna-1", "tag": "annas-own-tag"})
    staff.log("bob", "tagged", "conversation conv-anna-1", "annas-own-tag")
    staff.log("bob", "tagged", "conversation conv-joanna", "joannas-tag")
    staff.log("bob", "corrected", "message conv-anna-1-m1", "annas-words")
    staff.db["canned"].insert({"name": "reply-to-anna-example-com", "text": f"Dear {EMAIL}, hello"})
    staff.db["canned"].insert({"name": "plain", "text": f"Dear {JOANNA}, hello"})
    staff.db["macros"].insert({"name": "m", "steps": json.dumps([["note", f"ask {EMAIL}"]])})
    for name, query in (("a", f"Q={EMAIL}"), (f"all of {EMAIL}", "q=anna%40example.com&sort=new")):
        staff.db["views"].insert({"staff_id": 1, "name": name, "query": query})
    staff.log("bob", "saved", "reply reply-to-anna-example-com")
    staff.log("ANNA@example.com", "sign-in failed", "address 127.0.0.1")
    staff.add(EMAIL.replace("anna", "carl"), "Carl", "agent", "a long password")
    staff.log("carl@example.com", "signed in", "address 127.0.0.1")
    receipt = erase_person(shop, anna(shop), "test")
    assert receipt.left == []
    assert receipt.rows["staff.canned"] == receipt.rows["staff.macros"] == 1
    lines = {(one["login"], one["action"], one["object"], one["detail"]) for one in staff.audit()}
    assert {
        ("bob", "tagged", "conversation conv-anna-1", "[erased]"),
        ("bob", "tagged", "conversation conv-joanna", "joannas-tag"),
        ("bob", "corrected", "message conv-anna-1-m1", "[erased]"),
        ("bob", "saved", "[erased]", ""),
        ("[erased]", "sign-in failed", "address 127.0.0.1", ""),
        ("carl@example.com", "signed in", "address 127.0.0.1", ""),
    } <= lines
    assert list(staff.db.query("SELECT * FROM canned ORDER BY name")) == [
        {"name": "plain", "text": f"Dear {JOANNA}, hello"},
        {"name": "reply-to-[erased]", "text": "Dear [erased], hello"},
    ]
    assert [row["steps"] for row in staff.db["macros"].rows] == ['[["note", "ask [erased]"]]']
    assert [(row["name"], row["query"]) for row in staff.db["views"].rows] == [
        ("a", "Q=[erased]"), ("all of [erased]", "q=[erased]&sort=new"),
    ]  # fmt: skip
    with pytest.raises(sqlite3.IntegrityError, match="only grow"):
        staff.db.execute("UPDATE audit SET login = 'x'")
    staff.close()


def test_an_address_that_is_an_account_of_staff_lets_an_erasure_end(shop: Settings) -> None:
    staff = StaffStore(shop.staff_db)
    staff.add(EMAIL, "Anna", "agent", "a long password")
    staff.log(EMAIL, "signed in")
    receipt = erase_person(shop, anna(shop), "test")
    assert receipt.left == [] and "1 accounts of staff" in receipt.kept
    assert staff.find(EMAIL) and EMAIL in {one["login"] for one in staff.audit()}
    staff.close()
    assert mention(EMAIL).search(EMAIL)


@pytest.mark.parametrize(
    ("text", "email", "found"),
    [
        ("i am o'brien@example.com", "brien@example.com", False),
        ("i am o'brien@example.com", "o'brien@example.com", True),
        ("write to tom&jerry@example.com", "jerry@example.com", False),
        ("it is 'anna@example.com'", "anna@example.com", True),
        ("mailto:anna@example.com?email=anna@example.com", "anna@example.com", True),
        ("x!anna@example.com", "anna@example.com", False),
    ],
)
def test_an_address_is_not_a_longer_one_that_ends_like_it(
    text: str, email: str, found: bool
) -> None:
    assert bool(mention(email).search(text)) is found
