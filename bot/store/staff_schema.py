"""The schema of staff.db: the people who work with the console, and what they do."""

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

staff_tables = Migrations("staff")


@staff_tables()
def m001_people(db: Database) -> None:
    """Accounts, their sessions, and the audit log that can only grow."""
    db["staff"].create(
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
    db["sessions"].create(
        {"id": str, "staff_id": int, "created_at": float, "expires_at": float},
        pk="id",
        foreign_keys=[("staff_id", "staff", "id")],
    )
    db["audit"].create(
        {"id": int, "at": float, "login": str, "action": str, "object": str, "detail": str},
        pk="id",
    )
    db["audit"].create_index(["at"])
    db["audit"].create_index(["object"])
    for what in ("UPDATE", "DELETE"):
        db.execute(
            f"CREATE TRIGGER audit_no_{what.lower()} BEFORE {what} ON audit "
            "BEGIN SELECT raise(ABORT, 'the audit log can only grow'); END"
        )
