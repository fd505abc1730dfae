"""The encoder that learns further: intents move apart, each time in the same way."""

from pathlib import Path

import numpy as np
import pytest

from bot.dialogue.components import tuning
from bot.dialogue.components.tuning import STEPS, tuned
from recommender.embedder import Embedder

TRACK = ["where is my parcel", "track my package", "any news on my delivery", "has it shipped"]
RETURN = ["send my parcel back", "return my package", "my delivery goes back", "how do i return it"]


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return Embedder()


def gap(embedder: Embedder) -> float:
    """How much closer utterances of one intent are than those of the other, as mean cosines."""
    track, back = embedder.encode(TRACK), embedder.encode(RETURN)
    return float(np.mean([track @ track.T, back @ back.T]) - np.mean(track @ back.T))


def test_intents_move_apart(embedder: Embedder, tmp_path: Path) -> None:
    labels, steps = np.repeat([0, 1], 4), []
    own = tuned(embedder, [*TRACK, *RETURN], labels, tmp_path, lambda *told: steps.append(told))
    assert gap(own) > gap(embedder) + 0.2
    assert steps == [(step, STEPS) for step in range(1, STEPS + 1)]
    assert gap(Embedder.exported(tmp_path)) == pytest.approx(gap(own))


def test_it_is_the_same_each_time_and_leaves_the_plain_encoder_alone(
    embedder: Embedder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tuning, "STEPS", 5)
    before = embedder.encode(TRACK)
    own = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        own.append(
            tuned(embedder, ["hello", "bye now", "so long"], np.array([0, 1, 1]), tmp_path / name)
        )
    assert np.allclose(own[0].encode(TRACK), own[1].encode(TRACK), atol=0.02)
    assert np.array_equal(embedder.encode(TRACK), before)
