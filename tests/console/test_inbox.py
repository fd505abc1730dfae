"""Finding, reading and working on conversations."""

import csv
import io
import json
import re
import sqlite3
import time
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bot.settings import Settings
from bot.staff.accounts import Staff, StaffStore
from bot.staff.conversations import Finder
from bot.staff.filters import Bounds, Filters
from bot.transcripts.projection import Projection
from bot.transcripts.store import open_transcripts
from bot.transcripts.summaries import refresh
from tests.console.conftest import Person, noon_zone
from tests.console.transcripts import keep, replied, said, simple, staff_said
from tests.web.conftest import WebProcess

DAY = 86400


@pytest.fixture(scope="module", autouse=True)
def conversations(web: WebProcess, shop: Settings) -> None:
    """Five conversations that differ in all that can be filtered by."""
    now = time.time()
    keep(
        shop, "a" * 32,
        said("where is my parcel HF-10222", "a1", now - 90, "order_status", 0.95, 0.0,
             (("order_number", "HF-10222"),)),
        replied("It comes tomorrow.", now - 89),
        said("that is terrible, write to anna@example.com", "a2", now - 60, "complaint", 0.8, -0.8),
        replied("I'm sorry.", now - 59),
    )  # fmt: skip
    keep(
        shop, "b" * 32,
        said("a warm jacket", "b1", now - 2 * DAY, "search_products", 0.97, 0.1),
        replied("Here you are", now - 2 * DAY + 1, ("J1", "J2")),
        said("lovely, thanks", "b2", now - 2 * DAY + 9, "thank", 0.99, 0.9),
    )  # fmt: skip
    keep(
        shop, "c" * 32,
        said("qwer asdf", "c1", now - 40 * DAY, "nlu_fallback", 0.2, 0.0),
        replied("Sorry?", now - 40 * DAY + 1),
        said("a person", "c2", now - 40 * DAY + 5, "talk_to_human", 0.9, -0.1),
        {"event": "slot", "name": "handoff_requested", "timestamp": now - 40 * DAY + 6,
         "value": {"at": now - 40 * DAY + 6, "reason": "a person"}},
    )  # fmt: skip
    simple(shop, "d" * 32, "=HYPERLINK(1) <script>alert(1)</script>", at=now - 3 * DAY)
    keep(shop, "e" * 32, said("hello again anna@example.com", "e1", now - 5 * DAY),
         staff_said("Hi Anna", "e2", now - 5 * DAY + 3))  # fmt: skip
    database = open_transcripts(shop.transcripts_db)
    database["customer_events"].insert_all(
        [
            {"id": "t1", "conversation_id": "a" * 32, "at": now - 58, "kind": "thumb",
             "message_id": "a2:0", "value": -1, "text": "rude"},
            {"id": "p1", "conversation_id": "a" * 32, "at": now - 95, "kind": "page",
             "url": "/shop/returns", "text": "Returns"},
            {"id": "p2", "conversation_id": "e" * 32, "at": now - 5 * DAY - 1, "kind": "page",
             "url": "/account/eva@example.com", "text": "Orders of eva@example.com"},
            {"id": "k1", "conversation_id": "b" * 32, "at": now - 2 * DAY + 4, "kind": "click",
             "sku": "J2"},
        ],
        alter=True,
    )  # fmt: skip
    database.close()
    surveys = sqlite3.connect(shop.surveys_db)
    surveys.execute("INSERT INTO campaigns (id, status, changed_at) VALUES ('nps', 'on', 0)")
    for run, conversation, started in (("r1", "e" * 32, now), ("r2", "d" * 32, None)):
        surveys.execute(
            "INSERT INTO runs (id, campaign_id, version, way, conversation_id, segments, started_at)"
            " VALUES (?, 'nps', 1, 'chat', ?, '{}', ?)",
            [run, conversation, started],
        )
    surveys.commit()
    surveys.close()
    database = open_transcripts(shop.transcripts_db)
    with database.atomic():
        refresh(database, ["a" * 32])
    database.close()


