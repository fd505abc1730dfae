"""Corrections: compared before they are learnt, learnt, and left again; replayed conversations."""

import json
import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner

import bot.learning
from bot.cli.learning import train as train_command
from bot.errors import NotFound
from bot.service.training import learn, unlearn, wanted_model
from bot.settings import Settings
from bot.staff.accounts import StaffStore
from bot.staff.reviews import ReviewStore, story

NLU = """version: "3.1"
nlu:
  - intent: order_status
    examples: |
      - where is my parcel
      - where is my order now
      - has my package been sent
      - when does my parcel come
      - track my order please
  - intent: opening_hours
    examples: |
      - when are you open
      - what are your opening hours
      - are you open on sunday
      - when do you close today
      - until what time are you open
  - intent: praise
    examples: |
      - you are wonderful
      - great service, love it
      - best shop ever
      - that was really helpful, well done
      - what a lovely team you have
"""


def correct(settings: Settings, *corrections: tuple[str, str]) -> None:
    store = StaffStore(settings.staff_db)
    person = store.add("lea", "Lea", "analyst", "one-time password")
    reviews = ReviewStore(store.db)
    for number, (text, intent) in enumerate(corrections):
        message = {"id": f"m{number}", "conversation_id": "c", "intent": "nlu_fallback"}
        reviews.correct(
            message, person, intent, text, ["order_status", "opening_hours"], ["colour"]
        )
    reviews.write(settings.reviewed_file)
    store.close()


def test_cross_validation_shows_what_corrections_change(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(NotFound, match="no corrections"):
        bot.learning.compare(settings)
    (tmp_path / "nlu_data" / "nlu").mkdir(parents=True)
    (tmp_path / "nlu_data" / "nlu" / "all.yml").write_text(NLU)
    monkeypatch.setattr(bot.learning, "REPOSITORY", tmp_path)
    slang = "u got my stuff shipped or wot bruv"
    correct(
        settings,
        *[(f"{slang} {word}", "order_status") for word in ["a", "be", "cee", "dee", "eff"]],
    )
    found = bot.learning.compare(settings)
    assert (found.base, found.reviewed) == (15, 5)
    assert found.before >= 0.8 and found.after >= 0.8
    assert found.reviewed_after == 1.0 and found.reviewed_before is not None


def test_corrections_are_learnt_until_they_are_left(settings: Settings) -> None:
    correct(settings, ("whens the shop open", "opening_hours"))
    plain = wanted_model(settings)
    learn(settings)
    learnt = wanted_model(settings)
    assert learnt != plain
    unlearn(settings)
    assert wanted_model(settings) == plain and settings.reviewed_file.exists()


def test_stored_messages_are_those_that_the_classifier_decided(settings: Settings) -> None:
    settings.var.mkdir(parents=True, exist_ok=True)
    database = sqlite3.connect(settings.tracker_db)
    database.execute("CREATE TABLE events (id INTEGER PRIMARY KEY, sender_id, type_name, data)")
    ranking = [{"name": "greet", "confidence": 0.9}]
    for text, intent in (("hello", "greet"), ("/greet", "greet"), ("10222", "inform")):
        event = {
            "text": text,
            "parse_data": {"intent": {"name": intent}, "intent_ranking": ranking},
        }
        sql = "INSERT INTO events (sender_id, type_name, data) VALUES ('c', 'user', ?)"
        database.execute(sql, [json.dumps(event)])
    database.commit()
    database.close()
    stored = bot.learning._stored(settings.tracker_db, 10)
    assert stored == [{"conversation": "c", "text": "hello", "intent": "greet", "entities": ""}]


def test_a_conversation_becomes_a_story() -> None:
    text = story(
        "late",
        [
            {"event": "action", "name": "action_session_start"},
            {"event": "user", "text": "where is\nmy parcel: #1", "metadata": {},
             "parse_data": {"intent": {"name": "order_status"}}},
            {"event": "action", "name": "action_begin_order_task"},
            {"event": "active_loop", "name": "order_form"},
            {"event": "action", "name": "action_listen"},
            {"event": "user", "text": "/stop", "metadata": {"title": "Stop"},
             "parse_data": {"intent": {"name": "stop"}}},
        ],
    )  # fmt: skip
    from ruamel.yaml import YAML

    steps = YAML(typ="safe").load(text)["stories"][0]["steps"]
    assert steps == [
        {"user": "where is my parcel: #1", "intent": "order_status"},
        {"action": "action_begin_order_task"},
        {"active_loop": "order_form"},
        {"intent": "stop"},
    ]


def read_as(intent: str, *entities: tuple[str, str]) -> dict:
    return {
        "intent": {"name": intent, "confidence": 0.8},
        "entities": [{"entity": name, "value": value} for name, value in entities],
    }


def test_a_replay_tells_other_intents_and_other_entities() -> None:
    stored = {
        "conversation": "c",
        "text": "a red mug",
        "intent": "search",
        "entities": "colour=red",
    }
    differ = bot.learning.difference
    assert differ(stored, read_as("search", ("colour", "red"), ("colour", "red"))) == []
    (other,) = differ(stored, read_as("greet", ("colour", "red")))
    assert (other.what, other.before, other.after) == ("intent", "search", "greet")
    (other,) = differ(stored, read_as("search"))
    assert (other.what, other.before, other.after) == ("entities", "colour=red", "none")
    assert bot.learning.pairs([other]) == []


@pytest.mark.parametrize(
    ("differ", "arguments", "answer", "used"),
    [
        (2, [], None, True),  # two of a hundred: nobody is asked
        (6, [], "n", False),
        (6, [], "y", True),
        (60, ["--yes"], None, True),
    ],
)
def test_a_model_that_changes_much_is_used_only_after_a_yes(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, differ: int, arguments, answer, used
) -> None:
    correct(settings, ("whens the shop open", "opening_hours"))
    plain = wanted_model(settings)
    one = bot.learning.Difference("c", "hi [red]there", "greet", "thank", 0.5)
    monkeypatch.setattr("bot.settings.get_settings", lambda: settings)
    monkeypatch.setattr("bot.service.training.train", lambda settings, say: wanted_model(settings))
    monkeypatch.setattr("bot.learning.replay", lambda *_: (100, [one] * differ))
    monkeypatch.setattr("bot.cli.learning._show_comparison", lambda settings: None)
    done = CliRunner().invoke(train_command, ["--with-reviewed", *arguments], input=answer)
    assert (done.exit_code == 0) == used, done.output
    assert "understood in another way" in done.output
    assert ("Use this model" in done.output) == (answer is not None)
    assert (wanted_model(settings) != plain) == used
