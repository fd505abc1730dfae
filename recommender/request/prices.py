"""Price ranges in what customers say: "between 20 and 30", "max fifty euros", "about £1,000"."""

import re
from collections.abc import Collection, Iterator
from typing import NamedTuple

from recommender.language.bounds import Taken
from recommender.language.words import goes_on

AROUND_SHARE = 0.25  # "around 40" means 30 to 50
UNITS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
    "seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40,
    "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
}  # fmt: skip

_TENS = "|".join(word for word, value in UNITS.items() if value >= 20)
_ONES = "|".join(word for word, value in UNITS.items() if value < 10)
_BELOW_100 = rf"(?:(?:{_TENS})(?:[\s-](?:{_ONES}))?|{'|'.join(UNITS)})"
_HUNDREDS = rf"(?:{_BELOW_100}|a)\shundred(?:\s(?:and\s)?{_BELOW_100}\b)?"
_WORD = (
    r"(?=[aefnost])"  # as they begin: most words and all digits are passed over at once
    rf"(?:(?:{_HUNDREDS}|{_BELOW_100}|a)\sthousand(?:\s(?:and\s)?(?:{_HUNDREDS}|{_BELOW_100})\b)?|"
    rf"{_HUNDREDS}|(?:{_TENS})(?:[\s-](?:{_ONES}))?|ten|fifteen)"
)
_DIGITS = r"(?:\d{1,3}(?:[.,’ ]\d{3})+(?:[.,]\d{1,2})?|\d{1,6}(?:[.,]\d{1,2})?\s?k?)(?![\d-])"
_SIGN = r"[€$£¥₹]"
_NAME = (
    r"(?:euros?|eur|dollars?|usd|bucks|pounds?|gbp|quid|francs?|chf|kronor|kroner|sek|dkk|nok|yen|"
    r"zl|zloty|pln|cny|rmb|yuan)\b"
)
CURRENCY = rf"(?:{_SIGN}|{_NAME})"
_NUMBER = rf"((?:{_DIGITS}|{_WORD}\b))(?!\w)"
AMOUNT = rf"(?:{_SIGN}\s?)?{_NUMBER}(?:\s?{CURRENCY})?"
MARKED = rf"(?:{_SIGN}\s?{_NUMBER}|{_NUMBER}\s?{CURRENCY})"  # with its currency
_DASH = r"\s?(?:-|–|—|to|till|until|and|or)\s?"

RANGES = [
    re.compile(rf"\bbetween\s{AMOUNT}\s?(?:and|to|-|–|&)\s?{AMOUNT}", re.I),
    re.compile(rf"\bfrom\s{AMOUNT}\s(?:to|till|until|up to)\s{AMOUNT}", re.I),
    # "20-30 euros", "€20 to €30", "budget 20-30": one of the two amounts or a word says it is money.
    re.compile(
        rf"(?<![\w.,-])(?:{_SIGN}\s?)?((?:\d{{1,6}}(?:[.,]\d{{1,2}})?))(?:\s?{CURRENCY})?"
        rf"\s?{_DASH}{MARKED}",
        re.I,
    ),
    re.compile(rf"{_SIGN}\s?((?:\d{{1,6}}(?:[.,]\d{{1,2}})?)){_DASH}{AMOUNT}", re.I),
    re.compile(
        rf"\b(?:budget|price|range|spend)(?:\s(?:is|of|range))?:?\s"
        rf"(\d{{1,6}}(?:[.,]\d{{1,2}})?){_DASH}{AMOUNT}",
        re.I,
    ),
]
UPPER = re.compile(
    r"(?<!not )(?<!no )(?:\b(?:under|below|beneath|less than|cheaper than|no more than|not more than|not over|"
    r"not above|nothing over|nothing above|(?:can(?:'?t|not) go|without going) (?:over|above|beyond)|"
    r"(?:no|not) more expensive than|don'?t want to (?:spend|pay) (?:more than|over)|up to|"
    r"at most|max(?:imum)?(?: price)?(?: of| is)?|within|upto|i (?:only )?have(?: only)?|"
    r"i'?ve (?:only )?got|limit (?:is|of))|<=?|≤)\s?"
    rf"{AMOUNT}",
    re.I,
)
BUDGET = re.compile(
    r"\b(?:budget(?: is| of|'s)?|(?:can|could|to|wanna|willing to) (?:spend|pay)|spending|"
    rf"(?:price )?limit):?\s(?:(?:around|about|roughly|like|max|up to)\s)?{AMOUNT}",
    re.I,
)
LOWER = re.compile(
    r"(?:\b(?:over|above|more than|at least|min(?:imum)?(?: of)?|from|starting (?:at|from)|"
    rf"upwards of|not under|not below|no less than)|>=?|≥)\s?{AMOUNT}",
    re.I,
)
AROUND = re.compile(
    r"(?:\b(?:around|about|roughly|approximately|approx\.?|circa|ca\.?|something like|in the region of)|~)\s?"
    rf"{AMOUNT}",
    re.I,
)
UPPER_AFTER = re.compile(
    rf"{AMOUNT}\s?(?:max(?:imum)?|or less|or under|or below|or cheaper|tops|at (?:the )?most|to spend|limit|budget)\b",
    re.I,
)
LOWER_AFTER = re.compile(
    rf"{AMOUNT}\s?(?:\+(?!\s*\d)|or more|and up|and above|or above|minimum|upwards)", re.I
)
AROUND_AFTER = re.compile(
    rf"{AMOUNT}\s?(?:ish\b|or so\b|or thereabouts\b)|\b(\d{{1,5}})ish\b", re.I
)
BARE = re.compile(rf"(?<![\w.,-]){MARKED}", re.I)
NOT_MONEY = re.compile(
    r"\s?-?(?:years?|yrs?|months?|weeks?|days?|hours?|minutes?|mins?|cm|mm|m|km|kg|g|l|ml|inch(?:es)?|"
    r"gb|tb|mb|w|watts?|volts?|v|people|persons?|man|pieces?|pcs|items?|of them|%|st|nd|rd|th|am|pm|"
    r"o'?clock|degrees|°|times?|pairs?|mugs?|bottles?|orders?|lit(?:re|er)s?|grams?|kilos?|"
    r"met(?:re|er)s?|lumens?|lm|pages?)(?!\w)",
    re.I,
)
# "20 - 45": money when nothing says that it is something else.
BARE_RANGE = re.compile(
    r"(?<![\w.,/#:-])([1-9]\d{0,4}(?:[.,]\d{1,2})?)(?:\s?[-–—]\s?|\sto\s)"
    r"([1-9]\d{0,4}(?:[.,]\d{1,2})?)(?![\w/:%°-]|[.,]\d|\s?[-–—]\s?\d)",
    re.I,
)
LEAST_WIDTH, LEAST_RATIO, MOST_RATIO = 5, 1.07, 20  # of such a range: no "2-4", "98-104", "1-100"
YEARS = range(1900, 2100)
BEFORE_A_RANGE = re.compile(
    r"(?:[,;:.!?()]|\s[-–—]|\b(?:for|about|around|roughly|maybe|say|or|and|prices?|priced|costs?|"
    r"costing|budget|spend|pay|gifts?|presents?|something|anything|ones?|possible|please|within))\s*$",
    re.I,
)
RANGE_FOLLOWS = re.compile(r"\s+(?:price\s+)?range\b", re.I)


