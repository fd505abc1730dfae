"""When the assistant isn't sure what was meant."""

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, UserUtteranceReverted
from rasa_sdk.executor import CollectingDispatcher

from actions.language import speak_as
from actions.texts import choice, person, phrase, texts

OFFERED = 3


class ActionDefaultAskAffirmation(Action):
    """Offers what was likely meant; the first stage of Rasa's two-stage fallback."""

    def name(self) -> str:
        """Overrides Rasa's action of this name."""
        return "action_default_ask_affirmation"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> list:
        """The likeliest intents that can be offered, as buttons."""
        speak_as(tracker)
        ranking = tracker.latest_message.get("intent_ranking") or []
        known = [one["name"] for one in ranking if f"choice_offer_{one['name']}" in texts()]
        if not known:
            buttons = [choice("help"), person()]
            dispatcher.utter_message(text=phrase("rephrase", tracker), buttons=buttons)
            return []
        buttons = [choice(f"offer_{name}", f"/{name}") for name in known[:OFFERED]]
        buttons.append(choice("out_of_scope"))
        dispatcher.utter_message(text=phrase("unsure", tracker), buttons=buttons)
        return []


class ActionDefaultAskRephrase(Action):
    """Asks for other words; the second stage of Rasa's two-stage fallback."""

    def name(self) -> str:
        """Overrides Rasa's action of this name."""
        return "action_default_ask_rephrase"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any
    ) -> list[EventType]:
        """Ask."""
        speak_as(tracker)
        dispatcher.utter_message(text=phrase("rephrase", tracker))
        return []


class ActionDefaultFallback(Action):
    """Offers a person when the second attempt failed too."""

    def name(self) -> str:
        """Overrides Rasa's action of this name."""
        return "action_default_fallback"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any
    ) -> list[EventType]:
        """Admit it, and leave the conversation as it was before the message."""
        speak_as(tracker)
        dispatcher.utter_message(
            text=phrase("still_unsure", tracker),
            buttons=[person(), choice("help")],
        )
        return [UserUtteranceReverted()]
