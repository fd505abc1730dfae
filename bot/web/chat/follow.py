"""Telling the console when the transcripts have what was said, a moment after it was said."""

import asyncio
import time
from pathlib import Path

from bot.store.db import open_readonly
from bot.web.chat.live import Hub

LOOK_EVERY = 0.5
FOLLOWED = 20.0  # seconds after a message in which its rows are waited for

State = tuple[int, float] | None


class Follow:
    """Watches the summaries of conversations that just changed, and reports "transcribed" for each
    change of theirs."""

    def __init__(self, hub: Hub, transcripts_db: Path) -> None:
        self._hub = hub
        self._database = open_readonly(transcripts_db)
        self._followed: dict[str, tuple[float, State]] = {}
        self._unwatch = hub.watch(self._note)

    async def keep_looking(self) -> None:
        """Look again and again, while something is followed."""
        while True:
            self.look()
            await asyncio.sleep(LOOK_EVERY)

    def look(self, now: float = 0) -> None:
        """Report each conversation whose summary changed since it was looked at."""
        now = now or time.monotonic()
        for conversation, (until, known) in list(self._followed.items()):
            state = self._state(conversation)
            if state != known:
                self._hub.report(conversation, "transcribed")
            if now < until:
                self._followed[conversation] = until, state
            else:
                del self._followed[conversation]

    def close(self) -> None:
        """Close the database."""
        self._unwatch()
        self._database.close()

    def _note(self, conversation: str, what: str) -> None:
        if what == "changed":
            _, known = self._followed.get(conversation) or (0, self._state(conversation))
            self._followed[conversation] = time.monotonic() + FOLLOWED, known

    def _state(self, conversation: str) -> State:
        row = self._database.conn.execute(
            "SELECT messages, last_at FROM summaries WHERE conversation_id = ?", [conversation]
        ).fetchone()
        return row and tuple(row)
