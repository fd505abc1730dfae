"""Journeys to begin with, a file each: what a shop changes into its own."""

from functools import cache
from pathlib import Path

FOLDER = Path(__file__).resolve().parent


@cache
def starters() -> tuple[str, ...]:
    """Their names."""
    return tuple(sorted(file.stem for file in FOLDER.glob("*.yml")))


def starter(name: str) -> str:
    """The text of one."""
    return (FOLDER / f"{name}.yml").read_text(encoding="utf-8")
