"""Which kinds of thing a catalogue sells, and which ones a text names, by the concepts of all languages.

Each part of a title says the kind of its product last: a "Fleece Sofa Throw" is a throw, and no sofa.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import islice

from recommender.language.concepts import ENGLISH, concepts, languages
from recommender.language.words import NO_FEATURES, plural, singular
from recommender.search.titles import MOST_TOKENS, tokens

# Names of kinds that are as often something else, or say so little that anything may be one.
VAGUE = frozenset(
    {"gift", "accessories", "household goods", "food", "top", "down", "tape", "paper"}
)
_PARTS = re.compile(r"[^,(:]+")
_BETWEEN = re.compile(r"[\s-]*")


@dataclass(frozen=True)
class Kind:
    """A kind of thing in a text: its concept, as it is said there, and where; `end` is exclusive."""

    concept: str
    said: str
    start: int
    end: int


class Kinds:
    """The kinds of a catalogue, by its titles and categories."""

    def __init__(self, products: Iterable[tuple[str, str]] = ()) -> None:
        """`products` are titles with their categories."""
        self._titled: dict[str, str] = {}  # concept -> as the first title with it says it
        self._of_categories: set[str] = set()
        products = list(products)
        spoken = (ENGLISH, *languages())  # a catalogue may be in any
        for category in {category for _, category in products}:
            self._of_categories |= {one.concept for one in _named_in(category, *spoken)}
        for title, _ in products:
            for part in _PARTS.findall(title):
                for one in list(_named_in(part, *spoken))[-1:]:
                    self._titled.setdefault(one.concept, one.said.lower())

    def sells(self, kind: Kind) -> bool:
        """Whether some product is of a kind."""
        return kind.concept in self._of_categories or kind.concept in self._titled

    def titled(self, kind: Kind) -> str:
        """How titles call a kind that no category is of; "" for others."""
        return "" if kind.concept in self._of_categories else self._titled.get(kind.concept, "")


def kinds_in(text: str, language: str = ENGLISH) -> list[Kind]:
    """The kinds that a text in a language names; of two side by side the one that is meant: "book lamps" are lamps."""
    found: list[Kind] = []
    for one in _named_in(text, language):
        if found and _BETWEEN.fullmatch(text[found[-1].end : one.start]):
            found.pop()
        found.append(one)
    return [one for one in found if one.concept not in VAGUE]


def kinds_named(category: str) -> list[Kind]:
    """All kinds that the name of a category has: both of "kettles & toasters"."""
    return list(_named_in(category, ENGLISH, *languages()))


def _named_in(text: str, *spoken: str) -> Iterator[Kind]:
    said = list(islice(tokens(text), MOST_TOKENS))
    words = [word for word, _, _ in said]
    forms, longest = _forms(spoken)
    place = 0
    while place < len(words):
        most = min(longest, len(words) - place)
        width = next((n for n in range(most, 0, -1) if tuple(words[place : place + n]) in forms), 0)
        if width:
            start, end = said[place][1], said[place + width - 1][2]
            concept = forms[tuple(words[place : place + width])]
            yield Kind(concept, text[start:end], start, end)
        place += max(1, width)


@cache
def _forms(spoken: tuple[str, ...]) -> tuple[dict[tuple[str, ...], str], int]:
    """The tokens of each form of a kind -> its concept, the first language first; and how many tokens the longest has."""
    forms: dict[tuple[str, ...], str] = {}
    for language in spoken:
        if language not in languages():
            continue
        for concept, listed in concepts(language)["kinds"].items():
            for form in map(str, listed):
                several = (form, plural(form), singular(form)) if language == ENGLISH else (form,)
                for one in several:
                    words = tuple(word for word, _, _ in tokens(one))
                    if words and one not in NO_FEATURES:
                        forms.setdefault(words, concept)
    return forms, max(map(len, forms), default=0)
