"""When and whom a campaign asks: pure rules over what is known of a conversation.

Every rule says in words what it wants and whether it is met, so that the console can explain why a
campaign would or wouldn't ask.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fnmatch import fnmatchcase
from typing import Literal

from bot.surveys.campaign import Campaign
from bot.wording import full_date, listed

Status = Literal["draft", "started", "paused", "finished"]
State = Literal["draft", "scheduled", "running", "paused", "finished"]

MOMENTS = {
    "resolved": "a question was answered and the customer says thanks or gives a thumbs-up",
    "handoff": "the customer asked for a person, and staff are done",
    "purchase_click": "the customer put something into the cart or asked how to buy it",
    "purchase": "the customer bought something",
    "sentiment_drop": "the customer's mood drops by {drop:g} or more (on a scale from -1 to 1)",
    "goodbye": "the customer says goodbye or closes the conversation",
    "proactive": "the customer is on the page, whether they wrote something or not",
}
MOODS = {
    "positive": "in a good mood",
    "neutral": "neither happy nor unhappy",
    "negative": "unhappy",
}


@dataclass(frozen=True)
class Situation:
    """What is known of a conversation when the question is whether to ask something.

    Scores are sentiments from -1 to 1, oldest first; `moments` are names of `MOMENTS` that
    happened since the last survey; `busy` is empty or why the customer can't be asked now.
    """

    person: str
    now: datetime
    moments: frozenset[str] = frozenset()
    messages: int = 0
    scores: tuple[float, ...] = ()
    page: str = ""
    seconds_on_page: float = 0
    quiet_seconds: float = 0
    topics: frozenset[str] = frozenset()
    bought: bool = False
    handoff: bool = False
    returning: bool = False
    busy: str = ""

    @property
    def mood(self) -> str:
        """How the customer sounded last."""
        last = self.scores[-1] if self.scores else 0.0
        return "negative" if last <= -0.25 else "positive" if last >= 0.25 else "neutral"

    @property
    def drop(self) -> float:
        """How far the last message lies below the mean of those before it; 0 when it doesn't."""
        if len(self.scores) < 2:
            return 0.0
        before = self.scores[:-1]
        return max(0.0, sum(before) / len(before) - self.scores[-1])


@dataclass(frozen=True)
class History:
    """What a person, and a campaign, went through before."""

    last_any: datetime | None = None
    last_this: datetime | None = None
    never: bool = False
    completed: int = 0
    asked: int = 0


@dataclass(frozen=True)
class Rule:
    """One condition in words, and whether it is met."""

    met: bool
    words: str


@dataclass(frozen=True)
class Candidate:
    """A campaign that might ask."""

    name: str
    campaign: Campaign
    status: Status
    history: History = field(default_factory=History)


def state(campaign: Campaign, status: Status, today: date, completed: int) -> State:
    """Where a campaign stands on a day, in the shop's time zone."""
    if status in ("draft", "paused", "finished"):
        return status
    if campaign.stop and today > campaign.stop:
        return "finished"
    if campaign.quota is not None and completed >= campaign.quota:
        return "finished"
    return "scheduled" if campaign.start and today < campaign.start else "running"


def rules(candidate: Candidate, now: Situation, days_between: int) -> list[Rule]:
    """Every condition on asking this person now; all must be met.

    `days_between` is the shop's rest between two surveys of any kind.
    """
    campaign, history = candidate.campaign, candidate.history
    stands = state(campaign, candidate.status, now.now.date(), history.completed)
    found = [
        Rule(stands == "running", f"The campaign is running (it is {stands})."),
        Rule(not now.busy, f"The customer isn't busy{f': {now.busy}' if now.busy else ''}."),
        Rule(not history.never, "The customer didn't ask to be left alone."),
        Rule(
            _rested(history.last_any, days_between, now.now),
            f"No other survey within {_days(days_between)}.",
        ),
        Rule(
            _rested(history.last_this, campaign.days_between, now.now),
            f"Not this one within {_days(campaign.days_between)}.",
        ),
        Rule(
            in_sample(candidate.name, now.person, campaign.sample),
            f"The person is in the sample of {campaign.sample:g} %.",
        ),
    ]
    return found + _trigger_rules(campaign, now) + _segment_rules(campaign, now)


def choose(candidates: Iterable[Candidate], now: Situation, days_between: int) -> Candidate | None:
    """The campaign to ask now, or None.

    Of several the one that asked the fewest people so far: a survey that could ask everybody
    doesn't take the place of one that seldom can.
    """
    ready = [
        one for one in candidates
        if one.campaign.trigger and all(rule.met for rule in rules(one, now, days_between))
    ]  # fmt: skip
    return min(ready, key=lambda one: (one.history.asked, one.name), default=None)


def in_sample(name: str, person: str, percent: float) -> bool:
    """Whether a person belongs to a campaign's sample: always the same answer for the same two."""
    return _share(f"sample {name} {person}") < percent


