"""Intents and feelings of messages in other languages than the training data's."""

from functools import lru_cache
from pathlib import Path
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.dialogue.components.classifier import RANKED, in_other_language
from bot.dialogue.components.featurizer import fingerprint
from bot.dialogue.components.multilingual_model import FILE, MultilingualModel
from bot.paths import REPOSITORY
from bot.sentiment import read_messages
from recommender import multilingual
from recommender.embedder import Embedder

HERE = Path(__file__).parent


@lru_cache(maxsize=1)
def multilingual_embedder() -> Embedder:
    """The one multilingual encoder of the dialogue process."""
    return Embedder(multilingual.NAME)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class OtherLanguages(IntentClassifier, GraphComponent):
    """Puts the intents and the feeling of a message in another language in the place of what was found before.

    It learns from all utterances; those in other languages have `metadata: {language: de}` at their intent. Without the
    package that holds the encoder's weights it does nothing.
    """

    @staticmethod
    def required_packages() -> list[str]:
        """What has to be installed."""
        return ["sklearn"]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`feelings`: the training file of sentiment, relative to the repository; `unlike`: an intent whose utterances
        are in other languages because it is about them."""
        return {"feelings": "nlu_data/sentiment/messages.tsv", "unlike": "other_language"}

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """What learns is in modules beside this one."""
        files = [HERE / "multilingual_model.py", Path(multilingual.__file__)]
        files.append(REPOSITORY / {**cls.get_default_config(), **config}["feelings"])
        return f"{fingerprint(*files)} {multilingual.weights_file() is not None}"

    def __init__(
        self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource
    ) -> None:
        self._config = {**self.get_default_config(), **config}
        self._model_storage, self._resource = model_storage, resource
        self._model: MultilingualModel | None = None

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "OtherLanguages":
        """One that knows nothing yet."""
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> "OtherLanguages":
        """The one that was trained."""
        component = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            if (folder / FILE).exists() and multilingual.weights_file():
                component._model = MultilingualModel.load(folder, multilingual_embedder())
                multilingual_embedder().load()
        return component

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from all examples that carry an intent and a text."""
        with self._model_storage.write_to(self._resource) as folder:
            if multilingual.weights_file():
                examples = [
                    e for e in training_data.intent_examples if e.get(INTENT) and e.get(TEXT)
                ]
                own = [
                    e
                    for e in examples
                    if not in_other_language(e) and e.get(INTENT) != self._config["unlike"]
                ]
                others = [e for e in examples if in_other_language(e)]
                felt = read_messages(REPOSITORY / self._config["feelings"])
                self._model = MultilingualModel.trained(
                    [(e.get(TEXT), e.get(INTENT)) for e in own],
                    [(e.get(TEXT), e.get(INTENT)) for e in others],
                    list(zip(*felt, strict=True)),
                    multilingual_embedder(),
                )
                self._model.save(folder)
            else:
                (folder / "none").touch()
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Nothing further down learns from this."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Look at the messages in another language."""
        for message in messages:
            if self._model is None or not message.get(TEXT) or not in_other_language(message):
                continue
            found, felt = self._model(message.get(TEXT))
            ranking = [{"name": name, "confidence": share} for name, share in found[:RANKED]]
            message.set(INTENT, ranking[0], add_to_output=True)
            message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
            message.set("sentiment", vars(felt), add_to_output=True)
        return messages
