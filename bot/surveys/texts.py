"""The campaigns that a database knows: their texts, version by version, and their status.

Surveys and mail campaigns keep theirs the same way, each in its own database.
"""

from typing import Any

from sqlite_utils import Database

from bot.errors import NotFound


class CampaignTexts:
    """Small synchronous steps, each one transaction, on a database with `campaigns` and `versions`.

    `what` is what one is called, and the command that lists them.
    """

    def __init__(self, db: Database, what: str = "survey") -> None:
        self._db, self._what = db, what

    def names(self) -> list[str]:
        """The campaigns, by name."""
        return [row["id"] for row in self._db.query("SELECT id FROM campaigns ORDER BY id")]

    def save(self, name: str, source: str, now: float, file_hash: str = "") -> int:
        """Keep the text of a campaign; returns its version, a new one when the text changed."""
        with self._db.atomic():
            self._run(
                "INSERT INTO campaigns (id, status, changed_at) VALUES (?, 'draft', ?) "
                "ON CONFLICT (id) DO NOTHING",
                name, now,
            )  # fmt: skip
            if file_hash:
                self._run("UPDATE campaigns SET file_hash = ? WHERE id = ?", file_hash, name)
            latest = self._one(
                "SELECT version, source FROM versions WHERE campaign_id = ? "
                "ORDER BY version DESC LIMIT 1",
                name,
            )
            if latest and latest["source"] == source:
                return latest["version"]
            version = latest["version"] + 1 if latest else 1
            self._run("INSERT INTO versions VALUES (?, ?, ?, ?)", name, version, source, now)
        return version

    def file_hash(self, name: str) -> str:
        """The hash of the file that was read last for a campaign; empty when there was none."""
        row = self._one("SELECT file_hash FROM campaigns WHERE id = ?", name)
        return (row["file_hash"] or "") if row else ""

    def versions(self, name: str) -> list[tuple[int, float]]:
        """Version numbers with the times they were saved, oldest first."""
        rows = self._db.query(
            "SELECT version, created_at FROM versions WHERE campaign_id = ? ORDER BY version",
            [name],
        )
        return [(row["version"], row["created_at"]) for row in rows]

    def source(self, name: str, version: int) -> str:
        """The text of a version. Raises NotFound."""
        row = self._one(
            "SELECT source FROM versions WHERE campaign_id = ? AND version = ?", name, version
        )
        if row is None:
            raise NotFound(f"There is no version {version} of the {self._what} {name!r}.")
        return row["source"]

    def status(self, name: str) -> str:
        """draft, started, paused or finished. Raises NotFound."""
        row = self._one("SELECT status FROM campaigns WHERE id = ?", name)
        if row is None:
            raise NotFound(
                f"There is no {self._what} {name!r}.",
                f"`shoptalk {self._what} list` shows what there is.",
            )
        return row["status"]

    def set_status(self, name: str, status: str, now: float) -> None:
        """Change the status. Raises NotFound."""
        self.status(name)
        with self._db.atomic():
            self._run(
                "UPDATE campaigns SET status = ?, changed_at = ? WHERE id = ?", status, now, name
            )

    def _run(self, sql: str, *values: Any) -> None:
        self._db.conn.execute(sql, values)

    def _one(self, sql: str, *values: Any) -> dict[str, Any] | None:
        return next(iter(self._db.query(sql, values)), None)
