"""One's own data in anybody's words, at any point of a conversation: with the trained model."""

import asyncio
from typing import Any

import pytest
import yaml
from rasa.core.agent import Agent
from rasa.core.processor import MessageProcessor
from rasa.shared.core.events import ActiveLoop, SlotSet
from rasa.shared.core.trackers import DialogueStateTracker

from bot.dialogue.understanding import understand
from bot.paths import REPOSITORY
from bot.service.training import train
from bot.settings import get_settings

SAID = yaml.safe_load((REPOSITORY / "tests/data/own_data.yml").read_text(encoding="utf-8"))
TASKS = ("export_data", "delete_data")
AS_REPORTED = {
    "export_data": [
        "what do you know about me", "what data do you have on me", "gimme everything you stored",
        "which information do you have about me",
    ],
    "delete_data": [
        "delete my data", "forget me", "remove my account and everything", "erase everything about me",
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def processor() -> MessageProcessor:
    found = Agent.load(str(train(get_settings(), print))).processor
    assert found
    return found


def heard(processor: MessageProcessor, text: str, form: str = "", asked: str = "") -> str:
    """The intent of a message, in a form or not."""
    events: list[Any] = [ActiveLoop(form), SlotSet("requested_slot", asked)] if form else []
    domain = processor.domain
    tracker = DialogueStateTracker.from_events("c", [], slots=domain.slots, domain=domain)
    for event in events:
        tracker.update(event, domain)
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(understand(processor, tracker, text))[0]["intent"]["name"]
    finally:
        loop.close()


def test_strangers_words_lead_to_the_task(processor: MessageProcessor) -> None:
    """nlu_data has none of these: four of five are understood, and questions stay questions."""
    found = {name: [heard(processor, text) for text in said] for name, said in SAID.items()}
    for task in TASKS:
        assert found[task].count(task) >= 0.8 * len(found[task])
        assert found[task].count("privacy") <= 1
    assert not set(found["privacy"]) & set(TASKS)
    assert found["privacy"].count("privacy") >= 0.9 * len(found["privacy"])


@pytest.mark.parametrize("task", TASKS)
def test_what_was_reported_leads_to_the_task_from_everywhere(
    processor: MessageProcessor, task: str
) -> None:
    places = [("", "")]
    places += [("order_form", asked) for asked in ("order_number", "email", "detail", "confirmed")]
    places += [("order_form", "code"), ("contact_form", "email"), ("data_form", "email")]
    for place in places:
        found = {text: heard(processor, text, *place) for text in AS_REPORTED[task]}
        assert found == dict.fromkeys(AS_REPORTED[task], task), place


def test_a_question_about_privacy_stays_one_in_a_form(processor: MessageProcessor) -> None:
    for text in ("what do you do with my data", "is my data safe here"):
        assert heard(processor, text, "order_form", "email") == "privacy"
