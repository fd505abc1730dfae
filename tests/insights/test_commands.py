"""The commands of market research: what they say when all is well, and when it isn't."""

import time
from pathlib import Path

import pytest
from click.testing import CliRunner

import bot.settings
from bot.cli import main
from tests.insights.conftest import Book


@pytest.fixture
def shoptalk(shop_dir: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SHOPTALK_SHOP", str(shop_dir / "shop.yml"))
    monkeypatch.setenv("SHOPTALK_WEB_PORT", "1")
    bot.settings.get_settings.forget()
    yield lambda *arguments: CliRunner().invoke(main, arguments)
    bot.settings.get_settings.forget()


def test_a_report_is_written_with_its_tables(shoptalk, shop_dir: Path, tmp_path: Path) -> None:
    nothing = shoptalk("report", "-o", str(tmp_path / "r.html"))
    assert nothing.exit_code == 1 and "Nobody has written yet" in nothing.output
    book = Book(shop_dir / "var", time.time())
    for i in range(5):
        book.search(f"c{i}", "hammock", good=0)
    book.save()
    out, tables = tmp_path / "r.html", tmp_path / "t.zip"
    done = shoptalk("report", "--since", "4w", "-o", str(out), "--csv", str(tables))
    assert done.exit_code == 0, done.output
    assert "hammock" in out.read_text() and tables.exists()
    wrong = shoptalk("report", "--since", "soon", "-o", str(out))
    assert wrong.exit_code == 1 and "30d for days" in wrong.output


def test_feedback_that_cannot_be_read_is_explained(shoptalk, tmp_path: Path) -> None:
    file = tmp_path / "x.txt"
    file.write_text("hello")
    assert ".csv, .tsv, .xlsx, .json or .jsonl" in shoptalk("ingest-feedback", str(file)).output
    taken = shoptalk("ingest-feedback", str(file), "--source", "chat")
    assert taken.exit_code == 1 and "--source" in taken.output


def test_made_up_customers_need_a_running_assistant(shoptalk) -> None:
    done = shoptalk("simulate", "--visits", "1")
    assert done.exit_code == 1 and "make run" in done.output
