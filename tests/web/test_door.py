"""Floods, slow clients and overload: refused with a word, and over when they are over."""

import hashlib
import itertools
import socket
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, suppress

import httpx
import pytest

from bot.inbox.store import Inbox
from bot.settings import Settings
from bot.web.chat.live import LISTENERS, Hub
from recommender.catalogue.ingest import ingest
from tests.recommender.fakes import FakeEmbedder
from tests.web.conftest import WebProcess
from tests.web.fake_engine import FakeEngine
from tests.web.test_pictures import of_many_scans, picture


class Door:
    """A web process whose limits are low (narrow_web.py)."""

    def __init__(self, settings: Settings, engine: FakeEngine) -> None:
        ingest(settings.shop_dir / "products.csv", settings.catalogue_dir, embedder=FakeEmbedder())
        self.web = WebProcess(settings, engine.port, "tests.web.narrow_web")
        self.http = httpx.Client(base_url=self.web.url, trust_env=False, timeout=60)

    def session(self, solution: str = "") -> httpx.Response:
        return self.http.post("/chat/session", content=solution)

    def begin(self) -> str:
        return self.session().json()["token"]

    def say(self, token: str) -> httpx.Response:
        body = {"id": str(uuid.uuid4()), "text": "hello"}
        return self.http.post("/chat/messages", json=body, headers=bearer(token))

    def connect(self) -> socket.socket:
        line = socket.socket()
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        line.settimeout(60)
        line.connect(("127.0.0.1", self.web.port))
        return line


@pytest.fixture
def door(settings: Settings, engine: FakeEngine) -> Iterator[Door]:
    opened = Door(settings, engine)
    yield opened
    opened.web.kill()


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def read_all(line: socket.socket) -> bytes:
    """What comes until the other side closes."""
    found = b""
    try:
        while data := line.recv(65536):
            found += data
    except ConnectionResetError:
        pass
    return found


def drip(line: socket.socket, first: bytes) -> bytes:
    """Send a byte now and then, for as long as the other side bears it; returns what it says."""
    line.sendall(first)
    for _ in range(600):
        line.settimeout(0.2)
        try:
            return line.recv(65536)
        except TimeoutError:
            try:
                line.sendall(b"a")
            except OSError:
                break
    raise AssertionError("it bore a slow client for two minutes")


def solve(asked: dict) -> str:
    """As widget/static/puzzle.js does."""
    for number in itertools.count():
        solution = f"{asked['puzzle']}:{number}"
        digest = hashlib.sha256(solution.encode()).digest()
        if not int.from_bytes(digest[:4], "big") >> (32 - asked["bits"]):
            return solution
    raise AssertionError


def test_a_client_that_sends_slowly_is_let_go(door: Door) -> None:
    for first in (
        b"GET /health HTTP/1.1\r\nHost: x\r\nX: ",
        b"POST /chat/session HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\n",
    ):
        with door.connect() as line:
            assert drip(line, first).startswith(b"HTTP/1.1 408")
    with door.connect() as line:
        line.sendall(b"GET /health HTTP/1.1\r\nX: " + b"a" * 20_000)
        assert read_all(line).startswith(b"HTTP/1.1 413")


@pytest.mark.parametrize(
    "header",
    [b"Content-Length : 39", b"X: y\r\n Content-Length: 39", b"X: y\nContent-Length: 39",
     b"X: y\rContent-Length: 39", b"Host: other"],
)  # fmt: skip
def test_a_header_that_a_proxy_reads_otherwise_ends_the_connection(
    door: Door, header: bytes
) -> None:
    """What follows may be the body to one and a second request to the other."""
    second = b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"
    with door.connect() as line:
        line.sendall(b"POST /chat/session HTTP/1.1\r\nHost: x\r\n" + header + b"\r\n\r\n" + second)
        said = read_all(line)
    assert said.startswith(b"HTTP/1.1 400") and said.count(b"HTTP/1.1") == 1


