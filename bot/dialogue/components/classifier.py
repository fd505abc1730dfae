"""Intents from sentence embeddings and character n-grams."""

import warnings
from typing import Any, Dict, List, NamedTuple, Text, Type

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
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.linear_model import LogisticRegression

from bot.dialogue.components.featurizer import sentence_embedding, shared_embedder

RANKED = 10
CHARACTERS = HashingVectorizer(
    analyzer="char_wb",
    ngram_range=(2, 4),
    n_features=2**13,
    alternate_sign=False,
    norm="l2",
    dtype=np.float32,
)
SPELLING_STEPS = 40  # further ones take three times as long and change one message in 300
KEYBOARD = ("qwertyuiop", "asdfghjkl", "zxcvbnm")


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class EmbeddingIntentClassifier(IntentClassifier, GraphComponent):
    """Two multinomial logistic regressions, on the sentence embedding and on character n-grams.

    The embedding knows what words mean, the n-grams know them with a letter wrong; their
    log-probabilities are mixed. Each utterance is learnt a second time with typos in it, since
    customers type on phones and in a hurry. Rasa's LogisticRegressionClassifier fixes the
    regularisation at C = 1, far too strong for unit vectors. Predictions are matrix products.
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
        """`C`: inverse strength of the regularisation; `typo_share`: weight of the copies with typos;
        `character_share`: weight of the character n-grams.
        """
        return {"C": 40.0, "typo_share": 0.25, "character_share": 0.4}

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
        self._meaning = _Linear(np.zeros((0, 0)), np.zeros(0))
        self._spelling = self._meaning

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
                component._meaning = _Linear(arrays["weights"], arrays["bias"])
                component._spelling = _Linear(arrays["character_weights"], arrays["character_bias"])
        return component

    def train(self, training_data: TrainingData) -> Resource:
        """Fit on all examples that carry an intent and a text."""
        examples = [e for e in training_data.intent_examples if e.get(INTENT) and e.get(TEXT)]
        intents = [str(example.get(INTENT)) for example in examples]
        texts = [example.get(TEXT) for example in examples]
        random = np.random.default_rng(42)
        noisy = [with_typos(text, random) for text in texts]
        vectors = np.stack([sentence_embedding(example) for example in examples])
        meaning = np.concatenate([vectors, shared_embedder().encode(noisy)])
        self._intents = sorted(set(intents))
        self._meaning = self._fit(meaning, intents)
        spelling = CHARACTERS.transform([*texts, *noisy])
        self._spelling = self._fit(spelling, intents, SPELLING_STEPS)
        with self._model_storage.write_to(self._resource) as folder:
            np.savez(
                folder / "intents.npz",
                intents=np.array(self._intents),
                weights=self._meaning.weights,
                bias=self._meaning.bias,
                character_weights=self._spelling.weights,
                character_bias=self._spelling.bias,
            )
        return self._resource

    def _fit(self, features: Any, intents: List[Text], steps: int = 2000) -> "_Linear":
        """Fit on the utterances followed by their copies with typos, in at most so many steps."""
        share = self._config["typo_share"]
        model = LogisticRegression(
            C=self._config["C"], class_weight="balanced", max_iter=steps, random_state=42
        )
        weights = [1.0 - share] * len(intents) + [share] * len(intents)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # stopping early is meant
            model.fit(features, intents * 2, sample_weight=weights)
        return _Linear(model.coef_.T.astype(np.float32), model.intercept_.astype(np.float32))

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Predictions on the training data, for components further down."""
        self.process(training_data.training_examples)
        return training_data

    def process(self, messages: List[Message]) -> List[Message]:
        """Put the likeliest intent and the ranking on each message that has a text."""
        for message in messages:
            if not message.get(TEXT) or not self._intents:
                continue
            share = self._config["character_share"]
            characters = CHARACTERS.transform([message.get(TEXT)])
            scores = (1 - share) * self._meaning(sentence_embedding(message))
            scores = scores + share * self._spelling.at(characters.indices, characters.data)
            shares = np.exp(scores - scores.max())
            shares /= shares.sum()
            ranking = [
                {"name": self._intents[i], "confidence": float(shares[i])}
                for i in np.argsort(-shares)[:RANKED]
            ]
            message.set(INTENT, ranking[0], add_to_output=True)
            message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
        return messages


class _Linear(NamedTuple):
    """A logistic regression as plain arrays: (features, classes) and (classes,)."""

    weights: np.ndarray
    bias: np.ndarray

    def __call__(self, features: np.ndarray) -> np.ndarray:
        """Log-probabilities for dense features, shape (features,)."""
        scores = features @ self.weights + self.bias
        scores = scores - scores.max()
        return scores - np.log(np.exp(scores).sum())

    def at(self, places: np.ndarray, values: np.ndarray) -> np.ndarray:
        """Log-probabilities for sparse features: the places that aren't zero, and their values.

        SciPy's product would copy all weights for each message.
        """
        scores = values.astype(np.float32) @ self.weights[places] + self.bias
        scores = scores - scores.max()
        return scores - np.log(np.exp(scores).sum())


def with_typos(text: Text, random: np.random.Generator) -> Text:
    """The text with a slip in a third of its longer words: a letter dropped, doubled, swapped, or
    its neighbour on the keyboard; always at least one slip when there is a word of four letters.
    """
    words = text.split()
    long = [i for i, word in enumerate(words) if len(word) >= 4 and word.isalpha()]
    if not long:
        return text
    for i in random.choice(long, max(1, len(long) // 3), replace=False):
        words[i] = _slip(words[i], random)
    return " ".join(words)


def _slip(word: Text, random: np.random.Generator) -> Text:
    place = int(random.integers(1, len(word) - 1))
    letter, kind = word[place], int(random.integers(4))
    if kind == 0:
        return word[:place] + word[place + 1 :]
    if kind == 1:
        return word[:place] + letter + word[place:]
    if kind == 2:
        return word[:place] + word[place + 1] + letter + word[place + 2 :]
    row = next((row for row in KEYBOARD if letter in row), letter)
    near = row[max(0, row.index(letter) - 1) : row.index(letter) + 2].replace(letter, "") or letter
    return word[:place] + near[int(random.integers(len(near)))] + word[place + 1 :]
