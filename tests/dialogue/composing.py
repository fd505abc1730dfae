"""Messages at a point of a conversation, for the tests of what they mean by how they are put together."""

from typing import Any

from rasa.shared.core.events import ActionExecuted, BotUttered

from bot.dialogue.composition import composed
from bot.dialogue.named_products import NamedProducts
from bot.dialogue.said import Said
from tests.dialogue.understanding import tracker

TENT = {"product_meant": "T1", "shown_products": ["T1"], "search": {"text": "tent", "filters": {}}}
KIND = [{"entity": "category", "value": "tents", "start": 0, "end": 4}]


def meant(
    products: NamedProducts,
    text: str,
    intent: tuple[str, float],
    last: str = "action_search_products",
    entities: Any = (),
    ranking: tuple[str, ...] = (),
    told: str = "",
    **slots: Any,
) -> str:
    """The intent that the rules give a message of this intent and confidence, after an action that told something."""
    name, confidence = intent
    parsed = {
        "text": text, "intent": {"name": name, "confidence": confidence}, "entities": [*entities],
        "intent_ranking": [{"name": one, "confidence": 0.3} for one in ranking],
    }  # fmt: skip
    events = [ActionExecuted(last), *([BotUttered(told)] if told else [])]
    return composed(Said(parsed, tracker(*events, **slots), products, None))
