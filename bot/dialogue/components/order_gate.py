"""Whether a message speaks of an order that was placed: without that no order form opens."""

from pathlib import Path
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.featurizers.featurizer import Featurizer
from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from sklearn.linear_model import LogisticRegression

from bot.dialogue.components.classifier import in_other_language
from bot.dialogue.components.featurizer import TONE, fingerprint, sentence_embedding
from bot.dialogue.components.intent_model import side_by_side
from bot.dialogue.in_form import ORDER_TASKS

# Said with and without an order; they teach nothing about it.
EITHER = {"inform", "list_orders", "undo_request"}
WISHES = {"price", "colour", "size", "audience", "brand", "feature"}
FALLBACK = "nlu_fallback"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class OrderGate(IntentClassifier, GraphComponent):
    """Turns an intent about an order into a fallback when it isn't likely enough that one is meant.

    The probabilities of all such intents together say it, and a regression of its own, which knows
    nothing but the difference. A message that names an order's number passes.
    """

    @classmethod
    def required_components(cls) -> list[type]:
        """It learns from what the encoder says."""
        return [Featurizer]

    @staticmethod
    def required_packages() -> list[str]:
        """What has to be installed."""
        return ["sklearn"]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`threshold` of both together, of which `share` is the regression's (docs/benchmarks.md).

        `beside_wish`: how sure the intent itself has to be beside a wish for a product, a colour
        or a price, which is evidence of shopping.
        """
        return {"threshold": 0.65, "beside_wish": 0.6, "share": 0.3, "C": 1.0}

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """It learns from what this module says is an order's."""
        return fingerprint(Path(__file__))

    def __init__(
        self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource
    ) -> None:
        self._config = {**self.get_default_config(), **config}
        self._model_storage = model_storage
        self._resource = resource
        self._weights: np.ndarray | None = None  # the last one is the bias

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "OrderGate":
        """An untrained gate."""
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> "OrderGate":
        """The gate that was trained."""
        gate = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            gate._weights = np.load(folder / "gate.npy", allow_pickle=False)
        return gate

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from all examples whose intent tells; with one kind alone there is no gate."""
        told = [
            example
            for example in training_data.intent_examples
            if example.get(TEXT)
            and example.get(INTENT) not in EITHER
            and not in_other_language(example)
        ]
        labels = np.array([example.get(INTENT) in ORDER_TASKS for example in told])
        if labels.any() and not labels.all():
            model = LogisticRegression(
                C=self._config["C"], class_weight="balanced", max_iter=300, random_state=42
            )
            model.fit(np.stack([_embedded(example) for example in told]), labels)
            self._weights = np.append(model.coef_[0], model.intercept_).astype(np.float32)
        with self._model_storage.write_to(self._resource) as folder:
            np.save(folder / "gate.npy", np.zeros(0) if self._weights is None else self._weights)
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Look at the messages whose likeliest intent is about an order."""
        for message in messages:
            intent = (message.get(INTENT) or {}).get("name")
            if message.get(TEXT) and intent in ORDER_TASKS and not self._passes(message):
                ranking = message.get(INTENT_RANKING_KEY) or []
                unsure = {"name": FALLBACK, "confidence": self._config["threshold"]}
                message.set(INTENT, unsure, add_to_output=True)
                message.set(INTENT_RANKING_KEY, [unsure, *ranking], add_to_output=True)
        return messages

    def _passes(self, message: Message) -> bool:
        said = {one["entity"] for one in message.get(ENTITIES) or []}
        if self._weights is None or not self._weights.size or "order_number" in said:
            return True
        ranking = message.get(INTENT_RANKING_KEY) or []
        together = sum(one["confidence"] for one in ranking if one["name"] in ORDER_TASKS)
        if in_other_language(message):  # of which this regression knows nothing
            return together >= self._config["threshold"]
        logit = float(_embedded(message) @ self._weights[:-1] + self._weights[-1])
        placed = 1 / (1 + np.exp(-logit))
        share = self._config["share"]
        if said & WISHES and message.get(INTENT)["confidence"] < self._config["beside_wish"]:
            return False
        return bool((1 - share) * together + share * placed >= self._config["threshold"])


def _embedded(message: Message) -> np.ndarray:
    return side_by_side(sentence_embedding(message), message.get(TONE))
