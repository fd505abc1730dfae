"""When a campaign asks, and whom."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.surveys.campaign import read_campaign
from bot.surveys.triggers import (
    Candidate,
    History,
    Situation,
    choose,
    explain,
    in_sample,
    rules,
    state,
    version_for,
)

NOW = datetime(2026, 11, 21, 12, 0)
TEXT = """\
title: A test
intro: Please.
trigger: {after: [resolved, handoff], messages: 3, quiet_seconds: 20}
questions:
  - {id: score, kind: nps, ask: How likely?}
  - {id: done, kind: thanks, ask: Thanks}
"""
READY = Situation(
    person="p", now=NOW, moments=frozenset({"resolved"}), messages=3, quiet_seconds=30
)


def candidate(more: str = "", name: str = "one", **history) -> Candidate:
    return Candidate(name, read_campaign(name, more + TEXT), "started", History(**history))


def asks(one: Candidate, now: Situation, days_between: int = 14) -> bool:
    return choose([one], now, days_between) is not None


def test_it_asks_when_all_is_met_and_says_what_is_missing() -> None:
    assert asks(candidate(), READY)
    for less, words in (
        ({"moments": frozenset()}, "One of these happened"),
        ({"messages": 2}, "3 messages"),
        ({"quiet_seconds": 5}, "20 seconds"),
        ({"busy": "they are in the middle of a form"}, "in the middle of a form"),
    ):
        now = replace(READY, **less)
        assert not asks(candidate(), now)
        unmet = [rule.words for rule in rules(candidate(), now, 14) if not rule.met]
        assert len(unmet) == 1 and words in unmet[0]


@pytest.mark.parametrize(
    ("trigger", "now", "asked"),
    [
        ("after: sentiment_drop, drop: 0.5", {"scores": (0.4, 0.2, -0.3)}, True),
        ("after: sentiment_drop, drop: 0.5", {"scores": (-0.3, -0.3, -0.4)}, False),
        ("after: sentiment_drop, drop: 0.5", {"scores": (-0.9,)}, False),
        ("after: purchase", {"moments": frozenset({"purchase"})}, True),
        ("after: proactive, page: '*/shop/*'", {"page": "http://x/shop/a", "messages": 0}, True),
        ("after: proactive, page: '*/cart'", {"page": "http://x/shop/a", "messages": 0}, False),
        ("after: proactive, seconds_on_page: 30", {"seconds_on_page": 29, "messages": 0}, False),
        ("after: proactive, seconds_on_page: 30", {"seconds_on_page": 31, "messages": 0}, True),
    ],
)
def test_moments_and_places(trigger: str, now: dict, asked: bool) -> None:
    text = TEXT.replace("after: [resolved, handoff], messages: 3", trigger)
    one = Candidate("one", read_campaign("one", text), "started")
    assert asks(one, replace(READY, moments=frozenset(), **now) if "moments" not in now
                else replace(READY, **now)) is asked  # fmt: skip


@pytest.mark.parametrize(
    ("segment", "now", "asked"),
    [
        ("topic: [orders]", {"topics": frozenset({"orders", "shop"})}, True),
        ("topic: orders", {"topics": frozenset({"shop"})}, False),
        ("mood: negative", {"scores": (0.1, -0.5)}, True),
        ("mood: negative", {"scores": (0.1,)}, False),
        ("bought: true", {"bought": True}, True),
        ("bought: false", {"bought": True}, False),
        ("returning: true", {}, False),
    ],
)
def test_segments(segment: str, now: dict, asked: bool) -> None:
    assert asks(candidate(f"segment: {{{segment}}}\n"), replace(READY, **now)) is asked


def test_one_rest_over_all_campaigns_and_one_for_each() -> None:
    def ago(days: float) -> datetime:
        return NOW - timedelta(days=days)

    assert not asks(candidate(last_any=ago(13)), READY)
    assert asks(candidate(last_any=ago(14)), READY)
    assert not asks(candidate(last_any=ago(14), last_this=ago(89)), READY)
    assert asks(candidate("days_between: 20\n", last_any=ago(14), last_this=ago(21)), READY)
    assert not asks(candidate(never=True), READY)


def test_a_frequent_survey_does_not_starve_a_rare_one() -> None:
    frequent, rare = candidate(name="a", asked=900), candidate(name="b", asked=3)
    assert choose([frequent, rare], READY, 14) is rare
    # and where the frequent one was first, its own longer rest leaves the next place to the rare
    week = NOW - timedelta(days=15)
    frequent = replace(frequent, history=History(last_any=week, last_this=week, asked=1))
    rare = replace(rare, history=History(last_any=week, asked=3))
    assert choose([frequent, rare], READY, 14) is rare


def test_samples_are_stable_and_as_large_as_they_say() -> None:
    people = [f"person {number}" for number in range(4000)]
    chosen = {person for person in people if in_sample("a", person, 20)}
    assert chosen == {person for person in people if in_sample("a", person, 20)}
    assert 0.17 < len(chosen) / len(people) < 0.23
    assert chosen < {person for person in people if in_sample("a", person, 40)}
    other = {person for person in people if in_sample("b", person, 20)}
    assert len(chosen & other) < 0.4 * len(chosen)  # another campaign asks other people
    assert all(in_sample("a", person, 100) for person in people)


def test_an_experiment_splits_people_once_and_for_all() -> None:
    campaign = candidate("experiment: {version: 1, share: 30}\n").campaign
    people = [f"person {number}" for number in range(3000)]
    versions = [version_for(campaign, "a", person, 2) for person in people]
    assert versions == [version_for(campaign, "a", person, 2) for person in people]
    assert 0.26 < versions.count(1) / len(versions) < 0.34
    assert version_for(campaign, "a", "p", 1) == 1


def test_where_a_campaign_stands() -> None:
    campaign = candidate("start: 2026-11-20\nstop: 2026-11-25\nquota: 10\n").campaign
    day = NOW.date()
    assert state(campaign, "draft", day, 0) == "draft"
    assert state(campaign, "started", day - timedelta(days=2), 0) == "scheduled"
    assert state(campaign, "started", day, 9) == "running"
    assert state(campaign, "started", day, 10) == "finished"
    assert state(campaign, "started", day + timedelta(days=5), 0) == "finished"
    assert state(campaign, "paused", day, 0) == "paused"
    for status in ("draft", "paused", "finished"):
        assert not asks(replace(candidate(), status=status), READY)


def test_the_conditions_are_told_in_words() -> None:
    said = " ".join(
        explain(
            candidate(
                "sample: 25\nquota: 50\nstop: 2026-12-24\nsegment: {mood: negative}\n"
            ).campaign,
            14,
        )
    )
    for words in ("asked for a person", "3 messages", "25 %", "50 complete answers", "14 days",
                  "24 December 2026", "unhappy", "Never in the middle of a form"):  # fmt: skip
        assert words in said
