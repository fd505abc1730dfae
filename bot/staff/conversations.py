"""Finding conversations: filters that combine, facets, and full-text search over all that was said.

Reads the summaries of the transcripts with staff.db attached. Thread-bound: one `Finder` a thread.
"""

import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable
from heapq import nlargest
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

from bot.privacy.vault import vault_in
from bot.staff.accounts import Staff
from bot.staff.conditions import where
from bot.staff.filters import FLAGS, BadFilter, Bounds, Filters
from bot.store.db import BUSY_SECONDS
from bot.transcripts.masking import reveal, search_terms
from bot.transcripts.searching import query, shown

PAGE = 50
FACETS = ("sentiment", "channel", "language", *FLAGS, "intent")
SHOWN_VALUES = 12  # of a facet, the most frequent
LATEST = 1000  # conversations over which facets are counted that aren't in the summaries
# Facet -> what counts for it, and the column of the conversation.
BESIDE = {
    "tag": ("SELECT tag AS value, 1 AS n FROM staff.tags", "conversation"),
    "assignee": (
        "SELECT a.login AS value, 1 AS n FROM staff.work w "
        "JOIN staff.staff a ON a.id = w.assignee_id AND a.removed_at IS NULL",
        "w.conversation",
    ),
    "survey": (
        "SELECT campaign_id AS value, 1 AS n FROM "
        "(SELECT DISTINCT campaign_id, conversation_id FROM surveys.runs "
        "WHERE started_at IS NOT NULL AND conversation_id IS NOT NULL)",
        "conversation_id",
    ),
}
MARK, UNMARK = "\x02", "\x03"  # around found words; the page turns them into <mark>
# What deserves a second look: conditions on `messages m`.
REVIEWS = {
    "unsure": "m.sender = 'customer' AND m.confidence < 0.5",
    "thumbs_down": "m.id IN (SELECT r.reply_to FROM customer_events e JOIN messages r "
    "ON r.id = e.message_id WHERE e.kind = 'thumb' AND e.value < 0)",
    "sentiment_drop": "m.sentiment = 'negative' AND m.conversation_id IN "
    "(SELECT conversation_id FROM summaries WHERE trend <= -0.4 ORDER BY number DESC LIMIT 200)",
}
SAME = "lower(trim({0}.text)) || char(31) || {0}.intent"  # said and understood in the same way
STATE = (
    "w.status, w.waiting_since, w.why, w.ticket_at, w.answered_at, w.snoozed_until, w.read_at, "
    "o.name AS owner, a.login AS assignee"
)


class Order(NamedTuple):
    """How a list is sorted: keys in SQL, the way, what comes after a place, and a row's place."""

    keys: tuple[str, ...]
    way: str
    after: str
    place: Callable[[dict[str, Any]], tuple[float, ...]]
    join: str = ""


LATEST_FIRST = Order(
    ("s.last_at", "s.number"), "DESC", "<", lambda row: (row["last_at"], row["number"])
)
FOUND = Order(("s.number",), "DESC", "<", lambda row: (row["number"],))
LONGEST_FIRST = Order(
    ("w.why IS NOT 'danger'", "w.waiting_since", "s.number"), "ASC", ">",
    lambda row: (float(row["why"] != "danger"), row["waiting_since"], row["number"]),
    "JOIN staff.work w ON w.conversation = s.conversation_id",
)  # fmt: skip


