"""Products that a text names: by their titles, nearly as they are written, or by their numbers."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np

from recommender.language.bounds import SHORTEST_PART
from recommender.language.slips import is_whole, one_slip_away, sparingly
from recommender.request.measures import NAMES as UNIT_NAMES
from recommender.request.prices import CURRENCY

# A word, a number, or one sign of a script that is written without spaces.
TOKEN = re.compile(
    r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|"
    r"[^\W_\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+"
)
_CURRENCY = re.compile(CURRENCY, re.I)
MOST_TOKENS = 120  # of a text; what follows isn't looked at
COVERED = 0.8  # the share of a title, by the rarity of its words, that names the product
TOGETHER = 0.7  # the share of the title's words among those between the first and the last of them
CANDIDATES = 40  # titles that are compared word by word
MOST_NAMED = 5  # products that one text names
STEM = 5  # letters by which words are compared
SHORTEST = 4  # letters of a word that another begins with
SHORTEST_NUMBER = 2
SHORTEST_PLURAL = 3  # "egg" and "eggs"
PARTS = (3, 2)  # words in a row by which a title is known
SEVERAL = -1  # titles have the same words in a row
NUMBER_FROM = 4  # signs from which a sign with a digit is a product's number


@dataclass(frozen=True)
class Named:
    """A product named in a text: its row in the catalogue, and where; `end` is exclusive.

    `alone` is whether the text says nothing else; `also` are other rows that fit as well.
    """

    row: int
    start: int
    end: int
    alone: bool
    also: tuple[int, ...] = ()
    variant: str = ""  # its sku, where the number of a variant was said


class Titles:
    """The titles and numbers (sku, GTIN, MPN, and numbers in titles) of a catalogue, looked up by their words."""

    def __init__(
        self,
        products: Iterable[tuple[int, str, str]],
        numbers: Iterable[tuple[str, int, str]] = (),
        common: Iterable[str] = (),
    ) -> None:
        """`products` are rows with their title and sku; `numbers` are keys with the row and the variant's sku; `common`
        are words of kinds and attributes, by which alone nothing is named."""
        words: list[list[str]] = []
        self._rows: list[int] = []
        self._skus: dict[str, int] = {}
        for row, title, sku in products:
            self._rows.append(row)
            words.append(list(dict.fromkeys(word for word, _, _ in tokens(title))))
            self._skus.setdefault(joined(sku), len(words) - 1)
        places = {row: place for place, row in enumerate(self._rows)}
        self._variants: dict[str, str] = {}
        for number, row, variant in numbers:
            self._skus.setdefault(number, places[row])
            self._variants.setdefault(number, variant)
        counts = Counter(word for title in words for word in title)
        self._ids = {word: number for number, word in enumerate(counts)}
        self._rarity = np.log1p(len(words) / np.array(list(counts.values()) or [1], np.float32))
        self._words = [[self._ids[word] for word in title] for title in words]
        self._total = np.array(
            [self._rarity[title].sum() if title else np.inf for title in self._words], np.float32
        )
        self._common = {self._ids[word] for word in common if word in self._ids}
        slight = {n for word, n in self._ids.items() if _is_of_an_amount(word)}
        self._runs = self._runs_of_titles(slight)
        flat = np.fromiter((word for title in self._words for word in title), np.int32)
        of = np.repeat(np.arange(len(words), dtype=np.int32), [len(one) for one in self._words])
        order = np.argsort(flat, kind="stable")
        self._titles = of[order]
        self._starts = np.searchsorted(flat[order], np.arange(len(counts) + 1))

    def named_in(self, text: str) -> list[Named]:
        """The products that a text names, in its order; none overlaps another."""
        said = self._put_together(text, list(islice(tokens(text), MOST_TOKENS)))
        known = self._known([word for word, _, _ in said])
        free = [True] * len(said)
        found: list[Named] = []
        while len(found) < MOST_NAMED:
            one = (
                self._by_number(said, known, free)
                or self._by_title(said, known, free)
                or self._by_part(known, free)
            )
            if one is None:
                break
            first, last, titles = one
            free[first : last + 1] = [False] * (last + 1 - first)
            rows = [self._rows[title] for title in titles]
            variant = self._variants.get("".join(word for word, _, _ in said[first : last + 1]), "")
            found.append(
                Named(rows[0], said[first][1], said[last][2], False, tuple(rows[1:]), variant)
            )
        if len(found) == 1 and not any(free):
            found = [replace(found[0], alone=True)]
        return sorted(found, key=lambda one: one.start)

    def share_of(self, words: Sequence[str]) -> float:
        """The share of some words that titles have, also with a slip in them."""
        return sum(number >= 0 for number in self._known(list(words))) / len(words)

    def _known(self, words: list[str]) -> list[int]:
        """The numbers of words of the titles, also of those with one slip in them; -1 for others."""
        look_up = sparingly(self._corrected)
        return [
            self._ids.get(word if word in self._ids or len(word) < 5 else look_up(word), -1)
            for word in words
        ]

    def _put_together(
        self, text: str, said: list[tuple[str, int, int]]
    ) -> list[tuple[str, int, int]]:
        """With those words as one that titles write together: "foot stool", unless they write it apart, too."""
        whole: list[tuple[str, int, int]] = []
        for word, start, end in said:
            before, first, last = whole[-1] if whole else ("", 0, 0)
            both = before + word
            if (
                both in self._ids
                and min(len(before), len(word)) >= SHORTEST_PART
                and text[last:start] in {" ", "-"}
                and (self._ids.get(before), self._ids.get(word)) not in self._runs
            ):
                whole[-1] = both, first, end
            else:
                whole.append((word, start, end))
        return whole

    def _corrected(self, word: str) -> str:
        """The commonest word of the titles that a word is one slip away from, else the word."""
        near = [one for one in one_slip_away(word) if one in self._ids] if word.isalpha() else []
        if near and is_whole(word):  # of a real word only other forms
            near = [one for one in near if one.startswith(word) or word.startswith(one)]
        return max(near, key=lambda one: -self._rarity[self._ids[one]], default=word)

    def _by_number(
        self, said: list[tuple[str, int, int]], known: list[int], free: list[bool]
    ) -> tuple[int, int, list[int]] | None:
        """What a sku says, which may be written in parts; or a number that one title alone has."""
        for first in range(len(said)):
            text = ""
            for last in range(first, min(first + 5, len(said))):
                text += said[last][0]
                title = self._skus.get(text)
                if title is None or len(text) < NUMBER_FROM or not all(free[first : last + 1]):
                    continue
                letters = any(sign.isalpha() for sign in text)
                if any(sign.isdigit() for sign in text) and (letters or first == last):
                    return first, last, [title]
        for place, ((word, _, _), number) in enumerate(zip(said, known, strict=True)):
            if number < 0 or not free[place] or len(word) < NUMBER_FROM:
                continue
            titles = self._having(number)
            letters = any(sign.isalpha() for sign in word)
            if (
                len(titles) == 1
                and any(sign.isdigit() for sign in word)
                and (letters or len(word) > 6)
            ):
                title = int(titles[0])
                whole = self._window(title, known, free)
                first, last = (
                    whole[:2] if whole and whole[0] <= place <= whole[1] else (place, place)
                )
                return first, last, [title]
        return None

    def _by_title(
        self, said: list[tuple[str, int, int]], known: list[int], free: list[bool]
    ) -> tuple[int, int, list[int]] | None:
        """The title of which most is said, and nothing much between."""
        heard = {number for number, still in zip(known, free, strict=True) if still and number >= 0}
        if not heard:
            return None
        weights = np.zeros(len(self._words), np.float32)
        for number in heard:
            weights[self._having(number)] += self._rarity[number]
        likely = np.flatnonzero(weights >= COVERED * self._total)
        likely = likely[np.argsort(-weights[likely], kind="stable")][:CANDIDATES]
        best: list[tuple[float, int, int, int]] = []
        for title in likely.tolist():
            window = self._window(title, known, free)
            if window is None:
                continue
            first, last, held = window
            weight = float(sum(self._rarity[one] for one in held))
            if weight < COVERED * float(self._total[title]):
                continue
            if len(held) == 1 and len(said) > 1:
                continue  # one word in a sentence is a kind of thing rather than a name
            left_out = float(self._total[title]) - weight
            best.append((weight - left_out, first, last, title))
        if not best:
            return None
        score, first, last, _ = max(best, key=lambda one: (one[0], -one[1]))
        titles = [one[3] for one in best if one[0] == score and one[1:3] == (first, last)]
        spoken = known[first : last + 1]
        return first, last, sorted(titles, key=lambda title: self._words[title] != spoken)

    def _runs_of_titles(self, slight: set[int]) -> dict[tuple[int, ...], int]:
        """Two and three words in a row of one title alone, of which not all are common ones, or numbers -> that title."""
        runs: dict[tuple[int, ...], int] = {}
        for title, words in enumerate(self._words):
            for width in PARTS:
                for first in range(len(words) - width + 1):
                    run = tuple(words[first : first + width])
                    if self._common.issuperset(run) or slight.issuperset(run):
                        continue
                    runs[run] = title if runs.get(run, title) == title else SEVERAL
        return runs

    def _by_part(self, known: list[int], free: list[bool]) -> tuple[int, int, list[int]] | None:
        """A title that is said in part: words in a row that stand so in it alone."""
        for width in PARTS:
            for first in range(len(known) - width + 1):
                title = self._runs.get(tuple(known[first : first + width]), SEVERAL)
                if title != SEVERAL and all(free[first : first + width]):
                    return first, first + width - 1, [title]
        return None

    def _window(
        self, title: int, known: list[int], free: list[bool]
    ) -> tuple[int, int, set[int]] | None:
        """Where a title stands: first and last place, and its words there; None when they lie apart."""
        of_title = set(self._words[title])
        places = [at for at, number in enumerate(known) if free[at] and number in of_title]
        best: tuple[int, int, set[int]] | None = None
        for start in range(len(places)):
            held: set[int] = set()
            for end in range(start, len(places)):
                held.add(known[places[end]])
                width = places[end] - places[start] + 1
                if (end - start + 1) / width < TOGETHER:
                    break
                if best is None or len(held) > len(best[2]):
                    best = places[start], places[end], set(held)
        return best

    def _having(self, number: int) -> np.ndarray:
        return self._titles[self._starts[number] : self._starts[number + 1]]


def _is_of_an_amount(word: str) -> bool:
    """Whether a word is a number, a unit, a currency or a sign: "4 x", "40 mm" and "50 euro" name nothing."""
    return word.isdigit() or len(word) < 2 or word in UNIT_NAMES or bool(_CURRENCY.fullmatch(word))


def tokens(text: str) -> Iterator[tuple[str, int, int]]:
    """The words of a text without case and accents, with where they stand; `end` is exclusive."""
    for match in TOKEN.finditer(text):
        yield plain(match[0]), *match.span()


def stem(word: str) -> str:
    """The letters by which words are compared."""
    return word[:STEM]


def stems(text: str) -> set[str]:
    """Those of all words of a text."""
    return {stem(word) for word, _, _ in tokens(text)}


def alike(word: str, other: str) -> bool:
    """Whether two words are forms of one: "play" and "players", "cooks" and "cooking", "140" and "140x200"."""
    if stem(word) == stem(other):
        return True
    shorter, longer = sorted((word, other), key=len)
    if len(shorter) >= SHORTEST_PLURAL and longer == f"{shorter}s":
        return True
    least = SHORTEST_NUMBER if shorter.isdigit() else SHORTEST
    if len(shorter) >= least and longer.startswith(shorter):
        return True
    return len(shorter) > SHORTEST and longer.startswith(shorter[:-1]) and shorter.isalpha()


def plain(text: str) -> str:
    """Without case, accents and forms of width."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in parts if not unicodedata.combining(sign))


def joined(text: str) -> str:
    """A number as one word, whatever stands between its parts."""
    return "".join(word for word, _, _ in tokens(text))
