"""What conversations must meet for staff's filters: conditions in SQL, whose values are bound.

Nothing that staff type gets into the text of a condition. Each function below is for some of the
filters and yields nothing where they are empty.
"""

import time
from collections.abc import Iterator
from typing import Any, NamedTuple

from bot.privacy.vault import Vault
from bot.staff.accounts import Staff
from bot.staff.filters import FLAGS, Bounds, Filters
from bot.transcripts.masking import search_terms
from bot.transcripts.searching import query
from bot.transcripts.summaries import simulated_sql

OPEN_SECONDS = 24 * 3600  # a conversation with the assistant counts as open for a day
IN_WORK = "s.conversation_id IN (SELECT conversation FROM staff.work WHERE {})"
SAID = "s.number IN (SELECT rowid FROM conversation_fts WHERE conversation_fts MATCH ?)"
NUMBERED = "s.number IN (SELECT number FROM conversation_facts WHERE kind = ? AND value = ?)"


class Condition(NamedTuple):
    """A condition on `summaries s`, and the values of its question marks."""

    sql: str
    values: tuple[Any, ...] = ()


def where(
    filters: Filters, person: Staff, bounds: Bounds, vault: Vault, walk: bool = True
) -> tuple[list[str], list[Any]]:
    """All conditions, one at least, and their values in order; `walk`: the latest few are enough."""
    conditions = [
        *_in_view(filters, person),
        *_with_words(filters, vault),
        *_within(filters, bounds),
        *_with_facts(filters, walk),
        *_summarised(filters),
        *_in_hands(filters),
    ]
    sql = [condition.sql for condition in conditions]
    return sql or ["1"], [value for condition in conditions for value in condition.values]


def _in_view(filters: Filters, person: Staff) -> Iterator[Condition]:
    now = time.time()
    if filters.view == "waiting":
        yield Condition(IN_WORK.format("waiting_since IS NOT NULL AND status = 'open'"))
        yield Condition(f"NOT {simulated_sql('s.conversation_id')}")
    elif filters.view == "mine":
        mine = "assignee_id = ? AND status = 'open' AND coalesce(snoozed_until, 0) < ?"
        yield Condition(IN_WORK.format(mine), (person.id, now))
    elif filters.view == "open":
        yield Condition(
            "s.number IN (SELECT number FROM summaries WHERE last_at > ? UNION "
            "SELECT number FROM summaries WHERE conversation_id IN "
            "(SELECT conversation FROM staff.work WHERE status = 'open'))",
            (now - OPEN_SECONDS,),
        )
        done = IN_WORK.format("status = 'resolved' OR snoozed_until > ?")
        yield Condition(f"NOT {done}", (now,))
    elif filters.view == "resolved":
        yield Condition(IN_WORK.format("status = 'resolved'"))


def _with_words(filters: Filters, vault: Vault) -> Iterator[Condition]:
    """Words in what was said, and personal data that was named, by its marks."""
    words, marks, numbers = search_terms(vault, filters.q)
    if words or (filters.q and not marks and not numbers):
        yield Condition(SAID, (query(words),))
    for forms in marks:
        yield Condition(_marked(forms), tuple(sorted(forms)))
    for number, forms in numbers.items():
        yield Condition(f"({SAID} OR {_marked(forms)})", (query(number), *sorted(forms)))


def _marked(forms: set[str]) -> str:
    places = ", ".join("?" * len(forms))
    return f"s.conversation_id IN (SELECT conversation_id FROM marks WHERE mark IN ({places}))"


def _within(filters: Filters, bounds: Bounds) -> Iterator[Condition]:
    if filters.since:
        yield Condition("s.last_at >= ?", (bounds.begins(filters.since),))
    if filters.until:
        yield Condition("s.last_at < ?", (bounds.ends(filters.until),))


def _with_facts(filters: Filters, walk: bool) -> Iterator[Condition]:
    by_time = "+" if walk else ""  # walks by time and looks each one up, instead of sorting all
    for kind, value in (("intent", filters.intent), ("product", filters.product)):
        if value:
            yield Condition(f"{by_time}{NUMBERED}", (kind, value))


def _summarised(filters: Filters) -> Iterator[Condition]:
    for column in ("sentiment", "channel", "language"):
        if value := getattr(filters, column):
            yield Condition(f"s.{column} = ?", (value,))
    for flag in FLAGS:
        if getattr(filters, flag):
            yield Condition(f"s.{flag} = 1")
    if filters.confidence_below:
        yield Condition("s.confidence < ?", (float(filters.confidence_below),))


def _in_hands(filters: Filters) -> Iterator[Condition]:
    """What staff did with it, and surveys that were begun in it."""
    if filters.tag:
        yield Condition(
            "s.conversation_id IN (SELECT conversation FROM staff.tags WHERE tag = ?)",
            (filters.tag,),
        )
    if filters.survey:
        yield Condition(
            "s.conversation_id IN (SELECT conversation_id FROM surveys.runs "
            "WHERE campaign_id = ? AND started_at IS NOT NULL)",
            (filters.survey,),
        )
    if filters.assignee:
        assigned = (
            "assignee_id = (SELECT id FROM staff.staff WHERE login = ? AND removed_at IS NULL)"
        )
        yield Condition(IN_WORK.format(assigned), (filters.assignee,))
