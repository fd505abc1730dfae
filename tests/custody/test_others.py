"""Others' addresses and phones in a person's copy, in texts of any length."""

import pytest

from bot.custody.others import OVERLAP, without_others
from bot.custody.own_addresses import Own
from bot.privacy.finding import LONGEST

MINE, OTHER = "anna@example.com", "bob@elsewhere.example"


@pytest.mark.parametrize(
    "before", [0, LONGEST - OVERLAP - 9, LONGEST - 9, LONGEST, 3 * LONGEST + 7]
)
def test_all_of_a_long_text_is_kept_and_looked_through(before: int) -> None:
    own = Own([(0.0, MINE)])
    text = f"{'a b ' * (before // 4)}{'.' * (before % 4)} {OTHER} {MINE} +49 151 23456789 {'z ' * LONGEST}end"
    masked = without_others({"text": text}, own)["text"]
    assert masked == text.replace(OTHER, "[email]").replace("+49 151 23456789", "[phone]")
