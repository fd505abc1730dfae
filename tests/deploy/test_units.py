"""systemd itself reads the units; left out where it isn't (tests/conftest.py)."""

import subprocess
from pathlib import Path

import pytest

from bot.paths import REPOSITORY

DEPLOY = REPOSITORY / "docs" / "deploy"


@pytest.mark.parametrize("name", ["shoptalk.service", "shoptalk-backup.service"])
def test_systemd_takes_the_unit(name: str, tmp_path: Path) -> None:
    text = (DEPLOY / name).read_text()
    program = "/srv/shoptalk/current/.venv/bin/shoptalk"
    (tmp_path / name).write_text(text.replace(f"ExecStart={program}", "ExecStart=/bin/true"))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(tmp_path / name)],
        capture_output=True,
        text=True,
    )
    ours = [line for line in done.stderr.splitlines() if name in line]
    assert done.returncode == 0 and ours == [], done.stderr


def test_the_service_is_hardened(tmp_path: Path) -> None:
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=yes", "--threshold=25", "--no-pager",
         str(DEPLOY / "shoptalk.service")],
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-400:] + done.stderr


def test_the_timer_has_a_time_that_systemd_reads() -> None:
    text = (DEPLOY / "shoptalk-backup.timer").read_text()
    (when,) = [line for line in text.splitlines() if line.startswith("OnCalendar=")]
    subprocess.run(["systemd-analyze", "calendar", when.partition("=")[2]], check=True)