def version_for(campaign: Campaign, name: str, person: str, latest: int) -> int:
    """The version that a person gets: the latest, or the experiment's for its share of people."""
    experiment = campaign.experiment
    if experiment and experiment.version < latest:
        if _share(f"version {name} {person}") < experiment.share:
            return experiment.version
    return latest


def explain(campaign: Campaign, days_between: int) -> list[str]:
    """A campaign's conditions in plain sentences, for people who run it."""
    lines: list[str] = []
    trigger = campaign.trigger
    if trigger is None:
        lines.append("The assistant doesn't ask by itself; people come by the link.")
    else:
        moments = [MOMENTS[one].format(drop=trigger.drop) for one in trigger.after]
        lines.append(f"Asks when {listed(moments, 'or')}.")
        if trigger.messages and trigger.after != ["proactive"]:
            count = trigger.messages
            lines.append(f"Only after {count} message{'s' * (count > 1)} of the customer or more.")
        if trigger.page:
            lines.append(f"Only on pages whose address fits {trigger.page}.")
        if trigger.seconds_on_page:
            lines.append(f"Only after {_seconds(trigger.seconds_on_page)} on the page.")
        lines.append(f"Waits until nothing was written for {_seconds(trigger.quiet_seconds)}.")
        lines.append("Never in the middle of a form, of a complaint, or while staff are answering.")
    lines += [rule.words for rule in _segment_rules(campaign, None)]
    if campaign.sample < 100:
        lines.append(f"Only {campaign.sample:g} % of people, always the same ones.")
    lines.append(
        f"Each person at most once in {_days(campaign.days_between)}, "
        f"and at most one survey of any kind in {_days(days_between)}."
    )
    if campaign.start or campaign.stop:
        start = f"from {full_date(campaign.start)}" if campaign.start else ""
        stop = f"until {full_date(campaign.stop)}" if campaign.stop else ""
        lines.append(f"Runs {f'{start} {stop}'.strip()}.")
    if campaign.quota:
        lines.append(f"Ends after {campaign.quota} complete answers.")
    if campaign.experiment:
        share, version = campaign.experiment.share, campaign.experiment.version
        lines.append(f"{share} % of people get version {version} instead, to compare the two.")
    if campaign.anonymous:
        lines.append("Anonymous: asked on its own page, and nothing kept leads back to a person.")
    return lines


def _trigger_rules(campaign: Campaign, now: Situation) -> list[Rule]:
    trigger = campaign.trigger
    if trigger is None:
        return [Rule(False, "The assistant doesn't ask by itself.")]
    moments = [MOMENTS[one].format(drop=trigger.drop) for one in trigger.after]
    happened = any(
        now.drop >= trigger.drop if one == "sentiment_drop"
        else one == "proactive" or one in now.moments
        for one in trigger.after
    )  # fmt: skip
    found = [Rule(happened, f"One of these happened: {listed(moments, 'or')}.")]
    if trigger.after != ["proactive"]:
        enough = now.messages >= trigger.messages
        found.append(Rule(enough, f"The customer wrote {trigger.messages} messages or more."))
    if trigger.page:
        fits = fnmatchcase(now.page, trigger.page)
        found.append(Rule(fits, f"The page's address fits {trigger.page}."))
    if trigger.seconds_on_page:
        long_enough = now.seconds_on_page >= trigger.seconds_on_page
        found.append(Rule(long_enough, f"On the page for {trigger.seconds_on_page} seconds."))
    quiet = now.quiet_seconds >= trigger.quiet_seconds
    found.append(Rule(quiet, f"Nothing was written for {trigger.quiet_seconds} seconds."))
    return found


def _segment_rules(campaign: Campaign, now: Situation | None) -> list[Rule]:
    segment = campaign.segment
    found: list[Rule] = []
    if segment.topic:
        met = now is not None and bool(now.topics & set(segment.topic))
        found.append(Rule(met, f"Only customers who asked about {listed(segment.topic, 'or')}."))
    if segment.mood:
        met = now is not None and now.mood == segment.mood
        found.append(Rule(met, f"Only customers who are {MOODS[segment.mood]}."))
    for wanted, known, words in (
        (segment.bought, now and now.bought, "bought something"),
        (segment.handoff, now and now.handoff, "asked for a person"),
        (segment.returning, now and now.returning, "were here before"),
    ):
        if wanted is not None:
            negated = words if wanted else f"did not: {words}"
            found.append(Rule(bool(known) == wanted, f"Only customers who {negated}."))
    return found


def _rested(last: datetime | None, days: int, now: datetime) -> bool:
    return last is None or now - last >= timedelta(days=days)


def _share(key: str) -> float:
    """A number from 0 to 100 that is spread evenly and follows from the key alone."""
    digest = hashlib.sha256(key.encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64 * 100


def _days(count: int) -> str:
    return "a day" if count == 1 else f"{count} days"


def _seconds(count: int) -> str:
    return "a second" if count == 1 else f"{count} seconds"
