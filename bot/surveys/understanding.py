"""Answers in people's own words, in their language: "nine, I'd say" is 9, "skip" and "stop asking me" are heard."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from bot.answers.consent import Consent, read_consent
from bot.spoken import spoken
from bot.surveys.campaign import Question
from bot.surveys.flow import Answer
from bot.surveys.words import Words, any_of, plain, words

MAX_TEXT = 2000
MOST = 1e15  # further numbers are no answers, and no numbers for a database
MOST_PARTS = 20  # of an answer, which may name an option each
MOST_WORDS = {
    "never": 12,
    "rather_not": 9,
}  # of a message; a longer one is a story with those words in it
CLOSE = 0.8  # how alike a misspelt option must be
# Digits, perhaps in groups of three, perhaps with a part: 1250, 1,250.50, 1 250, 2'500, 3.999,00.
NUMBER = re.compile(
    r"(?<![\w.,])[-−]?(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,3}(?:\.\d{3})+(?:,\d+)?|"
    r"\d{1,3}(?:[ \u00a0\u202f'’]\d{3})+(?:[.,]\d+)?|\d++(?:[.,]\d++)?)(?![\w]*\d)(?![.,'’]\d)"
    r"(?:\s?k\b)?"
)
NUMBER_ALONE = re.compile(r"^\W*\d+\W*$")  # names an option by its place, or none
LIKED, DISLIKED = "👍", "👎"


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
    """Understand a free-form answer to a question, in the language that is spoken."""
    text = text.strip()[:MAX_TEXT]
    if not text:
        return Reading("unclear", why="empty")
    exact = _option(question, text, exactly=True)
    if exact:
        return _answered((exact,) if question.kind == "multiple" else exact)
    own, said = words(spoken()), plain(text)
    if _names(own, "never", said):
        return Reading("never")
    refuses = own.names["begins"].match(said) or DISLIKED in said
    if own.is_all["stop"].fullmatch(said) and not (question.kind == "consent" and refuses):
        return Reading("stop")
    if question.kind == "consent":
        return _consent(own, text)
    if _names(own, "rather_not", said) or any(
        own.is_all[name].fullmatch(said) for name in ("skip", "no_idea")
    ):
        return skip(question)
    if question.kind == "text":
        return Reading("answer", Answer(text), "own_words")
    if question.kind == "single":
        return _single(own, question, text)
    if question.kind == "multiple":
        return _multiple(own, question, text)
    read = _number(own, question, text)
    says_none = read.why == "number" and DISLIKED not in text
    if says_none and read_consent(text).consent is Consent.NO:
        return Reading("stop")  # "May I ask you something?" "No."
    return read


def _names(own: Words, name: str, said: str) -> bool:
    """Whether a message that is short enough to be about it has a phrase of a list."""
    length = len(said.split()) + len(re.findall(r"[\u3400-\u9fff]", said)) // 2
    return length <= MOST_WORDS[name] and bool(own.names[name].search(said))


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
    return _number(words(spoken()), question, value)


def _answered(value) -> Reading:
    return Reading("answer", Answer(value))


def _consent(own: Words, text: str) -> Reading:
    read, said = read_consent(text), plain(text)
    refuses = own.names["begins"].match(said) or DISLIKED in said
    if refuses or read.consent is Consent.NO or read.begins is Consent.NO:
        return _answered(False)
    if read.consent is Consent.YES or LIKED in said or read.plainly:
        return _answered(True)
    return Reading("unclear", why="yes_no")


def _number(own: Words, question: Question, text: str) -> Reading:
    scale, said = question.scale, _digits(own, plain(text))
    reason = own.names["because"].search(said)
    if scale and reason and NUMBER.search(said[: reason.start()]):
        said = said[: reason.start()]  # "3, because it took 5 days" is a 3
    stars = text.count("⭐") + text.count("★")
    if scale and stars and scale[0] <= stars <= scale[1]:
        return _answered(stars)
    out_of = own.names["out_of"].search(said)
    if out_of:
        if scale and float(out_of[2]) != scale[1]:
            return Reading("unclear", why="range")
        said = out_of[1]
    said = own.names["not_that"].sub(" ", said)
    if own.names["several"].search(said):
        return Reading("unclear", why="one")
    found = {amount(one) for one in NUMBER.findall(said)}
    if not found:
        named = _named_score(own, question, text)
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


def _digits(own: Words, text: str) -> str:
    """A text with its number words as digits: "seven" is 7, "twenty-five" is 25."""
    if own.bare(_letters(text)) in own.listed("articles"):
        return "1"
    text = own.names["not_numbers"].sub(" ", text)
    # Digits of scripts without spaces stand apart, or nothing would see where they begin.
    return own.number.sub(lambda match: f" {own.value_of(match)} ", text)


def _named_score(own: Words, question: Question, text: str) -> int | None:
    """A score that was said in words: an end of the scale, or "very easy"."""
    scale = question.scale
    if not scale:
        return None
    said = " ".join(re.sub(r"[.,;:!?…()\"“”。，！？；：、]", " ", plain(text)).split())
    low, high = (end.lower() for end in question.ends)
    if low and said == low:
        return scale[0]
    if high and said == high:
        return scale[1]
    names = own.scores(question.kind)
    if not names or question.labels:
        return None
    found = [
        (len(name), score)
        for score, named in enumerate(names, start=scale[0])
        for name in named
        if name in said and re.search(any_of([name]), said)
    ]
    longest = max(found, default=None)
    if longest is None or (own.names["but"].search(said) and longest[0] < len(said) / 2):
        return None
    return longest[1]


def _single(own: Words, question: Question, text: str) -> Reading:
    found = _options(own, question, text)
    if len(found) == 1:
        return _answered(found[0])
    if len(found) > 1:
        return Reading("unclear", why="one")
    if question.other and not NUMBER_ALONE.match(text):
        return Reading("answer", Answer(text[:200]), "own_words")
    return Reading("unclear", why="option")


def _multiple(own: Words, question: Question, text: str) -> Reading:
    if own.is_all["all"].fullmatch(plain(text)):
        return _answered(question.options)
    found = _options(own, question, text)
    if found:
        return _answered(tuple(found))
    if own.is_all["none"].fullmatch(plain(text)):
        return skip(question)
    if question.other and not NUMBER_ALONE.match(text):
        return Reading("answer", Answer((text[:200],)), "own_words")
    return Reading("unclear", why="options")


def _options(own: Words, question: Question, text: str) -> list[str]:
    """The options that a text names, in the question's order."""
    said = plain(text)
    titles = {option: {plain(option), plain(title)} for option, title in question.choices}
    named = {one for one, names in titles.items() if re.search(any_of(names), said)}
    # "Too expensive" names also "expensive": the longer name counts alone.
    named -= {
        one for one in named for longer in named
        if one != longer and any(re.search(any_of(titles[one]), name) for name in titles[longer])
    }  # fmt: skip
    parts = own.names["and"].split(said, maxsplit=MOST_PARTS)[:MOST_PARTS]
    taken = [name for one in named for name in titles[one]]
    rest = [part for part in parts if not any(name in part for name in taken)]
    guessed = [_option(question, part) for part in rest]
    named |= {one for one in guessed if one}
    return [one for one in question.options if one in named]


def _option(question: Question, text: str, exactly: bool = False) -> str | None:
    """The one option that a text means: its name, its number or letter, or a misspelling."""
    said = _letters(text)
    for option, title in question.choices:
        if said in (_letters(option), _letters(title)):
            return option
    if exactly or not said:
        return None
    at = _position(words(spoken()), said, len(question.options))
    if at is not None:
        return question.options[at]
    alike = [
        (SequenceMatcher(None, said, _letters(name)).ratio(), option)
        for option, title in question.choices
        for name in (option, title)
    ]
    best = max(alike, default=(0.0, ""))
    return best[1] if best[0] >= CLOSE else None


def _position(own: Words, said: str, count: int) -> int | None:
    """Which place among so many a text names: "2", "the second one", "c", "the last"; counted from 0."""
    word = own.bare(said)
    place = own.ordinals.get(word, own.numbers.get(word))
    if place is None and word.isdecimal() and len(word) < 4:
        place = int(word)
    elif place is None and len(word) == 1 and "a" <= word <= "z":
        place = ord(word) - ord("a") + 1
    at = count - 1 if place == -1 else (place or 0) - 1
    return at if 0 <= at < count else None


def _letters(text: str) -> str:
    return " ".join(re.findall(r"[\w']+", plain(text)))
