"""The console hears once of each change of the transcripts, and of none that wasn't."""

import time
from collections.abc import Iterator

import pytest

from bot.settings import Settings
from bot.transcripts.store import open_transcripts
from bot.web.chat.follow import FOLLOWED, Follow
from bot.web.chat.live import Hub
from tests.console.transcripts import simple


@pytest.fixture
def hub(settings: Settings) -> Hub:
    open_transcripts(settings.transcripts_db).close()
    return Hub()


@pytest.fixture
def follow(settings: Settings, hub: Hub) -> Iterator[Follow]:
    made = Follow(hub, settings.transcripts_db)
    yield made
    made.close()


def test_what_was_said_is_reported_when_the_transcripts_have_it(
    settings: Settings, hub: Hub, follow: Follow
) -> None:
    heard: list[tuple[str, str]] = []
    hub.watch(lambda conversation, what: heard.append((conversation, what)))
    hub.tell("a")
    follow.look()
    assert heard == [("a", "changed")]
    simple(settings, "a", "hello")
    simple(settings, "b", "nobody follows this")
    follow.look()
    follow.look()
    assert heard == [("a", "changed"), ("a", "transcribed")]
    follow.look(time.monotonic() + 2 * FOLLOWED)
    simple(settings, "a2", "later")
    follow.look()
    assert len(heard) == 2
