"""How much a message sounds like danger to somebody's life, and which kind of it, beside what it asks for.

Intents share a probability among them, and give little of it to what is like nothing they learnt.
Danger is said in many ways and rarely: it is measured by itself, and errs towards hearing it. A request
beside it hides it, whether or not a comma stands between: so each clause is measured alone as well, and
a longer one in windows of a few words. What isn't danger is learnt in such windows, too, for torn from the
rest many words sound like anything. Where there are more windows than may be encoded, it is those with the words that
danger is said in.

English is measured by the encoder of the intents, every other language by the multilingual one. What is taken for English,
and made of words that the encoder of English hardly knows, is measured by both: a few words tell no language.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import fields
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

from bot.answers.details import without_values
from bot.dialogue.components import danger_model
from bot.dialogue.components.classifier import TRAINED_IN, in_other_language
from bot.dialogue.components.danger_model import CJK, LABELS, NONE, OTHERS, OWN, DangerModel
from bot.dialogue.components.featurizer import (
    TONE,
    fingerprint,
    sentence_embedding,
    shared_embedder,
)
from bot.dialogue.components.intent_model import side_by_side
from bot.dialogue.components.other_languages import multilingual_embedder
from bot.intents import group
from bot.paths import REPOSITORY
from bot.sentiment import read_messages
from recommender import multilingual
from recommender.embedder import Embedder

CLAUSE_END = re.compile(r"[.!?…;,\n。！？；，、]+|(?<!\S)\(?\d{1,2}\)")
WORD = re.compile(rf"{CJK}{{1,2}}|(?:(?!{CJK})\S)+")  # two signs are about a word
BETWEEN_CJK = re.compile(rf"(?<={CJK}) (?={CJK})")
LEAST, MOST = 2, 7  # words of what is measured alone: fewer say little, more hide what one says
# A clause of more than MOST words is measured in windows of so many words, each so many further on. Long
# messages, which would have too many of these, in the second size; of still more, neighbours together.
SIZES = ((6, 2), (10, 5))
LEARNT = (6, 3)  # the same of what is learnt as none
WINDOWS = (
    96  # at most, each of its own words: their encoding is nearly all that a long message costs
)
TOKENS = 1000  # in all windows together, at most: what another customer may have to wait for
MOST_CHOSEN = TOKENS // 3  # windows: one of fewer tokens has no words
# Tokens of a word from which a text isn't English, or hardly: of training texts 3 % in English have as many, 97 % of others.
# Longer texts tell their language by their words.
FOREIGN, FOREIGN_UNTIL = 1.3, 400
MARKS = 2  # tokens at the beginning and the end of any text
PIECE = re.compile(r"[^\W_]+|[^\w\s]")
FILES = ("danger.npz", "danger_others.npz")


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR], is_trainable=True)
class DangerFinder(GraphComponent):
    """Sets `danger`, a number, and `danger_kinds` on each message, and on one that has parts `danger_in`, the text of
    that which is the most dangerous alone, and `danger_alone`; they survive in parse_data. `danger_read` is the
    language that it was measured in.

    It learns from all intents and from `examples`: a file for each language; text, tab, one of `LABELS`.
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
        """`examples`: the folder of the training files, relative to the repository."""
        return {"examples": "nlu_data/danger"}

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """Training again is needed when the examples changed, or how they are learnt."""
        code = (__file__, danger_model.__file__, multilingual.__file__)
        files = [*_examples(config).glob("*.tsv"), *map(Path, code)]
        return f"{fingerprint(*sorted(files))} {multilingual.weights_file() is not None}"

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        model: DangerModel | None = None,
        others: DangerModel | None = None,
    ) -> None:
        self._config = {**self.get_default_config(), **config}
        self._model_storage, self._resource = model_storage, resource
        self._model, self._others = model, others

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
        """The one that was trained; without the multilingual encoder's package phrases alone hear other languages."""
        with model_storage.read_from(resource) as folder:
            models = [_load(folder / name) for name in FILES]
        return cls(config, model_storage, resource, *models)

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from the intents' utterances and the examples files."""
        known = [one for one in training_data.intent_examples if one.get(INTENT) and one.get(TEXT)]
        said = [one for one in known if not in_other_language(one)]
        own = list(
            zip(*read_messages(_examples(self._config) / f"{TRAINED_IN}.tsv", LABELS), strict=True)
        )
        labelled = [(str(one.get(TEXT)), _label(one)) for one in said]
        torn = _none(torn_from(text for text, label in [*labelled, *own] if label == NONE))
        more = side_by_side(
            *shared_embedder().encode_with_tones([text for text, _ in [*own, *torn]])
        )
        vectors = np.concatenate([np.stack([_vector(one) for one in said]), more])
        labels = [label for _, label in [*labelled, *own, *torn]]
        texts = [str(one.get(TEXT)) for one in said] + [text for text, _ in [*own, *torn]]
        self._model = DangerModel.fit(vectors, labels, OWN, texts)
        if multilingual.weights_file():
            others = [(str(one.get(TEXT)), _label(one)) for one in known if in_other_language(one)]
            for file in sorted(_examples(self._config).glob("*.tsv")):
                if file.stem != TRAINED_IN:
                    others += zip(*read_messages(file, LABELS), strict=True)
            torn = _none(torn_from(text for text, label in others if label == NONE))
            labelled = [*labelled, *own, *others, *torn]
            texts = [text for text, _ in labelled]
            labels = [label for _, label in labelled]
            self._others = DangerModel.fit(_multilingual(texts), labels, OTHERS, texts)
        with self._model_storage.write_to(self._resource) as folder:
            for name, model in zip(FILES, (self._model, self._others), strict=True):
                if model:
                    np.savez(
                        folder / name,
                        **{one.name: getattr(model, one.name) for one in fields(model)},
                    )
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Measure the messages that carry a text."""
        for message in messages:
            text = message.get(TEXT)
            if not text or not self._model:
                continue
            if in_other_language(message) and self._others:
                noted = _measured_as_other(text, self._others)
                noted["danger_read"] = message.get("metadata")["language"]
            else:
                noted = _measured_as_english(message, self._model)
                if self._others and is_foreign(text):
                    noted = max(noted, _measured_as_other(text, self._others), key=_loudness)
            for name, value in noted.items():
                message.set(name, value, add_to_output=True)
        return messages


def is_foreign(text: str) -> bool:
    """Whether a short text is made of words that the encoder of English has to take to pieces."""
    pieces = len(PIECE.findall(text[:FOREIGN_UNTIL]))
    if not pieces or len(text) > FOREIGN_UNTIL:
        return False
    (tokens,) = shared_embedder().token_counts([text])
    return (tokens - MARKS) / pieces >= FOREIGN


def _measured_as_english(message: Message, model: DangerModel) -> dict[str, Any]:
    alone = chosen(message.get(TEXT), model, shared_embedder())
    vectors = _vector(message)[None]
    if alone:
        more = side_by_side(*shared_embedder().encode_with_tones(alone))
        vectors = np.concatenate([vectors, more])
    return _noted(model, vectors, alone)


def _measured_as_other(text: str, model: DangerModel) -> dict[str, Any]:
    alone = chosen(text, model, multilingual_embedder())
    vectors = _multilingual([text])  # apart from the windows, which would be padded to its length
    if alone:
        vectors = np.concatenate([vectors, _multilingual(alone)])
    return _noted(model, vectors, alone)


def _noted(model: DangerModel, vectors: np.ndarray, alone: Sequence[str]) -> dict[str, Any]:
    """What a message and its windows sound like."""
    whole, *measured = (float(one) for one in model(vectors))
    loudest = int(np.argmax([whole, *measured]))
    noted = {"danger": whole, "danger_kinds": model.kinds(vectors[loudest])}
    if alone:
        noted["danger_alone"], noted["danger_in"] = max(zip(measured, alone, strict=True))
    return noted


def _loudness(noted: dict[str, Any]) -> float:
    return max(noted["danger"], noted.get("danger_alone", noted["danger"]))


def _multilingual(texts: Sequence[str]) -> np.ndarray:
    if len(texts) == 1:
        return multilingual_embedder().encode_one(texts[0])[None]
    return multilingual_embedder().encode(texts)


def _label(message: Message) -> str:
    intent = message.get(INTENT)
    return intent if intent in group("danger") else NONE


def _none(texts: Iterable[str]) -> list[tuple[str, str]]:
    return [(text, NONE) for text in texts]


def _load(file: Path) -> DangerModel | None:
    if not file.exists():
        return None
    with np.load(file, allow_pickle=False) as arrays:
        return DangerModel(**{name: arrays[name][()] for name in arrays.files})


def chosen(text: str, model: DangerModel, embedder: Embedder) -> list[str]:
    """The windows that are encoded: all, or where they have more than `TOKENS` those that have telling words."""
    found = windows(text)
    if sum(embedder.token_counts(found)) <= TOKENS:
        return found
    cut = _cut_all(_clauses(_bare(text)), SIZES[-1])
    ordered = model.most_telling([_said(window) for window in cut])[:MOST_CHOSEN]
    costs = np.cumsum(embedder.token_counts(ordered))
    return ordered[: max(1, int((costs <= TOKENS).sum()))]


def windows(text: str) -> list[str]:
    """The stretches of a message that are measured alone, all of it in some; none when it has only one.

    Order numbers and addresses are left out: "HF-10222, i'm dying" is "i'm dying".
    """
    bare = _bare(text)
    clauses = _clauses(bare)
    found: list[list[str]] = []
    for size in SIZES:
        found = _cut_all(clauses, size)
        if len(found) <= WINDOWS:
            break
    while len(found) > WINDOWS:
        pairs = zip_longest(found[::2], found[1::2], fillvalue=[])
        found = [[*window, *following] for window, following in pairs]
    said = [_said(window) for window in found]
    return said if len(said) > 1 or (said and bare != " ".join(text.split())) else []


def _bare(text: str) -> str:
    return " ".join(without_values(text).split())


def _clauses(bare: str) -> list[list[str]]:
    """Their words; one of too few is put before the next, which is measured without it, too."""
    clauses: list[list[str]] = []
    short: list[str] = []
    for clause in CLAUSE_END.split(bare):
        words = WORD.findall(clause)
        if short and len(words) > LEAST:
            clauses.append(words)
        short += words
        if len(short) >= LEAST:
            clauses.append(short)
            short = []
    if short and clauses:
        clauses[-1] = [*clauses[-1], *short]
    return clauses


def _cut_all(clauses: Sequence[list[str]], size: tuple[int, int]) -> list[list[str]]:
    """All their windows; what is repeated is measured once."""
    cut = (tuple(window) for clause in clauses for window in _cut(clause, *size))
    return [list(window) for window in dict.fromkeys(cut)]


def torn_from(texts: Iterable[str]) -> list[str]:
    """Windows of texts that have several, each once."""
    cut = (_cut(WORD.findall(text), *LEARNT) for text in texts)
    return list(dict.fromkeys(_said(one) for found in cut if len(found) > 1 for one in found))


def _said(words: list[str]) -> str:
    return BETWEEN_CJK.sub("", " ".join(words))


def _cut(clause: list[str], size: int, step: int) -> list[list[str]]:
    if len(clause) <= max(MOST, size):
        return [clause]
    starts = [*range(0, len(clause) - size, step), len(clause) - size]
    return [clause[start : start + size] for start in starts]


def _vector(message: Message) -> np.ndarray:
    return side_by_side(sentence_embedding(message), message.get(TONE))


def _examples(config: dict[str, Any]) -> Path:
    return REPOSITORY / {**DangerFinder.get_default_config(), **config}["examples"]
