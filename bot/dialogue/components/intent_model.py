"""The classifier of intents as plain arrays. No Rasa in here, so that it can be measured alone."""

import re
import tempfile
import warnings
from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.linear_model import LogisticRegression

from bot.dialogue.components.spelling import Spelling
from bot.dialogue.components.tuning import tuned
from recommender.embedder import Embedder

CHARACTERS = HashingVectorizer(
    analyzer="char_wb",
    ngram_range=(2, 4),
    n_features=2**13,
    alternate_sign=False,
    norm="l2",
    dtype=np.float32,
)
SPELLING_STEPS = 40  # further ones take three times as long and change one message in 300
LEFT_OUT_STEPS = 15  # of the letters, where only their confidence counts
MEANING_STEPS = 100  # 2000 take longer and change nothing that can be measured
FOLDS = 3
LETTERS_WHEN_TUNED = 1 / 3  # of their share
TEMPERATURES = [0.1 * 1.1**step for step in range(30)]  # 0.1 to 1.6
NEIGHBOURS = 3
STRANGE = 2.25  # standard deviations below the usual familiarity: as likely strange as not
SOFTNESS = 0.3  # of that border, in the same unit
GREETINGS = ("hi there", "hello there", "hey there", "hiya", "hi", "hello", "hey", "yo", "good morning",
    "good afternoon", "good evening", "dear team",
)  # fmt: skip
HESITATIONS = ("umm", "um", "uh", "erm", "er", "hmm", "ok so", "okay so", "so", "well", "please", "pls",
    "excuse me", "quick question", "just wondering", "oh also", "oh and", "and also", "also",
    "by the way", "btw", "anyway", "oh",
)  # fmt: skip
NICETIES = ("please", "pls", "plz", "if possible", "if you can", "if you don't mind", "if that's ok",
    "mate", "asap", "lol", "haha",
)  # fmt: skip
EMOJI = "[\u2600-\u27bf\ufe0f\U0001f000-\U0001faff]"
BEFORE = re.compile(
    rf"^(?:[\s,.!…-]*+(?:(?:{'|'.join((*GREETINGS, *HESITATIONS))})\b(?!['’-])|{EMOJI}))+[\s,.!…-]*",
    re.I,
)
BEHIND = re.compile(rf"(?:[\s,.!…-]*+(?:\b(?:{'|'.join(NICETIES)})\b|{EMOJI}))+[\s.!…]*+$", re.I)
LAST = 120  # characters of a text in which niceties at its end are looked for
HESITANT = re.compile(rf"\b(?:{'|'.join((*HESITATIONS, *NICETIES))})\b", re.I)


class Method(NamedTuple):
    """How to learn.

    `C`: inverse strength of the regularisation; `character_share`: weight of the character n-grams;
    `tune_up_to`: the utterances an intent on average up to which the encoder is tuned, 0 for never.
    """

    C: float = 30.0
    character_share: float = 0.3
    tune_up_to: float = 25.0


METHOD = Method()  # where a shop says nothing else


