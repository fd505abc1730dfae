"""Answers from a shop's own pages: Markdown cut into passages, found by meaning and by words."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Mapping, Optional, Sequence

import numpy as np

from recommender.embedder import Embedder
from recommender.language import STOP_WORDS

MAX_PASSAGE = 600  # characters that are quoted
WORDS_SHARE = 0.25  # of the score: how many of the question's rarer words the passage has
# Measured on tests/data/policy_questions.yml (`make bench`): below it the passage is more often
# beside the point than an answer.
ANSWERS_FROM = 0.38
_NOT_CONTENT = STOP_WORDS | {
    "want",
    "like",
    "need",
    "know",
    "tell",
    "question",
    "please",
    "hi",
    "hello",
}


@dataclass(frozen=True)
class Passage:
    """A section of a page: `page` is the page's name, `heading` that of the section."""

    page: str
    heading: str
    text: str

    @property
    def anchor(self) -> str:
        """The id of the heading on the page."""
        return re.sub(r"[^a-z0-9]+", "-", self.heading.lower()).strip("-")


@dataclass(frozen=True)
class Answer:
    """A passage and how well it fits a question, from 0 to 1."""

    passage: Passage
    score: float


def read_passages(page: str, markdown: str) -> list[Passage]:
    """The sections of a Markdown page; lists become lines, emphasis and links plain words."""
    passages, heading, lines = [], "", []

    def close() -> None:
        text = "\n".join(lines).strip()
        if text:
            passages.append(Passage(page, heading, _plain(text)))

    for line in markdown.splitlines():
        title = re.match(r"(#{1,4})\s+(.*)", line)
        if title:
            close()
            lines = []
            heading = _plain(title[2].strip())
        else:
            lines.append(line.rstrip())
    close()
    return passages


class Passages:
    """The passages of a shop's pages, embedded; page files are read again when they change."""

    def __init__(self, files: Mapping[str, Path], embedder: Embedder) -> None:
        self._files = dict(files)
        self._embedder = embedder
        self._stamp: Optional[tuple] = None
        self._passages: list[Passage] = []
        self._sentences = np.zeros((0, 0), np.float32)
        self._owner = np.zeros(0, int)
        self._words: list[set[str]] = []
        self._weights: dict[str, float] = {}

    def best(
        self, question: str, vector: Optional[np.ndarray] = None, pages: Sequence[str] = ()
    ) -> Optional[Answer]:
        """The passage that fits a question best, of `pages` or of all; None when there is none.

        The score mixes the cosine of the nearest sentence with the share of the question's content
        words, weighted by how rare they are in the pages (idf), that the passage has. `vector` is
        the question's embedding, shape (dim,), when it is known already.
        """
        self._follow_files()
        allowed = [i for i, one in enumerate(self._passages) if not pages or one.page in pages]
        if not allowed or not question.strip():
            return None
        if vector is None:
            vector = self._embedder.encode_one(question)
        cosines = self._sentences @ vector
        asked = _content(question)
        weight = sum(self._weights.get(word, self._rarest) for word in asked)
        scores = {}
        for i in allowed:
            near = float(cosines[self._owner == i].max())
            shared = sum(self._weights.get(word, 0.0) for word in asked & self._words[i])
            words = shared / weight if weight else 0.0
            scores[i] = (1 - WORDS_SHARE) * near + WORDS_SHARE * words
        winner = max(scores, key=scores.__getitem__)
        return Answer(self._passages[winner], round(scores[winner], 4))

    def _follow_files(self) -> None:
        stamp = tuple(
            (name, path.stat().st_mtime_ns) for name, path in self._files.items() if path.is_file()
        )
        if stamp == self._stamp:
            return
        self._passages = [
            passage
            for name, path in self._files.items()
            if path.is_file()
            for passage in read_passages(name, path.read_text(encoding="utf-8"))
        ]
        texts, owner = [], []
        for i, passage in enumerate(self._passages):
            units = [
                passage.heading,
                f"{passage.heading}. {passage.text}"[:300],
                *_sentences(passage.text),
            ]
            units = [f"{passage.page.replace('_', ' ')}: {unit}" for unit in units if unit]
            texts += units
            owner += [i] * len(units)
        self._sentences = self._embedder.encode(texts)
        self._owner = np.array(owner)
        self._words = [
            _content(f"{one.page.replace('_', ' ')} {one.heading} {one.text}")
            for one in self._passages
        ]
        count = len(self._passages)
        seen = [word for words in self._words for word in words]
        self._weights = {word: float(np.log(1 + count / seen.count(word))) for word in set(seen)}
        self._rarest = float(np.log(1 + max(count, 1)))
        self._stamp = stamp


def quoted(passage: Passage) -> str:
    """The passage as it is shown: whole, or cut after a sentence."""
    text = passage.text
    if len(text) <= MAX_PASSAGE:
        return text
    cut = text[:MAX_PASSAGE]
    return cut[: max(cut.rfind(". "), cut.rfind("\n"), 200) + 1].rstrip() + " …"


def _sentences(text: str) -> list[str]:
    parts = re.split(r"(?<=[.!?])\s+|\n+", text)
    return [part.lstrip("•0123456789. ") for part in parts if len(part) > 12]


def _content(text: str) -> set[str]:
    words = re.findall(r"[a-z][a-z']{2,}", text.lower())
    return {_stem(word) for word in words if word not in _NOT_CONTENT}


def _stem(word: str) -> str:
    for ending in ("ations", "ation", "ings", "ing", "ies", "ied", "es", "ed", "s", "ly", "y", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


def _plain(markdown: str) -> str:
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", markdown)
    text = re.sub(r"[*_`]{1,3}(\S(?:.*?\S)?)[*_`]{1,3}", r"\1", text)
    text = re.sub(r"^\s*[-*+]\s+", "• ", text, flags=re.M)
    return re.sub(r"\n{2,}", "\n", text)
