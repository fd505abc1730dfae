"""Whether a child process still answers: one that hangs is as bad as one that is dead.

Each is asked on its own event loop, for good. What is merely busy isn't hung: it takes several
questions in a row without an answer, over a time that no turn and no locked database takes.
"""

import time
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

ASK_EVERY = 2.0  # seconds between an answer and the next question
ASK_EVERY_AT_START = 0.2  # while it isn't ready
PATIENCE = 5.0  # seconds for one answer
HUNG_SECONDS = 30.0  # between the first and the last of questions in a row without an answer
# More than this between two questions, and it was us who stood still: the machine slept, or the
# supervisor was stopped. What wasn't heard meanwhile says nothing, and the row begins anew: so it
# takes four questions at least until a process counts as hung.
ASLEEP_SECONDS = ASK_EVERY + PATIENCE + 5.0


class Pulse:
    """What is known of one process from its answers."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._looked = clock()
        self._first_miss: float | None = None  # of the row
        self.is_ready = False  # it was, once; what dies later is another process
        self.is_hung = False

    def heard(self, ready: bool) -> None:
        """It answered; `ready` when it can work."""
        self._looked, self._first_miss = self._clock(), None
        self.is_ready = self.is_ready or ready

    def missed(self) -> None:
        """It didn't answer in time. Before it was ever ready that means nothing."""
        now, before = self._clock(), self._looked
        self._looked = now
        if not self.is_ready or now - before > ASLEEP_SECONDS:
            self._first_miss = None
        elif self._first_miss is None:
            self._first_miss = now
        elif now - self._first_miss >= HUNG_SECONDS:
            self.is_hung = True


def ask(url: str) -> int:
    """The status of a process's answer; 0 when there is none, or something that isn't HTTP."""
    place = urlsplit(url)
    connection = HTTPConnection(place.hostname or "", place.port, timeout=PATIENCE)
    try:
        connection.request("GET", place.path)
        return connection.getresponse().status
    except (OSError, HTTPException):
        return 0
    finally:
        connection.close()
