"""Answers from a shop's own pages: Markdown cut into passages, found by meaning and by words."""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from recommender.embedder import Embedder
from recommender.language.english import STOP_WORDS
from recommender.language.topics import topics_of

MAX_PASSAGE = 400  # characters that are quoted
# The second passage is shown, too, when its score is so near the first's. Measured on tests/data/pages (`make
# bench-nlu`): the answer is in the first for 84 %, in what is shown for 93 %; a third of the answers have two.
NEARLY_AS_GOOD = 0.08
NOT_SENTENCES = (
    2  # of a passage's texts that are embedded: its heading, and its heading with its beginning
)
WORDS_SHARE = 0.25  # of the score: how many of the question's rarer words the passage has
# Measured on tests/data/policy_questions.yml (`make bench`): below it the passage is more often
# beside the point than an answer.
ANSWERS_FROM = 0.38
ON_TOP = 0.3  # of the score of topics: those that the passage's heading names
_BETWEEN_SENTENCES = re.compile(r"(?<=[.!?])\s+(?![a-z])|(?<=[。！？])|\n+")  # not in "P.O. boxes"
_WITHOUT_SPACES = re.compile("[\u3040-\u30ff\u3400-\u9fff]")  # kana and Han
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
class Measure:
    """How questions and passages are compared: what of a text counts as its words and which topics it names, how much
    of the score they are, and between which cosines a sentence is nothing and all that was asked for."""

    content: Callable[[str], set[str]]
    words_share: float
    topics: Callable[[str], set[str]] = lambda _: set()
    topics_share: float = 0.0
    lowest: float = 0.0
    highest: float = 1.0

    def nearness(self, cosine: float) -> float:
        """A cosine as a share of what it can be, from 0 to 1 between the two."""
        return min(max((cosine - self.lowest) / (self.highest - self.lowest), 0.0), 1.0)

    def score(self, cosine: float, words: float, topics: float) -> float:
        """How well a passage fits, from 0 to 1: its nearest sentence's cosine, and the shares of words and topics."""
        rest = 1 - self.words_share - self.topics_share
        return rest * self.nearness(cosine) + self.words_share * words + self.topics_share * topics


class _Sets:
    """What each of some texts has, words or topics, and what each counts by how rare it is among them."""

    def __init__(self, of: list[set[str]]) -> None:
        self.of = of
        seen = Counter(one for some in of for one in some)
        self._weights = {one: float(np.log(1 + len(of) / count)) for one, count in seen.items()}
        self._rarest = float(np.log(1 + max(len(of), 1)))

    def share(self, asked: set[str], had: set[str]) -> float:
        """How much of what is asked one has, by weight."""
        weight = sum(self._weights.get(one, self._rarest) for one in asked)
        return sum(self._weights.get(one, 0.0) for one in asked & had) / weight if weight else 0.0


@dataclass(frozen=True)
class Passage:
    """A section of a page: `page` is the page's name, `heading` that of the section, `title` the page's heading."""

    page: str
    heading: str
    text: str
    title: str = ""

    @property
    def anchor(self) -> str:
        """The id of the heading on the page."""
        return anchor_of(self.heading)


@dataclass(frozen=True)
class Answer:
    """A passage, how well it fits a question, from 0 to 1, and its sentence that fits best."""

    passage: Passage
    score: float
    sentence: str = ""


def anchor_of(heading: str) -> str:
    """The id by which a heading of a page is linked to."""
    return re.sub(r"[\W_]+", "-", heading.lower()).strip("-")


