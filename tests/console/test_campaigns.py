"""The campaigns' pages: what came of one, a mail to look at, and a person whose lines can be erased."""

import html
import time

from bot.campaigns.office import Office
from bot.campaigns.people import Trait
from tests.campaigns.test_results import react
from tests.console.conftest import Person

TEXT = 'title: Tents & <more>\nsubject: "Hi {first_name|you}"\nbody: "See <b> our *tents*."\n'


def test_a_campaign_its_mail_and_a_person(office: Office, lea: Person) -> None:
    office.campaigns.save("c", TEXT)
    react(office.people, {"mail": 0.3, "holdout": 0.1}, {"mail": 400, "holdout": 400})
    anna = office.people.ensure("anna@example.com", "signed", time.time(), "Anna <i>")
    office.people.learn(anna, "conv-1", [Trait("viewed", "<u>M1", time.time())])
    listed = lea.get("/console/campaigns").text
    assert "Tents &amp; &lt;more&gt;" in listed and "801 people" in listed
    page = html.unescape(lea.get("/console/campaigns/c").text)
    assert "It helps." in page and "held out" in page and "Money a person" in page
    found = lea.json("/console/campaigns/c")
    assert {one["what"] for one in found["results"]["lifts"]} == {"ordered", "money a person"}
    refused = lea.post("/console/campaigns/c/status", do="start")
    assert refused.status_code == 400 and "mail" in refused.text
    mail = lea.get("/console/campaigns/c/mail", **{"for": "anna@example.com"})
    assert "<em>tents</em>" in mail.text and "&lt;b&gt;" in mail.text
    assert "script-src" not in mail.headers["Content-Security-Policy"]
    assert lea.get("/console/campaigns/none").status_code == 404
    shown = lea.post("/console/campaigns/person", email="anna@example.com").text
    assert "&lt;u&gt;M1" in shown and "Anna &lt;i&gt;" in shown
    form = {"email": "anna@example.com", "do": "forget", "kind": "viewed", "value": "<u>M1"}
    assert "M1" not in lea.post("/console/campaigns/person", **form).text
    lea.post("/console/campaigns/person", email="anna@example.com", do="suppress")
    assert office.consents.suppression(office.people.mark("anna@example.com")) == "told staff"
    office.close()
