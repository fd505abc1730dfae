"""Public sets come in many formats; the benchmark reads them by the names of their columns."""

import json
from pathlib import Path

import pytest

from tests.bench.labelled import sets


def write(folder: Path, name: str, text: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")


def test_every_format_is_read(tmp_path: Path) -> None:
    write(tmp_path / "a", "shop_train.csv", 'sentence,label\n"hi, you",greet\n')
    write(tmp_path / "a", "shop_test.csv", "sentence,label\nwhat is love,NO_NODES_DETECTED\n")
    write(tmp_path / "b", "train_5.tsv", "id\tUtterance\tIntent\n1\tbye\tleave\n")
    write(tmp_path / "b", "test.tsv", "id\tUtterance\tIntent\n1\tso long\tleave\n")
    write(tmp_path / "c", "train.seq.in", "wake me\n")
    write(tmp_path / "c", "train.label", "alarm\n")
    write(tmp_path / "c", "test.seq.in", "wake me up\n")
    write(tmp_path / "c", "test.label", "alarm\n")
    write(tmp_path / "d", "train.jsonl", '{"text": "hey", "intent": "greet"}\n')
    write(tmp_path / "d", "test.jsonl", '{"text": "hello", "intent": "greet"}\n')
    splits = {"train": [["pay", "bill"]], "oos_val": [["huh", "oos"]], "test": [["i pay", "bill"]]}
    write(tmp_path / "e", "all.json", json.dumps(splits))
    found = {one.name: one for one in sets(tmp_path)}
    assert list(found) == ["a/shop_train", "b/train_5", "c/train", "d/train", "e/all"]
    assert found["a/shop_train"].train == [("hi, you", "greet")]
    assert found["a/shop_train"].test == [("what is love", "")]
    assert found["b/train_5"].test == [("so long", "leave")]
    assert found["c/train"].test == [("wake me up", "alarm")]
    assert found["e/all"].valid == [("huh", "")]


def test_a_file_without_labels_is_named(tmp_path: Path) -> None:
    write(tmp_path / "a", "train.csv", "text,colour\nhi,red\n")
    write(tmp_path / "a", "test.csv", "text,colour\nhi,red\n")
    with pytest.raises(ValueError, match="train.csv.*label"):
        list(sets(tmp_path))
