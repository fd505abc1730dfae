"""Words are found in any language, also where they are written without spaces or without umlauts."""

from pathlib import Path

import pytest
from sqlite_utils import Database

from bot.transcripts.projection import Projection
from bot.transcripts.searching import indexed, query, shown
from bot.transcripts.store import list_conversations, open_transcripts


def told(database: Database, conversation: str, text: str, language: str = "") -> None:
    events: list[dict] = [
        {"event": "user", "timestamp": 1.0, "text": text, "metadata": {"message_id": conversation}}
    ]
    if language:
        events.insert(0, {"event": "slot", "timestamp": 0.5, "name": "language", "value": language})
    with database.atomic():
        projection = Projection(database)
        projection.replace(conversation, events)
        projection.finish()


@pytest.fixture
def transcripts(tmp_path: Path) -> Path:
    database = open_transcripts(tmp_path / "transcripts.db")
    told(database, "rain", "你们有防水的雨衣吗？XL码的", "zh")
    told(database, "size", "Haben Sie die Jacke in Größe 48? Groesse 50 geht auch", "de")
    told(database, "crème", "Une crème brûlée, s'il vous plaît", "fr")
    told(database, "plain", "a blue jacket")
    database.close()
    return tmp_path / "transcripts.db"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("雨衣", {"rain"}),
        ("雨", {"rain"}),
        ("衣雨", set()),  # signs in another order are another word
        ("防水 xl", {"rain"}),
        ("码", {"rain"}),
        ("grösse", {"size"}),
        ("groesse", {"size"}),
        ("GRÖSSE jacke", {"size"}),
        ("creme brulee", {"crème"}),
        ("jackets", {"plain"}),
        ('jacket" OR "creme', set()),
        ("blue", {"plain"}),
    ],
)
def test_words_are_found(transcripts: Path, text: str, found: set[str]) -> None:
    assert {one.id for one in list_conversations(transcripts, text)} == found


def test_a_conversation_counts_for_its_language(transcripts: Path) -> None:
    rows = open_transcripts(transcripts).query("SELECT conversation_id, language FROM summaries")
    languages = {row["conversation_id"]: row["language"] for row in rows}
    assert languages == {"rain": "zh", "size": "de", "crème": "fr", "plain": None}


def test_what_is_shown_is_what_was_said() -> None:
    assert indexed("买iPhone吧") != "买iPhone吧" and shown(indexed("买iPhone吧")) == "买iPhone吧"
    assert query("a-b *") == '"a" AND "b"' and query("***") == '""'
    assert query("ss" * 40).count("OR") < 20  # however long a word is
