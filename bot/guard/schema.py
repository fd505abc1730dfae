"""The schema of guard.db: what was tried, what was proven, and how often each kind of attack came.

Addresses, emails, order numbers and conversations stand here as marks (`Vault.mark`) alone.
"""

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

guard_tables = Migrations("guard")


@guard_tables()
def m001_guard(db: Database) -> None:
    """Tries by whom or what they count for, codes that were mailed, proofs, counts of attacks."""
    # `scope` is what was tried, `mark` whom it counts for, `what` tells one try from another.
    db.table("tries").create(
        {"scope": str, "mark": str, "what": str, "at": float}, pk=("scope", "mark", "what")
    )
    db.table("tries").create_index(["at"])
    # `holder` is the conversation that asked for the code.
    db.table("codes").create(
        {"holder": str, "email": str, "code": str, "made_at": float}, pk="holder"
    )
    # `holder` is a conversation or a network that has shown that an address is its customer's.
    db.table("proofs").create({"holder": str, "email": str, "at": float}, pk=("holder", "email"))
    db.table("attacks").create({"day": str, "kind": str, "n": int, "told": int}, pk=("day", "kind"))
