"""The schema of market research: topics, needs, labels of staff, imported feedback."""

from pathlib import Path

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from bot.store.days import TOPICS
from bot.store.db import open_database

insights = Migrations("insights")


@insights()
def m001_tables(db: Database) -> None:
    """All that market research keeps; the transcripts themselves stay where they are."""
    db.table("topics").create(
        {
            "id": int,
            "words": str,  # JSON: the words that set it apart, best first
            "name": str,  # given by staff; empty: the words name it
            "centroid": bytes,  # float32, L2-normalised
            "created_at": float,
            "hidden": int,
            "merged_into": int,
        },
        pk="id",
    )
    db.table("topic_texts").create(
        {
            "source": str,  # chat, survey, or the name of an import
            "text_id": str,
            "topic": int,  # NULL: read, and left out as belonging to none
            "closeness": float,
            "at": float,
            "conversation_id": str,
            "sentiment_score": float,
        },
        pk=("source", "text_id"),
    )
    db.table("topic_texts").create_index(
        ["at", "topic", "source", "conversation_id", "sentiment_score"], index_name="topics_counted"
    )
    db.table("topic_texts").create_index(["topic", "closeness"])
    db.table("need_groups").create({"need": str, "name": str}, pk="need")
    db.table("labels").create(
        {"message_id": str, "label": str, "by": str, "at": float, "drawn_at": float},
        pk="message_id",
    )
    db.table("feedback").create(
        {
            "source": str,
            "id": str,
            "at": float,
            "text": str,
            "rating": float,
            "sku": str,
            "sentiment": str,
            "sentiment_score": float,
        },
        pk=("source", "id"),
    )
    db.table("feedback").create_index(["at"])


@insights()
def m002_topic_days(db: Database) -> None:
    """Texts by day and topic; the nearest texts of a topic at hand for quotes."""
    TOPICS.make(db)
    db.table("topic_texts").create_index(
        ["topic", "source", "closeness", "at"], index_name="topics_quoted"
    )
    db.execute("DROP INDEX idx_topic_texts_topic_closeness")


def open_insights(path: Path) -> Database:
    """The research database for writing."""
    return open_database(path, insights)
