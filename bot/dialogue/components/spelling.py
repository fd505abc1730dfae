"""Words with a letter wrong, put right before a message is embedded.

The encoder breaks a word that it doesn't know into pieces that mean nothing, so that one slip can
turn a request into another. A word that neither the encoder nor the training data knows becomes
the likeliest one that does and is one slip away: a letter left out, added, exchanged, or two
swapped (Norvig, "How to write a spelling corrector", 2007). What customers wrote stays as it is
everywhere else.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from recommender.language.slips import one_slip_away, sparingly

SHORTEST = 3  # letters
MOST_COMMON = 400  # words that so short a one may stand for: it is one slip from many
OFTEN = 2  # a word of the training data counts from so many; once may be a slip itself
ENDINGS = ("s", "es", "d", "ed", "ing")  # of words that are known without them
# Whole words of letters: no addresses, numbers of orders, links, or halves of "isn't".
WORD = re.compile(rf"(?<![\w'’@.#/-])[A-Za-z]{{{SHORTEST},}}(?![\w'’@/-])")


class Spelling:
    """The words that are known: `common` from the training data first, then the encoder's."""

    def __init__(self, common: Sequence[str], encoder: Sequence[str]) -> None:
        self._place = {word: place for place, word in enumerate((*common, *encoder))}
        self._common, self._encoder = list(common), list(encoder)

    @classmethod
    def learnt(cls, texts: Iterable[str], vocabulary: Mapping[str, int]) -> "Spelling":
        """From the training data, and the encoder's word pieces with their ids.

        Ids rise as words get rarer (Devlin et al., "BERT", 2019).
        """
        counts = Counter(word for text in texts for word in re.findall(r"[a-z]{2,}", text.lower()))
        common = [word for word, count in counts.most_common() if count >= OFTEN]
        whole = [word for word in vocabulary if word.isascii() and word.isalpha() and len(word) > 1]
        known = set(common)
        return cls(common, sorted((w for w in whole if w not in known), key=vocabulary.__getitem__))

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> "Spelling":
        """What `arrays` gave."""
        return cls(arrays["common_words"].tolist(), arrays["encoder_words"].tolist())

    def arrays(self) -> dict[str, np.ndarray]:
        """The words as arrays, to be saved."""
        return {
            "common_words": np.array(self._common, str),
            "encoder_words": np.array(self._encoder, str),
        }

    def mended(self, text: str) -> str:
        """The text with words that aren't known put right where that is one slip away."""
        likeliest = sparingly(self._likeliest)

        def mended(found: re.Match) -> str:
            lower = found[0].lower()
            meant = lower if self._knows(lower) else likeliest(lower)
            return found[0] if meant == lower else meant

        return WORD.sub(mended, text)

    def _knows(self, lower: str) -> bool:
        return lower in self._place or any(
            lower.endswith(end) and lower[: -len(end)] in self._place for end in ENDINGS
        )

    def _likeliest(self, lower: str) -> str:
        known = MOST_COMMON if len(lower) == SHORTEST else len(self._place)
        near = [one for one in one_slip_away(lower) if self._place.get(one, known) < known]
        same_start = [one for one in near if one[0] == lower[0]]  # the first letter is seldom wrong
        return min(same_start or near or [lower], key=lambda one: self._place.get(one, 0))
