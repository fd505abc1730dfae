"""What customers asked of staff, at the console: who sees and does what, and that it rings."""

import csv
import io
import json
import threading
import time
from typing import Any

import pytest

from bot.settings import Settings
from bot.staff.accounts import StaffStore
from bot.staff.asked import Asked
from bot.staff.requests import RequestStore
from tests.console.conftest import Person
from tests.console.test_takeover import until
from tests.console.transcripts import simple
from tests.web.conftest import WebProcess
from tests.web.fake_engine import FakeEngine
from tests.web.test_chat import Customer
from tests.web.test_pictures import picture as picture_of

HOUR = 3600.0
numbers = iter(range(2222, 9999))


def reference() -> str:
    return f"R-{next(numbers)}-BBBB"


def ask(engine: FakeEngine, text: str, *kinds: str, at: float | None = None) -> list[str]:
    """Let the assistant ask these things of staff when it hears a text; returns the references."""
    asked = [
        Asked(kind, reference(), at or time.time(), message_id="m", email="anna@example.com",
              order="HF-10222", detail="too big, call 020 7946 0958", shop_reference="RMA-7"
        ).as_json() for kind in kinds
    ]  # fmt: skip
    engine.asks[text] = asked
    return [one["reference"] for one in asked]


@pytest.fixture
def customer(web: WebProcess, shop: Settings, engine: FakeEngine) -> Customer:
    """A customer whose conversation is in the transcripts."""
    found = Customer(web)
    found.send("hello")
    found.events(2)
    found.id = engine.turns[-1]["conversation"]
    simple(shop, found.id)
    return found


def listed(person: Person, **filters: str) -> dict[str, Any]:
    """reference -> the request, as a person's list has it."""
    found = person.json("/console/requests", **{"view": "all", **filters})
    return {one["reference"]: one for one in found["requests"]}


@pytest.fixture
def requested(customer: Customer, engine: FakeEngine, people: dict[str, Person]) -> str:
    """The reference of a return that the customer asked for."""
    (found,) = ask(engine, "send it back", "return")
    customer.send("send it back")
    customer.events(4)
    return found


def page(found: str) -> str:
    return f"/console/requests/{found}"


def test_each_thing_that_a_turn_asks_is_on_the_list(
    customer: Customer, engine: FakeEngine, people: dict[str, Person]
) -> None:
    new = people["agent"].json("/console/requests")["counts"]["new"]
    both = ask(engine, "two things", "change_address", "invoice")
    customer.send("two things")
    customer.events(4)
    rows = listed(people["agent"])
    assert [rows[one]["kind"] for one in both] == ["change_address", "invoice"]
    assert {rows[one]["conversation"] for one in both} == {customer.id}
    assert people["agent"].json("/console/requests")["counts"]["new"] == new + 2
    assert f'data-count="Requests">{new + 2}</b>' in people["agent"].get("/console").text
    seen = people["agent"].json(f"/console/conversations/{customer.id}")["conversation"]
    assert {one["reference"] for one in seen["requests"]} == set(both)


def test_a_turn_whose_answer_was_lost_leaves_one_request(
    web: WebProcess, customer: Customer, engine: FakeEngine, people: dict[str, Person]
) -> None:
    (found,) = ask(engine, "cancel it", "cancel")
    turns, engine.delay = engine.requests, 2.0
    try:
        customer.send("cancel it")
        until(lambda: engine.requests > turns)
        web.kill()  # the turn is done, and its answer goes nowhere
        until(lambda: engine.turns[-1]["text"] == "cancel it")
    finally:
        engine.delay = 0.0
    web.start()
    assert customer.events(4)[-1]["text"] == "You said: cancel it"
    assert engine.requests == turns + 2
    rows = [one for one in listed(people["agent"]).values() if one["conversation"] == customer.id]
    assert [(one["reference"], one["state"]) for one in rows] == [(found, "new")]


def test_a_request_rings_like_a_waiting_customer(
    customer: Customer, engine: FakeEngine, people: dict[str, Person]
) -> None:
    ann, calls, news = people["agent"], [], []

    def watch() -> None:
        with ann.http.stream("GET", "/console/live") as stream:
            kind = ""
            for line in stream.iter_lines():
                if line.startswith("event: "):
                    kind = line[7:]
                elif line.startswith("data: "):
                    (calls if kind == "waiting" else news).append(json.loads(line[6:]))
                    rang = [one for one in news if one["what"] == "handoff"]
                    if rang and calls[-1]["requests"] > calls[0]["requests"]:
                        return

    watching = threading.Thread(target=watch)
    watching.start()
    until(lambda: calls)
    ask(engine, "ring ring", "call_back")
    customer.send("ring ring")
    watching.join(20)
    assert calls[-1]["requests"] == calls[0]["requests"] + 1
    assert {"conversation": customer.id, "what": "handoff"} in news


