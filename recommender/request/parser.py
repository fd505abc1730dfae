"""What a customer's words say about products: prices, colours, sizes, brands, categories.

spaCy tokenises and matches phrases; the phrases come from the shop's own catalogue, so that a new
catalogue is understood without training.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import Any

from recommender.language.bounds import SHORTEST_PART, Taken, readable
from recommender.language.english import (
    STOP_WORDS,
    Doc,
    Language,
    PhraseMatcher,
    Span,
    filter_spans,
    spacy,
)
from recommender.language.slips import is_real, one_slip_away, sparingly
from recommender.language.words import (
    AMBIGUOUS_COLOURS,
    AUDIENCE_NEEDS_FOR,
    AUDIENCE_PATTERNS,
)
from recommender.request.measures import said_measures
from recommender.request.negation import (
    NEGATION,
    RULING_OUT,
    Ruling,
    ruled_out_behind,
    unwanted_words,
)
from recommender.request.prices import PriceMention, bare_ranges, price_mentions
from recommender.request.sizes import SizeMention, describes, is_range, size_mentions
from recommender.request.vocabulary import Vocabulary

IN_STOCK = re.compile(
    r"\b(?:in stock|on stock|available(?: now| right now| immediately)?|ready to ship)\b", re.I
)
LOWER_PRICE = re.compile(
    r"\b(?:cheaper|less expensive|less pricey|lower priced?|not (?:so|that|as) expensive|"
    r"too (?:expensive|pricey|dear|much)|more affordable|over (?:my )?budget|cheapest)\b",
    re.I,
)
HIGHER_PRICE = re.compile(
    r"\b(?:more expensive|pricier|higher priced?|fancier|more luxurious|higher quality|"
    r"better quality|price doesn'?t matter)\b",
    re.I,
)
FIXED = (
    (IN_STOCK, "in_stock", True),
    (LOWER_PRICE, "price_change", "lower"),
    (HIGHER_PRICE, "price_change", "higher"),
)
CHANGES = {"cheaper": ("price_change", "lower")}  # what is understood with a slip in it, too
AFTERWARDS = STOP_WORDS | {"pls", "thanks", "thx", "tbh", "asap"}  # may follow a colour
OUT_OF_FOCUS = {"price", "size", "in_stock", "price_change", "audience"}
CHAT = re.compile(
    r"\b(?:hi|hello|hey|please|pls|thanks|i'?m|i am|i'?d like|i would like|i want(?: to buy)?|i need|"
    r"(?:am )?looking for|searching for|do you (?:have|sell|stock)|have you got|got any|can you|could you|"
    r"show me|find me|recommend|suggest|something|anything|some|any|a (?:gift|present)|gift|present|"
    r"for (?:my|a|the)(?=\s{2,}|\s*$)|who (?:likes?|loves?)|(?:he|she|they) (?:likes?|loves?)|"
    r"max(?:imum)?|budget|about|around|without|but not|not|no)\b",
    re.I,
)
BEFORE_PEOPLE = re.compile(r"\b(?:for|of|to|as)\s+(?:\w+\s+){0,3}$")
FRONT = 80  # characters before a person in which such a word may stand


@dataclass(frozen=True)
class Mention:
    """A part of a text that says something about products; `end` is exclusive.

    Labels: price (a dict with min and max), colour, size, audience, brand, category, in_stock,
    price_change (lower, higher), and feature: what attributes say ("waterproof", "350 ml"), or
    negated a word that the product must not have.
    """

    start: int
    end: int
    label: str
    value: Any
    negated: bool = False

    def as_entity(self) -> dict[str, Any]:
        """As `Filters.from_entities` and Rasa take it."""
        entity = {"entity": self.label, **asdict(self)}
        del entity["label"]
        if not self.negated:
            del entity["negated"]
        return entity


class QueryParser:
    """Finds the mentions of a catalogue's vocabulary in what customers say."""

    def __init__(self, vocabulary: Vocabulary | None = None) -> None:
        self.vocabulary = vocabulary or Vocabulary.empty()
        self._nlp = _tokenizer()
        self._matcher = PhraseMatcher(self._nlp.vocab, attr="LOWER")
        self._values = {
            "brand": self.vocabulary.brands,
            "category": self.vocabulary.categories,
            "colour": self.vocabulary.colours,
            "feature": self.vocabulary.features,
        }
        for label, names in self._values.items():
            self._matcher.add(label, [self._nlp.make_doc(name) for name in names])
        self._remembered = lru_cache(maxsize=64)(self._mentions)  # a turn asks more than once
        colours, kinds = self.vocabulary.colours, self.vocabulary.categories
        self._meant = {  # by words that are long enough to be known with a slip
            name: meant
            for name, meant in (
                *CHANGES.items(),
                *((name, ("colour", value)) for name, value in colours.items()),
                *((name, ("category", value)) for name, value in kinds.items()),
            )
            if name.isalpha() and len(name) >= 5 and name not in AMBIGUOUS_COLOURS
        }

    def mentions(self, text: str) -> list[Mention]:
        """All mentions in a text, in order, none overlapping another of its label."""
        return list(self._remembered(text))

    def _mentions(self, text: str) -> list[Mention]:
        text = readable(text)
        doc = self._nlp.make_doc(text)
        sizes = list(size_mentions(text, self.vocabulary.sizes))
        measures = list(said_measures(text, self.vocabulary.measures))
        found = [*_prices(text, [*sizes, *measures]), *self._audiences(text), *_fixed(text)]
        found += [Mention(one.start, one.end, "size", one.size) for one in sizes]
        found += self._names(doc, found)
        features = [Mention(a, b, "feature", said) for a, b, said in measures if said]
        people = [one for one in found if one.label == "audience"]  # "a five year old" is both
        found += _apart(text, features, [one for one in found if one not in people])
        found += _apart(text, self._misspelt(doc), found)
        found = self._without_sizes_of_things(text, _with_bare_ranges(text, found), sizes)
        ruling = Ruling(doc, sorted((m.start, m.end, m.label) for m in found))
        found = [
            replace(m, negated=ruling.rules_out(m.start, m.end, m.label))
            for m in found
            if not (m.label == "category" and ruling.used(m.start))  # not my cup of tea
        ]
        found += _apart(text, self._unwanted(text), found)
        return sorted(found, key=lambda m: (m.start, m.end))

    def focus(self, text: str) -> str:
        """What of a request says what the product is like: without prices, sizes, people and chat.

        Filters see to those; in an embedding they only draw the query towards other requests.
        """
        kept = list(text)
        for one in self.mentions(text):
            if one.negated or one.label in OUT_OF_FOCUS:
                kept[one.start : one.end] = " " * (one.end - one.start)
        said = " ".join(CHAT.sub(" ", "".join(kept)).split()).strip(" ,;:.!?-")
        return said if re.search(r"[^\W\d_]{3,}", said) else text

    def _names(self, doc: Doc, found: list[Mention]) -> list[Mention]:
        """The catalogue's names; a category may hold whom it is for: "women's shoes"."""
        whom = {(m.start, m.end) for m in found if m.label == "audience"}  # one at most
        taken = _taken(doc.text, found)
        others = Taken(doc.text, [(m.start, m.end) for m in found if (m.start, m.end) not in whom])
        names = []
        for one in self._phrases(doc):
            inside = {(a, b) for a, b in whom if one.start <= a and b <= one.end}
            longer = one.label == "category" and inside and (one.start, one.end) not in inside
            if (others if longer else taken).free(one.start, one.end):
                names.append(one)
        return names

    def _without_sizes_of_things(
        self, text: str, found: list[Mention], sizes: list[SizeMention]
    ) -> list[Mention]:
        """Neither a size that describes a product is one to wear, nor a range of sizes a price."""
        kinds = sorted(m.start for m in found if m.label == "category")
        describing = {one.start for one in sizes if describes(text, one, kinds)}
        known = self.vocabulary.sizes
        return [
            m
            for m in found
            if not (m.label == "size" and m.start in describing)
            and not (m.label == "price" and is_range(text[m.start : m.end], known))
        ]

    def _phrases(self, doc: Doc) -> Iterator[Mention]:
        spans = filter_spans(
            [
                span
                for span in (*self._matcher(doc, as_spans=True), *self._kinds_written_apart(doc))
                if not (span.label_ == "brand" and self._ordinary(doc, span))
            ]
        )
        kinds = {span.start for span in spans if span.label_ == "category"}
        ends = {span.end for span in spans if span.label_ == "category"}
        used = self.vocabulary.used_colours
        for span in spans:
            name = span.text.lower()
            if span.label_ == "category" and name not in self.vocabulary.categories:
                name = _together(span)
            if span.label_ == "colour" and name in AMBIGUOUS_COLOURS:
                as_colour = self._values["colour"][name] in used and (
                    span.end in kinds or _after_a_kind(doc, span, ends) or _ruled_out(doc, span)
                )
                if not as_colour and not _colour_like(doc, span):
                    continue
            yield Mention(
                span.start_char, span.end_char, span.label_, self._values[span.label_][name]
            )

    def _kinds_written_apart(self, doc: Doc) -> Iterator[Span]:
        """Two words, also with a hyphen, that the catalogue's kinds write as one: "foot stools", "book-shelf"."""
        words = [token for token in doc if token.text != "-"]
        for one, other in pairwise(words):
            span = doc[one.i : other.i + 1]
            if min(len(one), len(other)) >= SHORTEST_PART and one.is_alpha and other.is_alpha:
                if _together(span) in self.vocabulary.categories:
                    yield Span(doc, span.start, span.end, label="category")

    def _ordinary(self, doc: Doc, span: Any) -> bool:
        """Whether a brand that is an ordinary word is used as one here."""
        if span.text.lower() not in self.vocabulary.ordinary_brands:
            return False
        before = doc[span.start - 1].lower_ if span.start else ""
        return not (before in {"by", "from", "brand"} or (span.start and span.text[0].isupper()))

    def _misspelt(self, doc: Doc) -> Iterator[Mention]:
        """Words one slip away from a category, a colour or "cheaper", unless the catalogue uses them."""
        nearest = sparingly(self._nearest)
        for token in doc:
            word = token.lower_
            if len(word) < 5 or not word.isalpha() or token.is_stop:
                continue
            if word in self.vocabulary.words or is_real(word):
                continue
            meant = self._meant.get(nearest(word))
            if meant:
                yield Mention(token.idx, token.idx + len(token.text), *meant)

    def _nearest(self, word: str) -> str:
        """What is meant by a word with a slip in it, or the word."""
        near = [one for one in one_slip_away(word) if one in self._meant and one[0] == word[0]]
        return min(near, default=word)

    def _audiences(self, text: str) -> Iterator[Mention]:
        """Whom it is for; a request for boys and girls is one for kids."""
        found: dict[str, Mention] = {}
        for audience, pattern in AUDIENCE_PATTERNS:
            for match in pattern.finditer(text):
                bare = match[0].lower() in AUDIENCE_NEEDS_FOR
                before = text[max(0, match.start() - FRONT) : match.start()].lower()
                if bare and not BEFORE_PEOPLE.search(before):
                    continue
                found.setdefault(audience, Mention(*match.span(), "audience", audience))
        if {"girls", "boys"} <= set(found):
            found = {"kids": replace(found["girls"], value="kids")}
        yield from list(found.values())[:1]

    def _unwanted(self, text: str) -> Iterator[Mention]:
        for start, end in unwanted_words(text):
            word = text[start:end].lower()
            if word in self.vocabulary.words and word not in STOP_WORDS:
                yield Mention(start, end, "feature", word, True)


