"""What people say when somebody is in danger, and when they are safe again: a file for each language.

English is understood by training (bot/dialogue/components/danger.py); its file has what is plainly "safe",
and the words that make it doubtful. Of the other languages there are phrases, too: few, each plain by itself; a message that is
measured in its language can rule one out (bot/dialogue/grave.py).
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, cast

from ruamel.yaml import YAML

from bot.answers.consent import Consent, read_consent, says_something
from bot.answers.details import asks_something

FOLDER = Path(__file__).resolve().parent
KINDS = ("self_harm", "violence", "emergency", "legal_threat")
READ = 5000  # characters of a message
SHORT = 40  # characters of a cry
OPENINGS = 4  # that are taken off one after the other
CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W_\u3040-\u30ff\u3400-\u9fff]+")
GAP, GAP_CJK = r"(?:\W+\w+){0,4}\W+", r"[^。！？\n]{0,6}"  # what "…" in a phrase may stand for
CLAUSE_END = re.compile(r"[.!?…;,\n。！？；，]+")


class _Phrase(NamedTuple):
    words: frozenset[str]  # each sign, of Chinese
    pattern: re.Pattern[str]


class Heard(NamedTuple):
    """What a phrase says, as the intent of that name, and its language."""

    kind: str
    language: str


@cache
def safety_words(language: str) -> dict[str, Any]:
    """The lists of a language; none of one that has no file."""
    yaml = cast(Any, YAML(typ="safe"))  # it declares half of its types
    return yaml.load(FOLDER / f"{language}.yml") if language in languages() else {}


@cache
def languages() -> tuple[str, ...]:
    """All that have a file."""
    return tuple(sorted(file.stem for file in FOLDER.glob("*.yml")))


def heard_in(text: str) -> Heard | None:
    """The gravest thing that a phrase of any language says in a message; danger before law."""
    folded = _folded(text[:READ])
    if len(folded) <= SHORT:
        exclaimed = " ".join(re.sub("[!！]+", "!", folded).split()).strip(" .")
        for language in languages():
            if exclaimed in _alone(language):
                return Heard("emergency", language)
    said = frozenset(WORD.findall(folded))
    for kind in KINDS:
        for language in languages():
            if _end_of(_likely(kind, language, said), folded) is not None:
                return Heard(kind, language)
    return None


def takes_back(text: str) -> bool:
    """Whether somebody who said that they are safe says that they aren't, in the words of any language."""
    return _says("takes_back", text)


def says_safe(text: str) -> bool:
    """Whether a message is a phrase for "I'm safe" of some language, and nothing else but courtesy."""
    folded = _folded(text[:READ])
    if "?" in folded or "？" in folded:
        return False
    said = False
    for clause in filter(WORD.search, CLAUSE_END.split(folded)):
        words = " ".join(WORD.findall(clause))
        if any(words in _phrases(language, "safe") for language in languages()):
            said = True
        elif says_something(clause) or (said and read_consent(clause).consent is Consent.NO):
            return False  # "I'm safe. No."
    return said


def means_otherwise(text: str) -> bool:
    """Whether somebody who was taken at their word says, in any language, what was meant: "just annoyed"."""
    return _says("meant", text)


def means_no_harm(text: str) -> bool:
    """Whether somebody who was taken for in an emergency says, in any language, that there is none: "only a question"."""
    return _says("no_harm", text)


def says_about(text: str) -> bool:
    """Whether a message says what it is about, in front of a thing: "it's the jacket"."""
    return _says("about", text)


def only_wants(text: str) -> bool:
    """Whether somebody says that they want nothing but what they ask for: "I only want my parcel"."""
    return _says("only_wants", text)


def laughs_it_off(text: str) -> bool:
    """Whether somebody laughs at how they were taken: "lol no"."""
    return _says("laughs", text)


def _says(name: str, text: str) -> bool:
    folded = _folded(text[:READ])
    said = frozenset(WORD.findall(folded))
    return any(
        _end_of(_likely(name, language, said), folded) is not None for language in languages()
    )


def without_opening(text: str) -> str:
    """What comes after a greeting, a yes, a no and other words that say nothing of it: "sure, and I …"; "" where all does."""
    rest = text
    for _ in range(OPENINGS):
        begun = rest.lstrip(" ,.!?;:…，。！？-")
        folded = _folded(begun[:SHORT])
        opening = max(
            (end for language in languages() if (end := _opening(language, folded))), default=0
        )
        if not opening:
            answer = read_consent(begun)
            whole = begun.rstrip("?？ ")
            begins = answer.begins and whole.endswith(answer.rest)
            opening = len(whole) - len(answer.rest) if begins or not answer.rest else 0
        if not opening or opening >= len(begun):
            return "" if opening else begun if rest is not text else ""
        rest = begun[opening:]
    return rest.lstrip(" ,.!?;:…，。！？-")


def _opening(language: str, folded: str) -> int:
    """Where the words that open a text end; 0 where it begins otherwise."""
    found = [
        match.end() for one in _searched(language, "opens") if (match := one.pattern.match(folded))
    ]
    return max(found, default=0)


def is_doubtful(text: str) -> bool:
    """Whether "safe" in a message isn't plain: it is negated, asked, or only to come."""
    folded = _folded(text[:READ])
    if "?" in folded or "？" in folded or asks_something(text) or is_unwell(text):
        return True
    said = frozenset(WORD.findall(folded))
    clauses = CLAUSE_END.split(folded)
    return any(
        _end_of(to_come, clause) is not None
        for language in languages()
        if (to_come := _likely("to_come", language, said))
        for clause in clauses
    )


def is_unwell(text: str) -> bool:
    """Whether "well" in a clause of a message is negated: "nobody is fine"."""
    folded = _folded(text[:READ])
    said = frozenset(WORD.findall(folded))
    for language in languages():
        negations, well = _likely("negations", language, said), _likely("well", language, said)
        for clause in CLAUSE_END.split(folded) if negations and well else ():
            no = _end_of(negations, clause)
            if no is not None and _end_of(well, clause[no:]) is not None:
                return True
    return False


def _likely(name: str, language: str, said: frozenset[str]) -> list[re.Pattern[str]]:
    """The phrases of a list whose words are all in a message; the others needn't be looked for."""
    return [phrase.pattern for phrase in _searched(language, name) if phrase.words <= said]


def _end_of(phrases: Sequence[re.Pattern[str]], text: str) -> int | None:
    """Where the first phrase in a text ends; None when there is none."""
    found = [match.end() for phrase in phrases if (match := phrase.search(text))]
    return min(found, default=None)


@cache
def _phrases(language: str, name: str) -> frozenset[str]:
    listed = safety_words(language).get(name, ())
    return frozenset(" ".join(WORD.findall(_folded(phrase))) for phrase in listed)


@cache
def _alone(language: str) -> frozenset[str]:
    """What is danger when it is all that somebody writes, with the "!" that belongs to it."""
    return frozenset(_folded(phrase) for phrase in safety_words(language).get("alone", ()))


@cache
def _searched(language: str, name: str) -> tuple[_Phrase, ...]:
    return tuple(
        _Phrase(frozenset(WORD.findall(_folded(phrase))), re.compile(_as_pattern(phrase)))
        for phrase in safety_words(language).get(name, ())
    )


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
