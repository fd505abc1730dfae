"""The editor of campaigns: what is filled in is told at once, and kept as the file would have it."""

import html
import time

import pytest

from bot.campaigns.campaign import read_campaign
from bot.campaigns.editing import draft_of, read_form, tree_of
from bot.campaigns.office import Office
from tests.console.conftest import Person

FORM = {
    "title": "Spring & <tents>", "purpose": "news", "segment": "orders: 0  # nobody who bought",
    "subject": "Hi {first_name|you}", "body": "See <b> our *tents*, {name|friend}.", "products": "4",
    "holdout": "12.5", "cooldown_days": "", "days_to_order": "7", "cost": "", "cost_per_mail": "0.01",
    "start": "2026-03-01", "stop": "", "translations": "de: {subject: 'Hallo {first_name|Sie}'}",
    "variants": "- {id: short, subject: Tents}\n- {id: long}",
}  # fmt: skip


def fields(**changes: str) -> dict[str, list[str]]:
    return {name: [value] for name, value in {**FORM, **changes}.items()}


def test_a_form_is_a_campaign_and_a_campaign_a_form() -> None:
    draft = read_form(fields())
    campaign = draft.campaign
    assert campaign and draft.faults == ()
    assert (campaign.products, campaign.holdout, campaign.cooldown_days) == (4, 12.5, None)
    assert [one.id for one in campaign.variants] == ["short", "long"] and str(campaign.start)
    assert campaign.words("long", "de")[0] == "Hallo {first_name|Sie}"
    again = draft_of(tree_of(campaign))
    assert (
        again.campaign
        == campaign
        == read_campaign("c", again.yaml)
        == read_campaign("c", draft.yaml)
    )


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"segment": "ordres: 1"}, "For whom, ordres: there is no condition"),
        ({"segment": "orders: {at_least: 1"}, "For whom, line"),
        ({"segment": "- 1"}, "For whom: write conditions"),
        ({"segment": "a: &a {orders: 1}\nb: *a"}, "For whom: write it out"),
        ({"segment": "[" * 4000}, "For whom: too many lists within each other"),
        ({"body": "{{ 7 * 7 }}"}, "Text: "),
        ({"subject": ""}, "Subject: "),
        ({"holdout": "many"}, "Held out: "),
        ({"variants": "- {id: alone}"}, "two variants at least"),
        ({"translations": "de: {betreff: x}"}, "Other languages, de, betreff: "),
        ({"stop": "2025-01-01"}, "`stop` is before `start`"),
    ],
)
def test_a_fault_is_told_by_the_name_of_its_field(changes: dict[str, str], says: str) -> None:
    draft = read_form(fields(**changes))
    assert draft.campaign is None and says in " ".join(draft.faults)
    for name in changes.keys() & {"segment", "variants", "translations"}:
        assert draft.part(name).strip(), "what was typed isn't lost"


def test_what_is_filled_in_is_counted_and_shown_at_once(office: Office, lea: Person) -> None:
    for name in ("anna", "ben"):
        person = office.people.ensure(f"{name}@example.com", "signed", time.time(), name.title())
        office.consents.give(person, "news", "Yes.", "test", time.time(), {})
    office.people.db.execute("UPDATE features SET orders = 2 WHERE person = ?", [person])
    told = lea.post("/console/campaigns/draft", **FORM, shown_for="anna@example.com").json()
    assert told["faults"] == []
    assert told["people"] == {"segment": 1, "agreed": 1, "calm": 1, "rested": 1}
    assert told["mail"]["subject"] == "Hi Anna" and "Anna." in told["mail"]["text"]
    everybody = lea.post("/console/campaigns/draft", **{**FORM, "segment": ""}).json()
    assert everybody["people"]["segment"] == 2 and everybody["mail"]["subject"] == "Hi you"
    german = lea.post(
        "/console/campaigns/draft", **FORM, shown_in="de", shown_variant="long"
    ).json()
    assert german["mail"]["subject"] == "Hallo Sie" and "Abbestellen" in german["mail"]["text"]
    wrong = lea.post("/console/campaigns/draft", **{**FORM, "segment": "ordres: 1"}).json()
    assert wrong["people"] is None and "ordres" in wrong["faults"][0]
    nobody = lea.post("/console/campaigns/draft", **FORM, shown_for="x@example.com").json()
    assert nobody["mail"] is None and nobody["people"] and "x@example.com" in nobody["faults"][0]
    page = lea.post("/console/campaigns/draft/mail", **FORM, shown_for="anna@example.com")
    assert "<em>tents</em>, Anna" in page.text and "&lt;b&gt;" in page.text
    assert "script-src" not in page.headers["Content-Security-Policy"]
    assert lea.post("/console/campaigns/draft/mail", **{**FORM, "body": ""}).status_code == 400
    assert office.campaigns.all() == [] and office.outbox.counts() == {}
    office.close()


def test_a_campaign_is_made_changed_and_never_overwritten(office: Office, lea: Person) -> None:
    page = lea.post("/console/campaigns/new", **{**FORM, "name": "spring", "purpose": "gone"})
    assert page.status_code == 422 and "There is no purpose" in html.unescape(page.text)
    wrong = lea.post(
        "/console/campaigns/new", **{**FORM, "name": "spring", "segment": "ordres: <1>"}
    )
    assert wrong.status_code == 422 and "ordres: &lt;1&gt;" in wrong.text
    assert lea.post("/console/campaigns/new", name="Spring", **FORM).status_code == 422
    assert office.campaigns.all() == []
    assert lea.post("/console/campaigns/new", name="spring", **FORM).status_code == 303
    entry = office.campaigns.get("spring")
    assert (entry.state, entry.version, entry.campaign.title) == ("draft", 1, "Spring & <tents>")
    for taken in ("spring", "new", "person"):
        again = lea.post("/console/campaigns/new", name=taken, **FORM)
        assert again.status_code == 422 and "is taken" in again.text
    edit = lea.get("/console/campaigns/spring/edit").text
    assert "Spring &amp; &lt;tents&gt;" in edit and "id: short" in edit and 'value="0.01"' in edit
    lea.post("/console/campaigns/spring/edit", **{**FORM, "subject": "New"})
    entry = office.campaigns.get("spring")
    assert (entry.version, entry.campaign.subject) == (2, "New")
    assert office.campaigns.get("spring", 1).campaign.subject == "Hi {first_name|you}"
    assert "/console/campaigns/spring/edit" in lea.get("/console/campaigns/spring").text
    office.close()


def test_only_who_may_reads_people_writes_campaigns(people: dict[str, Person]) -> None:
    for path in ("new", "draft", "draft/mail"):
        assert (
            people["agent"].post(f"/console/campaigns/{path}", name="x", **FORM).status_code == 403
        )
    forged = people["analyst"].http.post("/console/campaigns/new", data={**FORM, "csrf": "x"})
    assert forged.status_code == 403
