"""`make test-soak`: customers at human pace for a while, then five times as many, then again as before.

    python -m tests.faults.soak --customers 200 --minutes 20

Errors are answers that never came, refusals outside the overload, and whatever the comparison of
widget, tracker and transcript finds. Ends with 1 when there are any. Latency is from the moment that
a customer sends to the moment that the widget has the answer; memory is what each process holds.
"""

import argparse
import asyncio
import random
import sys
import tempfile
import time
from pathlib import Path

import httpx
from rich.console import Console
from rich.table import Table

from tests.faults.compare import compared
from tests.faults.customers import Customer
from tests.stack import Stack

HUMAN = (8.0, 35.0)  # seconds from an answer to the next message
OVERLOAD = 5
SHORTEST_LOOK, LOOKS = 15.0, 300.0  # seconds between two looks at memory
console = Console(width=130)


def memory(stack: Stack) -> dict[str, float]:
    """MB that each process holds (resident)."""
    held = {}
    for module in ("bot.web", "bot.dialogue", "actions"):
        pid = stack.pid(module)
        status = Path(f"/proc/{pid}/status").read_text() if pid else "VmRSS: 0 kB"
        (kilobytes,) = [line.split()[1] for line in status.splitlines() if "VmRSS" in line]
        held[module] = int(kilobytes) / 1024
    return held


class Crowd:
    """So many customers, who come within half a minute."""

    def __init__(self, http: httpx.AsyncClient, count: int) -> None:
        first = random.randrange(1, 1 << 22)
        self.all = [Customer(http, first + one, think=HUMAN, drops=0.02) for one in range(count)]
        self._chats = [asyncio.create_task(one.chat()) for one in self.all]

    async def leave(self) -> None:
        """Let them finish and hang up."""
        for one in self.all:
            one.leaving = True
        for chat, one in zip(self._chats, self.all, strict=True):
            await asyncio.wait([chat], timeout=120)
            await one.settle(120)
            chat.cancel()
            await one.close()
        await asyncio.gather(*self._chats, return_exceptions=True)

    def row(self, name: str, begin: float, end: float) -> list[str]:
        """A line of the table for the messages that were begun in a stretch of time."""
        said = [one for c in self.all for one in c.said.values() if begin <= one.began < end]
        took = sorted(one.answered - one.began for one in said if one.answered)
        refused = sum(sum(one.refusals.values()) for one in self.all)
        return [
            name, str(len(self.all)), str(len(said)), f"{len(said) / (end - begin):.1f}",
            _share(took, 0.5), _share(took, 0.95), f"{took[-1]:.2f}" if took else "-", str(refused),
        ]  # fmt: skip


def _share(took: list[float], share: float) -> str:
    return f"{took[int(len(took) * share)]:.2f}" if took else "-"


async def stretch(
    stack: Stack, seconds: float, held: list[tuple[str, dict[str, float]]], name: str
) -> tuple[float, float]:
    """Let time pass, looking at memory now and then; returns when it began and ended."""
    begin, every = time.monotonic(), max(SHORTEST_LOOK, min(LOOKS, seconds / 4))
    while (left := begin + seconds - time.monotonic()) > 0:
        await asyncio.sleep(min(every, left))
        passed = (time.monotonic() - begin) / 60
        held.append((f"{name}, {passed:.1f} min", await asyncio.to_thread(memory, stack)))
        console.print(
            f"  {held[-1][0]}: " + ", ".join(f"{k} {v:.0f} MB" for k, v in held[-1][1].items())
        )
    return begin, time.monotonic()


async def main(count: int, minutes: float) -> int:
    """Run all phases; returns the exit code."""
    table = Table(
        "phase", "customers", "messages", "a second", "p50, s", "p95, s", "longest, s", "refused",
        title="Load",
    )  # fmt: skip
    held: list[tuple[str, dict[str, float]]] = []
    with tempfile.TemporaryDirectory(prefix="shoptalk-soak-") as folder:
        stack = Stack(Path(folder) / "shop", SHOPTALK_PROXIES="1")
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=count)
        http = httpx.AsyncClient(base_url=stack.url, trust_env=False, limits=limits)
        crowd: Crowd | None = None
        try:
            crowd = Crowd(http, count)
            await stretch(stack, min(60.0, minutes * 15), held, "coming in")
            steady = await stretch(stack, minutes * 60, held, "steady")
            refused_before = sum(sum(one.refusals.values()) for one in crowd.all)
            table.add_row(*crowd.row("steady", *steady))
            more = Crowd(http, count * (OVERLOAD - 1))
            over = await stretch(stack, max(30.0, minutes * 15), held, f"{OVERLOAD} times as many")
            table.add_row(*more.row(f"{OVERLOAD} times as many", *over))
            await more.leave()
            after = await stretch(stack, max(30.0, minutes * 15), held, "afterwards")
            table.add_row(*crowd.row("afterwards", *after))
            await crowd.leave()
            verdict = await compared(stack.shop_dir / "var", [*crowd.all, *more.all])
            traces = sum("Traceback" in line for line in stack.log)
        finally:
            await http.aclose()
            stack.stop()
    console.print(table)
    _print_memory(held)
    wrong = {
        "lost": verdict.lost, "doubled": verdict.doubled, "unanswered": verdict.unanswered,
        "differing": verdict.differing, "unfit": verdict.unfit,
    }  # fmt: skip
    console.print(
        f"{verdict.messages} messages: "
        + ", ".join(f"{len(found)} {name}" for name, found in wrong.items())
        + f"; {refused_before} refusals before the overload; {traces} tracebacks in the log."
    )
    for name, found in wrong.items():
        for one in found[:5]:
            console.print(f"  {name}: {one}", markup=False)
    return 1 if refused_before or not verdict.is_clean else 0


def _print_memory(held: list[tuple[str, dict[str, float]]]) -> None:
    table = Table("when", "web, MB", "dialogue, MB", "actions, MB", title="Memory")
    for name, found in held:
        table.add_row(name, *(f"{found[module]:.0f}" for module in found))
    steady = [found for name, found in held if name.startswith("steady")]
    if len(steady) > 1:
        growth = {m: steady[-1][m] / max(1.0, steady[0][m]) - 1 for m in steady[0]}
        table.add_row("growth while steady", *(f"{share:+.1%}" for share in growth.values()))
    console.print(table)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=200)
    parser.add_argument("--minutes", type=float, default=20.0)
    given = parser.parse_args()
    sys.exit(asyncio.run(main(given.customers, given.minutes)))
