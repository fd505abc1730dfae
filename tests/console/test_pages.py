"""The home page's figures, the description of the API, the audit log."""

import sqlite3
import time

from bot.settings import Settings
from bot.staff.accounts import StaffStore
from bot.staff.work import WorkStore
from tests.console.conftest import Person
from tests.console.transcripts import keep, replied, said, simple
from tests.web.conftest import WebProcess


def test_the_figures_of_today(web: WebProcess, people: dict[str, Person], shop: Settings) -> None:
    now = time.time()
    keep(
        shop, "a" * 32,
        said("qwer", "a1", now, "nlu_fallback", 0.2, -0.5), replied("Sorry?", now + 0.5),
        {"event": "slot", "name": "handoff_requested", "timestamp": now + 1,
         "value": {"at": now + 1, "reason": "help"}},
    )  # fmt: skip
    simple(shop, "b" * 32, "thanks", intent="thank", score=0.9)
    simple(shop, "simulated-1", "not a customer")
    store = StaffStore(shop.staff_db)
    work = WorkStore(store.db)
    work.ask("a" * 32, now - 120, "help")
    work.take("a" * 32, store.get("ann"))
    store.close()
    figures = people["agent"].json("/console")["figures"]
    today = figures["days"][-1]
    assert (today["conversations"], today["contained"], today["fallback"]) == (2, 1, 1)
    assert round(today["sentiment"], 2) == 0.2
    assert figures["handoffs"] == 1 and 119 < figures["median_wait"] < 130
    assert ["thank", 1] in figures["intents"] and len(figures["days"]) == 14
    page = people["agent"].get("/console").text
    assert page.count("<svg") == 2 and "Conversations a day" in page


def test_an_erasure_that_does_not_come_to_an_end_is_seen(
    web: WebProcess, people: dict[str, Person], shop: Settings
) -> None:
    database = sqlite3.connect(shop.web_db)
    with database:
        database.executemany(
            "INSERT INTO erasures (mark, who, asked_at) VALUES (?, 'sealed', ?)",
            [("a", time.time() - 5), ("b", time.time() - 700)],
        )
    assert "An erasure that a customer asked for isn" in people["agent"].get("/console").text
    with database:
        database.execute("DELETE FROM erasures WHERE mark = 'b'")
    database.close()
    assert "erasure" not in people["agent"].get("/console").text


def test_no_answer_of_the_console_stays_with_a_browser(
    people: dict[str, Person], shop: Settings
) -> None:
    simple(shop, "b" * 32, "thanks", intent="thank", score=0.9)
    for accept in ("text/html", "application/json"):
        for path in ("/console", f"/console/conversations/{'b' * 32}", "/console/nowhere"):
            answer = people["agent"].http.get(path, headers={"Accept": accept})
            assert answer.headers.get("cache-control") == "no-store", (path, accept)


def test_the_api_is_described_as_it_is(people: dict[str, Person]) -> None:
    paths = people["agent"].json("/console/openapi.json")["paths"]
    take = paths["/console/conversations/{conversation}/take"]["post"]
    assert "Role: agent" in take["description"] and "409" in take["responses"]
    assert take["security"] == [{"session": [], "csrf": []}]
    say = paths["/console/conversations/{conversation}/messages"]["post"]
    schema = say["requestBody"]["content"]["application/json"]["schema"]
    assert schema["required"] == ["text"] and "id" in schema["properties"]
    listing = paths["/console/conversations"]["get"]
    assert {"q", "sentiment", "before"} <= {one["name"] for one in listing["parameters"]}
    assert all(one["summary"] for path in paths.values() for one in path.values())


def test_the_audit_log_tells_who_did_what(people: dict[str, Person], shop: Settings) -> None:
    conversation = simple(shop, "c" * 32, "hello")
    people["agent"].get(f"/console/conversations/{conversation}")
    people["agent"].post(f"/console/conversations/{conversation}/tags", tag="vip")
    admin = people["admin"]
    entries = admin.json("/console/audit", object=f"conversation {conversation}")["entries"]
    assert [(one["login"], one["action"]) for one in entries] == [
        ("ann", "tagged"), ("ann", "looked at"),
    ]  # fmt: skip
    assert "conversation " + conversation in admin.get("/console/audit", login="ann").text
