"""What an agent meets in a day: who waits longest, drafts, canned replies with gaps, numbers looked for."""

import sqlite3
import time

import pytest

from bot.settings import Settings
from bot.staff.accounts import StaffStore
from bot.staff.work import WorkStore
from tests.console.conftest import Person
from tests.console.transcripts import keep, replied, said, simple
from tests.web.conftest import WebProcess

NOW = time.time()


@pytest.fixture(scope="module", autouse=True)
def waiting(web: WebProcess, shop: Settings) -> None:
    """Four who wait, one of them simulated; the one in danger came last."""
    store = StaffStore(shop.staff_db)
    work = WorkStore(store.db)
    for number, (name, minutes, why) in enumerate(
        (("a" * 32, 5, ""), ("b" * 32, 50, ""), ("c" * 32, 1, "danger"), ("simulated-1", 9, ""))
    ):
        simple(shop, name, f"a person please {number}", at=NOW - 60 * minutes)
        work.ask(name, NOW - 60 * minutes, "a person", why)
    store.close()
    keep(
        shop, "d" * 32,
        said("is it 100 percent cotton? my order is 417", "d1", NOW - 9,
             entities=(("order_number", "417"),)),
        replied("It is 220 grams.", NOW - 8),
    )  # fmt: skip
    database = WorkStore(StaffStore(shop.staff_db).db)
    database.tag("d" * 32, "cotton")


def names(person: Person, **filters: str) -> list[str]:
    return [one["conversation_id"] for one in person.json("/console/conversations", **filters)["conversations"]]  # fmt: skip


def test_who_may_be_in_danger_comes_first_and_then_who_waits_longest(
    people: dict[str, Person],
) -> None:
    ann = people["agent"]
    assert names(ann, view="waiting") == ["c" * 32, "b" * 32, "a" * 32]
    rows = ann.json("/console/conversations", view="waiting")["conversations"]
    assert names(ann, view="waiting", before=rows[1]["cursor"]) == ["a" * 32]
    found = ann.json("/console")["figures"]
    assert (found["waiting"], found["handoffs"]) == (3, 3)  # no simulated one
    assert [one["conversation_id"][:1] for one in found["slowest"]].count("s") == 0


@pytest.mark.parametrize("number", ["100", "220", "417", "100 cotton"])
def test_numbers_are_found_in_words_and_under_what_masks_them(
    people: dict[str, Person], number: str
) -> None:
    assert names(people["agent"], q=number) == ["d" * 32]
    assert names(people["agent"], q=f"{number} velvet") == []


def test_no_gap_of_a_canned_reply_reaches_a_customer(people: dict[str, Person]) -> None:
    ann, lea, path = people["agent"], people["analyst"], "/console/conversations/" + "a" * 32
    ann.post(path + "/take")
    canned = ann.json(path)["conversation"]["canned"]
    assert "{order}" in canned["order-found"] and "Ann" in canned["hello"]
    refused = ann.api(path + "/messages", text=canned["order-found"])
    assert refused.status_code == 400 and "{order} isn't filled in" in refused.json()["error"]
    assert "no placeholder" in lea.api("/console/macros", name="x", steps="reply: {nobody}").json()["error"]  # fmt: skip
    lea.post("/console/macros", name="found", steps="tag: found\nreply: Your order {order}.")
    refused = ann.api(path + "/macro", name="found")
    assert refused.status_code == 409 and "Nothing was done: {order}" in refused.json()["error"]
    after = ann.json(path)["conversation"]
    assert after["tags"] == [] and not any("order" in one["text"] for one in after["timeline"])
    known = "/console/conversations/" + "d" * 32
    ann.post(known + "/take")
    assert ann.api(known + "/macro", name="found").status_code == 200
    said_now = [one["text"] for one in ann.json(known)["conversation"]["timeline"]]
    assert any("Your order" in text for text in said_now)


def test_handing_back_says_nothing_that_nobody_wrote(people: dict[str, Person]) -> None:
    page = people["agent"].get("/console/conversations/" + "a" * 32).text
    field = page.partition('name="summary"')[2].partition(">")[0]
    assert "value=" not in field and "We talked about" not in page


def test_why_an_answer_was_given_is_one_click_away(
    people: dict[str, Person], shop: Settings
) -> None:
    name = "f" * 32
    keep(
        shop, name,
        said("a blue jacket", "f1", NOW - 5, "search_products", 0.91, 0.0, (("colour", "blue"),)),
        {"event": "action", "name": "action_search_products", "timestamp": NOW - 4.9,
         "policy": "RulePolicy", "confidence": 1.0},
        {"event": "slot", "name": "last_search", "timestamp": NOW - 4.8, "value": None},
        replied("These are red.", NOW - 4.7, ("J1",)),
    )  # fmt: skip
    database = sqlite3.connect(shop.transcripts_db)
    with database:
        database.execute(
            "INSERT INTO searches (id, conversation_id, reply_to, at, kind, text, need, category, filters, "
            "relaxed, good, total) SELECT 's1', ?, id, at, 'search', text, 'blue jackets', 'jackets', "
            """'{"colours": ["blue"], "sizes": []}', '["colours"]', 0, 4 FROM messages """
            "WHERE conversation_id = ? AND sender = 'customer'",
            [name, name],
        )
    database.close()
    ann, path = people["agent"], f"/console/conversations/{name}"
    (said_it,) = [one for one in ann.json(path)["conversation"]["timeline"] if one.get("why")]
    looked = said_it["why"]["looked_for"][0]
    assert (looked["text"], looked["good"], looked["total"]) == ("blue jackets", 0, 4)
    assert len(looked["wishes"]) == 1 and looked["wishes"][0].endswith("blue")
    assert len(looked["given_up"]) == 1
    did = said_it["why"]["did"]
    assert [(one["name"], one["policy"]) for one in did] == [
        ("action_search_products", "RulePolicy")
    ]
    page = ann.get(path).text
    assert "Why this answer" in page and "0 good of 4 found" in page and "by RulePolicy" in page


def test_what_was_said_in_the_same_way_is_reviewed_once(
    people: dict[str, Person], shop: Settings
) -> None:
    lea = people["analyst"]
    for number, text in enumerate(("Wobble it", "wobble it ", "wobble it", "wobble that")):
        keep(
            shop, f"{number:032}", said(text, f"w{number}", NOW - 100 + number, "nlu_fallback", 0.2)
        )
    queue = {one["id"]: one["times"] for one in lea.json("/console/review")["messages"]}
    assert queue == {"w2": 3, "w3": 1}
    assert "3 times" in lea.get("/console/review").text
    lea.api("/console/review/w2/correct", intent="greet")
    assert [one["id"] for one in lea.json("/console/review")["messages"]] == ["w3"]
    assert shop.reviewed_file.read_text().lower().count("wobble it") == 1
    lea.api("/console/review/w2/undo")
    assert len(lea.json("/console/review")["messages"]) == 2
