"""A word that may have been mistyped: what it is one slip away from."""

import string


def one_slip_away(word: str) -> set[str]:
    """The word, and all that it becomes when one letter is left out, added, exchanged, or two
    neighbours are swapped: some 54 for each letter (Norvig, "How to write a spelling corrector",
    2007).
    """
    cuts = [(word[:place], word[place:]) for place in range(len(word) + 1)]
    return {
        *(left + right[1:] for left, right in cuts if right),
        *(left + right[1] + right[0] + right[2:] for left, right in cuts if len(right) > 1),
        *(left + c + right[1:] for left, right in cuts if right for c in string.ascii_lowercase),
        *(left + c + right for left, right in cuts for c in string.ascii_lowercase),
    }