def test_who_asked_is_masked_until_it_is_ones_own(
    requested: str, customer: Customer, people: dict[str, Person]
) -> None:
    ann, bea, lea = people["agent"], people["bea"], people["analyst"]
    hidden = {"email": "[email]", "order_number": "[number]", "shop_reference": "[number]",
              "detail": "too big, call [phone]"}  # fmt: skip
    known = {"email": "[email]", "order_number": "HF-10222", "shop_reference": "RMA-7",
             "detail": "too big, call [phone]"}  # fmt: skip
    clear = {"email": "anna@example.com", "order_number": "HF-10222", "shop_reference": "RMA-7",
             "detail": "too big, call 020 7946 0958"}  # fmt: skip

    def seen(person: Person) -> dict[str, str]:
        found = person.json(page(requested))["request"]
        assert {n: listed(person)[requested][n] for n in hidden if n != "detail"} == {
            n: hidden[n] if found["order_number"] == "[number]" else known[n]
            for n in hidden if n != "detail"
        }  # fmt: skip
        return {name: found[name] for name in hidden}

    assert seen(ann) == hidden and seen(lea) == known
    assert ann.post(page(requested) + "/unmask").status_code == 403
    assert ann.post(page(requested) + "/take").status_code == 303
    assert seen(ann) == known and seen(bea) == hidden
    assert ann.post(page(requested) + "/unmask").status_code == 303
    assert seen(ann) == clear
    assert seen(lea) == known  # each asks for themselves
    entries = people["admin"].json("/console/audit", object=f"request {requested}")["entries"]
    assert ("ann", "saw personal data") in [(one["login"], one["action"]) for one in entries]
    ann.post(page(requested) + "/state", state="done")
    assert seen(ann) == hidden  # it is done: no reason to see them any more


def test_a_new_address_is_masked_however_it_is_written(
    customer: Customer, shop: Settings, people: dict[str, Person]
) -> None:
    staff, found = StaffStore(shop.staff_db), reference()
    words = "the old mill behind the church, Lower Dovecote"
    RequestStore(staff.db).add(customer.id, Asked("change_address", found, 5.0, detail=words))
    staff.close()
    lea = people["analyst"]
    assert lea.json(page(found))["request"]["detail"] == "[address]"
    assert words not in lea.get("/console/requests/export", view="all").text
    lea.post(page(found) + "/unmask")
    assert lea.json(page(found))["request"]["detail"] == words
    assert listed(lea)[found]["detail"] == "[address]"  # the list never shows it
    lea.post(page(found) + "/state", state="done")


def test_what_is_done_with_it_is_logged(requested: str, people: dict[str, Person]) -> None:
    ann = people["agent"]
    ann.get(page(requested))
    ann.http.get(page(requested), headers={"X-Live": "1"})  # the page brings itself up to date
    ann.post(page(requested) + "/take")
    ann.post(page(requested) + "/assign", login="bea")
    people["bea"].post(page(requested) + "/state", state="refused")
    entries = people["admin"].json("/console/audit", object=f"request {requested}")["entries"]
    assert [(one["login"], one["action"], one["detail"]) for one in entries[::-1]] == [
        ("ann", "looked at", ""), ("ann", "took", ""), ("ann", "assigned", "bea"),
        ("bea", "set the state", "refused"),
    ]  # fmt: skip


def test_one_person_does_it_and_the_others_hear_so(
    requested: str, people: dict[str, Person]
) -> None:
    ann, bea = people["agent"], people["bea"]
    assert ann.api(page(requested) + "/take").status_code == 200
    refused = bea.api(page(requested) + "/take")
    assert refused.status_code == 409 and "Ann does" in refused.json()["error"]
    assert bea.api(page(requested) + "/state", state="done").status_code == 409
    assert ann.api(page(requested) + "/state", state="withdrawn").status_code == 400
    assert ann.api(page(requested) + "/assign", login="nobody-here").status_code == 400
    assert ann.api(page(requested) + "/state", state="done").status_code == 200
    assert listed(ann)[requested]["state"] == "done" and requested not in listed(ann, view="open")
    for path in ("", "/take", "/state", "/assign", "/unmask"):
        unknown = page("R-9999-ZZZZ") + path
        answer = ann.api(unknown, state="done") if path else ann.get(unknown)
        assert answer.status_code == 404, path


