"""A survey on its own page: a signed link, one question at a time, no JavaScript, no cookies."""

import re
import time
from zoneinfo import ZoneInfo

import httpx
import pytest

from bot.settings import Settings
from bot.surveys.asking import Asking
from bot.surveys.campaigns import Campaigns, open_campaigns
from bot.surveys.flow import Answer
from bot.surveys.links import Links
from tests.web.conftest import WebProcess
from tests.web.fake_engine import FakeEngine

SURVEY = """\
title: How was <it>?
intro: Six questions & thanks.
questions:
  - {id: agree, kind: consent, ask: May we keep your answers?}
  - {id: score, kind: nps, ask: How likely?, required: true}
  - {id: why, kind: single, ask: "Why a {score}?", options: [Price, "Size & fit"], other: true}
  - {id: likes, kind: multiple, ask: "{why|That}. And what else?", options: [Tents, Mugs], other: true}
  - {id: count, kind: number, ask: How many?, min: 1, max: 9}
  - {id: open, kind: text, ask: Anything else?}
  - {id: done, kind: thanks, ask: "Thank you for the {score}."}
"""


class Visitor:
    """Somebody with a browser that runs no script and keeps no cookie."""

    def __init__(self, web: WebProcess, path: str) -> None:
        self.http = httpx.Client(
            base_url=web.url, timeout=20, trust_env=False, follow_redirects=True
        )
        self.page = self.http.get(path)

    def start(self) -> "Visitor":
        self.page = self.http.post(self.page.url)
        return self

    def send(self, *values: str, do: str = "next", **more: str) -> str:
        asked = re.search(r'name="question" value="(\w+)"', self.page.text)
        form = {"question": asked[1] if asked else "", "value": list(values), "do": do, **more}
        address = str(self.page.url).partition("?")[0]
        self.page = self.http.post(address, data=form)
        return self.page.text

    @property
    def heading(self) -> str:
        return re.search(r"<h1[^>]*>(.*?)</h1>", self.page.text, re.S)[1]


@pytest.fixture
def campaigns(settings: Settings) -> Campaigns:
    settings.surveys_dir.mkdir()
    (settings.surveys_dir / "mine.yml").write_text(SURVEY)
    (settings.surveys_dir / "secret.yml").write_text("anonymous: true\n" + SURVEY)
    campaigns = open_campaigns(settings.surveys_db, settings.surveys_dir, ZoneInfo("UTC"))
    for name in ("mine", "secret"):
        campaigns.set_status(name, "started")
    return campaigns


@pytest.fixture
def links(settings: Settings) -> Links:
    return Links(settings.secrets)


def test_from_the_first_page_to_the_thanks(
    campaigns: Campaigns, links: Links, web: WebProcess
) -> None:
    visitor = Visitor(web, links.path("mine"))
    assert (
        "How was &lt;it&gt;?" in visitor.page.text
        and "Six questions &amp; thanks" in visitor.page.text
    )
    assert campaigns.store.runs("mine") == []  # looking isn't answering
    visitor.start()
    assert visitor.heading == "May we keep your answers?"
    visitor.send("yes")
    assert visitor.heading == "How likely?" and "extremely likely" in visitor.page.text
    visitor.send("3")
    assert visitor.heading == "Why a 3?"
    visitor.send("\x1fown", own="the <b>colour</b>")
    assert "the &lt;b&gt;colour&lt;/b&gt;. And what else?" in visitor.heading
    visitor.send("Tents", "\x1fown", own="lamps")
    visitor.send("4")
    visitor.send("All good, thanks")
    assert visitor.heading == "Thank you for the 3."
    (run,) = campaigns.store.runs("mine")
    assert run.completed_at and run.way == "page"
    assert {name: one.value for name, one in run.answers.items()} == {
        "agree": True, "score": 3, "why": "the <b>colour</b>", "likes": ["Tents", "lamps"], "count": 4,
        "open": "All good, thanks"}  # fmt: skip
    for _ in range(50):  # the sentiment comes from Rasa a moment later
        if campaigns.store.run(run.id).answers["open"].sentiment:
            break
        time.sleep(0.1)
    assert campaigns.store.run(run.id).answers["open"].sentiment == "positive"
    assert not visitor.http.cookies


def test_the_sentiment_of_an_answer_comes_when_rasa_is_back(
    campaigns: Campaigns, engine: FakeEngine, settings: Settings
) -> None:
    engine.stop()
    web = WebProcess(settings, engine.port, "tests.web.narrow_web")  # looks twice a second
    try:
        run = campaigns.store.open_run("mine", 1, "page", time.time(), person="late")
        said = {"agree": True, "score": 9, "why": "Price", "likes": ("Mugs",), "count": 4}
        for question, value in (said | {"open": "it was lovely"}).items():
            Asking(campaigns).take(run, question, Answer(value))
        assert campaigns.store.unfelt() == [(run, "open")]
        assert campaigns.store.run(run).answers["open"].sentiment is None
        engine.start()
        deadline = time.monotonic() + 40
        while campaigns.store.unfelt() and time.monotonic() < deadline:
            time.sleep(0.05)
        assert campaigns.store.run(run).answers["open"].sentiment == "positive"
        assert campaigns.store.unfelt() == []
    finally:
        web.kill()


