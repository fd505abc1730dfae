"""The schema of web.db: what waits for the assistant, and the numbered events of streams."""

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from bot.store.db import compact, seal_columns

web_tables = Migrations("web")


@web_tables()
def m001_tables(db: Database) -> None:
    """Events of conversations, and the messages that wait for the assistant."""
    db.table("events").create(
        {
            "seq": int,
            "conversation": str,
            "message_id": str,
            "sender": str,
            "at": float,
            "body": str,
        },
        pk="seq",
    )
    db.table("events").create_index(["conversation", "message_id"], unique=True)
    db.table("events").create_index(["conversation", "seq"])
    db.table("inbox").create(
        {"seq": int, "conversation": str, "message_id": str, "turn": str, "attempts": int},
        pk="seq",
    )
    db.table("inbox").create_index(["conversation", "seq"])


@web_tables()
def m010_customer_events(db: Database) -> None:
    """What customers did apart from messages; bot/web/chat/customer_events.py brings it further."""
    db.table("customer_events").create(
        {"seq": int, "id": str, "conversation": str, "at": float, "kind": str, "body": str},
        pk="seq",
    )
    db.table("customer_events").create_index(["id"], unique=True)


@web_tables()
def m011_customers(db: Database) -> None:
    """Who the customer of a conversation is, where the shop's server has said so."""
    db.table("customers").create({"conversation": str, "body": str, "at": float}, pk="conversation")


@web_tables()
def m050_sealed(db: Database) -> None:
    """What is said is sealed."""
    for table, column in (
        ("events", "body"), ("inbox", "turn"), ("customer_events", "body"), ("customers", "body"),
    ):  # fmt: skip
        seal_columns(db, table, column)


@web_tables(transactional=False)
def m051_nothing_plain_left(db: Database) -> None:
    """The file written anew, so that none of its free pages holds what was plain."""
    compact(db.conn)


@web_tables()
def m060_erasures(db: Database) -> None:
    """What customers asked to have erased, until it is done; then the receipt for their widget.

    `mark` is a hash of the conversation's random id, `who` the sealed id and address.
    """
    columns = {"number": int, "mark": str, "who": str, "receipt": str, "asked_at": float}
    db.table("erasures").create(columns, pk="number")
    db.table("erasures").create_index(["mark"], unique=True)


@web_tables()
def m070_pictures(db: Database) -> None:
    """Pictures that customers sent; `content` is sealed, `message_id` the message it came with."""
    columns = {"id": str, "conversation": str, "message_id": str, "at": float, "content": str}
    db.table("pictures").create(columns, pk="id")
    db.table("pictures").create_index(["conversation"])