class IntentModel:
    """Two multinomial logistic regressions, on what the encoder says and on character n-grams.

    The encoder knows what words mean, the n-grams know them with a letter wrong; their
    log-probabilities are mixed. Both read a message without what people say around a request
    (`bare`), and with slips put right (`Spelling`). The words of an intent's name are an utterance
    of it: with five others an intent, they are worth one or two points (docs/benchmarks.md).
    Where there are few utterances, the encoder itself learns from them (`tuning.tuned`) if those
    left out of its learning are understood better for it.

    A softmax is sure of messages that are like nothing it learnt. So the confidence is the
    probability of the intent times that of a message being of the kind that was learnt at all:
    by its largest logit (Hendrycks et al., "Scaling out-of-distribution detection", 2022) and by
    its similarity to the nearest utterances of the intent (Sun et al., "Out-of-distribution
    detection with deep nearest neighbors", 2022), both measured in standard deviations of
    utterances that were left out of training. Those also set the temperature of the probabilities.
    """

    def __init__(
        self, arrays: dict[str, np.ndarray], character_share: float, embedder: Embedder
    ) -> None:
        self.intents: list[str] = arrays["intents"].tolist()
        self._embedder = embedder
        self._is_tuned = bool(arrays["is_tuned"])
        self._words = Spelling.from_arrays(arrays)
        self._arrays = arrays
        self._meaning = _Linear(arrays["weights"], arrays["bias"])
        self._spelling = _Linear(arrays["character_weights"], arrays["character_bias"])
        self._character_share = character_share * (LETTERS_WHEN_TUNED if self._is_tuned else 1)
        self._temperature = float(arrays["temperature"])
        order = np.argsort(arrays["of"], kind="stable")
        parts = np.searchsorted(arrays["of"][order], range(1, len(self.intents)))
        self._utterances = np.split(arrays["utterances"][order].astype(np.float32), parts)

    @classmethod
    def trained(
        cls,
        texts: Sequence[str],
        intents: Sequence[str],
        embedder: Embedder,
        method: Method = METHOD,
        embedded: np.ndarray | None = None,
        folder: Path | None = None,
        progress: Callable[[str, int, int], None] = lambda what, done, steps: None,
    ) -> "IntentModel":
        """Learn from utterances; `embedded` spares encoding them: `side_by_side` of each.

        Into `folder` goes the encoder if it is tuned, which takes minutes; without a folder it
        isn't. `progress(what, done, steps)` is called meanwhile.
        """
        names = sorted(set(intents))
        of = np.searchsorted(names, intents)
        labels = np.concatenate([of, np.arange(len(names))])
        words = Spelling.learnt(texts, embedder.vocabulary())
        said = [words.mended(bare(text)) for text in texts]
        named = [*map(words_of, names)]
        learnt = [*said, *named]
        if embedded is None:
            known = _encoded(learnt, embedder)
        else:
            known = np.concatenate([embedded, _encoded(named, embedder)])
            changed = [i for i, text in enumerate(texts) if said[i] != text]
            if changed:
                known[changed] = _encoded([said[i] for i in changed], embedder)
        letters = CHARACTERS.transform(learnt)
        left_out = _left_out(lambda rows: known, letters, labels, method)
        is_tuned = False
        if folder and len(names) > 1 and len(texts) <= method.tune_up_to * len(names):
            better = _tuned(learnt, labels, letters, embedder, method, left_out, folder, progress)
            if better:
                embedder, left_out = better
                known, is_tuned = _encoded(learnt, embedder), True
        meaning = _fit(known, labels, method.C, MEANING_STEPS)
        spelling = _fit(letters, labels, method.C, SPELLING_STEPS)
        arrays = {
            "intents": np.array(names),
            "weights": meaning.weights,
            "bias": meaning.bias,
            "character_weights": spelling.weights,
            "character_bias": spelling.bias,
            "utterances": _meaning_part(known[: len(texts)]).astype(np.float16),
            "of": of,
            "usual": left_out.usual,
            "temperature": np.array(left_out.temperature),
            "is_tuned": np.array(is_tuned),
            **words.arrays(),
        }
        return cls(arrays, method.character_share, embedder)

    @classmethod
    def load(cls, folder: Path, method: Method, embedder: Embedder) -> "IntentModel":
        """The model that `save` wrote; `embedder` is the one that was given to `trained`."""
        with np.load(folder / "intents.npz", allow_pickle=False) as arrays:
            own = Embedder.exported(folder) if arrays["is_tuned"] else embedder
            return cls(dict(arrays), method.character_share, own)

    def save(self, folder: Path) -> None:
        """Write it into a folder: the one that `trained` was given, if any."""
        np.savez(folder / "intents.npz", **self._arrays)

    def __call__(self, text: str, embedded: np.ndarray | None = None) -> list[tuple[str, float]]:
        """Intents and their confidence, the likeliest first.

        `embedded`, the text's `side_by_side`, spares encoding it when nothing in it is mended or
        left out, and the encoder isn't tuned.
        """
        said = self._words.mended(bare(text))
        features: np.ndarray = (
            _encoded([said], self._embedder)[0]
            if embedded is None or said != text or self._is_tuned
            else embedded
        )
        logits = self._meaning.of(features)
        characters = CHARACTERS.transform([said])
        spelling = self._spelling.of_sparse(characters.indices, characters.data)
        mixed = _mixed(logits, spelling, self._character_share)
        shares = np.exp(_log_softmax(mixed / self._temperature))
        ranking = np.argsort(-shares)
        near = _nearest(_meaning_part(features), self._utterances[int(ranking[0])])
        shares *= _familiarity(float(logits.max()), near, self._arrays["usual"])
        return [(self.intents[i], float(shares[i])) for i in ranking]


