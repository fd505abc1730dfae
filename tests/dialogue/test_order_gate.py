"""No order form opens unless a message speaks of an order."""

from typing import Any

import numpy as np
import pytest
from rasa.shared.nlu.training_data.message import Message

from bot.dialogue.components import order_gate
from bot.dialogue.components.order_gate import OrderGate


def heard(
    intent: str, ranking: dict[str, float], placed: float, *entities: str
) -> tuple[str, list[str]]:
    """The intent after the gate, and the ranking; `placed`: what the regression says."""
    gate = OrderGate({}, None, None)
    gate._weights = np.array([1.0, 0.0])
    ranked = [{"name": name, "confidence": share} for name, share in ranking.items()]
    said = [{"entity": one} for one in entities]
    message = Message({
        "text": "x", "intent": {"name": intent, "confidence": ranking.get(intent, 0.0)},
        "intent_ranking": ranked, "entities": said, "logit": float(np.log(placed / (1 - placed))),
    })  # fmt: skip
    gate.process([message])
    return message.get("intent")["name"], [one["name"] for one in message.get("intent_ranking")]


@pytest.fixture(autouse=True)
def one_feature(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order_gate, "_embedded", lambda message: np.array([message.get("logit")]))


def test_what_is_likely_enough_an_orders_passes() -> None:
    ranking = {"wrong_item": 0.5, "missing_item": 0.15, "like": 0.3}
    assert heard("wrong_item", ranking, 0.7)[0] == "wrong_item"  # 0.7 × 0.65 + 0.3 × 0.7 = 0.665
    unsure = heard("wrong_item", ranking, 0.6)  # 0.635
    assert unsure == ("nlu_fallback", ["nlu_fallback", "wrong_item", "missing_item", "like"])


def test_a_wish_for_a_product_asks_for_a_surer_intent() -> None:
    ranking: dict[str, Any] = {"exchange_item": 0.55, "return_item": 0.4}
    assert heard("exchange_item", ranking, 0.95)[0] == "exchange_item"
    assert heard("exchange_item", ranking, 0.95, "colour")[0] == "nlu_fallback"
    ranking = {"exchange_item": 0.65, "return_item": 0.3}
    assert heard("exchange_item", ranking, 0.95, "colour")[0] == "exchange_item"


def test_an_order_number_opens_it_and_other_intents_are_left_alone() -> None:
    ranking = {"wrong_item": 0.46}
    assert heard("wrong_item", ranking, 0.1, "order_number")[0] == "wrong_item"
    assert heard("like", {"like": 0.46}, 0.1)[0] == "like"
