"""Two rankings into one, and queries for SQLite's full-text search."""

import re
from typing import Sequence

from spacy.lang.en.stop_words import STOP_WORDS

RRF_K = 60
CHAT_WORDS = {
    "looking", "look", "want", "wanna", "need", "like", "buy", "find", "show", "search", "searching",
    "please", "recommend", "suggest", "something", "anything", "got", "sell", "stock", "available",
    "hi", "hello", "hey", "thanks", "euro", "euros", "eur", "price", "cheap", "cheaper", "nice", "good",
    "present", "gift", "products", "product", "items", "item", "help", "choose", "im", "i'm", "pls",
    "colour", "color", "size", "new", "best",
}  # fmt: skip


def fts_query(text: str) -> str:
    """An FTS5 query that matches any content word of a text; empty when there is none.

    Each word is quoted, so that nothing a customer types is an operator.
    """
    return " OR ".join(f'"{word}"' for word in dict.fromkeys(content_words(text)[:32]))


def content_words(text: str) -> list[str]:
    """The words of a text that say what is looked for, in their order."""
    words = re.findall(r"[^\W_]+(?:['-][^\W_]+)*", text.lower())
    return [word for word in words if word not in STOP_WORDS and word not in CHAT_WORDS]


def reciprocal_rank_fusion(
    rankings: Sequence[Sequence[int]], weights: Sequence[float]
) -> list[tuple[int, float]]:
    """Items with their fused scores, best first: sum of weight / (60 + rank).

    Cormack, Clarke and Büttcher, "Reciprocal rank fusion outperforms Condorcet and individual
    rank learning methods", SIGIR 2009. Ties keep the order of the first ranking that has them.
    """
    scores: dict[int, float] = {}
    for ranking, weight in zip(rankings, weights):
        for rank, item in enumerate(ranking, start=1):
            scores[item] = scores.get(item, 0.0) + weight / (RRF_K + rank)
    return sorted(scores.items(), key=lambda pair: -pair[1])
