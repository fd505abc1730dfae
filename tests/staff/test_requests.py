"""What customers asked of staff: once each, sealed, found by what it is known by."""

import re
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlite_utils import Database

from bot.custody.erasure import erase_person
from bot.custody.export import export_person
from bot.custody.holdings import Person
from bot.custody.persons import find_person, old_conversations
from bot.custody.rotation import reencrypt
from bot.custody.search import search
from bot.errors import NotFound, ShoptalkError
from bot.privacy.vault import vault_in
from bot.settings import Settings
from bot.staff.accounts import StaffStore
from bot.staff.asked import Asked, reference_for, reference_in
from bot.staff.requests import (
    PAGE,
    BadRequestFilter,
    RequestFilters,
    RequestStore,
    Withdrawn,
    all_requests,
    told_to_customer,
)
from bot.staff.schema import staff_tables
from bot.staff.work import NotYours, Taken

CANCEL = Asked(
    "cancel", "R-2222-BBBB", 100.0, message_id="m1", email="anna@example.com", order="HF-10222",
    sku="M1", detail="please, I moved to Mill Lane 4", shop_reference="RMA-77",
)  # fmt: skip


@pytest.fixture
def staff(settings: Settings) -> Iterator[StaffStore]:
    store = StaffStore(settings.staff_db)
    for login, role in (("ann", "agent"), ("bea", "agent"), ("adam", "admin")):
        store.add(login, login.title(), role, "a long password")
    yield store
    store.close()


@pytest.fixture
def requests(staff: StaffStore) -> RequestStore:
    return RequestStore(staff.db)


def references(requests: RequestStore, **filters: str) -> list[str]:
    return [one.reference for one in requests.page(RequestFilters.read({"view": "all", **filters}))]


def test_a_request_is_a_row_with_all_that_was_asked(requests: RequestStore) -> None:
    assert requests.add("c1", CANCEL)
    found = requests.get("R-2222-BBBB")
    assert found.__dict__ == {
        "reference": "R-2222-BBBB", "kind": "cancel", "conversation": "c1", "message_id": "m1",
        "order_number": "HF-10222", "sku": "M1", "email": "anna@example.com",
        "detail": "please, I moved to Mill Lane 4", "shop_reference": "RMA-77",
        "asked_at": 100.0, "last_asked_at": 100.0, "state": "new", "changed_at": None,
        "changed_by": None, "assignee": None, "assignee_name": None, "note": "",
    }  # fmt: skip
    with pytest.raises(NotFound):
        requests.get("R-2222-BBBC")


def test_an_answer_that_comes_again_changes_nothing(
    requests: RequestStore, staff: StaffStore
) -> None:
    ann = staff.get("ann")
    assert [requests.add("c1", CANCEL) for _ in range(2)] == [True, False]
    requests.change(CANCEL.reference, "done", "Done!", ann)
    done = requests.get(CANCEL.reference)
    assert not requests.add("c1", CANCEL) and requests.get(CANCEL.reference) == done
    taken_back = Asked("", CANCEL.reference, 99.0, withdrawn=True)  # of before it was asked again
    assert not requests.add("c1", taken_back) and requests.get(CANCEL.reference) == done


def test_asked_again_it_is_open_again_and_never_twice(
    requests: RequestStore, staff: StaffStore
) -> None:
    requests.add("c1", CANCEL)
    requests.take(CANCEL.reference, staff.get("ann"))
    later = replace(CANCEL, at=200.0, message_id="m2", detail="now")
    assert not requests.add("c2", later)  # Ann is at it: nothing new for anybody
    found = requests.get(CANCEL.reference)
    assert (found.state, found.assignee, found.asked_at) == ("in_progress", "ann", 100.0)
    assert (found.conversation, found.detail, found.last_asked_at) == ("c2", "now", 200.0)
    requests.change(CANCEL.reference, "refused", "No.", staff.get("ann"))
    assert requests.add("c2", replace(CANCEL, at=300.0))
    found = requests.get(CANCEL.reference)
    assert (found.state, found.assignee, found.asked_at, found.note) == ("new", None, 300.0, "")
    assert requests.counts()["new"] == 1 and sum(requests.counts().values()) == 1


def test_what_a_customer_takes_back_nobody_does(requests: RequestStore, staff: StaffStore) -> None:
    requests.add("c1", CANCEL)
    assert requests.add("c1", Asked("", CANCEL.reference, 150.0, withdrawn=True))
    found = requests.get(CANCEL.reference)
    assert (found.state, found.changed_at, found.changed_by) == ("withdrawn", 150.0, None)
    for change in (
        lambda: requests.take(CANCEL.reference, staff.get("ann")),
        lambda: requests.assign(CANCEL.reference, staff.get("ann")),
        lambda: requests.change(CANCEL.reference, "done", "", staff.get("adam")),
    ):
        with pytest.raises(Withdrawn):
            change()
    assert requests.get(CANCEL.reference) == found
    # what is done is done
    requests.add("c1", replace(CANCEL, reference="R-3333-CCCC"))
    requests.change("R-3333-CCCC", "done", "", staff.get("ann"))
    assert not requests.add("c1", Asked("", "R-3333-CCCC", 150.0, withdrawn=True))
    assert requests.get("R-3333-CCCC").state == "done"