def read_passages(page: str, markdown: str) -> list[Passage]:
    """The sections of a Markdown page; lists become lines, emphasis and links plain words."""
    passages, heading, lines = [], "", []
    first = re.search(r"^#\s+(.*)", markdown, re.M)
    page_title = _plain(first[1].strip()) if first else ""

    def close() -> None:
        text = "\n".join(lines).strip()
        if text:
            passages.append(Passage(page, heading, _plain(text), page_title))

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

    def __init__(
        self, files: Mapping[str, Path], embedder: Embedder, measure: "Measure | None" = None
    ) -> None:
        """`measure` is ENGLISH unless another one is given, IN_ANY_LANGUAGE with the multilingual encoder."""
        self._files = dict(files)
        self._embedder = embedder
        self._measure = measure or ENGLISH
        self._stamp: tuple | None = None
        self._passages: list[Passage] = []
        self._units: list[str] = []
        self._sentences = np.zeros((0, 0), np.float32)
        self._starts = [0]
        self._words, self._topics = _Sets([]), _Sets([])
        self._headings: list[set[str]] = []  # their topics

    def best(
        self, question: str, vector: np.ndarray | None = None, pages: Sequence[str] = ()
    ) -> Answer | None:
        """The passage that fits a question best, of `pages` or of all; None when there is none."""
        return next(iter(self.ranked(question, vector, pages)), None)

    def ranked(
        self, question: str, vector: np.ndarray | None = None, pages: Sequence[str] = ()
    ) -> list[Answer]:
        """All passages, of `pages` or of all, the one that fits a question best first.

        The score mixes the cosine of the nearest sentence with the shares of the question's content
        words and of its topics, weighted by how rare they are in the pages (idf), that the passage has.
        `vector` is the question's embedding, shape (dim,), when it is known already.
        """
        self._follow_files()
        allowed = [i for i, one in enumerate(self._passages) if not pages or one.page in pages]
        if not allowed or not question.strip():
            return []
        if vector is None:
            vector = self._embedder.encode_one(question)
        cosines = self._sentences @ vector
        asked, topics = self._measure.content(question), self._measure.topics(question)
        answers = []
        for i in allowed:
            start, end = self._starts[i : i + 2]
            nearest = float(cosines[start:end].max())
            sentences = cosines[start + NOT_SENTENCES : end]
            place = start + (NOT_SENTENCES + int(sentences.argmax()) if len(sentences) else 0)
            words = self._words.share(asked, self._words.of[i])
            named = self._topics.share(topics, self._topics.of[i])
            on_top = self._topics.share(topics, self._headings[i])
            score = self._measure.score(nearest, words, (1 - ON_TOP) * named + ON_TOP * on_top)
            answers.append(Answer(self._passages[i], round(score, 4), self._units[place]))
        return sorted(answers, key=lambda one: -one.score)

    def lines(self) -> list[str]:
        """The sentences of all pages, in their order."""
        self._follow_files()
        return [line for one in self._passages for line in _BETWEEN_SENTENCES.split(one.text)]

    def likeness(self, question: str, texts: Sequence[str]) -> float:
        """How near a question is to the nearest of some texts, from 0 to 1, as the scores of passages are where topics
        count; the texts are remembered."""
        self._follow_files()
        vector = self._embedder.encode_one(question)
        if not self._measure.topics_share:
            nearest = max(float(self._embedder.encode_one(text) @ vector) for text in texts)
            return self._measure.nearness(nearest)
        asked, topics = self._measure.content(question), self._measure.topics(question)
        return max(
            self._measure.score(
                float(self._embedder.encode_one(text) @ vector),
                self._words.share(asked, self._measure.content(text)),
                self._topics.share(topics, self._measure.topics(text)),
            )
            for text in texts
        )

    def _about(self, passage: Passage) -> str:
        """What the page is about: in English its name says it as well as its heading, and in every shop."""
        name = passage.page.replace("_", " ")
        return name if self._measure is ENGLISH else passage.title or name

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
        texts, shown, starts = [], [], [0]
        for passage in self._passages:
            units = [
                passage.heading or passage.page,
                f"{passage.heading}. {passage.text}"[:300],
                *_sentences(passage.text),
            ]
            shown += units
            texts += [f"{self._about(passage)}: {unit}" for unit in units]
            starts.append(len(texts))
        self._units, self._sentences = shown, self._embedder.encode(texts)
        self._starts = starts
        told = [f"{self._about(one)} {one.heading} {one.text}" for one in self._passages]
        self._words = _Sets([self._measure.content(one) for one in told])
        self._topics = _Sets([self._measure.topics(one) for one in told])
        self._headings = [self._measure.topics(one.heading) for one in self._passages]
        self._stamp = stamp


