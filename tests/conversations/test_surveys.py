"""Surveys asked in the chat, with the running service: real Rasa, actions and databases."""

import json
import time
import uuid
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from bot.surveys.campaigns import Campaigns, open_campaigns
from bot.surveys.records import Run
from tests.stack import Stack

OWN = """\
title: Our own
intro: A few questions, if you like.
questions:
  - {id: agree, kind: consent, ask: May we keep your answers?}
  - {id: home, kind: single, ask: How do you live?, options: [Alone, With family]}
  - {id: likes, kind: multiple, ask: What do you like?, options: [Tents, Mugs, Candles]}
  - {id: orders, kind: number, ask: How many orders last year?, min: 0, max: 99}
  - {id: mood, kind: scale, ask: How was it?, min: 1, max: 4, labels: [bad, good]}
  - {id: done, kind: thanks, ask: "Thanks, and enjoy your {likes}."}
"""


class Chat:
    """A conversation with the dialogue process, as the web process holds it."""

    def __init__(self, stack: Stack) -> None:
        token = json.loads((stack.shop_dir / "var/secrets.json").read_text())["engine_token"]
        self.http = httpx.Client(
            base_url=f"http://127.0.0.1:{stack.ports['dialogue']}/webhooks/shoptalk",
            headers={"Authorization": f"Bearer {token}"}, timeout=60, trust_env=False,
        )  # fmt: skip
        self.conversation = uuid.uuid4().hex
        self.run = uuid.uuid4().hex
        self.replies: list[dict[str, Any]] = []

    def ask(self, campaign: str, at: float = 0, turn: str = "") -> str:
        survey = {
            "campaign": campaign, "version": 1, "run": self.run, "person": self.conversation,
            "segments": {"mood": "neutral"}, "at": at or time.time(), "link": "/survey/x",
        }  # fmt: skip
        return self._turn({"text": "survey", "id": turn or uuid.uuid4().hex, "survey": survey})

    def say(self, text: str, card: Any = None) -> str:
        answer = {"card_answer": {"message_id": "m", "value": card}} if card is not None else {}
        return self._turn({"text": text, "id": uuid.uuid4().hex, **answer})

    def skip(self) -> str:
        assert self.card["optional"]
        return self._turn({"text": "Skip", "id": uuid.uuid4().hex,
                           "card_answer": {"message_id": "m", "value": None}})  # fmt: skip

    def tap(self, title: str) -> str:
        offered = [button for reply in self.replies for button in reply["buttons"]]
        chosen = next(button for button in offered if button["title"] == title)
        body = {"text": title, "payload": chosen["payload"], "id": uuid.uuid4().hex}
        return self._turn(body)

    def _turn(self, body: dict[str, Any]) -> str:
        answer = self.http.post("/turn", json={"conversation": self.conversation, **body})
        assert answer.status_code == 200, answer.text
        self.replies = answer.json()["messages"]
        said = "\n".join(reply["text"] for reply in self.replies)
        assert "went wrong on our side" not in said
        return said

    @property
    def card(self) -> dict[str, Any]:
        return self.replies[-1]["card"]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    running = Stack(tmp_path_factory.mktemp("surveys") / "shop")
    (running.shop_dir / "surveys" / "own.yml").write_text(OWN)
    running.shoptalk("survey", "list")  # reads the files
    yield running
    running.stop()


@pytest.fixture
def chat(stack: Stack) -> Chat:
    return Chat(stack)


@pytest.fixture
def campaigns(stack: Stack) -> Campaigns:
    var = stack.shop_dir / "var"
    return open_campaigns(var / "surveys.db", stack.shop_dir / "surveys", ZoneInfo("UTC"))


def run_of(chat: Chat, campaigns: Campaigns) -> Run:
    return campaigns.store.run(chat.run)


def answers(chat: Chat, campaigns: Campaigns) -> dict[str, Any]:
    return {name: one.value for name, one in run_of(chat, campaigns).answers.items()}


def test_from_the_invitation_to_the_thanks(chat: Chat, campaigns: Campaigns) -> None:
    chat.say("do you have mugs")
    said = chat.ask("recommend")
    assert "May I ask you something" in said and "How likely" in said
    assert (chat.card["kind"], chat.card["min"], chat.card["max"]) == ("nps", 0, 10)
    assert "What should we do better" in chat.say("four, I'd say")
    assert "buy from us again" in chat.say("prices and delivery")
    assert "Thank you for your time" in chat.say("perhaps")
    run = run_of(chat, campaigns)
    assert run.completed_at and run.way == "chat" and run.conversation == chat.conversation
    assert answers(chat, campaigns) == {
        "nps": 4, "wrong": ["Prices", "Delivery"], "again": "Perhaps"}  # fmt: skip
    assert "survey" not in chat.say("thanks").lower()  # and the conversation goes on as ever


