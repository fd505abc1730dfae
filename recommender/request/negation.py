"""What a customer rules out: by words before a value ("no black") or after it ("black is not for me")."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Any

from recommender.language.bounds import Taken
from recommender.language.english import STOP_WORDS, Doc
from recommender.language.words import NO_FEATURES

NEGATION = {
    "not", "no", "without", "except", "n't", "nt", "dont", "don't", "never", "nothing", "non",
    "excluding", "besides", "isn't", "hate", "avoid", "skip",
}  # fmt: skip
RULING_OUT = {"than", "but", "like"}  # other than, anything but, don't like
_PHRASES = re.compile(
    r"\b(?:anything but|other than|another brand than|rather than|instead of|allergic to|(?:can(?:['’]?t|not)) (?:stand|bear|have|eat))\s+$",
    re.I,
)
_NOT_FOR = re.compile(
    r"(?<!have )(?<!got )\b(?:not|no|nothing|without|except)\s+(?:(?:anything|stuff|things)\s+)?"
    r"(?:for|with)?\s*(?:my\s+|any\s+)?$",
    re.I,
)
_JOINED = re.compile(r"-\w")
_ENDS = {"but", ",", ";", ".", "!", "?", "rather"}
_SPEAKER = {"i", "we", "it", "he", "she", "they", "that", "wait", "sorry"}
_REACH = 4
_FRONT = 60  # characters before a value in which a phrase may rule it out
# "no-iron" and "non-stick" are what a thing is, and no words that it mustn't have.
_WITHOUT = re.compile(r"\b(?:without|no|non)\s+(?:an?\s+|any\s+)?([a-z]{3,})\b", re.I)
_SOMEONE = r"(?:me|us|him|her|them|my \w+)\b"
_WHOSE = r"(?:my|our|his|her|their)"
_VERY = r"(?:(?:really|just|so|definitely|quite|exactly|simply|at all)\s+)*"
_ALL = r"[.,;:!?)]|[-–—]\s|$|(?:but|and|rather|anything|something|asap|tbh|in|if|i)\b"
_AFTER = re.compile(
    r"(?:\s+(?:ones?|stuff|things?))?(?:"
    rf"(?:\s+(?:is|are|was|were)n['’]?t|(?:\s+(?:is|are|was|were)|['’]s)\s+{_VERY}not|\s+not)\s+{_VERY}"
    # not for me; but "not for me but for my wife" is about people
    rf"(?:for {_SOMEONE}(?!\W+(?:but\s+)?(?:(?:it|they)(?:['’](?:s|re)| is| are)\s+)?for\b)"
    rf"|{_WHOSE} (?:thing|things|style|colou?r|cup of tea|favou?rites?|taste|brand|type)\b"
    r"|what (?:i|we) (?:want|like|need)\b|an option\b|welcome\b)"
    rf"|\s+(?:do|does)(?:n['’]?t| not)\s+{_VERY}(?:suit|work for|appeal to|look good on)\s+{_SOMEONE}"
    r"|\s+(?:is|are) (?:out\b(?! of stock)|a no\b)"
    rf"|\W+so\s+(?:no|nope|not)(?:\s+(?:thanks|thank you|please|way|more))?\s*(?={_ALL})"
    r"|\W+(?:never|not) again\b"
    r"|\W+no (?:thanks|thank you|way)\b)",
    re.I,
)
_PLURAL = re.compile(r"\s+(?:ones\s+|things\s+)?(?:are|were|do)(?!es)", re.I)
_THOUGHT_OF = re.compile(r"\b(?:if|when|unless|in case)\s+(?:\w+\s+){0,2}$", re.I)
_THIS = re.compile(r"\b(?:the|this|that|these|those|my|your|its?)\s+(?:\w+\s+)?$", re.I)
_NO_KINDS = NO_FEATURES | STOP_WORDS | {"color", "brand", "price", "style", "product", "item"}


class Ruling:
    """Which places of one text are ruled out."""

    def __init__(self, doc: Doc, places: Sequence[tuple[int, int, str]]) -> None:
        """`places` are start, end and label of all mentions, in order."""
        self._doc, self._text = doc, doc.text  # spaCy joins the text anew each time
        self._starts = [token.idx for token in doc]
        self._used = Taken(self._text)  # places of words that rule out what is before them
        self._ends: set[int] = set()  # of the mentions that those rule out
        next_start, next_label, behind = len(self._text), "", ""  # of the mention after this one
        for start, end, label in reversed(places):
            joint = self._text[end:next_start]
            found = _AFTER.match(self._text, end)
            if found:
                self._used.take(*found.span())
                behind = found[0] if _is_meant(self._text, start, label) else ""
            elif label != next_label or not _joined(joint, behind):
                behind = ""
            if behind:
                self._ends.add(end)
            next_start, next_label = start, label

    def used(self, place: int) -> bool:
        """Whether a place is among the words that rule out what stands before them."""
        return not self._used.free(place, place + 1)

    def rules_out(self, start: int, end: int, label: str) -> bool:
        """Whether a mention is negated by what stands before or after it."""
        before = self._text[max(0, start - _FRONT) : start]
        if label == "audience":
            return bool(_NOT_FOR.search(before))
        if label not in ("colour", "brand", "category", "feature"):
            return False
        if end in self._ends or _PHRASES.search(before):
            return True
        behind = bisect_left(self._starts, start)  # the number of tokens before it
        for token in reversed(self._doc[max(0, behind - _REACH) : behind]):
            if self.used(token.idx) or token.lower_ in _ENDS:
                return False
            if self._is_hyphened(token):  # "a non-leather wallet" is a wallet
                return self._text[token.idx + len(token) + 1 : start].strip("-") == ""
            if token.lower_ in NEGATION:
                return not self._is_an_answer(token, behind)
        return False

    def _is_hyphened(self, token: Any) -> bool:
        """Whether a negation is one word with what follows, and so rules out that alone."""
        return token.lower_ in NEGATION and bool(_JOINED.match(self._text, token.idx + len(token)))

    def _is_an_answer(self, token: Any, behind: int) -> bool:
        """Whether a "no" answers what was said before: "no I meant lamps", "no it should be black"."""
        begins = token.i == 0 or self._doc[token.i - 1].text in _ENDS
        between = [one.lower_ for one in self._doc[token.i + 1 : behind]]
        return token.lower_ == "no" and begins and any(one in _SPEAKER for one in between)


def ruled_out_behind(text: str, end: int) -> bool:
    """Whether words follow that rule out what ends here."""
    return bool(_AFTER.match(text, end))


def unwanted_words(text: str) -> Iterator[tuple[int, int]]:
    """The places of words that are ruled out without being a value: "no zips", "zips aren't my thing"."""
    for found in _WITHOUT.finditer(text):
        yield found.span(1)
    for found in re.finditer(rf"\b([a-z]{{4,}})\b(?={_AFTER.pattern})", text, re.I):
        if found[1].lower() not in _NO_KINDS and _is_meant(text, found.start(), "category"):
            yield found.span(1)


def _joined(joint: str, behind: str) -> bool:
    """Whether what rules out a value does so with the one before: "black and brown are not for me"."""
    said = joint.strip().lower()
    return bool(behind) and (
        said in ("or", "nor") or (said in ("and", "&", "/") and bool(_PLURAL.match(behind)))
    )


def _is_meant(text: str, start: int, label: str) -> bool:
    """Whether words behind a value rule it out: not in "if not black", nor of one thing shown."""
    before = text[max(0, start - _FRONT) : start]
    one_of_them = label == "category" and _THIS.search(before)  # "this jacket isn't my style"
    return not one_of_them and not _THOUGHT_OF.search(before)
