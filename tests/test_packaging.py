"""The checkout is the product: it is installed as what it is, and no wheel is made of it."""

import json
import subprocess
import sys
import sysconfig
import tomllib
from importlib.metadata import distributions
from pathlib import Path

import pytest

from bot.paths import REPOSITORY


@pytest.mark.parametrize("hook", ["build_wheel", "build_sdist"])
def test_what_would_lack_half_is_refused_with_what_to_do(hook: str, tmp_path: Path) -> None:
    backend = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["build-system"]
    code = f"import {backend['build-backend']} as backend; backend.{hook}({str(tmp_path)!r})"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert done.stderr.startswith("Shoptalk's checkout is the product")
    assert "make install" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_make_install_leaves_an_editable_checkout() -> None:
    # Of the environment: building leaves metadata of its own in the checkout, which would be found first.
    (installed,) = distributions(name="shoptalk", path=[sysconfig.get_path("purelib")])
    origin = json.loads(installed.read_text("direct_url.json") or "{}")
    assert origin["dir_info"] == {"editable": True}
