"""The surveys' pages of the console: make a campaign, start it, read what it found out."""

import html
import io
import json
import re
import time
import zipfile

import httpx
import pytest

from bot.settings import Settings
from bot.surveys.asking import Asking
from bot.surveys.campaigns import Campaigns
from bot.surveys.flow import Answer
from bot.surveys.store import SurveyStore
from tests.console.conftest import Person

FORM = {
    "title": "Our <first> survey", "intro": "A question, please.", "after": ["resolved", "purchase"],
    "messages": "2", "mood": "negative", "bought": "no", "sample": "50", "quota": "100", "count": "3",
    "alert_question": "score", "at_most": "2",
    "q0_kind": "csat", "q0_id": "score", "q0_ask": "How was it?", "q0_required": "1",
    "q0_go": "1-3 -> why\nelse → done",
    "q1_kind": "single", "q1_id": "why", "q1_ask": "Why a {score}?", "q1_options": "Price\r\nSize",
    "q1_other": "1", "q2_kind": "thanks", "q2_id": "done", "q2_ask": "Thank you",
}  # fmt: skip


@pytest.fixture
def campaigns(shop: Settings) -> Campaigns:
    return Campaigns(SurveyStore(shop.surveys_db), shop.surveys_dir, shop.shop.zone)


def save(person: Person, name: str, do: str = "save", **changes: object) -> httpx.Response:
    return person.post("/console/surveys/new", name=name, do=do, **{**FORM, **changes})


def test_agents_see_low_scores_alone_and_strangers_nothing(people: dict[str, Person]) -> None:
    agent, nobody = people["agent"], people["nobody"]
    assert agent.get("/console/surveys").status_code == 403
    assert agent.get("/console/surveys/low-scores").status_code == 200
    assert save(agent, "agents-own").status_code == 403
    for path in ("/console/surveys", "/console/surveys/after-chat/export/xlsx"):
        assert nobody.get(path).status_code in (302, 303)
    lea = people["analyst"]
    assert "low-scores" in lea.get("/console/surveys").text
    forged = lea.http.post("/console/surveys/after-chat/status", data={"do": "start", "csrf": "x"})
    assert forged.status_code == 403


def test_a_campaign_is_made_in_the_editor_started_and_paused(
    lea: Person, campaigns: Campaigns
) -> None:
    assert save(lea, "our-first").status_code == 303
    entry = campaigns.get("our-first")
    campaign = entry.campaign
    assert entry.state == "draft" and campaign.trigger.after == ["resolved", "purchase"]
    assert campaign.segment.mood == "negative" and campaign.segment.bought is False
    assert campaign.question("why").options == ("Price", "Size") and campaign.question("why").other
    assert campaign.question("score").go[0].to == "why" and campaign.alert.at_most == 2
    page = lea.get("/console/surveys/our-first").text
    assert "Our &lt;first&gt; survey" in page and "Only 50 % of people" in page
    lea.post("/console/surveys/our-first/status", do="start")
    assert campaigns.get("our-first").state == "running"
    lea.post("/console/surveys/our-first/status", do="pause")
    assert campaigns.get("our-first").state == "paused"
    link = re.search(r'href="(/survey/[^"]+)"', page)[1]
    assert lea.get(link).status_code == 410
    assert "taken" not in save(lea, "our-first").text
    assert "already" in save(lea, "our-first").text


def test_faults_are_told_in_the_words_of_the_form_and_nothing_is_saved(
    lea: Person, campaigns: Campaigns
) -> None:
    answer = save(lea, "broken", q0_go="1-3 -> wyh", q1_options="Price", title="")
    said = html.unescape(answer.text)
    assert answer.status_code == 422
    assert "Title: " in said and "Question 2 (why)" in said and "two at least" in said
    answer = save(lea, "broken", q0_go="1-3 -> wyh")
    assert "Question 1 (score), Where next" in html.unescape(answer.text)
    assert 'value="broken"' in answer.text and "1-3 → wyh" in answer.text
    assert "small letters" in html.unescape(save(lea, "Not a name").text)
    assert "broken" not in campaigns.store.texts.names()


def test_questions_are_added_moved_and_removed_without_saving(
    lea: Person, campaigns: Campaigns
) -> None:
    added = save(lea, "moving", do="add").text
    names = re.findall(r'name="q\d_id" value="(\w+)"', added)
    assert names == ["score", "why", "q1", "done"]
    moved = save(lea, "moving", do="up-1").text
    assert re.findall(r'name="q\d_id" value="(\w+)"', moved) == ["why", "score", "done"]
    removed = save(lea, "moving", do="remove-1").text
    assert re.findall(r'name="q\d_id" value="(\w+)"', removed) == ["score", "done"]
    assert "moving" not in campaigns.store.texts.names()


def test_an_edited_campaign_is_a_new_version(lea: Person, campaigns: Campaigns) -> None:
    save(lea, "versions")
    page = lea.get("/console/surveys/versions/edit").text
    assert "1-3 → why" in page and "Our &lt;first&gt; survey" in page
    lea.post("/console/surveys/versions/edit", do="save", **{**FORM, "q0_ask": "And how was it?"})
    assert campaigns.get("versions").version == 2
    assert campaigns.get("versions", 1).campaign.question("score").ask == "How was it?"
    lea.post("/console/surveys/versions/edit", do="save", **{**FORM, "q0_ask": "And how was it?"})
    assert campaigns.get("versions").version == 2  # nothing changed


