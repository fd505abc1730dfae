"""Customers get a copy of their data, and have it erased, in the chat: a real process and files."""

import asyncio
import json
import sqlite3
import time
import uuid
from typing import Any

import httpx
import pytest
from itsdangerous import URLSafeSerializer
from sanic.exceptions import ServiceUnavailable

from bot.custody.holdings import Person
from bot.custody.search import search
from bot.inbox.store import ERASING_SECONDS, Inbox
from bot.privacy.vault import LostKey, vault_in
from bot.settings import Settings
from bot.settings.keys import Secrets, rotate
from bot.staff.accounts import StaffStore
from bot.staff.requests import RequestFilters
from bot.surveys.links import Links
from bot.web.chat.desk import Desk
from bot.web.chat.live import Hub
from bot.web.chat.my_data import TRIES, BadLink, CopyLinks, MyData
from bot.web.chat.sessions import Sessions
from tests.custody.test_persons import EMAIL, said
from tests.web.conftest import WebProcess


class Customer:
    """A conversation over HTTP."""

    def __init__(self, web: WebProcess, token: str = "") -> None:
        self.http = httpx.Client(base_url=web.url, timeout=20, trust_env=False)
        token = token or self.http.post("/chat/session").json()["token"]
        self.headers = {"Authorization": f"Bearer {token}"}

    def post(self, path: str, **body: Any) -> httpx.Response:
        body = {"id": str(uuid.uuid4()), **body}
        return self.http.post(path, json=body, headers=self.headers)

    def messages(self) -> httpx.Response:
        return self.http.get("/chat/messages", headers=self.headers)

    def reply_to(self, text: str) -> dict[str, Any]:
        """Say something; the message that answers it."""
        assert self.post("/chat/messages", text=text).status_code == 202
        for _ in range(200):
            found = [one for one in self.messages().json()["messages"] if one["from"] != "customer"]
            if found and text in found[-1]["text"]:
                return found[-1]
            time.sleep(0.1)
        raise AssertionError("no answer")

    def receipt(self) -> str:
        """The receipt, once the conversation is erased."""
        for _ in range(600):
            answer = self.messages()
            if answer.status_code == 410:
                return answer.json()["receipt"]
            time.sleep(0.1)
        raise AssertionError("it wasn't erased")


def token_of(settings: Settings, conversation: str) -> str:
    return str(Sessions(settings.secrets)._signer().dumps(conversation))


def earlier(settings: Settings) -> None:
    """An earlier conversation of Anna's, and one of somebody else's."""
    settings.var.mkdir(exist_ok=True)
    said(settings, "conv-anna", f"a zanzibar mug, my mail is {EMAIL}", own=EMAIL)
    said(settings, "conv-jo", "a plain mug for jo@example.com", own="jo@example.com")


def test_a_copy_has_ones_own_and_nobody_elses(web: WebProcess, settings: Settings) -> None:
    earlier(settings)
    customer = Customer(web)
    customer.reply_to("a quixotic question")
    card = customer.reply_to("copy")["card"]
    assert card["kind"] == "copy" and "email" not in card
    answer = customer.http.get(card["url"])
    assert "my-data.json" in answer.headers["content-disposition"]
    assert answer.headers["cache-control"] == "no-store"
    assert "quixotic" in answer.text and "zanzibar" not in answer.text
    both = customer.http.get(customer.reply_to(f"copy {EMAIL}")["card"]["url"]).text
    assert "quixotic" in both and "zanzibar" in both and "plain mug" not in both
    assert "staff" not in json.loads(both)["data"]
    for bad in (card["url"][:-9] + "AAAAAAAA=", "/chat/copy?token=x", "/chat/copy"):
        assert customer.http.get(bad).status_code == 404


def test_a_copy_is_for_no_link_that_web_did_not_make_for_it(
    web: WebProcess, settings: Settings
) -> None:
    earlier(settings)
    customer = Customer(web)
    customer.reply_to("a quixotic question")
    url = customer.reply_to("copy")["card"]["url"]
    who = json.dumps(["conv-anna", EMAIL])
    # as links were before, plain and sealed
    until = {"copy_until": 9e9, "conversation": "conv-anna", "email": EMAIL}
    seal = vault_in(settings.var).seal
    with sqlite3.connect(settings.web_db) as db:
        stored = db.execute("SELECT body FROM events LIMIT 1").fetchone()[0]
    session_keys = settings.secrets().oldest_first
    elsewhere = Secrets(("t",), ("another shop's",), "p")
    forged = {
        "plain": json.dumps(until), "plain, as now": who, "sealed": seal(json.dumps(until)),
        "sealed, as now": seal(who), "stored": stored, "looks sealed": "gAAAAA" * 20, "empty": "",
        "a session": customer.headers["Authorization"].split()[1],
        "a survey": Links(settings.secrets).path("nps", EMAIL).rpartition("/")[2],
        "signed": str(URLSafeSerializer(session_keys, salt="copy").dumps(["conv-anna", EMAIL])),
        "another shop's": CopyLinks(lambda: elsewhere).token("conv-anna", EMAIL),
        "too old": CopyLinks(settings.secrets, lambda: time.time() - 3700).token("conv-anna", EMAIL),
        "odd": "\u00e9", "half": url.partition("=")[2][:-20],
    }  # fmt: skip
    for how, token in forged.items():
        answer = customer.http.get("/chat/copy", params={"token": token})
        assert answer.status_code in (404, 429) and "zanzibar" not in answer.text, how
    assert [how for how, token in forged.items() if opens_copy(settings, token)] == []
    assert opens_copy(settings, url.partition("=")[2])


