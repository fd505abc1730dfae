"""The language of a conversation is told by its messages, remembered, and changed only by words."""

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import SlotSet

from bot.dialogue import language as module
from bot.dialogue.language import follow_language
from bot.dialogue.responses import in_language
from bot.dialogue.understanding import in_other_language
from bot.spoken import spoken
from tests.dialogue.understanding import in_form, tracker

FOLDER = Path(module.__file__).parent / "responses"


@pytest.fixture
def follow(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Says a message into a conversation in a language; returns what is spoken, remembered, and whether it is served."""
    monkeypatch.setattr(
        module,
        "named_products",
        lambda: SimpleNamespace(read=lambda text: SimpleNamespace(parts=())),
    )

    async def say(known: str | None, text: str, **body: Any) -> tuple[str, str | None, bool]:
        kept = tracker(SlotSet("language", known))

        async def fetch(conversation: str) -> Any:
            return kept

        async def save(kept: Any) -> None:
            pass

        agent = SimpleNamespace(domain=Domain.empty(), tracker_store=SimpleNamespace(save=save))
        monkeypatch.setattr(
            module,
            "processor_of",
            lambda agent: SimpleNamespace(fetch_tracker_and_update_session=fetch),
        )
        followed = await follow_language(agent, kept, {"conversation": "c", "text": text, **body})  # type: ignore[arg-type]
        return spoken(), kept.get_slot("language"), followed.served

    return lambda *said, **body: asyncio.run(say(*said, **body))


def test_a_message_tells_and_few_words_change_nothing(follow: Any) -> None:
    assert follow(None, "wo ist mein Paket?") == ("de", "de", True)
    assert follow("de", "ok") == ("de", "de", True)
    assert follow("de", "HF-10234") == ("de", "de", True)
    assert follow("de", "where is my parcel?") == ("en", "en", True)
    assert follow("de", "where is my parcel?", payload="/order_status") == ("de", "de", True)


def test_the_page_is_a_prior_for_the_first_message(follow: Any) -> None:
    assert follow(None, "ok", page={"language": "nl-BE"})[0] == "nl"
    assert follow("fr", "ok", page={"language": "nl-BE"})[0] == "fr"


def test_a_language_that_is_not_served_is_not_remembered(follow: Any) -> None:
    assert follow("en", "dov'è il mio pacco, vorrei sapere quando arriva alla mia casa") == (
        "en",
        "en",
        False,
    )


def test_what_is_not_served_is_said_outside_of_forms_and_danger_is_heard() -> None:
    parsed = {"intent": {"name": "order_status", "confidence": 0.9}}
    assert in_other_language(parsed, None)[0]["intent"]["name"] == "other_language"
    assert in_other_language(parsed, in_form("email")) == []
    assert in_other_language({"intent": {"name": "self_harm"}}, None) == []


def test_responses_are_said_in_each_language_with_the_same_quick_replies() -> None:
    domain = Domain.load(str(FOLDER.parent / "domain"))
    for file in FOLDER.glob("*.yml"):
        for name, responses in domain.responses.items():
            for one in responses:
                said = in_language(name, one, file.stem)
                assert said["text"] != one["text"], (file.stem, name)
                payloads = [button["payload"] for button in one.get("buttons") or []]
                assert [button["payload"] for button in said.get("buttons") or []] == payloads
                for button, own in zip(
                    said.get("buttons") or [], one.get("buttons") or [], strict=True
                ):
                    assert button["title"] != own["title"], (file.stem, button)
