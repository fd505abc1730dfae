"""What Rasa's own responses say, in each language."""

import asyncio
from dataclasses import replace

import pytest
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import SlotSet
from rasa.shared.core.trackers import DialogueStateTracker

from bot.dialogue.responses import ShopResponses
from bot.paths import REPOSITORY
from bot.settings import Settings, get_settings
from bot.settings.languages import can_speak
from bot.settings.shop import Assistant

DOMAIN = Domain.load(str(REPOSITORY / "bot/dialogue/domain"))


@pytest.mark.parametrize("language", can_speak())
def test_the_assistant_says_its_name_in_each_wording(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    shop = settings.shop.copy(update={"assistant": Assistant(name="Zoë"), "languages": (language,)})
    monkeypatch.setattr(get_settings, "kept", replace(settings, shop=shop))
    says = ShopResponses(None, DOMAIN)
    tracker = DialogueStateTracker.from_events("c", [SlotSet("language", language)], DOMAIN.slots)
    said = {asyncio.run(says.generate("utter_bot", tracker, "shoptalk"))["text"] for _ in range(30)}
    assert len(said) > 1 and all("Zoë" in one and "{" not in one for one in said)
