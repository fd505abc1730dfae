"""The language that an action speaks: the conversation's, set where the action begins (bot/spoken.py)."""

from abc import ABC, abstractmethod
from functools import cache
from pathlib import Path
from typing import Any

from rasa_sdk import FormValidationAction, Tracker
from rasa_sdk.executor import CollectingDispatcher
from ruamel.yaml import YAML

from bot.settings import get_settings
from bot.spoken import speak, spoken

ENGLISH = "en"
FOLDER = Path(__file__).resolve().parent / "texts"


def speak_as(tracker: Tracker) -> None:
    """Have all that this task says be in the conversation's language."""
    speak(tracker.get_slot("language") or get_settings().shop.languages[0])


class ShopFormValidation(FormValidationAction, ABC):
    """A validation of a form that speaks the conversation's language."""

    @abstractmethod
    def name(self) -> str:
        """The name in the domain."""

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> list:
        """Rasa's own validation."""
        speak_as(tracker)
        return await super().run(dispatcher, tracker, domain)


def texts(language: str = "") -> dict[str, list[str]]:
    """All wordings of a language by name, by default of the turn's; English where it has none of a name."""
    return _texts(language or spoken())


@cache
def _texts(language: str) -> dict[str, list[str]]:
    tree = YAML(typ="safe").load(FOLDER / f"{language}.yml")
    own = {name: [said] if isinstance(said, str) else list(said) for name, said in tree.items()}
    return own if language == ENGLISH else {**_texts(ENGLISH), **own}


def word(name: str) -> str:
    """A text that has one wording, such as how dates are written."""
    return texts()[name][0]
