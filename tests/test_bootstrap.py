"""The installation says how far it is, and the docs how large it is."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from bot import bootstrap
from bot.paths import REPOSITORY


def test_byte_code_is_compiled_and_how_far_it_is_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bootstrap, "TOLD_EVERY", 0.0)
    for number in range(60):
        (tmp_path / f"m{number}.py").write_text(f"x = {number}\n")
    (tmp_path / "other.py").write_text("print 'of another Python'\n")
    bootstrap.compile_all(tmp_path)
    made = {path.name.split(".")[0] for path in (tmp_path / "__pycache__").glob("*.pyc")}
    assert made == {f"m{number}" for number in range(60)}
    said = capsys.readouterr().out
    assert "Compiling byte code: 61 files" in said and "of 61 …" in said
    program = "import m7; print(m7.x, m7.__cached__)"
    ran = subprocess.run([sys.executable, "-v", "-c", program], cwd=tmp_path, capture_output=True, text=True)  # fmt: skip
    assert re.search(r"code object from .*m7\.cpython", ran.stderr)  # and isn't compiled again


@pytest.mark.parametrize(
    "page", ["README.md", "docs/faq.md", "docs/deploying.md", "docs/roadmap.md"]
)
def test_the_docs_say_what_the_installation_says_of_its_size(page: str) -> None:
    assert f"{bootstrap.ENVIRONMENT_GB} GB" in (REPOSITORY / page).read_text(encoding="utf-8")
