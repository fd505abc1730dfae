"""A person steps in: the assistant is silent, whatever the customer types, until it is back."""

import threading
import time

import pytest

from bot.settings import Settings
from bot.staff.accounts import StaffStore
from bot.staff.work import WorkStore
from tests.console.conftest import Person
from tests.console.transcripts import simple
from tests.web.conftest import WebProcess
from tests.web.fake_engine import FakeEngine
from tests.web.test_chat import Customer


@pytest.fixture
def customer(web: WebProcess, shop: Settings, engine: FakeEngine) -> Customer:
    """A customer who has said hello, and whose conversation is in the transcripts."""
    found = Customer(web)
    found.send("hello")
    found.events(2)
    found.id = engine.turns[-1]["conversation"]
    simple(shop, found.id)
    return found


def page(customer: Customer) -> str:
    return f"/console/conversations/{customer.id}"


def until(what, seconds: float = 10) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "it didn't happen"
        time.sleep(0.05)


def test_staff_write_and_the_assistant_is_silent(
    customer: Customer, people: dict[str, Person], engine: FakeEngine
) -> None:
    ann = people["agent"]
    assert ann.post(page(customer) + "/messages", text="Hi").status_code == 409  # not taken yet
    assert ann.post(page(customer) + "/take").status_code == 303
    for text in ("are you there?", "/restart", '/inform{"x": 1}', "/session_start"):
        assert customer.send(text).status_code == 202
    assert ann.post(page(customer) + "/messages", text="Yes, <b>Ann</b> here").status_code == 303
    events = customer.events(8)
    assert [event["from"] for event in events[2:]] == ["system", *["customer"] * 4, "staff"]
    assert events[2]["text"] == "Ann from Hazel & Finch has joined the chat."
    assert (events[-1]["name"], events[-1]["text"]) == ("Ann", "Yes, <b>Ann</b> here")
    mine = [turn for turn in engine.turns if turn["conversation"] == customer.id]
    assert [turn["text"] for turn in mine] == ["hello"]
    until(lambda: len([one for one in engine.notes if one["conversation"] == customer.id]) == 6)
    notes = [one for one in engine.notes if one["conversation"] == customer.id]
    assert [one["note"] for one in notes] == ["system", *["customer"] * 4, "staff"]
    assert notes[0]["paused"] is True and notes[-1]["name"] == "Ann"
    thread = ann.get(page(customer)).text
    assert "Yes, &lt;b&gt;Ann&lt;/b&gt; here" in thread and "/restart" in thread


def test_handing_back_wakes_the_assistant(
    customer: Customer, people: dict[str, Person], engine: FakeEngine
) -> None:
    ann = people["agent"]
    ann.post(page(customer) + "/take")
    assert people["bea"].post(page(customer) + "/hand-back").status_code == 409
    assert ann.post(page(customer) + "/hand-back", summary="A refund is on its way.").is_redirect
    customer.send("thanks")
    events = customer.events(6)
    assert "Finn is here again. In short: A refund is on its way." in events[3]["text"]
    assert (events[-1]["from"], events[-1]["text"]) == ("assistant", "You said: thanks")
    until(lambda: any(one.get("paused") is False for one in engine.notes))
    assert "Handed back: A refund is on its way." in ann.get(page(customer)).text


def test_an_answer_under_way_is_held_back_when_staff_step_in(
    customer: Customer, people: dict[str, Person], engine: FakeEngine
) -> None:
    ann, before = people["agent"], len(engine.turns)
    engine.delay = 2.0
    try:
        customer.send("where is my parcel")
        until(lambda: engine.requests > 0 and customer.events(3)[-1]["from"] == "customer")
        ann.post(page(customer) + "/take")
        until(lambda: len(engine.turns) > before, 20)
    finally:
        engine.delay = 0.0
    ann.post(page(customer) + "/messages", text="It is on its way.")
    customer.send("thank you")
    events = customer.events(6)
    assert [event["from"] for event in events[2:]] == ["customer", "system", "staff", "customer"]
    assert "You said: where is my parcel" not in [event["text"] for event in events]


def test_two_agents_cannot_take_one_conversation(
    customer: Customer, people: dict[str, Person]
) -> None:
    answers: dict[str, int] = {}

    def take(login: str) -> None:
        answers[login] = people[login].api(page(customer) + "/take").status_code

    threads = [threading.Thread(target=take, args=(login,)) for login in ("agent", "bea")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers.values()) == [200, 409]
    loser = people[max(answers, key=lambda login: answers[login])]
    refused = loser.api(page(customer) + "/messages", text="Me too")
    assert refused.status_code == 409 and "has this conversation" in refused.json()["error"]
    joined = [event for event in customer.events(3) if event["from"] == "system"]
    assert len(joined) == 1


def test_a_message_sent_twice_arrives_once(customer: Customer, people: dict[str, Person]) -> None:
    ann = people["agent"]
    ann.post(page(customer) + "/take")
    for _ in range(3):
        assert (
            ann.api(page(customer) + "/messages", text="Once", id="abcdef-123").status_code == 200
        )
    ann.api(page(customer) + "/messages", text="Twice", id="abcdef-124")
    said = [event["text"] for event in customer.events(5)]
    assert said[-2:] == ["Once", "Twice"]


def test_what_waited_for_the_assistant_is_not_answered_after_taking_over(
    customer: Customer, people: dict[str, Person], engine: FakeEngine
) -> None:
    engine.stop()
    customer.send("I wait since hours")
    customer.state("waiting")
    people["agent"].post(page(customer) + "/take")
    engine.start()
    until(lambda: any(one["text"] == "I wait since hours" for one in engine.notes))
    assert not [turn for turn in engine.turns if turn["text"] == "I wait since hours"]


