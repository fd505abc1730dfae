"""How much personal data is found, and how much is taken for it: `make bench-privacy`.

The set is tests/data/personal_data.txt. A piece counts as found when none of its letters and
digits is left after masking, whatever the mask says; a mask counts as wrong when it covers nothing
personal. Every third message is held out: the rules were never tuned on those.
"""

import sys
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import regex

from bot.privacy import Found, find

DATA = Path(__file__).parents[1] / "data" / "personal_data.txt"
MARK = regex.compile(r"\{(\w+):([^{}]*)\}")


class Message(NamedTuple):
    """A text, and what is personal in it."""

    text: str
    personal: list[Found]
    held_out: bool


class Score(NamedTuple):
    """Counts over a set of messages; `missed` and `wrong` are what to look at."""

    found: Counter
    total: Counter
    masks: int
    right: int
    clean: int  # messages with nothing personal
    clean_masked: int
    missed: list[str]
    wrong: list[str]

    @property
    def recall(self) -> float:
        """Part of the personal pieces that are gone after masking."""
        return sum(self.found.values()) / max(1, sum(self.total.values()))

    @property
    def precision(self) -> float:
        """Part of the masks that cover something personal."""
        return self.right / max(1, self.masks)


def messages(path: Path = DATA) -> list[Message]:
    """The written set."""
    lines = path.read_text(encoding="utf-8").splitlines()
    kept = [
        line.replace("\\n", "\n").replace("\\u200b", "\u200b")
        for line in lines
        if line and not line.startswith("# ")
    ]
    return [read(line, number % 3 == 2) for number, line in enumerate(kept)]


def read(line: str, held_out: bool = False) -> Message:
    """A line of the set."""
    text, personal, at = "", [], 0
    for mark in MARK.finditer(line):
        text += line[at : mark.start()]
        personal.append(Found(mark[1], len(text), len(text) + len(mark[2])))
        text += mark[2]
        at = mark.end()
    return Message(text + line[at:], personal, held_out)


def score(of: list[Message]) -> Score:
    """Compare what `find` finds with the marks."""
    found: Counter = Counter()
    total: Counter = Counter()
    masks = right = clean = clean_masked = 0
    missed, wrong = [], []
    for text, personal, _ in of:
        spans = find(text)
        covered = {i for one in spans for i in range(one.start, one.end)}
        for kind, start, end in personal:
            total[kind] += 1
            left = [i for i in range(start, end) if text[i].isalnum() and i not in covered]
            found[kind] += not left
            if left:
                missed.append(
                    f"{kind}: {text[start:end]!r} in {text!r} {[tuple(s) for s in spans]}"
                )
        for one in spans:
            masks += 1
            good = any(one.start < mark.end and mark.start < one.end for mark in personal)
            right += good
            if not good:
                wrong.append(f"{one.kind}: {text[one.start : one.end]!r} in {text!r}")
        clean += not personal
        clean_masked += not personal and bool(spans)
    return Score(found, total, masks, right, clean, clean_masked, missed, wrong)


def main() -> None:
    """Print the tables; with -v what was missed and what was wrong in the tuned part."""
    everything = messages()
    tuned = [one for one in everything if not one.held_out]
    held = [one for one in everything if one.held_out]
    print(f"{'set':<10}{'messages':>9}{'pieces':>8}{'recall':>9}{'precision':>11}  clean masked")
    for name, part in (("tuned", tuned), ("held out", held), ("all", everything)):
        result = score(part)
        print(
            f"{name:<10}{len(part):>9}{sum(result.total.values()):>8}{result.recall:>9.3f}"
            f"{result.precision:>11.3f}  {result.clean_masked} of {result.clean}"
        )
    result = score(everything)
    print("\nrecall by kind: " + ", ".join(
        f"{kind} {result.found[kind]}/{result.total[kind]}" for kind in result.total
    ))  # fmt: skip
    started = time.perf_counter()
    for one in everything:
        find(one.text)
    print(f"{(time.perf_counter() - started) / len(everything) * 1000:.2f} ms a message")
    if "-v" in sys.argv:
        result = score(tuned)
        print("\n".join(["", *result.missed, "", *result.wrong]))


if __name__ == "__main__":
    main()
