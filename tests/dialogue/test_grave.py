"""Danger goes before forms and surveys and holds; so does a threat of law, which doesn't hold."""

import asyncio
from typing import Any

import pytest
from rasa.shared.core.events import ActiveLoop, SlotSet

from bot.dialogue.grave import PARTS, sentences
from bot.dialogue.understanding import understand
from tests.dialogue.test_understanding import tracker

NUMBER = {"entity": "order_number", "value": "HF-10001", "start": 0, "end": 8}


class Processor:
    """Hears danger where the test says so; everything else is out of scope unless it is named."""

    def __init__(self, danger: str = "", **intents: tuple[str, float]) -> None:
        self.danger, self.intents = danger, intents

    async def parse_message(self, message: Any) -> dict[str, Any]:
        text = message.text
        name, confidence = self.intents.get(text.replace(" ", "_"), ("out_of_scope", 0.9))
        ranking = [
            {"name": name, "confidence": confidence},
            {"name": "emergency", "confidence": 0.02},
        ]
        return {
            "text": text,
            "intent": ranking[0],
            "intent_ranking": ranking,
            "entities": [dict(NUMBER)],
            "danger": 0.4 if self.danger and text.endswith(self.danger) else -1.4,
        }


def heard(processor: Processor, before: Any, text: str) -> tuple[str, list[dict[str, Any]]]:
    (parsed, *more) = asyncio.run(understand(processor, before, text))
    assert not more
    return parsed["intent"]["name"], parsed["entities"]


def held(kind: str = "self_harm") -> Any:
    return tracker(crisis={"kind": kind, "since": 1.0})


FORMS = [
    ("order_form", "order_number"), ("order_form", "email"), ("order_form", "detail"),
    ("order_form", "confirmed"), ("contact_form", "email"), ("contact_form", "call_phone"),
    ("contact_form", "confirmed"), ("data_form", "data_scope"), ("data_form", "confirmed"),
    ("survey_form", "survey_answer"), ("action_two_stage_fallback", None),
]  # fmt: skip


@pytest.mark.parametrize("form, asked", FORMS)
def test_danger_is_no_answer_to_any_form(form: str, asked: Any) -> None:
    before = tracker(ActiveLoop(form), SlotSet("requested_slot", asked))
    name, entities = heard(Processor("dark", this_is_dark=("inform", 0.9)), before, "this is dark")
    assert name == "emergency" and entities == []
    calm, entities = heard(Processor("dark", HF=("inform", 0.9)), before, "HF")
    assert calm not in ("emergency", "self_harm") and entities  # the positive control


@pytest.mark.parametrize("form, asked", FORMS)
def test_a_threat_of_law_is_no_answer_to_any_form(form: str, asked: Any) -> None:
    before = tracker(ActiveLoop(form), SlotSet("requested_slot", asked))
    assert heard(Processor(sue=("legal_threat", 0.9)), before, "sue") == ("legal_threat", [])
    _, entities = heard(Processor(sue=("legal_threat", 0.4)), before, "sue")
    assert entities  # read as whatever it is at its place


def test_one_sentence_of_several_is_enough() -> None:
    text = (
        "Where is my order HF-10001? I ordered it on Monday. It is all dark now. Thanks a lot then"
    )
    assert heard(Processor("dark now"), None, text)[0] == "emergency"
    assert heard(Processor(), None, text)[0] == "out_of_scope"
    assert sentences("one two three. four five six") == ["one two three", "four five six"]
    assert sentences("one two three") == [] and sentences("ok. one two three") == []
    assert len(sentences("so it goes. " * 50)) == PARTS


@pytest.mark.parametrize(
    "text, intent, confidence",
    [
        ("no one would notice", "out_of_scope", 0.9), ("…", "nlu_fallback", 0.45),
        ("ok", "affirm", 0.95), ("thanks", "thank", 0.99), ("bye", "goodbye", 0.99),
        ("a person", "talk_to_human", 0.99), ("stop", "stop", 0.95), ("again", "repeat", 0.95),
        ("a coat", "search_products", 0.6), ("safe", "safe_now", 0.3),
    ],
)  # fmt: skip
def test_danger_holds_while_nothing_clearly_ends_it(
    text: str, intent: str, confidence: float
) -> None:
    processor = Processor(**{text.replace(" ", "_"): (intent, confidence)})
    assert heard(processor, held(), text) == ("self_harm", [])
    assert heard(processor, held("emergency"), text) == ("emergency", [])


def test_signs_alone_do_not_end_it() -> None:
    for signs in ("👍", "?", "😢"):
        assert heard(Processor(), held(), signs)[0] == "self_harm"


def test_it_ends_with_a_clear_request_or_when_the_person_is_safe() -> None:
    asks = Processor(a_coat=("search_products", 0.9), safe=("safe_now", 0.9))
    assert heard(asks, held(), "a coat")[0] == "search_products"
    assert heard(asks, held(), "safe")[0] == "safe_now"
    dark = Processor("coat", a_coat=("search_products", 0.9))
    assert heard(dark, held(), "a coat")[0] == "emergency"


def test_who_was_in_no_danger_is_not_told_that_they_are_safe() -> None:
    assert heard(Processor(fine=("safe_now", 0.9)), None, "fine")[0] == "nlu_fallback"


def test_an_intent_of_danger_without_any_danger_in_it_is_another() -> None:
    assert heard(Processor(my_feet=("emergency", 0.6)), None, "my feet")[0] == "nlu_fallback"
    assert heard(Processor("feet", my_feet=("emergency", 0.6)), None, "my feet")[0] == "emergency"
