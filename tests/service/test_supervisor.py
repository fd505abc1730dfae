"""What dies is started again: what worked at once, what never came up ever later."""

import signal
import sys
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from bot.service.pulse import ASK_EVERY, ASLEEP_SECONDS, HUNG_SECONDS, PATIENCE, Pulse, ask
from bot.service.supervisor import READY_SECONDS, Child, Supervisor
from tests.web.conftest import free_port


def pauses(child: Child, deaths: int) -> list[str]:
    """How long the supervisor waits after each death of a child; a ready one is killed."""
    said: list[str] = []
    watcher = Supervisor([child], said.append)
    watcher._start(child)
    try:
        while sum("ended" in line for line in said) < deaths:
            watcher._watch()
            child.restart_at = 0.0  # the test waits for none of the pauses
            if child.pulse.is_ready and child.process:
                child.process.kill()
                child.process.wait()
            time.sleep(0.02)
    finally:
        watcher._stop()
    return [line.split(" again in ")[1] for line in said if "ended" in line]


def test_a_process_that_worked_is_back_at_once() -> None:
    port = free_port()
    command = [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", str(port)]
    child = Child("web", command, port, f"http://127.0.0.1:{port}/")
    assert pauses(child, 3) == ["1 s."] * 3


def test_a_process_that_never_comes_up_is_tried_less_and_less() -> None:
    child = Child("web", [sys.executable, "-c", "exit(3)"], 1, "http://127.0.0.1:1/")
    assert pauses(child, 7) == ["1 s.", "2 s.", "4 s.", "8 s.", "16 s.", "30 s.", "30 s."]


class Answering:
    """An HTTP server that a test makes answer, hang, or say something else."""

    def __init__(self, answer: bytes) -> None:
        outer, self.answer, self.asked = self, answer, threading.Semaphore(0)

        class Stranger(BaseHTTPRequestHandler):
            def handle(self) -> None:
                self.connection.recv(65536)
                outer.asked.release()
                self.connection.sendall(outer.answer)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Stranger)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


OK, FULL = b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 503 Full\r\n\r\n"
WAITING = [sys.executable, "-c", "import time; time.sleep(600)"]


@pytest.mark.parametrize(
    "answer", [b"", b"\xff\xfe garbage\r\n\r\n", b"HTTP/1.1 500 no\r\n\r\n", OK]
)
def test_what_a_stranger_on_its_port_answers_is_not_ready(answer: bytes) -> None:
    server = Answering(answer)
    child = Child("web", WAITING, 1, server.url)
    watcher = Supervisor([child], print)
    watcher._start(child)
    try:
        for _ in range(3):  # when the third question comes, the answer to the first was read
            server.asked.acquire(timeout=60)
            if answer == OK:
                break
        wait_until(lambda: child.pulse.is_ready or answer != OK)
        assert child.pulse.is_ready == (answer == OK)
    finally:
        watcher._stop()
        server.close()


def wait_until(happened: Callable[[], bool]) -> None:
    for _ in range(1200):
        if happened():
            return
        time.sleep(0.05)
    raise AssertionError("it didn't happen within a minute")


def test_a_process_that_hangs_is_ended_with_its_children_and_started_again() -> None:
    port = free_port()
    command = [
        sys.executable, "-c",
        "import subprocess, sys, http.server\n"
        "print(subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']).pid)\n"
        f"http.server.HTTPServer(('127.0.0.1', {port}), http.server.SimpleHTTPRequestHandler).serve_forever()",
    ]  # fmt: skip
    said: list[str] = []
    child = Child("web", command, port, f"http://127.0.0.1:{port}/")
    watcher = Supervisor([child], said.append)
    watcher._start(child)
    try:
        wait_until(lambda: child.pulse.is_ready and said)
        first, its_child = child.process.pid, int(said[0].split("|")[1])
        child.process.send_signal(signal.SIGSTOP)
        watcher._watch()
        assert child.process.poll() is None  # one who only stands still is left alone
        child.pulse.is_hung = True  # after half a minute; when it is, Pulse's own tests say
        wait_until(lambda: watcher._watch() or child.process is None)
        assert not is_running(first) and not is_running(its_child)
        child.restart_at = 0.0
        watcher._watch()
        wait_until(lambda: child.pulse.is_ready)
        watcher._watch()
        assert [line.split(" after ")[0] for line in said if "|" not in line] == [
            "web is ready", "web runs and doesn't answer any more: ending it, to start it again.",
            "web ended with -9; starting it again in 1 s.", "web is ready",
        ]  # fmt: skip
    finally:
        watcher._stop()


