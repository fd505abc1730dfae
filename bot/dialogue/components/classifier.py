"""Intents, from what the encoder says of a message and from its letters."""

from pathlib import Path
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.featurizers.featurizer import Featurizer
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY, METADATA, METADATA_INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.dialogue.components.featurizer import (
    TONE,
    fingerprint,
    sentence_embedding,
    shared_embedder,
)
from bot.dialogue.components.intent_model import IntentModel, Method, side_by_side
from bot.service.training import TUNING

RANKED = 10
TRAINED_IN = "en"  # the language of utterances that name none
HERE = Path(__file__).parent


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class EmbeddingIntentClassifier(IntentClassifier, GraphComponent):
    """Rasa's side of `IntentModel`.

    Rasa's LogisticRegressionClassifier fixes the regularisation at C = 1, far too strong for
    vectors of length 1.
    """

    @classmethod
    def required_components(cls) -> list[type]:
        """A featurizer must come first."""
        return [Featurizer]

    @staticmethod
    def required_packages() -> list[str]:
        """What has to be installed."""
        return ["sklearn"]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """The fields of `intent_model.Method`."""
        return Method()._asdict()

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """What learns is in modules beside this one."""
        return fingerprint(
            *(HERE / f"{name}.py" for name in ("intent_model", "spelling", "tuning"))
        )

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
    ) -> None:
        self._method = Method(
            **{key: config.get(key, value) for key, value in Method()._asdict().items()}
        )
        self._model_storage = model_storage
        self._resource = resource
        self._model: IntentModel | None = None

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "EmbeddingIntentClassifier":
        """An untrained classifier."""
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> "EmbeddingIntentClassifier":
        """The classifier that was trained."""
        component = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            component._model = IntentModel.load(folder, component._method, shared_embedder())
        return component

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from all examples that carry an intent and a text, and no other language (`OtherLanguages`)."""
        examples = [
            e
            for e in training_data.intent_examples
            if e.get(INTENT) and e.get(TEXT) and not in_other_language(e)
        ]
        with self._model_storage.write_to(self._resource) as folder:
            self._model = IntentModel.trained(
                [example.get(TEXT) for example in examples],
                [str(example.get(INTENT)) for example in examples],
                shared_embedder(),
                self._method,
                np.stack([_embedded(example) for example in examples]),
                folder,
                _say,
            )
            self._model.save(folder)
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Predictions on the training data, for components further down."""
        self.process(training_data.training_examples)
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Put the likeliest intent and the ranking on each message that has a text."""
        for message in messages:
            if not message.get(TEXT) or self._model is None:
                continue
            found = self._model(message.get(TEXT), _embedded(message))
            ranking = [{"name": name, "confidence": share} for name, share in found[:RANKED]]
            message.set(INTENT, ranking[0], add_to_output=True)
            message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
        return messages


def in_other_language(message: Message) -> bool:
    """Whether an utterance or a message says in its metadata that it isn't in the training data's own language."""
    metadata = message.get(METADATA) or {}
    of_intent = metadata.get(METADATA_INTENT) or {}
    return (metadata.get("language") or of_intent.get("language") or TRAINED_IN) != TRAINED_IN


def _say(what: str, done: int, steps: int) -> None:
    """Tell a patient person that tuning goes on; see `bot.service.training.train`."""
    if done % 10 == 0:
        print(f"{TUNING} {what}: {100 * done // steps} %", flush=True)


def _embedded(message: Message) -> np.ndarray:
    return side_by_side(sentence_embedding(message), message.get(TONE))
