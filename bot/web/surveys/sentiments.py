"""The sentiment of open answers, which Rasa reads; while it is away the answers wait."""

import asyncio
import logging

from bot.errors import NotFound
from bot.surveys.store import SurveyStore
from bot.web.chat.engine import Engine, EngineFailed, EngineUnavailable

logger = logging.getLogger(__name__)

AGAIN_SECONDS = 10.0  # also for answers that came into the database by another process


class Feelings:
    """Goes through `SurveyStore.unfelt`, at the start, when it is woken, and every few seconds."""

    def __init__(self, engine: Engine, store: SurveyStore) -> None:
        self._engine, self._store = engine, store
        self._woken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin, with what was left when the process ended."""
        self._task = asyncio.get_event_loop().create_task(self._go_on())

    def wake(self) -> None:
        """There is an open answer."""
        self._woken.set()

    async def stop(self) -> None:
        """Stop; what isn't read yet stays on the list."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _go_on(self) -> None:
        while True:
            try:
                while answers := self._store.unfelt():
                    for run, question in answers:
                        await self._read(run, question)
            except EngineUnavailable:
                logger.info("Open answers wait for their sentiment until Rasa is back.")
            self._woken.clear()
            try:
                await asyncio.wait_for(self._woken.wait(), AGAIN_SECONDS)
            except TimeoutError:
                continue

    async def _read(self, run: str, question: str) -> None:
        try:
            answer = self._store.run(run).answers.get(question)
            if answer and isinstance(answer.value, str):
                found = await self._engine.sentiment(answer.value)
                if found:
                    self._store.tag_sentiment(run, question, found["label"], found["score"])
        except NotFound:
            pass  # erased meanwhile
        except EngineFailed as error:
            logger.warning("An open answer stays without sentiment: %s", error)
        self._store.felt(run, question)
