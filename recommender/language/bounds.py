"""What a text of strangers may cost: bounds that every reader of one keeps.

A pattern's repeats are bounded or possessive, so that its time grows with the text and no faster;
what it needs of the text before a place it reads from a window; words longer than any real one are
read as one sign and never looked up. tests/bounded holds every reader to a budget.
"""

import re
from collections.abc import Iterable

SHORTEST_PART = 3  # letters of each part of a word that is written apart: "arm chair"
LONGEST_WORD = 30  # letters that are looked up; English dictionaries and the encoder end below
MOST_LOOKED_UP = (
    400  # letters of a text's unknown words: 40 words, more than the encoder reads of one
)
FIRST, LAST = 1000, 500  # characters of a longer request that are read
LONGEST_RUN = 100  # characters without a space: no word, no address, no price
_LONG_RUN = re.compile(rf"\S{{{LONGEST_RUN},}}")


def readable(text: str) -> str:
    """A request, as long as before, with "x" alone in what isn't read of it.

    That is each run without a space that is too long, since spaCy peels punctuation off a word sign
    by sign, and the middle of a text that is longer than anybody asks for things.
    """
    between = len(text) - FIRST - LAST
    if between > 2:
        text = f"{text[:FIRST]} {'x' * (between - 2)} {text[-LAST:]}"
    return _LONG_RUN.sub(lambda run: "x" * len(run[0]), text)


class Taken:
    """The parts of one text that are taken, by which it is known at once whether another is free."""

    def __init__(self, text: str, spans: Iterable[tuple[int, int]] = ()) -> None:
        self._marks = bytearray(len(text))
        for start, end in spans:
            self.take(start, end)

    def take(self, start: int, end: int) -> None:
        """Mark a part, `end` exclusive."""
        self._marks[start:end] = b"\1" * (end - start)

    def free(self, start: int, end: int) -> bool:
        """Whether nothing of a part is taken."""
        return self._marks.find(1, start, end) < 0
