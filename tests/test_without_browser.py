"""On a machine without a browser `make test` leaves the browser tests out, and says which and what to do."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.paths import REPOSITORY
from tests.browser.found import NAMES, find


def program(path: Path, ends_with: int = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\nexit {ends_with}\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize("name", NAMES)
def test_any_of_them_will_do(name: str, tmp_path: Path) -> None:
    browser = program(tmp_path / name)
    assert find({"PATH": str(tmp_path)}, tmp_path) == str(browser)


def test_one_that_lacks_its_libraries_is_passed_over(tmp_path: Path) -> None:
    program(tmp_path / "chromium", ends_with=127)
    brought = program(tmp_path / "brought" / "chromium-1200" / "chrome-linux64" / "chrome")
    assert find({"PATH": str(tmp_path)}, tmp_path / "brought") == str(brought)
    assert find({"PATH": str(tmp_path)}, tmp_path) == ""


def test_the_one_that_is_named_counts_alone(tmp_path: Path) -> None:
    program(tmp_path / "chromium")
    mine = program(tmp_path / "mine")
    named = {"PATH": str(tmp_path), "SHOPTALK_BROWSER": str(mine)}
    assert find(named, tmp_path) == str(mine)
    assert find({**named, "SHOPTALK_BROWSER": "/nowhere"}, tmp_path) == ""


def test_without_one_the_tests_are_left_out_in_one_line() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-n", "0", "tests/browser", "tests/test_version.py"],
        cwd=REPOSITORY,
        env={**os.environ, "SHOPTALK_BROWSER": "/nowhere"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    (said,) = [line for line in lines if line.startswith("Left out: the browser")]
    assert "tests/browser" in said and "SHOPTALK_BROWSER=" in said
    assert "passed" in lines[-1] and lines.index(said) < len(lines) - 1
