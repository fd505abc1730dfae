"""Feedback from elsewhere: reviews, tickets, social posts, from CSV, JSON or JSON Lines."""

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, tzinfo
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from sqlite_utils import Database

from bot.errors import ConfigError
from bot.insights.feedback_cells import Dates, Order, order_of, rating
from bot.insights.scope import Scope, Source
from bot.insights.topic_book import Read
from bot.privacy import mask
from bot.sentiment import Sentiment
from bot.statistics import Mean, Share, mean, share
from bot.store.db import open_readonly
from bot.surveys.store import SurveyStore
from recommender.catalogue.importers.formats import key
from recommender.catalogue.importers.rows import read_table
from recommender.catalogue.importers.source import read_source
from recommender.errors import ImportFailed

MAX_TEXT = 5000
BATCH = 500
SURVEY = "survey"  # the source of open answers to surveys


@dataclass(frozen=True)
class Imported:
    """What an import did, and what it left out with the line and the reason."""

    added: int
    known: int
    left_out: list[str]


@dataclass(frozen=True)
class SourceLine:
    """One source of feedback in a span."""

    source: str
    texts: int
    sentiment: Mean
    unhappy: Share
    rating: Mean


def read_file(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Rows with their line or number; the encoding and the separator of a CSV are found.

    Raises ConfigError when the file is no table.
    """
    kind = path.suffix.lower()
    try:
        read = read_source(path)
        if read.sheet or kind in (".csv", ".tsv"):
            yield from (read.sheet or read_table(read.text))[1]
            return
    except ImportFailed as error:
        raise ConfigError(str(error)) from error
    content = read.text
    if kind in (".jsonl", ".ndjson"):
        for number, line in enumerate(content.splitlines(), start=1):
            if line.strip():
                yield number, _object(path, number, line)
    elif kind == ".json":
        try:
            rows = json.loads(content)
        except ValueError as error:
            raise ConfigError(f"{path} is not JSON: {error}.") from error
        if isinstance(rows, dict):
            rows = next((value for value in rows.values() if isinstance(value, list)), None)
        if not isinstance(rows, list):
            raise ConfigError(f"{path} holds no list of entries.")
        for number, row in enumerate(rows, start=1):
            yield number, row if isinstance(row, dict) else {}
    else:
        raise ConfigError(f"{path.name}: a file is .csv, .tsv, .xlsx, .json or .jsonl.")


def ingest(
    database: Database,
    path: Path,
    name: str,
    analyse: Callable[[list[str]], list[Sentiment]],
    now: float = 0,
    zone: tzinfo = UTC,
    first: Order = "",
) -> Imported:
    """Add the entries of a file to a source, each with its sentiment; again adds nothing twice.

    Dates without a zone are by the shop's; `first` says whether days or months come first in those
    with slashes, where the file doesn't. Texts are masked before they are kept. All in one
    transaction. Raises ConfigError when no column holds texts, or when dates have two meanings.
    """
    now = now or time.time()
    rows, left_out = [], []
    entries = [
        (number, {key(str(k)): v for k, v in row.items() if k}) for number, row in read_file(path)
    ]
    dates = Dates(zone, order_of((_field(row, "at") for _, row in entries), first))
    for number, row in entries:
        try:
            rows.append(_entry(row, name, now, dates))
        except ValueError as error:
            left_out.append(f"entry {number}: {error}")
    if not rows:
        raise ConfigError(
            f"{path} has no entry with a text.",
            f"One column must be called one of {', '.join(_columns()['text'])}.",
        )
    known = {
        row["id"] for row in database.query("SELECT id FROM feedback WHERE source = ?", [name])
    }
    fresh = list({row["id"]: row for row in rows if row["id"] not in known}.values())
    feelings: list[Sentiment] = []
    for start in range(0, len(fresh), BATCH):
        feelings += analyse([row["text"] for row in fresh[start : start + BATCH]])
    with database.atomic():
        database.table("feedback").insert_all(
            {**row, "sentiment": felt.label, "sentiment_score": felt.score}
            for row, felt in zip(fresh, feelings, strict=True)
        )
    return Imported(len(fresh), len(rows) - len(fresh), left_out)


def take_over_surveys(database: Database, surveys_db: Path) -> int:
    """Make the source "survey" hold the open answers of surveys, masked; returns how many.

    Simulated ones stay out, and an answer that was erased there goes here as well. Those of
    anonymous surveys come when they are let out there, some together.
    """
    rows: list[dict[str, Any]] = []
    if surveys_db.exists():
        store = SurveyStore(surveys_db)
        for name in store.texts.names():
            store.let_out(name, time.time())
        store.close()
        surveys = open_readonly(surveys_db)
        answers = surveys.query(
            "SELECT a.run_id || ':' || a.question_id AS id, a.at, "
            "iif(a.sealed, unseal(a.value), a.value) AS value, a.sentiment, "
            "a.sentiment_score FROM answers a JOIN runs r ON r.id = a.run_id "
            "WHERE a.sentiment IS NOT NULL AND NOT r.simulated "
            "AND (a.batch IS NOT NULL OR NOT r.anonymous)"
        )
        for row in answers:
            text = json.loads(row.pop("value"))
            if isinstance(text, str) and text.strip():
                rows.append({**row, "source": SURVEY, "text": mask(text[:MAX_TEXT]), "sku": ""})
        surveys.close()
    with database.atomic():
        database.table("feedback").delete_where("source = ?", [SURVEY])
        database.table("feedback").insert_all(rows)
        database.execute(
            "DELETE FROM topic_texts WHERE source = ? AND text_id NOT IN "
            "(SELECT id FROM feedback WHERE source = ?)",
            [SURVEY, SURVEY],
        )
    return len(rows)


def unread_feedback(source: Source) -> list[Read]:
    """Imported texts that were not read for topics."""
    rows = source.rows(
        """SELECT f.* FROM insights.feedback f WHERE NOT EXISTS (
             SELECT 1 FROM insights.topic_texts t WHERE t.source = f.source AND t.text_id = f.id)"""
    )
    return [
        Read(row["source"], row["id"], row["at"], "", row["text"], row["sentiment_score"])
        for row in rows
    ]


def sources(source: Source, scope: Scope) -> list[SourceLine]:
    """Each source of imported feedback in a span, the largest first."""
    rows = source.rows(
        """SELECT source, count(*) AS n, sum(sentiment_score) AS total,
             sum(sentiment_score * sentiment_score) AS squares,
             sum(sentiment = 'negative') AS unhappy, count(rating) AS rated,
             coalesce(sum(rating), 0) AS stars, coalesce(sum(rating * rating), 0) AS stars2
           FROM insights.feedback WHERE at >= ? AND at < ? GROUP BY source ORDER BY n DESC""",
        *scope.values,
    )
    return [
        SourceLine(
            row["source"],
            row["n"],
            mean(row["n"], row["total"], row["squares"]),
            share(row["unhappy"], row["n"]),
            mean(row["rated"], row["stars"], row["stars2"]),
        )
        for row in rows
    ]


def _entry(row: Mapping[str, Any], name: str, now: float, dates: Dates) -> dict[str, Any]:
    """A row as it is kept. Raises ValueError that says what is wrong."""
    text = str(_field(row, "text") or "").strip()
    if not text:
        raise ValueError("there is no text.")
    text = mask(text[:MAX_TEXT])
    given, moment = _field(row, "id"), _field(row, "at")
    at = dates.read(moment) if moment not in (None, "") else now
    digest = hashlib.sha256(f"{moment}|{text}".encode()).hexdigest()[:24]
    return {
        "source": name,
        "id": str(given)[:200] if given not in (None, "") else digest,
        "at": at,
        "text": text,
        "rating": rating(_field(row, "rating")),
        "sku": str(_field(row, "sku") or "")[:300],
    }


def _field(row: Mapping[str, Any], name: str) -> Any:
    return next(
        (row[column] for column in _columns()[name] if row.get(column) not in (None, "")), None
    )


@cache
def _columns() -> dict[str, list[str]]:
    """Our field -> the names that other systems give it."""
    file = Path(__file__).with_name("feedback_words.yml")
    return YAML(typ="safe").load(file.read_text(encoding="utf-8"))


def _object(path: Path, number: int, line: str) -> Mapping[str, Any]:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise ConfigError(f"{path}, line {number} is not JSON: {error}.") from error
    return row if isinstance(row, dict) else {}
