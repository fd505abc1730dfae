"""Pictures that customers sent, sealed like what they say: of a broken thing, a label, a receipt.

They lie in web.db, so that they are backed up, rotated, exported and erased with the rest.
"""

import base64
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.inbox.schema import web_tables
from bot.privacy.vault import vault_of
from bot.store.db import open_database

MOST = 20  # of a conversation


class TooManyPictures(Exception):
    """The conversation has as many pictures as one may have."""


@dataclass(frozen=True)
class Picture:
    """A picture of a conversation and the message it came with, as the transcripts know that."""

    id: str
    message_id: str


class Pictures:
    """Small synchronous steps, each on disk when it returns."""

    def __init__(self, path: Path) -> None:
        self._db = open_database(path, web_tables, synchronous="FULL")
        self._vault = vault_of(self._db.conn)

    def close(self) -> None:
        """Close the database."""
        self._db.close()

    def add(self, conversation: str, content: bytes) -> str:
        """Keep a picture that a message will name; returns its id. Raises TooManyPictures."""
        sql = "SELECT count(*) FROM pictures WHERE conversation = ?"
        if self._db.execute(sql, [conversation]).fetchone()[0] >= MOST:
            raise TooManyPictures
        picture = uuid.uuid4().hex
        row = {
            "id": picture,
            "conversation": conversation,
            "message_id": "",
            "at": time.time(),
            "content": self._vault.seal(base64.b64encode(content).decode()),
        }
        self._db.table("pictures").insert(row)
        return picture

    def content(self, conversation: str, picture: str) -> bytes | None:
        """A picture of a conversation; None when there is none."""
        row = self._db.execute(
            "SELECT content FROM pictures WHERE id = ? AND conversation = ?",
            [picture, conversation],
        ).fetchone()
        return base64.b64decode(self._vault.open(row[0])) if row else None

    def has_all(self, conversation: str, pictures: Sequence[str]) -> bool:
        """Whether all of them are this conversation's."""
        marks = ", ".join("?" * len(pictures))
        sql = f"SELECT count(*) FROM pictures WHERE conversation = ? AND id IN ({marks})"
        return self._db.execute(sql, [conversation, *pictures]).fetchone()[0] == len(set(pictures))

    def came_with(self, conversation: str, message_id: str, pictures: Sequence[str]) -> None:
        """Note which message they came with; the first one that names a picture has it."""
        with self._db.atomic():
            self._db.conn.executemany(
                "UPDATE pictures SET message_id = ? "
                "WHERE id = ? AND conversation = ? AND message_id = ''",
                [(f"{conversation}-{message_id}", one, conversation) for one in pictures],
            )

    def of(self, conversation: str) -> list[Picture]:
        """What was sent in a conversation, the oldest first."""
        rows = self._db.execute(
            "SELECT id, message_id FROM pictures WHERE conversation = ? AND message_id <> '' "
            "ORDER BY at, id",
            [conversation],
        )
        return [Picture(*row) for row in rows]
