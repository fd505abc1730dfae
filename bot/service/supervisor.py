"""Starts web, dialogue and actions as child processes, watches them, and stops them together."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from bot.errors import StartError
from bot.paths import REPOSITORY
from bot.service.nightly import Nights
from bot.service.pulse import ASK_EVERY, ASK_EVERY_AT_START, Pulse, ask
from bot.service.training import quiet_environment
from bot.settings import Settings
from bot.system.processes import die_with_parent

READY_SECONDS = 180  # from a start to the first good answer
STOP_SECONDS = 10
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
OFTEN = 5  # starts in a row that failed, after which it is said each time what to do


@dataclass
class Child:
    """One process: how to start it, and how to see that it is ready."""

    name: str
    command: list[str]
    port: int
    ready_url: str
    process: subprocess.Popen | None = None
    started: float = 0.0
    failures: int = 0
    restart_at: float = 0.0
    told_ready: bool = False
    ending: bool = False
    pulse: Pulse = field(default_factory=Pulse)  # of the process that runs now


def children(settings: Settings, model: Path, endpoints: Path) -> list[Child]:
    """The three processes of a shop. Only web may listen on another address than loopback."""
    python = [sys.executable, "-W", "ignore"]
    rasa = [*python, "-m", "bot.dialogue", str(model), str(endpoints)]
    dialogue = f"{settings.dialogue_url}/webhooks/shoptalk/ready"
    actions = f"http://127.0.0.1:{settings.actions_port}/health"
    # A shop may listen on all addresses; it is still asked on one that answers here.
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host
    web = f"http://{host}:{settings.web_port}/health"
    return [
        Child("dialogue", rasa, settings.dialogue_port, dialogue),
        Child("actions", [*python, "-m", "actions"], settings.actions_port, actions),
        Child("web", [*python, "-m", "bot.web"], settings.web_port, web),
    ]


def write_endpoints(settings: Settings) -> Path:
    """endpoints.yml with this shop's port of the action server, in the shop's var folder."""
    text = (REPOSITORY / "endpoints.yml").read_text()
    path = settings.var / "endpoints.yml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text.replace("http://127.0.0.1:5055/webhook", settings.actions_url))
    return path


def check_ports(settings: Settings) -> None:
    """Raises StartError that names the port that is taken and the setting that changes it."""
    places = [("web", settings.host), ("dialogue", "127.0.0.1"), ("actions", "127.0.0.1")]
    if settings.console_port:
        places.append(("console", settings.host))
    for name, host in places:
        port = getattr(settings, f"{name}_port")
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                raise StartError(
                    f"Port {port} of {host} can't be used for {name}: {error.strerror}.",
                    f"Stop what uses it, or choose another with SHOPTALK_{name.upper()}_PORT.",
                ) from error


class Supervisor:
    """Runs until it is told to stop; restarts a child that dies or hangs, at once if it had been
    ready, else later each time.
    """

    def __init__(
        self,
        processes: list[Child],
        say: Callable[[str], None],
        nightly: Nights | None = None,
        before_restart: Callable[[], None] = lambda: None,
    ) -> None:
        self._children = processes
        self._before_restart = before_restart
        self._nightly = nightly
        self._say = say
        self._stopping = threading.Event()
        self._printing = threading.Lock()

    def run(self, on_ready: Callable[[], None]) -> int:
        """Start all, call `on_ready` when all are ready, and watch until a signal; returns 0."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: self._stopping.set())
        deadline = time.monotonic() + READY_SECONDS
        told = False
        try:
            for child in self._children:
                self._start(child)
            while not self._stopping.wait(0.2):
                self._watch()
                if self._nightly:
                    self._nightly.tick()
                if not told and all(child.pulse.is_ready for child in self._children):
                    told = True
                    on_ready()
                if not told and time.monotonic() > deadline:
                    waiting = [child.name for child in self._children if not child.pulse.is_ready]
                    raise StartError(
                        f"{' and '.join(waiting)} didn't get ready in {READY_SECONDS} seconds.",
                        "The lines above say why; `shoptalk doctor` checks what can be checked.",
                    )
        finally:
            if self._nightly:
                self._nightly.stop()
            self._stop()
        return 0

    def _start(self, child: Child) -> None:
        child.started = time.monotonic()
        child.told_ready, child.ending, child.pulse = False, False, Pulse()
        child.process = subprocess.Popen(
            child.command,
            cwd=REPOSITORY,
            env={**os.environ, **quiet_environment(), "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            close_fds=False,  # the lock on var is held until the last child is gone
            start_new_session=True,  # Ctrl-C reaches us alone, and we stop the whole group
            preexec_fn=die_with_parent,
        )
        for work in (
            threading.Thread(target=self._echo, args=(child, child.process), daemon=True),
            threading.Thread(target=self._listen, args=(child, child.process), daemon=True),
        ):
            work.start()

    def _echo(self, child: Child, process: subprocess.Popen) -> None:
        assert process.stdout
        after_warning = False
        with process.stdout as lines:
            for line in lines:
                if after_warning and line.startswith("  "):
                    after_warning = False  # the source line that Python prints below a warning
                    continue
                after_warning = _is_noise(line)
                if line.strip() and not after_warning:
                    with self._printing:
                        told = line.rstrip()
                        self._say(told if told.startswith("{") else f"{child.name:>8} | {told}")

    def _listen(self, child: Child, process: subprocess.Popen) -> None:
        """Ask one process whether it is well until it ends, whatever the others do."""
        pulse = child.pulse
        while process.poll() is None and not self._stopping.is_set():
            status = ask(child.ready_url)
            if status:
                pulse.heard(ready=status == 200)
            else:
                pulse.missed()
            self._stopping.wait(ASK_EVERY if pulse.is_ready else ASK_EVERY_AT_START)

    def _watch(self) -> None:
        now = time.monotonic()
        for child in self._children:
            if child.process is None:
                if now >= child.restart_at:
                    self._before_restart()
                    self._start(child)
                continue
            if child.pulse.is_ready and not child.told_ready:
                child.told_ready = True
                self._say(f"{child.name} is ready after {now - child.started:.1f} s.")
            if child.process.poll() is None:
                self._end_if_hung(child, now)
                continue
            code = child.process.wait()
            if child.pulse.is_ready:
                child.failures = 0  # it worked: customers shouldn't wait
            pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2**child.failures)
            child.failures += 1
            self._say(f"{child.name} ended with {code}; starting it again in {pause:.0f} s.")
            if child.failures >= OFTEN:
                self._say(
                    f"{child.name} didn't get ready {child.failures} times in a row: its own lines "
                    "say why, `shoptalk doctor` checks what can be checked."
                )
            _end_group(child.process, signal.SIGKILL)  # what it may have left behind
            child.process, child.restart_at = None, now + pause

    def _end_if_hung(self, child: Child, now: float) -> None:
        """Kill a child that answers no more, or that doesn't get ready; it is then started again."""
        never_ready = not child.pulse.is_ready and now - child.started > READY_SECONDS
        if child.ending or not (child.pulse.is_hung or never_ready):
            return
        what = "isn't ready" if never_ready else "doesn't answer any more"
        self._say(f"{child.name} runs and {what}: ending it, to start it again.")
        child.ending = True
        assert child.process
        _end_group(child.process, signal.SIGKILL)

    def _stop(self) -> None:
        """End all children: ask first (web before dialogue before actions), then insist."""
        running = [child.process for child in self._children if child.process]
        for process in reversed(running):
            _end_group(process, signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        for process in running:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.1, deadline - time.monotonic()))
            _end_group(process, signal.SIGKILL)
            process.wait()


def _end_group(process: subprocess.Popen, number: int) -> None:
    """Signal a child and its own children."""
    try:
        os.killpg(process.pid, number)
    except (ProcessLookupError, PermissionError):
        pass  # it is gone already


def _is_noise(line: str) -> bool:
    """Warnings that every start of Rasa prints and that tell nobody anything."""
    return any(part in line for part in ("Warning:", "warnings.warn", "telemetry", "pkg_resources"))
