"""The chat API: written down before acknowledged, delivered in order and exactly once."""

import json
import time
import uuid

import httpx
import pytest

from bot.inbox.store import Inbox
from bot.settings import Settings
from bot.web.chat_api import HEARTBEAT_SECONDS
from tests.web.conftest import WebProcess
from tests.web.fake_engine import FakeEngine


class Customer:
    """One conversation over HTTP, as the widget holds it."""

    def __init__(self, web: WebProcess) -> None:
        self.http = httpx.Client(base_url=web.url, timeout=60, trust_env=False)
        self.token = self.http.post("/chat/session").json()["token"]
        self.headers = {"Authorization": f"Bearer {self.token}"}

    def send(self, text: str = "", **body) -> httpx.Response:
        message = {"id": str(uuid.uuid4()), **({"text": text} if text else {}), **body}
        return self.http.post("/chat/messages", json=message, headers=self.headers)

    def events(self, until: int, after: int = 0, headers: dict | None = None) -> list[dict]:
        """Messages of the stream, until there are so many."""
        found: list[dict] = []
        with self.http.stream(
            "GET", f"/chat/stream?after={after}", headers={**self.headers, **(headers or {})}
        ) as stream:
            assert stream.status_code == 200
            kind = ""
            for line in stream.iter_lines():
                if line.startswith("event: "):
                    kind = line[7:]
                elif line.startswith("data: ") and kind == "message":
                    found.append(json.loads(line[6:]))
                    if len(found) == until:
                        return found
        raise AssertionError("the stream ended")

    def state(self, wanted: str) -> None:
        with self.http.stream("GET", "/chat/stream?after=999999", headers=self.headers) as stream:
            for line in stream.iter_lines():
                if line == f'data: {{"state": "{wanted}", "who": "assistant"}}':
                    return


@pytest.fixture
def customer(web: WebProcess) -> Customer:
    return Customer(web)


def test_a_message_is_answered(customer: Customer, engine: FakeEngine) -> None:
    assert customer.send("hello").status_code == 202
    own, reply = customer.events(2)
    assert (own["from"], own["text"]) == ("customer", "hello")
    assert (reply["from"], reply["text"]) == ("assistant", "You said: hello")
    assert reply["seq"] > own["seq"]
    assert engine.turns[0]["payload"] == "" and engine.turns[0]["received_at"] <= time.time()


def test_the_same_id_is_one_message(customer: Customer, engine: FakeEngine) -> None:
    message = str(uuid.uuid4())
    answers = [customer.send("hello", id=message).json() for _ in range(3)]
    assert answers[0] == answers[1] == answers[2]
    customer.events(2)
    assert len(engine.turns) == 1


def test_messages_keep_their_order(customer: Customer, engine: FakeEngine) -> None:
    engine.delay = 0.05
    for number in range(10):
        assert customer.send(f"message {number}").status_code == 202
    customer.events(20)
    assert [turn["text"] for turn in engine.turns] == [f"message {n}" for n in range(10)]


def test_two_customers_with_the_same_id_stay_apart(web: WebProcess, engine: FakeEngine) -> None:
    first, second = Customer(web), Customer(web)
    first.send("one", id="same-id-for-both")
    second.send("two", id="same-id-for-both")
    assert [e["text"] for e in first.events(2)] == ["one", "You said: one"]
    assert [e["text"] for e in second.events(2)] == ["two", "You said: two"]
    assert len({turn["id"] for turn in engine.turns}) == 2


def test_a_stream_goes_on_where_it_broke_off(customer: Customer) -> None:
    customer.send("one")
    seen = customer.events(2)
    customer.send("two")
    resumed = customer.events(2, headers={"Last-Event-ID": str(seen[-1]["seq"])})
    assert [event["text"] for event in resumed] == ["two", "You said: two"]
    assert [event["text"] for event in customer.events(4)][2:] == ["two", "You said: two"]


