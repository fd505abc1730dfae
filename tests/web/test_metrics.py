"""What is counted, who may see it, and the trace from the widget on."""

import contextlib
import io
import logging
import re
from types import SimpleNamespace

import httpx

from actions.__main__ import watch
from bot.logs import OneLine
from bot.paths import REPOSITORY
from bot.settings import Settings
from tests.web.conftest import WebProcess, free_port
from tests.web.fake_engine import FakeEngine
from tests.web.test_chat import Customer


def scraped(url: str, **headers: str) -> dict[str, float]:
    answer = httpx.get(f"{url}/metrics", headers=headers, trust_env=False, timeout=60)
    if answer.status_code != 200:
        return {}
    lines = [line for line in answer.text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


def test_turns_are_counted_with_the_time_of_their_stages(
    web: WebProcess, engine: FakeEngine, settings: Settings
) -> None:
    customer = Customer(web)
    customer.send("hello")
    customer.events(2)
    customer.send("a person please")
    customer.events(4)
    assert customer.send("").status_code == 400
    assert customer.http.get("/chat/messages").status_code == 401
    found = scraped(web.url)
    assert found['shoptalk_turns_total{result="answered"}'] == 2
    assert found['shoptalk_stage_seconds_count{stage="dialogue"}'] == 2
    assert found['shoptalk_handoffs_total{kind="handoff"}'] == 1
    assert found['shoptalk_refused_total{status="401"}'] == 1
    assert found["shoptalk_messages_waiting"] == 0 and found["shoptalk_connections"] >= 1
    assert found['shoptalk_up{process="dialogue"}'] == 1
    assert found['shoptalk_up{process="actions"}'] == 0
    for header in ("X-Forwarded-For", "Forwarded", "Via"):
        assert scraped(web.url, **{header: "127.0.0.1"}) == {}


def test_with_a_port_for_the_console_metrics_are_there_alone(
    settings: Settings, web: WebProcess, engine: FakeEngine
) -> None:
    port = free_port()
    apart = WebProcess(settings, engine.port, SHOPTALK_CONSOLE_PORT=str(port))
    try:
        assert scraped(apart.url) == {} and scraped(f"http://127.0.0.1:{port}")
        for url in (apart.url, f"http://127.0.0.1:{port}"):
            assert httpx.get(f"{url}/health", trust_env=False).status_code == 200
    finally:
        apart.kill()


def test_an_actions_line_has_the_widgets_id() -> None:
    """The action server's own middleware, on a call as Rasa makes it."""
    steps: dict[str, object] = {}

    def middleware(when: str):
        return lambda step: steps.setdefault(when, step)

    watch(SimpleNamespace(middleware=middleware, get=lambda path: lambda handler: handler))
    said = {"text": "mail anna@example.com", "metadata": {"message_id": "c1-uuid-7"}}
    call = {"next_action": "action_x", "sender_id": "c1", "tracker": {"latest_message": said}}
    request = SimpleNamespace(json=call, path="/webhook", ctx=SimpleNamespace())
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(OneLine("actions", False))
    logger = logging.getLogger("actions")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        for when, arguments in (("request", ()), ("response", (SimpleNamespace(status=200),))):
            step = steps[when](request, *arguments)
            with contextlib.suppress(StopIteration):
                step.send(None)
    finally:
        logger.removeHandler(handler)
    assert stream.getvalue().startswith("INFO action_x conversation=c1 trace=uuid-7 seconds=")
    assert "anna" not in stream.getvalue()


def test_the_dashboard_asks_for_what_is_counted(web: WebProcess) -> None:
    text = (REPOSITORY / "docs" / "grafana.json").read_text()
    asked = set(re.findall(r"shoptalk_[a-z_]+", " ".join(re.findall(r'"expr": (".*")', text))))
    page = httpx.get(f"{web.url}/metrics", trust_env=False, timeout=60).text
    known = set(re.findall(r"^# TYPE (\w+)", page, re.M))
    stems = {name.removesuffix("_total").removesuffix("_bucket") for name in asked}
    assert stems and stems <= {name.removesuffix("_total") for name in known}
