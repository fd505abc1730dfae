"""How long a shop keeps what it knows of its customers; what is older goes by itself."""

import time
from collections import Counter
from collections.abc import Sequence

from bot.campaigns.people import People
from bot.campaigns.tidying import joined_to, remake
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
# A group, and that somebody was in a journey, stay until it has ended: nobody is written to twice.
ENDED = "NOT IN (SELECT id FROM campaigns WHERE status IN ('started', 'paused'))"
DONE = "state NOT IN ('queued', 'claimed', 'handing') AND changed_at < :before"
CAMPAIGNS = (
    ("clicks", f"mail IN (SELECT id FROM outbox WHERE {DONE})"),
    ("outbox", DONE),
    ("assigned", f"at < :before AND campaign {ENDED}"),
    ("offered", "until < :before"),
    ("happenings", "at < :before"),
    ("travellers", f"entered_at < :before AND journey {ENDED}"),
)


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
    if keep.campaigns:
        found = _older(settings, "campaigns", CAMPAIGNS, now - keep.campaigns * DAY, delete=False)
        counts["campaigns"] = found["outbox"] + found["assigned"] + found["travellers"]
        counts["campaigns"] += found["offered"]
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
            _erase(settings, ids[start : start + BATCH])
    if keep.surveys:
        _older(settings, "surveys", SURVEYS, now - keep.surveys * DAY, delete=True)
    if keep.feedback:
        _older(settings, "insights", FEEDBACK, now - keep.feedback * DAY, delete=True)
    if keep.campaigns:
        _older(settings, "campaigns", CAMPAIGNS, now - keep.campaigns * DAY, delete=True)
    if any(done.values()):
        compact_all(settings, vacuum=False)
    return done


def _erase(settings: Settings, conversations: Sequence[str]) -> None:
    """Erase conversations, and what campaigns knew of their people by them."""
    person = of_conversations(settings, conversations)
    if not settings.campaigns_db.exists():
        erase_rows(settings, person)
        return
    people = People(settings.campaigns_db, settings.secrets)
    try:
        persons = joined_to(people, conversations)
        erase_rows(settings, person)
        upset_below = settings.shop.assistant.upset_below
        remake(people, persons, settings.transcripts_db, settings.staff_db, upset_below)
    finally:
        people.close()


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
