"""The contract of a dialogue engine over HTTP, for Rasa's channel and the fake of the web tests.

Behind the real channel stands a processor without a model, as in tests/dialogue/test_channel.py;
what is held here is what goes over the line.
"""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from rasa.core.lock_store import InMemoryLockStore
from sanic import Sanic

from bot.dialogue.channel import ShoptalkInput
from bot.dialogue.tracker_store import ShoptalkTrackerStore
from bot.settings import Settings, get_settings
from bot.settings.keys import Secrets
from bot.web.chat.engine import Engine, EngineFailed, EngineUnavailable
from tests.dialogue.test_channel import DOMAIN, Processor
from tests.web.conftest import free_port
from tests.web.fake_engine import FakeEngine

TURN = {"conversation": "c", "id": "message-1", "text": "cancel my order"}


class Understanding(Processor):
    """Takes every sentence for a glad one; it has no action server."""

    action_endpoint = None
    delay = 0.0  # seconds

    async def parse_message(self, message: Any) -> dict[str, Any]:
        await asyncio.sleep(self.delay)
        glad = {"sentiment": {"label": "positive", "score": 0.7}}
        return {**await super().parse_message(message), **glad}


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[Sanic, int]]:
    """bot/dialogue/channel.py on a port of its own, in a thread; each test gives it its agent."""
    app = Sanic("engine_contract", configure_logging=False)
    app.config.TOUCHUP = False  # it rewrites the classes of Sanic, once for each process
    app.ctx.agent = SimpleNamespace(is_ready=lambda: True)
    routes = ShoptalkInput(lambda: get_settings().secrets()).blueprint(lambda message: None)
    app.blueprint(routes, url_prefix="/webhooks/shoptalk")
    port, loop, started = free_port(), asyncio.new_event_loop(), threading.Event()

    async def serve() -> None:
        server = await app.create_server("127.0.0.1", port, return_asyncio_server=True)
        await server.startup()
        await server.start_serving()
        started.set()

    def run() -> None:
        asyncio.set_event_loop(loop)
        loop.run_until_complete(serve())
        loop.run_forever()

    threading.Thread(target=run, daemon=True).start()
    assert started.wait(20)
    yield app, port
    loop.call_soon_threadsafe(loop.stop)


class RealChannel:
    """The real channel with a tracker store of its own."""

    def __init__(self, app: Sanic, port: int, folder: Path) -> None:
        store = ShoptalkTrackerStore(DOMAIN, path=str(folder / "tracker.db"))
        self.port, self._processor, self._ready = port, Understanding(store), True
        app.ctx.agent = SimpleNamespace(
            lock_store=InMemoryLockStore(), tracker_store=store, processor=self._processor,
            domain=DOMAIN, is_ready=lambda: self._ready,
        )  # fmt: skip

    @property
    def turns(self) -> int:
        """How many turns were done."""
        return self._processor.turns

    def slow_down(self) -> None:
        """A turn takes a while."""
        self._processor.delay = 0.2

    def go_away(self) -> None:
        """The model is loaded anew."""
        self._ready = False


class FakeChannel:
    """The fake of the web tests."""

    def __init__(self, token: str) -> None:
        self._engine = FakeEngine(token)
        self.port = self._engine.port

    @property
    def turns(self) -> int:
        """How many turns were done."""
        return len(self._engine.turns)

    def slow_down(self) -> None:
        """A turn takes a while."""
        self._engine.delay = 0.2

    def go_away(self) -> None:
        """The process ends."""
        self._engine.stop()


Channel = RealChannel | FakeChannel


@pytest.fixture(params=["fake", "real"])
def channel(
    request: pytest.FixtureRequest,
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Channel]:
    monkeypatch.setattr(get_settings, "kept", settings)
    if request.param == "real":
        yield RealChannel(*request.getfixturevalue("served"), tmp_path)
        return
    fake = FakeChannel(settings.secrets().engine_token)
    yield fake
    fake.go_away()


Ask = Callable[[Callable[[Engine], Awaitable[Any]]], Any]


