"""The faults that docs/faq.md explains are worded as the program words them."""

import re

from bot.paths import REPOSITORY

SOURCES = [
    path
    for room in ("bot", "actions", "recommender", "tests/browser")
    for path in (REPOSITORY / room).rglob("*.py")
]


def test_each_message_is_one_that_the_program_has() -> None:
    page = (REPOSITORY / "docs" / "faq.md").read_text(encoding="utf-8")
    messages = re.findall(r"^### `([^`]+)`", page, re.M)
    assert len(messages) > 8
    sources = [path.read_text(encoding="utf-8") for path in SOURCES]
    unknown = [
        message
        for message in messages
        if not any(all(part.strip() in source for part in message.split("…")) for source in sources)
    ]
    assert unknown == []
