"""What a catalogue in English calls its attributes and their usual values, in the language that is spoken.

A shop's own words win: what stands in the catalogue in the customer's language, or in none of these lists, stays as it is.
"""

from functools import cache
from pathlib import Path

from ruamel.yaml import YAML

from bot.spoken import ENGLISH, spoken
from recommender.language.concepts import concepts, languages

FOLDER = Path(__file__).resolve().parent
KINDS = ("colours", "features", "audience")  # of concepts, that values stand for


def name_said(name: str) -> str:
    """An attribute's name: "Gewicht" for "weight"."""
    return _listed(spoken(), "names").get(_plain(name), name)


def value_said(value: str) -> str:
    """A value, or several with commas between: "recyceltes Nylon" for "recycled nylon", "noir, crème" for "black, cream"."""
    return ", ".join(_value(part, spoken()) for part in value.split(", "))


def colour_said(colour: str) -> str:
    """A colour, which may be called as a material is: "silver"."""
    own = _listed(spoken(), "colours").get(_plain(colour))
    return own or _forms(spoken(), "colours").get(_plain(colour), colour)


def _value(value: str, language: str) -> str:
    for what in ("values", "colours"):
        if found := _listed(language, what).get(_plain(value)):
            return found
    for kind in KINDS:
        if found := _forms(language, kind).get(_plain(value)):
            return found
    return value


@cache
def _listed(language: str, what: str) -> dict[str, str]:
    file = FOLDER / f"{language}.yml"
    if not file.exists():
        return {}
    tree = YAML(typ="safe").load(file)
    return {str(english): str(own) for english, own in tree.get(what, {}).items()}


@cache
def _forms(language: str, kind: str) -> dict[str, str]:
    """What each English form of a concept is called; without forms that are words of the language, too."""
    if language == ENGLISH or language not in languages():
        return {}
    own = concepts(language)[kind]
    known = {_plain(str(form)) for forms in own.values() for form in forms}
    return {
        _plain(str(form)): str(own[concept][0])
        for concept, forms in concepts(ENGLISH)[kind].items()
        for form in [concept, *forms]
        if own.get(concept) and _plain(str(form)) not in known
    }


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