def test_a_client_that_does_not_read_its_stream_is_let_go(door: Door, settings: Settings) -> None:
    token = door.begin()
    door.say(token)
    inbox = Inbox(settings.web_db)
    conversation = inbox.waiting_conversations() or [
        row["conversation"] for row in inbox._db["events"].rows
    ]
    for number in range(400):
        inbox.add(conversation[0], f"s{number}", "staff", {"text": "x" * 20_000, "name": "Noor"})
    with door.connect() as line:
        line.sendall(
            f"GET /chat/stream HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
        )
        time.sleep(4)
        assert len(read_all(line)) < 400 * 20_000  # the end comes, and before the last message


def test_who_sends_pictures_that_are_made_to_be_slow_sends_no_more_for_a_while(door: Door) -> None:
    headers = bearer(door.begin())
    sent = [
        door.http.post("/chat/pictures", content=content, headers=headers)
        for content in (*[of_many_scans(900)] * 3, picture())
    ]
    assert [one.status_code for one in sent] == [400, 400, 400, 429]
    assert int(sent[-1].headers["retry-after"]) > 60


def test_connections_of_an_address_are_counted(door: Door) -> None:
    door.http.close()
    with ExitStack() as lines:
        for _ in range(8):
            lines.enter_context(door.connect()).sendall(b"GET / HTTP/1.1\r\n")
        refused = b""
        while not refused:  # once the eight have arrived
            with door.connect() as line:
                line.settimeout(0.2)
                with suppress(TimeoutError):
                    refused = read_all(line)
        assert refused.startswith(b"HTTP/1.1 503") and b"Retry-After" in refused
        assert refused.endswith(b"try again soon.\n")
    deadline = time.monotonic() + 30
    while httpx.get(f"{door.web.url}/", trust_env=False, timeout=60).status_code == 503:
        assert time.monotonic() < deadline, "connections that were closed still count"
        time.sleep(0.05)


def test_streams_of_an_address_are_counted(door: Door) -> None:
    headers = bearer(door.begin())
    with ExitStack() as streams:
        for _ in range(3):
            streams.enter_context(door.http.stream("GET", "/chat/stream", headers=headers))
        refused = door.http.get("/chat/stream", headers=headers)
        assert refused.status_code == 429 and refused.headers["retry-after"] == "30"
        assert "close one" in refused.json()["error"]
    for _ in range(100):
        with door.http.stream("GET", "/chat/stream", headers=headers) as stream:
            if stream.status_code == 200:
                return
        time.sleep(0.1)
    raise AssertionError("streams that were closed still count")


def test_a_flood_of_new_conversations_costs_work(door: Door) -> None:
    # Four from one network, and then from others: an address of its own each.
    assert [door.session().status_code for _ in range(4)] == [201] * 4
    asked = door.session()
    assert asked.status_code == 428
    solution = solve(asked.json())
    assert door.session("nonsense:1").status_code == 428
    assert door.session(solution.replace(":", ":9")).status_code == 428
    made = door.session(solution)
    assert made.status_code == 201 and door.say(made.json()["token"]).status_code == 202
    assert door.session(solution).status_code == 428  # once


def test_people_behind_one_address_get_in_by_a_puzzle_and_not_by_waiting(door: Door) -> None:
    assert [door.session().status_code for _ in range(4)] == [201] * 4
    for _ in range(3):
        assert door.session(solve(door.session().json())).status_code == 201
    refused = door.session(solve(door.session().json()))  # even so, not without end
    assert refused.status_code == 429 and int(refused.headers["retry-after"]) > 1


def test_too_much_work_is_refused_kindly_until_it_is_done(door: Door, engine: FakeEngine) -> None:
    first, second, third = (door.begin() for _ in range(3))
    engine.delay = 2.0
    assert door.say(first).status_code == door.say(second).status_code == 202
    refused = door.say(third)
    assert refused.status_code == 503 and int(refused.headers["retry-after"]) >= 5
    assert "A lot of people" in refused.json()["error"]
    engine.delay = 0.0
    for _ in range(300):
        if door.say(third).status_code == 202:
            return
        time.sleep(0.2)
    raise AssertionError("it doesn't come back")


def test_of_too_many_streams_of_a_conversation_the_oldest_ends() -> None:
    hub = Hub()
    listeners = [hub.join("c") for _ in range(LISTENERS + 2)]
    assert [one.closed for one in listeners] == [True, True] + [False] * LISTENERS
    for one in listeners:
        hub.leave("c", one)
    assert not hub.is_listening("c")
