"""Intents of public sets through Rasa with the pipeline of config.yml, beside plain logistic regression.

`python -m tests.bench.intents --data FOLDER`: every set below FOLDER/intents.
"""

import argparse
import asyncio
import json
import os
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import yaml
from rich.console import Console
from rich.table import Table
from sklearn.linear_model import LogisticRegression

from bot.learning import quiet
from bot.paths import REPOSITORY
from recommender.embedder import Embedder
from tests.bench.labelled import Examples, Labelled, sets

KEPT_IN_SCOPE = 0.945  # of validation: so that the test keeps 0.94 or about
BINS = 10
STRANGE_INTENT = "out_of_scope"


class Answers(NamedTuple):
    """What was found for each text: the intent before any threshold, and how sure that is."""

    intents: np.ndarray
    confidence: np.ndarray


def main() -> None:
    """Print a row for each set, as soon as it is measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder that holds intents/")
    parser.add_argument("--only", default="", help="sets whose name contains this")
    options = parser.parse_args()
    if not (options.data / "intents").is_dir():
        parser.error(f"{options.data} has no folder intents; docs/benchmarks.md names the sets.")
    found = [one for one in sets(options.data / "intents") if options.only in one.name]
    if not found:
        parser.error(f"No training file with a test file beside it in {options.data / 'intents'}.")
    quiet()
    embedder = Embedder()
    table = Table(
        "set", "utterances", "intents", "plain LR", "Shoptalk", "ECE, %", "plain, with strange",
        "with strange", "plain, strange found", "strange found", "training, s", "a message, ms",
        title="Intents, accuracy in scope, %; columns with strange: see docs/benchmarks.md",
    )  # fmt: skip
    for one in found:
        cells = row(one, embedder)
        table.add_row(*cells)
        print("  ".join(cells), flush=True)  # large sets take minutes each
    Console(width=170).print(table)


def row(one: Labelled, embedder: Embedder) -> list[str]:
    """The figures of one set."""
    plain = _plain(one, embedder)
    ours, seconds, each = _through_rasa(one)
    wanted = np.array([label for _, label in one.test])
    scope, strange = wanted != "", wanted == ""
    cells = [one.name, str(len(one.train)), str(len({label for _, label in one.train}))]
    cells += [_percent((a.test.intents == wanted)[scope]) for a in (plain, ours)]
    cells.append(f"{100 * calibration_error(ours.test, wanted, scope):.1f}")
    if strange.any():
        cells += [_percent(_right(a, wanted)) for a in (plain, ours)]
        cells += [_percent(a.test.confidence[strange] < a.threshold) for a in (plain, ours)]
    else:
        cells += ["–"] * 4
    return [*cells, f"{seconds:.0f}", f"{each:.1f}"]


class Measured(NamedTuple):
    """Answers on the test part, and the threshold below which a message counts as strange."""

    test: Answers
    threshold: float


def _right(a: Measured, wanted: np.ndarray) -> np.ndarray:
    """Whether each message was understood: strange ones refused, others not and named."""
    refused = a.test.confidence < a.threshold
    return np.where(wanted == "", refused, (a.test.intents == wanted) & ~refused)


def _threshold(valid: Answers | None, examples: Examples, otherwise: float) -> float:
    """The highest that keeps in-scope messages of validation right, when it has strange ones."""
    wanted = np.array([label for _, label in examples])
    if valid is None or not (wanted == "").any():
        return otherwise
    scope = wanted != ""
    right = (valid.intents == wanted)[scope]
    confidence = valid.confidence[scope]
    steps = np.sort(confidence)[: len(confidence) // 3]
    kept = [step for step in steps if np.mean(right & (confidence >= step)) >= KEPT_IN_SCOPE]
    return float(max(kept, default=0.0))


def calibration_error(answers: Answers, wanted: np.ndarray, scope: np.ndarray) -> float:
    """Expected calibration error over ten equal bins (Naeini et al., 2015), in-scope messages."""
    right = (answers.intents == wanted)[scope]
    confidence = answers.confidence[scope]
    places = np.minimum((confidence * BINS).astype(int), BINS - 1)
    gaps = [
        abs(right[places == i].sum() - confidence[places == i].sum())
        for i in range(BINS)
        if (places == i).any()
    ]
    return float(sum(gaps) / len(right))


def _plain(one: Labelled, embedder: Embedder) -> Measured:
    """MiniLM and scikit-learn's logistic regression; strange below the threshold of config.yml."""
    texts, labels = zip(*one.train, strict=False)
    model = LogisticRegression(C=40, max_iter=200).fit(embedder.encode(texts), labels)

    def answers(examples: Examples) -> Answers:
        shares = model.predict_proba(embedder.encode([text for text, _ in examples]))
        return _refused(Answers(model.classes_[shares.argmax(axis=1)], shares.max(axis=1)))

    valid = answers(one.valid) if one.valid else None
    return Measured(answers(one.test), _threshold(valid, one.valid, _fallback_threshold()))


def _refused(answers: Answers) -> Answers:
    """A label for strange messages that was learnt is a refusal."""
    strange = np.isin(np.char.lower(answers.intents.astype(str)), ("oos", STRANGE_INTENT))
    return Answers(answers.intents, np.where(strange, 0.0, answers.confidence))


def _through_rasa(one: Labelled) -> tuple[Measured, float, float]:
    """Trained by `rasa train nlu`'s own code and asked message by message; seconds and ms each."""
    from rasa.core.agent import load_agent
    from rasa.model_training import train_nlu

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["SHOPTALK_VAR"] = str(folder)  # no catalogue, so that its words have no say
        config = yaml.safe_load((REPOSITORY / "config.yml").read_text())
        config.pop("policies")
        (folder / "config.yml").write_text(yaml.safe_dump(config))
        examples = [{"text": text, "intent": label} for text, label in one.train]
        data = folder / "nlu.json"
        data.write_text(json.dumps({"rasa_nlu_data": {"common_examples": examples}}))
        began = time.monotonic()
        model = train_nlu(str(folder / "config.yml"), str(data), str(folder))
        seconds = time.monotonic() - began

        async def ask() -> tuple[Answers, Answers | None, float]:
            agent = await load_agent(model_path=model)
            began = time.monotonic()
            test = await _asked(agent, one.test)
            each = 1000 * (time.monotonic() - began) / max(1, len(one.test))
            strange = any(not label for _, label in one.valid)
            return test, await _asked(agent, one.valid) if strange else None, each

        test, valid, each = asyncio.run(ask())
    return (
        Measured(test, _threshold(valid, one.valid, _fallback_threshold())), seconds, each
    )  # fmt: skip


async def _asked(agent: Any, examples: Examples) -> Answers:
    intents, confidence = [], []
    for text, _ in examples:
        ranking = (await agent.parse_message(text))["intent_ranking"]
        best = next(i for i in ranking if i["name"] not in ("nlu_fallback", "policy_question"))
        intents.append(best["name"])
        confidence.append(best["confidence"])
    return _refused(Answers(np.array(intents), np.array(confidence)))


def _fallback_threshold() -> float:
    pipeline = yaml.safe_load((REPOSITORY / "config.yml").read_text())["pipeline"]
    return next(one["threshold"] for one in pipeline if one["name"] == "FallbackClassifier")


def _percent(right: np.ndarray) -> str:
    return f"{100 * np.mean(right):.1f}"


if __name__ == "__main__":
    main()