def test_a_note_reaches_the_customer_in_the_chat(
    requested: str, customer: Customer, people: dict[str, Person], engine: FakeEngine
) -> None:
    ann = people["agent"]
    ann.post(page(requested) + "/state", state="in_progress")  # nothing to read
    ann.post(page(requested) + "/state", state="done", note="The <b>label</b> is on its way.")
    told = customer.events(5)[-1]
    assert (told["from"], told["name"]) == ("staff", "Ann")
    assert told["text"] == f"{requested}: The <b>label</b> is on its way."
    until(lambda: [one for one in engine.notes if one["conversation"] == customer.id])
    assert [one["text"] for one in engine.notes if one["conversation"] == customer.id] == [
        told["text"]
    ]
    shown = ann.get(page(requested)).text
    assert "The &lt;b&gt;label&lt;/b&gt; is on its way." in shown
    customer.send("thanks")
    assert customer.events(7)[-1]["from"] == "assistant"  # who goes on as before


def test_what_a_customer_takes_back_is_off_the_list(
    requested: str, customer: Customer, people: dict[str, Person], engine: FakeEngine
) -> None:
    engine.asks["undo that"] = [
        Asked("", requested, time.time(), message_id="m", withdrawn=True).as_json()
    ]
    customer.send("undo that")
    customer.events(6)
    ann = people["agent"]
    assert listed(ann)[requested]["state"] == "withdrawn" and requested not in listed(
        ann, view="open"
    )
    assert ann.api(page(requested) + "/take").status_code == 409
    assert "took it back" in ann.get(page(requested)).text


def test_an_answered_ticket_is_done(customer: Customer, people: dict[str, Person]) -> None:
    customer.send("write to carla@example.com")
    customer.events(4)
    (row,) = [one for one in listed(people["agent"]).values() if one["conversation"] == customer.id]
    assert (row["kind"], row["state"]) == ("ticket", "new")
    people["bea"].post(f"/console/conversations/{customer.id}/messages", text="It comes tomorrow.")
    row = listed(people["agent"])[row["reference"]]
    assert (row["state"], row["changed_by"]) == ("done", "bea")


def test_age_turns_amber_and_red(
    customer: Customer, shop: Settings, people: dict[str, Person]
) -> None:
    staff, now = StaffStore(shop.staff_db), time.time()
    store, found = RequestStore(staff.db), {}
    for hours in (3.9, 4.1, 23.9, 24.1):
        found[hours] = reference()
        store.add(customer.id, Asked("invoice", found[hours], now - hours * HOUR))
    rows = listed(people["agent"])
    assert [rows[one]["level"] for one in found.values()] == ["", "amber", "amber", "red"]
    opened = list(listed(people["agent"], view="open"))
    assert opened[: len(found)] == [found[h] for h in (24.1, 23.9, 4.1, 3.9)]  # oldest first
    store.change(found[24.1], "done", "", staff.get("ann"))
    assert listed(people["agent"])[found[24.1]]["level"] == ""
    figures = people["agent"].json("/console")["figures"]
    assert figures["requests_open"] == len(listed(people["agent"], view="open"))
    assert round(now - figures["requests_oldest"]) == round(23.9 * HOUR)
    counted = dict(
        line.split() for line in people["nobody"].get("/metrics").text.splitlines()
        if line.startswith("shoptalk_requests")
    )  # fmt: skip
    counts = people["agent"].json("/console/requests")["counts"]
    assert float(counted["shoptalk_requests_new"]) == counts["new"]
    assert float(counted["shoptalk_requests_open"]) == counts["new"] + counts["in_progress"]
    assert 0 <= float(counted["shoptalk_requests_oldest_seconds"]) - 23.9 * HOUR < 120
    for one in list(found.values())[:3]:
        store.change(one, "done", "", staff.get("ann"))
    staff.close()


