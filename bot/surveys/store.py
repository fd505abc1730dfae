"""The surveys' database: who was asked, what was answered, and the campaigns' texts.

An anonymous run has no person, no conversation, and times of a whole day only; its tables have no
row numbers that would tell the order. That a person was asked is kept apart, in `contacts`.
"""

import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from bot.errors import NotFound
from bot.privacy.vault import vault_of
from bot.store.columns import read
from bot.store.db import open_database
from bot.surveys.anonymity import due
from bot.surveys.records import Contact, Given, Run
from bot.surveys.schema import migrations
from bot.surveys.texts import CampaignTexts
from bot.transcripts.summaries import SIMULATED

DAY = 86_400
VALUE = ("surveys", "answers", "value")


class SurveyStore:
    """Small synchronous steps, each one transaction; several processes may hold one.

    `texts` has the campaigns themselves.
    """

    def __init__(self, path: Path) -> None:
        self._db = open_database(path, migrations)
        self.texts = CampaignTexts(self._db)
        self._vault = vault_of(self._db.conn)
        self._latest: tuple[tuple, list[Run]] | None = None

    def close(self) -> None:
        """Close the database."""
        self._db.close()

    # --- a person's way through a campaign ---

    def open_run(
        self,
        campaign: str,
        version: int,
        way: str,
        now: float,
        *,
        person: str = "",
        conversation: str = "",
        segments: Mapping[str, str] | None = None,
        anonymous: bool = False,
        run_id: str = "",
        simulated: bool = False,
    ) -> str:
        """A run that is shown now; returns its id. The same `run_id` again changes nothing."""
        run_id = run_id or secrets.token_hex(12)
        kept = {} if anonymous else dict(segments or {})
        with self._db.atomic():
            self._run(
                "INSERT INTO runs (id, campaign_id, version, way, person, conversation_id, segments, "
                "shown_at, anonymous, simulated) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
                "ON CONFLICT (id) DO NOTHING",
                run_id, campaign, version, way, None if anonymous else person or None,
                None if anonymous else conversation or None, json.dumps(kept, ensure_ascii=False),
                _whole_day(now) if anonymous else now, anonymous, simulated,
            )  # fmt: skip
        return run_id

    def run(self, run_id: str) -> Run:
        """A run with its answers. Raises NotFound."""
        found = list(self._runs("r.id = ?", [run_id]))
        if not found:
            raise NotFound(f"There is no run {run_id!r}.")
        return found[0]

    def runs(
        self,
        campaign: str,
        *,
        version: int = 0,
        since: float = 0,
        until: float = 0,
        simulated: bool | None = None,
    ) -> list[Run]:
        """The runs of a campaign, oldest first; of one version, between two times, real or not.

        What was asked for last is remembered until the database changes: a page of results asks for
        the same runs many times. So the list isn't the caller's to change.
        """
        asked_for = (campaign, version, since, until, simulated, self._point())
        if self._latest and self._latest[0] == asked_for:
            return self._latest[1]
        where: str = "r.campaign_id = ?"
        values: list[Any] = [campaign]
        if simulated is not None:
            where, values = f"{where} AND r.simulated = ?", [*values, simulated]
        if version:
            where, values = f"{where} AND r.version = ?", [*values, version]
        if since:
            where, values = f"{where} AND r.shown_at >= ?", [*values, since]
        if until:
            where, values = f"{where} AND r.shown_at < ?", [*values, until]
        found = list(self._runs(where, values))
        self._latest = asked_for, found
        return found

    def note_asked(self, run_id: str, question: str, now: float) -> None:
        """A question was put; only the first time counts."""
        self._write(
            "INSERT INTO asked VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            run_id, question, self._moment(run_id, now),
        )  # fmt: skip

    def answer(
        self,
        run_id: str,
        question: str,
        value: Any,
        now: float,
        *,
        sentiment: str | None = None,
        score: float | None = None,
        own_words: bool = True,
    ) -> None:
        """Keep an answer, or None for a skipped question; a later one takes its place.

        It is sealed when it is in the person's `own_words`, and not one of a question's options.
        """
        at, kept = self._moment(run_id, now), json.dumps(value, ensure_ascii=False)
        kept = self._vault.seal(kept) if own_words else kept
        with self._db.atomic():
            self._run(
                "INSERT INTO answers (run_id, question_id, value, at, sentiment, sentiment_score, "
                "sealed) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (run_id, question_id) "
                "DO UPDATE SET value = excluded.value, at = excluded.at, sealed = excluded.sealed, "
                "sentiment = excluded.sentiment, sentiment_score = excluded.sentiment_score",
                run_id, question, kept, at, sentiment, score, own_words,
            )  # fmt: skip
            self._run(
                "UPDATE runs SET started_at = coalesce(started_at, ?) WHERE id = ?", at, run_id
            )

    def keep_answers(self, run_id: str, questions: Sequence[str]) -> None:
        """Take away the answers that are off the way, after an earlier one was changed."""
        marks = ", ".join("?" for _ in questions) or "NULL"
        with self._db.atomic():
            for table in ("answers", "asked"):
                self._run(
                    f"DELETE FROM {table} WHERE run_id = ? AND question_id NOT IN ({marks})",
                    run_id, *questions,
                )  # fmt: skip

    def dismiss(self, run_id: str, now: float) -> None:
        """The person doesn't want to go on; what was answered stays."""
        self._write(
            "UPDATE runs SET dismissed_at = ? WHERE id = ? AND completed_at IS NULL",
            self._moment(run_id, now), run_id,
        )  # fmt: skip

    def complete(
        self, run_id: str, now: float, quota: int | None, seconds: float | None = None
    ) -> bool:
        """The last question is answered; returns whether it counts within the quota.

        The quota is checked in the statement that completes: of two people who end at the same
        moment only one gets the last place. What comes too late is kept, marked over_quota.
        `seconds` is the time it took where the database may not know (anonymous runs).
        """
        at = self._moment(run_id, now)  # read before the transaction, which begins with a write
        with self._db.atomic():
            self._run(
                "UPDATE runs SET completed_at = :at, dismissed_at = NULL, "
                "seconds = coalesce(:seconds, iif(anonymous, NULL, :at - shown_at)), "
                "over_quota = :quota IS NOT NULL AND (SELECT count(*) FROM runs c WHERE "
                "c.campaign_id = runs.campaign_id AND c.completed_at IS NOT NULL "
                "AND NOT c.over_quota AND NOT c.simulated) >= :quota WHERE id = :id AND completed_at IS NULL",
                at=at, seconds=seconds, quota=quota, id=run_id,
            )  # fmt: skip
        row = self._one("SELECT over_quota FROM runs WHERE id = ?", run_id)
        return bool(row) and not row["over_quota"]

    def feel_later(self, run_id: str, question: str) -> None:
        """An open answer's sentiment is still to be read."""
        self._write("INSERT OR IGNORE INTO unfelt VALUES (?, ?)", run_id, question)

    def unfelt(self, limit: int = 50) -> list[tuple[str, str]]:
        """Run and question of open answers whose sentiment is still to be read."""
        rows = self._db.query("SELECT run_id, question_id FROM unfelt LIMIT ?", [limit])
        return [(row["run_id"], row["question_id"]) for row in rows]

    def felt(self, run_id: str, question: str) -> None:
        """The sentiment of an open answer was read, or never can be."""
        self._write("DELETE FROM unfelt WHERE run_id = ? AND question_id = ?", run_id, question)

    def tag_sentiment(self, run_id: str, question: str, sentiment: str, score: float) -> None:
        """Add the sentiment of an open answer."""
        self._write(
            "UPDATE answers SET sentiment = ?, sentiment_score = ? "
            "WHERE run_id = ? AND question_id = ?",
            sentiment, score, run_id, question,
        )  # fmt: skip

    def let_out(self, campaign: str, now: float) -> None:
        """Let out the answers of an anonymous campaign that five have given since the last time."""
        with self._db.atomic():
            for run_id, question, batch in due(self.runs(campaign), now):
                self._run(
                    "UPDATE answers SET batch = ? WHERE run_id = ? AND question_id = ? "
                    "AND batch IS NULL",
                    batch, run_id, question,
                )  # fmt: skip

    # --- who was asked ---

    def contacted(self, person: str, campaign: str, now: float, never: bool = False) -> None:
        """A person was asked, or (`never`) wants to be left alone from now on."""
        self._write(
            "INSERT INTO contacts VALUES (?, ?, ?, ?) ON CONFLICT (person, campaign_id, at) "
            "DO UPDATE SET never = max(never, excluded.never)",
            person, campaign, now, never,
        )  # fmt: skip

    def contact(self, person: str, campaign: str, *also: str) -> Contact:
        """When a person was asked last, by any campaign and by this one; and its counts.

        `also` are other keys of the same person: a conversation of somebody whom the shop knows.
        """
        row = self._one(
            "SELECT max(at) AS last_any, max(iif(campaign_id = ?, at, NULL)) AS last_this, "
            "coalesce(max(never), 0) AS never FROM contacts "
            "WHERE person IN (SELECT value FROM json_each(?))",
            campaign, json.dumps([person, *also]),
        ) or {}  # fmt: skip
        return Contact(
            last_any=row.get("last_any"),
            last_this=row.get("last_this"),
            never=bool(row.get("never")),
            asked=self.invited(campaign),
            completed=self.completed(campaign),
        )

    def completed(self, campaign: str) -> int:
        """How many people (not simulated ones) completed a campaign within its quota."""
        row = self._one(
            "SELECT count(*) AS n FROM runs WHERE campaign_id = ? AND completed_at IS NOT NULL "
            "AND NOT over_quota AND NOT simulated",
            campaign,
        )
        return row["n"] if row else 0

    def has_simulated(self, campaign: str) -> bool:
        """Whether a simulator answered a campaign."""
        sql = "SELECT 1 FROM runs WHERE campaign_id = ? AND simulated LIMIT 1"
        return self._one(sql, campaign) is not None

    def invited(self, campaign: str, simulated: bool = False) -> int:
        """How often the assistant asked a person, or a simulated one."""
        row = self._one(
            "SELECT count(*) AS n FROM contacts WHERE campaign_id = ? AND NOT never "
            "AND (substr(person, 1, ?) = ?) = ?",
            campaign, len(SIMULATED), SIMULATED, simulated,
        )  # fmt: skip
        return row["n"] if row else 0

    # --- alerts ---

    def alert(self, run_id: str, question: str, value: float, now: float) -> None:
        """Note a low score for staff; once for each run and question."""
        self._write(
            "INSERT INTO alerts VALUES (?, ?, ?, ?, NULL) ON CONFLICT DO NOTHING",
            run_id, question, value, self._moment(run_id, now),
        )  # fmt: skip

    def alerts(self, unseen: bool = True, limit: int = 200) -> list[dict[str, Any]]:
        """Low scores, newest first: campaign, question, value, at, conversation (or None), run."""
        return list(
            self._db.query(
                "SELECT r.campaign_id AS campaign, a.question_id AS question, a.value, a.at, "
                "r.conversation_id AS conversation, a.run_id AS run, a.seen_at FROM alerts a "
                "JOIN runs r ON r.id = a.run_id AND NOT r.simulated "
                f"{'WHERE a.seen_at IS NULL ' if unseen else ''}ORDER BY a.at DESC LIMIT ?",
                [limit],
            )
        )

    def alerts_left(self) -> int:
        """How many low scores nobody ticked off."""
        return self._db.execute(
            "SELECT count(*) FROM alerts a JOIN runs r ON r.id = a.run_id AND NOT r.simulated "
            "WHERE a.seen_at IS NULL"
        ).fetchone()[0]

    def alert_seen(self, run_id: str, question: str, now: float) -> None:
        """Somebody looked at a low score."""
        self._write(
            "UPDATE alerts SET seen_at = ? WHERE run_id = ? AND question_id = ?",
            now, run_id, question,
        )  # fmt: skip

    def forget(self, person: str, conversation: str = "") -> int:
        """Remove all that leads to a person or conversation; returns how many runs that were."""
        ids = [
            row["id"]
            for row in self._db.query(
                "SELECT id FROM runs WHERE person = ? OR conversation_id = ?",
                [person, conversation or person],
            )
        ]
        with self._db.atomic():
            for run_id in ids:
                for table in ("alerts", "answers", "asked", "unfelt"):
                    self._run(f"DELETE FROM {table} WHERE run_id = ?", run_id)
                self._run("DELETE FROM runs WHERE id = ?", run_id)
            self._run("DELETE FROM contacts WHERE person = ? AND NOT never", person)
        return len(ids)

    def _runs(self, where: str, values: Sequence[Any]) -> Iterator[Run]:
        parsed, rows = lru_cache(maxsize=10_000)(json.loads), self._db.conn.execute
        asked: dict[str, list[str]] = {}
        for run_id, question in rows(
            "SELECT a.run_id, a.question_id FROM asked a JOIN runs r ON r.id = a.run_id "
            f"WHERE {where}",
            values,
        ):
            asked.setdefault(run_id, []).append(question)
        answers: dict[str, dict[str, Given]] = {}
        for run_id, question, value, sealed, at, sentiment, score, batch in rows(
            "SELECT a.run_id, a.question_id, a.value, a.sealed, a.at, a.sentiment, "
            "a.sentiment_score, a.batch "
            f"FROM answers a JOIN runs r ON r.id = a.run_id WHERE {where}",
            values,
        ):
            clear = read(self._vault, VALUE, {"value": value, "sealed": sealed})
            given = Given(parsed(clear), at, sentiment, score, batch)
            answers.setdefault(run_id, {})[question] = given
        for row in self._db.query(
            "SELECT id, campaign_id, version, way, person, conversation_id, segments, shown_at, "
            "started_at, dismissed_at, completed_at, seconds, over_quota, anonymous, simulated "
            f"FROM runs r WHERE {where} ORDER BY r.shown_at, r.id",
            values,
        ):
            yield Run(
                id=row["id"],
                campaign=row["campaign_id"],
                version=row["version"],
                way=row["way"],
                person=row["person"],
                conversation=row["conversation_id"],
                segments=parsed(row["segments"]),
                shown_at=row["shown_at"],
                started_at=row["started_at"],
                dismissed_at=row["dismissed_at"],
                completed_at=row["completed_at"],
                seconds=row["seconds"],
                over_quota=bool(row["over_quota"]),
                anonymous=bool(row["anonymous"]),
                simulated=bool(row["simulated"]),
                asked=asked.get(row["id"], ()),
                answers=answers.get(row["id"], {}),
            )

    def _run(self, sql: str, *values: Any, **named: Any) -> None:
        self._db.conn.execute(sql, named or values)

    def _write(self, sql: str, *values: Any) -> None:
        with self._db.atomic():
            self._run(sql, *values)

    def _point(self) -> tuple[int, int]:
        """Another one after each change, of this connection or of any other."""
        seen = self._db.conn.execute("PRAGMA data_version").fetchone()[0]
        return seen, self._db.conn.total_changes

    def _moment(self, run_id: str, now: float) -> float:
        """The time to keep: now, or the day when the run is anonymous."""
        row = self._one("SELECT anonymous FROM runs WHERE id = ?", run_id)
        return _whole_day(now) if row and row["anonymous"] else now

    def _one(self, sql: str, *values: Any) -> dict[str, Any] | None:
        return next(iter(self._db.query(sql, values)), None)


def _whole_day(at: float) -> float:
    """The start of the day (UTC) of a time."""
    return float(at // DAY * DAY)
