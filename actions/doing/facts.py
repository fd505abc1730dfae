"""What the catalogue says to a question about a product, or that it says nothing."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np

from actions.backends import get_embedder
from actions.doing.selection import attribute_names, own_values, unit_names
from actions.doing.vocabulary import attributes_with
from recommender.language.words import canonical_colour, colour_family, size_key
from recommender.product import Product
from recommender.search.amounts import amount_in, called
from recommender.search.titles import plain, stem, stems, tokens

SHORTEST = 4  # letters of a word that another may begin with
ABOUT = "about"  # as an attribute: what the catalogue says of a product at all
MEASURES = ("length", "size", "weight", "capacity", "duration", "power")
TIMES = ("h", "min")  # units
NEAR = 0.5  # the cosine from which a line of the catalogue answers a question that shares no word with it
_SENTENCES = re.compile(r"(?<=[.!?;])\s+")
_UNIT = re.compile(r"(?<![\w.,])\d[\d.,]{0,12}\s?([^\W\d_]{1,14}[²³]?)")
_DIGIT = re.compile(r"\d")
YES, NO = ("yes", "true"), ("no", "false")  # as values of attributes


class Verdict(Enum):
    """What the catalogue says to whether something is so."""

    YES = "yes"
    NO = "no"
    SAID = "said"  # something about it that is neither
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Asked:
    """What is asked of products: attributes by name, values, and the words that are left.

    `attributes` are keys of the lexicon's list; `colours`, `sizes` and `features` as the recommender reads them;
    `text` is the question without the products' names.
    """

    attributes: tuple[str, ...] = ()
    colours: tuple[str, ...] = ()
    sizes: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    text: str = ""
    about: tuple[str, ...] = ()  # those words that stand in the question itself
    units: tuple[str, ...] = ()  # in which an amount is asked for
    options: tuple[str, ...] = ()  # those words of which one may be so: "matt or gloss"

    def __bool__(self) -> bool:
        valued = self.colours or self.sizes or self.features
        return bool(self.attributes or valued or self.words or self.units)


@dataclass(frozen=True)
class Fact:
    """What is known of one product to one question: `name` and `value` as the catalogue has them.

    `told` is how it is said, where it isn't by these alone.
    """

    product: Product
    verdict: Verdict
    name: str = ""
    value: str = ""
    told: str = ""


def facts(product: Product, asked: Asked) -> list[Fact]:
    """Each part of a question answered for one product; one fact that is unknown when nothing is."""
    found = [
        _among(product, "colour", colour, product.colours, colour_keys=True)
        for colour in asked.colours
    ]
    found += [_among(product, "size", size, product.sizes) for size in asked.sizes]
    own = stems(f"{product.title} {product.category}")
    words = [*asked.features, *asked.words]
    others = [word for word in words if not stems(word) <= own]
    if others or asked.attributes:
        words = others  # what its title says is which it is, and not what is asked
    for attribute in asked.attributes:
        if (attribute == "colour" and asked.colours) or (attribute == "size" and asked.sizes):
            continue
        of_it = _attribute(product, attribute)
        if attribute in MEASURES and words and (part := _of_part(product, words)):
            of_it = [part]  # "how long is the blade": not how long it is itself
        if attribute == "duration" and of_it[0].verdict is Verdict.UNKNOWN:
            of_it = _in_units(product, TIMES) or of_it  # "assembly: 45 min"
        found += of_it
    if in_units := _in_units(product, asked.units):
        found = [one for one in found if one.verdict is not Verdict.UNKNOWN] + [
            one for one in in_units if one not in found
        ]
    if words and not (found and not asked.features and _covered(found, words)):
        said = _of_words(product, words, asked)
        if said:  # which says more of an attribute than that it has a value
            found = [
                one for one in found if one.name != said.name or one.verdict is not Verdict.SAID
            ]
            found.append(said)
    known = [one for one in found if one.verdict is not Verdict.UNKNOWN]
    if known and (_beside_it(known, asked) or _without_amount(found)):
        return [Fact(product, Verdict.UNKNOWN), *known]
    return known or found[:1] or [Fact(product, Verdict.UNKNOWN)]


def _in_units(product: Product, units: Sequence[str]) -> list[Fact]:
    """The attributes that a product has an amount of in one of these units: "coverage: 60 m²"."""
    wanted = {plain(name) for unit in units for name in unit_names(unit)}
    return [
        Fact(product, Verdict.SAID, name, value)
        for name, value in product.attributes.items()
        if name != "tags" and wanted & {plain(one) for one in _UNIT.findall(value)}
    ]


def _without_amount(found: Sequence[Fact]) -> bool:
    """Whether an amount is asked for that isn't known, and what is known is a sentence without one."""
    unknown = any(one.verdict is Verdict.UNKNOWN and one.name in MEASURES for one in found)
    known = [one for one in found if one.verdict is not Verdict.UNKNOWN]
    return unknown and not any(one.name or _DIGIT.search(one.value) for one in known)


def _beside_it(known: Sequence[Fact], asked: Asked) -> bool:
    """Whether what is known speaks of less than half of what is asked: of the fabric, but not of claws."""
    about = [*asked.features, *asked.about]
    if not about or any(one.verdict is not Verdict.SAID for one in known):
        return False
    said = f"{' '.join(f'{one.name} {one.value}' for one in known)}"
    heard = [word for word in about if _shared(said, stems(word))]
    return 2 * len(heard) < len(about)


