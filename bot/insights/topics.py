"""Topics in texts: clusters of sentence embeddings, and the words that set each one apart.

After BERTopic (Grootendorst 2022), with parts that need no extra library and go through 100,000
texts on two cores: PCA instead of UMAP; k-means into many small groups, joined by average linkage,
instead of HDBSCAN. `make bench-insights` compares the two.
"""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.cluster import AgglomerativeClustering, MiniBatchKMeans
from sklearn.decomposition import PCA
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, CountVectorizer

DIMENSIONS = 64
TEXTS_EACH, MOST_GROUPS = 12, 1500  # of the small groups
# Cosine distance up to which small groups are one topic: the best adjusted Rand index over all texts on
# most of the public sets of customers' requests; docs/insights.md has them.
JOINED_BELOW = 0.35
BELONGS_FROM = 0.5  # cosine to the middle of a topic from which a text belongs to it
WORDS = 5
# Words of every conversation, which name no topic.
CHATTER = {
    "hi", "hello", "hey", "thanks", "thank", "please", "ok", "okay", "yes", "yeah", "no", "want", "need",
    "like", "just", "got", "get", "know", "tell", "help", "sorry", "don", "ve", "ll", "im", "id", "does",
    "did", "doesn", "isn", "really", "number", "email", "phone", "link", "card", "name", "address",
}  # fmt: skip
_VOCABULARY = [*ENGLISH_STOP_WORDS, *CHATTER]


