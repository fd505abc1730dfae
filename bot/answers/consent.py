"""Whether an answer to "shall I?" is a yes, a no, or neither yet. In any language that has its words.

A yes is a message that says yes and nothing else: made of words of agreement and of courtesy alone
(bot/answers/words). Whatever stands beside it, a question, a condition or a second wish, makes it none. The words of
what is asked ("cancel it") may stand beside a yes, and are none alone: they are as well said by who stops something.
Words that are each a yes, or say nothing, may make another sentence together ("correct that", "do it right"): `_agrees`
says what may stand beside what.
"""

import re
import unicodedata
from collections.abc import Iterator
from enum import Enum
from functools import cache
from itertools import islice, pairwise
from typing import NamedTuple

from bot.answers.words import SIGNS, languages, words

LONGEST = 40  # words; what comes after them is something beside
READ = 1000  # characters in which they are looked for
AGREES = ("yes", "go_ahead", "is_right")  # plainly; see bot/answers/words/en.yml
ANSWERS = (*AGREES, "weak", "no")
CALLS_OFF = "calls_off"  # asked for in the place of what is done: whether all is to be left
BESIDE = ("around", "thanks", "smiles", "objects", "does")  # what says nothing beside an answer
# The lists, the most careful one last: it counts for a phrase that stands in several.
KINDS = ("around", "objects", "smiles", "does", "thanks", "weak", *AGREES, "joins", "later", "no")
# What is erased is gone for good: there "correct" isn't enough, which may be said of what is shown.
NEEDS_A_YES = frozenset({"delete_data"})
REPEATED = re.compile(r"(\w)\1{2,}")  # "yesss"
# A word, a question mark, a sign of CJK or another sign; each is a token. Other signs only part words.
TOKEN = re.compile(
    r"[\u3040-\u30ff\u3400-\u9fff]|[^\W_\u3040-\u30ff\u3400-\u9fff]+(?:'[^\W_]+)*|\?"
    r"|[\u2600-\u27bf\U0001f000-\U0001faff]"
)
TONES = re.compile("[\U0001f3fb-\U0001f3ff\ufe0f]")  # of a hand's skin, and how a sign is drawn


class Consent(Enum):
    """What an answer means."""

    YES = "yes"
    NO = "no"
    NOT_YET = "not yet"


class Answer(NamedTuple):
    """A message read as an answer.

    `whole_hearted`: whether a yes is more than a sound such as "ok". Of a message that is more than
    an answer, `begins` says what its first words are alone, `plainly` whether they are a whole-hearted
    yes that no "but" follows, and `rest` what is said beside them. `puts_off`: that it is a word such as "later".
    """

    consent: Consent
    whole_hearted: bool = False
    begins: Consent | None = None
    plainly: bool = False
    rest: str = ""
    puts_off: bool = False


class _Token(NamedTuple):
    text: str
    start: int
    end: int


def read_consent(text: str, doing: str = "") -> Answer:
    """The message as an answer to the question whether to do `doing`, a name under `does`.

    Languages that read it differently make it no answer, and so does one in which it puts something off.
    """
    tokens = list(islice(_tokens(text[:READ]), LONGEST + 1))
    if len(text) > READ:
        tokens.append(_Token("", READ, len(text)))
    readings = [
        _read(text, tokens, _phrases(language, doing), doing in NEEDS_A_YES)
        for language in languages()
    ]
    whole = [one for one in readings if one and not one.rest]
    if whole:
        same = {one.consent for one in whole if one.consent is not Consent.NOT_YET or one.puts_off}
        if len(same) == 1:
            return next(one for one in whole if one.consent in same)
        return Answer(Consent.NOT_YET)
    begun = [one for one in readings if one]
    return min(begun, key=lambda one: len(one.rest), default=Answer(Consent.NOT_YET, rest=text))


def says_something(text: str, doing: str = "") -> bool:
    """Whether there is a word in it beside those of agreement (to `doing`), refusal and courtesy."""
    answer = read_consent(text, doing)
    return bool(re.search(r"\w", answer.rest))


