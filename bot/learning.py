"""Learning from reviews: what corrections change, before they are taken on.

Cross-validation trains the intent classifier of config.yml several times; replaying asks a trained
model what it would understand today of what customers said before.
"""

import asyncio
import logging
import os
import tempfile
import warnings
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np

from bot.errors import NotFound
from bot.paths import REPOSITORY
from bot.settings import Settings
from bot.transcripts.tracker import latest_said

FOLDS = 5
ASK_FROM = 0.05  # share of messages understood in another way above which staff are asked
Example = tuple[str, str]  # text, intent


@dataclass(frozen=True)
class Comparison:
    """Accuracies, 0 to 1, of training without and with the reviewed messages."""

    base: int  # utterances of nlu_data
    reviewed: int
    before: float  # on nlu_data
    after: float
    reviewed_before: float | None  # on the reviewed messages; None when there are too few
    reviewed_after: float | None


@dataclass(frozen=True)
class Difference:
    """A message that a model understands in another way than the one that answered it: another
    intent, or with the same intent other entities."""

    conversation: str
    text: str
    before: str
    after: str
    confidence: float
    what: str = "intent"


def compare(settings: Settings, say: Callable[[str], None] = lambda text: None) -> Comparison:
    """Cross-validate in five folds (Kohavi, 1995), stratified by intent, without and with reviews.

    Raises NotFound when there are no corrections.
    """
    base, reviewed = _examples(REPOSITORY / "nlu_data" / "nlu"), _reviewed(settings)
    before: list[bool] = []
    after: list[bool] = []
    old: list[bool] = []
    new: list[bool] = []
    folds, parts = _folds(base), _split(len(reviewed))
    for number in range(FOLDS):
        say(f"Fold {number + 1} of {FOLDS} …")
        learnt = [one for one, fold in zip(base, folds, strict=True) if fold != number]
        asked = [one for one, fold in zip(base, folds, strict=True) if fold == number]
        seen = [one for one, part in zip(reviewed, parts, strict=True) if part != number]
        unseen = [one for one, part in zip(reviewed, parts, strict=True) if part == number]
        plain, better = _trained(learnt, settings), _trained([*learnt, *seen], settings)
        before += _right(plain, asked)
        after += _right(better, asked)
        old += _right(plain, unseen)
        new += _right(better, unseen)
    return Comparison(
        len(base),
        len(reviewed),
        float(np.mean(before)),
        float(np.mean(after)),
        float(np.mean(old)) if old else None,
        float(np.mean(new)) if new else None,
    )


def replay(settings: Settings, model: Path, limit: int) -> tuple[int, list[Difference]]:
    """Read the latest stored messages with a model; returns how many, and those that differ.

    Raises NotFound without a tracker store or the model.
    """
    if not model.exists():
        raise NotFound(f"There is no model {model}.", "`shoptalk train` makes one.")
    messages = _stored(settings.tracker_db, limit)
    return len(messages), asyncio.run(_differences(model, messages))


async def _differences(model: Path, messages: list[dict[str, Any]]) -> list[Difference]:
    quiet()
    from rasa.core.agent import Agent
    from rasa.core.channels.channel import UserMessage

    from bot.dialogue.agents import processor_of

    processor = processor_of(Agent.load(str(model)))
    found = []
    for message in messages:
        parsed = await processor.parse_message(UserMessage(message["text"]))
        found += difference(message, parsed)
    return found


def difference(message: dict[str, Any], parsed: dict[str, Any]) -> list[Difference]:
    """What a stored message (as `_stored` gives it) and a new reading of it differ in; nothing, or
    one difference."""
    intent, sure = parsed["intent"]["name"], float(parsed["intent"]["confidence"])
    told = (message["conversation"], message["text"])
    if intent != message["intent"]:
        return [Difference(*told, message["intent"], intent, sure)]
    before, after = message["entities"], _entities(parsed)
    if before != after:
        return [Difference(*told, before or "none", after or "none", sure, "entities")]
    return []


def must_be_asked(read: int, differences: list[Difference]) -> bool:
    """Whether a new model changes so much that a person has to say yes to it."""
    return len(differences) > ASK_FROM * read


