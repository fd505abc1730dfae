"""The schema of web.db: what waits for the assistant, and the numbered events of streams."""

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

web_tables = Migrations("web")


@web_tables()
def m001_tables(db: Database) -> None:
    """Events of conversations, and the messages that wait for the assistant."""
    db["events"].create(
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
    db["events"].create_index(["conversation", "message_id"], unique=True)
    db["events"].create_index(["conversation", "seq"])
    db["inbox"].create(
        {"seq": int, "conversation": str, "message_id": str, "turn": str, "attempts": int},
        pk="seq",
    )
    db["inbox"].create_index(["conversation", "seq"])


@web_tables()
def m010_customer_events(db: Database) -> None:
    """What customers did apart from messages; bot/web/customer_events.py brings it further."""
    db["customer_events"].create(
        {"seq": int, "id": str, "conversation": str, "at": float, "kind": str, "body": str},
        pk="seq",
    )
    db["customer_events"].create_index(["id"], unique=True)


@web_tables()
def m011_customers(db: Database) -> None:
    """Who the customer of a conversation is, where the shop's server has said so."""
    db["customers"].create({"conversation": str, "body": str, "at": float}, pk="conversation")
