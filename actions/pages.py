"""The shop's own pages, asked in the language that is spoken."""

import numpy as np

from bot.reading.lexicon import lexicon
from bot.settings import Settings
from bot.spoken import ENGLISH, spoken
from recommender import multilingual
from recommender.embedder import Embedder, multilingual_embedder
from recommender.passages import Answer, Measure, Passages, in_any_language


class Pages:
    """The passages of the shop's pages, as `Passages` has them, of each page the file in the customer's language.

    English ones are measured by the encoder of English, all others by the multilingual one; where it isn't there
    (docs/languages.md), by that of English, too.
    """

    def __init__(self, settings: Settings, embedder: Embedder) -> None:
        self._settings = settings
        self._embedder = embedder
        self._multilingual = (
            multilingual_embedder(settings.device) if multilingual.weights_file() else embedder
        )
        self._read: dict[str, Passages] = {}

    def best(self, question: str) -> Answer | None:
        """The passage that fits a question best; None when there is none."""
        return self._spoken().best(question)

    def ranked(self, question: str, vector: np.ndarray | None = None) -> list[Answer]:
        """All passages, the one that fits best first; `vector` is the question's by the encoder of English."""
        return self._spoken().ranked(question, vector if self._is_english() else None)

    def lines(self) -> list[str]:
        """The sentences of all pages."""
        return self._spoken().lines()

    def likeness(self, question: str, texts: list[str]) -> float:
        """How near a question is to the nearest of some texts, from 0 to 1."""
        return self._spoken().likeness(question, texts)

    def _is_english(self) -> bool:
        own = next(iter(self._settings.shop.languages), ENGLISH)
        return own == ENGLISH == spoken(own)

    def _spoken(self) -> Passages:
        language = spoken()
        if language not in self._read:
            files = self._settings.pages_in(language)
            self._read[language] = (
                Passages(files, self._embedder)
                if self._is_english() or self._multilingual is self._embedder
                else Passages(files, self._multilingual, _measure_of(language))
            )
        return self._read[language]


def _measure_of(language: str) -> Measure:
    """How questions in a language are compared with pages in it, or in English where one isn't translated."""
    return in_any_language((language, ENGLISH), lexicon(language).empty)


def page_link(page: str, anchor: str = "") -> str:
    """Where a page can be read in the language that is spoken."""
    language = "" if spoken() == ENGLISH else f"?language={spoken()}"
    return f"/shop/policies/{page}{language}{'#' if anchor else ''}{anchor}"