def test_what_cannot_be_an_answer_is_said_and_nothing_is_lost(
    campaigns: Campaigns, links: Links, web: WebProcess
) -> None:
    visitor = Visitor(web, links.path("mine")).start()
    assert "needs an answer" in visitor.send()
    visitor.send("yes")
    assert "from 0 to 10" in visitor.send("11") and visitor.page.status_code == 422
    assert 'aria-describedby="fault"' in visitor.page.text and 'role="alert"' in visitor.page.text
    assert "Skip" not in visitor.page.text
    assert "needs an answer" in visitor.send(do="skip")
    visitor.send("9")
    assert visitor.send(do="skip") and visitor.heading == "That. And what else?"
    visitor.send("Mugs")
    assert "from 1 to 9" in visitor.send("77") and 'value="77"' in visitor.page.text
    assert "give a number" in visitor.send("<script>")


def test_going_back_changes_an_answer(campaigns: Campaigns, links: Links, web: WebProcess) -> None:
    visitor = Visitor(web, links.path("mine")).start()
    visitor.send("yes")
    visitor.send("3")
    back = re.search(r'href="(\?at=\w+)">Back', visitor.page.text)[1]
    visitor.page = visitor.http.get(str(visitor.page.url) + back)
    assert visitor.heading == "How likely?"
    assert re.search(r'value="3" checked', visitor.page.text)
    visitor.send("8")
    assert visitor.heading == "Why a 8?"


def test_stopping_keeps_what_was_answered(
    campaigns: Campaigns, links: Links, web: WebProcess
) -> None:
    visitor = Visitor(web, links.path("mine")).start()
    visitor.send("yes")
    assert "kept" in visitor.send(do="stop")
    (run,) = campaigns.store.runs("mine")
    assert run.dismissed_at and run.answers["agree"].value is True


def test_a_personal_link_is_good_for_one_answer_and_can_be_left_and_resumed(
    campaigns: Campaigns, links: Links, web: WebProcess
) -> None:
    path = links.path("mine", "anna@example.com")
    assert "anna" not in path
    visitor = Visitor(web, path).start()
    visitor.send("yes")
    again = Visitor(web, path).start()
    assert again.heading == "How likely?"
    for value in ("9", "Price", "Mugs", "2", "fine"):
        again.send(value)
    assert "Thank you for the 9" in again.page.text
    assert "answered this already" in Visitor(web, path).page.text
    (run,) = campaigns.store.runs("mine")
    assert run.person == links.pseudonym("anna@example.com") and "anna" not in run.person


def test_an_anonymous_survey_keeps_no_trace(
    campaigns: Campaigns, links: Links, web: WebProcess
) -> None:
    visitor = Visitor(web, links.path("secret", "anna@example.com")).start()
    for value in ("yes", "9", "Price", "Mugs", "2", "mail me: anna@example.com"):
        visitor.send(value)
    (run,) = campaigns.store.runs("secret")
    assert run.person is None and run.completed_at % 86_400 == 0 and run.seconds is not None
    assert run.answers["open"].value == "mail me: [email]"


def test_links_cannot_be_made_up_and_closed_surveys_say_so(
    campaigns: Campaigns, links: Links, web: WebProcess
) -> None:
    path = links.path("mine")
    assert Visitor(web, path[:-2] + "xx").page.status_code == 404
    assert Visitor(web, "/survey/nothing").page.status_code == 404
    assert Visitor(web, links.path("gone")).page.status_code == 404
    assert Visitor(web, f"{path}/made-up").page.status_code == 404
    begun = Visitor(web, path).start()
    campaigns.set_status("mine", "paused")
    closed = Visitor(web, path)
    assert closed.page.status_code == 410 and "isn&#39;t open" in closed.page.text
    assert closed.start().page.status_code == 410
    begun.send("yes")  # who has begun may finish
    assert begun.heading == "How likely?"


def test_the_page_gives_nothing_away(campaigns: Campaigns, links: Links, web: WebProcess) -> None:
    headers = Visitor(web, links.path("mine")).page.headers
    assert "script-src" not in headers["content-security-policy"]
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert headers["referrer-policy"] == "no-referrer" and headers["cache-control"] == "no-store"
    assert headers["x-robots-tag"] == "noindex"


def test_a_question_off_the_way_is_refused(
    campaigns: Campaigns, links: Links, web: WebProcess
) -> None:
    visitor = Visitor(web, links.path("mine")).start()
    visitor.page = visitor.http.post(
        visitor.page.url, data={"question": "open", "value": "x", "do": "next"}
    )
    assert visitor.page.status_code == 400
    assert campaigns.store.runs("mine")[0].answers == {}
