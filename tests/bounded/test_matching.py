"""The counting matcher finds what the engines find, and sees what backtracks."""

import re

import pytest
import regex

from tests.bounded.matching import Counter, Matcher, tried

PATTERNS = [
    re.compile(r"a|ab|(?:abc)+?d", re.I),
    re.compile(r"^\W*(?:yes|no)\b", re.M),
    re.compile(r"(?<![\w.+-])[\w.+-]++@[\w-]++(?:\.[\w-]+)+"),
    re.compile(r"(?:[ab]{1,2}?c)*$"),
    re.compile(r"\b(?>a+)b?(?!c)"),
    re.compile(r"[^\W\d_]{2,}"),
    re.compile(r"(?P<sign>[ab])(?:c|(?P=sign))?(?P=sign)"),
    re.compile(r"(?:(a|b)\1?)+c"),
    re.compile(r"(?:(?:ab?|b)+?c){2,}"),
    re.compile(r"(?:(?<=a)b|(?<!b)a(?=a|b)){2,3}"),
    re.compile(r"(?>(?:ab|a)+)b|(?:a(?:b|c)*+){2}"),
    regex.compile(r"\p{Lu}[\p{L}'’.-]{0,4}+(?:\s\p{Lu}\p{Ll}*){0,2}"),
    regex.compile(r"(?i:\bmy\s)(?P<name>\p{Lu}+)|(?P<name>\p{Han})"),
]
TEXTS = ["", "abcd ABCABCD abab\nno, yes!", "mail a.b@c-d.example.org. a@b", "aabcabc", "Anna De Vries",
         "my ANNA 王", "aab aac aa", "\n\nno\nYes", "été ١٢"]  # fmt: skip


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda one: one.pattern)
def test_it_finds_what_the_engine_finds(pattern) -> None:
    matcher = Matcher(pattern)
    for text in TEXTS:  # `tried` compares each place
        found = [one.span() for one in tried(pattern, matcher, Counter(), text, 0, len(text))]
        assert found == [one.span() for one in pattern.finditer(text)]


def steps(pattern: str, text: str) -> int:
    compiled, counter = re.compile(pattern), Counter()
    list(tried(compiled, Matcher(compiled), counter, text, 0, len(text)))
    return counter.steps


@pytest.mark.parametrize(
    ("slow", "fast", "piece"),
    [
        (r"\w+@", r"(?<!\w)\w++@", "a"),
        (r"\s+and\b", r"(?<!\s)\s++and\b", " "),
        (r"www\.\S*=", r"www\.\S*+", "www."),
        (r"^\W*(?:.*it)", r"^\W*+(?:.*it)", "!"),
    ],
)
def test_time_that_grows_with_the_square_is_seen(slow: str, fast: str, piece: str) -> None:
    short, long = piece * 100, piece * 200
    assert steps(slow, long) > 3.5 * steps(slow, short)
    assert steps(fast, long) < 2.5 * steps(fast, short)
