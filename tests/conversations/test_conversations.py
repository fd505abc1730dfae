"""`rasa test core` on the stories beside this file: every action must be predicted as told."""

import os
import subprocess
import sys
from pathlib import Path

from bot.paths import REPOSITORY
from bot.service.training import quiet_environment, train
from bot.settings import get_settings


def test_all_stories_are_followed(tmp_path: Path) -> None:
    empty = tmp_path / "endpoints.yml"
    empty.write_text("")
    done = subprocess.run(
        [
            sys.executable, "-W", "ignore", "-m", "rasa", "test", "core",
            "--model", str(train(get_settings(), print)), "--stories", "tests/conversations",
            "--out", str(tmp_path), "--endpoints", str(empty), "--fail-on-prediction-errors",
        ],
        cwd=REPOSITORY,
        env={**os.environ, **quiet_environment()},
        capture_output=True,
        text=True,
    )  # fmt: skip
    failed = tmp_path / "failed_test_stories.yml"
    assert done.returncode == 0, failed.read_text() if failed.exists() else done.stdout[-2000:]


def test_the_training_data_is_valid(tmp_path: Path) -> None:
    done = subprocess.run(
        [
            sys.executable, "-W", "ignore", "-m", "rasa", "data", "validate",
            "--domain", "bot/dialogue/domain", "--data", "nlu_data",
        ],
        cwd=REPOSITORY,
        env={**os.environ, **quiet_environment()},
        capture_output=True,
        text=True,
    )  # fmt: skip
    assert done.returncode == 0, (done.stdout + done.stderr)[-2000:]