def _of_part(product: Product, words: Sequence[str]) -> Fact | None:
    """The attribute of which the name speaks of a part: "blade length"."""
    asked = set(map(stem, words))
    for name, value in product.attributes.items():
        if _shared(name, asked) and amount_in(value) is not None:
            return Fact(product, Verdict.SAID, name, value)
    return None


def _among(
    product: Product, name: str, wanted: str, had: Sequence[str], colour_keys: bool = False
) -> Fact:
    """Whether a colour or size is among those that a product comes in."""
    if not had and (values := own_values(product, name)):
        had = values
    if not had:
        return Fact(product, Verdict.UNKNOWN, name, wanted)
    if colour_keys:
        own = {canonical_colour(one) for one in had}
        meets = wanted in own | {colour_family(one) for one in own}
    else:
        meets = size_key(wanted) in {size_key(one) for one in had}
    return Fact(product, Verdict.YES if meets else Verdict.NO, name, wanted)


def _attribute(product: Product, attribute: str) -> list[Fact]:
    """What a product says of an attribute that was named."""
    if attribute == ABOUT:
        return [Fact(product, Verdict.SAID, "", product.description or product.title)]
    if attribute in ("price", "stock"):
        return [Fact(product, Verdict.SAID, attribute)]
    values = own_values(product, attribute)
    named = called(product, attribute_names(attribute))
    if named and not (attribute in ("colour", "size", "brand", "kind") and values):
        return [Fact(product, Verdict.SAID, name, value) for name, value in named]
    if values:
        return [Fact(product, Verdict.SAID, attribute, ", ".join(values))]
    return [Fact(product, Verdict.UNKNOWN, attribute)]


def _covered(found: Sequence[Fact], words: Sequence[str]) -> bool:
    """Whether the words that are left say nothing more than what was found."""
    said = stems(" ".join(f"{one.name} {one.value}" for one in found))
    return all(stem(word) in said for word in words)


def _of_words(product: Product, words: Sequence[str], asked: Asked) -> Fact | None:
    """The attribute, or the sentence of the description, that speaks of what was asked."""
    said = {stem(token) for word in words for token, _, _ in tokens(word) if len(token) > 1}
    if not said:
        return None
    options = {stem(one) for one in asked.options} & said
    needed = len(said) - max(0, len(options) - 1)  # of "matt or gloss" one is enough
    best: tuple[float, Fact] | None = None
    for name, value in product.attributes.items():
        if name == "tags":
            continue
        of_name = _shared(name, said)
        of_value = _shared(value, said)
        sure = 2 * len(of_name | of_value) >= needed
        if not of_name and not (of_value and sure):
            continue  # by chance: "below the water line" speaks of no paint's base
        verdict = _verdict(value, bool(of_value)) if sure and not options else Verdict.SAID
        fact = Fact(product, verdict, name, value)
        score = len(of_name) + 1.5 * len(of_value)
        if best is None or score > best[0]:
            best = score, fact
    if best and best[0] >= max(1, needed / 2):
        return best[1]
    sentence = _sentence(product, said, needed)
    if sentence:
        return sentence
    if best:
        return best[1]
    other = None if options else _other_value(product, said)
    return other or _nearest(product, asked.text)


def _verdict(value: str, of_value: bool) -> Verdict:
    plain = value.strip().casefold()
    if plain in YES:
        return Verdict.YES
    if plain in NO:
        return Verdict.NO
    return Verdict.YES if of_value else Verdict.SAID


def _sentence(product: Product, said: set[str], needed: int) -> Fact | None:
    """The sentence of the title and description that has most of the words, half of those `needed` at least."""
    parts = [product.title, *_SENTENCES.split(product.description)]
    scored = [(len(_shared(part, said)), part) for part in parts]
    most, part = max(scored, key=lambda one: one[0], default=(0, ""))
    if most < max(1, needed / 2):
        return None
    return Fact(
        product, Verdict.SAID, "", part if part != product.title else product.description or part
    )


def _other_value(product: Product, said: set[str]) -> Fact | None:
    """What it has instead, where a product has one value of something and the asked one is another's."""
    for name in attributes_with(said):
        for own, value in product.attributes.items():
            if own.casefold() == name and not stems(value) & said:
                return Fact(product, Verdict.NO, own, value)
    return None


def _nearest(product: Product, text: str) -> Fact | None:
    """The line of the catalogue that is nearest in meaning, if it is near."""
    lines: list[tuple[str, str]] = [
        (name, value) for name, value in product.attributes.items() if name != "tags"
    ]
    lines += [("", sentence) for sentence in _SENTENCES.split(product.description) if sentence]
    if not lines or not text.strip():
        return None
    embedder = get_embedder()
    question = embedder.encode_one(text)
    vectors = embedder.encode([f"{name} {value}".strip() for name, value in lines])
    closeness = np.asarray(vectors) @ question
    place = int(closeness.argmax())
    if float(closeness[place]) < NEAR:
        return None
    return Fact(product, Verdict.SAID, *lines[place])


def _shared(text: str, said: set[str]) -> set[str]:
    """Those stems of which a text has a word, perhaps in a longer form: "play" and "players"."""
    words = [word for word, _, _ in tokens(text)]
    return {
        one
        for one in said
        if any(
            stem(word) == one or (len(one) >= SHORTEST and word.startswith(one)) for word in words
        )
    }
