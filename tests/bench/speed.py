"""Shoptalk against Rasa's stock default pipeline: the same dialogue behind the same actions.

Stock is the pipeline that `rasa init` suggests (DIET, TED, UnexpecTED), its REST channel and its
SQLTrackerStore on SQLite, with `rasa run`. Both get the same messages, from 1 and from 16 customers.
Stock's model takes long to train: it is kept in results/ until the dialogue changes, with the time.
"""

import asyncio
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

import aiohttp
import httpx
from rich.console import Console
from rich.table import Table

from bot.paths import REPOSITORY
from bot.service.supervisor import write_endpoints
from bot.service.training import quiet_environment, train
from bot.settings import read_settings
from tests.web.conftest import free_port

# `rasa run`; without a file of ours to import, it would not work on the newer Sanic.
SERVE = "import bot.dialogue; from rasa.__main__ import main; main()"
EPOCHS = 100
STOCK_CONFIG = """
recipe: default.v1
assistant_id: stock
language: en
pipeline:
  - name: WhitespaceTokenizer
  - name: RegexFeaturizer
  - name: LexicalSyntacticFeaturizer
  - name: CountVectorsFeaturizer
  - name: CountVectorsFeaturizer
    analyzer: char_wb
    min_ngram: 1
    max_ngram: 4
  - name: DIETClassifier
    epochs: {epochs}
    constrain_similarities: true
  - name: EntitySynonymMapper
  - name: ResponseSelector
    epochs: {epochs}
    constrain_similarities: true
  - name: FallbackClassifier
    threshold: 0.3
    ambiguity_threshold: 0.1
policies:
  - name: MemoizationPolicy
  - name: RulePolicy
    core_fallback_action_name: action_default_fallback
  - name: UnexpecTEDIntentPolicy
    max_history: 5
    epochs: {epochs}
  - name: TEDPolicy
    max_history: 5
    epochs: {epochs}
    constrain_similarities: true
"""
MESSAGES = [
    "hi", "i'm looking for a warm jacket for women", "cheaper", "show more",
    "do you have red mugs under 20 euros", "are you open on sunday?", "do you deliver to france",
    "how do returns work", "a gift for my dad who likes cooking", "thanks", "bye",
]  # fmt: skip


@dataclass
class Figures:
    """What was measured of one engine."""

    train: float
    start: float
    rates: dict[int, float]
    p50: dict[int, float]
    p95: dict[int, float]
    memory: float  # GB, engine and action server


@dataclass
class Engine:
    """How an engine is started and asked; `body` is of a customer, a turn's number and a text."""

    command: list[str]
    environment: dict[str, str]
    url: str
    headers: dict[str, str]
    body: Callable[[str, int, str], dict]


