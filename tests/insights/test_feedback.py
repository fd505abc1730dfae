"""Imported feedback: read from other systems' files, masked, kept apart by source."""

import json
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.errors import ConfigError
from bot.insights.feedback import ingest, sources, take_over_surveys, unread_feedback
from bot.insights.feedback_cells import Dates, rating
from bot.insights.refresh import group_needs
from bot.insights.scope import Scope
from bot.insights.topic_book import topics, update
from bot.sentiment import SentimentAnalyser
from bot.surveys.store import SurveyStore
from recommender.embedder import Embedder
from tests.insights.conftest import NOW, Book

ANALYSER = SentimentAnalyser()


def analyse(texts: list[str]) -> list:
    return [ANALYSER(text) for text in texts]


def test_reviews_from_csv_are_added_once(book: Book, scope: Scope, tmp_path: Path) -> None:
    file = tmp_path / "reviews.csv"
    file.write_text(
        "Review_Text,Date,Stars,SKU\n"
        '"I love this jacket, so warm!",2027-01-10,5,J1\n'
        '"Terrible, it broke. Mail me: eva@example.com",2027-01-11T10:00:00Z,1,J1\n'
        ",2027-01-11,3,J1\n"
        "Fine,last tuesday,4,M1\n"
    )
    done = ingest(book.insights, file, "reviews", analyse, NOW)
    assert (done.added, done.known) == (2, 0)
    assert done.left_out == [
        "entry 4: there is no text.",
        "entry 5: 'last tuesday' is no date such as 2026-11-03 or 13.11.2026.",
    ]
    again = ingest(book.insights, file, "reviews", analyse, NOW)
    assert (again.added, again.known) == (0, 2)
    assert [row["text"] for row in book.insights["feedback"].rows_where(order_by="at")][1].endswith(
        "Mail me: [email]"
    )
    with book.source() as source:
        (line,) = sources(source, scope)
    assert (line.source, line.texts, line.unhappy.k, line.rating.value) == ("reviews", 2, 1, 3.0)


@pytest.mark.parametrize(
    "head",
    ["Tekst;Datum;Sterren;Artikelnummer", "Avis;Publié le;Note;Référence", "REVIEW_TEXT;review_date;Stars;Product-Handle"],
)  # fmt: skip
def test_columns_are_known_in_the_shops_languages(book: Book, tmp_path: Path, head: str) -> None:
    file = tmp_path / "reviews.csv"
    file.write_text(f"{head.replace('-', '_')}\nMooie tas;2026-11-20;4;J1\n")
    assert ingest(book.insights, file, "reviews", analyse, NOW).added == 1
    (row,) = book.insights["feedback"].rows
    assert (row["text"], row["rating"], row["sku"]) == ("Mooie tas", 4.0, "J1")
    assert datetime.fromtimestamp(row["at"], UTC).day == 20


def test_files_as_other_countries_write_them(book: Book, tmp_path: Path) -> None:
    semicolons = tmp_path / "de.csv"
    semicolons.write_bytes(
        'Date;Rating;Review\r\n28/11/2026;5;"Schöne Tasse,\nmit Semikolon; ja"\r\n'
        "03/11/2026;1;Zip broke after a week\r\n13.11.2026;4,5;Prima Tasse\r\n"
        "2026-11-20T10:00:00+02:00;8/10;ok ok ok\r\n".encode("cp1252")
    )
    zone = ZoneInfo("Europe/Amsterdam")
    assert ingest(book.insights, semicolons, "de", analyse, NOW, zone).left_out == []
    american = tmp_path / "us.csv"
    american.write_text(
        'review,stars,date,sku\n"Love the train set",5,11/03/2026,T1\n"Love the train set",5,11/03/2026,T1\n'
        '"Broken zip",1/5,March 3 2026,J1\n"Meh",★★★,yesterday,\n"Fine",★★★☆☆,11/13/2026 9:05 PM,\n'
    )
    done = ingest(book.insights, american, "us", analyse, NOW, ZoneInfo("America/New_York"))
    assert (done.added, done.known, len(done.left_out)) == (3, 1, 1)
    rows = [
        (row["text"].replace("\n", " "), row["rating"], datetime.fromtimestamp(row["at"], UTC).isoformat()[:16])
        for row in book.insights["feedback"].rows_where(order_by="source, at")
    ]  # fmt: skip
    assert rows == [
        ("Zip broke after a week", 1, "2026-11-02T23:00"),
        ("Prima Tasse", 4.5, "2026-11-12T23:00"),
        ("ok ok ok", 4, "2026-11-20T08:00"),
        ("Schöne Tasse, mit Semikolon; ja", 5, "2026-11-27T23:00"),
        ("Broken zip", 1, "2026-03-03T05:00"),
        ("Love the train set", 5, "2026-11-03T05:00"),
        ("Fine", 3, "2026-11-14T02:05"),
    ]


