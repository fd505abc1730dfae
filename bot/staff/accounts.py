"""Staff accounts: who may sign in to the console, in which role, and who is there now."""

import hashlib
import re
import secrets
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlite_utils import Database

from bot.errors import NotFound, ShoptalkError
from bot.staff.schema import staff_tables
from bot.store.db import open_database, open_readonly

ROLES = ("agent", "analyst", "admin")  # each may do all that the ones before it may
SESSION_SECONDS = 12 * 3600
HERE_SECONDS = 90  # a console that is open tells that its person is there once a minute
COLUMNS = "id, login, name, role, must_change, available, last_seen, created_at"

_hasher = PasswordHasher()  # argon2id with the library's parameters (RFC 9106, low memory)
# Checked when there is no such login, so that the time of an answer doesn't tell who exists.
_NOBODY = (
    "$argon2id$v=19$m=65536,t=3,p=4$J5XvocDAFUj6Bm/DSyrkBQ"
    "$j7Y84hAD1l0X9gSNqdo10wUzlXv/WjcZNEs9x1BU0VA"
)


class BadAccount(ShoptalkError):
    """A login, name, role or password that can't be used."""


@dataclass(frozen=True)
class Staff:
    """One person: the login, the name that customers see, and the role."""

    id: int
    login: str
    name: str
    role: str
    must_change: bool
    available: bool
    last_seen: float
    created_at: float

    def may(self, role: str) -> bool:
        """Whether this person has the role, or one above it."""
        return ROLES.index(self.role) >= ROLES.index(role)

    def is_here(self, now: float | None = None) -> bool:
        """Whether the console is open at this person's, and they take conversations."""
        return self.available and (now or time.time()) - self.last_seen < HERE_SECONDS


def hash_password(password: str) -> str:
    """The argon2id hash of a password. Takes a tenth of a second: not for the event loop."""
    return _hasher.hash(password)


def is_password(password: str, hashed: str | None) -> bool:
    """Whether a password belongs to a hash (None: to nobody, in the same time)."""
    try:
        return _hasher.verify(hashed or _NOBODY, password) and hashed is not None
    except (VerifyMismatchError, InvalidHashError):
        return False