def main(seconds: float, epochs: int = EPOCHS) -> None:
    """Measure both and print the table; `epochs` of stock's training."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        ours = measure_shoptalk(work / "ours", seconds)
        stock = measure_stock(work / "stock", seconds, epochs)
    table = Table("", "Shoptalk", "Rasa default", "ratio", title="One Rasa process, same actions")
    rows = [
        ("training, s", ours.train, stock.train),
        ("start to ready, s", ours.start, stock.start),
        ("memory, GB", ours.memory, stock.memory),
    ]
    for customers in (1, 16):
        rows += [
            (f"{customers} customers: turns/s", ours.rates[customers], stock.rates[customers]),
            (f"{customers} customers: p50, ms", ours.p50[customers], stock.p50[customers]),
            (f"{customers} customers: p95, ms", ours.p95[customers], stock.p95[customers]),
        ]
    for name, one, other in rows:
        table.add_row(name, f"{one:.1f}", f"{other:.1f}", f"{one / other:.2f}")
    Console().print(table)
    if epochs != EPOCHS:
        Console().print(
            f"Rasa's model had {epochs} epochs of {EPOCHS}: its training time doesn't count."
        )


def measure_shoptalk(work: Path, seconds: float) -> Figures:
    """Everything on: recommendations, sentiment, transcripts."""
    environment = demo_environment(work)
    began = time.monotonic()
    train(read_settings(environment), lambda line: None)
    trained = time.monotonic() - began
    return measure(shoptalk(environment), trained, seconds)


def shoptalk(environment: dict[str, str]) -> Engine:
    """Shoptalk's dialogue with the shop's model, which is there."""
    settings = read_settings(environment)
    model = train(settings, lambda line: None)
    return Engine(
        ["-m", "bot.dialogue", str(model), str(write_endpoints(settings))],
        environment,
        f"{settings.dialogue_url}/webhooks/shoptalk/turn",
        {"Authorization": f"Bearer {settings.secrets().engine_token}"},
        lambda customer, number, text: {
            "conversation": customer, "id": f"{customer}-{number}", "text": text
        },
    )  # fmt: skip


def measure_stock(work: Path, seconds: float, epochs: int) -> Figures:
    """Rasa as `rasa init` sets it up, before our action server."""
    environment = demo_environment(work)
    settings = read_settings(environment)
    (work / "config.yml").write_text(STOCK_CONFIG.format(epochs=epochs))
    (work / "endpoints.yml").write_text(
        f"action_endpoint:\n  url: {settings.actions_url}\n"
        f"  headers: {{Authorization: Bearer {settings.secrets().engine_token}}}\n"
        f"tracker_store:\n  type: SQL\n  dialect: sqlite\n  db: {work / 'rasa.db'}\n"
    )
    (work / "credentials.yml").write_text("rest:\n")
    models, trained = train_stock(work / "config.yml", environment)
    command = [
        "-c", SERVE, "run", "--interface", "127.0.0.1", "--port", str(settings.dialogue_port),
        "--model", str(models), "--endpoints", str(work / "endpoints.yml"),
        "--credentials", str(work / "credentials.yml"),
    ]  # fmt: skip
    url = f"{settings.dialogue_url}/webhooks/rest/webhook"
    stock = Engine(
        command,
        environment,
        url,
        {},
        lambda customer, _, text: {"sender": customer, "message": text},
    )
    return measure(stock, trained, seconds)


def train_stock(config: Path, environment: dict[str, str]) -> tuple[Path, float]:
    """The folder of stock's model of today's dialogue, and the seconds that its training took."""
    domain, data = REPOSITORY / "bot/dialogue/domain", REPOSITORY / "nlu_data"
    files = sorted(file for folder in (domain, data) for file in folder.rglob("*.yml"))
    content = b"".join(file.read_bytes() for file in [config, *files])
    models = REPOSITORY / f"results/stock-{hashlib.sha256(content).hexdigest()[:12]}"
    took = models / "seconds.txt"
    if not took.exists():
        began = time.monotonic()
        subprocess.run(
            [
                sys.executable, "-W", "ignore", "-m", "rasa", "train", "--config", str(config),
                "--force", "--domain", str(domain), "--data", str(data), "--out", str(models),
            ],
            cwd=REPOSITORY, env=environment, check=True, capture_output=True,
        )  # fmt: skip
        took.write_text(f"{time.monotonic() - began:.1f}\n")
    return models, float(took.read_text())


def demo_environment(work: Path, models: Path | None = None) -> dict[str, str]:
    """A copy of the demo shop with its own ports, catalogue and databases, and models if given."""
    from bot.cli.catalogue import ingest_if_changed

    demo = REPOSITORY / "bot" / "demo"
    shutil.copytree(demo, work, ignore=shutil.ignore_patterns("var", "__pycache__"))
    environment = {
        **os.environ,
        **quiet_environment(),
        "SHOPTALK_SHOP": str(work / "shop.yml"),
        "SHOPTALK_DIALOGUE_PORT": str(free_port()),
        "SHOPTALK_ACTIONS_PORT": str(free_port()),
        "SHOPTALK_MODELS": str(models or work / "models"),
    }
    ingest_if_changed(read_settings(environment))
    return environment


def measure(engine: Engine, trained: float, seconds: float) -> Figures:
    """Put load on an engine in front of the action server."""
    with running(engine) as (start, pids):
        results = {n: asyncio.run(load(engine, n, seconds)) for n in (1, 16)}
        memory = sum(resident(pid) for pid in pids)
    return Figures(
        trained,
        start,
        {n: rate for n, (_, rate) in results.items()},
        {n: 1000 * median(times) for n, (times, _) in results.items()},
        {n: 1000 * quantiles(times, n=20)[-1] for n, (times, _) in results.items()},
        memory,
    )


@contextmanager
def running(engine: Engine) -> Iterator[tuple[float, list[int]]]:
    """The engine and the action server at work: seconds to the first turn, and their pids."""
    python = [sys.executable, "-W", "ignore"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    options = {"cwd": REPOSITORY, "env": engine.environment, **quiet}
    processes = [subprocess.Popen([*python, "-m", "actions"], **options)]
    try:
        wait_for(f"http://127.0.0.1:{engine.environment['SHOPTALK_ACTIONS_PORT']}/health")
        began = time.monotonic()
        processes.append(subprocess.Popen([*python, *engine.command], **options))
        # Rasa answers on / before its model is loaded; a turn is what a customer waits for.
        probe = {"json": engine.body("probe", 0, "hello"), "headers": engine.headers}
        while True:
            try:
                if httpx.post(engine.url, **probe, timeout=60, trust_env=False).json():
                    break
            except (httpx.TransportError, ValueError):
                pass
            time.sleep(0.1)
        yield time.monotonic() - began, [process.pid for process in processes]
    finally:
        for process in processes:
            process.terminate()
            process.wait()


async def load(engine: Engine, customers: int, seconds: float) -> tuple[list[float], float]:
    """Seconds that each turn took, of so many customers talking without a pause; turns a second."""
    times: list[float] = []
    async with client_of(engine) as client:

        async def customer(number: int, until: float, kept: bool) -> None:
            turn = 0
            while time.monotonic() < until:
                talk, place = divmod(turn, len(MESSAGES))
                name = f"c{customers}-{number}-{talk}-{kept}"
                began = time.monotonic()
                asked = engine.body(name, place, MESSAGES[place])
                async with client.post(engine.url, json=asked) as answer:
                    await answer.read()
                if kept:
                    times.append(time.monotonic() - began)
                turn += 1

        for length, kept in ((3.0, False), (seconds, True)):
            start = time.monotonic()
            await asyncio.gather(*(customer(n, start + length, kept) for n in range(customers)))
    return times, len(times) / (time.monotonic() - start)


def client_of(engine: Engine) -> aiohttp.ClientSession:
    """A client that takes little of the cores that it shares with the engine; errors are raised."""
    everybody = aiohttp.TCPConnector(limit=0)
    return aiohttp.ClientSession(headers=engine.headers, connector=everybody, raise_for_status=True)


def wait_for(url: str) -> None:
    """Until it answers."""
    while True:
        try:
            if httpx.get(url, timeout=2, trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)


def resident(pid: int) -> float:
    """The resident memory of a process, in GB."""
    out = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True)
    return int(out.stdout) / 1e6


if __name__ == "__main__":
    main(15)
