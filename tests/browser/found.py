"""The browser of the browser tests: any Chrome, Chromium or Edge of this machine, else one that is brought.

`python -m tests.browser.found` is what `make test` runs first. Without a browser the tests of this
folder are left out, and `WITHOUT` says so.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from bot.paths import REPOSITORY

NAMES = (
    "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome",
    "microsoft-edge", "microsoft-edge-stable",
)  # fmt: skip
MAC = ("Google Chrome", "Chromium", "Microsoft Edge")
BROUGHT = REPOSITORY / ".tools" / "browsers"
BRING_SECONDS = 600
WITHOUT = (
    "Left out: the browser tests (tests/browser), since there is no Chrome, Chromium or Edge here. "
    "Install one, or name it with SHOPTALK_BROWSER=/path/to/it, and run `make test` again."
)


def candidates(environment: Mapping[str, str], brought: Path = BROUGHT) -> Iterator[str]:
    """Programs that may be a browser, the one that was named first, and no other beside it."""
    if environment.get("SHOPTALK_BROWSER"):
        yield environment["SHOPTALK_BROWSER"]
        return
    for name in NAMES:
        yield shutil.which(name, path=environment.get("PATH", os.defpath)) or ""
    for name in MAC:
        yield f"/Applications/{name}.app/Contents/MacOS/{name}"
    for pattern in (
        "chromium-*/chrome-linux*/chrome",
        "chromium-*/chrome-mac*/*.app/Contents/MacOS/*",
    ):
        yield from map(str, sorted(brought.glob(pattern), reverse=True))


def find(environment: Mapping[str, str] = os.environ, brought: Path = BROUGHT) -> str:
    """The path of a browser that starts; empty when there is none."""
    return next(filter(_starts, candidates(environment, brought)), "")


def _starts(program: str) -> bool:
    """Whether it runs here at all: one whose libraries are missing says so at its version."""
    if not program:
        return False
    try:
        done = subprocess.run([program, "--version"], capture_output=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def bring() -> str:
    """Debian's package where this is Debian and we may install, else Playwright's own download."""
    if shutil.which("apt-get") and os.geteuid() == 0:
        print("Bringing Debian's chromium for the browser tests …", flush=True)
        quietly = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
        _ran(["apt-get", "update", "-qq"], quietly)
        _ran(["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"], quietly)
        if found := find():
            return found
    print("Bringing Playwright's Chromium for the browser tests …", flush=True)
    place = dict(os.environ, PLAYWRIGHT_BROWSERS_PATH=str(BROUGHT))
    _ran([sys.executable, "-m", "playwright", "install", "chromium"], place)
    return find()


def _ran(command: list[str], environment: Mapping[str, str]) -> None:
    """Run what may fail: whether there is a browser afterwards is what counts."""
    try:
        subprocess.run(command, env=environment, capture_output=True, timeout=BRING_SECONDS)
    except subprocess.TimeoutExpired:
        print(f"{' '.join(command)}: no end after {BRING_SECONDS} s, left.", flush=True)


if __name__ == "__main__":
    if not (find() or bring()):
        print(WITHOUT)
