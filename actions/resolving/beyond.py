"""What "the lined one" and "the sauvignon" mean where nothing that was shown fits: other products of the kind that is
talked of, and products that a single word of their title tells."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from actions.backends import get_embedder, get_recommender
from actions.resolving.described import best_described
from actions.resolving.state import State
from bot.reading.reader import CLAUSES, Reading
from recommender.product import Product
from recommender.request.filters import Filters
from recommender.search.titles import alike, tokens

FEW = 2  # products that a description may mean
MOST_DESCRIBED = 8  # descriptions of a message that are looked up: each costs searches
LONGEST = 4  # words of a description
CANDIDATES = 8  # that are looked at for the words of a title
# The cosine from which one is meant, and how much nearer than the next it must be.
NEAR, APART = 0.3, 0.05
POOL = 300  # products of a kind whose words are looked at
MEASURED = 12  # products of a kind that are embedded, which is what a description costs


@dataclass(frozen=True)
class Definite:
    """A description behind "the" or "that": its words, and where they stand; `one`: it ends in "one"."""

    words: tuple[str, ...]
    start: int
    ends: tuple[int, ...]  # of each of its words
    one: bool


def definites(reading: Reading) -> list[Definite]:
    """The descriptions that a message is about: "the canals one" in "the canals one, who reads it?", but not those
    that something is for or in: "for the festival"."""
    said = list(tokens(reading.text))
    articles = {sign.last for sign in reading.of("here")}
    fronts = articles | {sign.last for kind in ("this", "these") for sign in reading.of(kind)}
    behind = {sign.last for sign in reading.of("beside")}
    named = {sign.last for sign in reading.of("attributes")}
    ones = {sign.first for sign in reading.of("one")}
    clauses = [match.span() for match in CLAUSES.finditer(reading.text)]
    found = []
    for front in sorted(fronts):
        if front - 1 in behind and front - 2 not in named:
            continue
        clause = next((end for start, end in clauses if start <= said[front][1] < end), 0)
        words, ends, last = [], [], front
        for place in range(front + 1, min(front + 1 + LONGEST, len(said))):
            word, start, _ = said[place]
            if start >= clause or place in ones or not reading.content_of(word):
                break
            words.append(word)
            ends.append(said[place][2])
            last = place
        if words and (last + 1 in ones or front in articles):
            in_digits = tuple(reading.in_digits(words))
            found.append(Definite(in_digits, said[front][1], tuple(ends), last + 1 in ones))
    return found


def beyond_known(
    reading: Reading, entities: Sequence[dict[str, Any]], state: State
) -> tuple[list[Product], list[tuple[int, int]]]:
    """The products that the descriptions of a message mean, though none was shown, and where it describes them."""
    products: list[Product] = []
    spans = []
    for one in definites(reading)[:MOST_DESCRIBED]:
        meant, words = _meant(one, state)
        if meant:
            products += [product for product in meant if product not in products]
            spans.append((one.start, one.ends[words - 1]))
    return products, spans


def _meant(one: Definite, state: State) -> tuple[list[Product], int]:
    """The products that a description means, and by how many of its words: "the sauvignon vegan" by its first."""
    known = state.known[:FEW]
    named = [*state.filters.categories, *(product.leaf_category.lower() for product in known)]
    kinds = [kind for kind in dict.fromkeys(named) if kind]
    pools = [get_recommender().accepted(Filters(categories=(kind,)), POOL) for kind in kinds]
    for count in range(len(one.words), 0, -1):
        words = one.words[:count]
        for pool in pools:
            if 0 < len(best := best_described(words, pool, whole=True)) <= FEW:
                return best, count
        if 0 < len(titled := _titled(words)) <= FEW:
            return titled, count
    return _nearest(one, kinds) if one.one else [], len(one.words)


def _nearest(one: Definite, kinds: Iterable[str]) -> list[Product]:
    """The product of these kinds whose title and text are nearest in meaning to a description, if none other is as near.

    Of a kind with many products only those are measured that the index has as the nearest.
    """
    text, recommender = " ".join(one.words), get_recommender()
    pool = [
        product
        for kind in kinds
        for product in recommender.nearest(text, Filters(categories=(kind,)), MEASURED)
    ]
    if len(pool) < FEW:
        return []
    texts = [f"{product.title} {product.description}" for product in pool]
    closeness = get_embedder().encode(texts) @ get_embedder().encode_one(text)
    first, second = np.argsort(-closeness)[:FEW]
    sure = closeness[first] >= NEAR and closeness[first] - closeness[second] >= APART
    return [pool[int(first)]] if sure else []


def _titled(words: Sequence[str]) -> list[Product]:
    """The products whose titles have all of some words."""
    hits = get_recommender().search(" ".join(words), Filters(), CANDIDATES).hits
    titles = [(hit.product, [word for word, _, _ in tokens(hit.product.title)]) for hit in hits]
    return [
        product
        for product, title in titles
        if all(any(alike(word, one) for one in title) for word in words)
    ]
