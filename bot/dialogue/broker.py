"""The event broker that writes the transcripts, off the event loop."""

import logging
import queue
import sqlite3
import threading
from asyncio import AbstractEventLoop
from pathlib import Path
from typing import Any

from rasa.core.brokers.broker import EventBroker
from rasa.utils.endpoints import EndpointConfig
from sqlite_utils import Database

from bot.errors import StoreError
from bot.settings import get_settings
from bot.transcripts import summaries
from bot.transcripts.projection import Projection
from bot.transcripts.store import catch_up, open_transcripts

logger = logging.getLogger(__name__)

RETRY_SECONDS = 2.0
_STOP = object()


class TranscriptBroker(EventBroker):
    """Queues events and lets a thread of its own apply them, a batch in each transaction.

    What is still queued when the process is killed is in the tracker store, and is added at the
    next start.
    """

    def __init__(self, transcripts_db: Path, tracker_db: Path) -> None:
        self._path = transcripts_db
        self._tracker_db = tracker_db
        self._queue: queue.Queue[Any] = queue.Queue()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._write, name="transcripts", daemon=True)
        self._thread.start()

    @classmethod
    async def from_endpoint_config(
        cls, broker_config: EndpointConfig, event_loop: AbstractEventLoop | None = None
    ) -> "TranscriptBroker":
        """The broker of the shop that the settings name."""
        settings = get_settings()
        return cls(settings.transcripts_db, settings.tracker_db)

    def publish(self, event: dict[str, Any]) -> None:
        """Queue one event; returns at once."""
        self._queue.put((event["sender_id"], event))

    @property
    def waiting(self) -> int:
        """How many events aren't written yet."""
        return self._queue.unfinished_tasks

    def flush(self) -> None:
        """Wait until everything that was published is written."""
        self._queue.join()

    async def close(self) -> None:
        """Write what is queued, then stop."""
        self._stopping.set()
        self._queue.put(_STOP)
        self._thread.join(timeout=10)

    def _write(self) -> None:
        database = self._opened()
        if database is None:
            return
        projection = Projection(database)
        while True:
            batch, last = self._next_batch()
            if batch:
                self._apply(database, projection, batch)
            for _ in range(len(batch) + last):
                self._queue.task_done()
            if last:
                database.close()
                return

    def _opened(self) -> Database | None:
        """The transcripts with all that the tracker store has; tried until it works.

        At the very first start the tracker store may just be making its tables. None at the end.
        """
        while True:
            try:
                database = open_transcripts(self._path)
                summarised = summaries.catch_up(database)
                caught_up = catch_up(self._tracker_db, database)
            except (sqlite3.Error, StoreError) as error:
                logger.error("The transcripts can't be opened, trying again: %s", error)
                if self._stopping.wait(RETRY_SECONDS):
                    return None
                continue
            if summarised:
                logger.info("Made the summaries of %s conversations.", summarised)
            if caught_up:
                logger.info("Added %s conversations to the transcripts.", caught_up)
            return database

    def _next_batch(self) -> tuple[list[tuple[str, dict[str, Any]]], bool]:
        """All that is queued, at least one; and whether it is the end."""
        batch = [self._queue.get()]
        while not self._queue.empty():
            batch.append(self._queue.get_nowait())
        return [item for item in batch if item is not _STOP], _STOP in batch

    def _apply(
        self,
        database: Database,
        projection: Projection,
        batch: list[tuple[str, dict[str, Any]]],
    ) -> None:
        """Apply a batch; a database that is busy or full is tried again, conversations go on."""
        while True:
            try:
                with database.atomic():
                    for conversation, event in batch:
                        projection.apply(conversation, event)
                    projection.finish()
                return
            except (sqlite3.Error, StoreError) as error:
                logger.error("The transcripts can't be written, trying again: %s", error)
                if self._stopping.wait(RETRY_SECONDS):
                    return  # the tracker store has it; the next start adds it