def one_time_password() -> str:
    """A password to hand over, which its owner must change."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"  # none that look alike
    return "-".join("".join(secrets.choice(letters) for _ in range(4)) for _ in range(4))


def on_duty(path: Path) -> list[Staff]:
    """The people who are there now; empty when nobody ever was."""
    try:
        rows = open_readonly(path).query(f"SELECT {COLUMNS} FROM staff WHERE removed_at IS NULL")
    except NotFound:
        return []
    return [person for person in map(_staff, rows) if person.is_here()]


def first_admin(path: Path) -> str:
    """At the very first start add an "admin"; returns the one-time password, else ""."""
    store = StaffStore(path)
    try:
        if store.db["staff"].count:
            return ""
        password = one_time_password()
        store.add("admin", "Admin", "admin", password)
        store.log("first start", "added", "staff admin", "admin")
        return password
    finally:
        store.close()


class StaffStore:
    """Accounts and sessions in staff.db; small synchronous steps."""

    def __init__(self, path: Path) -> None:
        self.db: Database = open_database(path, staff_tables, synchronous="FULL")

    def close(self) -> None:
        """Close the database."""
        self.db.close()

    def add(self, login: str, name: str, role: str, password: str) -> Staff:
        """Add a person, who must change the password first. Raises BadAccount."""
        login, name = login.strip().lower(), " ".join(name.split())
        if not re.fullmatch(r"[a-z0-9][a-z0-9._@+-]{1,79}", login):
            raise BadAccount(
                f"{login!r} can't be a login.", "Use 2 to 80 letters, digits or . _ @ + -."
            )
        if not 1 <= len(name) <= 60:
            raise BadAccount("A name has 1 to 60 characters.")
        if role not in ROLES:
            raise BadAccount(f"{role!r} is no role.", f"Roles: {', '.join(ROLES)}.")
        if self.find(login):
            raise BadAccount(f"There is a {login!r} already.", "`shoptalk staff list` shows all.")
        row = {
            "login": login, "name": name, "role": role, "password": hash_password(password),
            "must_change": 1, "created_at": time.time(),
        }  # fmt: skip
        self.db.table("staff").insert(row)
        return self.get(login)

    def find(self, login: str) -> Staff | None:
        """The person with a login, or None."""
        row = self._one(
            f"SELECT {COLUMNS} FROM staff WHERE login = ? AND removed_at IS NULL",
            login.strip().lower(),
        )
        return _staff(row) if row else None

    def get(self, login: str) -> Staff:
        """The person with a login. Raises NotFound."""
        person = self.find(login)
        if person is None:
            raise NotFound(f"There is no {login!r}.", "`shoptalk staff list` shows all.")
        return person

    def everyone(self) -> list[Staff]:
        """All people, by login."""
        sql = f"SELECT {COLUMNS} FROM staff WHERE removed_at IS NULL ORDER BY login"
        return [_staff(row) for row in self.db.query(sql)]

    def password_hash(self, login: str) -> str | None:
        """The hash to check a sign-in against; None when nobody has the login."""
        row = self._one(
            "SELECT password FROM staff WHERE login = ? AND removed_at IS NULL",
            login.strip().lower(),
        )
        return row["password"] if row else None

    def set_password(self, login: str, hashed: str, must_change: bool) -> None:
        """Set a password and end all sessions. Raises NotFound."""
        person = self.get(login)
        with self.db.atomic():
            self.db.table("staff").update(
                person.id, {"password": hashed, "must_change": int(must_change)}
            )
            self.db.table("sessions").delete_where("staff_id = ?", [person.id])

    def set_role(self, login: str, role: str) -> None:
        """Give a person another role. Raises NotFound, BadAccount; one admin always stays."""
        if role not in ROLES:
            raise BadAccount(f"{role!r} is no role.", f"Roles: {', '.join(ROLES)}.")
        person = self.get(login)
        if role != "admin":
            self._keep_an_admin(person)
        self.db.table("staff").update(person.id, {"role": role})

    def set_available(self, person: Staff, available: bool) -> None:
        """Whether a person takes conversations now."""
        self.db.table("staff").update(person.id, {"available": int(available)})

    def remove(self, login: str) -> None:
        """Let nobody sign in with this login any more. Raises NotFound, BadAccount."""
        person = self.get(login)
        self._keep_an_admin(person)
        with self.db.atomic():
            self.db.table("staff").update(person.id, {"removed_at": time.time(), "last_seen": 0})
            self.db.table("sessions").delete_where("staff_id = ?", [person.id])

    def seen(self, person: Staff) -> None:
        """Note that a person is there; at most once in half a minute."""
        if time.time() - person.last_seen > HERE_SECONDS / 3:
            self.db.table("staff").update(person.id, {"last_seen": time.time()})

    def open_session(self, person: Staff) -> str:
        """A new session's secret id; the database keeps its hash alone."""
        now, session = time.time(), secrets.token_urlsafe(32)
        with self.db.atomic():
            self.db.table("sessions").delete_where("expires_at < ?", [now])
            self.db.table("sessions").insert(
                {
                    "id": _digest(session), "staff_id": person.id, "created_at": now,
                    "expires_at": now + SESSION_SECONDS,
                }
            )  # fmt: skip
        return session

    def of_session(self, session: str) -> Staff | None:
        """Who a session belongs to; None when it has ended."""
        row = self._one(
            f"SELECT {COLUMNS} FROM staff WHERE removed_at IS NULL AND id = "
            "(SELECT staff_id FROM sessions WHERE id = ? AND expires_at > ?)",
            _digest(session), time.time(),
        )  # fmt: skip
        return _staff(row) if row else None

    def end_session(self, session: str) -> None:
        """Sign out."""
        self.db.table("sessions").delete_where("id = ?", [_digest(session)])

    def log(self, login: str, action: str, object: str = "", detail: str = "") -> None:
        """Write to the audit log who did what to which object."""
        self.db.table("audit").insert(
            {"at": time.time(), "login": login, "action": action, "object": object,
             "detail": detail[:500]}
        )  # fmt: skip

    def audit(
        self, login: str = "", action: str = "", object: str = "", before: int = 0, limit: int = 100
    ) -> list[dict[str, Any]]:
        """Entries of the audit log, latest first, below the id `before`."""
        where, values = ["1"], []
        for column, value in (("login", login), ("action", action), ("object", object)):
            if value:
                where.append(f"{column} = ?")
                values.append(value)
        if before:
            where.append("id < ?")
            values.append(str(before))
        sql = f"SELECT * FROM audit WHERE {' AND '.join(where)} ORDER BY id DESC LIMIT ?"
        return list(self.db.query(sql, [*values, limit]))

    def _keep_an_admin(self, person: Staff) -> None:
        admins = [one for one in self.everyone() if one.role == "admin"]
        if admins == [person]:
            raise BadAccount(
                f"{person.login!r} is the only admin.", "Add another one first: shoptalk staff add."
            )

    def _one(self, sql: str, *values: Any) -> dict[str, Any] | None:
        return next(iter(self.db.query(sql, values)), None)


def _staff(row: dict[str, Any]) -> Staff:
    flags = {name: bool(row[name]) for name in ("must_change", "available")}
    return Staff(**{**row, **flags})


def _digest(session: str) -> str:
    return hashlib.sha256(session.encode()).hexdigest()
