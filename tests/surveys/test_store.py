"""The surveys' database: nothing counted twice, nothing that leads back to a person."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bot.errors import NotFound
from bot.surveys.store import DAY, SurveyStore

NOW = 1_764_000_123.0


@pytest.fixture
def store(tmp_path: Path) -> SurveyStore:
    store = SurveyStore(tmp_path / "surveys.db")
    store.texts.save("a", "text", NOW)
    return store


def test_a_changed_text_is_a_new_version_and_the_old_one_stays(store: SurveyStore) -> None:
    assert store.texts.save("a", "text", NOW) == 1
    assert store.texts.save("a", "other", NOW + 1) == 2
    assert [version for version, _ in store.texts.versions("a")] == [1, 2]
    assert store.texts.source("a", 1) == "text"
    with pytest.raises(NotFound):
        store.texts.source("a", 3)
    with pytest.raises(NotFound, match="survey list"):
        store.texts.status("b")


def test_a_run_is_kept_as_far_as_it_came(store: SurveyStore) -> None:
    run_id = store.open_run("a", 1, "chat", NOW, person="p", conversation="c", segments={"m": "x"})
    store.note_asked(run_id, "q1", NOW)
    store.answer(run_id, "q1", 9, NOW + 5)
    store.note_asked(run_id, "q2", NOW + 5)
    run = store.run(run_id)
    assert (run.shown_at, run.started_at, run.completed_at) == (NOW, NOW + 5, None)
    assert list(run.asked) == ["q1", "q2"] and run.answers["q1"].value == 9
    store.answer(run_id, "q1", 8, NOW + 9)  # a second thought
    assert store.run(run_id).answers["q1"].value == 8
    assert store.complete(run_id, NOW + 60, None)
    assert store.run(run_id).seconds == 60
    store.dismiss(run_id, NOW + 99)  # too late to change anything
    assert store.run(run_id).dismissed_at is None


def test_the_last_place_of_a_quota_is_given_once(store: SurveyStore, tmp_path: Path) -> None:
    runs = [store.open_run("a", 1, "page", NOW) for _ in range(40)]

    def finish(run_id: str) -> bool:
        other = SurveyStore(tmp_path / "surveys.db")  # a connection of its own, as a process has
        try:
            return other.complete(run_id, NOW + 10, 7)
        finally:
            other.close()

    with ThreadPoolExecutor(8) as pool:
        counted = list(pool.map(finish, runs))
    assert sum(counted) == 7 == store.completed("a")
    assert sum(run.over_quota for run in store.runs("a")) == 33
    assert store.complete(runs[counted.index(True)], NOW + 20, 7)  # said again, it still counts


def test_an_anonymous_run_leads_nowhere(store: SurveyStore, tmp_path: Path) -> None:
    run_id = store.open_run("a", 1, "page", NOW, person="someone", conversation="talk",
                            segments={"mood": "bad"}, anonymous=True)  # fmt: skip
    store.note_asked(run_id, "q", NOW + 70)
    store.answer(run_id, "q", "text", NOW + 70)
    store.alert(run_id, "q", 1, NOW + 70)
    store.complete(run_id, NOW + 80, None, seconds=10)
    run = store.run(run_id)
    assert (run.person, run.conversation, run.segments, run.seconds) == (None, None, {}, 10)
    store.close()
    connection = sqlite3.connect(tmp_path / "surveys.db")
    for table, columns in (
        ("runs", "shown_at, started_at, completed_at"), ("asked", "at"), ("answers", "at"), ("alerts", "at"),
    ):  # fmt: skip
        for row in connection.execute(f"SELECT {columns} FROM {table}"):
            assert all(at % DAY == 0 for at in row), table
    dump = "\n".join(connection.iterdump())
    assert "someone" not in dump and "talk" not in dump
    with pytest.raises(sqlite3.OperationalError):
        connection.execute("SELECT rowid FROM runs")  # the order of coming isn't kept


def test_who_was_asked_when(store: SurveyStore) -> None:
    store.texts.save("b", "text", NOW)
    store.contacted("p", "a", NOW)
    store.contacted("p", "b", NOW + 50)
    store.contacted("q", "a", NOW)
    contact = store.contact("p", "a")
    assert (contact.last_any, contact.last_this, contact.asked) == (NOW + 50, NOW, 2)
    assert not contact.never
    store.contacted("p", "b", NOW + 50, never=True)
    assert store.contact("p", "a").never and not store.contact("q", "a").never
    assert store.contact("new", "a").last_any is None


def test_what_is_known_of_a_person_can_be_forgotten(store: SurveyStore) -> None:
    run_id = store.open_run("a", 1, "chat", NOW, person="p", conversation="c")
    store.answer(run_id, "q", "I am Anna", NOW)
    store.contacted("p", "a", NOW)
    store.contacted("p", "a", NOW + 1, never=True)
    kept = store.open_run("a", 1, "chat", NOW, person="q", conversation="d")
    assert store.forget("p", "c") == 1
    assert [run.id for run in store.runs("a")] == [kept]
    assert store.contact("p", "a").never  # the wish to be left alone is kept


def test_answers_off_the_way_are_taken_away(store: SurveyStore) -> None:
    run_id = store.open_run("a", 1, "page", NOW)
    for question in ("q1", "q2", "q3"):
        store.answer(run_id, question, 1, NOW)
    store.keep_answers(run_id, ["q1", "q3"])
    assert set(store.run(run_id).answers) == {"q1", "q3"}


def test_alerts_are_told_once_and_can_be_ticked_off(store: SurveyStore) -> None:
    run_id = store.open_run("a", 1, "chat", NOW, conversation="c")
    store.alert(run_id, "q", 1, NOW)
    store.alert(run_id, "q", 1, NOW + 5)
    (alert,) = store.alerts()
    assert (alert["campaign"], alert["value"], alert["conversation"]) == ("a", 1, "c")
    store.alert_seen(run_id, "q", NOW + 9)
    assert store.alerts() == [] and len(store.alerts(unseen=False)) == 1
