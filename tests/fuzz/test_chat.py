"""Whatever is sent to the chat's API is taken as text or refused; the process goes on."""

import json
import uuid
from collections.abc import Iterator

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.inbox.store import Inbox
from bot.privacy.vault import vault_in
from bot.settings import Settings, read_settings
from bot.web.chat.customer_events import KINDS
from recommender.catalogue.ingest import ingest
from tests.conftest import PRODUCTS
from tests.fuzz import texts, values
from tests.recommender.fakes import FakeEmbedder
from tests.web.conftest import WebProcess
from tests.web.fake_engine import FakeEngine

ROUTES = ("/chat/session", "/chat/messages", "/chat/events", "/chat/typing")
METHODS = ("GET", "POST", "PUT", "DELETE", "OPTIONS", "PATCH")
REFUSED = {400, 401, 404, 405, 413, 429}


class Chat:
    """A conversation with the real web process, limits apart; a fake engine answers."""

    def __init__(self, web: WebProcess, engine: FakeEngine, settings: Settings) -> None:
        self.web, self.engine, self.settings = web, engine, settings
        self.http = httpx.Client(base_url=web.url, trust_env=False, timeout=20)
        self.begin()

    def begin(self) -> None:
        """Start a new conversation, so that none gets too many messages that wait."""
        token = self.http.post("/chat/session").json()["token"]
        self.headers = {"Authorization": f"Bearer {token}"}

    def post(self, route: str, body: bytes) -> httpx.Response:
        return self.http.post(route, content=body, headers=self.headers)

    def close(self) -> None:
        self.http.close()
        self.web.kill()
        self.engine.stop()


@pytest.fixture(scope="module")
def chat(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chat]:
    from bot.paths import REPOSITORY

    folder = tmp_path_factory.mktemp("shop")
    demo = REPOSITORY / "bot" / "demo"
    text = (demo / "shop.yml").read_text(encoding="utf-8")
    (folder / "shop.yml").write_text(text, encoding="utf-8")
    (folder / "products.csv").write_text(PRODUCTS, encoding="utf-8")
    (folder / "orders.csv").write_bytes((demo / "orders.csv").read_bytes())
    (folder / "policies").mkdir()
    for policy in (demo / "policies").iterdir():
        (folder / "policies" / policy.name).write_bytes(policy.read_bytes())
    settings = read_settings({"SHOPTALK_SHOP": str(folder / "shop.yml")})
    ingest(folder / "products.csv", settings.catalogue_dir, embedder=FakeEmbedder())
    engine = FakeEngine(settings.secrets().engine_token)
    chat = Chat(
        WebProcess(settings, engine.port, module="tests.fuzz.unlimited_web"), engine, settings
    )
    yield chat
    chat.close()


def refused_well(answer: httpx.Response) -> None:
    """A refusal says why, in JSON, and tells nothing of the inside."""
    assert answer.status_code in REFUSED, (answer.status_code, answer.text)
    if answer.request.url.path in ROUTES and answer.request.method != "OPTIONS":
        assert answer.json()["error"]
    assert "Traceback" not in answer.text and ".py" not in answer.text


@given(body=st.one_of(st.binary(max_size=300), values.map(lambda v: json.dumps(v).encode())),
       route=st.sampled_from(ROUTES), method=st.sampled_from(METHODS),
       headers=st.dictionaries(
           st.sampled_from(["Authorization", "Content-Type", "Last-Event-ID", "Origin", "Cookie"]),
           st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=60).map(str.strip)))  # fmt: skip
def test_any_request(chat: Chat, body: bytes, route: str, method: str, headers: dict) -> None:
    answer = chat.http.request(method, route, content=body, headers={**chat.headers, **headers})
    if answer.status_code not in (200, 201, 202, 204):
        refused_well(answer)


@given(body=st.dictionaries(
    st.sampled_from(["id", "text", "quick_reply", "card_answer", "metadata", "payload", "sender"]),
    values))  # fmt: skip
def test_any_message(chat: Chat, body: dict) -> None:
    chat.begin()
    before = len(chat.engine.turns)
    body.setdefault("id", uuid.uuid4().hex)
    answer = chat.post("/chat/messages", json.dumps(body).encode())
    if answer.status_code != 202:
        refused_well(answer)
    for turn in chat.engine.turns[before:]:
        assert turn["payload"] == ""  # only the shop's own quick replies have one


@given(kind=st.sampled_from(sorted(KINDS)), body=st.dictionaries(st.sampled_from(
    ["message_id", "sku", "value", "quantity", "text", "comment", "thumb", "why", "url", "skus"]),
    values))  # fmt: skip
def test_any_event(chat: Chat, kind: str, body: dict) -> None:
    sent = {"id": uuid.uuid4().hex, "kind": kind, **body}
    answer = chat.post("/chat/events", json.dumps(sent).encode())
    if answer.status_code not in (200, 202, 204):
        refused_well(answer)


@given(text=texts)
def test_what_is_stored_is_what_was_sent(chat: Chat, text: str) -> None:
    chat.begin()
    message = uuid.uuid4().hex
    answer = chat.post("/chat/messages", json.dumps({"id": message, "text": text}).encode())
    if answer.status_code != 202:
        refused_well(answer)
        return
    inbox = Inbox(chat.settings.web_db)
    stored = inbox._one("SELECT body FROM events WHERE message_id = ?", message)
    inbox.close()
    shown = "".join(c for c in text if c in "\t\n" or (c >= " " and c != "\x7f")).strip()
    vault = vault_in(chat.settings.web_db.parent)
    assert stored and json.loads(vault.open(stored["body"]))["text"] == shown


@given(st.data())
def test_half_a_letter_and_numbers_beyond_all_bounds(chat: Chat, data: st.DataObject) -> None:
    """JSON can name what no text is, such as one half of a pair, and numbers that aren't any."""
    piece = data.draw(
        st.sampled_from([r'"\ud800"', r'"a\udfffb"', "1e999", "-Infinity", "NaN", '"\\u0000x"'])
    )
    field = data.draw(st.sampled_from(["text", "id", "quick_reply", "sku", "value", "url"]))
    route = data.draw(st.sampled_from(["/chat/messages", "/chat/events"]))
    start = {"id": uuid.uuid4().hex, "kind": data.draw(st.sampled_from(sorted(KINDS)))}
    chat.begin()
    body = json.dumps(start)[:-1] + f', "{field}": {piece}}}'
    answer = chat.post(route, body.encode())
    if answer.status_code not in (200, 202, 204):
        refused_well(answer)


@pytest.mark.parametrize("route", ["/chat/messages", "/chat/events"])
@pytest.mark.parametrize("body", [b"[" * 30_000, b'{"a":' * 6_000, b'{"id": "' + b"\xff" * 100])
def test_what_no_reader_gets_to_the_end_of(chat: Chat, route: str, body: bytes) -> None:
    refused_well(chat.post(route, body))


def test_half_a_letter_is_refused_and_a_whole_one_is_not(chat: Chat) -> None:
    chat.begin()
    for route, rest in (
        ("/chat/messages", '"text": "letter \\ud83d%s"'),
        ("/chat/events", '"kind": "click", "sku": "letter \\ud83d%s"'),
    ):
        for other, statuses in (("", (400,)), ("\\ude00", (202, 204))):
            body = f'{{"id": "{uuid.uuid4().hex}", {rest % other}}}'
            assert chat.post(route, body.encode()).status_code in statuses, body
