"""The assistant asks by itself when a campaign's moment has come, and only then."""

import base64
import json
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from zoneinfo import ZoneInfo

import httpx
import jwt
import pytest

from bot.settings import Settings
from bot.staff.accounts import StaffStore
from bot.staff.work import WorkStore
from bot.surveys.campaigns import Campaigns, open_campaigns
from bot.surveys.links import Links
from bot.transcripts.store import open_transcripts
from bot.web.chat.identity import identity_key
from tests.web.conftest import WebProcess
from tests.web.fake_engine import FakeEngine
from tests.web.test_chat import Customer

SURVEY = """\
title: T
intro: I
trigger: {after: TRIGGER, messages: 0, quiet_seconds: 1}
questions:
  - {id: score, kind: nps, ask: How likely?}
  - {id: done, kind: thanks, ask: Thanks}
"""


@pytest.fixture
def campaigns(settings: Settings) -> Campaigns:
    settings.surveys_dir.mkdir()
    for name, after in (("happy", "[resolved]"), ("shopper", "[purchase_click]")):
        (settings.surveys_dir / f"{name}.yml").write_text(SURVEY.replace("TRIGGER", after))
    campaigns = open_campaigns(settings.surveys_db, settings.surveys_dir, ZoneInfo("UTC"))
    campaigns.set_status("happy", "started")
    campaigns.set_status("shopper", "started")
    return campaigns


@contextmanager
def chatting(web: WebProcess) -> Iterator[Customer]:
    """A customer whose chat is open."""
    customer = Customer(web)
    opened = threading.Event()
    closing = threading.Event()

    def listen() -> None:
        with suppress(httpx.RemoteProtocolError):  # the web process ends with the test
            with customer.http.stream("GET", "/chat/stream", headers=customer.headers) as stream:
                for _ in stream.iter_lines():
                    opened.set()
                    if closing.is_set():
                        return

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    assert opened.wait(10)
    yield customer
    closing.set()


@pytest.fixture
def customer(campaigns: Campaigns, web: WebProcess) -> Iterator[Customer]:
    with chatting(web) as customer:
        yield customer


@pytest.fixture
def other(campaigns: Campaigns, web: WebProcess) -> Iterator[Customer]:
    """Somebody who may be asked, for tests in which nobody else is."""
    with chatting(web) as customer:
        yield customer


def conversation(customer: Customer) -> str:
    """The id that the token stands for."""
    part = customer.token.split(".")[0]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def said(settings: Settings, customer: Customer, intent: str, score: float = 0.4) -> None:
    """What the transcripts hold once Rasa has answered."""
    name, now = conversation(customer), time.time()
    database = open_transcripts(settings.transcripts_db)
    with database.atomic():
        database["conversations"].upsert(
            {"id": name, "started_at": now, "last_at": now, "last_event_at": now}, pk="id"
        )
        database["messages"].insert(
            {"id": uuid.uuid4().hex, "conversation_id": name, "at": now, "sender": "customer",
             "text": "x", "intent": intent, "sentiment_score": score}
        )  # fmt: skip
    database.close()


def surveys(engine: FakeEngine) -> list[dict]:
    """The surveys that Rasa was told to ask, once there is one."""
    deadline = time.monotonic() + 40
    while time.monotonic() < deadline:
        if asked := [turn["survey"] for turn in engine.turns if "survey" in turn]:
            return asked
        time.sleep(0.05)
    raise AssertionError("nobody is asked")


def only_the_other_is_asked(other: Customer, engine: FakeEngine, settings: Settings) -> None:
    """Whoever was to be asked for what happened before is asked before the other one is."""
    engine.turns.clear()
    said(settings, other, "thank")
    other.send("thanks")
    assert [asked["person"] for asked in surveys(engine)] == [conversation(other)]
    engine.turns.clear()


def event(customer: Customer, **body) -> None:
    body = {"id": str(uuid.uuid4()), **body}
    assert (
        customer.http.post("/chat/events", json=body, headers=customer.headers).status_code == 204
    )


def test_a_happy_customer_is_asked_once(
    customer: Customer,
    other: Customer,
    engine: FakeEngine,
    settings: Settings,
    campaigns: Campaigns,
) -> None:
    said(settings, customer, "thank")
    customer.send("thanks")
    (asked,) = surveys(engine)
    assert asked["campaign"] == "happy" and asked["version"] == 1
    assert asked["person"] == conversation(customer) and asked["segments"]["mood"] == "positive"
    campaigns.store.contacted(asked["person"], "happy", time.time())  # as the action does
    customer.send("one more thing")
    only_the_other_is_asked(other, engine, settings)


def test_a_cart_is_a_moment_too(customer: Customer, engine: FakeEngine) -> None:
    event(customer, kind="cart", sku="J1", quantity=1, value=120)
    assert surveys(engine)[0]["campaign"] == "shopper"


