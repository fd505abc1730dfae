"""`make test-faults`: each fault TIMES times while CUSTOMERS chat; then everything is compared.

    python -m tests.faults --times 50 --customers 12 --only web_killed,disk_full

Ends with 1 when an acknowledged message was lost, doubled or not answered, when widget, tracker and
transcript differ, when an answer wasn't fit for customers, or when the service didn't come back.
"""

import argparse
import asyncio
import random
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import httpx
from rich.console import Console
from rich.table import Table

from tests.faults.compare import Verdict, compared
from tests.faults.customers import Customer
from tests.faults.faults import Fault, all_faults
from tests.faults.shop import Shop

RECOVERY_SECONDS = 240.0
SETTLE_SECONDS = 180.0
console = Console(width=150)


async def recovered(shop: Shop, http: httpx.AsyncClient, seed: int) -> float:
    """Seconds until all processes are ready and a new customer is answered; -1 for never."""
    began = time.monotonic()
    while time.monotonic() - began < RECOVERY_SECONDS:
        try:
            if (await http.get("/ready", timeout=10)).status_code == 200:
                break
        except httpx.TransportError:
            pass
        await asyncio.sleep(0.3)
    else:
        return -1.0
    probe = Customer(http, seed, think=(0.0, 0.1), drops=0.0)
    chat = asyncio.create_task(probe.chat())
    try:
        while not any(said.answered for said in probe.said.values()):
            if time.monotonic() - began > RECOVERY_SECONDS:
                return -1.0
            await asyncio.sleep(0.1)
        return time.monotonic() - began
    finally:
        chat.cancel()
        await asyncio.gather(chat, return_exceptions=True)
        await probe.close()


async def provoke(
    shop: Shop, name: str, fault: Fault, times: int, count: int, seed: int
) -> tuple[Verdict, list[float], list[Customer]]:
    """One kind of fault, `times` times, with customers of its own."""
    chance = random.Random(f"{name} {seed}")
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=count)
    async with httpx.AsyncClient(base_url=shop.stack.url, trust_env=False, limits=limits) as http:
        number = random.Random().randrange(1, 1 << 22)
        customers = [Customer(http, number + one) for one in range(count)]
        chats = [asyncio.create_task(one.chat()) for one in customers]
        took = []
        for turn in range(times):
            await asyncio.sleep(chance.uniform(0.5, 4))
            await fault(shop, chance)
            took.append(await recovered(shop, http, number + count + turn))
            console.print(f"  {name} {turn + 1}/{times}: back after {took[-1]:.1f} s")
        for one in customers:
            one.leaving = True
        for chat, one in zip(chats, customers, strict=True):
            await asyncio.wait([chat], timeout=SETTLE_SECONDS)
            await one.settle(SETTLE_SECONDS)
        verdict = await compared(shop.var, customers)
        for chat, one in zip(chats, customers, strict=True):
            chat.cancel()
            await one.close()
        await asyncio.gather(*chats, return_exceptions=True)
    return verdict, took, customers


async def main(times: int, count: int, only: list[str], seed: int) -> int:
    """Provoke, compare, print; returns the exit code."""
    table = Table(
        "fault", "times", "messages", "lost", "doubled", "unanswered", "differing", "unfit",
        "apologies", "refused", "no connection", "back after p50, s", "longest, s", "tracebacks",
        title=f"Faults while {count} customers chat",
    )  # fmt: skip
    failed: list[str] = []
    with tempfile.TemporaryDirectory(prefix="shoptalk-faults-") as folder:
        shop = Shop(Path(folder))
        try:
            for name, fault in all_faults():
                if only and name not in only:
                    continue
                console.print(f"[bold]{name}[/bold]: {(fault.__doc__ or '').strip()}")
                logged = len(shop.stack.log)
                verdict, took, customers = await provoke(shop, name, fault, times, count, seed)
                traces = sum("Traceback" in line for line in shop.stack.log[logged:])
                refused = sum(sum(one.refusals.values()) for one in customers)
                no_connection = sum(one.refusals["no connection"] for one in customers)
                back = [one for one in took if one >= 0]
                table.add_row(
                    name, str(times), str(verdict.messages), str(len(verdict.lost)),
                    str(len(verdict.doubled)), str(len(verdict.unanswered)),
                    str(len(verdict.differing)), str(len(verdict.unfit)), str(verdict.apologies),
                    str(refused - no_connection), str(no_connection),
                    f"{median(back):.1f}" if back else "-", f"{max(took):.1f}", str(traces),
                )  # fmt: skip
                console.print(f"  {verdict.messages} messages of {name} compared.")
                if not verdict.is_clean or len(back) < len(took):
                    failed.append(name)
                    _explain(verdict, shop.stack.log[logged:])
        except BaseException:
            _explain(Verdict(), shop.stack.log)
            raise
        finally:
            shop.close()
    console.print(table)
    if failed:
        console.print(f"[red]Not as promised: {', '.join(failed)}[/red]")
    return 1 if failed else 0


def _explain(verdict: Verdict, log: list[str]) -> None:
    for what in ("lost", "doubled", "unanswered", "differing", "unfit"):
        for one in getattr(verdict, what)[:5]:
            console.print(f"    {what}: {one}", markup=False)
    for line in [one for one in log if "| INFO" not in one][-25:]:
        console.print(f"    | {line.rstrip()[:220]}", markup=False)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=50)
    parser.add_argument("--customers", type=int, default=12)
    parser.add_argument("--only", default="", help="names of faults, separated by commas")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    wanted = [one for one in given.only.split(",") if one]
    unknown = set(wanted) - {name for name, _ in all_faults()}
    if unknown:
        parser.error(f"no such fault: {', '.join(sorted(unknown))}")
    sys.exit(asyncio.run(main(given.times, given.customers, wanted, given.seed)))
