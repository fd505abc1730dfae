"""Odd bytes and bodies at web's door: refused or read, never a fault, and nothing is stored."""

import json
import logging
import socket
import sqlite3
import time
import uuid
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from sanic.exceptions import InvalidUsage

from bot.inbox.store import Inbox
from bot.settings import Settings
from bot.system.open_files import CONNECTIONS, FEWEST, RESERVED, WANTED, OpenFiles
from bot.web.chat.identity import BadIdentity, read_identity
from bot.web.door.bodies import DEEPEST, LARGEST, read_json
from bot.web.door.connections import TOLD_EVERY, Refusals
from tests.fuzz.odd import NO_JSON
from tests.web.conftest import WebProcess
from tests.web.fake_engine import FakeEngine
from tests.web.test_chat import Customer


def nested(depth: int) -> bytes:
    """An object with a value so many lists deep."""
    return b'{"a": ' + b"[" * depth + b"]" * depth + b"}"


@pytest.mark.parametrize("body", NO_JSON, ids=lambda body: repr(body[:24]))
def test_what_is_no_json_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidUsage):
        read_json(body)


@pytest.mark.parametrize(
    "found",
    [
        {},
        {"a": [1, 2.5, -3e10, True, None, {"b": "x"}], "c": "é 日本 😀 \x00"},
        {"a": LARGEST, "b": -LARGEST},
        {"a": {"x": 1}, "b": {"x": 1}},
    ],
)
def test_what_is_json_is_read(found: dict[str, Any]) -> None:
    assert read_json(json.dumps(found).encode()) == found
    assert read_json(json.dumps(found, ensure_ascii=False).encode()) == found


def test_numbers_and_depths_have_a_bound() -> None:
    assert read_json(nested(DEEPEST))
    assert read_json(json.dumps({"a": LARGEST}).encode())
    for body in (nested(DEEPEST + 1), json.dumps({"a": LARGEST + 1}).encode()):
        with pytest.raises(InvalidUsage):
            read_json(body)


@pytest.mark.parametrize("value", [b"NaN", b"1e999", b'"\\ud800"', b"[" * 200 + b"]" * 200])
def test_a_refused_answer_to_a_card_leaves_the_conversation_well(
    web: WebProcess, settings: Settings, value: bytes
) -> None:
    customer = Customer(web)
    customer.send("stars")
    card = customer.events(2)[1]["id"]

    def answer(value: bytes) -> int:
        body = b'{"id": "%s", "text": "so so", "card_answer": {"message_id": "%s", "value": %s}}' % (
            str(uuid.uuid4()).encode(), card.encode(), value,
        )  # fmt: skip
        return customer.http.post(
            "/chat/messages", content=body, headers=customer.headers
        ).status_code

    assert answer(value) == 400
    assert (
        len(customer.http.get("/chat/messages", headers=customer.headers).json()["messages"]) == 2
    )
    assert answer(b"3") == 202
    assert customer.events(4)[3]["text"] == "You said: so so"


POISON = [
    json.dumps({"text": "hi", "card_answer": {"value": float("nan")}}),
    json.dumps({"text": "half \ud800 a letter"}),
    "no JSON at all",
    "[]",
    "null",
    "not sealed",
]


@pytest.mark.parametrize("turn", POISON)
def test_a_row_of_an_earlier_version_that_cannot_be_sent_holds_nobody_up(
    settings: Settings, engine: FakeEngine, tmp_path: Path, turn: str
) -> None:
    inbox = Inbox(settings.web_db)
    seq, _ = inbox.accept("c" * 32, "message-1", "hi")
    inbox.accept("c" * 32, "message-2", "and now?")
    _poison(settings, inbox, seq, turn)
    log = tmp_path / "log"
    web = WebProcess(settings, engine.port, log=log)
    try:
        customer = Customer(web)
        token = _token(settings, "c" * 32)
        customer.headers = {"Authorization": f"Bearer {token}"}
        for _ in range(300):
            asked = customer.http.get("/chat/messages", headers=customer.headers).json()
            said = [(one["from"], one["text"]) for one in asked["messages"]]
            if len(said) == 4:
                break
            time.sleep(0.1)
    finally:
        web.kill()
    assert len(said) == 4 and said[:2] == [("customer", "hi"), ("customer", "and now?")]
    assert said[2][0] == "assistant" and "Sorry" in said[2][1]
    assert said[3] == ("assistant", "You said: and now?")
    (line,) = [one for one in log.read_text().splitlines() if "given up" in one]
    assert "trace=message-1" in line and "conversation=" + "c" * 32 in line


@pytest.mark.parametrize("turn", POISON)
def test_staff_can_take_a_conversation_with_such_a_row(settings: Settings, turn: str) -> None:
    inbox = Inbox(settings.web_db)
    seq, _ = inbox.accept("c", "message-1", "hi")
    inbox.accept("c", "message-2", "and now?")
    _poison(settings, inbox, seq, turn)
    inbox.only_listen("c")
    notes = []
    while waiting := inbox.next_waiting("c"):
        notes.append((waiting.message_id, (waiting.turn or {}).get("note")))
        inbox.answered(waiting, [])
    assert notes[-1] == ("message-2", "customer")
    assert all(note == "customer" for _, note in notes)


