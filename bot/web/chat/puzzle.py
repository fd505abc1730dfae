"""A little work that a browser does for a new conversation while there is a flood of them.

After Back's hashcash (2002): a number whose SHA-256 with the puzzle begins with some zero bits. It
takes the widget about a second, and checking it one hash. Nobody else is asked, and nothing is drawn.
"""

import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from hashlib import sha256
from typing import Any

from itsdangerous import BadSignature, URLSafeTimedSerializer

from bot.settings.keys import Secrets

BITS = 15  # 33,000 hashes on average
SECONDS = 120  # in which a puzzle is to be solved
REMEMBERED = 50_000


class Puzzles:
    """Makes puzzles and checks what comes back; each solution is good once."""

    def __init__(self, keys: Callable[[], Secrets]) -> None:
        self._keys = keys
        self._used: OrderedDict[str, float] = OrderedDict()

    def ask(self) -> dict[str, Any]:
        """A puzzle as the widget gets it."""
        return {"puzzle": str(self._signer().dumps(secrets.token_hex(8))), "bits": BITS}

    def solved(self, solution: str) -> bool:
        """Whether "PUZZLE:NUMBER" solves a puzzle of ours that is neither old nor used."""
        puzzle, _, number = solution.partition(":")
        try:
            name = str(self._signer().loads(puzzle, max_age=SECONDS))
        except BadSignature:
            return False
        if not number.isdecimal() or len(number) > 12 or name in self._used:
            return False
        if int.from_bytes(sha256(solution.encode()).digest()[:4], "big") >> (32 - BITS):
            return False
        self._used[name] = time.monotonic()
        while len(self._used) > REMEMBERED:
            self._used.popitem(last=False)
        return True

    def _signer(self) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(self._keys().oldest_first, salt="puzzle")
