"""Numbers with what they count: "4 people", "28 l", "at least 500 ml", in attributes and requests."""

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from recommender.language.words import FOLLOWING, plural, singular
from recommender.request.prices import CURRENCY, number

# A unit: the one that it is compared in, how many of that it is, and its other names.
UNITS = {
    "l": ("l", 1.0, ["litre", "litres", "liter", "liters", "ltr"]),
    "cl": ("l", 0.01, ["centilitre", "centilitres"]),
    "ml": ("l", 0.001, ["millilitre", "millilitres", "milliliter", "milliliters"]),
    "kg": ("kg", 1.0, ["kilo", "kilos", "kilogram", "kilograms"]),
    "g": ("kg", 0.001, ["gram", "grams", "gr"]),
    "m": ("m", 1.0, ["metre", "metres", "meter", "meters"]),
    "cm": ("m", 0.01, ["centimetre", "centimetres", "centimeter", "centimeters"]),
    "mm": ("m", 0.001, ["millimetre", "millimetres", "millimeter", "millimeters"]),
    "inch": ("m", 0.0254, ["inches"]),
    "people": (
        "people",
        1.0,
        ["person", "persons", "man", "adults", "players", "player", "seats", "sleeps"],
    ),
    "age": ("age", 1.0, ["ages", "alter", "leeftijd", "edad", "âge"]),
}
NAMES = {name: unit for unit, (_, _, others) in UNITS.items() for name in (unit, *others)}
PEOPLE, AGE = "people", "age"
AT_LEAST, AT_MOST = "at least", "at most"

_NO_UNIT = re.compile(rf"{'|'.join(FOLLOWING)}|{CURRENCY}", re.I)  # "20 max", "20 euros"
_WORDS = "one|two|three|four|five|six|seven|eight|nine|ten|twelve|fifteen|twenty|thirty|forty|fifty"
_FEATURE = re.compile(r"(?:(at least|at most) )?(\d{1,6}(?:[.,]\d{1,2})?)[\s-]?(\D{1,30})")
_DIGITS = r"\d{1,6}(?:[.,]\d{1,2})?"
_MORE, _LESS = "bigger|larger|longer|heavier", "smaller|shorter|lighter"
_SAID = re.compile(
    rf"(?:\b(?P<least>at least|min(?:imum)?(?: of)?|no less than|not under|over|(?:more|{_MORE}) than)\s"
    rf"|\b(?P<most>at most|max(?:imum)?(?: of)?|no more than|not over|up to|under|below|(?:less|{_LESS}) than)\s)?"
    rf"(?<![\w.,'’/-])(?:(?:between\s)?(?P<low>{_DIGITS})(?:\s?[-–]\s?|\s(?:to|and|or)\s))?"
    rf"(?P<number>{_DIGITS}|{_WORDS})(?P<plus>\+?)[\s-]?"
    rf"(?P<unit>[a-z]+(?![\w'’])|[\"”])(?:\sor (?:(?P<up>more|{_MORE})|(?P<down>less|{_LESS}))\b)?",
    re.I,
)
_FOR_SO_MANY = re.compile(
    r"\b(?:for|family of)\s(?P<number>two|three|four|five|six|seven|eight|[2-8])(?: of us)?"
    r"(?=\s*(?:[.,;:!?)](?!\d)|$|please\b|pls\b))",
    re.I,
)
_OF_AGE = re.compile(
    rf"\b(?P<number>\d{{1,2}}|{_WORDS})[\s-]?(?:(?:years?|yrs?)[\s-]?olds?|y/?o)\b"
    rf"|\b(?:turn(?:s|ing)|aged?|ages)\s(?P<turned>\d{{1,2}}|{_WORDS})\b"
    rf"|\b(?:s?he(?:['’]?s|\sis)|who(?:['’]s|\sis))\s(?:only\s|just\s)?(?P<is>\d{{1,2}}|{_WORDS})(?=\s*(?:[.,;!?]|$|and\b|so\b))",
    re.I,
)
_FRONT = 20  # characters before a number in which a person may stand
_OF_A_PERSON = re.compile(r"\b(?:i['’]?m|i am|s?he(?:['’]s| is))\s(?:about\s|only\s)?$", re.I)


class Measure(NamedTuple):
    """An amount in the unit that it is compared in; `bound` is AT_LEAST, AT_MOST or empty."""

    amount: float
    unit: str
    bound: str = ""


class Said(NamedTuple):
    """A measure in a text: its place, and the feature to filter by, empty where it is none."""

    start: int
    end: int
    feature: str


