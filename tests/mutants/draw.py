"""Faults drawn by chance: the same number from each room, of each kind as often, the same ones for a seed."""

import ast
import random
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from tests.mutants.faults import KINDS, Fault, faults_in


def rooms_of(root: Path) -> dict[str, list[Path]]:
    """Rooms -> their files: `actions`, `recommender`, and each folder of `bot`; what lies loose in it is `bot`."""
    rooms: dict[str, list[Path]] = defaultdict(list)
    for top in ("actions", "recommender", "bot"):
        for file in sorted((root / top).rglob("*.py")):
            parts = file.relative_to(root).parts
            rooms["/".join(parts[:2]) if top == "bot" and len(parts) > 2 else top].append(file)
    return dict(rooms)


def drawn(root: Path, room: str, count: int, seed: int) -> Iterator[Fault]:
    """`count` faults of a room, fewer where it hasn't so many. Raises KeyError for a room that isn't there."""
    files = rooms_of(root)[room]
    chance = random.Random(f"{seed} {room}")
    by_kind: dict[str, list[Fault]] = {kind: [] for kind in KINDS}
    for file in files:
        for fault in faults_in(str(file.relative_to(root)), file.read_bytes()):
            by_kind[fault.kind].append(fault)
    places: set[tuple[str, int]] = set()
    while len(places) < count and any(by_kind.values()):
        listed = by_kind[chance.choice(list(KINDS))]
        if not listed:
            continue
        fault = listed.pop(chance.randrange(len(listed)))
        if (fault.file, fault.line) not in places and _is_python(
            fault.put_into((root / fault.file).read_bytes())
        ):
            places.add((fault.file, fault.line))
            yield fault


def _is_python(source: bytes) -> bool:
    try:
        ast.parse(source)
    except SyntaxError:
        return False
    return True
