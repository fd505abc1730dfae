"""Market research in the console: its pages, the conversations behind them, labels, topics."""

import re
import time

import numpy as np
import pytest

from bot.settings import Settings
from tests.console.conftest import Person
from tests.insights.conftest import Book


@pytest.fixture(scope="module", autouse=True)
def book(shop: Settings, people: dict[str, Person]) -> Book:
    book = Book(shop.var, time.time())
    for i in range(6):
        book.search(f"c{i}", "<b>hammock</b>", good=0)
        book.say(f"c{i}", "mail eva@example.com, i am furious", "complaint", score=-0.8)
    book.say("simulated-1", "made up words here")
    topics = [
        {"words": f'["{word}"]', "name": "", "hidden": 0, "created_at": 0.0, "merged_into": None,
         "centroid": np.ones(3, np.float32).tobytes()}
        for word in ("parcel", "zip")
    ]  # fmt: skip
    book.insights["topics"].insert_all(topics)
    book.insights["topic_texts"].insert_all(
        {"source": "chat", "text_id": f"t{i}", "topic": 1 + i % 2, "at": time.time() - 60,
         "conversation_id": f"c{i}", "closeness": 0.9, "sentiment_score": 0.0} for i in range(6)
    )  # fmt: skip
    book.save(shop.shop.timezone)
    return book


def test_every_page_opens_for_analysts_alone(people: dict[str, Person]) -> None:
    from bot.insights.report import PAGES

    for name in [*PAGES, "labels"]:
        page = people["analyst"].get(f"/console/insights/{name}")
        assert page.status_code == 200, page.text
        assert "<b>hammock" not in page.text and "eva@example.com" not in page.text
        assert people["agent"].get(f"/console/insights/{name}").status_code == 403
    assert people["analyst"].get("/console/insights/secrets").status_code == 404


def test_a_number_leads_to_its_conversations(people: dict[str, Person]) -> None:
    page = people["analyst"].get("/console/insights/demand").text
    link = next(one for one in re.findall(r'href="([^"]+)"', page) if "what=need" in one)
    listed = people["analyst"].get(link.replace("&amp;", "&"))
    assert listed.status_code == 200
    assert len(re.findall(r"/console/conversations/c\d", listed.text)) == 6
    assert people["analyst"].get("/console/insights/conversations?what=secrets").status_code == 404
    export = people["analyst"].get(f"{link.replace('&amp;', '&')}&format=csv")
    lines = export.text.splitlines()
    assert lines[0] == "\ufeffconversation,at,words" and len(lines) == 7
    assert all(re.match(r"c\d,20\d\d-\d\d-\d\dT", line) for line in lines[1:])
    assert "&amp;format=csv" in listed.text
    entries = people["admin"].json("/console/audit", login="lea")["entries"]
    assert entries[0]["action"] == "exported" and "need" in entries[0]["object"]


def test_simulated_conversations_stand_apart_and_say_so(people: dict[str, Person]) -> None:
    real = people["analyst"].json("/console/insights/overview", days=7)
    made_up = people["analyst"].json("/console/insights/overview", days=7, simulated=1)
    assert real["page"]["figures"][0]["value"] == 6
    assert made_up["page"]["figures"][0]["value"] == 1
    page = people["analyst"].get("/console/insights/overview", simulated=1).text
    assert "made-up customers" in page


def test_own_spans_and_months(people: dict[str, Person]) -> None:
    lea = people["analyst"]
    today = time.strftime("%Y-%m-%d")

    def counted(**span: str) -> int:
        return lea.json("/console/insights/overview", **span)["page"]["figures"][0]["value"]

    yesterday = time.strftime("%Y-%m-%d", time.localtime(time.time() - 86400))
    assert counted(**{"from": yesterday}) == counted(**{"from": yesterday, "to": today}) == 6
    assert counted(**{"from": "2020-01-01", "to": "2020-01-31"}) == counted(month="2020-01") == 0
    for wrong in ({"month": "2020-13"}, {"from": "x"}, {"from": "2020-02-01", "to": "2020-01-01"},
                  {"from": "2000-01-01"}, {"month": "9999-12"}):  # fmt: skip
        page = lea.get("/console/insights/overview", **wrong)
        assert page.status_code == 400, wrong
    page = lea.get("/console/insights/demand", month="2020-01").text
    assert "/console/insights/report?month=2020-01" in page
    assert "/console/insights/topics?month=2020-01" in page


def test_tables_and_the_report_can_be_taken_along(people: dict[str, Person]) -> None:
    table = people["analyst"].get("/console/insights/demand/csv/unmet_demand")
    assert table.headers["content-type"].startswith("text/csv") and "hammock" in table.text
    report = people["analyst"].get("/console/insights/report")
    assert "attachment" in report.headers["content-disposition"]
    assert "What customers say" in report.text
    assert people["analyst"].get("/console/insights/demand/csv/none").status_code == 404


def test_staff_label_a_random_sample(people: dict[str, Person], book: Book) -> None:
    lea = people["analyst"]
    assert lea.post("/console/insights/labels").status_code == 303
    page = lea.get("/console/insights/labels").text
    assert "eva@example.com" not in page
    message = re.search(r'name="message" value="([^"]+)"', page)[1]
    assert (
        lea.post("/console/insights/labels", message=message, label="positive").status_code == 303
    )
    assert book.insights["labels"].get(message)["by"] == "lea"
    wrong = lea.post("/console/insights/labels", message="other", label="positive")
    assert wrong.status_code == 400 and "drawn" in wrong.text


def test_staff_put_topics_in_order(people: dict[str, Person], book: Book) -> None:
    lea = people["analyst"]
    lea.post("/console/insights/topics/1", what="rename", name="Late <parcels>")
    assert "Late &lt;parcels&gt;" in lea.get("/console/insights/topics").text
    lea.post("/console/insights/topics/2", what="merge", into="1")
    assert book.insights["topics"].get(2)["merged_into"] == 1
    lea.post("/console/insights/topics/1", what="hide")
    assert book.insights["topics"].get(1)["hidden"] == 1
    assert lea.post("/console/insights/topics/9", what="hide").status_code == 404
    assert lea.post("/console/insights/topics/1", what="explode").status_code == 400
    without = Person(lea.http.base_url, "lea")
    without.token = ""
    assert without.post("/console/insights/topics/1", what="show").status_code == 403
