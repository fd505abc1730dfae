"""How well intents are understood: leave-family-out, held-out messages, typos, the shop's pages.

A family is a group of utterances that say the same in nearly the same words; testing on a family
whose members were trained on would measure memory. `python -m tests.bench.understanding`.
"""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import yaml
from rich.console import Console
from rich.table import Table
from sklearn.cluster import AgglomerativeClustering
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold

from bot.dialogue.components.intent_model import IntentModel, Method, side_by_side
from bot.paths import REPOSITORY
from recommender.embedder import Embedder
from recommender.passages import ANSWERS_FROM, NEARLY_AS_GOOD, Passages

FAMILY = 0.35  # cosine distance within which two utterances are one family (average linkage)
KEYBOARD = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
THRESHOLD = 0.45  # of config.yml: below it a message is a fallback


def main() -> None:
    """Print the tables."""
    embedder = Embedder()
    texts, intents = training_data()
    vectors = side_by_side(*embedder.encode_with_tones(texts))
    leave_family_out(texts, intents, vectors, embedder)
    for name in ("nlu_holdout.yml", "nlu_blind.yml"):
        held_out(REPOSITORY / "tests/data" / name, texts, intents, vectors, embedder)
    pages(embedder)


def training_data() -> tuple[list[str], np.ndarray]:
    """All utterances of nlu_data and their intents."""
    texts, intents = [], []
    for path in sorted((REPOSITORY / "nlu_data" / "nlu").glob("*.yml")):
        for block in yaml.safe_load(path.read_text())["nlu"]:
            for line in block["examples"].strip().splitlines():
                texts.append(line[2:].strip())
                intents.append(block["intent"])
    return texts, np.array(intents)


