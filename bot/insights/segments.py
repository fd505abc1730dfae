"""Kinds of customers by what they do, and who is likely to buy."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.cluster import KMeans
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import (
    accuracy_score,
    brier_score_loss,
    f1_score,
    recall_score,
    roc_auc_score,
    silhouette_score,
)
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from bot.insights.scope import DAY, Scope, Source
from bot.wording import listed

FEWEST, SMALLEST = 60, 5  # conversations for segments; smaller segments could point at a person
MOST_SEGMENTS, SAMPLE = 6, 2000
MOST = 20_000  # customers that are looked at one by one
FEWEST_EACH = 50  # buyers and others; with fewer there is no prediction
HELD_OUT = 0.3
BINS = 5
# Feature -> in words when it is high, and when it is low.
FEATURES = {
    "days_ago": ("came some time ago", "came lately"),
    "messages": ("write much", "write little"),
    "searches": ("look for many things", "look for little"),
    "unmet": ("don't find what they want", "find what they want"),
    "support": ("ask about orders and policies", "hardly ask for support"),
    "clicks": ("open many products", "open few products"),
    "sentiment": ("are happy", "are unhappy"),
}
BEFORE = tuple(name for name in FEATURES if name != "days_ago")  # what is known before an order


@dataclass(frozen=True)
class Segment:
    """One kind of customer: how many, in words, and its averages."""

    name: str
    size: int
    share: float
    bought: float
    averages: dict[str, float]
    conversations: tuple[str, ...]  # who is in it, in the order in which they wrote last


@dataclass(frozen=True)
class Segments:
    """All kinds, the silhouette of the split (-1 to 1), or why there is none."""

    customers: int
    segments: list[Segment]
    silhouette: float | None
    refused: str = ""


@dataclass(frozen=True)
class Propensity:
    """How well buying can be told from behaviour before it, on data that the model hadn't seen.

    `effects` are odds ratios for one standard deviation more, the strongest first; `calibration`
    pairs of predicted and true shares with counts. `refused` says why there is no model.
    """

    buyers: int
    customers: int
    held_out: int
    accuracy: float | None
    f1: float | None
    recall: float | None
    auc: float | None
    brier: float | None
    brier_base: float | None  # of predicting the same share for all
    effects: list[tuple[str, float]]
    calibration: list[tuple[float, float, int]]
    refused: str = ""


def behaviour(source: Source, scope: Scope) -> list[Any]:
    """A row of features for each conversation whose customer wrote last in a span; a browser keeps
    its conversation.

    What came after the first order is left out, so that a model can't look at the answer. Of more
    than `MOST` customers every second, third … is taken, in the order in which they wrote last.
    """
    where = f"messages > 0 AND {scope.where(at='said_at')}"
    step = -(-counted(source, scope)[0] // MOST)
    return source.rows(
        f"""SELECT conversation_id, (? - said_at) / {DAY} AS days_ago, messages, searches, unmet,
              support, clicks, sentiment, ordered_at IS NOT NULL AS bought
            FROM journeys WHERE {where} AND rowid % ? = 0 ORDER BY said_at, conversation_id""",
        scope.until,
        *scope.values,
        max(1, step),
    )


def counted(source: Source, scope: Scope) -> tuple[int, int]:
    """How many customers `behaviour` picks from, and how many of them bought."""
    row = source.rows(
        "SELECT count(*), count(ordered_at) FROM journeys "
        f"WHERE messages > 0 AND {scope.where(at='said_at')}",
        *scope.values,
    )[0]
    return row[0], row[1]


@threadpool_limits.wrap(limits=1)  # small arrays: threads would only wait for each other
def segments(rows: list[Any]) -> Segments:
    """k-means on the features, counts on a logarithmic scale; k from 2 to 6 by the silhouette."""
    if len(rows) < FEWEST:
        return Segments(
            len(rows), [], None, f"{len(rows)} customers; at least {FEWEST} are needed."
        )
    raw = _table(rows, tuple(FEATURES))
    data = StandardScaler().fit_transform(_logs(raw, tuple(FEATURES)))
    sample = np.random.default_rng(0).permutation(len(data))[:SAMPLE]
    best, quality = None, -1.0
    for k in range(2, MOST_SEGMENTS + 1):
        model = KMeans(k, n_init=3, random_state=0).fit(data[sample])
        found = np.bincount(model.labels_, minlength=k)
        if found.min() < SMALLEST:
            continue
        score = float(silhouette_score(data[sample], model.labels_))
        if score > quality:
            best, quality = model, score
    if best is None:
        return Segments(len(rows), [], None, "The customers don't fall into kinds.")
    labels = best.predict(data)
    bought = _table(rows, ("bought",))[:, 0]
    found = [
        Segment(
            name=_in_words(best.cluster_centers_[k]),
            size=int((labels == k).sum()),
            share=float((labels == k).mean()),
            bought=float(bought[labels == k].mean()),
            averages={
                name: round(float(raw[labels == k, i].mean()), 2) for i, name in enumerate(FEATURES)
            },
            conversations=tuple(
                row["conversation_id"]
                for row, label in zip(rows, labels, strict=True)
                if label == k
            ),
        )
        for k in range(len(best.cluster_centers_))
        if (labels == k).sum() >= SMALLEST
    ]
    return Segments(len(rows), sorted(found, key=lambda one: -one.size), quality)


@threadpool_limits.wrap(limits=1)
def propensity(rows: list[Any]) -> Propensity:
    """Logistic regression from behaviour before the first order, tested on the latest 30 %."""
    bought = _table(rows, ("bought",))[:, 0].astype(int)
    buyers, others = int(bought.sum()), int((1 - bought).sum())
    if min(buyers, others) < FEWEST_EACH:
        why = f"{buyers} bought and {others} didn't; at least {FEWEST_EACH} of each are needed."
        return _no_model(buyers, len(rows), why)
    cut = int(len(rows) * (1 - HELD_OUT))
    train, test = slice(None, cut), slice(cut, None)
    if len(set(bought[train])) < 2 or len(set(bought[test])) < 2:
        return _no_model(buyers, len(rows), "All buyers came in one part of the time.")
    raw = _logs(_table(rows, BEFORE), BEFORE)
    scaler = StandardScaler().fit(raw[train])
    data = scaler.transform(raw)
    model = LogisticRegression(max_iter=1000).fit(data[train], bought[train])
    chance, truth = model.predict_proba(data[test])[:, 1], bought[test]
    threshold = float(np.quantile(chance, 1 - bought[train].mean()))  # as many as bought before
    said = (chance >= threshold).astype(int)
    order = np.argsort(-np.abs(model.coef_[0]))
    return Propensity(
        buyers=buyers,
        customers=len(rows),
        held_out=len(truth),
        accuracy=float(accuracy_score(truth, said)),
        f1=float(f1_score(truth, said, zero_division=0)),
        recall=float(recall_score(truth, said, zero_division=0)),
        auc=float(roc_auc_score(truth, chance)),
        brier=float(brier_score_loss(truth, chance)),
        brier_base=float(brier_score_loss(truth, np.full(len(truth), bought[train].mean()))),
        effects=[(BEFORE[i], float(np.exp(model.coef_[0][i]))) for i in order],
        calibration=_calibration(chance, truth),
    )


def _table(rows: list[Any], names: tuple[str, ...]) -> np.ndarray:
    """Columns of rows as numbers, shape (rows, names)."""
    return (
        np.array([[row[name] for row in rows] for name in names], float).reshape(len(names), -1).T
    )


def _calibration(chance: np.ndarray, truth: np.ndarray) -> list[tuple[float, float, int]]:
    """Predicted and true shares in groups of equal size, from unlikely to likely."""
    parts = np.array_split(np.argsort(chance, kind="stable"), BINS)
    return [(float(chance[p].mean()), float(truth[p].mean()), len(p)) for p in parts if len(p)]


def _logs(raw: np.ndarray, names: tuple[str, ...]) -> np.ndarray:
    """Counts on a logarithmic scale: their tails are long."""
    data = raw.copy()
    for name in ("days_ago", "messages", "searches", "clicks"):
        if name in names:
            column = names.index(name)
            data[:, column] = np.log1p(np.maximum(0, data[:, column]))
    return data


def _in_words(centre: np.ndarray) -> str:
    """The two features in which a segment differs most from the average."""
    names = list(FEATURES)
    order = np.argsort(-np.abs(centre))[:2]
    said = [FEATURES[names[i]][0 if centre[i] > 0 else 1] for i in order if abs(centre[i]) > 0.3]
    words = listed(said) or "are like the average"
    return words[0].upper() + words[1:]


def _no_model(buyers: int, customers: int, why: str) -> Propensity:
    return Propensity(
        buyers=buyers,
        customers=customers,
        held_out=0,
        accuracy=None,
        f1=None,
        recall=None,
        auc=None,
        brier=None,
        brier_base=None,
        effects=[],
        calibration=[],
        refused=why,
    )
