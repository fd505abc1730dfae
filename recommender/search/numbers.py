"""Numbers of products in a text: skus, GTINs, MPNs, however they are written."""

from collections.abc import Callable, Iterator
from itertools import accumulate

from recommender.search.titles import MOST_TOKENS, NUMBER_FROM, tokens

PARTS = 6  # of which one number is written: "USB-CC-2M" is three
ALONE_FROM = 6  # digits from which a bare number among other words is a product's
MOST = 40  # tokens of a text that are looked at

Found = list[tuple[int, str]]


def numbers_in(text: str, look_up: Callable[[str], Found]) -> Iterator[tuple[int, str]]:
    """What `look_up` knows of the numbers in a text, the longest at each place, in its order.

    A number has a digit in it, and a letter too unless it is long or all that is said: an amount of money is none.
    """
    words = [word for word, _, _ in tokens(text)][: min(MOST, MOST_TOKENS)]
    place = 0
    while place < len(words):
        runs = list(accumulate(words[place : place + PARTS]))
        for length in range(len(runs), 0, -1):
            found = (
                look_up(runs[length - 1]) if _may_be(runs[length - 1], length == len(words)) else []
            )
            if found:
                yield from found
                place += length - 1
                break
        place += 1


def _may_be(number: str, alone: bool) -> bool:
    if len(number) < NUMBER_FROM or not any(sign.isdigit() for sign in number):
        return False
    return alone or len(number) >= ALONE_FROM or any(sign.isalpha() for sign in number)