def test_one_person_does_it(requests: RequestStore, staff: StaffStore) -> None:
    ann, bea, adam = (staff.get(login) for login in ("ann", "bea", "adam"))
    requests.add("c1", CANCEL)
    requests.take(CANCEL.reference, ann)
    requests.take(CANCEL.reference, ann)
    with pytest.raises(Taken, match="Ann does"):
        requests.take(CANCEL.reference, bea)
    with pytest.raises(NotYours, match="Ann does"):
        requests.change(CANCEL.reference, "done", "", bea)
    assert requests.is_on("c1", ann) and not requests.is_on("c1", bea)
    assert requests.change(CANCEL.reference, "new", "", adam).assignee == "ann"  # an admin may
    requests.assign(CANCEL.reference, bea)
    found = requests.change(CANCEL.reference, "done", "All set", bea)
    assert (found.state, found.note, found.changed_by) == ("done", "All set", "bea")
    assert not requests.is_on("c1", bea)  # it is done: no reason to look any more
    with pytest.raises(Taken, match="done already"):
        requests.take(CANCEL.reference, ann)
    with pytest.raises(ShoptalkError, match="no state"):
        requests.change(CANCEL.reference, "withdrawn", "", bea)


def test_who_changes_what_nobody_does_has_it(requests: RequestStore, staff: StaffStore) -> None:
    requests.add("c1", CANCEL)
    assert requests.change(CANCEL.reference, "in_progress", "", staff.get("bea")).assignee == "bea"


def test_an_answer_to_the_customer_closes_their_ticket_alone(
    requests: RequestStore, staff: StaffStore
) -> None:
    requests.add("c1", CANCEL)
    for number, conversation in ((3, "c1"), (4, "c2")):
        requests.add(conversation, Asked("ticket", f"R-{number}333-CCCC", 5.0))
    requests.answered("c1", staff.get("ann"))
    states = {one.reference: one.state for one in requests.page(RequestFilters(view="all"))}
    assert states == {"R-2222-BBBB": "new", "R-3333-CCCC": "done", "R-4333-CCCC": "new"}


def test_the_list_is_oldest_first_and_goes_on_where_it_ended(requests: RequestStore) -> None:
    for number in range(PAGE + 2):
        at = 1000.0 - number // 2  # pairs of the same moment
        requests.add("c", Asked("invoice", f"R-{number:04}-BBBB", at))
    first = requests.page(RequestFilters())
    rest = requests.page(RequestFilters(), first[-1].reference)
    listed = [*first, *rest]
    assert (len(first), len(rest), len({one.reference for one in listed})) == (50, 2, 52)
    assert [one.asked_at for one in listed] == sorted(one.asked_at for one in listed)
    assert requests.longest_open(1010.0) == 1010.0 - listed[0].asked_at
    assert (requests.new(), requests.open()) == (PAGE + 2, PAGE + 2)


def test_filters_combine(requests: RequestStore, staff: StaffStore) -> None:
    requests.add("c1", CANCEL)
    other = {"order": "HF-20333", "email": "anna@example.com.au", "reference": "R-3333-CCCC"}
    requests.add("c2", replace(CANCEL, kind="return", **other))
    requests.take("R-3333-CCCC", staff.get("ann"))
    one, two = ["R-2222-BBBB"], ["R-3333-CCCC"]
    for filters, found in (
        ({}, one + two), ({"view": "new"}, one), ({"view": "open"}, one + two), ({"view": "done"}, []),
        ({"kind": "return"}, two), ({"assignee": "ann"}, two), ({"assignee": "nobody"}, one),
        ({"assignee": "bea"}, []), ({"q": "r-2222-bbbb"}, one), ({"q": "hf 10222"}, one),
        ({"q": "10222"}, one), ({"q": "HF-20333"}, two), ({"q": "anna@example.com"}, one),
        ({"q": "Anna@Example.com.au"}, two), ({"q": "anna@example.com", "kind": "return"}, []),
        ({"q": "example"}, []), ({"q": "Mill Lane"}, []), ({"q": "%"}, []),
    ):  # fmt: skip
        assert references(requests, **filters) == found, filters
    with pytest.raises(BadRequestFilter, match="View"):
        RequestFilters.read({"view": "none"})


def test_what_customers_said_is_sealed(requests: RequestStore, settings: Settings, staff) -> None:
    requests.add("c1", CANCEL)
    requests.change(CANCEL.reference, "done", "a label is on its way", staff.get("ann"))
    staff.db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = settings.staff_db.read_bytes()
    for said in (b"anna@", b"HF-10222", b"Mill Lane", b"RMA-77", b"a label is on"):
        assert said not in content, said
    assert b"R-2222-BBBB" in content  # the control: the row is there


def test_new_keys_leave_requests_readable_and_findable(
    requests: RequestStore, settings: Settings, staff: StaffStore
) -> None:
    requests.add("c1", CANCEL)
    before = requests.get(CANCEL.reference)
    old = vault_in(settings.var).mark("anna@example.com")
    reencrypt(settings, lambda said: None, settle=0)
    assert vault_in(settings.var).mark("anna@example.com") != old
    assert requests.get(CANCEL.reference) == before
    assert references(requests, q="anna@example.com") == [CANCEL.reference]


