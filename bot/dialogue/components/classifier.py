"""Intents from sentence embeddings."""

from typing import Any, Dict, List, Text, Type

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.featurizers.featurizer import Featurizer
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from sklearn.linear_model import LogisticRegression

from bot.dialogue.components.featurizer import sentence_embedding

RANKED = 10


@DefaultV1Recipe.register(
    DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True
)
class EmbeddingIntentClassifier(IntentClassifier, GraphComponent):
    """Multinomial logistic regression on the sentence embedding.

    Rasa's LogisticRegressionClassifier fixes the regularisation at C = 1, which is far too strong
    for unit vectors: its confidences stay low and every message looks like a fallback. This one
    sets C, and keeps plain arrays, so that a prediction is one matrix product.
    """

    @classmethod
    def required_components(cls) -> List[Type]:
        """A featurizer must come first."""
        return [Featurizer]

    @staticmethod
    def required_packages() -> List[Text]:
        """What has to be installed."""
        return ["sklearn"]

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """`C`: inverse strength of the regularisation."""
        return {"C": 20.0}

    def __init__(
        self,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
    ) -> None:
        self._config = {**self.get_default_config(), **config}
        self._model_storage = model_storage
        self._resource = resource
        self._intents: List[Text] = []
        self._weights = np.zeros((0, 0))
        self._bias = np.zeros(0)

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "EmbeddingIntentClassifier":
        """An untrained classifier."""
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> "EmbeddingIntentClassifier":
        """The classifier that was trained."""
        component = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            with np.load(folder / "intents.npz", allow_pickle=False) as arrays:
                component._intents = arrays["intents"].tolist()
                component._weights = arrays["weights"]
                component._bias = arrays["bias"]
        return component

    def train(self, training_data: TrainingData) -> Resource:
        """Fit on all examples that carry an intent and a text."""
        examples = [e for e in training_data.intent_examples if e.get(INTENT) and e.get(TEXT)]
        vectors = np.stack([sentence_embedding(example) for example in examples])
        model = LogisticRegression(
            C=self._config["C"], class_weight="balanced", max_iter=2000, random_state=42
        )
        model.fit(vectors, [example.get(INTENT) for example in examples])
        self._intents = [str(intent) for intent in model.classes_]
        self._weights, self._bias = model.coef_.T, model.intercept_
        with self._model_storage.write_to(self._resource) as folder:
            np.savez(
                folder / "intents.npz",
                intents=np.array(self._intents),
                weights=self._weights,
                bias=self._bias,
            )
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Predictions on the training data, for components further down."""
        self.process(training_data.training_examples)
        return training_data

    def process(self, messages: List[Message]) -> List[Message]:
        """Put the likeliest intent and the ranking on each message that has a text."""
        for message in messages:
            if not message.get(TEXT) or not self._intents:
                continue
            scores = sentence_embedding(message) @ self._weights + self._bias
            shares = np.exp(scores - scores.max())
            shares /= shares.sum()
            ranking = [
                {"name": self._intents[i], "confidence": float(shares[i])}
                for i in np.argsort(-shares)[:RANKED]
            ]
            message.set(INTENT, ranking[0], add_to_output=True)
            message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
        return messages
