"""`make bench-growth`: what a turn costs as a conversation gets longer and as more customers talk at once."""

import argparse
import asyncio
import tempfile
import time
from pathlib import Path
from statistics import median, quantiles

from rich.console import Console
from rich.table import Table

from bot.settings import get_settings
from tests.bench.speed import (
    MESSAGES,
    Engine,
    client_of,
    demo_environment,
    load,
    resident,
    running,
    shoptalk,
)

TURNS = 500
UP_TO = (10, 50, 100, 200, 300, 400, 500)  # turns; each row has those after the row before
CUSTOMERS = (1, 4, 16, 64, 200)
TALKS = [one for one in MESSAGES if one != "bye"]


def main() -> None:
    """Measure both on a copy of the demo shop, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=15, help="how long each load runs")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        engine = shoptalk(demo_environment(Path(folder) / "shop", get_settings().models))
        with running(engine) as (_, pids):
            turns = asyncio.run(one_conversation(engine))
            loads = {n: asyncio.run(load(engine, n, options.seconds)) for n in CUSTOMERS}
            memory = sum(resident(pid) for pid in pids)
    table = Table("turns", "p50, ms", "p95, ms", title="Turns of one conversation")
    first = 0
    for last in UP_TO:
        table.add_row(f"{first + 1}–{last}", *_milliseconds(turns[first:last]))
        first = last
    Console().print(table)
    table = Table(
        "customers", "turns/s", "p50, ms", "p95, ms", title="Customers who talk without a pause"
    )
    for customers, (times, rate) in loads.items():
        table.add_row(str(customers), f"{rate:.1f}", *_milliseconds(times))
    Console().print(table)
    Console().print(f"Memory of dialogue and actions afterwards: {memory:.2f} GB.")


async def one_conversation(engine: Engine) -> list[float]:
    """Seconds of each turn of a long conversation."""
    times = []
    async with client_of(engine) as client:
        for number in range(TURNS):
            began = time.monotonic()
            asked = engine.body("long", number, TALKS[number % len(TALKS)])
            async with client.post(engine.url, json=asked) as answer:
                await answer.read()
            times.append(time.monotonic() - began)
    return times


def _milliseconds(times: list[float]) -> tuple[str, str]:
    return f"{1000 * median(times):.1f}", f"{1000 * quantiles(times, n=20)[-1]:.1f}"


if __name__ == "__main__":
    main()
