"""Answers from a shop's own pages."""

import os
from pathlib import Path

import pytest
import yaml

from bot.settings import REPOSITORY
from recommender.embedder import Embedder
from recommender.passages import ANSWERS_FROM, Passages, quoted, read_passages

DEMO = REPOSITORY / "bot" / "demo" / "policies"


@pytest.fixture(scope="module")
def demo() -> Passages:
    return Passages({path.stem: path for path in DEMO.glob("*.md")}, Embedder())


def test_a_page_is_cut_at_its_headings_into_plain_words() -> None:
    page = "# Care\n\n## Wool & silk\n\nWash **cold**.\n\n- by [hand](x)\n- flat\n\n## Empty\n"
    (passage,) = read_passages("care", page)
    assert (passage.heading, passage.anchor) == ("Wool & silk", "wool-silk")
    assert passage.text == "Wash cold.\n• by hand\n• flat"


def test_questions_find_their_passage_and_strange_ones_none(demo: Passages) -> None:
    asked = yaml.safe_load((REPOSITORY / "tests/data/policy_questions.yml").read_text())
    right = [
        demo.best(text).passage.heading == heading for text, heading in asked["answered"].items()
    ]
    silent = [demo.best(text).score < ANSWERS_FROM for text in asked["unanswered"]]
    assert sum(right) / len(right) >= 0.85 and sum(silent) / len(silent) >= 0.8


def test_an_answer_can_be_kept_to_a_page(demo: Passages) -> None:
    assert demo.best("how do i get my money back", pages=["payment"]).passage.page == "payment"
    assert demo.best("anything", pages=["none"]) is None and demo.best("  ") is None


def test_a_changed_page_is_read_again(tmp_path: Path) -> None:
    page = tmp_path / "care.md"
    page.write_text("## Wool\n\nWash it cold.\n")
    passages = Passages({"care": page, "gone": tmp_path / "none.md"}, Embedder())
    assert "cold" in passages.best("how do I wash wool").passage.text
    page.write_text("## Wool\n\nNever wash it.\n")
    os.utime(page, (1, 1))
    assert "Never" in passages.best("how do I wash wool").passage.text


def test_a_long_passage_is_cut_after_a_sentence() -> None:
    (passage,) = read_passages("p", "## H\n\n" + "A sentence of some length. " * 60)
    assert len(quoted(passage)) < 620 and quoted(passage).endswith(". …")
