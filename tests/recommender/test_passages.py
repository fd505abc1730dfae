"""Answers from a shop's own pages."""

import os
from pathlib import Path

import pytest
import yaml

from bot.paths import REPOSITORY
from recommender.embedder import Embedder
from recommender.passages import ANSWERS_FROM, MAX_PASSAGE, Passages, quoted, read_passages

DEMO = REPOSITORY / "bot" / "demo" / "policies"


@pytest.fixture(scope="module")
def demo() -> Passages:
    return Passages(
        {path.stem: path for path in DEMO.glob("*.md") if "." not in path.stem}, Embedder()
    )


def test_a_page_is_cut_at_its_headings_into_plain_words() -> None:
    page = "# Care\n\n## Wool & silk\n\nWash **cold**.\n\n- by [hand](x)\n- flat\n\n## Empty\n"
    (passage,) = read_passages("care", page)
    assert (passage.heading, passage.anchor) == ("Wool & silk", "wool-silk")
    assert passage.text == "Wash cold.\n• by hand\n• flat"


def test_signs_of_markdown_that_mean_nothing_stay() -> None:
    page = "## A\n\nsee [ours [here](x) and [1] or *this*\n\n\n  - flat [a](b)\n"
    (passage,) = read_passages("p", page)
    assert passage.text == "see [ours here and [1] or this\n• flat a"


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


def test_a_long_passage_is_quoted_around_the_sentence_that_is_meant() -> None:
    told = [f"Sentence {number} has some length and says a thing." for number in range(60)]
    (passage,) = read_passages("p", "## H\n\n" + " ".join(told))
    assert quoted(passage).startswith("Sentence 0 has") and quoted(passage).endswith("thing. …")
    middle = quoted(passage, told[30])
    assert told[30] in middle and told[31] in middle
    assert middle.startswith("… Sentence") and middle.endswith("thing. …")
    assert quoted(passage, told[59]).endswith(told[59])
    assert len(quoted(passage, told[30], 100)) <= 104 and told[30] in quoted(passage, told[30], 100)
    endless = read_passages("p", "word " * 300)[0]
    assert len(quoted(endless)) <= MAX_PASSAGE


def test_a_sentence_doesnt_end_within_an_abbreviation(tmp_path: Path) -> None:
    page = tmp_path / "post.md"
    page.write_text(
        "## Post\n\nHeavy things don't go to P.O. boxes of any kind. Cards are welcome here.\n"
    )
    found = Passages({"post": page}, Embedder()).ranked("can you send it to a po box")
    assert "P.O. boxes of any kind" in found[0].sentence


def test_all_passages_are_ranked(demo: Passages) -> None:
    ranked = demo.ranked("can i use several promo codes")
    assert {"Using one", "Discounts and codes"} == {one.passage.heading for one in ranked[:2]}
    assert [one.score for one in ranked] == sorted((one.score for one in ranked), reverse=True)
    assert demo.ranked("anything", pages=["none"]) == []


def test_likeness_is_that_of_the_nearest(demo: Passages) -> None:
    asked = ["how long does delivery take", "what do you sell"]
    assert demo.likeness("how long does delivery take?", asked) > 0.9
    assert demo.likeness("can my cat fly", asked) < 0.4