@pytest.fixture
def ask(channel: Channel, settings: Settings) -> Ask:
    """Ask the engine as the web process does."""
    return lambda what: asked_with(settings.secrets, channel, what)


def asked_with(
    secrets: Callable[[], Secrets],
    channel: Channel,
    what: Callable[[Engine], Awaitable[Any]],
) -> Any:
    async def go() -> Any:
        engine = Engine(f"http://127.0.0.1:{channel.port}", secrets, "http://127.0.0.1:1")
        try:
            return await what(engine)
        finally:
            await engine.close()

    return asyncio.run(go())


def test_a_turn_has_replies_with_all_their_parts(ask: Ask) -> None:
    answer = ask(lambda engine: engine.turn(TURN))
    (reply,) = answer["messages"]
    assert set(reply) == {"id", "text", "buttons", "products", "card"}
    assert reply["id"] == "message-1:0" and reply["text"] and reply["card"] is None
    assert answer["language"] == "en"
    assert answer["requests"] == [] and answer["seen"]["fallback"] is False
    assert "handoff" not in answer and "erasure" not in answer


def test_a_turn_that_is_sent_again_has_its_replies_and_is_not_done_again(
    ask: Ask, channel: Channel
) -> None:
    first, again = (ask(lambda engine: engine.turn(TURN))["messages"] for _ in range(2))
    assert first == again and channel.turns == 1
    ask(lambda engine: engine.turn({**TURN, "id": "message-2"}))
    assert channel.turns == 2


def test_a_turn_that_is_sent_again_while_it_is_done_is_done_once(
    ask: Ask, channel: Channel
) -> None:
    """As a web process that was killed and started again sends it."""
    channel.slow_down()

    async def twice(engine: Engine) -> Any:
        return await asyncio.gather(engine.turn(TURN), engine.turn(TURN))

    first, again = ask(twice)
    assert first["messages"] == again["messages"] and channel.turns == 1


def test_who_has_not_the_token_is_refused(channel: Channel) -> None:
    stranger = Secrets(("not the token",), ("session",), "p")
    for what in (
        lambda engine: engine.turn(TURN),
        lambda engine: engine.click("c", "J1", 1.0),
        lambda engine: engine.sentiment("lovely"),
    ):
        with pytest.raises(EngineFailed, match="401"):
            asked_with(lambda: stranger, channel, what)
    assert channel.turns == 0


@pytest.mark.parametrize("missing", ["conversation", "id", "text"])
def test_a_turn_without_what_it_needs_is_refused_for_good(
    ask: Ask, channel: Channel, missing: str
) -> None:
    for turn in ({name: value for name, value in TURN.items() if name != missing}, {**TURN, missing: " "}):  # fmt: skip
        with pytest.raises(EngineFailed, match="422"):
            ask(lambda engine, turn=turn: engine.turn(turn))
    assert channel.turns == 0


def test_notes_clicks_and_likes_are_taken_and_do_no_turn(ask: Ask, channel: Channel) -> None:
    note = {"conversation": "c", "id": "note-1", "text": "Hello, Noor here", "note": "staff"}
    for _ in range(2):
        ask(lambda engine: engine.note({**note, "name": "Noor", "paused": True}))
    ask(lambda engine: engine.click("c", "J1", 5.0))
    ask(lambda engine: engine.like("c", "J2", -1))
    assert channel.turns == 0
    with pytest.raises(EngineFailed, match="400"):
        ask(lambda engine: engine.note({**note, "note": "a stranger"}))


def test_a_text_has_a_sentiment(ask: Ask) -> None:
    assert ask(lambda engine: engine.sentiment("lovely")) == {"label": "positive", "score": 0.7}


def test_an_engine_that_is_away_is_asked_again(ask: Ask, channel: Channel) -> None:
    assert ask(lambda engine: engine.turn(TURN))["messages"]
    channel.go_away()
    with pytest.raises(EngineUnavailable):
        ask(lambda engine: engine.turn(TURN))
