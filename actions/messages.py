"""What the customer wrote in a conversation."""

from typing import Any

from rasa_sdk import Tracker


def messages_of(tracker: Tracker) -> list[dict[str, Any]]:
    """The customer's messages as they were understood, the latest last."""
    return [
        event.get("parse_data") or {} for event in tracker.events if event.get("event") == "user"
    ]
