"""Puts the customer's sentiment on each message, where the transcripts find it."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.featurizers.featurizer import Featurizer
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.dialogue.components.featurizer import TONE, fingerprint, shared_embedder
from bot.paths import REPOSITORY
from bot.sentiment import SentimentAnalyser, SentimentHead, read_messages, rules_score


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR], is_trainable=True)
class SentimentAnnotator(GraphComponent):
    """Sets `sentiment` = {"label", "score"} on each message; it survives in parse_data.

    The head is trained on `examples` (text, tab, label) while Rasa trains; afterwards it reads the
    tone that the featurizer already computed.
    """

    @classmethod
    def required_components(cls) -> list[type]:
        """A featurizer must come first."""
        return [Featurizer]

    @staticmethod
    def required_packages() -> list[str]:
        """What has to be installed."""
        return ["vaderSentiment"]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`examples`: the training file, relative to the repository."""
        return {"examples": "nlu_data/sentiment/messages.tsv"}

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """Training again is needed when the examples changed, or what learns from them."""
        return fingerprint(_examples(config), REPOSITORY / "bot/sentiment.py")

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        head: SentimentHead | None = None,
    ) -> None:
        self._config = {**self.get_default_config(), **config}
        self._model_storage = model_storage
        self._resource = resource
        self._analyse = SentimentAnalyser(head)

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "SentimentAnnotator":
        """An untrained annotator: rules alone."""
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> "SentimentAnnotator":
        """The annotator with its trained head."""
        with model_storage.read_from(resource) as folder:
            with np.load(folder / "sentiment.npz", allow_pickle=False) as arrays:
                head = SentimentHead(arrays["weights"], arrays["bias"])
        component = cls(config, model_storage, resource, head)
        rules_score("warm up")  # the first customer shouldn't wait for the word list
        return component

    def train(self, training_data: TrainingData) -> Resource:
        """Fit the head on the examples file."""
        texts, labels = read_messages(_examples(self._config))
        _, tones = shared_embedder().encode_with_tones(texts)
        head = SentimentHead.fit(texts, tones, labels)
        self._analyse = SentimentAnalyser(head)
        with self._model_storage.write_to(self._resource) as folder:
            np.savez(folder / "sentiment.npz", weights=head.weights, bias=head.bias)
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Annotate the messages that carry a text."""
        for message in messages:
            if message.get(TEXT):
                sentiment = self._analyse(message.get(TEXT), message.get(TONE))
                message.set("sentiment", asdict(sentiment), add_to_output=True)
        return messages


def _examples(config: dict[str, Any]) -> Path:
    defaults = SentimentAnnotator.get_default_config()
    return REPOSITORY / {**defaults, **config}["examples"]