def test_a_complaining_customer_is_left_alone(
    customer: Customer, other: Customer, engine: FakeEngine, settings: Settings
) -> None:
    said(settings, customer, "thank", score=-0.9)
    event(customer, kind="cart", sku="J1", quantity=1, value=120)
    only_the_other_is_asked(other, engine, settings)


def test_nobody_is_asked_whose_chat_is_closed_or_who_was_asked(
    campaigns: Campaigns,
    other: Customer,
    customer: Customer,
    web: WebProcess,
    engine: FakeEngine,
    settings: Settings,
) -> None:
    away = Customer(web)
    said(settings, away, "thank")
    away.send("thanks")
    campaigns.store.contacted(conversation(customer), "other", time.time())
    said(settings, customer, "thank")
    customer.send("thanks")
    only_the_other_is_asked(other, engine, settings)


def test_a_campaign_that_is_paused_stops_within_seconds(
    campaigns: Campaigns, engine: FakeEngine, settings: Settings
) -> None:
    campaigns.set_status("shopper", "paused")
    # reads the campaigns again every half second
    web = WebProcess(settings, engine.port, "tests.web.narrow_web")
    try:
        with chatting(web) as customer, chatting(web) as other:
            said(settings, other, "thank")
            other.send("thanks")
            assert surveys(engine)[0]["campaign"] == "happy"  # so it has read them
            campaigns.set_status("happy", "paused")
            campaigns.set_status("shopper", "started")
            engine.turns.clear()
            event(other, kind="cart", sku="J1", quantity=1, value=120)
            assert surveys(engine)[0]["campaign"] == "shopper"  # so it has read them again
            engine.turns.clear()
            said(settings, customer, "thank")
            customer.send("thanks")
            with chatting(web) as last:
                event(last, kind="cart", sku="J1", quantity=1, value=120)
                assert [asked["person"] for asked in surveys(engine)] == [conversation(last)]
    finally:
        web.kill()


def test_who_waits_for_a_person_is_asked_when_staff_are_done(
    customer: Customer, other: Customer, engine: FakeEngine, settings: Settings
) -> None:
    staff = StaffStore(settings.staff_db)
    work = WorkStore(staff.db)
    work.ask(conversation(customer), time.time(), "please")
    said(settings, customer, "thank")
    customer.send("thanks")
    only_the_other_is_asked(other, engine, settings)
    work.resolve(conversation(customer))
    said(settings, customer, "thank")
    customer.send("thanks again")
    assert surveys(engine)[0]["campaign"] == "happy"
    staff.close()


def test_transcripts_that_come_late_are_waited_for(
    customer: Customer, other: Customer, engine: FakeEngine, settings: Settings
) -> None:
    customer.send("thanks")
    only_the_other_is_asked(other, engine, settings)  # so the first look is over
    said(settings, customer, "thank")
    assert surveys(engine)[0]["campaign"] == "happy"


def test_who_comes_back_after_a_restart_is_still_asked(
    campaigns: Campaigns, engine: FakeEngine, settings: Settings, web: WebProcess
) -> None:
    """The timers are gone with the process; the page's stream connects again by itself."""
    back = Customer(web)
    said(settings, back, "thank")
    with back.http.stream("GET", "/chat/stream", headers=back.headers) as stream:
        lines = stream.iter_lines()  # kept, since the stream ends with it
        next(lines)
        assert surveys(engine)[0]["campaign"] == "happy"


def test_a_person_whom_the_shop_knows_is_one_person_in_all_conversations(
    customer: Customer,
    other: Customer,
    engine: FakeEngine,
    settings: Settings,
    campaigns: Campaigns,
) -> None:
    session_key = settings.secrets().session_key
    person = Links(settings.secrets).pseudonym("anna@example.com")
    campaigns.store.contacted(person, "happy", time.time())  # in another conversation, or by email
    claims = {"sub": "7", "email": "anna@example.com", "exp": time.time() + 60}
    token = jwt.encode(claims, identity_key(session_key), "HS256")
    known = customer.http.post("/chat/identify", json={"token": token}, headers=customer.headers)
    assert known.status_code == 204
    said(settings, customer, "thank")
    customer.send("thanks")
    only_the_other_is_asked(other, engine, settings)


def test_the_answers_of_a_known_person_are_theirs(
    customer: Customer, engine: FakeEngine, settings: Settings
) -> None:
    session_key = settings.secrets().session_key
    claims = {"sub": "customer-7", "exp": time.time() + 60}
    token = jwt.encode(claims, identity_key(session_key), "HS256")
    customer.http.post("/chat/identify", json={"token": token}, headers=customer.headers)
    said(settings, customer, "thank")
    customer.send("thanks")
    assert surveys(engine)[0]["person"] == Links(settings.secrets).pseudonym("customer-7")