def families(intents: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    """A family number for each utterance; families don't cross intents."""
    groups = np.zeros(len(intents), int)
    for intent in sorted(set(intents)):
        rows = np.flatnonzero(intents == intent)
        found = AgglomerativeClustering(
            None, distance_threshold=FAMILY, metric="cosine", linkage="average"
        ).fit_predict(vectors[rows, : vectors.shape[1] // 2])
        groups[rows] = found + groups.max() + 1
    return groups


class Plain:
    """Logistic regression on the embedding alone, with the interface of IntentModel."""

    def __init__(self, vectors: np.ndarray, intents: Sequence[str]) -> None:
        model = LogisticRegression(C=Method().C, class_weight="balanced", max_iter=2000)
        self._model = model.fit(vectors[:, : vectors.shape[1] // 2], intents)

    def guesses(self, texts: Sequence[str], vectors: np.ndarray) -> list[tuple[str, float]]:
        """The likeliest intent of each text, and its probability."""
        shares = self._model.predict_proba(vectors[:, : vectors.shape[1] // 2])
        return list(
            zip(self._model.classes_[shares.argmax(axis=1)], shares.max(axis=1), strict=False)
        )


class Ours:
    """Shoptalk's classifier."""

    def __init__(
        self, texts: Sequence[str], intents: Sequence[str], vectors: np.ndarray, embedder: Embedder
    ) -> None:
        self._model = IntentModel.trained(texts, intents, embedder, embedded=vectors)

    def guesses(self, texts: Sequence[str], vectors: np.ndarray) -> list[tuple[str, float]]:
        """The likeliest intent of each text, and how sure that is."""
        return [self._model(text, vector)[0] for text, vector in zip(texts, vectors, strict=False)]


def leave_family_out(
    texts: list[str], intents: np.ndarray, vectors: np.ndarray, embedder: Embedder
) -> None:
    """Five folds that never split a family, and the pairs of intents that are confused most."""
    groups = families(intents, vectors)
    right: dict[str, list[bool]] = {"plain": [], "Shoptalk": []}
    confused: Counter[tuple[str, str]] = Counter()
    folds = StratifiedGroupKFold(5, shuffle=True, random_state=42)
    for train, test in folds.split(vectors, intents, groups):
        learnt, asked = [texts[i] for i in train], [texts[i] for i in test]
        for name in right:
            model = (
                Plain(vectors[train], intents[train])
                if name == "plain"
                else Ours(learnt, intents[train], vectors[train], embedder)
            )
            found = np.array([intent for intent, _ in model.guesses(asked, vectors[test])])
            right[name] += list(found == intents[test])
            if name == "Shoptalk":
                confused.update(
                    (a, b)
                    for a, b in zip(intents[test], found, strict=False)
                    if a != b and "out_of_scope" not in (a, b)
                )
    table = Table(
        "utterances",
        "intents",
        "families",
        "embedding + LR",
        "Shoptalk",
        title="Leave-family-out accuracy, %",
    )
    table.add_row(
        str(len(texts)), str(len(set(intents))), str(len(set(groups))),
        *(f"{100 * np.mean(values):.1f}" for values in right.values()),
    )  # fmt: skip
    Console().print(table)
    pairs = Table("said", "taken for", "times", title="Most confused")
    for (one, other), times in confused.most_common(10):
        pairs.add_row(one, other, str(times))
    Console().print(pairs)


def held_out(
    path: Path, texts: list[str], intents: np.ndarray, vectors: np.ndarray, embedder: Embedder
) -> None:
    """Messages written apart from the training data, as they are and as people mistreat them.

    Those of nlu_blind.yml were written without a look at any training or test data.
    """
    data = yaml.safe_load(path.read_text())
    asked = [text for said in data.values() for text in said]
    wanted = np.array([intent for intent, said in data.items() for _ in said])
    random = np.random.default_rng(1)
    variants = {
        "as written": asked,
        "UPPER CASE": [text.upper() for text in asked],
        "a slip in every third longer word": [with_typos(text, random) for text in asked],
        "no punctuation": ["".join(c for c in text if c.isalnum() or c == " ") for text in asked],
        "emoji": [text + " 🙂" for text in asked],
        "fillers": [f"hi, um {text} pls" for text in asked],
    }
    models = {
        "embedding + LR": Plain(vectors, intents),
        "Shoptalk": Ours(texts, intents, vectors, embedder),
    }
    table = Table(
        "messages",
        *models,
        "Shoptalk: sure and wrong",
        "right and unsure",
        title=f"{len(asked)} messages of {path.stem}, accuracy, %",
    )
    for name, said in variants.items():
        embedded = side_by_side(*embedder.encode_with_tones(said))
        found = {key: model.guesses(said, embedded) for key, model in models.items()}
        right = {
            key: [guess == intent for (guess, _), intent in zip(one, wanted, strict=False)]
            for key, one in found.items()
        }
        sure = np.array([confidence >= THRESHOLD for _, confidence in found["Shoptalk"]])
        ok = np.array(right["Shoptalk"])
        table.add_row(
            name,
            *(f"{100 * np.mean(one):.1f}" for one in right.values()),
            f"{100 * np.mean(sure & ~ok):.1f}",
            f"{100 * np.mean(ok & ~sure):.1f}",
        )
    Console().print(table)


def with_typos(text: str, random: np.random.Generator) -> str:
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


def _slip(word: str, random: np.random.Generator) -> str:
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


def pages(embedder: Embedder) -> None:
    """Whether questions find the passage that answers them, and strange ones none.

    The demo's pages, and those of six made-up shops on which nothing was tuned but how near the second passage
    has to be. "Passage" and "sentence" are the nearest alone, "shown" has the second passage too where it fits nearly
    as well. The demo's answers are named by their headings alone.
    """
    table = Table(
        "shop", "asked", "passage", "sentence", "shown", "two shown", "answered", "strange", "silent",
        title="Pages, %",
    )  # fmt: skip
    with TemporaryDirectory() as folder:
        for path in sorted((REPOSITORY / "tests/data/pages").glob("*.yml")):
            shop = yaml.safe_load(path.read_text())
            files = {page: Path(folder) / f"{path.stem}-{page}.md" for page in shop["pages"]}
            for page, text in shop["pages"].items():
                files[page].write_text(text)
            told = asked_of(Passages(files, embedder), shop["questions"], shop["unanswered"])
            table.add_row(path.stem, *told)
    demo = yaml.safe_load((REPOSITORY / "tests/data/policy_questions.yml").read_text())
    folder = REPOSITORY / "bot" / "demo" / "policies"
    passages = Passages(
        {path.stem: path for path in folder.glob("*.md") if "." not in path.stem}, embedder
    )
    table.add_row("demo", *asked_of(passages, demo["answered"], demo["unanswered"]))
    Console().print(table)


def asked_of(passages: Passages, answered: dict[str, str], strange: list[str]) -> list[str]:
    """A row of figures; what answers a question is named by words of its sentence, or by its heading."""
    first, sentence, shown, two, given = [], [], [], [], []
    for question, answer in answered.items():
        one, other = passages.ranked(str(question))[:2]
        near = other.score + NEARLY_AS_GOOD > one.score
        right = [
            answer in found.passage.text or answer == found.passage.heading
            for found in (one, other)
        ]
        first.append(right[0])
        sentence.append(answer in one.sentence or answer == one.passage.heading)
        shown.append(right[0] or (near and right[1]))
        two.append(near)
        given.append(one.score >= ANSWERS_FROM)
    silent = [passages.ranked(question)[0].score < ANSWERS_FROM for question in strange]
    figures = [f"{100 * np.mean(values):.1f}" for values in (first, sentence, shown, two, given)]
    return [str(len(first)), *figures, str(len(silent)), f"{100 * np.mean(silent):.1f}"]


if __name__ == "__main__":
    main()