Known = Mapping[str, Mapping[float, Iterable[str]]]  # unit -> amount -> features of a catalogue


@lru_cache(maxsize=4096)
def measure(feature: str) -> Measure | None:
    """The measure that a feature is ("4 people", "at least 0.5 l"), or None."""
    found = _FEATURE.fullmatch(feature.lower())
    words = re.findall(r"[a-z]+", found[3]) if found else []
    known = next((NAMES[word] for word in words if word in NAMES), None)
    if found is None or (known is None and (len(words) != 1 or _NO_UNIT.fullmatch(words[0]))):
        return None
    unit, size = UNITS[known][:2] if known else (singular(words[0]), 1.0)
    return Measure(round(number(found[2]) * size, 6), unit, found[1] or "")


def meets(wanted: str, had: str) -> bool:
    """Whether a feature of a product is a wanted one, or measures as much: "500 ml" for "0.5 l"."""
    if wanted == had:
        return True
    asked, given = measure(wanted), measure(had)
    if asked is None or given is None or asked.unit != given.unit:
        return False
    if asked.bound == AT_LEAST:
        return given.amount >= asked.amount
    return given.amount <= asked.amount if asked.bound else given.amount == asked.amount


def distance(wanted: str, features: Iterable[str]) -> float:
    """How far the nearest of a product's features is from a wanted measure: |ln| of their ratio.

    0 when it is met; infinite when the product says nothing in this unit.
    """
    asked = measure(wanted)
    assert asked is not None
    nearest = math.inf
    for one in features:
        given = measure(one)
        if given and given.unit == asked.unit and given.amount and asked.amount:
            ratio = abs(math.log(given.amount / asked.amount))
            nearest = min(nearest, 0.0 if meets(wanted, one) else ratio)
    return nearest


def known_measures(features: Iterable[str]) -> dict[str, dict[float, list[str]]]:
    """The features that are measures, by unit and amount."""
    known: dict[str, dict[float, list[str]]] = {}
    for feature in features:
        one = measure(feature)
        if one:
            known.setdefault(one.unit, {}).setdefault(one.amount, []).append(feature)
    return known


def alike(wanted: str, known: Known) -> set[str]:
    """The features of a catalogue that meet a wanted one."""
    asked = measure(wanted)
    if asked is None:
        return {wanted}
    amounts = known.get(asked.unit, {})
    return {wanted, *(one for each in amounts.values() for one in each if meets(wanted, one))}


def said_measures(text: str, known: Known) -> Iterator[Said]:
    """The measures in a text in the units of a catalogue.

    Of units that aren't in `UNITS`, such as pockets, an amount that no product has is no feature:
    it may be how many someone wants to buy.
    """
    for found in _SAID.finditer(text):
        said = found["unit"].lower()
        name = NAMES.get("inch" if said in '"”' else said)
        unit = name or (said if len(said) < 4 else plural(singular(said)))
        if found["number"].isalpha() and (name is None or found[0].lower() == "one man"):
            continue  # a one-piece swimsuit
        wanted = [f"{bound}{number(amount):g} {unit}" for bound, amount in _bounds(found, unit)]
        asked = [one for one in map(measure, wanted) if one and one.unit in known]
        if not asked:
            continue
        exact = asked[0].amount in known[asked[0].unit]
        phone = re.search(r"\b\dg\b", found[0], re.I)  # "a 5G phone"
        told = exact or (name is not None and not phone) or bool(asked[0].bound)
        told = told and not _OF_A_PERSON.search(
            text[max(0, found.start() - _FRONT) : found.start()]
        )
        for one in wanted:
            yield Said(found.start(), found.end(), one if told else "")
    if AGE in known:
        for found in _OF_AGE.finditer(text):
            said = found["number"] or found["turned"] or found["is"]
            yield Said(*found.span(), f"{number(said):g} {AGE}")
    if PEOPLE in known:
        for found in _FOR_SO_MANY.finditer(text):
            yield Said(*found.span(), f"{number(found['number']):g} {PEOPLE}")


def _bounds(found: re.Match, unit: str) -> list[tuple[str, str]]:
    """The bounds of what was said, each with a space behind it or empty, and their amounts."""
    if found["low"]:
        return [(f"{AT_LEAST} ", found["low"]), (f"{AT_MOST} ", found["number"])]
    if found["least"] or found["plus"] or found["up"]:
        return [(f"{AT_LEAST} ", found["number"])]
    if found["down"] or (found["most"] and unit != PEOPLE):  # a tent for up to four is one for four
        return [(f"{AT_MOST} ", found["number"])]
    return [("", found["number"])]
