"""Questions that narrow a search, taste, similar products."""

import numpy as np
import pytest

from recommender.search.clarify import best_question
from recommender.search.taste import spread, steer


def test_the_question_that_rules_out_most_is_asked() -> None:
    asked = best_question(
        {
            "audience": ["men"] * 10 + ["women"] * 10,
            "colour": ["red", "blue", "green", "black"] * 5,
            "category": ["mugs"] * 19 + ["tents"],
        }
    )
    assert asked.facet == "colour" and set(asked.options) == {"red", "blue", "green", "black"}


@pytest.mark.parametrize(
    "values", [["men", "women"] * 5, ["men"] * 40, [""] * 40, [str(i) for i in range(40)]]
)
def test_no_question_when_few_are_left_or_answers_tell_little(values: list[str]) -> None:
    assert best_question({"audience": values}) is None


def vectors(rows) -> np.ndarray:
    table = np.array([[1, 0], [0.99, 0.141], [0, 1], [-1, 0]], np.float32)
    return np.stack([table[row] for row in rows])


def test_likes_pull_and_dislikes_push() -> None:
    ranked = [(0, 0.030), (2, 0.029)]
    assert [row for row, _ in steer(ranked, vectors, [], [0])] == [2, 0]
    assert [row for row, _ in steer([(2, 0.030), (0, 0.029)], vectors, [1], [])] == [0, 2]
    assert steer(ranked, vectors, [], []) == ranked


def test_near_duplicates_wait_for_their_turn() -> None:
    ranked = [(0, 4.0), (1, 3.0), (2, 2.0), (3, 1.0)]
    assert [row for row, _ in spread(ranked, vectors, 2)] == [0, 2]
    assert [row for row, _ in spread(ranked[:2], vectors, 2)] == [0, 1]
