"""Taking a person through a campaign, whichever way it is asked: what is next, what was said."""

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from bot.privacy import mask
from bot.spoken import spoken
from bot.surveys.campaign import Campaign, Question
from bot.surveys.campaigns import Campaigns
from bot.surveys.flow import Answer, Value, current, own_words, path, progress, thanks, words
from bot.surveys.languages import in_language
from bot.texts import ENGLISH


@dataclass(frozen=True)
class Step:
    """Where a run is: the question to ask now with its words, or the thanks at its end."""

    run: str
    campaign: Campaign
    question: Question | None
    text: str
    done: int
    total: int
    answers: Mapping[str, Answer]


class Asking:
    """Runs of all campaigns, kept in the surveys' database as they go; the shop's files are in its `own` language."""

    def __init__(self, campaigns: Campaigns, own: str = ENGLISH) -> None:
        self.campaigns = campaigns
        self.own = own
        self._store = campaigns.store

    def step(self, run_id: str) -> Step:
        """Where a run is now, in the language that is spoken; the question is noted as asked. Raises NotFound."""
        campaign, answers = self._read(run_id)
        campaign = in_language(campaign, spoken(), self.own)
        question = current(campaign, answers)
        if question:
            self._store.note_asked(run_id, question.id, time.time())
        text = words(question, answers, campaign) if question else thanks(campaign, answers)
        done, total = progress(campaign, answers)
        return Step(run_id, campaign, question, text, done, total, answers)

    def take(
        self,
        run_id: str,
        question: str,
        answer: Answer,
        *,
        sentiment: str | None = None,
        score: float | None = None,
        seconds: float | None = None,
    ) -> Step:
        """Keep an answer; completes the run when it was the last one. Raises NotFound or KeyError.

        An answer to an earlier question may change the way: what is off it is taken away.
        """
        campaign, before = self._read(run_id)
        asked, now = campaign.question(question), time.time()
        value = answer.value
        own = [] if value is None else own_words(asked, value)
        if campaign.anonymous and own:
            value = _masked(value, own)
        self._store.answer(
            run_id, question, value, now, sentiment=sentiment, score=score, own_words=bool(own)
        )
        if asked.kind == "text" and isinstance(value, str) and sentiment is None:
            self._store.feel_later(run_id, question)
        answers = {**before, question: Answer(value)}
        way = [one.id for one in path(campaign, answers)]
        self._store.keep_answers(run_id, way)
        self._alert(run_id, campaign, asked, answer, now)
        step = self.step(run_id)
        if step.question is None and not self._refused(step):
            self._store.complete(run_id, now, campaign.quota, seconds)
        elif step.question is None:
            self._store.dismiss(run_id, now)
        return step

    def dismiss(self, run_id: str, *, never: bool = False) -> None:
        """The person stops; with `never` they aren't asked again by any campaign."""
        run, now = self._store.run(run_id), time.time()
        self._store.dismiss(run_id, now)
        if never and run.person:
            self._store.contacted(run.person, run.campaign, now, never=True)

    def _read(self, run_id: str) -> tuple[Campaign, dict[str, Answer]]:
        run = self._store.run(run_id)
        campaign = self.campaigns.get(run.campaign, run.version).campaign
        return campaign, {name: _answer(given.value) for name, given in run.answers.items()}

    def _refused(self, step: Step) -> bool:
        """Whether the way ended with a consent that wasn't given."""
        return any(
            question.kind == "consent" and step.answers[question.id].value is False
            for question in path(step.campaign, step.answers)[-1:]
            if question.id in step.answers
        )

    def _alert(
        self, run_id: str, campaign: Campaign, question: Question, answer: Answer, now: float
    ) -> None:
        alert = campaign.alert
        if alert and alert.question == question.id and isinstance(answer.value, (int, float)):
            if answer.value <= alert.at_most:
                self._store.alert(run_id, question.id, float(answer.value), now)


def _answer(value: Value | list[str] | None) -> Answer:
    """An answer as the database has it: several choices are a list there."""
    return Answer(tuple(value) if isinstance(value, list) else value)


def _masked(value: Value | None, own: Collection[str]) -> Value | None:
    """An answer without the personal data in those of its parts that are the customer's own words."""
    if isinstance(value, tuple):
        return tuple(mask(part) if part in own else part for part in value)
    return mask(value) if isinstance(value, str) and value in own else value
