"""A name that one file of the training data calls and no other has is told with its place, before training."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from rasa.shared.constants import DEFAULT_NLU_FALLBACK_INTENT_NAME
from rasa.shared.core.constants import DEFAULT_ACTION_NAMES, DEFAULT_INTENTS

from bot.errors import StartError
from bot.paths import REPOSITORY
from bot.service import training
from bot.service.training_data import RASAS_ACTIONS, RASAS_INTENTS, faults
from bot.settings import Settings
from tests.docs import recipes

CODE = ("bot/dialogue/domain", "bot/dialogue/responses", "nlu_data", "bot/intents.yml")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The training data, with the recipes in it."""
    for name in CODE:
        source, place = REPOSITORY / name, tmp_path / name
        place.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if source.is_dir() else shutil.copy)(source, place)
    for name, is_added, text in recipes.files():
        if name.startswith(CODE):
            place = tmp_path / name
            before = place.read_text(encoding="utf-8") if is_added else ""
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(before + text, encoding="utf-8")
    return tmp_path


def change(place: Path, old: str, new: str) -> int:
    """Put one text in the place of another; the line on which the other was."""
    text = place.read_text(encoding="utf-8")
    assert old in text
    place.write_text(text.replace(old, new), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def test_rasas_own_names_are_those_of_the_rasa_that_is_installed() -> None:
    ellipsis = "..."  # which stories may hold, and which is no action
    assert {*DEFAULT_ACTION_NAMES} - {ellipsis} == RASAS_ACTIONS
    assert {*DEFAULT_INTENTS, DEFAULT_NLU_FALLBACK_INTENT_NAME} == RASAS_INTENTS


def test_what_is_there_has_no_fault(checkout: Path) -> None:
    assert faults(REPOSITORY) == []
    assert faults(checkout) == []


@pytest.mark.parametrize(
    ("name", "old", "new", "told"),
    [
        ("nlu_data/rules/loyalty.yml", "utter_loyalty", "utter_loyalti", "utter_loyalti.*did you mean utter_loyalty"),
        ("nlu_data/rules/loyalty.yml", "intent: loyalty", "intent: loyal", "loyal:.*did you mean loyalty"),
        ("nlu_data/rules/branches.yml", "action_branches", "action_nowhere", "action_nowhere: no action"),
        ("nlu_data/rules/orders.yml", "active_loop: order_form", "active_loop: orders", "active_loop orders"),
        ("nlu_data/nlu/loyalty.yml", "intent: loyalty", "intent: loyality", "loyality:.*did you mean loyalty"),
        ("nlu_data/nlu/nl/loyalty.yml", "intent: loyalty", "intent: punten", "punten"),
        ("bot/dialogue/responses/nl.yml", "utter_loyalty", "utter_punten", "response utter_punten"),
        ("bot/intents.yml", "loyalty: {topic: shop, groups: [side_question]}", "loyalty: {groups: [side]}", "no group side"),
    ],
)  # fmt: skip
def test_a_wrong_name_is_told_with_file_and_line(
    checkout: Path, name: str, old: str, new: str, told: str
) -> None:
    line = change(checkout / name, old, new)
    assert any(re.match(rf"{name}, line {line}: .*{told}", fault) for fault in faults(checkout))


def test_a_forgotten_line_in_the_table_is_told(checkout: Path) -> None:
    change(
        checkout / "bot" / "intents.yml", "loyalty: {topic: shop, groups: [side_question]}\n", ""
    )
    (fault,) = faults(checkout)
    assert fault.startswith("bot/dialogue/domain/loyalty.yml, line 4: intent loyalty:")
    assert "bot/intents.yml has no line of it" in fault


@pytest.mark.parametrize(
    "spoil", [lambda text: text + "  - [", lambda text: text.replace("rules:", "rules: x\nrules:")]
)
def test_a_file_that_is_no_yaml_is_named(checkout: Path, spoil: Callable[[str], str]) -> None:
    place = checkout / "nlu_data" / "rules" / "loyalty.yml"
    place.write_text(spoil(place.read_text()))
    (fault,) = faults(checkout)
    assert re.match(r"nlu_data/rules/loyalty.yml, line \d+: it is no YAML", fault)


def test_a_training_that_cannot_be_ends_before_it_begins(
    checkout: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(checkout / "nlu_data/rules/loyalty.yml", "utter_loyalty", "utter_points")
    monkeypatch.setattr(training, "faults", lambda _: faults(checkout))
    monkeypatch.setattr(training, "wanted_model", lambda _: checkout / "no-model.tar.gz")
    with pytest.raises(
        StartError, match=r"nlu_data/rules/loyalty.yml, line 7: action utter_points"
    ):
        training.train(settings, print)
