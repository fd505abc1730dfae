"""Which tests reach a line: coverage.py's contexts of one run of all tests."""

import os
import subprocess
import sys
from collections import Counter
from functools import cached_property
from pathlib import Path

from coverage import CoverageData

MOST = 400  # tests that are run for a fault


class Reach:
    """The tests that reach each line, from the file that `measure` writes."""

    def __init__(self, file: Path, root: Path) -> None:
        """Raises coverage.exceptions.DataError for a file that isn't coverage's."""
        self._root = root
        self._data = CoverageData(str(file))
        self._data.read()

    def tests_of(self, file: str, line: int) -> list[str]:
        """The names of the tests that reach a line, those that reach little else of the project first.

        A line that runs when its module is imported is reached by the tests of the rest of the module.
        """
        lines = self._data.contexts_by_lineno(str(self._root / file))
        names = {_name(one) for one in lines.get(line, ()) if one}
        if not names:
            names = {_name(one) for all_of_line in lines.values() for one in all_of_line if one}
        narrow = self._reached
        return sorted(names, key=lambda name: (narrow[name.partition("::")[0]], name))[:MOST]

    @cached_property
    def _reached(self) -> Counter[str]:
        """Files of tests -> how many files of the project they reach."""
        counted: Counter[str] = Counter()
        for file in self._data.measured_files():
            lines = self._data.contexts_by_lineno(file).values()
            counted.update({one.partition("::")[0] for of_line in lines for one in of_line})
        return counted


def measure(root: Path, file: Path) -> None:
    """Run all tests once and write which lines each of them reaches. Takes about twice the time of `make test`.

    Raises subprocess.CalledProcessError when a test fails: what is noticed would be noticed without a fault.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    command = ["-m", "pytest", "-n", "auto", "--dist", "loadfile", "-W", "ignore", "--cov", "--cov-context=test", "--cov-report="]  # fmt: skip
    environment = {**os.environ, "COVERAGE_FILE": str(file)}
    subprocess.run([sys.executable, *command], cwd=root, env=environment, check=True)


def _name(context: str) -> str:
    """A test without the part of it that ran: "tests/x.py::test_y|call" is "tests/x.py::test_y"."""
    return context.partition("|")[0]
