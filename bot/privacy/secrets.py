"""Passwords, papers, birth dates and addresses of computers, and what is spelled out in words.

All but the addresses of computers are known by the words around them: see `words`.
"""

import ipaddress
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache, partial

import regex

from bot.privacy.spans import Span, union
from bot.privacy.words import any_of, languages, words

LEAST_DIGITS, LEAST_IN_WORDS = 7, 4  # of a phone number in words, and how many of them are words
MIXED = 6  # characters of letters and digits, from which a word behind "password" is one
IP = regex.compile(
    r"(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}(?!\.?\d)(?![\p{L}_])"
    r"|(?:[0-9a-f]{1,4}:{1,2}|::){1,8}[0-9a-f]{0,4}(?![\w:]))",
    regex.I,
)
SHORTEST_IP = 6  # "::1" and "1:2" are anything
_DATE = (
    r"(?:\d{1,2}[./ -]{1,2}\d{1,2}[./ -]{1,2}(?:\d{4}|\d{2})|\d{4}[./-]\d{1,2}[./-]\d{1,2}"
    r"|\d{4}\s?年\s?\d{1,2}\s?月\s?\d{1,2}(?:\s?[日号])?"
    r"|\d{1,2}(?:st|nd|rd|th|\.|º)?\s(?:\p{L}{1,12}\.?\s){1,3}\d{4}"
    r"|\p{L}{3,12}\.?\s\d{1,2}(?:st|nd|rd|th)?,?\s\d{4})(?!\d)"
)
# A word with a digit in it, perhaps with further groups: "QQ 12 34 56 C", "123-45-6789".
_PAPER = (
    r"(?:[A-Za-z]{1,3}[ .-])?(?=[A-Za-z]{0,12}\d)[A-Za-z0-9]{1,20}+"
    r"(?:[ ./-]\d[A-Za-z0-9]{0,11}+){0,6}(?:[ .-][A-Z]\b)?"
)
LEAST_OF_A_PAPER = 5  # letters and digits
LONGEST_NAME = 20  # letters of each of its words
WORD = regex.compile(r"\w+")
# Before a word: no letter, but for those of scripts that put no spaces between words.
BEGINS = r"(?<![^\W\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af])"


def passwords(text: str) -> Iterator[Span]:
    """What stands after "my password is", unless it says how the password is."""
    if not _names_one(words("password"), text):
        return
    for found in _password().finditer(text):
        secret = found["secret"].rstrip(".,;:!?)\"'”’")
        bare = secret.strip("\"'“”‘’«»„").lower().replace("’", "'")
        if not bare or bare in words("no_password"):
            continue
        mixed = len(bare) >= MIXED and not bare.isdigit() and any(map(str.isdigit, bare))
        if not (found["is"] or mixed):
            continue
        if any(bare.startswith(one) for one in words("no_password") if not one.isascii()):
            continue  # languages without spaces between words
        yield found.start("secret"), found.start("secret") + len(secret)


def papers(text: str) -> Iterator[Span]:
    """Numbers of passports, of insured and taxed people, after the word for them."""
    if not _names_one(words("identity"), text):
        return
    for found in _identity().finditer(text):
        said = found["number"]
        enough = sum(map(str.isalnum, said)) >= LEAST_OF_A_PAPER
        if enough and sum(map(str.isdigit, said)) > 2:
            yield found.span("number")


def birthdays(text: str) -> Iterator[Span]:
    """Days with a year, after "born on" or "date of birth", or before a word that says it behind: 1980年4月3日出生."""
    spans: list[Span] = []
    for name, pattern in (("born", _born), ("born_after", _born_after)):
        if _names_one(words(name), text):
            spans += [found.span("date") for found in pattern().finditer(text)]
    yield from union(spans)


def computers(text: str) -> Iterator[Span]:
    """Addresses of the internet protocol, versions 4 and 6; versions of software aren't."""
    for found in IP.finditer(text):
        before = text[max(0, found.start() - 20) : found.start()]
        if len(found[0]) < SHORTEST_IP or _version().search(before):
            continue
        try:
            ipaddress.ip_address(found[0])
        except ValueError:
            continue
        yield found.span()


def spelled_emails(text: str) -> Iterator[Span]:
    """Email addresses in words: "klaus punkt weber at web punkt de"."""
    if not _names_one(words("dot"), text):
        return
    yield from union(found.span() for pattern in _spelled() for found in pattern.finditer(text))


def spelled_phones(text: str) -> Iterator[Span]:
    """Phone numbers in words: "oh two oh, seven nine four six …"."""
    known = words("digits")
    if sum(word in known for word in WORD.findall(text.lower())) < LEAST_IN_WORDS:
        return
    for found in _digits().finditer(text):
        if sum(map(str.isalpha, WORD.findall(found[0]))) >= LEAST_IN_WORDS:
            yield found.span()