@lru_cache(maxsize=1)
def _tokenizer() -> Language:
    """One for all parsers: making it takes half a second."""
    return spacy.blank("en")


def _prices(text: str, others: Iterable[Any]) -> Iterator[Mention]:
    """Prices; `others` are sizes and measures: "size 36 250 euros", "under 2 litres"."""
    for one in others:
        text = text[: one.start] + " " * (one.end - one.start) + text[one.end :]
    return map(_price, price_mentions(text))


def _fixed(text: str) -> Iterator[Mention]:
    """What is said in the same words whatever the shop sells."""
    for pattern, label, value in FIXED:
        for match in pattern.finditer(text):
            yield Mention(*match.span(), label, value)


def _with_bare_ranges(text: str, found: list[Mention]) -> list[Mention]:
    """With prices like "20 - 45", which take the place of a shorter one in them ("about 20")."""
    ends = [0] * len(text)
    for m in found:
        ends[m.start] = max(ends[m.start], m.end)
    reach = list(accumulate(ends, max))  # the end of the longest mention that began until there
    ranges = [
        one
        for one in map(_price, bare_ranges(text, {m.end for m in found}))
        if reach[one.start] < one.end
    ]
    taken = _taken(text, ranges)
    found = [m for m in found if m.label != "price" or taken.free(m.start, m.end)]
    return found + _apart(text, ranges, found)