def test_typing_goes_both_ways(customer: Customer, people: dict[str, Person]) -> None:
    ann = people["agent"]
    ann.post(page(customer) + "/take")
    heard: list[str] = []

    def watch() -> None:
        with ann.http.stream("GET", "/console/live") as stream:
            for line in stream.iter_lines():
                heard.append(line)
                if '"what": "typing"' in line:
                    return

    watching = threading.Thread(target=watch)
    watching.start()
    until(lambda: any(line.startswith("event: waiting") for line in heard))
    customer.http.post("/chat/typing", headers=customer.headers)
    watching.join(10)
    assert f'data: {{"conversation": "{customer.id}", "what": "typing"}}' in heard
    assert ann.post(page(customer) + "/typing").status_code == 204
    with customer.http.stream(
        "GET", "/chat/stream?after=99999", headers=customer.headers
    ) as stream:
        lines = stream.iter_lines()
        assert any('"who": "staff"' in line and "typing" in line for line in lines)
    assert people["bea"].post(page(customer) + "/typing").status_code == 409


def test_a_customer_who_asks_waits_until_somebody_comes(
    customer: Customer, people: dict[str, Person]
) -> None:
    ann = people["agent"]
    customer.send("a person please")
    customer.events(4)
    waiting = ann.json("/console/conversations", view="waiting")["conversations"]
    row = next(one for one in waiting if one["conversation_id"] == customer.id)
    assert row["waiting_level"] == "waiting"
    customer.send("hello again")  # the assistant still answers while nobody came
    assert customer.events(6)[-1]["from"] == "assistant"
    ann.post(page(customer) + "/take")
    waiting = ann.json("/console/conversations", view="waiting")["conversations"]
    assert customer.id not in [one["conversation_id"] for one in waiting]
    mine = ann.json("/console/conversations", view="mine")["conversations"]
    assert mine[0]["owner"] == "Ann"


def test_a_ticket_is_answered_at_the_next_visit(
    customer: Customer, people: dict[str, Person]
) -> None:
    bea = people["bea"]
    customer.send("my address is carla@example.com")
    customer.events(4)
    shown = bea.json(page(customer))["conversation"]
    assert shown["ticket_email"] == "[email]"  # not hers, so masked
    answer = bea.post(page(customer) + "/messages", text="Your parcel is on its way.")
    assert answer.status_code == 303
    later = customer.events(5)[-1]  # the customer comes back, with the token that the widget kept
    assert (later["from"], later["name"]) == ("staff", "Bea")
    assert bea.json(page(customer))["conversation"]["work"]["answered_at"]
    customer.send("thank you")  # and the assistant is there as before
    assert customer.events(7)[-1]["from"] == "assistant"


def test_a_customer_who_waits_turns_amber_and_red(
    customer: Customer, people: dict[str, Person], shop: Settings
) -> None:
    store = StaffStore(shop.staff_db)
    work = WorkStore(store.db)
    levels = []
    for minutes in (1, 3, 6):
        with store.db.atomic():
            store.db.conn.execute("DELETE FROM work WHERE conversation = ?", [customer.id])
        work.ask(customer.id, time.time() - minutes * 60, "help")
        levels.append(people["agent"].json(page(customer))["conversation"]["waiting_level"])
    store.close()
    assert levels == ["waiting", "amber", "red"]


def test_who_may_be_in_danger_comes_first_and_red_at_once(
    customer: Customer, people: dict[str, Person], shop: Settings
) -> None:
    def seen() -> tuple[list[str], str, bool]:
        told = people["agent"].json(page(customer))["conversation"]
        listed = people["agent"].get("/console/conversations").text
        return (
            [one["conversation"] for one in work.waiting() if one["conversation"] in ours],
            told["waiting_level"],
            "May be in danger" in listed,
        )

    store = StaffStore(shop.staff_db)
    work, now, ours = WorkStore(store.db), time.time(), ("another", customer.id)
    work.ask("another", now - 90, "help")
    work.ask(customer.id, now - 60, "help")
    assert seen() == (["another", customer.id], "waiting", False)
    work.ask(customer.id, now - 50, "…", "danger")
    assert seen() == ([customer.id, "another"], "red", True)
    work.ask(customer.id, now - 40, "help")  # another wish takes nothing from it
    assert seen() == ([customer.id, "another"], "red", True)
    work.resolve(customer.id)
    assert seen() == (["another"], "", False)
    work.ask(customer.id, now - 30, "still here", "danger")  # it comes up again
    assert seen() == ([customer.id, "another"], "red", True)
    work.ask(customer.id, now - 20, "still here", "danger")
    assert work.waiting()[0]["waiting_since"] == now - 30  # they wait since then
    work.take(customer.id, store.get("ann"))
    assert seen() == (["another"], "", False)
    work.give_back(customer.id, store.get("ann"))
    work.ask(customer.id, now - 10, "help")
    assert seen() == (["another", customer.id], "waiting", False)
    work.resolve("another")
    store.close()


def test_resolving_hands_back_and_an_admin_may_help_out(
    customer: Customer, people: dict[str, Person]
) -> None:
    people["agent"].post(page(customer) + "/take")
    assert people["bea"].post(page(customer) + "/resolve").status_code == 409
    assert people["admin"].post(page(customer) + "/resolve").status_code == 303
    shown = people["admin"].json(page(customer))["conversation"]
    assert shown["work"]["status"] == "resolved" and shown["work"]["owner"] is None
    people["admin"].post(page(customer) + "/reopen")
    assert people["admin"].json(page(customer))["conversation"]["work"]["status"] == "open"
