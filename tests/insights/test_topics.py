"""Topics: found, named, kept over time, changed by staff, and flagged when they grow."""

from pathlib import Path

import numpy as np
import pytest

from bot.errors import NotFound
from bot.insights.scope import Scope
from bot.insights.topic_book import hide, left_out, merge, name_of, rename, topics, update
from bot.insights.topics import cluster, coherence, words
from recommender.embedder import Embedder
from tests.insights.conftest import NOW, Book

PARCEL = ["where is my parcel", "my parcel is late", "the parcel has not arrived", "parcel still not here",
          "has my parcel been sent", "track my parcel please", "my parcel never came", "when does my parcel come"]  # fmt: skip
ZIP = ["the zip of my coat broke", "coat zip is stuck", "zip on the jacket came off", "broken zip on my coat",
       "the zip won't close any more", "my jacket zip is broken", "zip fell off the coat", "can you repair a zip"]  # fmt: skip
GIFT = ["do you wrap gifts", "can you gift wrap it", "i want gift wrapping", "is gift wrapping free",
        "gift wrap for a birthday", "wrap it as a gift please", "how much is gift wrapping", "gift wrapped with a card"]  # fmt: skip
ODD = [
    "the weather in utrecht was lovely",
    "my cat is called professor",
    "seventeen purple trombones",
]


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return Embedder()


def fill(book: Book, texts: list[str], times: int, days: float, name: str = "c") -> None:
    for n in range(times):
        for i, text in enumerate(texts):
            book.say(f"{name}{n}-{i}", f"{text}{' really' * (n % 2)}", days=days, score=-0.4)


def test_topics_are_found_and_named_and_odd_texts_left_out(
    book: Book, scope: Scope, embedder: Embedder
) -> None:
    fill(book, PARCEL, 3, 10, "p")
    fill(book, ZIP, 2, 10, "z")
    fill(book, ODD, 1, 10, "o")
    with book.source() as source:
        done = update(book.insights, source, embedder, NOW)
    assert done.new == 2 and done.read == 43 and done.placed <= 40
    with book.source() as source:
        first, second = topics(source, scope)
        assert "parcel" in first.words and "zip" in second.words
        assert first.texts == 24 and first.sentiment.value == pytest.approx(-0.4)
        assert len(first.quotes) == 3 and all("parcel" in one for one in first.quotes)
        assert left_out(source, scope) == (3, 43)


def test_a_topic_keeps_its_number_and_name_when_more_is_said(
    book: Book, scope: Scope, embedder: Embedder
) -> None:
    fill(book, PARCEL, 3, 20, "p")
    fill(book, ZIP, 3, 20, "z")
    with book.source() as source:
        update(book.insights, source, embedder, NOW)
    with book.source() as source:
        before = {topic.id: topic.words for topic in topics(source, scope)}
    parcels = next(number for number, best in before.items() if "parcel" in best)
    rename(book.insights, parcels, "Late parcels")
    fill(book, PARCEL, 2, 2, "q")
    fill(book, GIFT, 3, 2, "g")
    with book.source() as source:
        done = update(book.insights, source, embedder, NOW)
    assert done.new == 1
    with book.source() as source:
        after = {topic.id: topic for topic in topics(source, scope)}
    assert set(before) < set(after) and len(after) == 3
    named = next(topic for topic in after.values() if topic.name == "Late parcels")
    assert named.id == parcels and named.texts >= 38
    (new,) = set(after) - set(before)
    assert "gift" in after[new].words
    assert after[new].emerging and not named.emerging


def test_reading_again_reads_nothing_twice(book: Book, embedder: Embedder, scope: Scope) -> None:
    fill(book, PARCEL, 3, 5, "p")
    for _ in range(2):
        with book.source() as source:
            done = update(book.insights, source, embedder, NOW)
    assert done.read == 0
    with book.source() as source:
        assert topics(source, scope)[0].texts == 24