class _Linear(NamedTuple):
    """A logistic regression as plain arrays: (features, classes) and (classes,)."""

    weights: np.ndarray
    bias: np.ndarray

    def of(self, values: np.ndarray) -> np.ndarray:
        """Logits for dense features, shape (features,) or (n, features)."""
        return values @ self.weights + self.bias

    def of_sparse(self, places: np.ndarray, values: np.ndarray) -> np.ndarray:
        """Logits for the places that aren't zero, and their values.

        SciPy's product would copy all weights for each message.
        """
        return values.astype(np.float32) @ self.weights[places] + self.bias


def bare(text: str) -> str:
    """The text without greetings, hesitations and niceties around what is wanted, or a last full
    stop.

    "hi, um where is my parcel pls 🙂" is "where is my parcel". A single word that would remain is
    what is wanted after a hesitation, but not after a mere greeting: "hi team" stays as it is.
    """
    rest = BEFORE.sub("", text)
    kept = (rest[:-LAST] + BEHIND.sub("", rest[-LAST:])).rstrip(" .!…,")
    words = len(kept.split())
    around = text.replace(kept, "", 1)
    return kept if words >= 2 or (words and HESITANT.search(around)) else text


def _encoded(texts: Sequence[str], embedder: Embedder) -> np.ndarray:
    """What the encoder says of texts: embedding and tone side by side, (n, 2 × dim)."""
    return side_by_side(*embedder.encode_with_tones(texts))


def side_by_side(vectors: np.ndarray, tones: np.ndarray) -> np.ndarray:
    """An embedding and a tone (see `Embedder.encode_with_tones`), each of length 1, as one."""
    lengths = np.linalg.norm(tones, axis=-1, keepdims=True)
    return np.concatenate([vectors, tones / np.maximum(lengths, 1e-9)], axis=-1)


