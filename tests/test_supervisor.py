"""What dies is started again: what worked at once, what never came up ever later."""

import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from bot.supervisor import Child, Supervisor
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
            if watcher._is_ready(child) and child.process:
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


@pytest.mark.parametrize("answer", [b"", b"\xff\xfe garbage\r\n\r\n", b"HTTP/1.1 500 no\r\n\r\n"])
def test_what_a_stranger_on_its_port_answers_is_not_ready(answer: bytes) -> None:
    class Stranger(BaseHTTPRequestHandler):
        def handle(self) -> None:
            self.connection.recv(65536)
            self.connection.sendall(answer)

    with HTTPServer(("127.0.0.1", 0), Stranger) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        child = Child(
            "web", [sys.executable, "-c", "input()"], 1, f"http://127.0.0.1:{server.server_port}/"
        )
        watcher = Supervisor([child], print)
        watcher._start(child)
        try:
            assert not watcher._is_ready(child)
        finally:
            watcher._stop()
            server.shutdown()