def _entities(parsed: dict[str, Any]) -> str:
    """The entities of a reading in words, each once, in the order of their names."""
    found = {f"{one['entity']}={one['value']}" for one in parsed.get("entities") or []}
    return ", ".join(sorted(found))


def _stored(tracker_db: Path, limit: int) -> list[dict[str, Any]]:
    """What customers wrote, latest first, with what the classifier made of it then.

    What was understood from the context, an answer to a form's question say, is left out: it says
    nothing of the classifier.
    """
    messages = []
    for conversation, event in latest_said(tracker_db, limit):
        parsed, text = event.get("parse_data") or {}, event.get("text") or ""
        ranking = parsed.get("intent_ranking") or []
        name = (parsed.get("intent") or {}).get("name")
        if not text or text.startswith("/") or not ranking or ranking[0]["name"] != name:
            continue
        messages.append(
            {
                "conversation": conversation, "text": text, "intent": name,
                "entities": _entities(parsed),
            }
        )  # fmt: skip
    return messages


def pairs(differences: list[Difference]) -> list[tuple[str, str, int]]:
    """From which intent to which, and how often, most often first."""
    counts = Counter((one.before, one.after) for one in differences if one.what == "intent")
    return [(before, after, n) for (before, after), n in counts.most_common()]


def quiet() -> None:
    """Before Rasa is loaded: no warnings of its libraries, no debug messages with what was said."""
    import structlog

    from bot.service.training import quiet_environment

    os.environ.update(quiet_environment())
    warnings.filterwarnings("ignore")
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))


def _examples(place: Path) -> list[Example]:
    quiet()
    from rasa.shared.nlu.training_data.loading import load_data

    data = load_data(str(place))
    return [
        (one.get("text"), one.get("intent"))
        for one in data.intent_examples
        if one.get("text") and one.get("intent")
    ]


def _reviewed(settings: Settings) -> list[Example]:
    if settings.reviewed_file.exists():
        found = _examples(settings.reviewed_file)
        if found:
            return found
    raise NotFound(
        "There are no corrections yet.", "Staff make them in the console, on the page Review."
    )


def _folds(examples: list[Example]) -> np.ndarray:
    """The fold of each example: those of an intent are spread over all folds."""
    random, folds = np.random.default_rng(42), np.zeros(len(examples), dtype=int)
    intents = np.array([intent for _, intent in examples])
    for intent in np.unique(intents):
        places = np.flatnonzero(intents == intent)
        folds[random.permutation(places)] = np.arange(len(places)) % FOLDS
    return folds


def _split(count: int) -> np.ndarray:
    return np.random.default_rng(42).permutation(np.arange(count) % FOLDS)


def _trained(examples: list[Example], settings: Settings) -> Any:
    """The project's classifier, fitted on examples without tuning the encoder, which takes minutes
    for each fold; `process` predicts."""
    from rasa.engine.storage.local_model_storage import LocalModelStorage
    from rasa.engine.storage.resource import Resource
    from rasa.shared.nlu.training_data.training_data import TrainingData

    from bot.dialogue.components.classifier import EmbeddingIntentClassifier

    with tempfile.TemporaryDirectory() as folder:
        classifier = cast(Any, EmbeddingIntentClassifier)(  # Rasa's decorator hides its class
            {"tune_up_to": 0}, LocalModelStorage(Path(folder)), Resource("intents")
        )
        classifier.train(TrainingData(_messages(examples)))
    return classifier


def _right(classifier: Any, examples: list[Example]) -> list[bool]:
    messages = _messages([(text, "") for text, _ in examples])
    found = [one.get("intent", {}) for one in classifier.process(messages)]
    return [one.get("name") == intent for one, (_, intent) in zip(found, examples, strict=True)]


def _messages(examples: list[Example]) -> list[Any]:
    """Examples as Rasa's messages with the embedding on them."""
    from rasa.shared.nlu.training_data.message import Message

    from bot.dialogue.components.featurizer import MiniLMFeaturizer

    messages = [
        Message({"text": text, **({"intent": intent} if intent else {})})
        for text, intent in examples
    ]
    kind = cast(Any, MiniLMFeaturizer)  # Rasa's decorator hides its class
    return kind(kind.get_default_config(), "embedding").process(messages)
