"""What questions to a shop's pages are about, by topic, in the words of each language; en.yml is the list of topics.

A question and the passage that answers it seldom have a word in common ("who takes it while I'm at work?", "when you're not
at home"), and the fewer the shorter they are. Topics are what they share.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from ruamel.yaml import YAML

FOLDER = Path(__file__).resolve().parent
LONGEST = 2000  # characters of a text that are read
WITHIN = 5  # letters from which a form counts within a word, as compounds and endings have it
# Lists that name a topic together, and none alone: somebody is at work, and a parcel comes.
TOGETHER = {frozenset({"away", "parcel"}): "absent"}
_WITHOUT_SPACES = re.compile("[\u3040-\u30ff\u3400-\u9fff]")  # kana and Han


@cache
def languages() -> tuple[str, ...]:
    """Those that have a file."""
    return tuple(sorted(file.stem for file in FOLDER.glob("*.yml")))


def topics_of(text: str, spoken: Iterable[str]) -> set[str]:
    """The topics that a text names in one of some languages; of forms within another the longest counts."""
    folded = plain(text[:LONGEST])
    found: set[str] = set()
    for language in spoken:
        if language in languages():
            pattern, meant = _forms(language)
            for form in pattern.findall(folded):
                found |= meant[form]
    for parts, topic in TOGETHER.items():
        found = (found | {topic} if parts <= found else found) - parts
    return found


def plain(text: str) -> str:
    """Without case and accents."""
    parts = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text).casefold())
    return "".join(one for one in parts if not unicodedata.combining(one))


@cache
def _forms(language: str) -> tuple[re.Pattern[str], dict[str, set[str]]]:
    """A pattern of all forms, the longest first, and the topics that each stands for."""
    listed: dict[str, list[str]] = YAML(typ="safe").load(FOLDER / f"{language}.yml")
    meant: dict[str, set[str]] = {}
    for topic, forms in listed.items():
        for form in forms:
            meant.setdefault(plain(str(form)), set()).add(topic)
    begun: dict[str, list[str]] = {}
    for form in sorted(meant, key=len, reverse=True):
        within = len(form) >= WITHIN or _WITHOUT_SPACES.search(form)
        rest = re.escape(form[1:])
        begun.setdefault(form[0], []).append(rest if within else rf"(?<!\w.){rest}(?!\w)")
    # By their first letter: at each place of a text only few are tried.
    by_letter = (f"{re.escape(first)}(?:{'|'.join(rests)})" for first, rests in begun.items())
    return re.compile("|".join(by_letter), re.S), meant
