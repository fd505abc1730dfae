"""Answers in people's own words: "nine, I'd say" is 9, "skip" and "stop asking me" are heard."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from bot.surveys.campaign import Question
from bot.surveys.flow import Answer

MAX_TEXT = 2000
MOST = 1e15  # further numbers are no answers, and no numbers for a database
MOST_PARTS = 20  # of an answer, which may name an option each
CLOSE = 0.8  # how alike a misspelt option must be
ONES = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
]
WORDS = {word: number for number, word in enumerate(ONES)} | {
    "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18,
    "nineteen": 19, "twenty": 20, "nought": 0, "nil": 0,
}  # fmt: skip
TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80,
    "ninety": 90, "hundred": 100,
}  # fmt: skip
ORDINALS = [
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
]
# Digits, perhaps in groups of three, perhaps with a part: 1250, 1,250.50, 1 250, 2'500, 3.999,00.
NUMBER = re.compile(
    r"(?<![\w.,])[-−]?(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,3}(?:\.\d{3})+(?:,\d+)?|"
    r"\d{1,3}(?:[ \u00a0\u202f'’]\d{3})+(?:[.,]\d+)?|\d++(?:[.,]\d++)?)(?![\w]*\d)(?![.,'’]\d)"
    r"(?:\s?k\b)?"
)
NUMBER_ALONE = re.compile(r"^\W*\d+\W*$")  # names an option by its place, or none
OUT_OF = re.compile(r"(?<!\d)(\d++(?:[.,]\d+)?)\s*(?:/|out of|of)\s*(\d+)")
REASON = re.compile(r"\b(?:because|cause|cos|since|as)\b")
NOT_THAT = re.compile(r"\b(?:not|isn't|never)\s+(?:a\s+|an\s+|quite\s+)?[-−]?\d+(?:[.,]\d+)?")
SEVERAL = re.compile(r"\d\s*(?:-|–|or|to|and)\s*\d")
FOREVER = re.compile(
    r"\b(?:stop (?:asking|bothering|sending|pestering)|don'?t (?:ask|bother|survey) me|never ask|"
    r"leave me alone|no more (?:surveys|questions)|unsubscribe|opt(?:\s|-)?out|ever again)\b",
    re.I,
)
STOP = re.compile(
    r"^\W*(?:please\s+)?(?:stop|quit|enough|cancel|exit|end|abort|go away|not now|no time|no thanks|"
    r"no thank you|maybe later|later|i'?m (?:done|busy|out)|that'?s enough|forget it|never ?mind|"
    r"(?:end|stop|leave|quit|cancel) (?:the |this )?(?:survey|questions?|it|now|here)|"
    r"i (?:don'?t|do not) (?:want|have time)(?: (?:to|for) (?:this|that|it|do this|answer(?: these| any ?more| questions| that)?|"
    r"continue))?)(?:\s+(?:please|thanks|thank you|now|it|this|sorry))*\W*$",
    re.I,
)
SKIP = re.compile(
    r"^\W*(?:(?:can|could|may) (?:i|we) )?(?:please\s+)?(?:skip|pass|next)(?: (?:it|this|that|one|question|this one|that one|"
    r"this question|that question|the question|please|pls))*\W*$|"
    r"\b(?:i'?d )?(?:rather not|prefer not)(?: to)?(?: (?:say|answer|tell))?\b|"
    r"^\W*no (?:comment|answer)\W*$|^\W*n/?a\W*$|\b(?:don'?t|do not) want to (?:say|answer (?:this|that)(?: one)?)\b",
    re.I,
)
NO_IDEA = re.compile(
    r"^\W*(?:i )?(?:don'?t know|dunno|no idea|not sure|can'?t say|idk|no opinion)\W*$", re.I
)
YES = re.compile(
    r"^\W*(?:yes|yeah|yep|yup|ya|sure|ok|okay|fine|agreed|i agree|of course|go ahead|please do|"
    r"alright|all right|no problem|y|👍)\b",
    re.I,
)
NO = re.compile(r"^\W*(?:no|nope|nah|don'?t|do not|i (?:don'?t|do not)|rather not|n)\b|👎", re.I)
BARE_NO = re.compile(r"^\W*(?:no|nope|nah)\W*$", re.I)
# What satisfaction is called, worst first; the longest that fits counts.
CSAT_WORDS = (
    ("very dissatisfied", "very unsatisfied", "very unhappy", "terrible", "awful", "horrible", "very bad",
     "useless", "worst", "hated it", "very poor", "😡"),
    ("dissatisfied", "unsatisfied", "unhappy", "bad", "poor", "disappointed", "disappointing", "not good",
     "not great", "not happy", "not satisfied", "👎", "🙁", "😞"),
    ("neutral", "ok", "okay", "so so", "so-so", "meh", "average", "neither", "fine", "not bad", "alright", "😐"),
    ("satisfied", "good", "happy", "pleased", "nice", "liked it", "pretty good", "👍", "🙂"),
    ("very satisfied", "very happy", "very good", "great", "excellent", "perfect", "amazing", "awesome",
     "fantastic", "brilliant", "loved it", "love it", "wonderful", "super", "😍", "🤩"),
)  # fmt: skip
CES_WORDS = (
    ("very difficult", "very hard", "extremely difficult", "extremely hard", "impossible", "a nightmare"),
    ("difficult", "hard", "not easy", "tough"),
    ("a bit difficult", "a bit hard", "fairly difficult", "somewhat difficult", "not so easy", "tricky"),
    ("neutral", "neither", "ok", "okay", "average", "so so", "so-so"),
    ("fairly easy", "quite easy", "pretty easy", "somewhat easy", "not hard", "not difficult"),
    ("easy", "simple", "straightforward"),
    ("very easy", "super easy", "really easy", "extremely easy", "so easy", "effortless", "a breeze"),
)  # fmt: skip
SCALE_WORDS = {"csat": CSAT_WORDS, "ces": CES_WORDS}


@dataclass(frozen=True)
class Reading:
    """What a message means as an answer.

    `what` is answer, skip, stop, never (stop, and don't ask again) or unclear; then `why` names
    what to say: number, range, one, option, options, yes_no, required, empty. An answer with `why`
    own_words is a text that nothing was checked against.
    """

    what: Literal["answer", "skip", "stop", "never", "unclear"]
    answer: Answer | None = None
    why: str = ""


def read_answer(question: Question, text: str) -> Reading:
    """Understand a free-form answer to a question."""
    text = text.strip()[:MAX_TEXT]
    if not text:
        return Reading("unclear", why="empty")
    exact = _option(question, text, exactly=True)
    if exact:
        return _answered((exact,) if question.kind == "multiple" else exact)
    if FOREVER.search(text) and len(text.split()) <= 12:
        return Reading("never")
    if STOP.search(text) and not (question.kind == "consent" and NO.search(text)):
        return Reading("stop")
    if question.kind == "consent":
        return _consent(text)
    if SKIP.search(text) and len(text.split()) <= 9:
        return skip(question)
    if NO_IDEA.search(text):
        return skip(question)
    if question.kind == "text":
        return Reading("answer", Answer(text), "own_words")
    if question.kind == "single":
        return _single(question, text)
    if BARE_NO.match(text) and question.kind != "multiple":
        return Reading("stop")  # "May I ask you something?" "No."
    if question.kind == "multiple":
        return _multiple(question, text)
    return _number(question, text)


def skip(question: Question) -> Reading:
    """Passing a question over, which a required one doesn't allow."""
    if question.required or question.kind == "consent":
        return Reading("unclear", why="required")
    return Reading("skip", Answer(None))


def read_value(question: Question, values: Sequence[str]) -> Reading:
    """The exact value of a form field or a card: nothing is guessed, nothing else is accepted."""
    given = [value.strip()[:MAX_TEXT] for value in values if value.strip()]
    if not given:
        return skip(question)
    if question.kind == "multiple":
        unknown = [one for one in given if one not in question.options]
        if len(unknown) > question.other:
            return Reading("unclear", why="options")
        return _answered(tuple(dict.fromkeys(given)))
    if len(given) > 1:
        return Reading("unclear", why="one")
    value = given[0]
    if question.kind == "single":
        if value in question.options or question.other:
            return _answered(value)
        return Reading("unclear", why="option")
    if question.kind == "consent":
        return (
            _answered(value == "yes")
            if value in ("yes", "no")
            else Reading("unclear", why="yes_no")
        )
    if question.kind == "text":
        return _answered(value)
    return _number(question, value)


def _answered(value) -> Reading:
    return Reading("answer", Answer(value))


def _consent(text: str) -> Reading:
    if NO.search(text) or STOP.search(text):
        return _answered(False)
    return _answered(True) if YES.search(text) else Reading("unclear", why="yes_no")


def _number(question: Question, text: str) -> Reading:
    scale, said = question.scale, _digits(text.lower())
    if scale and NUMBER.search(REASON.split(said)[0]):
        said = REASON.split(said)[0]  # "3, because it took 5 days" is a 3
    stars = text.count("⭐") + text.count("★")
    if scale and stars and scale[0] <= stars <= scale[1]:
        return _answered(stars)
    out_of = OUT_OF.search(said)
    if out_of:
        if scale and float(out_of[2]) != scale[1]:
            return Reading("unclear", why="range")
        said = out_of[1]
    said = NOT_THAT.sub(" ", said)
    if SEVERAL.search(said):
        return Reading("unclear", why="one")
    found = {amount(one) for one in NUMBER.findall(said)}
    if not found:
        named = _named_score(question, text)
        return Reading("unclear", why="number") if named is None else _answered(named)
    if len(found) > 1:
        return Reading("unclear", why="one")
    value = found.pop()
    low, high = scale or (question.min, question.max)
    if (
        abs(value) >= MOST
        or (low is not None and value < low)
        or (high is not None and value > high)
    ):
        return Reading("unclear", why="range")
    if scale and value != int(value):
        return Reading("unclear", why="one")
    return _answered(int(value) if value == int(value) else value)


def amount(text: str) -> float:
    """A number that `NUMBER` found. Three digits behind a comma or a point are thousands (1,250 and
    1.250), unless nothing but a zero stands before them (0.125); a "k" is a thousand more."""
    plain = text.replace("−", "-").strip()
    thousands = 1000 if plain.endswith("k") else 1
    plain = re.sub(r"[ \u00a0\u202f'’k]", "", plain)
    marks = [sign for sign in plain if sign in ".,"]
    whole = plain.lstrip("-")
    if len(marks) == 1 and re.fullmatch(r"[1-9]\d{0,2}[.,]\d{3}", whole):
        plain = plain.replace(marks[0], "")
    elif marks:
        last = marks[-1] if len(set(marks)) > 1 or len(marks) == 1 else ""
        plain = "".join("." if sign == last else "" if sign in ".," else sign for sign in plain)
    return float(plain) * thousands


def _digits(text: str) -> str:
    """A text with its number words as digits: "seven" is 7, "twenty-five" is 25."""

    def tens(match: re.Match) -> str:
        return str(TENS[match[1]] + (WORDS[match[2]] if match[2] else 0))

    text = re.sub(r"\b(?:a|one) hundred\b", "100", text)
    text = re.sub(rf"\b({'|'.join(TENS)})(?:[\s-]({'|'.join(ONES[1:10])}))?\b", tens, text)
    text = re.sub(rf"\b({'|'.join(WORDS)})\b", lambda match: str(WORDS[match[1]]), text)
    # "one" is mostly a pronoun: it counts when it is all there is.
    return re.sub(r"\b(?:this|that|the|which|last|no) 1\b", " ", text)


def _named_score(question: Question, text: str) -> int | None:
    """A score that was said in words: an end of the scale, or "very easy"."""
    scale = question.scale
    if not scale:
        return None
    plain = " ".join(re.sub(r"[^\w\s'👍👎🙂🙁😐😡😞😍🤩-]", " ", text.lower()).split())
    low, high = (end.lower() for end in question.ends)
    if low and plain == low:
        return scale[0]
    if high and plain == high:
        return scale[1]
    names = SCALE_WORDS.get(question.kind, ())
    if not names or question.labels:
        return None
    found = [
        (len(name), score)
        for score, named in enumerate(names, start=scale[0])
        for name in named
        if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", plain)
    ]
    longest = max(found, default=None)
    if longest is None or (
        re.search(r"\b(?:not|n't|but)\b", plain) and longest[0] < len(plain) / 2
    ):
        return None
    return longest[1]


def _single(question: Question, text: str) -> Reading:
    found = _options(question, text)
    if len(found) == 1:
        return _answered(found[0])
    if len(found) > 1:
        return Reading("unclear", why="one")
    if question.other and not NUMBER_ALONE.match(text):
        return Reading("answer", Answer(text[:200]), "own_words")
    return Reading("unclear", why="option")


def _multiple(question: Question, text: str) -> Reading:
    if re.search(r"^\W*(?:all|everything|all of (?:them|these|the above))\W*$", text, re.I):
        return _answered(question.options)
    found = _options(question, text)
    if found:
        return _answered(tuple(found))
    if re.search(
        r"^\W*(?:none|nothing|neither|no)(?: of (?:them|these|those|the above))?\W*$", text, re.I
    ):
        return skip(question)
    if question.other and not NUMBER_ALONE.match(text):
        return Reading("answer", Answer((text[:200],)), "own_words")
    return Reading("unclear", why="options")


def _options(question: Question, text: str) -> list[str]:
    """The options that a text names, in the question's order."""
    plain = _plain(text)
    named = {one for one in question.options if re.search(rf"\b{re.escape(_plain(one))}\b", plain)}
    # "Too expensive" names also "expensive": the longer name counts alone.
    named -= {
        one for one in named for longer in named
        if one != longer and re.search(rf"\b{re.escape(_plain(one))}\b", _plain(longer))
    }  # fmt: skip
    parts = re.split(r",|;|\band\b|&|\+", text, maxsplit=MOST_PARTS)[:MOST_PARTS]
    rest = [part for part in parts if not any(_plain(one) in _plain(part) for one in named)]
    guessed = [_option(question, part) for part in rest]
    named |= {one for one in guessed if one}
    return [one for one in question.options if one in named]


def _option(question: Question, text: str, exactly: bool = False) -> str | None:
    """The one option that a text means: its name, its number or letter, or a misspelling."""
    plain = _plain(text)
    for option, title in question.choices:
        if plain in (_plain(option), _plain(title)):
            return option
    if exactly or not plain:
        return None
    numbered = re.fullmatch(
        r"(?:i'?d say |the |number |no |option |nr |answer )*(\w+)(?: one| option)?", plain
    )
    if numbered:
        word = numbered[1]
        at = _position(str(WORDS.get(word, word)), len(question.options))
        if at is not None:
            return question.options[at]
    alike = [(SequenceMatcher(None, plain, _plain(one)).ratio(), one) for one in question.options]
    best = max(alike, default=(0.0, ""))
    return best[1] if best[0] >= CLOSE else None


def _position(word: str, count: int) -> int | None:
    if word.isdigit():
        at = int(word) - 1
    elif word in ORDINALS:
        at = ORDINALS.index(word)
    elif word == "last":
        at = count - 1
    elif len(word) == 1:
        at = ord(word) - ord("a")
    else:
        return None
    return at if 0 <= at < count else None


def _plain(text: str) -> str:
    return " ".join(re.findall(r"[\w']+", text.lower()))