def people_of(shop: Settings, login: str) -> Staff:
    store = StaffStore(shop.staff_db)
    person = store.find(login)
    store.close()
    return person


def found(person: Person, **filters: str) -> str:
    """The first letters of the conversations that the filters find, sorted."""
    page = person.json("/console/conversations", **{"view": "all", **filters})
    letters = "".join(sorted(one["conversation_id"][0] for one in page["conversations"]))
    assert page["facets"]["total"] == len(letters)
    return letters


@pytest.mark.parametrize(
    ("filters", "letters"),
    [
        ({}, "abcde"),
        ({"q": "parcel"}, "a"),
        ({"q": "parcels terrible"}, "a"),  # words of two messages, and another ending
        ({"q": 'jacket" OR *'}, ""),
        ({"q": "HF-10222"}, "a"),
        ({"intent": "search_products"}, "b"),
        ({"sentiment": "negative"}, "a"),
        ({"sentiment": "positive"}, "b"),
        ({"confidence_below": "0.3"}, "c"),
        ({"fallback": "1"}, "c"),
        ({"handoff": "1"}, "c"),
        ({"thumbs_down": "1"}, "a"),
        ({"product": "J2"}, "b"),
        ({"channel": "shoptalk"}, "abcde"),
        ({"language": "other"}, ""),
        ({"q": "anna@example.com", "sentiment": "negative"}, "a"),
        ({"q": "anna@example.com"}, "ae"),
        ({"q": "anna"}, ""),
        ({"fallback": "1", "sentiment": "positive"}, ""),
        ({"until": "2020-01-01"}, ""),
        ({"since": "2020-01-01", "intent": "thank"}, "b"),
        ({"assignee": "nobody"}, ""),
        ({"survey": "nps"}, "e"),
    ],
)
def test_filters_combine(people: dict[str, Person], filters: dict, letters: str) -> None:
    assert found(people["agent"], **filters) == letters


@pytest.mark.parametrize(
    "query", ["view=none", "sentiment=angry", "confidence_below=much", "since=tomorrow", "until=9999-12-31",
              "since=0001-01-01", "fallback=yes", "view=all&before=x"],
)  # fmt: skip
def test_a_bad_filter_is_explained(people: dict[str, Person], query: str) -> None:
    answer = people["agent"].get(f"/console/conversations?{query}")
    assert answer.status_code == 400 and 'role="alert"' in answer.text


def test_facets_count_what_is_found(people: dict[str, Person]) -> None:
    facets = people["agent"].json("/console/conversations", view="all")["facets"]
    assert facets["sentiment"] == {"negative": 1, "positive": 1, "neutral": 3}
    assert facets["thumbs_down"] == {"1": 1} and facets["intent"]["thank"] == 1
    facets = people["agent"].json("/console/conversations", view="all", q="jacket")["facets"]
    assert facets["intent"] == {"search_products": 1, "thank": 1}


def test_facets_tell_products_people_and_surveys(people: dict[str, Person], shop: Settings) -> None:
    agent = people["agent"]
    agent.post(f"/console/conversations/{'b' * 32}/assign", login="ann")
    facets = agent.json("/console/conversations", view="all")["facets"]
    assert facets["product"] == {"J1": 1, "J2": 1} and facets["survey"] == {"nps": 1}
    assert facets["assignee"] == {"ann": 1} and facets["of"] == facets["total"] == 5
    facets = agent.json("/console/conversations", view="all", sentiment="positive")["facets"]
    assert (facets["assignee"], facets["survey"]) == ({"ann": 1}, {})
    facets = agent.json("/console/conversations", view="all", q="parcel")["facets"]
    assert (facets["product"], facets["assignee"]) == ({}, {})
    assert found(agent, assignee="ann") == "b"
    page = agent.get("/console/conversations?view=all").text
    assert "Product shown" in page and "product=J1" in page and "survey=nps" in page
    agent.post(f"/console/conversations/{'b' * 32}/assign", login="")


