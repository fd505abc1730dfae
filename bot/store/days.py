"""Rows counted by the shop's days, so that a page over a year reads no single row.

Triggers keep the counts in the transaction that changes a row: they always add up to the rows that
are there, however often those are written, and after an erasure, too. Which day a moment belongs to
stands in `clock`, a table of the time zone's changes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlite_utils import Database

DAY = 86_400
STEPS = 10_000  # scores are added up in whole steps, so that what is taken away leaves nothing
FIRST_YEAR, LAST_YEAR = 2000, 2100


@dataclass(frozen=True)
class Tally:
    """A table of counts: `n` rows a day and key, those with a score, its total and its squares.

    `keys` are columns of `counted` that must not be NULL in the tally, by what stands for NULL;
    `simulated` is one for conversations that no person had. Scores are in `STEPS`.
    """

    table: str
    counted: str
    keys: Mapping[str, str]
    where: str = "1"  # with {r} for the row

    def make(self, database: Database) -> None:
        """Make the table and its triggers; days are those of UTC until `set_zone`."""
        run, names = database.conn.execute, ", ".join(self.keys)
        run("CREATE TABLE IF NOT EXISTS clock (until REAL PRIMARY KEY, ahead INTEGER, zone TEXT)")
        run(
            f"CREATE TABLE {self.table} (day INTEGER, simulated INTEGER, {names}, n INTEGER, "
            "scored INTEGER, total INTEGER, squares INTEGER, "
            f"PRIMARY KEY (day, simulated, {names})) WITHOUT ROWID"
        )
        for event, steps in (
            ("INSERT", self._added()),
            ("DELETE", self._taken()),
            (f"UPDATE OF {', '.join(self._columns())}", self._taken() + self._added()),
        ):
            name = f"{self.table}_{event.split()[0].lower()}"
            run(f"CREATE TRIGGER {name} AFTER {event} ON {self.counted} BEGIN {steps} END")
        self.recount(database)

    def recount(self, database: Database) -> None:
        """Count everything anew; the caller holds the transaction."""
        score = _score("r")
        database.conn.execute(f"DELETE FROM {self.table}")
        database.conn.execute(
            f"INSERT INTO {self.table} SELECT {self._key('r')}, count(*), count(r.sentiment_score), "
            f"sum({score}), sum({score} * {score}) FROM {self.counted} r "
            f"WHERE {self.where.format(r='r')} GROUP BY {self._grouped()}"
        )

    def _key(self, r: str) -> str:
        ahead = f"(SELECT ahead FROM clock WHERE until > {r}.at ORDER BY until LIMIT 1)"
        keys = [f"coalesce({r}.{column}, {none})" for column, none in self.keys.items()]
        day = f"CAST(({r}.at + coalesce({ahead}, 0)) / {DAY} AS INTEGER)"
        return ", ".join([day, f"{r}.conversation_id GLOB 'simulated-*'", *keys])

    def _columns(self) -> list[str]:
        extra = ["sender"] if "sender" in self.where else []
        return ["at", "conversation_id", "sentiment_score", *self.keys, *extra]

    def _grouped(self) -> str:
        return ", ".join(str(i + 1) for i in range(2 + len(self.keys)))

    def _added(self) -> str:
        score = _score("NEW")
        return (
            f"INSERT INTO {self.table} SELECT {self._key('NEW')}, 1, "
            f"NEW.sentiment_score IS NOT NULL, {score}, {score} * {score} "
            f"WHERE {self.where.format(r='NEW')} ON CONFLICT DO UPDATE SET n = n + 1, "
            "scored = scored + excluded.scored, total = total + excluded.total, "
            "squares = squares + excluded.squares;"
        )

    def _taken(self) -> str:
        score, keys = _score("OLD"), ", ".join(["day", "simulated", *self.keys])
        same = f"{self.where.format(r='OLD')} AND ({keys}) = ({self._key('OLD')})"
        return (
            f"UPDATE {self.table} SET n = n - 1, scored = scored - (OLD.sentiment_score IS NOT NULL), "
            f"total = total - {score}, squares = squares - {score} * {score} WHERE {same}; "
            f"DELETE FROM {self.table} WHERE n = 0 AND {same};"
        )


def _score(r: str) -> str:
    return f"CAST(round(coalesce({r}.sentiment_score, 0) * {STEPS}) AS INTEGER)"


MESSAGES = Tally(
    "message_days",
    "messages",
    {"intent": "''", "model_version": "''", "sentiment": "''"},
    "{r}.sender = 'customer'",
)
TOPICS = Tally("topic_days", "topic_texts", {"source": "''", "topic": "0"})


def set_zone(database: Database, timezone: str, tally: Tally) -> None:
    """Count by the days of a time zone; everything anew when it is another than before."""
    row = database.conn.execute("SELECT zone FROM clock LIMIT 1").fetchone()
    if row and row[0] == timezone:
        return
    with database.atomic():
        database.conn.execute("DELETE FROM clock")
        first, last = (datetime(year, 1, 1).timestamp() for year in (FIRST_YEAR, LAST_YEAR))
        rows = [(until, ahead, timezone) for until, ahead in offsets(first, last, timezone)]
        database.conn.executemany("INSERT INTO clock VALUES (?, ?, ?)", rows)
        tally.recount(database)


def offsets(since: float, until: float, timezone: str) -> list[tuple[float, int]]:
    """How far a clock is ahead of UTC, in seconds, and until when it is so; clocks change twice a
    year, on a whole quarter of an hour."""
    zone = ZoneInfo(timezone)

    def ahead(at: float) -> int:
        shift = datetime.fromtimestamp(at, zone).utcoffset()
        return int(shift.total_seconds()) if shift else 0

    found: list[tuple[float, int]] = []
    at = since
    while at < until:
        later = min(at + 30 * DAY, until)
        if ahead(at) != ahead(later):
            low, high = at, later
            while high - low > 1:
                middle = (low + high) / 2
                low, high = (middle, high) if ahead(middle) == ahead(at) else (low, middle)
            found.append((round(high / 900) * 900.0, ahead(at)))
        at = later
    return [*found, (until, ahead(until))]
