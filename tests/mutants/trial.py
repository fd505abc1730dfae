"""A copy of the project in which one fault at a time is tried."""

import os
import resource
import shutil
import signal
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.mutants.faults import Fault

TEST_SECONDS = 60  # a test that takes longer hangs
TRIAL_SECONDS = 240
MEMORY_BYTES = 8 * 2**30
TESTS_FAILED, NOTHING_RAN = 1, 5  # pytest's exit codes


@dataclass(frozen=True)
class Outcome:
    """What became of a fault: `noticed` by the test `by`, or not, and why."""

    fault: Fault
    noticed: bool
    by: str

    def as_json(self) -> dict[str, Any]:
        """For the file of outcomes."""
        return {**asdict(self), "fault": asdict(self.fault)}


class Copy:
    """The files that git knows, and the models, in a folder of their own."""

    def __init__(self, root: Path, folder: Path) -> None:
        """Raises subprocess.CalledProcessError where git knows no files."""
        shutil.rmtree(folder, ignore_errors=True)
        listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        names = subprocess.run(listed, cwd=root, check=True, capture_output=True).stdout
        for name in filter(None, names.decode().split("\0")):
            if (root / name).is_file():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(root / name, folder / name)
        if (root / "models").exists():
            shutil.copytree(root / "models", folder / "models", copy_function=os.link)
        self.folder = folder

    def attempt(self, fault: Fault, tests: list[str]) -> Outcome:
        """Put the fault in, run the tests until one fails, and take it out again."""
        if not tests:
            return Outcome(fault, False, "no test reaches the line")
        file = self.folder / fault.file
        source = file.read_bytes()
        file.write_bytes(fault.put_into(source))
        try:
            return self._outcome(fault, tests)
        finally:
            file.write_bytes(source)

    def _outcome(self, fault: Fault, tests: list[str]) -> Outcome:
        # Compiled files are told apart by the second of their source, and a fault is younger.
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(self.folder)}
        command = [sys.executable, "-m", "pytest", "-x", "-W", "ignore", "-p", "no:cacheprovider", "--timeout", str(TEST_SECONDS), *tests]  # fmt: skip
        process = subprocess.Popen(
            command, cwd=self.folder, env=environment, start_new_session=True, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, preexec_fn=_bounded,
        )  # fmt: skip
        try:
            said, _ = process.communicate(timeout=TRIAL_SECONDS)
        except subprocess.TimeoutExpired:
            return Outcome(fault, False, f"{len(tests)} tests found nothing in {TRIAL_SECONDS} s")
        finally:
            _end(process)
        if process.returncode in (0, NOTHING_RAN):
            return Outcome(fault, False, f"{len(tests)} tests pass")
        failed = [line for line in said.splitlines() if line.startswith(("FAILED", "ERROR"))]
        return Outcome(fault, True, failed[0][:200] if failed else f"exit {process.returncode}")


def _bounded() -> None:
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_BYTES, MEMORY_BYTES))


def _end(process: subprocess.Popen[str]) -> None:
    """The tests and all that they started."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass  # all of it ended by itself
    process.wait()