def _poison(settings: Settings, inbox: Inbox, seq: int, turn: str) -> None:
    if turn.startswith("{"):
        turn = json.dumps(
            {"conversation": "c" * 32, "id": "c-1", "received_at": 1.0, **json.loads(turn)}
        )
    with sqlite3.connect(settings.web_db) as db:
        stored = turn if turn == "not sealed" else inbox._vault.seal(turn)
        db.execute("UPDATE inbox SET turn = ? WHERE seq = ?", [stored, seq])


def _token(settings: Settings, conversation: str) -> str:
    from bot.web.chat.sessions import Sessions

    return str(Sessions(settings.secrets)._signer().dumps(conversation))


def test_a_signed_identity_is_text_that_can_be_sent_on() -> None:
    claims = {"sub": "7", "exp": 2**40, "name": "Anna \ud800", "email": "A@b.C "}
    found = read_identity(jwt.encode(claims, "k" * 32, "HS256"), ["k" * 32])
    assert found == {"id": "7", "name": "Anna ?", "email": "a@b.c"}


@pytest.mark.parametrize("expiry", [float("inf"), float("nan"), "soon", [], None])
def test_an_identity_with_an_odd_end_is_refused(expiry: Any) -> None:
    token = jwt.encode({"sub": "7", "exp": expiry}, "k" * 32, "HS256")
    with pytest.raises(BadIdentity):
        read_identity(token, ["k" * 32])


def raw(web: WebProcess, *lines: bytes) -> bytes:
    """The first line of the answer to a request of these lines."""
    with socket.create_connection(("127.0.0.1", web.port), timeout=30) as line:
        line.sendall(b"\r\n".join([lines[0], b"Host: shop", *lines[1:], b"", b""]))
        return line.makefile("rb").readline().strip()


def test_tokens_and_cookies_that_are_not_utf8_are_wrong_ones(
    settings: Settings, engine: FakeEngine, tmp_path: Path
) -> None:
    web = WebProcess(settings, engine.port, log=tmp_path / "log")
    try:
        for odd in (b"\xff\xfe", b"caf\xe9", b"\xed\xa0\x80"):
            asked = raw(web, b"GET /chat/messages HTTP/1.1", b"Authorization: Bearer " + odd)
            assert asked == b"HTTP/1.1 401 Unauthorized"
            asked = raw(web, b"GET /console HTTP/1.1", b"Cookie: shoptalk_staff=" + odd)
            assert asked == b"HTTP/1.1 302 Found"
            asked = raw(web, b"GET /health HTTP/1.1", b"Cookie: other=" + odd, b"X-Odd: " + odd)
            assert asked == b"HTTP/1.1 200 OK"
        for place in (b"/product/%ff", b"/search?q=%ff", b"/search?q=\xff", b"http://[::1/"):
            assert raw(web, b"GET " + place + b" HTTP/1.1") == b"HTTP/1.1 400 Bad Request"
        number = "Content-Length: ٣".encode()
        asked = raw(web, b"POST /chat/session HTTP/1.1", number, b"", b"abc")
        assert asked == b"HTTP/1.1 400 Bad Request"
    finally:
        web.kill()
    assert (tmp_path / "log").read_text() == ""


def test_refused_connections_are_no_faults(
    settings: Settings, engine: FakeEngine, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    web = WebProcess(settings, engine.port, module="tests.web.narrow_web", log=log)
    lines = [socket.create_connection(("127.0.0.1", web.port)) for _ in range(20)]
    try:
        assert lines[-1].makefile("rb").readline().startswith(b"HTTP/1.1 503")
    finally:
        for line in lines:
            line.close()
    assert httpx.get(f"{web.url}/health", trust_env=False).status_code == 200
    web.kill()
    assert log.read_text().splitlines() == ["Connections are refused: 8 are open."]


def test_a_flood_of_refused_connections_is_a_line_a_minute(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING)
    refusals, waiting = Refusals(), []

    def refuse(times: int) -> None:
        for _ in range(times):
            refusals.add(4000, lambda seconds, do: waiting.append((seconds, do)))

    def minute() -> None:
        (seconds, do) = waiting.pop()
        assert seconds == TOLD_EVERY and not waiting
        do()

    refuse(1000)
    minute()
    refuse(7)
    minute()
    minute()  # nothing more: the flood is over
    assert waiting == []
    refuse(1)
    assert [one.getMessage() for one in caplog.records] == [
        "Connections are refused: 4000 are open.",
        "999 more connections were refused in 60 seconds.",
        "7 more connections were refused in 60 seconds.",
        "Connections are refused: 4000 are open.",
    ]


@pytest.mark.parametrize(
    ("allowed", "connections"),
    [
        (FEWEST, 64), (256, 128), (2 * RESERVED, 256), (1024, 768), (WANTED - 1, CONNECTIONS - 1),
        (WANTED, CONNECTIONS), (10**6, CONNECTIONS),
    ],
)  # fmt: skip
def test_few_open_files_mean_fewer_connections_and_never_none(
    allowed: int, connections: int
) -> None:
    files = OpenFiles(allowed)
    assert files.connections == connections
    assert (f"`ulimit -n` {WANTED}" in files.words) == (allowed < WANTED)


def test_customers_are_served_where_few_files_may_be_open(
    settings: Settings, engine: FakeEngine
) -> None:
    web = WebProcess(settings, engine.port, files=256)
    try:
        customer = Customer(web)
        assert customer.send("hello").status_code == 202
        assert customer.events(2)[1]["text"] == "You said: hello"
    finally:
        web.kill()
