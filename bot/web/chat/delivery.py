"""Brings customers' messages to Rasa: each conversation in order, each message exactly once.

Rasa's channel knows the ids of the turns that it did, so a turn whose answer was lost is sent
again without being done again.
"""

import asyncio
import logging
import sqlite3
import time
from collections.abc import Callable
from typing import Any

from bot.errors import StoreError
from bot.inbox.store import Inbox, Waiting
from bot.logs import about
from bot.texts import ENGLISH, said
from bot.web.chat.engine import Engine, EngineFailed, EngineUnavailable
from bot.web.chat.live import Hub
from bot.web.chat.places import Places
from bot.web.metrics import Metrics

logger = logging.getLogger(__name__)

TRIES = 3  # of a turn that Rasa answers with an error
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 5.0
AT_ONCE = 16  # conversations that are being delivered at the same time
OF_NETWORK = 12  # of these, of one network: its slow turns leave some for others


class Delivery:
    """A task for each conversation that has messages waiting."""

    def __init__(
        self,
        inbox: Inbox,
        engine: Engine,
        hub: Hub,
        on_answer: Callable[[str, dict[str, Any]], None],
        metrics: Metrics,
        is_silent: Callable[[str], bool] = lambda conversation: False,
        own_language: str = ENGLISH,
    ) -> None:
        """`on_answer(conversation, answer)` hears of each turn before the customer does.

        Where the assistant `is_silent`, an answer that was under way when a person stepped in is
        held back: the customer would read two voices. A first apology is in the shop's `own_language`.
        """
        self._inbox, self._engine, self._hub, self._on_answer = inbox, engine, hub, on_answer
        self._metrics = metrics
        self._is_silent, self._own_language = is_silent, own_language
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._places = Places(AT_ONCE, OF_NETWORK)

    def resume(self) -> None:
        """Take up what waited when the process ended."""
        for conversation in self._inbox.waiting_conversations():
            self.wake(conversation)

    def wake(self, conversation: str) -> None:
        """There is a message for this conversation."""
        if conversation not in self._tasks:
            task = asyncio.get_event_loop().create_task(self._deliver_all(conversation))
            self._tasks[conversation] = task
            task.add_done_callback(lambda done: self._ended(conversation, done))

    @property
    def backlog(self) -> int:
        """Conversations with messages that wait."""
        return len(self._tasks)

    async def stop(self) -> None:
        """Stop; what isn't answered yet stays in the inbox."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _ended(self, conversation: str, task: "asyncio.Task[None]") -> None:
        self._tasks.pop(conversation, None)
        if not task.cancelled() and task.exception():
            logger.error(
                "Delivery failed.",
                exc_info=task.exception(),
                extra=about(conversation=conversation),
            )

    async def _deliver_all(self, conversation: str) -> None:
        while True:
            try:
                message = self._inbox.next_waiting(conversation)
                if message is None:
                    self._hub.tell(conversation, "ready")
                    return
                replies = await self._deliver(message)
                if self._is_silent(conversation):
                    replies = []
                self._inbox.answered(message, replies)
            except (sqlite3.Error, StoreError) as error:
                # Asked again, Rasa gives the replies that it gave: nothing is lost by waiting.
                logger.error(
                    "An answer can't be written down, trying again: %s", error,
                    extra=about(conversation=conversation),
                )  # fmt: skip
                self._metrics.errors.labels("database").inc()
                await asyncio.sleep(LONGEST_PAUSE)
                continue
            self._hub.tell(conversation)

    async def _deliver(self, message: Waiting) -> list[dict[str, Any]]:
        """The replies to a message; waits as long as Rasa is away."""
        pause = FIRST_PAUSE
        while True:
            if message.turn is None:
                return self._give_up(message, "it can't be read")
            awaited = _is_awaited(message)
            try:
                # What nobody sent, such as a note, is in a network of its own.
                network = message.turn.get("network") or message.conversation
                async with self._places.one(network):
                    return await self._attempt(message, message.turn)
            except EngineUnavailable as error:
                self._metrics.errors.labels("dialogue_away").inc()
                if pause == FIRST_PAUSE:
                    logger.warning("Rasa is away, waiting: %s", error, extra=_about(message))
                if awaited:
                    self._hub.tell(message.conversation, "waiting")
            except (sqlite3.Error, StoreError):
                raise
            except Exception as error:  # whatever it is, it mustn't hold up this customer for ever
                self._metrics.errors.labels("dialogue_failed").inc()
                fault = None if isinstance(error, EngineFailed) else error
                logger.error("A turn failed: %s", error, exc_info=fault, extra=_about(message))
                if self._inbox.failed(message) >= TRIES:
                    return self._give_up(message, f"it failed {TRIES} times")
            await asyncio.sleep(pause)
            pause = min(LONGEST_PAUSE, pause * 2)
            # Read again: staff may have taken the conversation while Rasa was away.
            message = self._inbox.next_waiting(message.conversation) or message

    def _give_up(self, message: Waiting, why: str) -> list[dict[str, Any]]:
        """An apology in the place of an answer: what follows in the conversation mustn't wait."""
        logger.error("A message is given up: %s.", why, extra=_about(message))
        if not _is_awaited(message):
            return []
        self._metrics.turns.labels("apology").inc()
        reply_id = f"{message.conversation}-{message.message_id}:failed"
        text = said("given_up", self._inbox.language(message.conversation) or self._own_language)
        return [{"id": reply_id, "text": text, "buttons": [], "products": []}]

    async def _attempt(self, message: Waiting, turn: dict[str, Any]) -> list[dict[str, Any]]:
        if "note" in turn:
            await self._engine.note(turn)
            return []
        if _is_awaited(message):
            self._hub.tell(message.conversation, "typing")
        began = time.time()
        answer = await self._engine.turn(turn)
        took = time.time() - began
        queued = max(0.0, began - turn.get("received_at", began))
        self._metrics.turn(answer, queued, took)
        seen = answer.get("seen") or {}
        logger.info(
            "turn",
            extra=_about(
                message, queue=queued, dialogue=took, **seen.get("seconds", {}),
                replies=len(answer["messages"]), fallback=seen.get("fallback") or None,
            ),
        )  # fmt: skip
        self._on_answer(message.conversation, answer)
        language = answer.get("language") or ""
        return [{**reply, "language": language} for reply in answer["messages"]]


def _is_awaited(message: Waiting) -> bool:
    """A note was said to staff, a survey asks by itself: nobody waits for an answer."""
    return not {"note", "survey"} & set(message.turn or ())


def _about(message: Waiting, **more: Any) -> dict[str, Any]:
    """For the log: which message of which conversation."""
    return about(conversation=message.conversation, trace=message.message_id, **more)