def _meaning_part(embedded: np.ndarray) -> np.ndarray:
    return embedded[..., : embedded.shape[-1] // 2]


def words_of(intent: str) -> str:
    """The words of an intent's name: "cancelOrder" and "cancel_order" are "cancel order"."""
    parts = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", intent)
    return " ".join(re.split(r"[\W_]+", parts)).strip().lower() or intent


def _fit(values: Any, labels: np.ndarray, C: float, steps: int) -> _Linear:
    """A logistic regression, in at most so many steps."""
    model = LogisticRegression(C=C, class_weight="balanced", max_iter=steps, random_state=42)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # stopping early is meant
        model.fit(values, labels)
    weights, bias = model.coef_.T.astype(np.float32), model.intercept_.astype(np.float32)
    if len(model.classes_) == 2:  # scikit-learn keeps one column for two classes
        weights, bias = np.hstack([-weights, weights]), np.concatenate([-bias, bias])
    return _Linear(weights, bias)


class _LeftOut(NamedTuple):
    """What utterances that are left out of training tell about confidence.

    `usual`: how familiar those are that were understood, mean and standard deviation of the largest
    logit, then of the similarity, shape (2, 2). `temperature`: at which the probabilities fit best
    (Guo et al., "On calibration of modern neural networks", 2017). `losses`: in each fold, the mean
    negative logarithm of the probability of the right intent.
    """

    usual: np.ndarray
    temperature: float
    losses: list[float]


def _left_out(
    known_after: Callable[[np.ndarray], np.ndarray],
    letters: Any,
    labels: np.ndarray,
    method: Method,
    folds: int = FOLDS,
) -> _LeftOut:
    """Train without a third of the utterances and ask those, `folds` times.

    `labels` are those of the utterances, then of the intents' names, which are never left out.
    `known_after(rows)` is what the encoder says of all, after learning from those rows at most.
    """
    names = int(labels.max()) + 1
    place = np.full(len(labels), FOLDS)  # of an utterance in its intent: folds are stratified
    for intent in range(names):
        rows = np.flatnonzero(labels[:-names] == intent)
        place[rows] = np.random.default_rng(42).permutation(len(rows)) % FOLDS
    seen, mixed, wanted, ends = [], [], [], [0]
    for fold in range(folds):
        learnt, asked = np.flatnonzero(place != fold), np.flatnonzero(place == fold)
        known = known_after(learnt)
        logits = _fit(known[learnt], labels[learnt], method.C, SPELLING_STEPS).of(known[asked])
        spelling = _fit(letters[learnt], labels[learnt], method.C, LEFT_OUT_STEPS)
        for row, meant in zip(asked, logits, strict=True):
            spelt = spelling.of_sparse(letters[row].indices, letters[row].data)
            mixed.append(_mixed(meant, spelt, method.character_share))
            wanted.append(labels[row])
            same = learnt[(labels[learnt] == labels[row]) & (place[learnt] < FOLDS)]
            if mixed[-1].argmax() == wanted[-1] and len(same):
                near = _nearest(_meaning_part(known[row]), _meaning_part(known[same]))
                seen.append((meant.max(), near))
        ends.append(len(wanted))

    def losses(temperature: float) -> list[float]:
        return [-_log_softmax(one / temperature)[i] for one, i in zip(mixed, wanted, strict=True)]

    temperature = min(TEMPERATURES, key=lambda one: sum(losses(one)))
    lost = losses(temperature)
    means = [float(np.mean(lost[start:end])) for start, end in pairwise(ends) if end > start]
    if len(seen) < 2:  # too little to call anything strange
        return _LeftOut(np.array([[-np.inf, 1.0], [-np.inf, 1.0]]), 1.0, means)
    usual = np.stack([np.mean(seen, axis=0), np.maximum(np.std(seen, axis=0), 1e-3)], axis=1)
    return _LeftOut(usual, temperature, means)


def _tuned(
    texts: list[str],
    labels: np.ndarray,
    letters: Any,
    embedder: Embedder,
    method: Method,
    plain: _LeftOut,
    folder: Path,
    progress: Callable[[str, int, int], None],
) -> tuple[Embedder, _LeftOut] | None:
    """The encoder tuned on all texts, if one tuned on two thirds is surer than the plain one of
    what the others mean; and what those tell about confidence."""

    def learnt(rows: np.ndarray, place: Path, what: str) -> Embedder:
        some = [texts[row] for row in rows]
        return tuned(embedder, some, labels[rows], place, partial(progress, what))

    def known_after(rows: np.ndarray) -> np.ndarray:
        with tempfile.TemporaryDirectory() as place:
            return _encoded(texts, learnt(rows, Path(place), "on two thirds, as a trial"))

    fewer = method._replace(character_share=method.character_share * LETTERS_WHEN_TUNED)
    tried = _left_out(known_after, letters, labels, fewer, folds=1)
    if tried.losses[0] < plain.losses[0]:
        return learnt(np.arange(len(texts)), folder, "on all utterances"), tried
    return None


def _mixed(meant: np.ndarray, spelt: np.ndarray, character_share: float) -> np.ndarray:
    """The log-probabilities of both regressions as one score for each intent."""
    return (1 - character_share) * _log_softmax(meant) + character_share * _log_softmax(spelt)


def _nearest(vector: np.ndarray, utterances: np.ndarray) -> float:
    """The mean cosine to the few nearest of an intent's utterances."""
    return float(np.sort(utterances @ vector)[-NEIGHBOURS:].mean())


def _familiarity(logit: float, near: float, usual: np.ndarray) -> float:
    """The probability that a message is of the kind that was learnt, 0 to 1."""
    (logit_mean, logit_spread), (near_mean, near_spread) = usual
    usually = ((logit - logit_mean) / logit_spread + (near - near_mean) / near_spread) / 2
    return float(1 / (1 + np.exp(-np.clip((usually + STRANGE) / SOFTNESS, -50, 50))))


def _log_softmax(scores: np.ndarray) -> np.ndarray:
    scores = scores - scores.max()
    return scores - np.log(np.exp(scores).sum())
