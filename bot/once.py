"""Things that are opened at their first use and then kept."""

from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Once(Generic[T]):
    """A function that is called once: what it gave is given from then on.

    What it opens can be put in place from outside by `kept`, as tests do, for all who use it.
    """

    def __init__(self, opening: Callable[[], T]) -> None:
        self.opening = opening
        self.kept: T | None = None
        self.__doc__ = opening.__doc__

    def __call__(self) -> T:
        """What is kept, opened now if it isn't yet. Raises what opening it raises."""
        if self.kept is None:
            self.kept = self.opening()
        return self.kept

    def forget(self) -> None:
        """Open it anew at the next use."""
        self.kept = None