def test_dates_with_two_meanings_are_asked_about(book: Book, tmp_path: Path) -> None:
    file = tmp_path / "r.csv"
    file.write_text("text,date\ngood,11/03/2026\nbad,05/06/2026\n")
    with pytest.raises(ConfigError, match="11/03/2026 and the other dates .* --dates day or"):
        ingest(book.insights, file, "r", analyse, NOW)
    assert book.insights["feedback"].count == 0
    ingest(book.insights, file, "day", analyse, NOW, first="day")
    ingest(book.insights, file, "month", analyse, NOW, first="month")
    found = {
        name: [datetime.fromtimestamp(row["at"], UTC).strftime("%m-%d") for row in
               book.insights["feedback"].rows_where("source = ?", [name], order_by="text DESC")]
        for name in ("day", "month")
    }  # fmt: skip
    assert found == {"day": ["03-11", "06-05"], "month": ["11-03", "05-06"]}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("3. März 2026", "2026-03-03"), ("3 mars 2026", "2026-03-03"), ("December 31, 2025", "2025-12-31"),
        ("31 dec. 2025", "2025-12-31"), ("1-2-2026", "2026-02-01"), ("1/2/26", "2026-02-01"),
        ("2026-02-30", None), ("31/02/2026", None), ("32.1.2026", None), ("March 2026", None), ("3 4 March 2026", None),
        ("", None), ("٣/٤/٢٠٢٦", "2026-04-03"), ("99/99/9999", None),
    ],
)  # fmt: skip
def test_dates(text: str, found: str | None) -> None:
    dates = Dates(UTC, "day")
    if found is None:
        with pytest.raises(ValueError, match="is no date"):
            dates.read(text)
    else:
        assert datetime.fromtimestamp(dates.read(text), UTC).strftime("%Y-%m-%d") == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("1/5", 1), ("★★★", 3), ("★★★☆☆", 3), ("⭐⭐⭐⭐⭐", 5), ("4,5", 4.5), ("4 stars", 4), ("8/10", 4), ("80%", 4),
        ("80 %", 4), ("7 out of 10", 3.5), (3, 3), ("", None), (None, None), ("★★★★★★", "bad"), ("good", "bad"), ("6/5", "bad"),
        ("4/0", 4), ("120 %", "bad"), ("-1", "bad"),
    ],
)  # fmt: skip
def test_ratings(text: str, found: float | str | None) -> None:
    if found == "bad":
        with pytest.raises(ValueError, match="is no rating"):
            rating(text)
    else:
        assert rating(text) == found


def test_json_in_its_common_shapes(book: Book, tmp_path: Path) -> None:
    rows = [{"id": 1, "body": "good", "created_at": 1_799_900_000_000}, {"id": 2, "body": "bad"}]
    for name, content in (
        ("a.json", json.dumps(rows)),
        ("b.json", json.dumps({"tickets": rows})),
        ("c.jsonl", "\n".join(map(json.dumps, rows))),
    ):
        (tmp_path / name).write_text(content)
        assert ingest(book.insights, tmp_path / name, name, analyse, NOW).added == 2
    assert book.insights["feedback"].get(("a.json", "1"))["at"] == 1_799_900_000.0


