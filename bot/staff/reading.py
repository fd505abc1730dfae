"""Reading the transcripts off the event loop: a slow search never holds up a customer's chat."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from bot.staff.conversations import Finder
from bot.transcripts.store import open_transcripts

Found = TypeVar("Found")
THREADS = 2


class Readers:
    """Threads with a Finder each."""

    def __init__(self, transcripts_db: Path, staff_db: Path, surveys_db: Path) -> None:
        open_transcripts(transcripts_db).close()  # the first to come makes it
        self._paths = transcripts_db, staff_db, surveys_db
        self._own = threading.local()
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="console")

    async def read(self, work: Callable[[Finder], Found]) -> Found:
        """The result of `work`, done with a Finder in one of the threads."""
        return await asyncio.get_event_loop().run_in_executor(self._threads, self._do, work)

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown(wait=True)

    def _do(self, work: Callable[[Finder], Any]) -> Any:
        finder = getattr(self._own, "finder", None)
        if finder is None:
            finder = self._own.finder = Finder(*self._paths)
        return work(finder)
