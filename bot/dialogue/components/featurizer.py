"""Sentence embeddings as features for Rasa's pipeline."""

import hashlib
import inspect
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import FEATURIZER_CLASS_ALIAS
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.nlu.tokenizers.tokenizer import Tokenizer
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.settings import get_settings
from recommender.embedder import Embedder


@lru_cache(maxsize=1)
def shared_embedder() -> Embedder:
    """The one embedding model of the dialogue process."""
    settings = get_settings()
    return Embedder(settings.embedding_model, settings.device)


def fingerprint(*files: Path) -> str:
    """A component's `fingerprint_addon`: changes with the files and with the embedding model.

    Of a component's code Rasa compares only the class itself, and would take what it learnt
    otherwise from its cache of earlier trainings.
    """
    digest = hashlib.sha256(shared_embedder().name.encode())
    for file in (Path(inspect.getfile(Embedder)), *files):
        digest.update(file.read_bytes())
    return digest.hexdigest()


TONE = "tone"  # of a message: see Embedder.encode_with_tones


def sentence_embedding(message: Message) -> np.ndarray:
    """The embedding that MiniLMFeaturizer put on a message, shape (dim,), L2-normalised."""
    _, features = message.get_dense_features(TEXT)
    if features is None:
        raise ValueError("MiniLMFeaturizer must come before this component in config.yml.")
    return np.asarray(features.features)[0]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class MiniLMFeaturizer(DenseFeaturizer, GraphComponent):
    """Puts one L2-normalised sentence embedding on each message.

    Method: Reimers and Gurevych, "Sentence-BERT", 2019; the model is the setting
    `embedding_model`, by default all-MiniLM-L6-v2 with 384 dimensions.
    """

    @classmethod
    def required_components(cls) -> list[type]:
        """Rasa's featurizers expect tokens on the message."""
        return [Tokenizer]

    @staticmethod
    def required_packages() -> list[str]:
        """What has to be installed."""
        return ["sentence_transformers"]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """The parent's configuration; there is nothing to set."""
        return DenseFeaturizer.get_default_config()

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """Another embedding model gives other features."""
        return fingerprint()

    def __init__(self, config: dict[str, Any], name: str) -> None:
        super().__init__(name, config)

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "MiniLMFeaturizer":
        """A component for one node of the graph."""
        shared_embedder().load()  # now, so that the first customer doesn't wait for it
        return cls(config, execution_context.node_name or cls.__name__)

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Nothing can be wrong."""

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Embed all training examples in one go."""
        self.process(training_data.training_examples)
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Embed the messages that carry a text."""
        with_text = [message for message in messages if message.get(TEXT)]
        if not with_text:
            return messages
        texts = [message.get(TEXT) for message in with_text]
        vectors, tones = shared_embedder().encode_with_tones(texts)
        for message, vector, tone in zip(with_text, vectors, tones, strict=True):
            message.set(TONE, tone)
            message.add_features(
                Features(
                    vector[np.newaxis, :],
                    FEATURE_TYPE_SENTENCE,
                    TEXT,
                    self._config[FEATURIZER_CLASS_ALIAS],
                )
            )
        return messages
