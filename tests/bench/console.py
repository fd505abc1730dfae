"""How fast the console's lists and searches are over many conversations, beside the plain way.

    python -m tests.bench.console --count 100000

Each page is asked for over HTTP, from a web process of its own; the plain way counts and lists with
the view `conversation_summary` and the index over single messages.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bot.settings import read_settings
from bot.staff.accounts import StaffStore, hash_password
from bot.transcripts.store import list_conversations
from tests.bench.conversations import fill
from tests.console.conftest import PASSWORD, Person
from tests.web.conftest import WebProcess, free_port

PAGES = {
    "open": "view=open",
    "all": "view=all",
    "resolved": "view=resolved",
    "mine": "view=mine",
    "waiting": "view=waiting",
    "all, second page": "view=all&before={cursor}",
    "sentiment": "view=all&sentiment=negative",
    "not understood, unhappy": "view=all&fallback=1&sentiment=negative",
    "intent": "view=all&intent=order_status",
    "confidence": "view=all&confidence_below=0.3",
    "a month": "view=all&since=2026-09-01&until=2026-09-30",
    "tag": "view=all&tag=refund",
    "product": "view=all&product=G-3",
    "search, one order": "view=all&q=HF-12345",
    "search, a common word": "view=all&q=order",
    "search, two words": "view=all&q=late+refund",
    "search and filter": "view=all&q=order&sentiment=negative&handoff=1",
}
PLAIN: dict[str, Callable[[Path], object]] = {
    "all": lambda path: list_conversations(path),
    "sentiment": lambda path: list_conversations(path, sentiment="negative"),
    "search, a common word": lambda path: list_conversations(path, "order"),
    "search, two words": lambda path: list_conversations(path, "late refund"),
}


def measure(what: Callable[[], object], times: int) -> list[float]:
    """Milliseconds of each run."""
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        what()
        taken.append((time.perf_counter() - begun) * 1000)
    return taken


def p95(taken: list[float]) -> float:
    """The time that 95 of 100 stay below."""
    return statistics.quantiles(taken, n=20, method="inclusive")[-1]


def main() -> None:
    """Fill a shop, start its web process, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--times", type=int, default=20, help="requests for each page")
    parser.add_argument("--var", type=Path, help="keep the databases here, and use those there")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        var = options.var or Path(folder)
        settings = read_settings({"SHOPTALK_VAR": str(var)})
        store = StaffStore(settings.staff_db)
        if not store.find("ann"):
            store.add("ann", "Ann", "admin", PASSWORD)
            store.set_password("ann", hash_password(PASSWORD), must_change=False)
            fill(settings.transcripts_db, settings.staff_db, options.count)
        store.close()
        process = WebProcess(settings, free_port(), SHOPTALK_VAR=str(var))
        try:
            run(Person(process.url, "ann"), settings.transcripts_db, options.times)
        finally:
            process.kill()


def run(person: Person, transcripts_db: Path, times: int) -> None:
    """Ask for every page and print what it took."""
    table = Table("Page", "Conversations", "p50 ms", "p95 ms", "plain way, p50 ms")
    cursor = person.json("/console/conversations", view="all")["more"]
    everything: list[float] = []
    for name, query in PAGES.items():
        path = "/console/conversations?" + query.format(cursor=cursor)
        total = person.json(path)["facets"]["total"]
        taken = measure(lambda path=path: person.get(path).raise_for_status(), times)
        everything += taken
        plain = ""
        if name in PLAIN:
            plain = f"{statistics.median(measure(lambda: PLAIN[name](transcripts_db), 3)):,.0f}"
        table.add_row(
            name, f"{total:,}", f"{statistics.median(taken):.0f}", f"{p95(taken):.0f}", plain
        )
    one = person.json("/console/conversations", view="all")["conversations"][0]["conversation_id"]
    taken = measure(
        lambda: person.get(f"/console/conversations/{one}?view=all").raise_for_status(), times
    )
    everything += taken
    table.add_row(
        "one beside the list", "", f"{statistics.median(taken):.0f}", f"{p95(taken):.0f}", ""
    )
    table.add_section()
    table.add_row(
        "all of them", "", f"{statistics.median(everything):.0f}", f"{p95(everything):.0f}", ""
    )
    Console().print(table)


if __name__ == "__main__":
    main()