def test_of_many_conversations_the_page_says_what_was_counted(
    people: dict[str, Person], shop: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.staff.conversations.LATEST", 2)
    finder = Finder(shop.transcripts_db, shop.staff_db, shop.surveys_db)
    me, bounds = people_of(shop, "ann"), Bounds(shop.shop.zone)
    for filters in (Filters(), Filters(since="2020-01-01"), Filters(channel="shoptalk")):
        facets = finder.facets(filters, me, bounds)
        assert (facets["total"], facets["of"]) == (5, 2)
        assert facets["product"] == {"J1": 1, "J2": 1}  # b is one of the latest two
    finder.close()


def test_the_counts_follow_what_changes(people: dict[str, Person], shop: Settings) -> None:
    def counts() -> dict:
        return people["agent"].json("/console/conversations", view="all")["facets"]

    before = counts()
    simple(shop, "f" * 32, "somebody new")
    after = counts()
    assert after["total"] == before["total"] + 1
    database = open_transcripts(shop.transcripts_db)
    with database.atomic():
        refresh(database, ["f" * 32])  # again, which changes nothing
    assert counts() == after
    with database.atomic():
        Projection(database).remove("f" * 32)
        refresh(database, ["f" * 32])
    database.close()
    assert counts() == before


def test_found_words_are_marked_and_text_is_never_html(people: dict[str, Person]) -> None:
    page = people["agent"].get("/console/conversations?view=all&q=script").text
    assert "<mark>script</mark>" in page and "<script>alert" not in page
    page = people["agent"].get("/console/conversations/" + "d" * 32).text
    assert "&lt;script&gt;alert(1)" in page and "<script>alert" not in page


def test_personal_data_is_masked_and_showing_it_is_logged(people: dict[str, Person]) -> None:
    path = "/console/conversations/" + "a" * 32
    ann, lea, admin = people["agent"], people["analyst"], people["admin"]
    for page in (ann.get(path), lea.get(path), ann.get("/console/conversations?view=all&q=hello")):
        assert "anna@example.com" not in page.text and "[email]" in page.text
    assert ann.post(path + "/unmask").status_code == 403  # not hers
    assert "HF-10222" not in ann.get(path).text
    ann.post(path + "/assign", login="ann")
    assert "HF-10222" in ann.get(path).text and "anna@example.com" not in ann.get(path).text
    ann.post(path + "/unmask")
    assert "anna@example.com" in ann.get(path).text
    assert "anna@example.com" not in lea.get(path).text
    log = admin.json("/console/audit", action="saw personal data")["entries"]
    assert [(one["login"], one["object"]) for one in log] == [("ann", "conversation " + "a" * 32)]


def test_what_a_customers_page_tells_is_masked_too(people: dict[str, Person]) -> None:
    path = "/console/conversations/" + "e" * 32
    for who in ("agent", "analyst", "admin"):
        assert "eva@example.com" not in people[who].get(path).text
        told = people[who].json(path)["conversation"]
        assert told["page"]["text"] == "Orders of [email]" and "eva@" not in str(told)
    people["admin"].post(path + "/unmask")
    assert people["admin"].json(path)["conversation"]["page"]["text"] == "Orders of eva@example.com"


def test_a_conversation_shows_what_happened(people: dict[str, Person]) -> None:
    page = people["analyst"].json("/console/conversations/" + "a" * 32)["conversation"]
    kinds = [(one["kind"], one.get("sender")) for one in page["timeline"]]
    assert kinds[:2] == [("event", None), ("message", "customer")]
    assert page["timeline"][0]["text"] == "was on Returns"
    message = next(one for one in page["timeline"] if one["id"] == "a2")
    assert message["runners_up"] == [["greet", 0.05]] and message["model_version"] == "model-1"
    reply = next(one for one in page["timeline"] if one["id"] == "a2:0")
    assert reply["thumb"] == {"up": False, "stars": None, "why": "rude"}
    assert page["orders"] == ["HF-10222"]
    assert [one["conversation_id"] for one in page["earlier"]] == ["e" * 32]
    page = people["analyst"].json("/console/conversations/" + "b" * 32)["conversation"]
    assert page["clicked"] == ["J2"]


def test_tags_notes_and_mentions(people: dict[str, Person]) -> None:
    ann, bea, path = people["agent"], people["bea"], "/console/conversations/" + "b" * 32
    ann.post(path + "/tags", tag="Big Spender")
    assert found(bea, tag="big-spender") == "b"
    assert ann.post(path + "/tags", tag="<b>").status_code == 400
    ann.post(path + "/notes", text="@bea please look, and @nobody too")
    listing = bea.json("/console/conversations", view="all")
    assert [one["name"] for one in listing["mentions"]] == ["Ann"]
    assert "please look" in bea.get(path).text
    assert bea.json("/console/conversations", view="all")["mentions"] == []
    ann.post(path + "/untag", tag="big-spender")
    assert found(bea, tag="big-spender") == ""


def test_assign_snooze_resolve_and_reopen(people: dict[str, Person]) -> None:
    ann, path = people["agent"], "/console/conversations/" + "c" * 32
    ann.post(path + "/assign", login="ann")
    assert "c" in found(ann, view="mine") and found(ann, assignee="ann", view="all").count("c")
    ann.post(path + "/snooze", hours="4")
    assert "c" not in found(ann, view="mine") and "c" not in found(ann, view="open")
    assert ann.post(path + "/snooze", hours="99").status_code == 400
    ann.post(path + "/resolve")
    assert "c" in found(ann, view="resolved")
    ann.post(path + "/reopen")
    assert "c" in found(ann, view="open")
    assert ann.post(path + "/assign", login="ghost").status_code == 400
    assert ann.post("/console/conversations/" + "9" * 32 + "/resolve").status_code == 404


def test_canned_replies_and_macros(people: dict[str, Person]) -> None:
    ann, lea, path = people["agent"], people["analyst"], "/console/conversations/" + "e" * 32
    ann.post("/console/replies", name="Late order", text="Sorry about {order}, says {agent}.")
    page = ann.json("/console/conversations/" + "a" * 32)["conversation"]  # hers, since above
    assert page["canned"]["late-order"] == "Sorry about HF-10222, says Ann."
    bad = ann.api("/console/replies", name="x", text="Hello {customer.__class__}")
    assert bad.status_code == 200  # only {words} are placeholders; anything else is text
    assert "no placeholder" in ann.api("/console/replies", name="x", text="{name}").json()["error"]
    steps = "take\nreply: Hi, {agent} here.\ntag: greeted\nresolve"
    assert ann.post("/console/macros", name="quick", steps=steps).status_code == 403
    assert lea.post("/console/macros", name="quick", steps=steps).status_code == 303
    wrong = lea.api("/console/macros", name="bad", steps="take\ndance: now")
    assert wrong.status_code == 400 and "Line 2" in wrong.json()["error"]
    assert ann.post(path + "/macro", name="quick").status_code == 303
    page = ann.json(path)["conversation"]
    assert page["work"]["status"] == "resolved" and page["tags"] == ["greeted"]
    assert any(one.get("text") == "Hi, Ann here." for one in page["timeline"])


def test_saved_views_are_ones_own(people: dict[str, Person]) -> None:
    ann, bea = people["agent"], people["bea"]
    ann.post("/console/views", name="Unhappy", query="view=all&sentiment=negative&evil=1")
    views = ann.json("/console/conversations", view="all")["saved_views"]
    assert [(one["name"], one["query"]) for one in views] == [("Unhappy", "sentiment=negative")]
    assert bea.json("/console/conversations", view="all")["saved_views"] == []
    bea.post(f"/console/views/{views[0]['id']}/remove")
    assert ann.json("/console/conversations", view="all")["saved_views"] == views
    ann.post(f"/console/views/{views[0]['id']}/remove")
    assert ann.json("/console/conversations", view="all")["saved_views"] == []


def test_exports_are_masked_neutralised_and_logged(people: dict[str, Person]) -> None:
    lea = people["analyst"]
    assert people["agent"].get("/console/export?format=csv").status_code == 403
    written = lea.get("/console/export?format=csv&view=all").content
    assert written.startswith(b"\xef\xbb\xbfconversation_id,")
    rows = list(csv.DictReader(io.StringIO(written.decode("utf-8-sig"))))
    here = datetime.now(ZoneInfo(noon_zone())).utcoffset()
    for row in rows:  # by the shop's clock, to the second
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d", row["at"])
        assert datetime.fromisoformat(row["at"]).utcoffset() == here
    texts = {row["id"]: row["text"] for row in rows}
    assert texts["d" * 32 + "-m1"].startswith("'=HYPERLINK")
    assert "anna@example.com" not in str(texts)
    lines = lea.get("/console/export?format=jsonl&view=all&intent=thank").text.splitlines()
    assert {json.loads(line)["conversation_id"][0] for line in lines} == {"b"}
    one = people["agent"].get("/console/conversations/" + "b" * 32 + "/export?format=jsonl")
    assert len(one.text.splitlines()) == 3
    log = people["admin"].json("/console/audit", action="exported")["entries"]
    assert len(log) == 3 and lea.get("/console/export?format=xml").status_code == 400


def test_pages_hold_together_without_javascript(people: dict[str, Person]) -> None:
    """Everything is a link or a form; every field has a name that a screen reader can say."""
    page = people["admin"].get("/console/conversations/" + "a" * 32 + "?view=all").text
    assert page.count("<form") > 8
    for field in re.findall(r"<(?:input|select|textarea)[^>]*>", page):
        named = 'type="hidden"' in field or "aria-label" in field or 'type="checkbox"' in field
        identity = re.search(r'id="(\w+)"', field)
        labelled = bool(identity and f'for="{identity[1]}"' in page)
        inside = re.search(r"<label[^>]*>[^<]*(?:<[^/][^>]*>[^<]*)*?" + re.escape(field), page)
        assert named or labelled or inside, field


def test_reviews_become_training_data(people: dict[str, Person], shop: Settings) -> None:
    lea = people["analyst"]
    assert people["agent"].get("/console/review").status_code == 403
    queue = lea.json("/console/review")["messages"]
    assert [one["id"] for one in queue] == ["c1"]
    assert [one["id"] for one in lea.json("/console/review", kind="thumbs_down")["messages"]] == [
        "a2"
    ]
    wrong = lea.api("/console/review/c1/correct", intent="no_such_intent")
    assert wrong.status_code == 400 and "no_such_intent" in wrong.json()["error"]
    wrong = lea.api("/console/review/c1/correct", intent="greet", example="[red](flavour)")
    assert "no entity 'flavour'" in wrong.json()["error"]
    lea.api("/console/review/c1/correct", intent="search_products", example="a [red](colour) mug")
    lea.api("/console/review/a2/correct", intent="complaint")
    text = shop.reviewed_file.read_text()
    assert "- intent: search_products" in text and "- a [red](colour) mug" in text
    assert "write to sam@example.com" in text and "anna@" not in text
    assert lea.json("/console/review")["messages"] == []
    lea.api("/console/review/c1/undo")
    assert [one["id"] for one in lea.json("/console/review")["messages"]] == ["c1"]
    assert "search_products" not in shop.reviewed_file.read_text()
    lea.api("/console/review/c1/dismiss")
    assert lea.json("/console/review")["messages"] == []
