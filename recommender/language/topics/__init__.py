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
WITHIN = 5  # letters from which a form counts within a word, as compounds and endings have it
_WITHOUT_SPACES = re.compile("[\u3040-\u30ff\u3400-\u9fff]")  # kana and Han


@cache
def languages() -> tuple[str, ...]:
    """Those that have a file."""
    return tuple(sorted(file.stem for file in FOLDER.glob("*.yml")))


def topics_of(text: str, spoken: Iterable[str]) -> set[str]:
    """The topics that a text names in one of some languages; of forms within another the longest counts."""
    folded = plain(text)
    found: set[str] = set()
    for language in spoken:
        if language in languages():
            pattern, meant = _forms(language)
            for form in pattern.findall(folded):
                found |= meant[form]
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
    within = [one for one in meant if len(one) >= WITHIN or _WITHOUT_SPACES.search(one)]
    whole = [rf"(?<!\w){re.escape(one)}(?!\w)" for one in meant if one not in within]
    longest = sorted([*map(re.escape, within), *whole], key=len, reverse=True)
    return re.compile("|".join(longest)), meant
