"""How long a shop keeps what it knows of its customers; what is older goes by itself."""

import time
from collections import Counter

from bot.custody.erasure import compact_all, erase_rows
from bot.custody.files import database_files
from bot.custody.holdings import Person, opened
from bot.custody.persons import of_conversations, old_conversations
from bot.guard.store import Guard
from bot.settings import Settings

DAY = 86_400
BATCH = 200  # conversations in one transaction, so that nobody waits long for the database
OVER = "coalesce(completed_at, dismissed_at, started_at, shown_at, 0) < :before"
SURVEYS = (
    ("answers", f"run_id IN (SELECT id FROM runs WHERE {OVER})"),
    ("asked", f"run_id IN (SELECT id FROM runs WHERE {OVER})"),
    ("unfelt", f"run_id IN (SELECT id FROM runs WHERE {OVER})"),
    ("alerts", f"run_id IN (SELECT id FROM runs WHERE {OVER})"),
    ("runs", OVER),
    ("contacts", "at < :before AND NOT never"),
)
FEEDBACK = (("feedback", "at < :before"),)


def overdue(settings: Settings, now: float | None = None) -> dict[str, int]:
    """What is older than shop.yml allows: kind -> how many."""
    keep, now = settings.shop.retention, now or time.time()
    counts: dict[str, int] = {}
    if keep.conversations:
        counts["conversations"] = len(old_conversations(settings, now - keep.conversations * DAY))
    if keep.surveys:
        found = _older(settings, "surveys", SURVEYS, now - keep.surveys * DAY, delete=False)
        counts["surveys"] = found["runs"]
    if keep.feedback:
        found = _older(settings, "insights", FEEDBACK, now - keep.feedback * DAY, delete=False)
        counts["feedback"] = found["feedback"]
    return counts


def purge(settings: Settings, now: float | None = None) -> dict[str, int]:
    """Erase what is older than shop.yml allows; returns kind -> how many. Raises StoreError.

    May run while the assistant does.
    """
    keep, now = settings.shop.retention, now or time.time()
    _forget_guesses(settings, now)
    done = overdue(settings, now)
    if keep.conversations:
        ids = old_conversations(settings, now - keep.conversations * DAY)
        for start in range(0, len(ids), BATCH):
            erase_rows(settings, of_conversations(settings, ids[start : start + BATCH]))
    if keep.surveys:
        _older(settings, "surveys", SURVEYS, now - keep.surveys * DAY, delete=True)
    if keep.feedback:
        _older(settings, "insights", FEEDBACK, now - keep.feedback * DAY, delete=True)
    if any(done.values()):
        compact_all(settings, vacuum=False)
    return done


def _forget_guesses(settings: Settings, now: float) -> None:
    """What guard.db needs no more goes whatever shop.yml says."""
    if settings.guard_db.exists():
        guard = Guard(settings.guard_db, lambda: now, settings.shop.zone)
        guard.purge()
        guard.close()


def _older(
    settings: Settings, name: str, wanted: tuple, before: float, delete: bool
) -> Counter[str]:
    """Count, or delete in one transaction, the rows of a database that are older than a time."""
    verb = "DELETE" if delete else "SELECT count(*)"
    counts: Counter[str] = Counter()
    files = [one for one in database_files(settings) if one.name == name]
    with opened(files, Person("", ()), write=delete) as databases:
        for _, db in databases:
            with db:
                for table, where in wanted:
                    done = db.execute(f"{verb} FROM [{table}] WHERE {where}", {"before": before})
                    counts[table] += done.rowcount if delete else done.fetchone()[0]
    return counts
