"""The multilingual encoder's file is read as its package writes it."""

import struct
from pathlib import Path

import numpy as np
import pytest

from recommender.multilingual import _File


def written(path: Path) -> Path:
    """A file with two pieces and one matrix of a row of 32 weights, -8 to 7 and -8 to 7 again, at a scale of a half."""
    pieces = [b"<s>", b"\xe2\x96\x81hi"]
    data = b"E5S1" + struct.pack("<I7i", 1, 32, 1, 1, 32, 2, 8, 1) + struct.pack("<fi", 1e-12, 0)
    data += struct.pack("<5iQ", 2, 0, 0, 0, 0, sum(map(len, pieces)))
    data += struct.pack("<3I", 0, 3, 8)[: 4 * 3] + struct.pack("<2f", 0.0, -1.5) + b"".join(pieces)
    data += struct.pack("<iI", 0, 0) + struct.pack("<i", 1)
    name = b"emb.word"
    entry = struct.pack("<H", len(name)) + name
    offset = len(data) + len(entry) + struct.calcsize("<BIQQ")
    block = np.float16(0.5).tobytes() + bytes(value | value << 4 for value in range(16))
    path.write_bytes(data + entry + struct.pack("<BIQQ", 2, 32, offset, len(block)) + block)
    return path


def test_pieces_and_weights_are_read(tmp_path: Path) -> None:
    file = _File(written(tmp_path / "weights.bin"))
    assert [piece for piece, _ in file.pieces] == ["<s>", "▁hi"]
    assert file.pieces[1][1] == pytest.approx(-1.5)
    half = (np.arange(16) - 8) / 2
    assert file.matrix("emb.word", 32).tolist() == [[*half, *half]]


def test_another_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other.bin").write_bytes(b"GGUF" + bytes(100))
    with pytest.raises(ValueError, match="isn't a file of multilingual-e5-small"):
        _File(tmp_path / "other.bin")
