"""Rasa's processor and conversations for tests of what a message means."""

import asyncio
from typing import Any

from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActiveLoop, SlotSet
from rasa.shared.core.trackers import DialogueStateTracker

from bot.dialogue.understanding import understand
from bot.paths import REPOSITORY

DOMAIN = Domain.load(str(REPOSITORY / "bot/dialogue/domain"))


class Processor:
    """Understands what the test says it does."""

    def __init__(self, **intents: tuple[str, float]) -> None:
        self.intents = intents
        self.entities: list[dict[str, Any]] = []

    async def parse_message(self, message: Any) -> dict[str, Any]:
        name, confidence = self.intents.get(message.text.replace(" ", "_"), ("out_of_scope", 0.9))
        return {
            "text": message.text,
            "intent": {"name": name, "confidence": confidence},
            "intent_ranking": [{"name": name, "confidence": confidence}],
            "entities": [dict(one) for one in self.entities],
        }


def tracker(*events: Any, **slots: Any) -> DialogueStateTracker:
    made = DialogueStateTracker.from_events("c", [], slots=DOMAIN.slots, domain=DOMAIN)
    for event in [*(SlotSet(name, value) for name, value in slots.items()), *events]:
        made.update(event, DOMAIN)
    return made


def in_form(asked: str) -> DialogueStateTracker:
    return tracker(ActiveLoop("order_form"), requested_slot=asked)


def intents(processor: Processor, before: Any, text: str) -> list[str]:
    loop = asyncio.new_event_loop()
    try:
        parsed = loop.run_until_complete(understand(processor, before, text))
    finally:
        loop.close()
    return [one["intent"]["name"] for one in parsed]
