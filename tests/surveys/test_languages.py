"""A campaign in several languages: people read theirs, and answers add up."""

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.errors import ConfigError
from bot.spoken import speaking
from bot.surveys.asking import Asking
from bot.surveys.campaign import read_campaign
from bot.surveys.campaigns import open_campaigns
from bot.surveys.cards import card_of
from bot.surveys.editing import draft_of, read_form, tree_of
from bot.surveys.languages import in_language
from bot.surveys.understanding import read_answer

TEXT = """
title: How was it?
intro: May I ask?
questions:
  - {id: nps, kind: nps, ask: Would you recommend us?}
  - id: what
    kind: single
    ask: What first?
    options: [Prices, Delivery]
    go: [{when: Delivery, to: why}, {to: done}]
  - {id: why, kind: text, ask: "Why {what}?"}
  - {id: done, kind: thanks, ask: Thank you}
translations:
  de:
    intro: Darf ich etwas fragen?
    questions:
      nps: {ask: Würden Sie uns empfehlen?}
      what: {ask: Was zuerst?, options: [Preise, Lieferung]}
      why: {ask: "Warum {what}?"}
"""


def test_people_read_their_language_and_answers_add_up(tmp_path: Path) -> None:
    campaigns = open_campaigns(tmp_path / "surveys.db", tmp_path, ZoneInfo("UTC"))
    campaigns.save("s", TEXT)
    asking = Asking(campaigns)
    given = {}
    for language, said in (("en", "Delivery"), ("de", "lieferung"), ("fr", "delivery")):
        campaigns.store.open_run("s", 1, "page", 1.0, run_id=language)
        with speaking(language):
            step = asking.take(
                language, "nps", read_answer(asking.step(language).question, "9").answer
            )
            step = asking.take(language, "what", read_answer(step.question, said).answer)
        given[language] = (step.text, campaigns.store.run(language).answers["what"].value)
    assert given == {
        "en": ("Why Delivery?", "Delivery"),
        "de": ("Warum Lieferung?", "Delivery"),
        "fr": ("Why Delivery?", "Delivery"),
    }


def test_a_card_shows_the_options_in_the_language_and_sends_their_keys() -> None:
    campaign = in_language(read_campaign("s", TEXT), "de")
    assert campaign.intro == "Darf ich etwas fragen?" and campaign.title == "How was it?"
    assert card_of(campaign.question("nps"), 0, 3)["labels"] == [
        "sehr unwahrscheinlich",
        "sehr wahrscheinlich",
    ]
    assert card_of(campaign.question("what"), 1, 3)["options"] == [
        {"value": "Prices", "title": "Preise"}, {"value": "Delivery", "title": "Lieferung"},
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("spoken", "low"),
    [
        ("nl", "zeer onwaarschijnlijk"),
        ("fr", "zeer onwaarschijnlijk"),
        ("de", "sehr unwahrscheinlich"),
    ],
)
def test_the_ends_of_a_scale_are_in_the_language_of_its_question(spoken: str, low: str) -> None:
    campaign = in_language(read_campaign("s", TEXT), spoken, own="nl")
    assert card_of(campaign.question("nps"), 0, 3)["labels"][0] == low


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (("options: [Preise, Lieferung]", "options: [Preise]"), "has 2 options, and these are 1"),
        (("Warum {what}?", "Warum {nps}?"), "fills in other answers"),
        (("      why: {", "      whence: {"), "there is no question 'whence'"),
    ],
)
def test_what_is_wrong_with_a_translation_is_named(wrong: tuple[str, str], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        read_campaign("s", TEXT.replace(*wrong))


def test_the_console_keeps_translations_and_says_what_is_wrong_with_them() -> None:
    draft = draft_of(tree_of(read_campaign("s", TEXT)))
    fields = {
        "title": ["How?"],
        "intro": ["May I?"],
        "count": ["1"],
        "q0_id": ["nps"],
        "q0_kind": ["nps"],
    }
    read = read_form({**fields, "translations": [draft.translations]})
    assert read.tree["translations"]["de"]["questions"]["what"]["options"] == [
        "Preise",
        "Lieferung",
    ]
    assert read_campaign("s", draft.yaml).translations == read_campaign("s", TEXT).translations
    broken = read_form({**fields, "translations": ["de: ["]})
    assert broken.translations == "de: [" and "Other languages, line" in broken.faults[0]
