"""Whether an answer to "shall I?" is a yes, a no, or neither yet. In any language that has its words.

A yes is a message that says yes and nothing else: made of words of agreement and of courtesy alone
(bot/answers/words). Whatever stands beside it, a question, a condition or a second wish, makes it none. The words of
what is asked ("cancel it") may stand beside a yes, and are none alone: they are as well said by who stops something.
"""

import re
import unicodedata
from collections.abc import Iterator
from enum import Enum
from functools import cache
from itertools import islice
from typing import NamedTuple

from bot.answers.words import SIGNS, languages, words

LONGEST = 40  # words; what comes after them is something beside
READ = 1000  # characters in which they are looked for
ANSWERS = ("yes", "weak", "no")
CALLS_OFF = "calls_off"  # asked for in the place of what is done: whether all is to be left
BESIDE = ("around", "thanks")  # what says nothing beside an answer
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
    yes that no "but" follows, and `rest` what is said beside them.
    """

    consent: Consent
    whole_hearted: bool = False
    begins: Consent | None = None
    plainly: bool = False
    rest: str = ""


class _Token(NamedTuple):
    text: str
    start: int
    end: int


def read_consent(text: str, doing: str = "") -> Answer:
    """The message as an answer to the question whether to do `doing`, a name under `does`.

    Languages that read it differently make it no answer.
    """
    tokens = list(islice(_tokens(text[:READ]), LONGEST + 1))
    if len(text) > READ:
        tokens.append(_Token("", READ, len(text)))
    readings = [_read(text, tokens, _phrases(language, doing)) for language in languages()]
    whole = [one for one in readings if one and not one.rest]
    if whole:
        same = {one.consent for one in whole} - {Consent.NOT_YET}
        if len(same) == 1:
            return next(one for one in whole if one.consent in same)
        return Answer(Consent.NOT_YET)
    begun = [one for one in readings if one]
    return min(begun, key=lambda one: len(one.rest), default=Answer(Consent.NOT_YET, rest=text))


def says_something(text: str, doing: str = "") -> bool:
    """Whether there is a word in it beside those of agreement (to `doing`), refusal and courtesy."""
    answer = read_consent(text, doing)
    return bool(re.search(r"\w", answer.rest))


def _read(text: str, tokens: list[_Token], phrases: dict[tuple[str, ...], str]) -> Answer | None:
    """The message by the words of one language; None when it doesn't begin with any of them."""
    longest = max(map(len, phrases))
    kinds: list[str] = []
    at = 0
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
    if not kinds:
        return None
    agrees, refuses = {"yes", "weak"} & {*kinds}, "no" in kinds
    if at < len(tokens):
        first = next((kind for kind in kinds if kind not in BESIDE), "")
        begins = {"yes": Consent.YES, "weak": Consent.YES, "no": Consent.NO}.get(first)
        sure = first == "yes" and {*kinds} <= {"yes", "weak", *BESIDE}
        return Answer(
            Consent.NOT_YET,
            begins=begins,
            plainly=sure,
            rest=text[tokens[at].start :].strip("?？ "),
        )
    if "joins" in kinds or ("yes" in kinds and refuses):
        return Answer(Consent.NOT_YET)
    if refuses:
        return Answer(Consent.NO)
    closes = "yes" not in kinds and "thanks" in kinds  # "ok thanks"
    if agrees and "later" not in kinds and not closes:
        return Answer(Consent.YES, whole_hearted="yes" in kinds)
    return Answer(Consent.NOT_YET)


@cache
def _phrases(language: str, doing: str) -> dict[tuple[str, ...], str]:
    """What a phrase is, by its words: yes, weak, no, later, around, thanks or joins."""
    found: dict[tuple[str, ...], str] = {}
    for lists in (words(SIGNS), words(language)):
        taken_back = lists.get(CALLS_OFF, ()) if doing == CALLS_OFF else ()
        named = {
            **lists,
            "yes": [*lists.get("yes", ()), *taken_back],
            "around": [*lists.get("around", ()), *lists.get("does", {}).get(doing, ())],
            "later": [*lists.get("later", ()), *lists.get("in_doubt", {}).get(doing, ())],
        }
        for kind in (
            "around",
            "thanks",
            "weak",
            "yes",
            "joins",
            "later",
            "no",
        ):  # the most careful one last
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
