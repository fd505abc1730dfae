"""What people say when somebody is in danger, and when they are safe again: a file for each language.

English is understood by training (bot/dialogue/components/danger.py); its file has the words that make
"safe" doubtful. Of the other languages there are phrases: few, each plain by itself.
"""

import re
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, cast

from ruamel.yaml import YAML

from bot.answers.details import asks_something

FOLDER = Path(__file__).resolve().parent
KINDS = ("self_harm", "emergency", "legal_threat")
READ = 5000  # characters of a message
CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
GAP, GAP_CJK = r"(?:\W+\w+){0,4}\W+", r"[^。！？\n]{0,6}"  # what "…" in a phrase may stand for
CLAUSE_END = re.compile(r"[.!?…;,\n。！？；，]+")


class Heard(NamedTuple):
    """What a phrase says, as the intent of that name, and its language."""

    kind: str
    language: str


@cache
def safety_words(language: str) -> dict[str, Any]:
    """The lists of a language. Raises FileNotFoundError for one that has no file."""
    yaml = cast(Any, YAML(typ="safe"))  # it declares half of its types
    return yaml.load(FOLDER / f"{language}.yml")


@cache
def languages() -> tuple[str, ...]:
    """All that have a file."""
    return tuple(sorted(file.stem for file in FOLDER.glob("*.yml")))


def heard_in(text: str) -> Heard | None:
    """The gravest thing that a phrase of any language says in a message; danger before law."""
    folded = _folded(text[:READ])
    for kind in KINDS:
        for language in languages():
            pattern = _pattern(language, kind)
            if pattern and pattern.search(folded):
                return Heard(kind, language)
    return None


def says_safe(text: str) -> bool:
    """Whether a message is a phrase for "I'm safe" of some language, and nothing else."""
    said = " ".join(re.findall(r"\w+", _folded(text[:READ])))
    return any(said in _phrases(language, "safe") for language in languages())


def is_doubtful(text: str) -> bool:
    """Whether "safe" in a message isn't plain: it is negated, asked, or only to come."""
    folded = _folded(text[:READ])
    if "?" in folded or "？" in folded or asks_something(text):
        return True
    for clause in CLAUSE_END.split(folded):
        for language in languages():
            to_come = _pattern(language, "to_come")
            negated, well = _pattern(language, "negations"), _pattern(language, "well")
            if to_come and to_come.search(clause):
                return True
            if (
                negated
                and well
                and (no := negated.search(clause))
                and well.search(clause, no.end())
            ):
                return True
    return False


@cache
def _phrases(language: str, name: str) -> frozenset[str]:
    listed = safety_words(language).get(name, ())
    return frozenset(" ".join(re.findall(r"\w+", _folded(phrase))) for phrase in listed)


@cache
def _pattern(language: str, name: str) -> re.Pattern[str] | None:
    """Any phrase of a list; None when the language has no such list."""
    listed = safety_words(language).get(name)
    return re.compile("|".join(map(_as_pattern, listed))) if listed else None


def _as_pattern(phrase: str) -> str:
    parts = [_folded(part).strip() for part in phrase.split("…")]
    if CJK.search(phrase):
        return GAP_CJK.join(map(re.escape, parts))
    spaced = (r"\W+".join(map(re.escape, part.split())) for part in parts)
    return rf"(?<!\w){GAP.join(spaced)}(?!\w)"


def _folded(text: str) -> str:
    """Lower case, without accents, one kind of apostrophe."""
    plain = unicodedata.normalize("NFKD", text.lower().replace("’", "'").replace("`", "'"))
    return "".join(sign for sign in plain if not unicodedata.combining(sign))