def test_while_the_engine_is_down_messages_wait(customer: Customer, engine: FakeEngine) -> None:
    engine.stop()
    for text in ("one", "two", "three"):
        assert customer.send(text).status_code == 202
    customer.state("waiting")
    engine.start()
    texts = [event["text"] for event in customer.events(6) if event["from"] == "assistant"]
    assert texts == ["You said: one", "You said: two", "You said: three"]
    assert [turn["text"] for turn in engine.turns] == ["one", "two", "three"]


def test_a_killed_web_process_delivers_what_it_acknowledged(
    customer: Customer, web: WebProcess, engine: FakeEngine
) -> None:
    engine.delay = 0.5
    for text in ("one", "two", "three"):
        customer.send(text)
    while not engine.requests:  # in the middle of the first turn
        time.sleep(0.01)
    web.kill()
    engine.delay = 0
    web.start()
    events = customer.events(6)
    assert sorted(e["text"] for e in events if e["from"] == "customer") == ["one", "three", "two"]
    assert [turn["text"] for turn in engine.turns] == ["one", "two", "three"]


def test_a_turn_that_keeps_failing_ends_in_an_apology(
    customer: Customer, engine: FakeEngine
) -> None:
    engine.broken = True
    customer.send("hello")
    assert "went wrong" in customer.events(2)[1]["text"]
    assert engine.requests == 3
    engine.broken = False
    customer.send("again")
    assert customer.events(4)[3]["text"] == "You said: again"


def test_a_quick_reply_is_what_was_offered(customer: Customer, engine: FakeEngine) -> None:
    customer.send("a jacket")
    reply = customer.events(2)[1]
    (choice,) = reply["quick_replies"]
    assert "payload" not in json.dumps(reply)
    assert customer.send(quick_reply=choice["id"]).status_code == 202
    assert customer.events(4)[2]["text"] == "Cheaper"
    assert engine.turns[-1]["payload"] == '/refine_search{"price_change": "lower"}'


def test_quick_replies_cannot_be_forged(web: WebProcess, customer: Customer) -> None:
    customer.send("a jacket")
    choice = customer.events(2)[1]["quick_replies"][0]["id"]
    for forged in ("/restart", choice[:-1] + "9", choice.replace("/0", "/-1"), "x/0", 5, ""):
        assert customer.send(quick_reply=forged).status_code == 400, forged
    assert Customer(web).send(quick_reply=choice).status_code == 400


def test_typed_commands_stay_text(customer: Customer, engine: FakeEngine) -> None:
    customer.send('/restart{"x": 1}')
    customer.events(2)
    assert (engine.turns[0]["text"], engine.turns[0]["payload"]) == ('/restart{"x": 1}', "")


def test_a_card_is_answered_beside_the_words(customer: Customer, engine: FakeEngine) -> None:
    customer.send("stars please")
    reply = customer.events(2)[1]
    assert reply["card"] == {"kind": "stars", "question": "How was it?", "max": 5}
    answer = {"message_id": reply["id"], "value": 4}
    assert customer.send("4 of 5", card_answer=answer).status_code == 202
    customer.events(4)
    assert engine.turns[-1]["card_answer"] == answer and engine.turns[-1]["text"] == "4 of 5"


def test_answers_to_cards_cannot_be_forged(customer: Customer, web: WebProcess) -> None:
    customer.send("stars please")
    card = customer.events(2)[1]["id"]
    for forged in ({"message_id": "x", "value": 4}, {"message_id": card}, "4", {"message_id": card, "value": "x" * 3000}):  # fmt: skip
        assert customer.send("4", card_answer=forged).status_code == 400, forged
    other = Customer(web).send("4", card_answer={"message_id": card, "value": 4})
    assert other.status_code == 400


def test_staff_and_the_system_speak_in_the_same_stream(
    customer: Customer, web: WebProcess, settings: Settings
) -> None:
    customer.send("hello")
    conversation = customer.events(2)[1]["id"][:32]
    inbox = Inbox(settings.web_db)
    assert inbox.add(conversation, "s1", "staff", {"text": "Hi there", "name": "Noor"})
    assert inbox.add(conversation, "s1", "staff", {"text": "Hi there", "name": "Noor"}) == 0
    inbox.add(conversation, "s2", "system", {"text": "Noor joined."})
    staff, system = customer.events(4)[2:]
    assert (staff["from"], staff["name"], staff["text"]) == ("staff", "Noor", "Hi there")
    assert system["from"] == "system" and "name" not in system


