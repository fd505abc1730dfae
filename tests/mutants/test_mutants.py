"""The faults of `make mutants` are what they are called, drawn alike for a seed, tried apart, and taken out again."""

import ast
import subprocess
from pathlib import Path

import pytest

from tests.mutants.draw import drawn, rooms_of
from tests.mutants.faults import Fault, faults_in
from tests.mutants.trial import Copy

SOURCE = b'''"""What it is for."""
LIMIT = 5

@needs("admin")
def rows(db, first, last, name=None):
    logger.info("asked", extra=1)
    if first < last and not name:
        db.commit()
    return sorted(find(db, last, limit=LIMIT * 60), reverse=True), mask(name)
'''


def made(kind: str, source: bytes = SOURCE) -> list[str]:
    """The lines that faults of a kind change, as they are then."""
    texts = []
    for fault in faults_in("x.py", source):
        if fault.kind == kind:
            changed = fault.put_into(source)
            ast.parse(changed)
            old = source.decode().splitlines()
            new = changed.decode().splitlines()
            texts += [line.strip() for line in new if line not in old]
    return texts


@pytest.mark.parametrize(
    ("kind", "lines"),
    [
        ("comparison", ["if (first <= last) and not name:"]),
        ("bound", ["LIMIT = 6", 'logger.info("asked", extra=2)', "return sorted(find(db, last, limit=LIMIT * 61), reverse=True), mask(name)"]),
        ("arithmetic", ["return sorted(find(db, last, limit=(LIMIT / 60)), reverse=True), mask(name)"]),
        ("condition", ["if (first < last or not name):", "if first < last and (name):"]),
        ("lost condition", ["if (not name):", "if (first < last):"]),
        ("swapped arguments", ["return sorted((find(last, db, limit=LIMIT * 60)), reverse=True), mask(name)"]),
        ("dropped statement", ["pass"]),
        ("unwrapped", ["return sorted(find(db, last, limit=LIMIT * 60), reverse=True), (name)"]),
        ("order", ["return sorted(find(db, last, limit=LIMIT * 60), reverse=not (True)), mask(name)"]),
        ("permission", ["@(lambda undecorated: undecorated)"]),
    ],
)  # fmt: skip
def test_a_fault_is_what_it_is_called(kind: str, lines: list[str]) -> None:
    assert made(kind) == lines


def test_faults_of_queries_and_keys_and_awaits() -> None:
    source = b"""
async def rows(db, row):
    await db.close()
    return db.execute("SELECT a FROM b WHERE c >= ? AND d ORDER BY e DESC LIMIT 1"), row.get("at")
"""
    assert made("dropped await", source) == ["(db.close())"]
    assert ["row.get('ats')" in line for line in made("key", source)] == [True]
    assert ["e ASC" in line for line in made("order", source)] == [True]
    changed = made("query", source)
    assert ["c > ?" in changed[0], "? OR d" in changed[1], "LIMIT 2" in changed[2]] == [True] * 3


def test_letters_of_more_bytes_stand_before_a_fault() -> None:
    assert made("bound", "name = 'é', 1\n".encode()) == ["name = 'é', 2"]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A small project under git with a test that looks at one side of a bound."""
    root = tmp_path / "project"
    files = {
        "bot/door/key.py": "def opens(age):\n    return age >= 18\n",
        "bot/door/bell.py": "def rings(times):\n    return times > 3\n",
        "actions/act.py": "DONE = 1\n",
        "test_door.py": "from bot.door.key import opens\n\ndef test_opens():\n    assert opens(18)\n",
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    subprocess.run(["git", "init", "-q", "."], cwd=root, check=True)
    return root


def test_the_same_seed_draws_the_same_and_each_line_once(project: Path) -> None:
    assert set(rooms_of(project)) == {"actions", "bot/door"}
    first, again, other = (
        [str(one) for one in drawn(project, "bot/door", 2, seed)] for seed in (1, 1, 2)
    )
    assert first == again and len({one.split()[0] for one in first}) == 2
    assert other
    assert len(list(drawn(project, "actions", 9, 1))) == 1  # it has no more
    with pytest.raises(KeyError):
        list(drawn(project, "cellar", 1, 1))


def test_a_fault_is_noticed_or_not_and_taken_out_again(project: Path, tmp_path: Path) -> None:
    copy = Copy(project, tmp_path / "copy")
    source = (project / "bot/door/key.py").read_bytes()
    fault = next(one for one in faults_in("bot/door/key.py", source) if one.kind == "comparison")
    bound = next(one for one in faults_in("bot/door/key.py", source) if one.kind == "bound")
    found = copy.attempt(fault, ["test_door.py::test_opens"])
    assert found.noticed and "test_opens" in found.by
    assert copy.attempt(bound, ["test_door.py::test_opens"]).noticed
    lower = Fault("bot/door/key.py", 2, "bound", bound.start, bound.end, "18", "17")
    missed = copy.attempt(lower, ["test_door.py::test_opens"])
    assert not missed.noticed and "pass" in missed.by
    assert not copy.attempt(fault, []).noticed
    assert (copy.folder / "bot/door/key.py").read_bytes() == source
    assert (project / "bot/door/key.py").read_bytes() == source
