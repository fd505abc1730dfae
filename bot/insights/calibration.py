"""Sentiment totals corrected by the errors that a random sample, labelled by staff, shows."""

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlite_utils import Database

from bot.errors import ConfigError
from bot.insights.masking import quote
from bot.insights.scope import Scope, Source
from bot.insights.sentiment import FELT
from bot.statistics import Z

LABELS = ("negative", "neutral", "positive")
ENOUGH = 30  # labelled messages; fewer correct nothing


@dataclass(frozen=True)
class Drawn:
    """A message to label; its text is masked."""

    message_id: str
    text: str


@dataclass(frozen=True)
class Calibrated:
    """The share of one label: as the model counts, and corrected, with a 95 % interval."""

    label: str
    counted: float
    corrected: float
    low: float
    high: float


@dataclass(frozen=True)
class Calibration:
    """The corrected totals, or why there are none; `confusion[predicted][true]` are the counts."""

    labelled: int
    agreement: float | None
    shares: list[Calibrated]
    confusion: Mapping[str, Mapping[str, int]]


def calibration(source: Source, scope: Scope) -> Calibration:
    """Correct the totals of a span by all labels of staff for that kind of conversations."""
    rows = source.rows(
        f"""SELECT m.sentiment AS predicted, l.label AS truth, count(*) AS n
            FROM insights.labels l CROSS JOIN messages m ON m.id = l.message_id
            WHERE l.label <> '' AND m.sentiment IS NOT NULL AND {_felt("m.intent")}
              AND {scope.kind("m.")}
            GROUP BY predicted, truth"""
    )
    confusion: dict[str, dict[str, int]] = {one: dict.fromkeys(LABELS, 0) for one in LABELS}
    for row in rows:
        confusion[row["predicted"]][row["truth"]] = row["n"]
    counts = dict(
        map(
            tuple,
            source.rows(
                f"SELECT sentiment, sum(n) FROM message_days WHERE sentiment <> '' AND {FELT} "
                "AND day >= ? AND day < ? AND simulated = ? GROUP BY sentiment",
                *source.days_of(scope),
                scope.simulated,
            ),
        )
    )
    labelled = sum(sum(row.values()) for row in confusion.values())
    agreed = sum(confusion[label][label] for label in LABELS)
    return Calibration(
        labelled=labelled,
        agreement=agreed / labelled if labelled else None,
        shares=corrected([counts.get(label, 0) for label in LABELS], confusion)
        if labelled >= ENOUGH and counts
        else [],
        confusion=confusion,
    )


def _felt(column: str) -> str:
    """SQL for what the sentiment page counts."""
    return FELT.replace("intent", f"coalesce({column}, '')", 1)


def corrected(
    counts: Sequence[int], confusion: Mapping[str, Mapping[str, int]]
) -> list[Calibrated]:
    """The true shares, by double sampling (Tenenbein 1970).

    Of the messages that the model calls i, the sample tells the share that truly is j; weighted by
    how often the model says i over all messages, these shares add up to the share of j. Variance:
    that of the sample's shares, plus that of the weights (as in stratified sampling). A label that
    the sample never saw predicted counts as right as often as the others are, with one such case.
    Equal to Rogan and Gladen's correction (1978) when the sample is drawn from the messages that
    are counted, and it can't leave 0 to 1. Raises ValueError when nothing is counted.
    """
    total = sum(counts)
    if not total:
        raise ValueError("There is nothing to correct.")
    weights = [count / total for count in counts]
    shares = []
    for j, truth in enumerate(LABELS):
        value = variance = 0.0
        conditional = []
        for predicted, weight in zip(LABELS, weights, strict=True):
            row = confusion[predicted]
            n = sum(row.values())
            # Half a case of each label keeps an interval from vanishing where the sample is small.
            p = (row[truth] + 0.5) / (n + 0.5 * len(LABELS))
            plain = row[truth] / n if n else p
            conditional.append(plain)
            value += weight * plain
            variance += weight * weight * p * (1 - p) / max(1, n)
        variance += (
            sum(w * (c - value) ** 2 for w, c in zip(weights, conditional, strict=True)) / total
        )
        half = Z * math.sqrt(variance)
        shares.append(
            Calibrated(truth, weights[j], value, max(0.0, value - half), min(1.0, value + half))
        )
    return shares


def draw(database: Database, source: Source, scope: Scope, size: int = 60) -> int:
    """Draw messages of a span at random for staff to label; returns how many are new.

    Simple random sampling, so that the labels stand for all messages. What was drawn stays drawn.
    """
    rows = source.rows(
        f"SELECT id FROM messages WHERE sender = 'customer' AND sentiment IS NOT NULL "
        f"AND text <> '' AND {_felt('intent')} AND {scope.where()} ORDER BY random() LIMIT ?",
        *scope.values,
        size,
    )
    before = database["labels"].count
    now = time.time()
    with database.atomic():
        database.table("labels").insert_all(
            ({"message_id": row["id"], "label": "", "by": "", "drawn_at": now} for row in rows),
            ignore=True,
        )
    return database["labels"].count - before


def waiting(source: Source, limit: int = 10) -> list[Drawn]:
    """Drawn messages that nobody has labelled yet. The model's own label isn't told."""
    rows = source.rows(
        """SELECT m.id, m.text FROM insights.labels l JOIN messages m ON m.id = l.message_id
           WHERE l.label = '' ORDER BY l.drawn_at, l.message_id LIMIT ?""",
        limit,
    )
    return [Drawn(row["id"], quote(row["text"], 400)) for row in rows]


def give_label(database: Database, message_id: str, label: str, by: str) -> None:
    """Write down what a member of staff thinks of a drawn message. Raises ConfigError."""
    if label not in LABELS:
        raise ConfigError(f"{label!r} is not one of {', '.join(LABELS)}.")
    changed = database.conn.execute(
        'UPDATE labels SET label = ?, "by" = ?, at = ? WHERE message_id = ?',
        [label, by, time.time(), message_id],
    )
    database.conn.commit()
    if not changed.rowcount:
        raise ConfigError(f"{message_id!r} wasn't drawn for labelling.")