def test_a_long_history_arrives_at_once(customer: Customer, settings: Settings) -> None:
    customer.send("hello")
    conversation = customer.events(2)[1]["id"][:32]
    inbox = Inbox(settings.web_db)
    for number in range(450):
        inbox.add(conversation, f"s{number}", "system", {"text": str(number)})
    began = time.monotonic()
    assert customer.events(452)[-1]["text"] == "449"
    assert time.monotonic() - began < HEARTBEAT_SECONDS  # it doesn't wait for a heartbeat


def test_cards_have_links_that_work_from_any_site(customer: Customer) -> None:
    customer.send("a jacket")
    first, second = customer.events(2)[1]["products"]
    assert first["image"] == "/shop/files/pictures/J1.svg" and first["url"] == "/shop/products/J1"
    assert second["image"] == ""


@pytest.mark.parametrize("token", ["-", "nonsense", "{token}x", "ImFiYyI.c2lnbmF0dXJl"])
def test_only_a_signed_token_opens_a_conversation(customer: Customer, token: str) -> None:
    headers = {"Authorization": "Bearer " + token.format(token=customer.token)}
    for answer in (
        customer.http.get("/chat/stream", headers=headers),
        customer.http.post("/chat/messages", json={"id": "x" * 10, "text": "hi"}, headers=headers),
    ):
        assert answer.status_code == 401 and "start a new one" in answer.json()["error"]


@pytest.mark.parametrize(
    "body",
    [
        {"text": ""},
        {"text": "   "},
        {"text": "x" * 5001},
        {"text": 5},
        {"text": "hi", "id": "short"},
        {"text": "hi", "id": "../../etc/passwd"},
        {},
    ],
)
def test_bad_messages_are_explained(customer: Customer, body: dict) -> None:
    answer = customer.send(**body)
    assert answer.status_code == 400 and answer.json()["error"]


def test_bodies_that_are_not_json_and_too_large_are_refused(customer: Customer) -> None:
    for content, status in ((b"{", 400), (b"[1]", 400), (b"x" * 40_000, 413)):
        answer = customer.http.post("/chat/messages", content=content, headers=customer.headers)
        assert answer.status_code == status


def test_a_flood_is_slowed_down(customer: Customer, engine: FakeEngine) -> None:
    statuses = [customer.send(f"message {n}").status_code for n in range(30)]
    assert set(statuses) == {202, 429} and statuses[0] == 202


def test_any_site_may_ask_but_no_cookie_is_set(customer: Customer) -> None:
    for path in ("session", "messages", "stream", "events", "typing"):
        answer = customer.http.options(f"/chat/{path}", headers={"Origin": "https://shop.example"})
        assert answer.status_code == 204
        assert answer.headers["access-control-allow-origin"] == "*"
    answer = customer.send("hi")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "set-cookie" not in answer.headers
    assert "access-control-allow-credentials" not in answer.headers


def test_the_page_goes_along_and_odd_ones_are_refused(
    customer: Customer, engine: FakeEngine
) -> None:
    page = {"url": "https://shop.example/p", "language": "nl-BE", "product": {"ids": [" J1 "]}}
    assert customer.send("is it dry?", page=page).status_code == 202
    customer.events(2)
    assert engine.turns[0]["page"] == {**page, "product": {"ids": ["J1"]}}
    assert customer.send("and here?", page={}).status_code == 202
    customer.events(4)
    assert "page" not in engine.turns[1]
    for odd, where in (
        ("J1", "page"),
        ({"product": {"ids": ["x" * 301]}}, "page.product.ids.0"),
        ({"product": {"sku": "J1"}}, "page.product.sku"),
        ({"language": "nl'; --"}, "page.language"),
        ({"cart": [{"sku": "J1", "quantity": -1}]}, "page.cart.0.quantity"),
    ):
        answer = customer.send("hi", page=odd)
        assert answer.status_code == 400 and f"'{where}'" in answer.json()["error"], odd
