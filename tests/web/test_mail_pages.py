"""Pages behind links in mails: nothing happens by opening one, no cookie, and a made-up link is none."""

import html
import time

import httpx
import pytest

from bot.campaigns.consent import BOUNCED, COMPLAINED
from bot.campaigns.links import Mail
from bot.campaigns.office import Office
from bot.campaigns.people import Trait
from bot.settings import Settings
from tests.web.conftest import WebProcess
from tests.web.fake_engine import FakeEngine

NOW = time.time()
EMAIL = "anna@example.com"


@pytest.fixture
def office(settings: Settings) -> Office:
    settings.var.mkdir(exist_ok=True)
    text = settings.shop_file.read_text(encoding="utf-8")
    text += "\ncampaigns: {hook_key_env: HOOK_KEY, purposes: {sales: Sales & <offers>}}\n"
    settings.shop_file.write_text(text, encoding="utf-8")
    from bot.settings import read_settings

    return Office.open(read_settings({"SHOPTALK_SHOP": str(settings.shop_file)}))


def visitor(web: WebProcess) -> httpx.Client:
    return httpx.Client(base_url=web.url, timeout=30, trust_env=False)


def path(url: str) -> str:
    return url[url.index("/mail/") :]


def test_the_pages_behind_links_in_mails(settings: Settings, office: Office) -> None:
    anna = office.people.ensure(EMAIL, "signed", NOW, "Anna <b>")
    office.people.learn(anna, "c", [Trait("viewed", "<i>M1", NOW)])
    office.consents.give(anna, "news", "Yes.", "test", NOW, {})
    mark = office.people.mark(EMAIL)
    office.optin.ask("new@example.com", "news", office.agreement("news"), "test", NOW, "en")
    pending = office.people.one("SELECT id FROM pending")
    office.outbox.queue("campaign", "tents", anna, NOW)
    assert pending
    engine = FakeEngine(settings.secrets().engine_token)
    web = WebProcess(settings, engine.port, HOOK_KEY="hush")
    http = visitor(web)
    try:
        # agreeing: opening the link does nothing, the button does
        confirm = path(office.links.confirm(pending["id"], "en"))
        page = http.get(confirm)
        assert office.agreement("news") in html.unescape(page.text) and not page.cookies
        assert "script" not in page.text and page.headers["Cache-Control"] == "no-store"
        assert office.people.one("SELECT 1 FROM pending")
        assert http.post(confirm).status_code == 200
        assert office.consents.state(office.people.find("new@example.com").id, "news") == "given"
        assert http.post(confirm).status_code == 404

        # unsubscribing: by button, by one click, and never by opening
        unsubscribe = path(office.links.unsubscribe(Mail(mark, "news", 1), "en"))
        assert http.get(unsubscribe).status_code == 200
        assert office.consents.state(anna, "news") == "given"
        done = http.post(unsubscribe, data={"List-Unsubscribe": "One-Click"})
        assert done.status_code == 200 and office.consents.state(anna, "news") == "withdrawn"
        assert office.consents.history(anna)[-1].source == "one click in a mail program"
        assert http.post(unsubscribe.replace("?", "x?")).status_code == 404

        # preferences
        preferences = path(office.links.preferences(Mail(mark, "news", 1), "en"))
        assert "Sales &amp; &lt;offers&gt;" in http.get(preferences).text
        assert "M1" not in http.get(preferences).text  # a mail may be passed on
        http.post(preferences, data={"do": "save", "purpose": ["news", "sales"]})
        assert office.consents.state(anna, "sales") == "given"
        assert office.consents.suppression(mark, "news") == ""
        http.post(preferences, data={"do": "none"})
        assert office.consents.state(anna, "sales") == "withdrawn"
        http.post(preferences, data={"do": "profile"})
        assert office.people.one("SELECT person FROM outbox WHERE kind = 'profile'") == {
            "person": anna
        }

        # what is known, behind a link of its own
        profile = path(office.links.profile(mark, "en"))
        page = http.get(profile).text
        assert "&lt;i&gt;M1" in page and "Anna &lt;b&gt;" in page and "<i>" not in page
        http.post(profile, data={"kind": "viewed", "value": "<i>M1"})
        assert "M1" not in http.get(profile).text
        assert http.post(profile, data={"kind": "mark", "value": mark}).status_code == 400

        # clicks lead only where we signed
        url = "https://shop.example/tents?a=1"
        answer = http.get(path(office.links.click(1, url)))
        assert (answer.status_code, answer.headers["Location"]) == (302, url)
        assert office.people.one("SELECT n FROM clicks") == {"n": 1}
        assert http.get("/mail/go/WzEsImh0dHBzOi8vZXZpbC5leGFtcGxlIl0.x").status_code == 404

        # the webhook
        mail = office.outbox.get(2) or office.outbox.get(1)
        known = office.people.one("SELECT message_id FROM outbox WHERE kind = 'campaign'")
        assert mail and known
        said = {"message_id": known["message_id"], "kind": "bounced", "status": "5.1.1"}
        hook = "/mail/hooks/returned"
        assert http.post(hook, json=said).status_code == 403
        key = {"Authorization": "Bearer hush"}
        assert http.post(hook, json={**said, "kind": "x"}, headers=key).status_code == 400
        assert http.post(hook, json={**said, "message_id": "<x@y>"}, headers=key).status_code == 404
        assert http.post(hook, json=said, headers=key).status_code == 204
        assert office.consents.suppression(mark) == BOUNCED
        http.post(hook, json={**said, "kind": "complained"}, headers=key)
        assert office.consents.suppression(mark) in (BOUNCED, COMPLAINED)
    finally:
        http.close()
        web.kill()
        engine.stop()
        office.close()