def test_a_process_that_never_gets_ready_after_a_restart_is_started_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said: list[str] = []
    child = Child("web", WAITING, 1, "http://127.0.0.1:1/")
    watcher = Supervisor([child], said.append)
    watcher._start(child)
    try:
        watcher._watch()
        assert said == []
        child.started -= READY_SECONDS + 1
        wait_until(lambda: watcher._watch() or child.process is None)
        assert said == [
            "web runs and isn't ready: ending it, to start it again.",
            "web ended with -9; starting it again in 1 s.",
        ]
    finally:
        watcher._stop()


def is_running(pid: int) -> bool:
    """Whether a process is there and isn't just waiting to be buried."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def beaten(*beats: tuple[float, bool]) -> Pulse:
    """A pulse of a process that was ready, after questions so many seconds apart."""
    clock = Clock()
    pulse = Pulse(clock)
    pulse.heard(ready=True)
    for seconds, answered in beats:
        clock.now += seconds
        pulse.heard(ready=True) if answered else pulse.missed()
    return pulse


EVERY = ASK_EVERY + PATIENCE  # seconds from one question without an answer to the next


def test_a_process_is_hung_after_misses_in_a_row_over_half_a_minute() -> None:
    enough = int(HUNG_SECONDS / EVERY) + 2
    assert beaten(*[(EVERY, False)] * enough).is_hung
    assert not beaten(*[(EVERY, False)] * (enough - 1)).is_hung


def test_many_misses_in_a_moment_are_no_hang() -> None:
    """A refused connection is known at once: while a process is started anew, say."""
    assert not beaten(*[(ASK_EVERY, False)] * int(HUNG_SECONDS / ASK_EVERY)).is_hung
    assert beaten(*[(ASK_EVERY, False)] * (int(HUNG_SECONDS / ASK_EVERY) + 1)).is_hung


def test_few_misses_are_no_hang_however_long_they_take() -> None:
    assert not beaten(*[(ASLEEP_SECONDS, False)] * 3).is_hung
    assert beaten(*[(ASLEEP_SECONDS, False)] * 4).is_hung


def test_one_answer_makes_good_all_misses() -> None:
    busy = [(EVERY, False), (EVERY, False), (EVERY, False), (EVERY, True)]
    assert not beaten(*busy * 10).is_hung


def test_a_machine_that_slept_or_a_stopped_supervisor_blames_nobody() -> None:
    """Then the time between two questions is longer than the questions take."""
    assert not beaten((3600, False)).is_hung
    assert not beaten((EVERY, False), (EVERY, False), (EVERY, False), (3600, False)).is_hung
    assert not beaten(*[(ASLEEP_SECONDS + 1, False)] * 20).is_hung


def test_a_process_that_was_never_ready_is_starting_and_not_hung() -> None:
    clock = Clock()
    pulse = Pulse(clock)
    for _ in range(50):
        clock.now += EVERY
        pulse.missed()
    assert not pulse.is_hung
    pulse.heard(ready=False)
    assert not pulse.is_ready


def test_a_process_that_is_full_is_alive() -> None:
    server = Answering(FULL)
    assert ask(server.url) == 503
    server.close()
    assert ask(server.url) == 0