def _price(one: PriceMention) -> Mention:
    return Mention(one.start, one.end, "price", {"min": one.low, "max": one.high})


def _apart(text: str, more: Iterable[Mention], found: Iterable[Mention]) -> list[Mention]:
    """Those mentions that overlap none of those found before."""
    taken = _taken(text, found)
    return [one for one in more if taken.free(one.start, one.end)]


def _taken(text: str, found: Iterable[Mention]) -> Taken:
    return Taken(text, ((m.start, m.end) for m in found))


def _together(span: Span) -> str:
    """The words of a span as one word."""
    return "".join(token.lower_ for token in span if token.text != "-")


def _colour_like(doc: Doc, span: Any) -> bool:
    """Whether an ambiguous word is a colour here: "in gold", "gold colour", "the sand one"."""
    before = doc[span.start - 1].lower_ if span.start else ""
    after = doc[span.end].lower_ if span.end < len(doc) else ""
    return before in {"in", "or", "colour", "color", "not"} or after in {
        "colour", "color", "coloured", "colored", "one", "ones",
    }  # fmt: skip


def _after_a_kind(doc: Doc, span: Any, ends: set[int]) -> bool:
    """Whether a kind stands before, and a comma or the like: "a necklace, silver"."""
    return span.start > 1 and doc[span.start - 1].text in ",(-" and span.start - 1 in ends


def _ruled_out(doc: Doc, span: Any) -> bool:
    """Whether an ambiguous word is said before what rules out, or after it with nothing behind it."""
    if ruled_out_behind(doc.text, span.end_char):
        return True
    before = doc[span.start - 1].lower_ if span.start else ""
    after = doc[span.end].lower_ if span.end < len(doc) else "."
    return (before in NEGATION or before in RULING_OUT) and (
        not after.isalpha() or after in AFTERWARDS
    )