def _read(
    text: str, tokens: list[_Token], phrases: dict[tuple[str, ...], str], needs_a_yes: bool
) -> Answer | None:
    """The message by the words of one language; None when it doesn't begin with any of them."""
    longest = max(map(len, phrases))
    kinds: list[str] = []
    at = said_from = (
        0  # where what is said beside the answer begins: with an object that was read before it
    )
    while at < min(len(tokens), LONGEST):
        said = tuple(token.text for token in tokens[at : at + longest])
        length = next((n for n in range(len(said), 0, -1) if said[:n] in phrases), 0)
        kind = phrases.get(said[:length], "")
        if not kind or (
            "joins" in kinds and kind in ANSWERS
        ):  # "yes but …": what comes is beside it
            break
        kinds.append(kind)
        at += length
        said_from = said_from if kind == "objects" else at
    if not kinds:
        return None
    agrees, refuses = {*AGREES, "weak"} & {*kinds}, "no" in kinds
    if at < len(tokens):
        first = next((kind for kind in kinds if kind not in BESIDE), "")
        sure = first in AGREES
        begins = Consent.YES if sure or first == "weak" else Consent.NO if first == "no" else None
        return Answer(
            Consent.NOT_YET,
            begins=begins,
            plainly=sure and {*kinds} <= {*AGREES, "weak", *BESIDE},
            rest=text[tokens[said_from].start :].strip("?？ "),
        )
    plain = {"yes", "go_ahead"} & {*kinds}
    whole_hearted = bool(plain) or ("is_right" in kinds and not needs_a_yes)
    if "joins" in kinds or (agrees and agrees != {"weak"} and refuses):
        return Answer(Consent.NOT_YET, puts_off=bool(agrees))
    if refuses:
        return Answer(Consent.NO)
    closes = not whole_hearted and "thanks" in kinds  # "ok thanks"
    if agrees and not closes and _agrees(kinds):
        return Answer(Consent.YES, whole_hearted=whole_hearted)
    return Answer(Consent.NOT_YET, puts_off="later" in kinds and not agrees)


def _agrees(kinds: list[str]) -> bool:
    """Whether words that each agree, or say nothing, agree together."""
    if "later" in kinds or ("is_right" in kinds and "around" in kinds):
        return False
    done = next((at for at, kind in enumerate(kinds) if kind in ("go_ahead", "does")), len(kinds))
    if {"is_right", "weak"} & {*kinds[done:]}:  # "do it right"
        return False
    return all(
        before == "does" for before, kind in pairwise(["", *kinds]) if kind == "objects"
    )  # "correct that"


@cache
def _phrases(language: str, doing: str) -> dict[tuple[str, ...], str]:
    """What a phrase is, by its words: one of `KINDS`."""
    found: dict[tuple[str, ...], str] = {}
    for lists in (words(SIGNS), words(language)):
        taken_back = lists.get(CALLS_OFF, ()) if doing == CALLS_OFF else ()
        named = {
            **lists,
            "yes": [*lists.get("yes", ()), *taken_back],
            "does": lists.get("does", {}).get(doing, ()),
            "later": [*lists.get("later", ()), *lists.get("in_doubt", {}).get(doing, ())],
        }
        for kind in KINDS:
            found.update({tuple(t.text for t in _tokens(one)): kind for one in named.get(kind, ())})
    return found


def _tokens(text: str) -> Iterator[_Token]:
    for match in TOKEN.finditer(_folded(text)):
        yield _Token(REPEATED.sub(r"\1", match[0]), *match.span())


def _folded(text: str) -> str:
    """Lower case, one kind of apostrophe and question mark; as long as the text, sign by sign."""
    return "".join(_fold(sign) for sign in text)


def _fold(sign: str) -> str:
    if TONES.match(sign):
        return " "
    if sign in "’‘`´":
        return "'"
    folded = unicodedata.normalize("NFKC", sign).lower()
    return folded if len(folded) == 1 else sign
