"""How often something may be done."""

import pytest

from bot.web.door.limits import REMEMBERED, RateLimits, TooMany


def test_asking_for_many_other_things_gives_no_new_tries() -> None:
    limits = RateLimits()
    limits.take("sign-in of ann", burst=1, rate=0.001)
    for number in range(REMEMBERED + 1):
        limits.take(f"message {number}", burst=20, rate=1)
    with pytest.raises(TooMany):
        limits.take("sign-in of ann", burst=1, rate=0.001)
    limits.take("message 0", burst=1, rate=0.001)  # forgotten, and full again
