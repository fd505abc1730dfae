"""What the survey form asks and how its cards look, without Rasa."""

import asyncio
import time
from typing import Any

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.backends import get_asking
from actions.talk import surveys
from bot.settings import Settings
from bot.surveys.asking import Asking
from bot.surveys.campaigns import Campaigns, open_campaigns

SURVEY = """\
title: T
intro: A question?
questions:
  - {id: stars, kind: csat, ask: How was it?, required: true}
  - {id: size, kind: scale, ask: Which?, min: 2, max: 4, labels: [small, large]}
  - {id: pick, kind: multiple, ask: What?, options: [A, B], other: true}
  - {id: many, kind: number, ask: How many?, min: 1}
  - {id: agree, kind: consent, ask: May we?}
  - {id: open, kind: text, ask: And?}
  - {id: done, kind: thanks, ask: Thanks}
"""


@pytest.fixture
def campaigns(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Campaigns:
    settings.surveys_dir.mkdir()
    (settings.surveys_dir / "mine.yml").write_text(SURVEY)
    campaigns = open_campaigns(settings.surveys_db, settings.surveys_dir, settings.shop.zone)
    asking = Asking(campaigns)
    monkeypatch.setattr(get_asking, "kept", asking)
    return campaigns


class Form:
    """Runs the form's actions after each other, as Rasa would."""

    def __init__(self) -> None:
        self.slots: dict[str, Any] = {}

    def act(self, action: Any, **latest: Any) -> list[dict[str, Any]]:
        tracker = Tracker("c", self.slots, {"text": "", **latest}, [], False, None, {}, None)
        dispatcher = CollectingDispatcher()
        for event in asyncio.run(action.run(dispatcher, tracker, {})):
            self.slots[event["name"]] = event["value"]
        return dispatcher.messages

    def begin(self) -> None:
        invited = {"campaign": "mine", "version": 1, "run": "r", "person": "c", "at": time.time()}
        self.act(surveys.ActionBeginSurvey(), metadata={"survey": invited})

    def card(self) -> dict[str, Any]:
        return self.act(surveys.ActionAskSurveyAnswer())[-1]["custom"]["card"]

    def give(self, text: str = "", card: Any = "none") -> list[dict[str, Any]]:
        metadata = {} if card == "none" else {"card_answer": {"message_id": "m", "value": card}}
        tracker = Tracker(
            "c", self.slots, {"text": text, "metadata": metadata}, [], False, None, {}, None
        )
        dispatcher = CollectingDispatcher()
        form = surveys.ValidateSurveyForm()
        self.slots.update(form.validate_survey_answer(text, dispatcher, tracker, {}))
        return dispatcher.messages

    def needs(self) -> list[str]:
        tracker = Tracker("c", self.slots, {}, [], False, None, {}, None)
        asked = surveys.ValidateSurveyForm().required_slots([], CollectingDispatcher(), tracker, {})
        return asyncio.new_event_loop().run_until_complete(asked)


def test_each_kind_of_question_has_its_card(campaigns: Campaigns) -> None:
    form = Form()
    form.begin()
    stars = form.card()
    assert (stars["kind"], stars["max"], stars["optional"]) == ("stars", 5, False)
    form.give("5", card=5)
    assert form.card()["labels"] == ["small", "large"] and form.card()["optional"]
    form.give("3", card="3")
    assert form.card()["multiple"] and form.card()["other"]
    form.give("Skip", card=None)
    assert form.card()["kind"] == "number" and form.card()["min"] == 1
    form.give("7")
    assert [one["value"] for one in form.card()["options"]] == ["yes", "no"]
    form.give("Yes", card="yes")
    assert form.card()["kind"] == "text" and form.card()["done"] == 5
    assert form.needs() == ["survey_answer"]
    form.give("Skip", card=None)
    assert form.needs() == []
    answers = {name: one.value for name, one in campaigns.store.run("r").answers.items()}
    assert answers == {
        "stars": 5, "size": 3, "pick": None, "many": 7, "agree": True, "open": None}  # fmt: skip
    assert form.act(surveys.ActionEndSurvey())[0]["text"] == "Thanks"
    assert form.slots["survey"] is None


def test_a_card_that_was_tampered_with_is_read_like_words(campaigns: Campaigns) -> None:
    form = Form()
    form.begin()
    for value in (99, [1, 2], {"x": 1}, None):
        form.slots["form_failures"] = 0
        form.give("nonsense", card=value)
        assert campaigns.store.run("r").answers == {}
    assert form.needs() == ["survey_answer"]


def test_a_required_question_is_given_up_after_three_tries(campaigns: Campaigns) -> None:
    form = Form()
    form.begin()
    for _ in range(3):
        said = form.give("banana")
    assert said == [] and form.needs() == []
    assert form.act(surveys.ActionEndSurvey())
    assert campaigns.store.run("r").dismissed_at


def test_without_an_invitation_nothing_is_asked(campaigns: Campaigns) -> None:
    form = Form()
    assert form.act(surveys.ActionBeginSurvey()) == [] and form.needs() == []
    assert form.act(surveys.ActionEndSurvey()) == []
