"""What staff have to do with conversations: who owns one, who waits, tickets, notes and tags."""

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from bot.errors import ShoptalkError
from bot.privacy.vault import vault_of
from bot.staff.accounts import Staff
from bot.transcripts.summaries import simulated_sql

MAX_TAG = 40
COLUMNS = (
    "w.*, o.login AS owner, o.name AS owner_name, a.login AS assignee, a.name AS assignee_name "
    "FROM work w LEFT JOIN staff o ON o.id = w.owner_id LEFT JOIN staff a ON a.id = w.assignee_id"
)


class Taken(ShoptalkError):
    """Somebody else has the conversation."""


class NotYours(ShoptalkError):
    """Only the person who has the conversation may do this."""


@dataclass(frozen=True)
class Work:
    """The state of a conversation; times are Unix seconds, None for never."""

    conversation: str
    status: str = "open"
    owner: str | None = None
    owner_name: str | None = None
    owned_since: float | None = None
    assignee: str | None = None
    assignee_name: str | None = None
    waiting_since: float | None = None
    reason: str | None = None
    why: str | None = None  # danger, law, or the customer's own wish
    ticket_email: str | None = None
    ticket_at: float | None = None
    answered_at: float | None = None
    snoozed_until: float | None = None
    read_at: float | None = None
    resolved_at: float | None = None
    known: bool = False  # whether staff ever had to do with it


