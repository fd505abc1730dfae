"""Where pieces of a text begin and end."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable

Span = tuple[int, int]


def union(spans: Iterable[Span]) -> list[Span]:
    """The same parts of the text in order, those that overlap made one."""
    whole: list[Span] = []
    for start, end in sorted(spans):
        if whole and start < whole[-1][1]:
            whole[-1] = (whole[-1][0], max(end, whole[-1][1]))
        elif end > start:
            whole.append((start, end))
    return whole


class Parts:
    """Parts of a text, among which those near another one are found by bisection."""

    def __init__(self, spans: Iterable[Span]) -> None:
        self._parts = union(spans)
        self._ends = [end for _, end in self._parts]

    def touch(self, start: int, end: int) -> bool:
        """Whether one of them shares a character with another part."""
        first = bisect_right(self._ends, start)
        return first < len(self._parts) and self._parts[first][0] < end

    def hold(self, start: int, end: int) -> bool:
        """Whether another part lies within one of them."""
        first = bisect_left(self._ends, end)
        return first < len(self._parts) and self._parts[first][0] <= start
