"""What is counted for Prometheus; docs/running.md explains each."""

from collections.abc import Callable
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from bot.staff.asked import TICKETS

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


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