def test_what_is_no_table_is_refused(book: Book, tmp_path: Path) -> None:
    for name, content, words in (
        ("a.json", "{", "not JSON"), ("b.json", "3", "no list"), ("c.jsonl", "[}", "line 1"),
        ("d.txt", "x", ".csv"), ("e.csv", "stars\n5\n", "text, body"),
    ):  # fmt: skip
        (tmp_path / name).write_text(content)
        with pytest.raises(ConfigError) as error:
            ingest(book.insights, tmp_path / name, "x", analyse)
        assert words in str(error.value)
    assert book.insights["feedback"].count == 0


def test_feedback_has_topics_of_its_own_source(book: Book, scope: Scope, tmp_path: Path) -> None:
    rows = [{"id": i, "text": f"the zip of my {w} broke", "at": NOW - 9000} for i, w in enumerate(
        ["coat", "jacket", "bag", "tent", "boot", "dress", "coat again", "new jacket", "old coat",
         "best coat", "good jacket", "rain coat"])]  # fmt: skip
    rows += [{"id": 90 + i, "text": f"delivery was {w}", "at": NOW - 9000} for i, w in enumerate(
        ["late", "very late", "slow", "too slow", "late again", "a week late", "so slow", "days late",
         "slow again", "far too late", "really late", "two days late"])]  # fmt: skip
    file = tmp_path / "r.json"
    file.write_text(json.dumps(rows))
    ingest(book.insights, file, "reviews", analyse, NOW)
    book.say("c1", "hello")
    with book.source() as source:
        done = update(book.insights, source, Embedder(), NOW, feedback=unread_feedback(source))
        assert done.new == 2
    with book.source() as source:
        assert topics(source, scope) == []
        found = topics(source, scope, kind="reviews")
        assert {topic.texts for topic in found} == {12} and found[0].quotes


def test_open_answers_of_surveys_are_taken_over_and_go_when_they_are_erased(
    book: Book, tmp_path: Path
) -> None:
    path = tmp_path / "surveys.db"
    assert take_over_surveys(book.insights, path) == 0
    SurveyStore(path).close()
    surveys = sqlite3.connect(path)
    surveys.execute("INSERT INTO campaigns VALUES ('c', 'running', '', 0)")
    for run, simulated in (("r1", 0), ("r2", 0), ("r3", 1)):
        surveys.execute(
            "INSERT INTO runs (id, campaign_id, version, way, segments, simulated) "
            "VALUES (?, 'c', 1, 'page', '{}', ?)",
            [run, simulated],
        )
        for question, value, label in (
            ("why", "mail eva@example.com", "neutral"),
            ("nps", 9, None),
        ):
            surveys.execute(
                "INSERT INTO answers (run_id, question_id, value, at, sentiment, sentiment_score) "
                "VALUES (?, ?, ?, 1.0, ?, 0.1)",
                [run, question, json.dumps(value), label],
            )
    surveys.commit()
    assert take_over_surveys(book.insights, path) == 2
    assert {row["text"] for row in book.insights["feedback"].rows} == {"mail [email]"}
    surveys.execute("DELETE FROM answers WHERE run_id = 'r1'")
    surveys.commit()
    assert take_over_surveys(book.insights, path) == 1


def test_needs_that_mean_the_same_are_one(book: Book) -> None:
    for i, need in enumerate(["hammock", "hammock", "garden hammock", "gaming laptop"]):
        book.search(f"c{i}", need, good=0)
    book.search("d", "mugs in blue", good=0, relaxed=("colours",))
    book.search("e", "mugs in navy blue", good=0, relaxed=("colours",))
    with book.source() as source:
        assert group_needs(book.insights, source, Embedder()) == 2
    assert {row["need"]: row["name"] for row in book.insights["need_groups"].rows} == {
        "hammock": "hammock", "garden hammock": "hammock",
    }  # fmt: skip
