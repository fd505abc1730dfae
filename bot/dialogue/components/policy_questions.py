"""Questions that the shop's own pages answer, among those that no intent fits."""

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.featurizers.featurizer import Featurizer
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.dialogue.components.featurizer import sentence_embedding, shared_embedder
from bot.intents import group
from bot.settings import get_settings
from recommender.passages import Passages

POLICY_QUESTION = "policy_question"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class PolicyQuestionFinder(GraphComponent):
    """Turns a fallback into `policy_question` when a passage of the shop's pages fits well.

    A shop's pages say things that no training example foresaw; they are read when they change,
    without training.
    """

    @classmethod
    def required_components(cls) -> list[type]:
        """A featurizer must come first."""
        return [Featurizer]

    @staticmethod
    def required_packages() -> list[str]:
        """Nothing beyond the featurizer's."""
        return []

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`threshold`: how well a passage has to fit, see `recommender.passages`."""
        return {"threshold": 0.4}

    def __init__(self, config: dict[str, Any]) -> None:
        self._threshold = {**self.get_default_config(), **config}["threshold"]
        self._passages = Passages(get_settings().policy_files, shared_embedder())

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "PolicyQuestionFinder":
        """A finder for one node of the graph."""
        return cls(config)

    def process(self, messages: list[Message]) -> list[Message]:
        """Look at the messages that no intent fits."""
        for message in messages:
            text, intent = message.get(TEXT), message.get(INTENT) or {}
            if not text or intent.get("name") not in group("unsure"):
                continue
            answer = self._passages.best(text, sentence_embedding(message))
            if answer and answer.score >= self._threshold:
                found = {"name": POLICY_QUESTION, "confidence": answer.score}
                ranking = [
                    one
                    for one in message.get(INTENT_RANKING_KEY) or []
                    if one["name"] != POLICY_QUESTION
                ]
                message.set(INTENT, found, add_to_output=True)
                message.set(INTENT_RANKING_KEY, [found, *ranking], add_to_output=True)
        return messages