def cluster(
    vectors: np.ndarray, smallest: int = 0, joined_below: float = JOINED_BELOW
) -> np.ndarray:
    """The topic of each text from its L2-normalised vector, shape (n, dim); -1 belongs to none.

    A topic has at least `smallest` texts: by default 10, and of many texts one in 500.
    """
    n = len(vectors)
    smallest = smallest or max(10, n // 500)
    if n < 2 * smallest:
        return np.full(n, -1)
    dimensions = min(DIMENSIONS, n - 1, vectors.shape[1])
    reduced = PCA(dimensions, svd_solver="randomized", random_state=0).fit_transform(vectors)
    reduced /= np.maximum(np.linalg.norm(reduced, axis=1, keepdims=True), 1e-9)
    groups = min(MOST_GROUPS, max(2, n // TEXTS_EACH))
    means = MiniBatchKMeans(groups, batch_size=4096, n_init=1, max_iter=40, random_state=0)
    small = np.unique(means.fit_predict(reduced), return_inverse=True)[1]
    middles = centroids(vectors, small)
    joined = AgglomerativeClustering(
        n_clusters=None, metric="cosine", linkage="average", distance_threshold=joined_below
    ).fit_predict(middles)
    topics = joined[small]
    closeness = np.einsum("ij,ij->i", vectors, centroids(vectors, topics)[topics])
    topics = np.where(closeness >= BELONGS_FROM, topics, -1)
    return _without_small(topics, smallest)


def centroids(vectors: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The normalised mean vector of each label from 0 on, shape (labels, dim)."""
    sums = np.zeros((labels.max() + 1, vectors.shape[1]), np.float32)
    np.add.at(sums, labels, vectors)
    return sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-9)


def nearest(vectors: np.ndarray, middles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each vector the row of its nearest topic, -1 when it belongs to none; and its cosine."""
    if not len(middles) or not len(vectors):
        return np.full(len(vectors), -1), np.zeros(len(vectors), np.float32)
    cosines = vectors @ middles.T
    best = cosines.argmax(axis=1)
    closeness = cosines[np.arange(len(vectors)), best]
    return np.where(closeness >= BELONGS_FROM, best, -1), closeness


def words(texts: Sequence[str], labels: np.ndarray, best: int = WORDS) -> list[list[str]]:
    """The words that set each topic from 0 on apart, by class-based TF-IDF (Grootendorst 2022).

    A word weighs tf * log(1 + A / f): tf its share of the topic's words, f how often it comes in
    all topics, A the average number of words of a topic.
    """
    kept = [i for i, label in enumerate(labels) if label >= 0]
    topics = int(labels.max()) + 1 if len(labels) else 0
    if not kept:
        return []
    counter: Any = CountVectorizer(
        preprocessor=_spoken, stop_words=None, token_pattern=r"[a-z][a-z'-]+", min_df=2
    )
    try:
        counts = counter.fit_transform([texts[i] for i in kept])
    except ValueError:  # no word comes twice
        return [[] for _ in range(topics)]
    from scipy.sparse import csr_matrix

    rows = csr_matrix(
        (np.ones(len(kept)), (labels[kept], np.arange(len(kept)))), shape=(topics, len(kept))
    )
    per_topic = (rows @ counts).toarray().astype(np.float64)
    totals = per_topic.sum(axis=1, keepdims=True)
    weights = per_topic / np.maximum(totals, 1) * np.log1p(totals.mean() / per_topic.sum(axis=0))
    names = counter.get_feature_names_out()
    return [
        [str(names[j]) for j in np.argsort(-row)[: 4 * best] if row[j] > 0][:best]
        for row in (_distinct(weights, names))
    ]


def _distinct(weights: np.ndarray, names: np.ndarray) -> np.ndarray:
    """Weights without plurals beside their singulars: the lighter of the two is taken out."""
    column = {name: j for j, name in enumerate(names)}
    weights = weights.copy()
    for name, j in column.items():
        other = column.get(f"{name}s")
        if other is not None:
            lighter = weights[:, j] < weights[:, other]
            weights[lighter, j] = 0
            weights[~lighter, other] = 0
    return weights


def _spoken(text: str) -> str:
    """A text in lower case without masks and without words that name no topic."""
    text = re.sub(r"\[[a-z]+\]", " ", text.lower()).replace("’", "'")
    return " ".join(word for word in re.findall(r"[a-z][a-z'-]+", text) if word not in _IGNORED)


_IGNORED = frozenset(_VOCABULARY) | {
    f"{word}'{end}"
    for word in ("i", "it", "that", "you", "what", "where", "can", "don", "didn", "doesn", "isn")
    for end in ("m", "s", "d", "ve", "t", "re", "ll")
}


def _without_small(topics: np.ndarray, smallest: int) -> np.ndarray:
    """Topics numbered anew from 0, the largest first; small ones belong to none."""
    names, counts = np.unique(topics[topics >= 0], return_counts=True)
    order = [
        name
        for name, count in sorted(zip(names, counts, strict=True), key=lambda p: -p[1])
        if count >= smallest
    ]
    number = {name: i for i, name in enumerate(order)}
    return np.array([number.get(topic, -1) for topic in topics])


def coherence(
    topic_words: Sequence[Sequence[str]], texts: Sequence[str], best: int = WORDS
) -> float | None:
    """How well the words of topics go together: mean normalised pointwise mutual information of
    pairs within a text (Bouma 2009; Röder, Both and Hinneburg 2015), from -1 to 1."""
    wanted = {word for row in topic_words for word in row[:best]}
    if not wanted or not texts:
        return None
    counter: Any = CountVectorizer(
        preprocessor=_spoken, token_pattern=r"[a-z][a-z'-]+", vocabulary=sorted(wanted), binary=True
    )
    seen = counter.transform(texts).astype(np.float64)
    single = np.asarray(seen.mean(axis=0)).ravel()
    both = (seen.T @ seen / len(texts)).toarray()
    column = counter.vocabulary_
    scores = []
    for row in topic_words:
        ids = [column[word] for word in row[:best]]
        for a in range(len(ids)):
            for b in range(a):
                joint = both[ids[a], ids[b]]
                if joint <= 0:
                    scores.append(-1.0)
                elif joint < 1:
                    mutual = np.log(joint / (single[ids[a]] * single[ids[b]]))
                    scores.append(float(mutual / -np.log(joint)))
    return float(np.mean(scores)) if scores else None