def test_staff_merge_and_hide_topics(book: Book, scope: Scope, embedder: Embedder) -> None:
    fill(book, PARCEL, 3, 5, "p")
    fill(book, ZIP, 3, 5, "z")
    fill(book, GIFT, 3, 5, "g")
    with book.source() as source:
        update(book.insights, source, embedder, NOW)
    with book.source() as source:
        a, b, c = (topic.id for topic in topics(source, scope))
    merge(book.insights, b, a)
    merge(book.insights, a, c)
    with pytest.raises(NotFound, match="already"):
        merge(book.insights, c, b)
    with book.source() as source:
        (one,) = topics(source, scope)
        assert (one.id, one.texts) == (c, 72)
    hide(book.insights, c)
    with book.source() as source:
        assert topics(source, scope) == []
        assert [one.hidden for one in topics(source, scope, with_hidden=True)] == [True]
    with pytest.raises(NotFound, match="no topic 99"):
        rename(book.insights, 99, "x")


def test_simulated_texts_are_apart(book: Book, scope: Scope, embedder: Embedder) -> None:
    fill(book, PARCEL, 3, 5, "simulated-p")
    with book.source() as source:
        update(book.insights, source, embedder, NOW)
    with book.source() as source:
        assert topics(source, scope) == []
        assert topics(source, Scope(scope.since, scope.until, simulated=True))[0].texts == 24


def test_words_are_those_of_class_based_tf_idf() -> None:
    """By hand: two topics of four words each; f(red) = 2, f(mug) = 3, f(shoe) = 2, f(blue) = 1."""
    texts = ["red mug", "red mug", "shoe mug", "shoe blue"]
    found = words(texts, np.array([0, 0, 1, 1]))
    assert found == [["red", "mug"], ["shoe", "mug"]]  # "blue" comes once: left out
    assert words([], np.array([])) == []


def test_too_few_texts_make_no_topic() -> None:
    assert set(cluster(np.eye(8, dtype=np.float32))) == {-1}


def test_coherence_is_one_for_words_that_always_come_together() -> None:
    texts = ["red mug", "red mug", "green shoe", "green shoe"]
    assert coherence([["red", "mug"], ["green", "shoe"]], texts) == pytest.approx(1)
    assert coherence([["red", "shoe"]], texts) == -1
    assert coherence([], texts) is None


def test_updating_leaves_no_half_written_topics(
    book: Book, embedder: Embedder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import bot.insights.topic_book as module

    fill(book, PARCEL, 3, 5, "p")
    monkeypatch.setattr(module, "words", lambda *_: 1 / 0)
    with book.source() as source, pytest.raises(ZeroDivisionError):
        update(book.insights, source, embedder, NOW)
    assert book.insights["topics"].count == book.insights["topic_texts"].count == 0


def test_a_slip_of_the_pen_names_no_topic() -> None:
    typical = [
        "how long does delivery take",
        "how lng does delivery tak",
        "how long will delivery take",
    ]
    assert name_of(["delivery"], typical) == "“how long does delivery take”"
    assert name_of(["delivery", "days"]) == "delivery, days"


def test_topics_are_named_by_a_typical_sentence_and_presses_are_no_words(
    book: Book, scope: Scope, embedder: Embedder
) -> None:
    fill(book, PARCEL, 3, 5, "p")
    for i in range(30):
        message = book.say(f"b{i}", "I want to talk to a person", days=5)
        book.transcripts.table("messages").update(message, {"pressed": 1})
    with book.source() as source:
        assert update(book.insights, source, embedder, NOW).read == 24
    with book.source() as source:
        (topic,) = topics(source, scope)
        (short,) = topics(source, scope, quoted=0)
    assert topic.name == f"“{min(topic.quotes, key=len)}”" == short.name
    assert (topic.given, short.quotes) == ("", [])
    rename(book.insights, topic.id, "Late parcels")
    with book.source() as source:
        (named,) = topics(source, scope)
    assert (named.name, named.given) == ("Late parcels", "Late parcels")