def quoted(passage: Passage, around: str = "", most: int = MAX_PASSAGE) -> str:
    """The passage as it is shown: whole, or of a long one the sentences around the one that is meant.

    `most` is how many characters are quoted.
    """
    text = passage.text
    if len(text) <= most:
        return text
    ends = [match.end() for match in _BETWEEN_SENTENCES.finditer(text)]
    spans = list(zip([0, *ends], [*ends, len(text)], strict=True))
    place = max(text.find(around), 0) if around else 0
    first = last = next(i for i, (_, end) in enumerate(spans) if place < end)
    while True:  # the sentence after it, then the one before it, as long as they fit
        wider = [(first, last + 1), (first - 1, last)]
        fitting = [
            (low, high)
            for low, high in wider
            if low >= 0 and high < len(spans) and spans[high][1] - spans[low][0] <= most
        ]
        if not fitting:
            break
        first, last = fitting[0]
    quote = text[spans[first][0] : spans[last][1]].strip()[:most]
    return f"{'… ' if first else ''}{quote}{' …' if last < len(spans) - 1 else ''}"


def _sentences(text: str) -> list[str]:
    parts = _BETWEEN_SENTENCES.split(text)
    return [part.lstrip("•0123456789. ") for part in parts if len(part) > 12]


def _content(text: str) -> set[str]:
    words = re.findall(r"[a-z][a-z']{2,}", text.lower())
    return {_stem(word) for word in words if word not in _NOT_CONTENT}


def _pieces(text: str, empty: frozenset[str]) -> set[str]:
    """The four letters that stand side by side in words, and the two signs where words aren't parted: they are shared by
    what a language makes of a word, "Rücksendung" and "zurücksenden", and by compounds. `empty` words, and signs of such
    side by side, name nothing."""
    found: set[str] = set()
    for word in re.findall(r"[^\W\d_]+|\d+", unicodedata.normalize("NFKC", text).casefold()):
        if _WITHOUT_SPACES.match(word):
            pairs = (word[i : i + 2] for i in range(max(len(word) - 1, 1)))
            found |= {pair for pair in pairs if not empty.issuperset(pair)}
        elif word not in empty and (len(word) > 2 or word.isdigit()):
            found |= {word[i : i + 4] for i in range(max(len(word) - 3, 1))}
    return found


def _stem(word: str) -> str:
    for ending in ("ations", "ation", "ings", "ing", "ies", "ied", "es", "ed", "s", "ly", "y", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


def _plain(markdown: str) -> str:
    text = re.sub(r"!?\[([^\[\]]*+)\]\([^()]*+\)", r"\1", markdown)
    text = re.sub(r"[*_`]{1,3}(\S(?:.{0,300}?\S)?)[*_`]{1,3}", r"\1", text)
    text = re.sub(r"^[^\S\n]*+[-*+]\s+", "• ", text, flags=re.M)
    return re.sub(r"\n{2,}", "\n", text)


ENGLISH = Measure(_content, WORDS_SHARE)


def in_any_language(spoken: Sequence[str], empty: frozenset[str] = frozenset()) -> Measure:
    """The measure of the multilingual encoder, which finds all texts alike: nothing is further than 0.75, and hardly
    anything nearer than 0.94. `spoken` are the languages whose topics count, `empty` words that name nothing.

    Measured on tests/data/pages_in_languages.yml (tests/actions/test_pages.py): the answer is in what is shown for 95 %.
    """
    return Measure(
        lambda text: _pieces(text, empty),
        words_share=0.2,
        topics=lambda text: topics_of(text, spoken),
        topics_share=0.35,
        lowest=0.84,
        highest=0.94,
    )
