"""The nightly work: read new texts for topics, and put needs together that mean the same."""

from dataclasses import dataclass

import numpy as np
from sklearn.cluster import AgglomerativeClustering
from sqlite_utils import Database

from bot.insights.feedback import take_over_surveys, unread_feedback
from bot.insights.report import open_source
from bot.insights.schema import open_insights
from bot.insights.scope import Source
from bot.insights.topic_book import Done, Encoder, Progress, update
from bot.settings import Settings

ALIKE_FROM = 0.66  # cosine from which two needs count as the same
MOST_NEEDS = 3000


@dataclass(frozen=True)
class Refreshed:
    """What was done."""

    topics: Done
    needs: int  # put into a group with others


def refresh(settings: Settings, embedder: Encoder, progress: Progress | None = None) -> Refreshed:
    """Bring topics and needs up to date. Raises NotFound while nobody has said anything."""
    with open_source(settings) as source:
        database = open_insights(settings.insights_db)
        try:
            needs = group_needs(database, source, embedder)
            take_over_surveys(database, settings.surveys_db)
            done = update(
                database, source, embedder, progress=progress, feedback=unread_feedback(source)
            )
        finally:
            database.close()
    return Refreshed(done, needs)


def group_needs(database: Database, source: Source, embedder: Encoder) -> int:
    """Group the needs that found nothing by their meaning; each group is named by its most common.

    Needs in which a wish was given up stay as they are: "mugs in blue" is not "mugs in red".
    """
    rows = source.rows(
        "SELECT need, count(*) AS n FROM searches WHERE good = 0 AND relaxed = '[]' "
        "AND kind IN ('search', 'wish') AND need <> '' GROUP BY need ORDER BY n DESC, need LIMIT ?",
        MOST_NEEDS,
    )
    needs = [row["need"] for row in rows]
    if len(needs) < 2:
        return 0
    labels = AgglomerativeClustering(
        n_clusters=None, metric="cosine", linkage="average", distance_threshold=1 - ALIKE_FROM
    ).fit_predict(embedder.encode(needs))
    groups = [np.flatnonzero(labels == label) for label in range(labels.max() + 1)]
    named = {
        needs[i]: needs[group[0]] for group in groups if len(group) > 1 for i in group
    }  # the rows are in the order of how common they are
    with database.atomic():
        database.table("need_groups").delete_where()
        database.table("need_groups").insert_all(
            {"need": n, "name": name} for n, name in named.items()
        )
    return len(named)