def test_several_at_once_and_what_others_do_is_left(
    customer: Customer, engine: FakeEngine, people: dict[str, Person]
) -> None:
    three = ask(engine, "three", "cancel", "return", "invoice")
    customer.send("three")
    customer.events(4)
    people["bea"].post(page(three[2]) + "/take")
    ann = people["agent"]
    said = ann.api("/console/requests/bulk", do="take", reference=[*three, "R-9999-ZZZZ"]).json()
    assert said["done"].startswith("2 of 4 done.") and "Bea does" in said["done"]
    assert [listed(ann)[one]["assignee"] for one in three] == ["ann", "ann", "bea"]
    form = {"csrf": ann.token, "do": "done", "reference": three}
    assert ann.http.post("/console/requests/bulk", data=form).status_code == 303
    assert [listed(ann)[one]["state"] for one in three] == ["done", "done", "in_progress"]
    for wrong in ({"do": "burn", "reference": three}, {"do": "done"}, {"do": "done", "reference": "x"},
                  {"do": "done", "reference": [1]}):  # fmt: skip
        assert ann.api("/console/requests/bulk", **wrong).status_code == 400, wrong


def test_the_search_finds_whole_references_orders_and_addresses(
    requested: str, people: dict[str, Person]
) -> None:
    ann = people["agent"]
    for q in (requested, requested.lower(), "HF-10222", "anna@example.com"):
        assert requested in listed(ann, q=q), q
    for q in ("HF-10223", "anna", "too big", "R-9999-ZZZZ"):
        assert listed(ann, q=q) == {}, q
    assert requested in listed(ann, kind="return", assignee="nobody", view="new")
    assert requested not in listed(ann, kind="cancel")
    wrong = ann.get("/console/requests?view=burnt")
    assert wrong.status_code == 400 and 'role="alert"' in wrong.text


def test_an_export_is_for_analysts_and_no_spreadsheet_runs_it(
    requested: str, customer: Customer, shop: Settings, people: dict[str, Person]
) -> None:
    staff, formula = StaffStore(shop.staff_db), reference()
    store = RequestStore(staff.db)
    store.add(customer.id, Asked("return", formula, 1_795_953_600.0, detail="=HYPERLINK(1)"))
    store.change(requested, "done", "ask bob@example.com", staff.get("ann"))
    staff.close()
    assert people["agent"].get("/console/requests/export").status_code == 403
    answer = people["analyst"].get("/console/requests/export", view="all", kind="return")
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["content-disposition"] == 'attachment; filename="requests.csv"'
    rows = {row["reference"]: row for row in csv.DictReader(io.StringIO(answer.text))}
    assert rows[formula]["detail"] == "'=HYPERLINK(1)"
    assert rows[formula]["asked_at"] == "2026-11-29T12:00:00+00:00"
    row = rows[requested]
    assert (row["order"], row["email"], row["note"]) == ("HF-10222", "[email]", "ask [email]")
    assert (row["state"], row["changed_by"], row["conversation"]) == ("done", "ann", customer.id)
    assert "anna@" not in answer.text and "7946 0958" not in answer.text
    assert {row["kind"] for row in rows.values()} == {"return"}
    entry = people["admin"].json("/console/audit", login="lea", action="exported")["entries"][0]
    assert (entry["object"], entry["detail"]) == (
        f"{len(rows)} requests",
        "csv view=all&kind=return",
    )


def test_pictures_of_the_conversation_are_evidence_for_who_may_see_them(
    customer: Customer, requested: str, people: dict[str, Person]
) -> None:
    sent = customer.http.post(
        "/chat/pictures", content=picture_of(), headers=customer.headers
    ).json()["picture"]
    assert customer.send("it arrived like this", pictures=[sent]).status_code == 202
    customer.events(6)
    ann, thread = people["agent"], f"/console/conversations/{customer.id}"
    shown = f"{thread}/pictures/{sent}"
    assert ann.get(shown).status_code == 403
    assert "A picture: personal data is hidden" in ann.get(page(requested)).text
    ann.post(page(requested) + "/take")
    ann.post(page(requested) + "/unmask")
    for where in (page(requested), thread):
        assert f'src="{shown}"' in ann.get(where).text
    seen = ann.get(shown)
    assert (
        seen.headers["content-type"] == "image/jpeg" and seen.headers["cache-control"] == "no-store"
    )
    assert ann.get(f"{thread}/pictures/{'0' * 32}").status_code == 404
    entries = people["admin"].json("/console/audit", action="looked at")["entries"]
    assert any(sent in entry["object"] for entry in entries)
