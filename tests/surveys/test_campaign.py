"""Campaigns as people write them, and what they are told when something is wrong."""

from pathlib import Path

import pytest

from bot.errors import ConfigError
from bot.paths import REPOSITORY
from bot.surveys.campaign import read_campaign
from bot.surveys.flow import Answer, current, path, progress, thanks, words

GOOD = """\
title: A test
intro: Two questions, please.
questions:
  - id: score
    kind: nps
    ask: How likely?
    go:
      - {when: 0-6, to: wrong}
      - {when: [9, 10], to: done}
      - {when: skipped, to: end}
  - id: wrong
    kind: single
    ask: "What made it a {score}?"
    options: [Price, Size]
    other: true
    go: [{when: other, to: more}, {to: done}]
  - id: more
    kind: text
    ask: "Tell us about {wrong|it}"
  - id: done
    kind: thanks
    ask: "Thanks for the {score}."
"""


def fault(text: str) -> str:
    with pytest.raises(ConfigError) as raised:
        read_campaign("c.yml", text)
    return str(raised.value)


@pytest.mark.parametrize("file", sorted((REPOSITORY / "bot/demo/surveys").glob("*.yml")))
def test_the_demo_campaigns_are_right(file: Path) -> None:
    assert read_campaign(file, file.read_text(encoding="utf-8")).questions


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("kind: nps", "kind: stars", 5, "is one of nps, csat"),
        ("title: A test", "titel: A test", 1, "titel"),
        ("to: wrong", "to: wrnog", 8, "names no question after this one"),
        ("when: 0-6", "when: bad", 8, "neither a number nor a range"),
        ("made it a {score}", "made it a {scroe}", 13, "{scroe} names no question before"),
        ("options: [Price, Size]", "options: [Price]", 11, "two at least"),
        ("id: more", "id: score", 17, "two questions 'score'"),
        ("when: other, to: more", "when: Colour, to: more", 16, "none of the options Price, Size"),
        ("    kind: thanks", "    kind: text", 3, "nobody is thanked"),
        ("ask: How likely?", "ask: [How", 7, "expected"),
    ],
)
def test_a_mistake_is_named_with_its_line(old: str, new: str, line: int, says: str) -> None:
    assert old in GOOD
    said = fault(GOOD.replace(old, new))
    assert f"c.yml, line {line}" in said and says in said


def test_more_mistakes_are_listed_together() -> None:
    said = fault(GOOD.replace("to: wrong", "to: x").replace("{score}?", "{y}?"))
    assert "line 8" in said and "line 13" in said and "docs/surveys.md" in said


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ("stop: 2026-01-01\nstart: 2026-02-01\n", "before the first"),
        ("sample: 0\n", "greater than 0"),
        ("trigger: {after: [solved]}\n", "did you mean resolved?"),
        ("alert: {question: wrong, at_most: 3}\n", "a question with a score: score"),
    ],
)
def test_conditions_are_checked_too(more: str, says: str) -> None:
    assert says in fault(more + GOOD)


def test_branches_lead_where_they_say() -> None:
    campaign = read_campaign("c", GOOD)
    ways = {
        (3, "Price"): ["score", "wrong", "done"],
        (3, "The colour"): ["score", "wrong", "more"],
        (8, None): ["score", "wrong"],
        (10, None): ["score", "done"],
        (None, None): ["score"],
    }
    for (score, wrong), way in ways.items():
        answers = {"score": Answer(score)} | ({"wrong": Answer(wrong)} if wrong else {})
        assert [question.id for question in path(campaign, answers)] == way
    assert current(campaign, {"score": Answer(None)}) is None
    assert thanks(campaign, {"score": Answer(None)}) == ""
    assert thanks(campaign, {"score": Answer(10)}) == "Thanks for the 10."
    assert progress(campaign, {"score": Answer(3)}) == (1, 3)


def test_earlier_answers_are_piped_as_text() -> None:
    campaign = read_campaign("c", GOOD)
    answers = {"score": Answer(3), "wrong": Answer("{score} & <b>")}
    assert words(campaign.question("more"), answers, campaign) == "Tell us about {score} & <b>"
    unanswered = {"score": Answer(3), "wrong": Answer(None)}
    assert words(campaign.question("more"), unanswered, campaign) == "Tell us about it"


def test_a_consent_that_is_refused_ends_the_survey() -> None:
    text = GOOD.replace("kind: nps", "kind: consent").split("    go:")[0]
    campaign = read_campaign("c", text + GOOD[GOOD.index("  - id: done") :])
    assert current(campaign, {"score": Answer(False)}) is None
    assert [q.id for q in path(campaign, {"score": Answer(True)})] == ["score", "done"]
