"""From guesses to a whole person, as it was done: the running service, and a mail server on loopback."""

import json
import re
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiosmtpd.controller import Controller

from bot.guard.store import ORDERS_OF_EMAIL, ORDERS_OF_NETWORK
from tests.stack import Stack
from tests.test_mail import Mailbox, serve

BOX = Mailbox()


@pytest.fixture(scope="module")
def mails() -> Iterator[Controller]:
    controller = serve(BOX)
    yield controller
    controller.stop()


@pytest.fixture(scope="module")
def channel(mails: Controller, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """The dialogue process's channel of a shop that sends mails."""

    def with_mail(folder: Path) -> None:
        file = folder / "shop.yml"
        line = f"mail: {{host: 127.0.0.1, port: {mails.port}, tls: none, from: shop@shop.example}}"
        file.write_text(f"{file.read_text(encoding='utf-8')}\n{line}\n", encoding="utf-8")

    stack = Stack(tmp_path_factory.mktemp("proof") / "shop", with_mail)
    token = json.loads((stack.shop_dir / "var/secrets.json").read_text())["engine_token"]
    url = f"http://127.0.0.1:{stack.ports['dialogue']}/webhooks/shoptalk"
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=url, headers=headers, timeout=60, trust_env=False) as client:
        yield client
    stack.stop()


class Talk:
    """A conversation from a network."""

    def __init__(self, channel: httpx.Client, network: str, **customer: str) -> None:
        self.channel = channel
        self.turn = {"conversation": uuid.uuid4().hex, "network": network}
        if customer:
            self.turn["customer"] = customer
        self.answer: dict[str, Any] = {}

    def say(self, text: str, payload: str = "") -> str:
        body = {**self.turn, "id": uuid.uuid4().hex, "text": text, "payload": payload}
        answer = self.channel.post("/turn", json=body)
        assert answer.status_code == 200, answer.text
        self.answer = answer.json()
        return "\n".join(reply["text"] for reply in self.answer["messages"])

    def order(self, number: str, email: str) -> str:
        pair = json.dumps({"order_number": number, "email": email})
        return self.say("Look up my order", f"/order_status{pair}")

    def everything(self, task: str) -> str:
        self.say(task)
        return self.say("Everything of mine", '/inform{"data_scope": "all"}')

    @property
    def cards(self) -> list[str]:
        return [(reply["card"] or {}).get("kind") for reply in self.answer["messages"]]


def code() -> str:
    found = re.search(r"\b\d{6}\b", BOX.mails[-1][2].get_content())
    assert found
    return found[0]


def test_guessing_ends_over_conversations_and_successes(channel: httpx.Client) -> None:
    told = []
    for n in range(ORDERS_OF_NETWORK.day + 2):
        talk = Talk(channel, "attacker")
        mine = talk.order("HF-10002", "kim.smit@example.org")  # the attacker's own
        told.append((mine, talk.order(f"HF-1{n:04}", f"{n}@example.com")))
    assert all("HF-10002" in mine and "code" not in guess for mine, guess in told[:-2])
    assert all("HF-10002" not in mine and "digits" in guess for mine, guess in told[-1:])
    assert "HF-10002" in Talk(channel, "home").order("HF-10002", "kim.smit@example.org")


def test_a_number_and_an_address_are_no_proof_and_a_code_is(channel: httpx.Client) -> None:
    talk = Talk(channel, "cafe")
    assert "HF-10171" in talk.say("where is my order HF-10171 anna@example.com")
    before = len(BOX.mails)
    assert "code" in talk.everything("give me a copy of my data") and "copy" not in talk.cards
    said = talk.say("anna@example.com")
    assert "anna@example.com" in said and len(BOX.mails) == before + 1
    assert BOX.mails[-1][1] == ["anna@example.com"] and "copy" not in talk.cards
    wrong = f"{(int(code()) + 1) % 1_000_000:06}"
    assert talk.say(wrong) and "copy" not in talk.cards
    talk.say("what are your opening hours?")  # a side question keeps the place
    assert talk.say(f"the code is {code()}") and "copy" in talk.cards
    assert len(BOX.mails) == before + 1
    # Proven, and erased only with a yes.
    assert "anna@example.com" in talk.everything("delete my data")
    assert "erasure" not in talk.answer
    talk.say("no wait")
    assert "erasure" not in talk.answer
    talk.everything("delete my data")
    talk.say("Yes, erase it all", "/affirm")
    assert talk.answer["erasure"]["email"] == "anna@example.com"


def test_a_code_of_another_conversation_opens_nothing(channel: httpx.Client) -> None:
    victim, thief = Talk(channel, "v"), Talk(channel, "t")
    victim.everything("export my data")
    victim.say("tom@example.com")
    known = code()
    thief.everything("export my data")
    thief.say("tom@example.com")  # a mail went there a moment ago
    thief.say(known)
    assert "copy" not in thief.cards


def test_an_address_that_is_guessed_at_asks_for_a_code_unless_it_is_proven(
    channel: httpx.Client,
) -> None:
    email, right = "hugo.berg@example.com", "where is my order HF-10006 hugo.berg@example.com"
    assert "HF-10006" in Talk(channel, "his own").say(right)
    for n in range(ORDERS_OF_EMAIL.day):
        Talk(channel, f"bot {n}").order(f"HF-2{n:04}", email)
    assert "HF-10006" in Talk(channel, "his own").say(right)
    assert "HF-10006" in Talk(channel, "hotel", id="7", email=email).say(right)
    talk = Talk(channel, "airport")
    asked = talk.say(right)
    assert "HF-10006" not in asked and "digits" in asked
    assert "HF-10006" in talk.say(code())


def test_ones_own_data_leaves_a_form(channel: httpx.Client) -> None:
    for opening in ("where is my order", "subscribe me to your newsletter", "my mug is broken"):
        for wish in ("delete my data", "what do you know about me"):
            talk = Talk(channel, uuid.uuid4().hex)
            talk.say(opening)
            assert "everything" in talk.say(wish).lower(), (opening, wish)
