"""The responses of Rasa's domain in the conversation's language; endpoints.yml names the generator.

The domain has them in English. A file for each other language has their wordings by name, a name with `_upset` where
the domain has other words for a customer who is upset, and the titles of quick replies by their payloads.
"""

import random
from functools import cache
from pathlib import Path
from typing import Any

from rasa.core.nlg import TemplatedNaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.utils.endpoints import EndpointConfig
from ruamel.yaml import YAML

from bot.settings import get_settings
from bot.spoken import spoken
from bot.wording import languages_named

FOLDER = Path(__file__).resolve().parent


class ShopResponses(TemplatedNaturalLanguageGenerator):
    """Rasa's own choice of a response, in the language that the slot of that name holds."""

    def __init__(self, endpoint_config: EndpointConfig | None, domain: Domain) -> None:
        super().__init__(domain.responses)

    def _random_response_for(
        self, utter_action: str, output_channel: str, filled_slots: dict[str, Any]
    ) -> dict[str, Any] | None:
        said = super()._random_response_for(utter_action, output_channel, filled_slots)
        if not said:
            return said
        shop = get_settings().shop
        languages = shop.languages
        language = spoken(filled_slots.get("language") or languages[0])
        said = in_language(utter_action, said, language)
        served = languages_named(languages, language)
        text = said.get("text", "").replace("{languages}", served)
        return {**said, "text": text.replace("{assistant}", shop.assistant.name)}


def in_language(name: str, said: dict[str, Any], language: str) -> dict[str, Any]:
    """A response of the domain in a language; as it is where the language has none of that name."""
    known = _known(language)
    wordings: dict[str, list[str]] = known.get("texts") or {}
    found = (wordings.get(f"{name}_upset") if said.get("condition") else None) or wordings.get(name)
    if not found:
        return said
    titles: dict[str, str] = known.get("titles") or {}
    buttons = [
        {**one, "title": titles.get(one["payload"], one["title"])}
        for one in said.get("buttons") or []
    ]
    return {**said, "text": random.choice(found), **({"buttons": buttons} if buttons else {})}


@cache
def _known(language: str) -> dict[str, Any]:
    file = FOLDER / f"{language}.yml"
    return YAML(typ="safe").load(file) if file.exists() else {}