def test_the_preview_shows_the_questions_and_the_rules(lea: Person) -> None:
    previewed = lea.post("/console/surveys/preview", **FORM).json()
    shown = html.unescape(previewed["page"])
    kinds = [(one.get("card") or {}).get("kind") for one in previewed["chat"]]
    assert kinds == [None, "stars", "choices", None]
    assert previewed["chat"][2]["text"] == "Why a 4?"
    assert "How was it?" in shown and "Why a 4?" in shown and "1-3 → why" in shown
    assert "customers who are unhappy" in shown
    broken = lea.post("/console/surveys/preview", **{**FORM, "title": ""}).json()
    assert "Still to do" in broken["page"] and "Title" in broken["page"] and broken["chat"] == []
    assert lea.get("/console/surveys/preview.css").headers["content-type"].startswith("text/css")


def test_results_split_compare_and_export(lea: Person, campaigns: Campaigns) -> None:
    save(lea, "answered")
    asking = Asking(campaigns)
    for number in range(24):
        low = number % 2 == 0
        run = campaigns.store.open_run(
            "answered", 1, "chat", time.time(), conversation=f"c{number}", person=f"p{number}",
            segments={"mood": "negative" if low else "positive"},
        )  # fmt: skip
        asking.take(run, "score", Answer(1 if low else 5))
        if low:
            asking.take(run, "why", Answer("<b>colour</b>"))
    page = lea.get("/console/surveys/answered", by="mood").text
    assert "50.0" in page and "n = 24" in page and "Pearson" in page
    assert "negative" in page and "Other" in page
    as_json = lea.json("/console/surveys/answered", by="mood")
    assert as_json["results"]["funnel"]["completed"] == 24
    assert [group["n"] for group in as_json["tabs"]["score-csat-1-5"]["groups"]] == [12, 12]
    scores = lea.get("/console/surveys/low-scores").text
    assert "Our &lt;first&gt; survey" in scores and "/console/conversations/c0" in scores
    run = re.search(r'name="run" value="(\w+)"', scores)[1]
    lea.post("/console/surveys/low-scores", run=run, question="score")
    assert "Ticked off" in lea.get("/console/surveys/low-scores").text
    lea.post("/console/surveys/answered/edit", do="save", **{**FORM, "intro": "Another try."})
    compared = lea.get("/console/surveys/answered", first="1", second="2").text
    assert "Version 1 against version 2" in compared and "fewer than 5" in compared
    book = lea.get("/console/surveys/answered/export/xlsx")
    assert book.content[:2] == b"PK" and "answered.xlsx" in book.headers["content-disposition"]
    with zipfile.ZipFile(
        io.BytesIO(lea.get("/console/surveys/answered/export/zip").content)
    ) as files:
        assert set(files.namelist()) == {"answered.csv", "answered-codebook.csv"}
        assert files.read("answered.csv").decode().count("\n") == 25
    assert lea.get("/console/surveys/nothing").status_code == 404
    assert lea.get("/console/surveys/nothing/export/zip").status_code == 404


def test_a_low_score_reaches_staff_at_once(lea: Person, campaigns: Campaigns) -> None:
    save(lea, "alarming")
    lea.post("/console/surveys/alarming/status", do="start")
    with lea.http.stream("GET", "/console/live") as stream:
        counts = (
            json.loads(line[6:])["low"] for line in stream.iter_lines()
            if line.startswith('data: {"waiting"')
        )  # fmt: skip
        before = next(counts)
        link = re.search(r'href="(/survey/[^"]+)"', lea.get("/console/surveys/alarming").text)[1]
        begun = httpx.post(f"{lea.http.base_url}{link}", trust_env=False).headers["location"]
        where = f"{lea.http.base_url}{begun}"
        sent = {"question": "score", "value": "1"}
        assert httpx.post(where, data=sent, trust_env=False).status_code == 303
        assert next(counts) == before + 1
    page = lea.get("/console/conversations").text
    assert f'data-count="Low scores">{before + 1}</b>' in page and f"<title>({before + 1})" in page
    page = lea.get("/console/surveys/low-scores").text
    run = re.search(r'name="run" value="([^"]+)"', page)[1]
    lea.post("/console/surveys/low-scores", run=run, question="score")
    assert f'data-count="Low scores">{before + 1}</b>' not in lea.get("/console/conversations").text


def test_the_link_of_a_survey_is_a_qr_code_too(lea: Person) -> None:
    save(lea, "printed")
    assert "/console/surveys/printed/qr.svg" in lea.get("/console/surveys/printed").text
    image = lea.get("/console/surveys/printed/qr.svg")
    assert image.headers["content-type"] == "image/svg+xml" and "<path" in image.text
    assert lea.get("/console/surveys/nothing/qr.svg").status_code == 404
