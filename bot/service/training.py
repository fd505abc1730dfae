"""Training the Rasa model, when something that it depends on changed."""

import contextlib
import gzip
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import zlib
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path

from bot.errors import StartError
from bot.paths import REPOSITORY
from bot.service.training_data import faults
from bot.settings import Settings
from recommender.multilingual import weights_file

INPUTS = ("config.yml", "nlu_data", "bot/dialogue/domain", "bot/dialogue/components", "bot/sentiment.py",
    "recommender/embedder.py", "recommender/multilingual.py",
)  # fmt: skip
KEPT = 2  # models
METADATA = "metadata.json"  # Rasa's, in every archive
TUNING = "Tuning the encoder"  # begins the lines in which the classifier tells how far it is


def wanted_model(settings: Settings) -> Path:
    """The model file that belongs to the present data, configuration and versions."""
    digest = hashlib.sha256()
    for name in INPUTS:
        path = REPOSITORY / name
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file() and "__pycache__" not in file.parts:
                digest.update(str(file.relative_to(REPOSITORY)).encode())
                digest.update(file.read_bytes())
    if settings.learnt_file.exists():
        digest.update(settings.learnt_file.read_bytes())
    digest.update(
        f"{version('rasa')} {version('scikit-learn')} {settings.embedding_model} {weights_file() is not None}".encode()
    )
    return settings.models / f"shoptalk-{digest.hexdigest()[:12]}.tar.gz"


def train(settings: Settings, say: Callable[[str], None]) -> Path:
    """Train unless the wanted model is there, and whole; returns it.

    Raises StartError with the names in the training data that nothing has, or with Rasa's words.
    """
    model = wanted_model(settings)
    if model.exists():
        fault = damage(model)
        if not fault:
            os.utime(model)  # stock `rasa run` takes the newest
            return model
        say(f"The model {model.name} is damaged ({fault}): training it anew.")
    if wrong := faults(REPOSITORY):
        raise StartError("The training data names what isn't there:\n" + "\n".join(wrong))
    settings.models.mkdir(parents=True, exist_ok=True)
    fresh = settings.models / f".{model.name}"  # the model's own name is for a whole one alone
    command = [
        sys.executable, "-W", "ignore", "-m", "bot.cli.stock_rasa", "train", "--config", "config.yml",
        "--domain", "bot/dialogue/domain", "--data", *_data(settings), "--out", str(settings.models),
        "--fixed-model-name", fresh.name[: -len(".tar.gz")],
    ]  # fmt: skip
    said: list[str] = []
    with (
        _stopped_by_signal(),
        subprocess.Popen(
            command,
            cwd=REPOSITORY,
            env={**os.environ, **quiet_environment()},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        ) as process,
    ):
        assert process.stdout
        try:
            for line in process.stdout:
                said.append(line)
                if "Starting to train component" in line:
                    say("Training " + line.rsplit("'", 2)[-2] + " …")
                elif line.startswith(TUNING):
                    say(line.rstrip())
        except BaseException:
            process.terminate()  # it would go on alone, for minutes
            raise
    if process.returncode or not fresh.exists():
        raise StartError("Training failed:\n" + "".join(said[-25:]))
    os.replace(fresh, model)
    models = sorted(
        settings.models.glob("shoptalk-*.tar.gz"), key=lambda file: file.stat().st_mtime
    )
    for old in models[:-KEPT]:
        old.unlink()
    return model


@contextlib.contextmanager
def _stopped_by_signal() -> Iterator[None]:
    """SIGTERM ends what is within as an exception does, so that it can tidy up."""
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def damage(model: Path) -> str:
    """What is wrong with a model's archive, read to its end; empty when it is whole."""
    try:
        with gzip.open(model) as packed:  # its checksum stands at its end
            while packed.read(1 << 20):
                pass
        with tarfile.open(model) as archive:
            names = archive.getnames()
    except (OSError, EOFError, zlib.error, tarfile.TarError) as error:
        return str(error) or type(error).__name__
    return "" if any(name.strip("./") == METADATA for name in names) else f"no {METADATA} in it"


def _data(settings: Settings) -> list[str]:
    """The training data of the project, and staff's corrections once they were taken on."""
    learnt = settings.learnt_file
    return ["nlu_data", *([str(learnt)] if learnt.exists() else [])]


def learn(settings: Settings) -> None:
    """Take staff's corrections on: every training has them until `unlearn`."""
    shutil.copyfile(settings.reviewed_file, settings.learnt_file)


def unlearn(settings: Settings) -> None:
    """Train without staff's corrections again; they stay in the console."""
    settings.learnt_file.unlink(missing_ok=True)


def quiet_environment() -> dict[str, str]:
    """Variables that keep Rasa and its libraries from phoning home and from chattering."""
    return {
        "RASA_TELEMETRY_ENABLED": "false",
        "HF_HUB_OFFLINE": "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "TQDM_DISABLE": "1",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        "PYTHONWARNINGS": "ignore",
        "TOKENIZERS_PARALLELISM": "false",
    }