class PriceMention(NamedTuple):
    """A price range in a text: its place, and the bounds that are known."""

    start: int
    end: int
    low: float | None
    high: float | None


def price_mentions(text: str) -> list[PriceMention]:
    """All price ranges of a text, none overlapping; the pattern that says most comes first."""
    found: list[PriceMention] = []
    taken = Taken(text)
    for match, low, high in _candidates(text):
        if taken.free(*match.span()) and not NOT_MONEY.match(text, match.end()):
            end = match.start() + len(match[0].rstrip())
            found.append(PriceMention(match.start(), end, low, high))
            taken.take(match.start(), end)
    return sorted(found)


def bare_ranges(text: str, wishes: Collection[int]) -> list[PriceMention]:
    """The price ranges without a currency or a word for money: "red mugs, 20 - 45".

    `wishes` are the places where something ends that is wanted, so that a price may follow. What
    is counted ("20-45 days"), numbered ("page 20-45") or dated ("on 10-12") is no price.
    """
    found = []
    for match in BARE_RANGE.finditer(text):
        low, high = number(match[1]), number(match[2])
        wide = high - low >= LEAST_WIDTH and LEAST_RATIO * low <= high <= MOST_RATIO * low
        if not wide or low < LEAST_WIDTH or (low in YEARS and high in YEARS):
            continue
        before = text[: match.start()].rstrip()
        named = RANGE_FOLLOWS.match(text, match.end())
        if named or not goes_on(text, match.end()):
            place = len(before)
            if named or not place or place in wishes or BEFORE_A_RANGE.search(before[-20:]):
                found.append(PriceMention(*match.span(), low, high))
    return found


def _candidates(text: str) -> Iterator[tuple[re.Match, float | None, float | None]]:
    for pattern in RANGES:
        for match in pattern.finditer(text):
            low, high = sorted(number(group) for group in match.groups() if group)[:2]
            yield match, low, high
    for pattern in (UPPER, BUDGET, UPPER_AFTER):
        for match in pattern.finditer(text):
            yield match, None, _amount(match)
    for pattern in (AROUND, AROUND_AFTER):
        for match in pattern.finditer(text):
            amount = _amount(match)
            yield match, amount * (1 - AROUND_SHARE), amount * (1 + AROUND_SHARE)
    for pattern in (LOWER, LOWER_AFTER):
        for match in pattern.finditer(text):
            yield match, _amount(match), None
    for match in BARE.finditer(text):  # "a jacket for 100 euros"
        amount = _amount(match)
        yield match, amount * (1 - AROUND_SHARE), amount * (1 + AROUND_SHARE)


def _amount(match: re.Match) -> float:
    return number(next(group for group in match.groups() if group))


def number(text: str) -> float:
    """The value of an amount as it is written: "1,000", "1.299,50", "2k", "fifty-five"."""
    text = text.lower().strip()
    if text[0].isalpha():
        return _spoken(text)
    thousand = 1000 if text.endswith("k") else 1
    digits = re.sub(r"[k’ ]", "", text)
    whole, decimals = digits, ""
    last = re.search(r"[.,](\d{1,2})$", digits)
    if last:
        whole, decimals = digits[: last.start()], last[1]
    return float(f"{re.sub('[.,]', '', whole)}.{decimals or 0}") * thousand


def _spoken(text: str) -> float:
    """ "one thousand two hundred and fifty": each scale multiplies what stands before it."""
    whole, part = 0, 0
    for word in re.split(r"[\s-]+", text):
        if word == "thousand":
            whole, part = (part or 1) * 1000, 0
        elif word == "hundred":
            part = (part or 1) * 100
        else:
            part += UNITS.get(word, 0)  # "a", "and"
    return float(whole + part)
