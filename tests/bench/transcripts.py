"""`make bench-transcripts`: what a growing number of messages costs staff, research and the next turn."""

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from bot.custody.erasure import erase_rows
from bot.custody.persons import of_conversations
from bot.insights.report import report, to_html
from bot.insights.scope import Scope
from bot.settings import get_settings
from bot.staff.accounts import StaffStore
from bot.staff.conversations import Finder
from bot.staff.filters import Bounds, Filters
from bot.store.db import open_readonly
from bot.surveys.store import SurveyStore
from tests.bench.console import measure
from tests.bench.conversations import fill
from tests.bench.insights_shop import make
from tests.bench.sealing import projecting

SIZES = (1_000, 10_000, 100_000, 1_000_000)  # messages, the assistant's too
IN_A_CONVERSATION = 7.3  # messages, in what `fill` makes; the table has what it made
LOOKS = 5
SEARCHES = {"an order's number": "HF-12345", "two common words": "late refund"}
console = Console(width=110)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES, help="messages")
    options = parser.parse_args()
    columns = {}
    for size in options.sizes:
        with tempfile.TemporaryDirectory() as folder:
            columns[size] = {
                **console_costs(Path(folder), size),
                **report_costs(Path(folder), size),
            }
    table = Table("ms, unless it says so", *(f"{size:,}" for size in columns))
    for name in columns[options.sizes[0]]:
        table.add_row(name, *(f"{column[name]:,.1f}" for column in columns.values()))
    console.print(table)


def console_costs(folder: Path, size: int) -> dict[str, float]:
    """What staff and the next turn wait for, in a shop whose conversations are as customers have them."""
    settings = replace(get_settings(), var=folder / "shop")
    settings.var.mkdir()
    SurveyStore(settings.surveys_db).close()
    staff = StaffStore(settings.staff_db)
    staff.add("ann", "Ann", "admin", "a long enough password")
    person = staff.find("ann")
    staff.close()
    fill(settings.transcripts_db, settings.staff_db, round(size / IN_A_CONVERSATION))
    finder = Finder(settings.transcripts_db, settings.staff_db, settings.surveys_db)
    bounds = Bounds(settings.shop.zone)

    def looked(**chosen: str) -> float:
        filters = Filters.read(chosen)

        def look() -> None:
            finder.page(filters, person, bounds)
            finder.facets(filters, person, bounds)

        return median(measure(look, LOOKS))

    ids = finder.ids(Filters(), person, bounds, 200)
    costs = {
        "messages": open_readonly(settings.transcripts_db)["messages"].count,
        "on disk, MB": settings.transcripts_db.stat().st_size / 1e6,
        "the inbox with its facets": looked(view="all"),
        "the unhappy who weren't understood": looked(sentiment="negative", fallback="1"),
        **{f"search: {name}": looked(q=words) for name, words in SEARCHES.items()},
        "one conversation": median(measure(lambda: finder.messages(ids[0]), LOOKS)),
    }
    finder.close()
    costs["a turn transcribed, after the reply"] = projecting(settings.transcripts_db)
    gone = iter(ids)

    def erase() -> None:
        erase_rows(settings, of_conversations(settings, [next(gone)]))

    costs["a conversation erased"] = median(measure(erase, LOOKS))
    return costs


def report_costs(folder: Path, size: int) -> dict[str, float]:
    """The market research of a month, in a shop whose messages are spread over ninety days."""
    now = 1_800_000_000.0
    settings = replace(get_settings(), var=folder / "research")
    settings.var.mkdir()
    make(settings.var, size, 90, now)
    looks = measure(
        lambda: to_html(report(settings, Scope.last(30, now, settings.shop.timezone), now)), 2
    )
    return {"the report over 30 days, s": median(looks) / 1000}


if __name__ == "__main__":
    main()