class Finder:
    """Lists, counts and shows conversations; one connection, for reading alone."""

    def __init__(self, transcripts_db: Path, staff_db: Path, surveys_db: Path) -> None:
        self._db = sqlite3.connect(f"file:{transcripts_db}?mode=ro", uri=True, timeout=BUSY_SECONDS)
        self._db.row_factory = sqlite3.Row
        for name, path in (("staff", staff_db), ("surveys", surveys_db)):
            self._db.execute(f"ATTACH ? AS {name}", [f"file:{path}?mode=ro"])
        self._vault = vault_in(transcripts_db.parent)
        self._db.execute("PRAGMA cache_size = -64000")
        self._sets: dict[int, frozenset[tuple[str, str]]] = {}

    def close(self) -> None:
        """Close the connection."""
        self._db.close()

    def page(
        self, filters: Filters, person: Staff, bounds: Bounds, before: str = ""
    ) -> list[dict[str, Any]]:
        """A page of conversations after the `cursor` of the last one, latest first; who waits: who may
        be in danger, and then who waits longest."""
        conditions, values = where(filters, person, bounds, self._vault)
        order = FOUND if filters.q else LONGEST_FIRST if filters.view == "waiting" else LATEST_FIRST
        if before:
            places = ", ".join("?" * len(order.keys))
            conditions.append(f"({', '.join(order.keys)}) {order.after} ({places})")
            values += _cursor(before, len(order.keys))
        sorted_by = f"ORDER BY {', '.join(f'{key} {order.way}' for key in order.keys)}"
        rows = self._rows(
            f"SELECT s.*, p.first_text, p.last_text, p.last_sender, {STATE} FROM "
            f"(SELECT s.* FROM summaries s {order.join} WHERE {' AND '.join(conditions)} "
            f"{sorted_by} LIMIT {PAGE}) s "
            "JOIN previews p ON p.number = s.number "
            "LEFT JOIN staff.work w ON w.conversation = s.conversation_id "
            "LEFT JOIN staff.staff o ON o.id = w.owner_id "
            f"LEFT JOIN staff.staff a ON a.id = w.assignee_id {sorted_by}",
            values,
        )
        for row in rows:
            row["cursor"] = ":".join(repr(value) for value in order.place(row))
            row["tags"] = self._tags(row["conversation_id"]) if row["status"] else []
            row["unread"] = bool(
                row["status"] == "open" and (row["last_customer_at"] or 0) > (row["read_at"] or 0)
            )
        if filters.q:
            self._add_snippets(rows, filters.q)
        return rows

    def facets(self, filters: Filters, person: Staff, bounds: Bounds) -> dict[str, Any]:
        """How many conversations meet the filters: `total`, and by the values of each facet.

        Products are counted over the `of` latest of them, and with any filter tags, assignees and
        surveys, too.
        """
        counts: dict[str, Any] = {name: Counter() for name in FACETS}
        total, sets, latest = self._found(filters, person, bounds)
        for number, n in sets:
            for name, value in self._marks(number):
                counts[name][value] += n
        counts = {name: dict(counts[name].most_common(SHOWN_VALUES)) for name in FACETS}
        counts["total"] = total
        for name, (sql, conversation) in BESIDE.items():
            looked_at = (
                f"{conversation} IN (SELECT value ->> 0 FROM latest)" if filters.query() else "1"
            )
            counts[name] = self._counted(f"{sql} WHERE {looked_at}", latest)
        counts["product"] = self._counted(
            "SELECT f.value, 1 AS n FROM latest CROSS JOIN conversation_facts f "
            "ON f.number = latest.value ->> 1 AND f.kind = 'product'",
            latest,
        )
        counts["of"] = min(total, LATEST)
        return counts

    def _found(
        self, filters: Filters, person: Staff, bounds: Bounds
    ) -> tuple[int, Iterable[tuple[int, int]], str]:
        """How many conversations are found; facet sets with how many of them have each; and the
        latest, as JSON: [id, number] of each."""
        marked = {name: value for name, value in filters.query().items() if name in FACETS}
        if marked.keys() == filters.query().keys():  # the sets themselves say what is found
            wanted = set(marked.items())
            rows = self._db.execute("SELECT id, n FROM facet_sets WHERE n > 0")
            sets = [tuple(row) for row in rows if wanted <= self._marks(row[0])]
            conditions, values = where(filters, person, bounds, self._vault)
            latest = f"{' AND '.join(conditions)} ORDER BY last_at DESC LIMIT {LATEST}"
            return sum(n for _, n in sets), sets, self._named(latest, values)
        conditions, values = where(filters, person, bounds, self._vault, walk=False)
        cursor = self._db.cursor()
        cursor.row_factory = None  # plain tuples: there may be very many
        sql = f"SELECT number, facet_set, last_at FROM summaries s WHERE {' AND '.join(conditions)}"
        if filters.q:  # found in this order anyway
            sql += " ORDER BY s.number"
        rows = cursor.execute(sql, values).fetchall()
        newest = rows[-LATEST:] if filters.q else nlargest(LATEST, rows, key=itemgetter(2))
        numbers = json.dumps([row[0] for row in newest])
        latest = self._named("number IN (SELECT value FROM json_each(?))", [numbers])
        return len(rows), Counter(map(itemgetter(1), rows)).items(), latest

    def _named(self, where: str, values: list[Any]) -> str:
        sql = f"SELECT conversation_id, number FROM summaries s WHERE {where}"
        return json.dumps([tuple(row) for row in self._db.execute(sql, values)])

    def _counted(self, sql: str, latest: str) -> dict[str, int]:
        """How often each value comes; `latest` can be asked as a table."""
        rows = self._rows(
            f"WITH latest AS (SELECT value FROM json_each(?)), x AS ({sql}) "
            "SELECT value, sum(n) AS n FROM x GROUP BY value ORDER BY 2 DESC, 1 LIMIT ?",
            [latest, SHOWN_VALUES],
        )
        return {row["value"]: row["n"] for row in rows}

    def _marks(self, number: int) -> frozenset[tuple[str, str]]:
        """What a facet set counts for: (facet, value). A set never changes, so it is kept."""
        if number not in self._sets:
            rows = self._db.execute("SELECT id, marks FROM facet_sets")
            self._sets = {
                row[0]: frozenset(
                    (name, value)
                    for name, _, value in (mark.partition("=") for mark in row[1].split("\n"))
                    if name
                )
                for row in rows
            }
        return self._sets[number]

    def ids(self, filters: Filters, person: Staff, bounds: Bounds, limit: int) -> list[str]:
        """The conversations that meet the filters, latest first."""
        conditions, values = where(filters, person, bounds, self._vault)
        rows = self._rows(
            f"SELECT conversation_id FROM summaries s WHERE {' AND '.join(conditions)} "
            "ORDER BY last_at DESC LIMIT ?",
            [*values, limit],
        )
        return [row["conversation_id"] for row in rows]

    def one(self, conversation: str) -> dict[str, Any] | None:
        """The summary of a conversation, None when there is none."""
        rows = self._rows("SELECT * FROM summaries WHERE conversation_id = ?", [conversation])
        return rows[0] if rows else None

    def messages(self, conversation: str, originals: bool = False) -> list[dict[str, Any]]:
        """All that was said, oldest first, with the products shown; masked unless `originals`."""
        rows = self._rows(
            "SELECT * FROM messages WHERE conversation_id = ? ORDER BY at, rowid", [conversation]
        )
        if originals:
            rows = [reveal(self._vault, row) for row in rows]
        shown: dict[str, list[dict[str, Any]]] = {}
        for row in self._rows(
            "SELECT p.* FROM messages m JOIN products_shown p ON p.message_id = m.id "
            "WHERE m.conversation_id = ? ORDER BY p.position",
            [conversation],
        ):
            shown.setdefault(row["message_id"], []).append(row)
        return [{**row, "products": shown.get(row["id"], [])} for row in rows]

    def events(self, conversation: str, originals: bool = False) -> list[dict[str, Any]]:
        """What the customer did apart from messages, oldest first; masked unless `originals`."""
        sql = "SELECT * FROM customer_events WHERE conversation_id = ? ORDER BY at"
        rows = self._rows(sql, [conversation])
        return [reveal(self._vault, row) for row in rows] if originals else rows

    def actions(self, conversation: str) -> list[dict[str, Any]]:
        """What the assistant did, oldest first."""
        sql = "SELECT * FROM actions_taken WHERE conversation_id = ? ORDER BY at"
        return self._rows(sql, [conversation])

    def searches(self, conversation: str) -> list[dict[str, Any]]:
        """What the assistant looked for in the catalogue, oldest first."""
        return self._rows(
            "SELECT * FROM searches WHERE conversation_id = ? ORDER BY at, id", [conversation]
        )

    def meant(self, conversation: str) -> list[dict[str, Any]]:
        """Which products messages were about."""
        return self._rows(
            "SELECT reply_to, sku FROM products_meant WHERE conversation_id = ? ORDER BY at, sku",
            [conversation],
        )

    def same_person(self, conversation: str) -> list[dict[str, Any]]:
        """Earlier conversations in which the same email address was given, latest first; of real ones
        with real ones, of simulated ones with simulated ones."""
        return self._rows(
            "SELECT s.conversation_id, s.last_at, p.first_text, s.sentiment FROM summaries s "
            "JOIN previews p ON p.number = s.number WHERE s.conversation_id IN "
            "(SELECT o.conversation_id FROM marks m JOIN marks o ON o.mark = m.mark "
            "WHERE m.conversation_id = :this AND m.kind = 'email' AND o.kind = 'email') "
            "AND s.generated = (SELECT generated FROM summaries WHERE conversation_id = :this) "
            "AND s.conversation_id != :this ORDER BY s.number DESC LIMIT 10",
            {"this": conversation},
        )

    def email_count(self, conversation: str) -> int:
        """How many addresses the customer named."""
        sql = "SELECT count(DISTINCT mark) FROM marks WHERE conversation_id = ? AND kind = 'email'"
        return self._db.execute(sql, [conversation]).fetchone()[0]

    def message(self, message_id: str) -> dict[str, Any] | None:
        """One message, None when there is none."""
        rows = self._rows("SELECT * FROM messages WHERE id = ?", [message_id])
        return rows[0] if rows else None

    def to_review(self, kind: str, limit: int) -> list[dict[str, Any]]:
        """Customers' messages that nobody reviewed yet, latest first; `kind` is one of REVIEWS.

        What was said and understood in the same way is one row, the latest, with how many `times`;
        none of it comes again when one of them was reviewed.
        """
        return self._rows(
            f"SELECT m.*, count(*) AS times, max(m.at) FROM messages m WHERE {REVIEWS[kind]} "
            "AND m.sender = 'customer' AND m.text != '' AND m.intent IS NOT NULL "
            "AND m.id NOT IN (SELECT message_id FROM staff.reviews) "
            f"AND {SAME.format('m')} NOT IN (SELECT {SAME.format('o')} FROM staff.reviews r "
            "JOIN messages o ON o.id = r.message_id) "
            f"GROUP BY {SAME.format('m')} ORDER BY max(m.at) DESC LIMIT ?",
            [limit],
        )

    def _tags(self, conversation: str) -> list[str]:
        sql = "SELECT tag FROM staff.tags WHERE conversation = ? ORDER BY tag"
        return [row["tag"] for row in self._rows(sql, [conversation])]

    def _add_snippets(self, rows: list[dict[str, Any]], text: str) -> None:
        words = search_terms(self._vault, text).as_said
        if not rows or not words:
            return
        numbers = [row["number"] for row in rows]
        # The bounds spare FTS5 the rest of its list, the + keeps it from one search for each row.
        found = self._rows(
            f"SELECT rowid, snippet(conversation_fts, 0, '{MARK}', '{UNMARK}', '…', 14) AS words "
            "FROM conversation_fts WHERE conversation_fts MATCH ? AND rowid BETWEEN ? AND ? "
            f"AND +rowid IN ({', '.join('?' * len(numbers))})",
            [query(words), min(numbers), max(numbers), *numbers],
        )
        snippets = {row["rowid"]: shown(row["words"]) for row in found}
        for row in rows:
            row["snippet"] = snippets.get(row["number"], "")

    def _rows(self, sql: str, values: list[Any] | dict[str, Any]) -> list[dict[str, Any]]:
        return [dict(row) for row in self._db.execute(sql, values)]


def _cursor(text: str, parts: int) -> list[float]:
    try:
        values = [float(part) for part in text.split(":")]
        if len(values) != parts:
            raise ValueError(text)
    except ValueError as error:
        raise BadFilter("This page's address is damaged; open the list again.") from error
    return values
