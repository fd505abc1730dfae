"""What is counted, for Prometheus: `GET /metrics`. docs/running.md explains each."""

from collections.abc import Callable
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from sanic import Blueprint
from sanic.exceptions import NotFound
from sanic.request import Request
from sanic.response import HTTPResponse, raw
from sanic.response import json as json_response

from bot.staff.asked import TICKETS
from bot.version import VERSION

routes = Blueprint("seeing")

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
LOOPBACK = ("127.0.0.1", "::1")


class Metrics:
    """The counters of a web process; each has a registry of its own, so that tests can have many."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.turns = Counter(
            "shoptalk_turns", "Turns of the assistant, by how they ended.",
            ["result"], registry=self.registry,
        )  # fmt: skip
        self.stages = Histogram(
            "shoptalk_stage_seconds", "How long a stage of a turn took.",
            ["stage"], buckets=SECONDS, registry=self.registry,
        )  # fmt: skip
        self.handoffs = Counter(
            "shoptalk_handoffs", "Requests for a person.", ["kind"], registry=self.registry
        )
        self.errors = Counter(
            "shoptalk_errors", "What went wrong.", ["kind"], registry=self.registry
        )
        self.refused = Counter(
            "shoptalk_refused", "Requests that were refused, by status.",
            ["status"], registry=self.registry,
        )  # fmt: skip
        self._attacks = Gauge(
            "shoptalk_attacks_today", "What was refused today, in all processes, by kind.",
            ["kind"], registry=self.registry,
        )  # fmt: skip
        self._up = Gauge(
            "shoptalk_up", "Whether a process is ready.", ["process"], registry=self.registry
        )
        self._transcripts = Gauge(
            "shoptalk_transcript_events_waiting", "Events that the transcripts lack.",
            registry=self.registry,
        )  # fmt: skip

    def gauge(self, name: str, help: str, value: Callable[[], float]) -> None:
        """A number that is read when somebody asks."""
        Gauge(f"shoptalk_{name}", help, registry=self.registry).set_function(value)

    def turn(self, answer: dict[str, Any], queued: float, asked: float) -> None:
        """A turn came back: seconds that it waited and that Rasa took; `seen` has Rasa's own."""
        seen = answer.get("seen") or {}
        self.turns.labels("fallback" if seen.get("fallback") else "answered").inc()
        for stage, took in {"queue": queued, "dialogue": asked, **seen.get("seconds", {})}.items():
            self.stages.labels(stage).observe(took)
        if "handoff" in answer:
            self.handoffs.labels("handoff").inc()
        for request in answer.get("requests") or ():
            self.handoffs.labels("ticket").inc(request["kind"] in TICKETS)

    def attacks(self, today: dict[str, int]) -> None:
        """How much of each kind was refused today."""
        for kind, n in today.items():
            self._attacks.labels(kind).set(n)

    def processes(self, states: dict[str, Any]) -> None:
        """What `Engine.states` found."""
        for name, state in states.items():
            self._up.labels(name).set(state["status"] == "ok")
        self._transcripts.set(states["dialogue"].get("transcripts_waiting", 0))


@routes.get("/health")
async def health(request: Request) -> HTTPResponse:
    """This process runs, and takes messages; which version it is."""
    return json_response({"status": "ok", "version": VERSION})


@routes.get("/ready")
async def ready(request: Request) -> HTTPResponse:
    """Whether all three processes can do their work: 200, or 503 with which one can't."""
    request.app.ctx.limits.take("ready", burst=30, rate=10)
    states = await request.app.ctx.engine.states()
    told = {name: state["status"] for name, state in states.items()}
    all_well = all(status == "ok" for status in told.values())
    return json_response(told, 200 if all_well else 503)


@routes.get("/metrics")
async def metrics(request: Request) -> HTTPResponse:
    """For Prometheus, on the console's port, or else from this machine itself alone."""
    ctx = request.app.ctx
    if not ctx.settings.console_port and not _is_local(request):
        raise NotFound("There is no such page.")
    ctx.metrics.processes(await ctx.engine.states())
    ctx.metrics.attacks(ctx.attacks.today())
    return raw(generate_latest(ctx.metrics.registry), content_type=CONTENT_TYPE_LATEST)


def _is_local(request: Request) -> bool:
    """From this machine, and not through a proxy on it."""
    forwarded = {"x-forwarded-for", "forwarded", "x-real-ip", "via"} & set(request.headers)
    return request.ip in LOOPBACK and not forwarded
