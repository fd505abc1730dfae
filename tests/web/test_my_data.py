"""Customers get a copy of their data, and have it erased, in the chat: a real process and files."""

import json
import time
import uuid
from typing import Any

import httpx

from bot.settings import Settings
from bot.store.holdings import Person
from bot.store.persons import search
from bot.store.staff import StaffStore
from bot.web.sessions import Sessions
from tests.store.test_persons import EMAIL, said
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
    said(settings, "conv-anna", f"a zanzibar mug, my mail is {EMAIL}")
    said(settings, "conv-jo", "a plain mug for jo@example.com")


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
