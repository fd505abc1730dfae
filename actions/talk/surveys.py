"""A survey asked in the chat: one form for all campaigns, whatever they ask."""

import time
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.backends import get_asking
from actions.base import Events, ShopAction
from actions.language import ShopFormValidation
from actions.texts import phrase
from actions.wording import button, listed
from bot.errors import NotFound
from bot.spoken import spoken
from bot.surveys.asking import Step
from bot.surveys.campaign import Question
from bot.surveys.cards import card_of
from bot.surveys.flow import Answer
from bot.surveys.languages import in_language
from bot.surveys.understanding import Reading, read_answer, read_value, skip
from bot.transcripts.projection import SIMULATED

TRIES = 3  # for an answer that isn't clear


class ActionBeginSurvey(ShopAction):
    """Notes that the customer was asked, and says the first words; the form asks the questions."""

    soothes = False

    def name(self) -> str:
        """The name in the domain."""
        return "action_begin_survey"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """The web process chose the campaign; an anonymous one is asked on its own page."""
        invited = (tracker.latest_message.get("metadata") or {}).get("survey")
        if not invited:
            return [SlotSet("survey", None)]
        asking, name, person = get_asking(), invited["campaign"], invited["person"]
        written = asking.campaigns.get(name, invited["version"]).campaign
        campaign = in_language(written, spoken(), asking.own)
        store, now = asking.campaigns.store, invited.get("at") or time.time()
        store.contacted(person, name, now)
        dispatcher.utter_message(text=campaign.intro)
        if campaign.anonymous:
            text = phrase("survey_link", tracker, link=invited["link"])
            dispatcher.utter_message(text=text)
            return [SlotSet("survey", None)]
        store.open_run(
            name, invited["version"], "chat", now, person=person, conversation=tracker.sender_id,
            segments=invited.get("segments"), run_id=invited["run"],
            simulated=tracker.sender_id.startswith(SIMULATED),
        )  # fmt: skip
        return [
            SlotSet("survey", slot_of(asking.step(invited["run"]))),
            SlotSet("form_failures", 0),
        ]


class ActionAskSurveyAnswer(ShopAction):
    """Asks the question that the survey has come to."""

    soothes = False

    def name(self) -> str:
        """The name that Rasa looks for when the form asks for its slot."""
        return "action_ask_survey_form_survey_answer"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """With a card to tap on; typing does as well."""
        survey = tracker.get_slot("survey")
        if survey and survey["question"]:
            question = Question.parse_obj(survey["question"])
            leave = [button(phrase("survey_stop_button", tracker), "/stop")]
            card = card_of(question, survey["done"], survey["total"])
            dispatcher.utter_message(
                text=survey["text"], buttons=leave, json_message={"card": card}
            )
        return []


class ValidateSurveyForm(ShopFormValidation):
    """Takes an answer in any words and goes on to the next question, until there is none."""

    def name(self) -> str:
        """The name in the domain."""
        return "validate_survey_form"

    async def required_slots(
        self,
        domain_slots: list[str],
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: Any,
    ) -> list[str]:
        """An answer is needed as long as there is a question."""
        survey = tracker.get_slot("survey")
        return ["survey_answer"] if survey and survey["question"] else []

    def validate_survey_answer(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any
    ) -> dict[str, Any]:
        """Keep the answer; what isn't clear is asked again, but not for ever."""
        survey = tracker.get_slot("survey")
        if not survey:
            raise ValueError("There is an answer, but no survey in the slot `survey`.")
        question = Question.parse_obj(survey["question"])
        read = _read(question, tracker, str(value))
        failures = int(tracker.get_slot("form_failures") or 0)
        if read.what == "unclear" and failures + 1 < TRIES:
            dispatcher.utter_message(text=hint(question, read.why, tracker))
            return {"survey_answer": None, "form_failures": failures + 1}
        if read.what == "unclear" and not question.required and question.kind != "consent":
            read = Reading("skip", Answer(None))
        if read.answer is None:  # stop, never, or nothing that could be understood
            left = {**survey, "question": None, "left": "never" if read.what == "never" else "stop"}
            return {"survey_answer": None, "survey": left, "form_failures": 0}
        sentiment = tracker.latest_message.get("sentiment") or {}
        if question.kind != "text" or read.what == "skip":
            sentiment = {}
        step = get_asking().take(
            survey["run"], question.id, read.answer,
            sentiment=sentiment.get("label"), score=sentiment.get("score"),
        )  # fmt: skip
        return {"survey_answer": None, "survey": slot_of(step), "form_failures": 0}


class ActionEndSurvey(ShopAction):
    """Thanks, or lets the customer go."""

    soothes = False

    def name(self) -> str:
        """The name in the domain."""
        return "action_end_survey"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """What was answered is kept in any case."""
        survey = tracker.get_slot("survey")
        if survey and (survey["question"] or survey.get("left")):
            never = survey.get("left") == "never"
            try:
                get_asking().dismiss(survey["run"], never=never)
            except NotFound:
                pass  # erased while it was asked
            said = "survey_never" if never else "survey_stopped"
            dispatcher.utter_message(text=phrase(said, tracker))
        elif survey:
            dispatcher.utter_message(text=survey["text"] or phrase("survey_thanks", tracker))
        return [SlotSet("survey", None), SlotSet("survey_answer", None)]


def slot_of(step: Step) -> dict[str, Any]:
    """What the conversation has to know of a survey between two messages."""
    question = step.question.dict() if step.question else None
    return {
        "run": step.run,
        "question": question,
        "text": step.text,
        "done": step.done,
        "total": step.total,
    }


def hint(question: Question, why: str, tracker: Tracker) -> str:
    """How to answer, in the words for what was unclear."""
    low, high = question.scale or (question.min, question.max)
    if why in ("range", "number", "one") and low is not None and high is not None:
        return phrase("survey_hint_range", tracker, low=f"{low:g}", high=f"{high:g}")
    if question.options:
        name = "survey_hint_option" if question.kind == "single" else "survey_hint_options"
        return phrase(name, tracker, options=listed([title for _, title in question.choices], "or"))
    known = {"yes_no": "survey_hint_yes_no", "required": "survey_hint_required"}
    return phrase(known.get(why, "survey_hint_number"), tracker)


def _read(question: Question, tracker: Tracker, value: str) -> Reading:
    """The answer of a card is exact; what was typed is understood."""
    metadata = tracker.latest_message.get("metadata") or {}
    card = metadata.get("card_answer")
    if card and card["value"] is None:
        return skip(question)
    if card:
        given = card["value"] if isinstance(card["value"], list) else [card["value"]]
        if all(isinstance(one, (str, int, float)) for one in given):
            read = read_value(question, [str(one) for one in given])
            if read.what == "answer":
                return read
    return read_answer(question, metadata.get("title") or value)
