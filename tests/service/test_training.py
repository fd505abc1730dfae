"""A model that isn't whole is noticed, trained anew, and never served."""

import gzip
import io
import os
import subprocess
import sys
import tarfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.errors import StartError
from bot.paths import REPOSITORY
from bot.service import training
from bot.service.doctor import checks
from bot.service.training import damage, train, wanted_model
from bot.settings import Settings


def archive(path: Path, name: str = "metadata.json") -> Path:
    with tarfile.open(path, "w:gz") as tar:
        for member in (name, "components/x"):
            body = os.urandom(2000)
            info = tarfile.TarInfo(member)
            info.size = len(body)
            tar.addfile(info, io.BytesIO(body))
    return path


def cut(data: bytes, at: int) -> bytes:
    return data[:at]


def flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def test_a_whole_archive_has_no_fault(tmp_path: Path) -> None:
    assert damage(archive(tmp_path / "model.tar.gz")) == ""
    assert damage(archive(tmp_path / "model.tar.gz", "./metadata.json")) == ""


@pytest.mark.parametrize("part", [0.0, 0.01, 0.3, 0.9, 0.999])
@pytest.mark.parametrize("spoil", [cut, flipped])
def test_a_cut_or_changed_archive_is_noticed_wherever_it_is(
    tmp_path: Path, spoil: Any, part: float
) -> None:
    path = archive(tmp_path / "model.tar.gz")
    data = path.read_bytes()
    path.write_bytes(spoil(data, int(part * len(data))))
    assert damage(path)


def test_an_archive_of_something_else_is_no_model(tmp_path: Path) -> None:
    assert damage(archive(tmp_path / "model.tar.gz", "readme.txt")) == "no metadata.json in it"
    (tmp_path / "model.tar.gz").write_bytes(gzip.compress(b"no archive at all"))
    assert damage(tmp_path / "model.tar.gz")


class Training:
    """Stands for `rasa train`: writes an archive, whole or not, and ends with a code."""

    code = 0
    runs: list[list[str]] = []

    def __init__(self, command: list[str], **options: Any) -> None:
        self.runs.append(command)
        folder = Path(command[command.index("--out") + 1])
        name = command[command.index("--fixed-model-name") + 1]
        path = archive(folder / f"{name}.tar.gz")
        if self.code:  # killed while it wrote
            path.write_bytes(path.read_bytes()[:500])
        self.stdout, self.returncode = iter(["Trained.\n"]), self.code

    def __enter__(self) -> "Training":
        return self

    def __exit__(self, *_: object) -> None:
        pass


@pytest.fixture
def shop(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setattr(training.subprocess, "Popen", Training)
    Training.code, Training.runs = 0, []
    return replace(settings, models=tmp_path / "models")


def test_a_damaged_model_is_trained_anew_and_a_whole_one_is_not(shop: Settings) -> None:
    said: list[str] = []
    model = train(shop, said.append)
    assert model == wanted_model(shop) and damage(model) == "" and said == []
    assert train(shop, said.append) == model and len(Training.runs) == 1
    model.write_bytes(model.read_bytes()[:700])
    assert train(shop, said.append) == model and len(Training.runs) == 2
    assert damage(model) == ""
    (line,) = said
    assert model.name in line and "damaged" in line and "training it anew" in line


def test_a_training_that_is_broken_off_leaves_no_model(shop: Settings) -> None:
    Training.code = -9
    with pytest.raises(StartError):
        train(shop, print)
    assert not wanted_model(shop).exists() and not list(shop.models.glob("shoptalk-*"))


def test_a_training_that_is_ended_leaves_no_process(settings: Settings, tmp_path: Path) -> None:
    """Ended while it trains, as systemd ends it; the child says who it is, and would go on for an hour."""
    child = tmp_path / "child"
    child.write_text(
        f'#!{sys.executable}\nimport os, time\nprint("Starting to train component \'" + str(os.getpid())'
        ' + "\'.", flush=True)\ntime.sleep(3600)\n'
    )
    child.chmod(0o755)
    code = (
        "import sys; from pathlib import Path; from bot.service import training; from bot.settings import read_settings\n"
        "from dataclasses import replace; sys.executable = sys.argv[1]; training.faults = lambda _: []\n"
        "settings = replace(read_settings({'SHOPTALK_SHOP': sys.argv[2]}), models=Path(sys.argv[3]))\n"
        "training.train(settings, lambda line: print(line, flush=True))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(child), str(settings.shop_file), str(tmp_path / "models")],
        stdout=subprocess.PIPE, text=True, cwd=REPOSITORY,
    ) as parent:  # fmt: skip
        assert parent.stdout
        pid = int(parent.stdout.readline().split()[1])
        parent.terminate()
        assert parent.wait(30) == 143
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_the_doctor_names_a_damaged_model(shop: Settings) -> None:
    def about_model() -> tuple[bool, str]:
        (check,) = [one for one in checks(shop) if one.name == "model"]
        return check.ok, check.detail if check.ok else check.mend

    model = train(shop, print)
    assert about_model() == (True, model.name)
    model.write_bytes(model.read_bytes()[:-1])
    ok, said = about_model()
    assert not ok and "shoptalk train" in said


def test_dialogue_says_in_one_line_that_its_model_is_damaged(
    settings: Settings, tmp_path: Path
) -> None:
    path = archive(tmp_path / "model.tar.gz")
    path.write_bytes(path.read_bytes()[:900])
    began = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "bot.dialogue", str(path), "endpoints.yml"],
        cwd=REPOSITORY, capture_output=True, text=True, timeout=120,
        env={**os.environ, "SHOPTALK_SHOP": str(settings.shop_file)},
    )  # fmt: skip
    assert began.returncode == 1
    (line,) = [one for one in (began.stdout + began.stderr).splitlines() if one]
    assert line.startswith("ERROR The model model.tar.gz") and "shoptalk train" in line