def opens_copy(settings: Settings, token: str) -> bool:
    try:
        CopyLinks(settings.secrets).read(token)
    except BadLink:
        return False
    return True


def test_a_link_to_a_copy_ends_after_an_hour_and_with_its_key(settings: Settings) -> None:
    now = [1_800_000_000.0]
    links = CopyLinks(settings.secrets, lambda: now[0])
    token = links.token("c1", EMAIL)
    assert EMAIL not in token and links.read(token) == ("c1", EMAIL)
    for seconds, good in ((3600, True), (3601, False), (-30, True), (-3600, False)):
        now[0] = 1_800_000_000.0 + seconds
        if good:
            assert links.read(token) == ("c1", EMAIL)
        else:
            with pytest.raises(BadLink):
                links.read(token)
    now[0] = 1_800_000_000.0
    rotate(settings.secrets_file)
    assert links.read(token) == ("c1", EMAIL)
    rotate(settings.secrets_file, end_old=True)
    with pytest.raises(BadLink):
        links.read(token)
    # and it is no sealed text, whoever pastes it where
    with pytest.raises(LostKey):
        vault_in(settings.var).open(token)


def test_an_erasure_that_no_key_opens_holds_up_no_other(settings: Settings) -> None:
    inbox = Inbox(settings.web_db)
    numbers = [inbox.ask_erasure(name, EMAIL) for name in ("c1", "c2")]
    with sqlite3.connect(settings.web_db) as db:
        db.execute("UPDATE erasures SET who = 'gAAAAA' WHERE number = ?", [numbers[0]])
    assert inbox.erasures() == [(numbers[1], "c2", EMAIL)]
    inbox.close()


def test_an_erasure_that_leaves_something_ends_and_staff_see_to_it(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox, staff = Inbox(settings.web_db), StaffStore(settings.staff_db)
    hub = Hub()
    desk = Desk(staff, inbox, hub, settings.shop)
    asked: list[str] = []

    async def do(what: str, conversation: str, email: str) -> dict[str, Any]:
        asked.append(conversation)
        return {"receipt": "E-7", "left": ["lost.csv"], "unread": [], "conversations": ["c1", "c2"]}

    async def erase() -> None:
        work = MyData(inbox, hub, CopyLinks(settings.secrets), desk.erasure_left)
        monkeypatch.setattr(work, "_do", do)
        work.on_answer("c1", {"messages": [], "erasure": {"email": EMAIL}})
        await asyncio.wait(work._tasks, timeout=20)

    monkeypatch.setattr("bot.web.chat.my_data.READING_SECONDS", 0)
    monkeypatch.setattr("bot.web.chat.my_data.RETRY_SECONDS", 0)
    asyncio.run(erase())
    assert asked == ["c1"] * TRIES and inbox.erasures() == []
    assert [inbox.erasure(one) for one in ("c1", "c2")] == ["E-7", "E-7"]
    (request,) = desk.requests.page(RequestFilters())
    assert (request.kind, request.conversation, request.state) == ("delete_data", "", "new")
    assert "E-7" in request.detail and "lost.csv" in request.detail
    staff.close()
    inbox.close()


def test_an_erasure_that_does_not_end_leaves_the_chat_usable(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox = Inbox(settings.web_db)
    work = MyData(inbox, Hub(), CopyLinks(settings.secrets), lambda receipt, text: None)
    assert inbox.ask_erasure("c1", "")
    with pytest.raises(ServiceUnavailable):
        work.check("c1", writing=True)
    assert inbox.post("c1", "m1", "staff", "hello") == 0
    later = time.time() + ERASING_SECONDS
    monkeypatch.setattr("bot.inbox.store.time.time", lambda: later)
    work.check("c1", writing=True)
    assert inbox.post("c1", "m1", "staff", "hello") > 0
    assert [one[1] for one in inbox.erasures()] == ["c1"]  # it is still to be done
    inbox.close()


def test_an_erased_conversation_is_gone_with_a_receipt(web: WebProcess, settings: Settings) -> None:
    customer, other = Customer(web), Customer(web)
    customer.reply_to("a quixotic question")
    other.reply_to("hello")
    customer.reply_to("erase")
    assert customer.post("/chat/messages", text="more").status_code == 503  # not lost: sent again
    receipt = customer.receipt()
    assert receipt.startswith("E-")
    for path, body in (("messages", {"text": "x"}), ("events", {"kind": "end"}), ("typing", {})):
        answer = customer.post(f"/chat/{path}", **body)
        assert (answer.status_code, answer.json()["receipt"]) == (410, receipt)
    conversation = (
        Sessions(settings.secrets)._signer().loads(customer.headers["Authorization"].split()[1])
    )
    assert search(settings, Person("", (conversation,))) == []
    staff = StaffStore(settings.staff_db)
    line = staff.audit()[0]
    staff.close()
    assert (line["login"], line["action"]) == ("the customer", "erased a person")
    assert receipt in line["object"] and conversation not in json.dumps(line)
    assert len(other.messages().json()["messages"]) == 2


def test_with_a_proven_address_all_of_a_person_goes_though_the_process_is_killed(
    web: WebProcess, settings: Settings
) -> None:
    earlier(settings)
    customer = Customer(web)
    customer.reply_to(f"erase {EMAIL}")
    web.kill()
    web.start()
    receipt = customer.receipt()
    before = Customer(web, token_of(settings, "conv-anna"))
    assert (before.messages().status_code, before.receipt()) == (410, receipt)
    assert search(settings, Person(EMAIL, ("conv-anna",))) == []
    jo = Customer(web, token_of(settings, "conv-jo"))
    assert "plain mug" in jo.messages().text
