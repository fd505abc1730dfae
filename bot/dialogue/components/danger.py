"""How much a message sounds like danger to somebody's life, beside what it asks for.

Intents share a probability among them, and give little of it to what is like nothing they learnt.
Danger is said in many ways and rarely: it is measured by itself, and errs towards hearing it. A request
beside it hides it, whether or not a comma stands between: so each clause is measured alone as well, and
a longer one in windows of a few words. What isn't danger is learnt in such windows, too, for torn from the
rest many words sound like anything.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.featurizers.featurizer import Featurizer
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from sklearn.svm import SVC

from bot.answers.details import without_values
from bot.dialogue.components.classifier import in_other_language
from bot.dialogue.components.featurizer import (
    TONE,
    fingerprint,
    sentence_embedding,
    shared_embedder,
)
from bot.dialogue.components.intent_model import side_by_side
from bot.intents import group
from bot.paths import REPOSITORY
from bot.sentiment import read_messages

LABELS = ("danger", "none")
STRENGTH, WIDTH = 3.0, 0.7  # C and gamma of the machine; others do about as well
# By so much the border is moved towards hearing danger: tests/data/danger.yml, docs/benchmarks.md.
MOVED = 0.35
CLAUSE_END = re.compile(r"[.!?…;,\n]+|(?<!\S)\(?\d{1,2}\)")
LEAST, MOST = 2, 7  # words of what is measured alone: fewer say little, more hide what one says
# A clause of more than MOST words is measured in windows of so many words, each so many further on. Long
# messages, which would have too many of these, in the second size; of still more, neighbours together.
SIZES = ((6, 2), (10, 5))
LEARNT = (6, 3)  # the same of what is learnt as none
WINDOWS = 160  # at most


@dataclass(frozen=True)
class DangerModel:
    """A support vector machine with a radial kernel, as plain arrays."""

    vectors: np.ndarray  # (n, dim)
    weights: np.ndarray  # (n,)
    bias: float

    @classmethod
    def fit(cls, vectors: np.ndarray, is_danger: np.ndarray) -> "DangerModel":
        """Learn from vectors of both kinds."""
        machine = SVC(C=STRENGTH, gamma=WIDTH).fit(vectors, is_danger)
        return cls(
            machine.support_vectors_.astype(np.float32),
            machine.dual_coef_[0].astype(np.float32),
            float(machine.intercept_[0]),
        )

    def __call__(self, vector: np.ndarray) -> float:
        """From 0 it is danger; about -1.5 for what surely is none."""
        distances = ((self.vectors - vector) ** 2).sum(axis=1)
        return float(self.weights @ np.exp(-WIDTH * distances)) + self.bias + MOVED


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR], is_trainable=True)
class DangerFinder(GraphComponent):
    """Sets `danger`, a number, on each message, and on one that has parts `danger_in`, the text of
    that which is the most dangerous alone, and `danger_alone`; they survive in parse_data.

    It learns from all intents and from `examples`: text, tab, danger or none.
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
        """`examples`: the training file, relative to the repository."""
        return {"examples": "nlu_data/danger/messages.tsv"}

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """Training again is needed when the examples changed, or how they are learnt."""
        return fingerprint(_examples(config), Path(__file__))

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        model: DangerModel | None = None,
    ) -> None:
        self._config = {**self.get_default_config(), **config}
        self._model_storage, self._resource, self._model = model_storage, resource, model

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "DangerFinder":
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
    ) -> "DangerFinder":
        """The one that was trained."""
        with model_storage.read_from(resource) as folder:
            with np.load(folder / "danger.npz", allow_pickle=False) as arrays:
                model = DangerModel(arrays["vectors"], arrays["weights"], float(arrays["bias"]))
        return cls(config, model_storage, resource, model)

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from the intents' utterances and the examples file."""
        said = [
            one
            for one in training_data.intent_examples
            if one.get(INTENT) and one.get(TEXT) and not in_other_language(one)
        ]
        texts, labels = read_messages(_examples(self._config), LABELS)
        is_danger = [one.get(INTENT) in group("danger") for one in said]
        is_danger += [label == "danger" for label in labels]
        all_texts = [*(one.get(TEXT) for one in said), *texts]
        torn = torn_from(text for text, bad in zip(all_texts, is_danger, strict=True) if not bad)
        more = side_by_side(*shared_embedder().encode_with_tones([*texts, *torn]))
        vectors = np.concatenate([np.stack([_vector(one) for one in said]), more])
        is_danger += [False] * len(torn)
        self._model = DangerModel.fit(vectors, np.array(is_danger))
        with self._model_storage.write_to(self._resource) as folder:
            np.savez(folder / "danger.npz", **vars(self._model))
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Measure the messages that carry a text."""
        for message in messages:
            if not message.get(TEXT) or not self._model:
                continue
            message.set("danger", self._model(_vector(message)), add_to_output=True)
            if alone := windows(message.get(TEXT)):
                vectors = side_by_side(*shared_embedder().encode_with_tones(alone))
                danger, text = max(zip(map(self._model, vectors), alone, strict=True))
                message.set("danger_alone", danger, add_to_output=True)
                message.set("danger_in", text, add_to_output=True)
        return messages


def windows(text: str) -> list[str]:
    """The stretches of a message that are measured alone, all of it in some; none when it has only one.

    Order numbers and addresses are left out: "HF-10222, i'm dying" is "i'm dying".
    """
    bare = " ".join(without_values(text).split())
    clauses: list[list[str]] = []
    short: list[str] = []
    for clause in CLAUSE_END.split(bare):
        short += clause.split()
        if len(short) >= LEAST:
            clauses.append(short)
            short = []
    if short and clauses:
        clauses[-1] = [*clauses[-1], *short]
    found: list[list[str]] = []
    for size in SIZES:
        found = [window for clause in clauses for window in _cut(clause, *size)]
        if len(found) <= WINDOWS:
            break
    while len(found) > WINDOWS:
        pairs = zip_longest(found[::2], found[1::2], fillvalue=[])
        found = [[*window, *following] for window, following in pairs]
    said = [" ".join(window) for window in found]
    return said if len(said) > 1 or (said and bare != " ".join(text.split())) else []


def torn_from(texts: Iterable[str]) -> list[str]:
    """Windows of texts that have several, each once."""
    cut = (_cut(text.split(), *LEARNT) for text in texts)
    return list(dict.fromkeys(" ".join(one) for found in cut if len(found) > 1 for one in found))


def _cut(clause: list[str], size: int, step: int) -> list[list[str]]:
    if len(clause) <= max(MOST, size):
        return [clause]
    starts = [*range(0, len(clause) - size, step), len(clause) - size]
    return [clause[start : start + size] for start in starts]


def _vector(message: Message) -> np.ndarray:
    return side_by_side(sentence_embedding(message), message.get(TONE))


def _examples(config: dict[str, Any]) -> Path:
    return REPOSITORY / {**DangerFinder.get_default_config(), **config}["examples"]
