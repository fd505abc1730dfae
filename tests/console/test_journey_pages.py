"""The pages of journeys: made from a beginning, started, and seen step by step."""

import html
import time

import pytest

from bot.campaigns import features
from bot.campaigns.journey import read_journey
from bot.campaigns.office import Office
from bot.campaigns.people import Trait
from bot.campaigns.starters import starter, starters
from bot.web.console.campaigns.journeys import in_words
from tests.campaigns.test_results import react
from tests.console.conftest import Person

NOW = time.time()
CART = """\
title: Carts & <more>
enter: {on: cart}
holdout: 0
steps:
  - {wait_hours: 3}
  - when: {orders: {at_least: 1}}
    otherwise: new
    to: end
  - {id: new, send: {subject: "Still <there>", body: Hello.}}
  - {wait_for: clicked, hours: 48}
"""


@pytest.mark.parametrize("name", starters())
def test_each_beginning_is_right_and_offered(name: str, lea: Person) -> None:
    journey = read_journey(name, starter(name))
    assert any(one.send for one in journey.steps)
    page = html.unescape(lea.get("/console/campaigns/journeys/new", **{"from": name}).text)
    assert starter(name).strip() in page and f"?from={name}" in page


def test_what_came_of_a_journey_is_told_as_of_a_campaign(office: Office, lea: Person) -> None:
    office.journeys.save("journeys/proof", CART, NOW)
    react(office.people, {"mail": 0.3, "holdout": 0.1}, {"mail": 400, "holdout": 400})
    office.people.db.execute("UPDATE assigned SET campaign = 'journeys/proof'")
    page = html.unescape(lea.get("/console/campaigns/journeys/proof").text)
    assert "It helps." in page and "held out" in page and "Money a person" in page
    office.close()


def test_a_journey_is_made_changed_and_its_steps_are_seen(office: Office, lea: Person) -> None:
    path = "/console/campaigns/journeys"
    wrong = lea.post(
        f"{path}/new", name="carts", text=CART.replace("otherwise: new", "otherwise: <x>")
    )
    assert wrong.status_code == 422 and "line 7: steps.1.otherwise" in wrong.text
    assert "&lt;x&gt;" in wrong.text and "<x>" not in wrong.text
    for name in ("Carts", "new", ""):
        assert lea.post(f"{path}/new", name=name, text=CART).status_code == 422
    assert "journeys/carts" not in office.journeys.texts.names()
    assert lea.post(f"{path}/new", name="carts", text=CART.replace("\n", "\r\n")).status_code == 303
    assert lea.post(f"{path}/new", name="carts", text=CART).status_code == 422
    lea.post(f"{path}/carts/edit", text=CART.replace("wait_hours: 3", "wait_hours: 4"))
    entry = office.journeys.get("journeys/carts")
    assert (entry.version, entry.campaign.steps[0].wait_hours) == (2, 4)
    assert "wait_hours: 4" in lea.get(f"{path}/carts/edit").text
    refused = lea.post(f"{path}/carts/status", do="start")
    assert refused.status_code == 400 and "mail" in refused.text
    office.journeys.set_status("journeys/carts", "started", NOW)
    for name in ("anna", "ben"):
        person = office.people.ensure(f"{name}@example.com", "signed", NOW)
        office.consents.give(person, "news", "Yes.", "test", NOW, {})
        at = NOW - 60 if name == "anna" else NOW + 4 * 3600
        office.people.learn(person, f"c-{name}", [Trait("carted", "M1", at)])
        features.make(office.people.db, [person])
    office.journeys.tick(NOW)
    office.journeys.tick(NOW + 4 * 3600 + 1)
    (mail,) = office.outbox.due(NOW + 9e9, 9)
    office.outbox.sent(mail.id, NOW)
    page = html.unescape(lea.get(f"{path}/carts").text)
    assert "Carts & <more>" in page and "2 people are in it" in page
    found = lea.json(f"{path}/carts")
    assert found["counts"] == {"0": [1, 0], "2": [0, 1], "3": [1, 0]}
    assert found["steps"] == [
        "Waits 4 hours.",
        "Whoever meets its conditions goes on to end; the others to new.",
        "Sends “Still <there>”.",
        "Waits until they have clicked, at most 48 hours.",
    ]
    for step, status in (("3", 200), ("", 200), ("1", 404), ("99", 404), ("x", 200)):
        mail = lea.get(f"{path}/carts/mail", **{"for": "anna@example.com", "step": step})
        assert mail.status_code == status and ("Hello." in mail.text) == (status == 200)
    assert "script-src" not in mail.headers["Content-Security-Policy"]
    assert lea.get(f"{path}/carts/mail", **{"for": "x@example.com"}).status_code == 404
    assert "/console/campaigns/journeys/carts" in lea.get("/console/campaigns").text
    lea.post(f"{path}/carts/status", do="pause")
    assert office.journeys.get("journeys/carts").state == "paused"
    assert lea.get(f"{path}/none").status_code == 404
    office.close()


def test_agents_make_no_journeys(people: dict[str, Person]) -> None:
    made = people["agent"].post("/console/campaigns/journeys/new", name="x", text=CART)
    assert made.status_code == 403


def test_a_step_is_told_in_words() -> None:
    (step,) = read_journey("j", starter("back_in_stock")).steps
    assert in_words(step) == "Sends “What you asked for is there again”."