class WorkStore:
    """Small synchronous steps on staff.db, each one transaction."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._vault = vault_of(db.conn)

    def get(self, conversation: str) -> Work:
        """The state of a conversation."""
        row = self._one(f"SELECT {COLUMNS} WHERE w.conversation = ?", conversation)
        if row is None:
            return Work(conversation)
        row = self._opened(row, "reason", "ticket_email")
        return Work(**{n: row[n] for n in Work.__dataclass_fields__ if n != "known"}, known=True)

    def is_owned(self, conversation: str) -> bool:
        """Whether a person has the conversation, so that the assistant must be silent."""
        row = self._one("SELECT owner_id FROM work WHERE conversation = ?", conversation)
        return bool(row and row["owner_id"])

    def is_with_staff(self, conversation: str) -> bool:
        """Whether a person has the conversation, or the customer is waiting for one."""
        row = self._one(
            "SELECT owner_id IS NOT NULL OR waiting_since IS NOT NULL AS staff FROM work "
            "WHERE conversation = ?",
            conversation,
        )
        return bool(row and row["staff"])

    def ask(self, conversation: str, at: float, reason: str, why: str = "") -> bool:
        """The customer asks for a person, or needs one: `why` is danger or law. The same request
        again changes nothing; danger is waited for since it was first heard, until staff resolve it."""
        row = self._one(
            "SELECT asked_at, owner_id, waiting_since, waiting_since IS NOT NULL AND why IS 'danger' "
            "AS danger FROM work WHERE conversation = ?",
            conversation,
        )
        if row and (row["owner_id"] or (row["asked_at"] or 0) >= at):
            return False
        since = at
        if row and row["danger"]:
            why, since = "danger", row["waiting_since"]  # another wish takes nothing from it
        with self._db.atomic():
            self._set(
                conversation, status="open", waiting_since=since, asked_at=at,
                reason=self._vault.seal(reason[:500]), why=why, snoozed_until=None,
            )  # fmt: skip
            self._run(
                "INSERT INTO handoffs (conversation, asked_at) SELECT ?, ? WHERE NOT EXISTS "
                "(SELECT 1 FROM handoffs WHERE conversation = ? AND taken_at IS NULL)",
                conversation, at, conversation,
            )  # fmt: skip
        return True

    def make_ticket(self, conversation: str, at: float, email: str) -> bool:
        """Nobody was there: staff answer later. The same ticket again changes nothing."""
        row = self._one("SELECT ticket_at FROM work WHERE conversation = ?", conversation)
        if row and (row["ticket_at"] or 0) >= at:
            return False
        self._set(
            conversation, status="open", ticket_at=at, ticket_email=self._vault.seal(email),
            answered_at=None, waiting_since=None,
        )  # fmt: skip
        return True

    def take(self, conversation: str, person: Staff) -> bool:
        """Give a person the conversation; False when they had it. Raises Taken."""
        now = time.time()
        self._set(conversation)
        with self._db.atomic():
            done = self._run(
                "UPDATE work SET owner_id = ?, owned_since = ?, assignee_id = ?, status = 'open', "
                "waiting_since = NULL, snoozed_until = NULL, read_at = ? "
                "WHERE conversation = ? AND owner_id IS NULL",
                person.id, now, person.id, now, conversation,
            )  # fmt: skip
            if done:
                waited = self._run(
                    "UPDATE handoffs SET taken_at = ?, taken_by = ? "
                    "WHERE conversation = ? AND taken_at IS NULL",
                    now, person.id, conversation,
                )  # fmt: skip
                if not waited:
                    self._db.table("handoffs").insert(
                        {"conversation": conversation, "taken_at": now, "taken_by": person.id}
                    )
                return True
        owner = self.get(conversation)
        if owner.owner == person.login:
            return False
        raise Taken(f"{owner.owner_name} has this conversation already.")

    def give_back(self, conversation: str, person: Staff) -> None:
        """The assistant talks again. Raises NotYours; admins may give back anybody's."""
        self.check_owner(conversation, person, or_admin=True)
        with self._db.atomic():
            self._set(conversation, owner_id=None, owned_since=None)
            self._run(
                "UPDATE handoffs SET ended_at = ? WHERE conversation = ? AND ended_at IS NULL",
                time.time(), conversation,
            )  # fmt: skip

    def next_of(self, people: Sequence[Staff], how: str) -> Staff | None:
        """Whose turn it is: who was assigned a conversation longest ago (round_robin), or looks after
        the fewest open ones (least_busy)."""
        rows = self._db.query(
            "SELECT assignee_id AS id, max(assigned_at) AS at, "
            "sum(status = 'open' AND coalesce(snoozed_until, 0) < ?) AS busy "
            "FROM work WHERE assignee_id IS NOT NULL GROUP BY assignee_id",
            [time.time()],
        )
        known = {
            row["id"]: (row["busy"] if how == "least_busy" else 0, row["at"] or 0) for row in rows
        }
        return min(people, key=lambda one: (*known.get(one.id, (0, 0)), one.id), default=None)

    def owned(self) -> list[dict[str, Any]]:
        """Conversations that a person has: conversation, owned_since, owner_id, and the owner's name."""
        return list(
            self._db.query(
                "SELECT w.conversation, w.owned_since, w.owner_id, o.name FROM work w "
                "JOIN staff o ON o.id = w.owner_id ORDER BY w.owned_since"
            )
        )

    def left_alone(self, seen_before: float) -> list[dict[str, Any]]:
        """Those of `owned` whose owner was removed, or whose console has been closed since then."""
        return list(
            self._db.query(
                "SELECT w.conversation, w.owned_since, w.owner_id, o.name FROM work w "
                "JOIN staff o ON o.id = w.owner_id "
                "WHERE o.removed_at IS NOT NULL OR (o.last_seen < ? AND w.owned_since < ?) "
                "ORDER BY w.owned_since",
                [seen_before, seen_before],
            )
        )

    def release(self, conversation: str, waiting_since: float | None) -> None:
        """Nobody has the conversation any more; the customer waits for a person since then, if so."""
        now = time.time()
        with self._db.atomic():
            self._run(
                "UPDATE work SET owner_id = NULL, owned_since = NULL, "
                "assignee_id = iif(assignee_id = owner_id, NULL, assignee_id), "
                "waiting_since = ?, asked_at = coalesce(?, asked_at), updated_at = ? "
                "WHERE conversation = ?",
                waiting_since, waiting_since, now, conversation,
            )  # fmt: skip
            self._run(
                "UPDATE handoffs SET ended_at = ? WHERE conversation = ? AND ended_at IS NULL",
                now, conversation,
            )  # fmt: skip
            if waiting_since is not None:
                self._db.table("handoffs").insert(
                    {"conversation": conversation, "asked_at": waiting_since}
                )

    def check_owner(self, conversation: str, person: Staff, or_admin: bool = False) -> None:
        """Raises NotYours unless the person has the conversation."""
        work = self.get(conversation)
        if work.owner is None:
            raise NotYours("Take the conversation first.")
        if work.owner != person.login and not (or_admin and person.may("admin")):
            raise NotYours(f"{work.owner_name} has this conversation.")

    def answered(self, conversation: str) -> None:
        """Staff wrote to the customer: a ticket counts as answered."""
        self._set(conversation, answered_at=time.time(), read_at=time.time())

    def resolve(self, conversation: str) -> None:
        """Done; the customer's next request opens it again."""
        now = time.time()
        with self._db.atomic():
            self._set(
                conversation, status="resolved", resolved_at=now, waiting_since=None,
                snoozed_until=None,
            )  # fmt: skip
            self._run(
                "UPDATE handoffs SET resolved_at = ? WHERE conversation = ? AND resolved_at IS NULL "
                "AND taken_at IS NOT NULL",
                now, conversation,
            )  # fmt: skip

    def reopen(self, conversation: str) -> None:
        """Not done after all."""
        self._set(conversation, status="open", resolved_at=None, snoozed_until=None)

    def assign(self, conversation: str, person: Staff | None) -> None:
        """Somebody is to look after it, or nobody in particular."""
        self._set(
            conversation, assignee_id=person.id if person else None,
            assigned_at=time.time() if person else None,
        )  # fmt: skip

    def snooze(self, conversation: str, until: float) -> None:
        """Out of the lists until a time, or until the customer writes."""
        self._set(conversation, status="open", snoozed_until=until)

    def customer_wrote(self, conversation: str) -> None:
        """A snoozed or resolved conversation of staff's comes back."""
        self._run(
            "UPDATE work SET snoozed_until = NULL, status = 'open', updated_at = ? "
            "WHERE conversation = ? AND (owner_id IS NOT NULL OR snoozed_until IS NOT NULL)",
            time.time(), conversation,
        )  # fmt: skip

    def read(self, conversation: str) -> None:
        """Somebody looked at it; only kept where staff have to do with it."""
        self._run("UPDATE work SET read_at = ? WHERE conversation = ?", time.time(), conversation)

    def waiting(self) -> list[dict[str, Any]]:
        """Customers, not simulated ones, who wait: who may be in danger, then the longest first."""
        rows = self._db.query(
            "SELECT conversation, waiting_since, reason, why, assignee_id, assigned_at FROM work "
            f"WHERE waiting_since IS NOT NULL AND status = 'open' AND NOT {simulated_sql('conversation')} "
            "ORDER BY why IS NOT 'danger', waiting_since"
        )
        return [self._opened(row, "reason") for row in rows]

    def note(self, conversation: str, person: Staff, text: str) -> list[str]:
        """An internal note; returns the logins that it mentions with @."""
        self._set(conversation)
        with self._db.atomic():
            note = self._db.table("notes").insert(
                {
                    "conversation": conversation, "at": time.time(), "staff_id": person.id,
                    "text": self._vault.seal(text),
                }
            ).last_pk  # fmt: skip
            mentioned = []
            for login in sorted(set(re.findall(r"@([\w.@+-]{0,80}\w)", text.lower()))):
                row = self._one(
                    "SELECT id FROM staff WHERE login = ? AND removed_at IS NULL", login
                )
                if row:
                    mentioned.append(login)
                    self._db.table("mentions").insert({"note_id": note, "staff_id": row["id"]})
        return mentioned

    def notes(self, conversation: str) -> list[dict[str, Any]]:
        """Notes with their authors, oldest first."""
        rows = self._db.query(
            "SELECT n.id, n.at, n.text, s.login, s.name FROM notes n "
            "JOIN staff s ON s.id = n.staff_id WHERE n.conversation = ? ORDER BY n.id",
            [conversation],
        )
        return [self._opened(row, "text") for row in rows]

    def mentions(self, person: Staff) -> list[dict[str, Any]]:
        """Notes that mention a person and weren't looked at yet."""
        rows = self._db.query(
            "SELECT n.id, n.conversation, n.at, n.text, s.name FROM mentions m "
            "JOIN notes n ON n.id = m.note_id JOIN staff s ON s.id = n.staff_id "
            "WHERE m.staff_id = ? AND m.read_at IS NULL ORDER BY n.id DESC",
            [person.id],
        )
        return [self._opened(row, "text") for row in rows]

    def read_mentions(self, conversation: str, person: Staff) -> None:
        """The person looked at the conversation."""
        self._run(
            "UPDATE mentions SET read_at = ? WHERE staff_id = ? AND read_at IS NULL AND note_id IN "
            "(SELECT id FROM notes WHERE conversation = ?)",
            time.time(), person.id, conversation,
        )  # fmt: skip

    def tags(self, conversation: str) -> list[str]:
        """The tags of a conversation."""
        sql = "SELECT tag FROM tags WHERE conversation = ? ORDER BY tag"
        return [row["tag"] for row in self._db.query(sql, [conversation])]

    def tag(self, conversation: str, tag: str) -> str:
        """Add a tag; returns it as it is kept. Raises ShoptalkError."""
        tag = re.sub(r"\s+", "-", tag.strip().lower())
        if not re.fullmatch(rf"[\w-]{{1,{MAX_TAG}}}", tag):
            raise ShoptalkError(f"{tag!r} can't be a tag.", "Use letters, digits and hyphens.")
        self._db.table("tags").insert({"conversation": conversation, "tag": tag}, ignore=True)
        self._set(conversation)
        return tag

    def untag(self, conversation: str, tag: str) -> None:
        """Remove a tag."""
        self._run("DELETE FROM tags WHERE conversation = ? AND tag = ?", conversation, tag)

    def _opened(self, row: dict[str, Any], *names: str) -> dict[str, Any]:
        """A row with some of its columns unsealed."""
        return {**row, **{name: self._open(row[name]) for name in names}}

    def _open(self, sealed: str | None) -> str | None:
        return None if sealed is None else self._vault.open(sealed)

    def _set(self, conversation: str, **values: Any) -> None:
        """Set columns of a conversation's row, which is made when there is none."""
        values = {**values, "updated_at": time.time()}
        self._db.table("work").upsert({"conversation": conversation, **values}, pk="conversation")

    def _run(self, sql: str, *values: Any) -> int:
        with self._db.atomic():
            return self._db.conn.execute(sql, values).rowcount

    def _one(self, sql: str, *values: Any) -> dict[str, Any] | None:
        return next(iter(self._db.query(sql, values)), None)
