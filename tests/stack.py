"""The whole of Shoptalk on ports of its own, for tests that need all of it."""

import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

from bot.settings import REPOSITORY
from tests.web.conftest import free_port

START_SECONDS = 600


class Stack:
    """`shoptalk up` for a copy of the demo shop."""

    def __init__(self, folder: Path) -> None:
        demo = REPOSITORY / "bot" / "demo"
        shutil.copytree(demo, folder, ignore=shutil.ignore_patterns("var", "__pycache__"))
        self.shop_dir = folder
        self.ports = {name: free_port() for name in ("web", "dialogue", "actions")}
        self.url = f"http://127.0.0.1:{self.ports['web']}"
        self.environment = {
            **os.environ,
            "SHOPTALK_SHOP": str(folder / "shop.yml"),
            **{f"SHOPTALK_{name.upper()}_PORT": str(port) for name, port in self.ports.items()},
        }
        self.log: list[str] = []
        self._ready = threading.Event()
        self.process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "bot.cli", "up"],
            cwd=REPOSITORY,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        threading.Thread(target=self._read, daemon=True).start()
        if not self._ready.wait(START_SECONDS) or self.process.poll() is not None:
            self.stop()
            raise AssertionError("Shoptalk didn't start:\n" + "".join(self.log[-40:]))

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.log.append(line)
            if "Shoptalk is ready" in line:
                self._ready.set()
        self._ready.set()

    def shoptalk(self, *arguments: str) -> str:
        """The output of a command on this shop."""
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-m", "bot.cli", *arguments],
            cwd=REPOSITORY, env=self.environment, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def kill(self, module: str) -> None:
        """Kill the process that runs a module; the supervisor starts it again."""
        listing = subprocess.run(["ps", "-ewwo", "pid,args"], capture_output=True, text=True).stdout
        (pid,) = [
            int(line.split()[0])
            for line in listing.splitlines()
            if f"-m {module}" in line and int(line.split()[0]) in self._descendants()
        ]
        os.kill(pid, signal.SIGKILL)

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
