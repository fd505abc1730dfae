"""The schema of staff.db: the people who work with the console, and what they do."""

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from bot.store.db import compact, seal_columns

staff_tables = Migrations("staff")


@staff_tables()
def m001_people(db: Database) -> None:
    """Accounts, their sessions, and the audit log that can only grow."""
    db.table("staff").create(
        {
            "id": int,
            "login": str,
            "name": str,
            "role": str,
            "password": str,
            "must_change": int,
            "available": int,
            "last_seen": float,
            "created_at": float,
            "removed_at": float,
        },
        pk="id",
        not_null={"login", "name", "role", "password"},
        defaults={"must_change": 1, "available": 1, "last_seen": 0},
    )
    # Someone who left keeps the row, since their messages name it; the login is free again.
    db.execute("CREATE UNIQUE INDEX staff_login ON staff (login) WHERE removed_at IS NULL")
    db.table("sessions").create(
        {"id": str, "staff_id": int, "created_at": float, "expires_at": float},
        pk="id",
        foreign_keys=[("staff_id", "staff", "id")],
    )
    db.table("audit").create(
        {"id": int, "at": float, "login": str, "action": str, "object": str, "detail": str},
        pk="id",
    )
    db.table("audit").create_index(["at"])
    db.table("audit").create_index(["object"])
    for what in ("UPDATE", "DELETE"):
        db.execute(
            f"CREATE TRIGGER audit_no_{what.lower()} BEFORE {what} ON audit "
            "BEGIN SELECT raise(ABORT, 'the audit log can only grow'); END"
        )


@staff_tables()
def m002_work(db: Database) -> None:
    """What staff have to do with conversations; one that only the assistant had has no row here."""
    db.table("work").create(
        {
            "conversation": str,
            "status": str,  # open or resolved
            "owner_id": int,  # who talks with the customer; the assistant is silent meanwhile
            "owned_since": float,
            "assignee_id": int,
            "waiting_since": float,  # the customer asked for a person and nobody came yet
            "reason": str,
            "asked_at": float,  # of the last request, so that the same one counts once
            "ticket_email": str,
            "ticket_at": float,
            "answered_at": float,
            "snoozed_until": float,
            "read_at": float,
            "resolved_at": float,
            "updated_at": float,
        },
        pk="conversation",
        not_null={"status"},
        defaults={"status": "open"},
        foreign_keys=[("owner_id", "staff", "id"), ("assignee_id", "staff", "id")],
    )
    db.table("work").create_index(["status", "updated_at"])
    db.table("work").create_index(["assignee_id"])
    db.table("work").create_index(["waiting_since"])
    db.table("handoffs").create(
        {
            "id": int,
            "conversation": str,
            "asked_at": float,
            "taken_at": float,
            "taken_by": int,
            "ended_at": float,
        },
        pk="id",
    )
    db.table("handoffs").create_index(["conversation"])
    db.table("handoffs").create_index(["asked_at"])
    db.table("notes").create(
        {"id": int, "conversation": str, "at": float, "staff_id": int, "text": str}, pk="id"
    )
    db.table("notes").create_index(["conversation"])
    db.table("mentions").create(
        {"note_id": int, "staff_id": int, "read_at": float},
        pk=("note_id", "staff_id"),
        foreign_keys=[("note_id", "notes", "id"), ("staff_id", "staff", "id")],
    )
    db.table("tags").create({"conversation": str, "tag": str}, pk=("conversation", "tag"))
    db.table("tags").create_index(["tag"])


@staff_tables()
def m003_aids(db: Database) -> None:
    """What makes work quicker: canned replies, macros, saved views."""
    db.table("canned").create({"name": str, "text": str}, pk="name", not_null={"text"})
    db.table("macros").create({"name": str, "steps": str}, pk="name", not_null={"steps"})
    db.table("views").create(
        {"id": int, "staff_id": int, "name": str, "query": str},
        pk="id",
        foreign_keys=[("staff_id", "staff", "id")],
    )
    db.table("views").create_index(["staff_id", "name"], unique=True)


@staff_tables()
def m004_reviews(db: Database) -> None:
    """What people say that a message should have been understood as, or that it was fine."""
    db.table("reviews").create(
        {
            "message_id": str,
            "conversation": str,
            "at": float,
            "staff_id": int,
            "verdict": str,  # corrected or dismissed
            "found": str,  # the intent that was understood
            "intent": str,
            "example": str,  # the text with entities as Rasa writes them: [red](colour)
        },
        pk="message_id",
    )
    db.table("reviews").create_index(["verdict"])


@staff_tables()
def m050_sealed(db: Database) -> None:
    """Notes, why customers asked for a person, and where a ticket is to be answered are sealed."""
    seal_columns(db, "notes", "text")
    seal_columns(db, "work", "reason", "ticket_email")


@staff_tables(transactional=False)
def m051_nothing_plain_left(db: Database) -> None:
    """The file written anew, so that none of its free pages holds what was plain."""
    compact(db.conn)


@staff_tables()
def m060_requests(db: Database) -> None:
    """What customers asked staff to do, with a state and who does it; and what it is found by.

    Sealed: order_number, email, detail, shop_reference, note.
    """
    db.table("requests").create(
        {
            "reference": str,  # what the customer knows it by
            "kind": str,
            "conversation": str,
            "message_id": str,
            "order_number": str,
            "sku": str,
            "email": str,
            "detail": str,  # in the customer's words
            "shop_reference": str,  # what the shop's own order service calls it
            "asked_at": float,
            "last_asked_at": float,
            "state": str,  # new, in_progress, done, refused or withdrawn
            "assignee_id": int,
            "changed_at": float,
            "changed_by_id": int,  # nobody of the staff: the customer
            "note": str,  # for the customer
        },
        pk="reference",
        not_null={"kind", "conversation", "asked_at", "last_asked_at", "state"},
        foreign_keys=[("assignee_id", "staff", "id"), ("changed_by_id", "staff", "id")],
    )
    db.table("requests").create_index(["state", "asked_at"])
    db.table("requests").create_index(["conversation"])
    db.table("request_marks").create({"reference": str, "mark": str}, pk=("reference", "mark"))
    db.table("request_marks").create_index(["mark"])


@staff_tables()
def m061_why(db: Database) -> None:
    """Why a person is needed, where it isn't the customer's own wish: danger or a threat of law."""
    db.table("work").add_column("why", str)


@staff_tables()
def m070_reports(db: Database) -> None:
    """When a handoff was resolved, and when somebody was assigned a conversation, for reports and turns."""
    db.table("handoffs").add_column("resolved_at", float)
    db.table("work").add_column("assigned_at", float)
    db.execute(
        "UPDATE handoffs SET resolved_at = (SELECT w.resolved_at FROM work w "
        "WHERE w.conversation = handoffs.conversation AND w.resolved_at >= handoffs.taken_at) "
        "WHERE id IN (SELECT max(id) FROM handoffs WHERE taken_at IS NOT NULL GROUP BY conversation)"
    )