def other_names(text: str) -> Iterator[Span]:
    """Names in scripts without capitals, after "我叫" and the like."""
    spans: list[Span] = []
    for before, pattern in _introductions():
        if _names_one(before, text):
            spans += [found.span("name") for found in pattern().finditer(text)]
    yield from union(spans)


def _names_one(some: Iterable[str], text: str) -> bool:
    """Whether a text has one of some words: far sooner known than what their pattern finds."""
    lower = text.lower()
    return any(one in lower for one in some)


# Each pattern is made when a text first needs it.


@lru_cache(maxsize=1)
def _is() -> str:
    return rf"(?:\s?[:=：]\s?|\s{{0,2}}{any_of(words('is'))}\s?[:：]?\s{{0,2}})"


@lru_cache(maxsize=1)
def _password() -> regex.Pattern[str]:
    return regex.compile(
        rf"{BEGINS}{any_of(words('password'))}(?:(?P<is>{_is()})|\s)"
        r"(?!\[\w+\])(?P<secret>[^\s\0]{3,100}+)"
    )


@lru_cache(maxsize=1)
def _identity() -> regex.Pattern[str]:
    number = r"(?:\s?(?:[#:=(：]|(?i:number|num|no|nr|id|nummer|numer|n°|nº)\.?(?!\w)))"
    return regex.compile(
        rf"{BEGINS}{any_of(words('identity'))}{number}{{0,3}}(?:{_is()}|\s){{0,2}}"
        rf"(?P<number>{_PAPER})(?!\w)"
    )


@lru_cache(maxsize=1)
def _born() -> regex.Pattern[str]:
    return regex.compile(
        rf"{BEGINS}{any_of(words('born'))}"
        rf"(?:{_is()}|[\s,:：]|(?i:on|the|am|op|le|el|den)\s){{0,4}}(?P<date>{_DATE})"
    )


@lru_cache(maxsize=1)
def _born_after() -> regex.Pattern[str]:
    return regex.compile(rf"(?<!\d)(?P<date>{_DATE})\s?{any_of(words('born_after'))}")


@lru_cache(maxsize=1)
def _version() -> regex.Pattern[str]:
    return regex.compile(rf"(?<!\w)(?:v|{any_of(words('version'))})\W{{0,3}}$")


@lru_cache(maxsize=1)
def _digits() -> regex.Pattern[str]:
    digit = rf"(?:(?:{any_of(words('times'))}\s)?{any_of(words('digits'))}|\d{{1,4}}+)(?!\w)"
    return regex.compile(rf"(?<!\w)(?:{digit}[\s,-]{{1,3}}+){{{LEAST_DIGITS - 1},30}}{digit}")


@lru_cache(maxsize=1)
def _spelled() -> tuple[regex.Pattern[str], ...]:
    """Of each language by itself: what is a dot in one is a point to make in another."""
    patterns: list[regex.Pattern[str]] = []
    for language in languages():
        if "dot" not in language:
            continue
        word = any_of(language["dot"])
        at = any_of(language["at"]) if "at" in language else "@"
        dot = rf"(?:\s?[(\[]{word}[)\]]\s?|\s{word}\s)"
        spelled = (
            rf"(?<!\w)\w[\w.+-]{{0,40}}+(?:{dot}[\w.+-]{{1,40}}+){{0,3}}"
            rf"(?:\s?(?:@|[(\[]{at}[)\]])\s?|\s{at}\s)[\w-]{{1,40}}+(?:{dot}[\w-]{{1,40}}+){{1,3}}"
        )
        patterns.append(regex.compile(spelled))
    return tuple(patterns)


@lru_cache(maxsize=1)
def _introductions() -> tuple[tuple[list[str], Callable[[], regex.Pattern[str]]], ...]:
    """Of each language: what stands before a name, and how to get the pattern."""
    return tuple(
        (language["name"]["before"], lru_cache(partial(_named, **language["name"])))
        for language in languages()
        if "name" in language
    )


def _named(
    before: list[str], letters: str, words: int, stop: list[str], longest: int = 0
) -> regex.Pattern[str]:
    """A name after its introduction; with `longest` in a language that has no spaces."""
    scripts = "".join(rf"\p{{{one}}}" for one in letters.split("|"))
    end = any_of(stop)
    letter = rf"(?!{end})[{scripts}]" if longest else rf"[{scripts}\p{{M}}'’-]"
    word = rf"(?!{end}(?![{scripts}\p{{M}}]))(?:{letter}){{2,{longest or LONGEST_NAME}}}+"
    return regex.compile(
        rf"(?<![{scripts}]){any_of(before)}(?:\s?[:：]\s?|\s){{0,2}}"
        rf"(?P<name>{word}(?:[\s・·]{word}){{0,{words - 1}}})"
    )