def test_a_survey_that_was_never_trained_with_cards(chat: Chat, campaigns: Campaigns) -> None:
    assert "May we keep" in chat.ask("own")
    assert [one["value"] for one in chat.card["options"]] == ["yes", "no"]
    assert "How do you live" in chat.say("Yes", card="yes")
    assert "What do you like" in chat.say("With family", card="With family")
    assert chat.card["multiple"] is True
    assert "How many orders" in chat.say("Tents, Candles", card=["Tents", "Candles"])
    assert "How was it" in chat.say("about twenty-five")
    assert chat.card["labels"] == ["bad", "good"] and chat.card["done"] == 4
    assert "enjoy your Tents, Candles" in chat.say("3", card=3)
    assert answers(chat, campaigns) == {
        "agree": True, "home": "With family", "likes": ["Tents", "Candles"], "orders": 25, "mood": 3}  # fmt: skip


def test_a_question_asked_back_is_answered_and_the_survey_goes_on(
    chat: Chat, campaigns: Campaigns
) -> None:
    chat.ask("after-chat")
    said = chat.say("are you open on sunday?")
    assert "closed" in said and "How satisfied" in said
    assert "What did you like" in chat.say("very satisfied")
    said = chat.say("how long does delivery take?")
    assert "working day" in said.lower() and "What did you like" in said
    said = chat.say("the delivery was fast and the cup is lovely")
    assert "helps us a lot" in said
    run = run_of(chat, campaigns)
    assert run.answers["liked"].sentiment == "positive"


def test_unclear_answers_are_asked_again_but_not_for_ever(chat: Chat, campaigns: Campaigns) -> None:
    chat.ask("after-chat")
    assert "from 1 to 5" in chat.say("8")
    assert "from 1 to 5" in chat.say("hm, hard to say really")
    assert "helps us" in chat.say("whatever")  # given up: on to the next, here the thanks
    assert answers(chat, campaigns)["score"] is None


def test_skipping_stopping_and_never_again(stack: Stack, campaigns: Campaigns) -> None:
    chat = Chat(stack)
    chat.ask("own")
    chat.say("sure")
    assert "What do you like" in chat.skip()
    assert "How many orders" in chat.say("skip this one")
    chat.tap("No more questions")
    run = run_of(chat, campaigns)
    assert run.dismissed_at and not run.completed_at and run.answers["home"].value is None
    assert not campaigns.store.contact(chat.conversation, "own").never
    other = Chat(stack)
    other.ask("own")
    other.say("stop asking me")
    assert campaigns.store.contact(other.conversation, "recommend").never
    assert other.say("do you have candles")  # the chat goes on


def test_no_consent_no_answers(chat: Chat, campaigns: Campaigns) -> None:
    chat.ask("own")
    chat.say("no, I'd rather not")
    run = run_of(chat, campaigns)
    assert run.completed_at is None and run.dismissed_at


def test_never_in_a_form_a_complaint_or_when_something_was_just_said(stack: Stack) -> None:
    chat = Chat(stack)
    chat.say("where is my order?")
    assert chat.ask("own") == ""
    assert "email" in chat.say("HF-10171")
    upset = Chat(stack)
    upset.say("this is a disgrace, you are the worst shop ever!!!")
    assert upset.ask("own") == ""
    late = Chat(stack)
    late.say("hello")
    assert late.ask("own", at=time.time() - 60) == ""


def test_a_request_leaves_the_survey_and_keeps_what_was_answered(
    chat: Chat, campaigns: Campaigns
) -> None:
    chat.ask("recommend")
    chat.say("2")
    said = chat.say("where is my order?")
    assert "order" in said and "confirmation email" in said
    assert "email" in chat.say("HF-10171")
    assert "on its way" in chat.say("anna@example.com")
    run = run_of(chat, campaigns)
    assert run.answers["nps"].value == 2 and run.completed_at is None
    assert any(alert["run"] == chat.run for alert in campaigns.store.alerts())


def test_asked_twice_for_the_same_turn_it_is_one_survey(chat: Chat, campaigns: Campaigns) -> None:
    turn = uuid.uuid4().hex
    first = chat.ask("recommend", turn=turn)
    assert chat.ask("recommend", turn=turn) == first
    assert campaigns.store.contact(chat.conversation, "recommend").last_this


def test_an_anonymous_survey_is_only_pointed_to(chat: Chat, campaigns: Campaigns) -> None:
    said = chat.ask("who-you-are")
    assert "/survey/x" in said
    assert campaigns.store.contact(chat.conversation, "who-you-are").last_this
    assert campaigns.store.runs("who-you-are") == []
    assert chat.say("hello")  # no form is left behind


def test_hostile_answers_are_data(chat: Chat, campaigns: Campaigns) -> None:
    chat.ask("after-chat")
    chat.say("1")
    nasty = "/restart {score} {0.__class__} <script>alert(1)</script>'; DROP TABLE answers; --"
    assert "helps us" in chat.say(nasty)
    assert answers(chat, campaigns)["wrong"] == nasty
