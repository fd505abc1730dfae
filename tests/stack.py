"""The whole of Shoptalk on ports of its own, for tests that need all of it."""

import itertools
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from bot.paths import REPOSITORY
from tests.web.conftest import free_port

START_SECONDS = 600
READY = "Shoptalk is ready"


class Stack:
    """`shoptalk up` for a copy of the demo shop.

    `prepare(folder)` changes the copy before the start, `checkout` is where the code is run from;
    other settings come as in the environment.
    """

    def __init__(
        self,
        folder: Path,
        prepare: Callable[[Path], None] = lambda folder: None,
        checkout: Path = REPOSITORY,
        **settings: str,
    ) -> None:
        demo = REPOSITORY / "bot" / "demo"
        shutil.copytree(demo, folder, ignore=shutil.ignore_patterns("var", "__pycache__"))
        prepare(folder)
        self.shop_dir, self.checkout = folder, checkout
        self.ports = {name: free_port() for name in ("web", "dialogue", "actions")}
        self.url = f"http://127.0.0.1:{self.ports['web']}"
        self.environment = {
            **os.environ,
            "PYTHONPATH": str(checkout),
            "SHOPTALK_SHOP": str(folder / "shop.yml"),
            **{f"SHOPTALK_{name.upper()}_PORT": str(port) for name, port in self.ports.items()},
            **settings,
        }
        self.log: list[str] = []
        self.start()

    def start(self) -> None:
        """Start it, and wait until it is ready."""
        self._ready = threading.Event()
        self.process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "bot.cli", "up"],
            cwd=self.checkout,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        began = len(self.log)
        threading.Thread(target=self._read, args=(self.process, self._ready), daemon=True).start()
        if not self._ready.wait(START_SECONDS) or not any(READY in one for one in self.log[began:]):
            self.stop()
            raise AssertionError("Shoptalk didn't start:\n" + "".join(self.log[-40:]))

    def _read(self, process: subprocess.Popen, ready: threading.Event) -> None:
        assert process.stdout
        with process.stdout as lines:
            for line in lines:
                self.log.append(line)
                if READY in line:
                    ready.set()
        ready.set()

    def shoptalk(self, *arguments: str) -> str:
        """The output of a command on this shop."""
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-m", "bot.cli", *arguments],
            cwd=self.checkout, env=self.environment, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def kill(self, module: str) -> None:
        """Kill the process that runs a module; the supervisor starts it again."""
        pid = self.pid(module)
        assert pid, f"{module} doesn't run"
        os.kill(pid, signal.SIGKILL)

    def pid(self, module: str) -> int:
        """The process that runs a module, 0 when there is none just now."""
        listing = subprocess.run(["ps", "-ewwo", "pid,args"], capture_output=True, text=True).stdout
        ours = self._descendants()
        for line in listing.splitlines()[1:]:
            pid, *arguments = line.split()
            if int(pid) in ours and ["-m", module] in map(list, itertools.pairwise(arguments)):
                return int(pid)
        return 0

    def _descendants(self) -> set[int]:
        listing = subprocess.run(["ps", "-eo", "pid,ppid"], capture_output=True, text=True).stdout
        parents = dict(map(int, line.split()) for line in listing.splitlines()[1:])
        ours = {self.process.pid}
        while more := {pid for pid, parent in parents.items() if parent in ours} - ours:
            ours |= more
        return ours

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)