def test_a_persons_requests_are_exported_and_erased_with_them(
    requests: RequestStore, settings: Settings, staff: StaffStore
) -> None:
    requests.add("conv-anna-1", CANCEL)
    requests.add("conv-tom-1", replace(CANCEL, reference="R-3333-CCCC", email="tom@example.com"))
    assert find_person(settings, "anna@example.com").conversations == ()  # typed, and not proven
    anna = Person("anna@example.com", ("conv-anna-1",))
    rows = export_person(settings, anna)["data"]["staff"]
    assert [one["detail"] for one in rows["requests"]] == [CANCEL.detail] and len(rows) == 1
    receipt = erase_person(settings, anna, "test")
    assert (
        receipt.left == [] and search(settings, Person("anna@example.com", ("conv-anna-1",))) == []
    )
    assert receipt.rows["staff.requests"] == 1 and receipt.rows["staff.request_marks"] == 3
    assert references(requests) == ["R-3333-CCCC"]
    assert references(requests, q="tom@example.com") == ["R-3333-CCCC"]


def test_a_request_keeps_its_conversation_as_long_as_it_is_worked_on(
    requests: RequestStore, settings: Settings, staff: StaffStore
) -> None:
    requests.add("c1", CANCEL)
    assert old_conversations(settings, 101.0) == ("c1",)
    assert old_conversations(settings, 100.0) == ()
    requests.change(CANCEL.reference, "in_progress", "", staff.get("ann"))
    assert old_conversations(settings, 101.0) == ()


def test_customers_hear_of_theirs_and_of_what_they_can_name(
    requests: RequestStore, settings: Settings
) -> None:
    requests.add("c1", CANCEL)
    requests.add("c1", Asked("invoice", "R-3333-CCCC", 200.0))
    requests.add("c2", Asked("invoice", "R-4444-DDDD", 150.0))
    told = [one.reference for one in told_to_customer(settings.staff_db, "c1")]
    assert told == ["R-3333-CCCC", "R-2222-BBBB"]
    named = told_to_customer(settings.staff_db, "c1", "R-4444-DDDD")
    assert [one.reference for one in named] == ["R-4444-DDDD"]
    assert told_to_customer(settings.staff_db, "c1", "R-4444-DDDF") == []
    assert told_to_customer(settings.var / "none.db", "c1") == []


def test_an_export_reads_what_the_filters_find(requests: RequestStore, settings: Settings) -> None:
    requests.add("c1", CANCEL)
    requests.add("c1", Asked("invoice", "R-3333-CCCC", 50.0))
    found = all_requests(settings.staff_db, RequestFilters(), 10)
    assert [one.reference for one in found] == ["R-3333-CCCC", "R-2222-BBBB"]
    assert len(all_requests(settings.staff_db, RequestFilters(), 1)) == 1
    assert all_requests(settings.staff_db, RequestFilters(view="done"), 10) == []


def test_a_staff_db_of_before_gets_the_list(tmp_path: Path) -> None:
    old = Database(tmp_path / "staff.db")
    staff_tables.apply(old, stop_before="m060_requests")
    old["work"].insert({"conversation": "c1", "ticket_at": 5.0})
    old.close()
    store = StaffStore(tmp_path / "staff.db")
    requests = RequestStore(store.db)
    assert requests.counts() == dict.fromkeys(requests.counts(), 0)
    assert requests.add("c1", CANCEL) and store.db["work"].count == 1
    store.close()


def test_references_are_read_out_typed_and_not_guessed(tmp_path: Path) -> None:
    made = [reference_for(vault_in(tmp_path), "HF-1", "cancel", n) for n in range(200)]
    assert all(re.fullmatch(r"R-[2-9B-HJ-NP-TV-Z]{4}-[2-9B-HJ-NP-TV-Z]{4}", one) for one in made)
    assert len(set(made)) == 200 and not any(set(one[2:]) & set("AEIOU01L") for one in made)
    assert reference_for(vault_in(tmp_path), "HF-1", "cancel", 7) == made[7]
    assert reference_for(vault_in(tmp_path / "other"), "HF-1", "cancel", 7) != made[7]
    for said in ("R-7K3M-9QXD", "r-7k3m-9qxd", "it's R 7K3M 9QXD.", "(r7k3m9qxd)"):
        assert reference_in(said) == "R-7K3M-9QXD", said
    for other in (
        "HF-10222",
        "R-17",
        "R-7K3M-9QX",
        "R-7K3M-9QXDD",
        "R-AAAA-EEEE",
        "AR-7K3M-9QXD",
        "",
    ):
        assert reference_in(other) == "", other


def test_foreign_keys_hold(requests: RequestStore, settings: Settings) -> None:
    requests.add("c1", CANCEL)
    db = sqlite3.connect(settings.staff_db)
    assert db.execute("PRAGMA foreign_key_check").fetchall() == []
    db.close()
