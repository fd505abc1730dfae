"""What a customer's words say about products: prices, colours, sizes, brands, categories.

spaCy tokenises and matches phrases; the phrases come from the shop's own catalogue, so that a new
catalogue is understood without training.
"""

import re
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from typing import Any, Iterator, Optional

from recommender.catalogue import PATH_SEPARATOR, Catalogue
from recommender.language import STOP_WORDS, Doc, Language, PhraseMatcher, filter_spans, spacy
from recommender.prices import price_mentions
from recommender.slips import one_slip_away
from recommender.words import (
    AMBIGUOUS_COLOURS,
    AUDIENCE_NEEDS_FOR,
    AUDIENCE_PATTERNS,
    COLOUR_NAMES,
    NO_FEATURES,
    NOT_TYPOS,
    SHORT_WORDS,
    SYNONYMS,
    canonical_colour,
    plural,
    singular,
    size_key,
)

SIZE = re.compile(
    r"\b(?:size|sizes|sized|size is|in a|in an|in|a)\s+(?:(?:eu|uk|us)\s+)?"
    r"(xxs|xs|s|m|l|xl|xxl|xxxl|2xl|3xl|extra small|extra large|small|medium|large)\b"
    r"(?!\s+(?:bag|price|budget|family|dog)s?\b)",
    re.I,
)
SIZE_NUMBER = re.compile(
    r"\b(?:sizes?|sized|size is)\s+(?:(?:eu|uk|us)\s+)?(\d{1,3}(?:[.,]5)?)(?:\s*(?:eu|uk|us))?\b",
    re.I,
)
SIZE_ALONE = re.compile(r"(?<![\w'’.])(xxs|xs|xl|xxl|xxxl|2xl|3xl|S|M|L)(?![\w'’])")
SIZE_REPLY = re.compile(r"^\s*(small|medium|large|[sml])(?:\s+please)?\s*[.!]?\s*$", re.I)
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
CHANGES = {"cheaper": ("price_change", "lower")}  # what is understood with a slip in it, too
NEGATION = {
    "not", "no", "without", "except", "n't", "nt", "dont", "don't", "never", "nothing", "non",
    "excluding", "besides", "isn't", "hate", "avoid", "skip",
}  # fmt: skip
NEGATION_PHRASES = re.compile(
    r"\b(?:anything but|other than|another brand than|rather than|instead of)\s+$", re.I
)
RULING_OUT = {"than", "but", "like"}  # other than, anything but, don't like
AFTERWARDS = STOP_WORDS | {"pls", "thanks", "thx", "tbh", "asap"}  # may follow a colour
NOT_FOR = re.compile(
    r"(?<!have )(?<!got )\b(?:not|no|nothing|without|except)\s+(?:(?:anything|stuff|things)\s+)?"
    r"(?:for|with)?\s*(?:my\s+|any\s+)?$",
    re.I,
)
NEGATION_ENDS = {"but", ",", ";", ".", "!", "?", "rather"}
NEGATION_REACH = 4
WITHOUT_WORD = re.compile(r"\b(?:without|no|non)[\s-]+(?:an?\s+|any\s+)?([a-z]{3,})\b", re.I)
FEATURE_SHARE = 1 / 2000  # of the products; rarer words are no features
PEOPLE = {"people": ("person", "persons", "man")}  # how else a count is said
OUT_OF_FOCUS = {"price", "size", "in_stock", "price_change", "audience"}
CHAT = re.compile(
    r"\b(?:hi|hello|hey|please|pls|thanks|i'?m|i am|i'?d like|i would like|i want(?: to buy)?|i need|"
    r"(?:am )?looking for|searching for|do you (?:have|sell|stock)|have you got|got any|can you|could you|"
    r"show me|find me|recommend|suggest|something|anything|some|any|a (?:gift|present)|gift|present|"
    r"for (?:my|a|the)(?=\s{2,}|\s*$)|who (?:likes?|loves?)|(?:he|she|they) (?:likes?|loves?)|"
    r"max(?:imum)?|budget|about|around|without|but not|not|no)\b",
    re.I,
)
# spaCy peels punctuation off one by one: a long run without a space would take it seconds.
_LONG_RUN = re.compile(r"\S{100,}")


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


@dataclass(frozen=True)
class Vocabulary:
    """The names that a catalogue uses: brand or category in lower case -> value to filter by."""

    brands: dict[str, str]
    categories: dict[str, str]
    colours: dict[str, str]
    features: dict[str, str]  # each way to say what attributes say -> the feature to filter by
    used_colours: frozenset[str]  # canonical names of the colours that products have
    words: frozenset[str]  # of titles and descriptions
    ordinary_brands: frozenset[str]  # brands that are ordinary words too

    @classmethod
    def empty(cls) -> "Vocabulary":
        """For a shop without a catalogue: colours alone."""
        return cls({}, {}, dict(COLOUR_NAMES), {}, frozenset(), frozenset(), frozenset())

    @classmethod
    def from_catalogue(cls, catalogue: Catalogue) -> "Vocabulary":
        """Everything that the catalogue names."""
        words, plain = catalogue.words(), catalogue.plain_words()
        brands = {brand: brand for brand in catalogue.values("brand") if brand}
        common = max(3, catalogue.count() // 200)
        ordinary = {
            brand
            for brand in brands
            if len(brand) == 1
            or brand in STOP_WORDS
            or brand in SHORT_WORDS
            or " " not in brand
            and plain.get(brand, 0) >= common
        }
        colours = dict(COLOUR_NAMES)
        colours.update({name: canonical_colour(name) for name in catalogue.colours()})
        categories = _category_names(catalogue.categories())
        taken = {*brands, *categories, *colours}
        # Without categories attributes name kinds of some products: words find them all.
        features = catalogue.features() if categories else {}
        return cls(
            brands,
            categories,
            colours,
            _feature_names(features, taken, FEATURE_SHARE * catalogue.count()),
            frozenset(canonical_colour(name) for name in catalogue.colours()),
            frozenset(words),
            frozenset(ordinary),
        )


def _category_names(paths: dict[str, int]) -> dict[str, str]:
    """Each way to say a category -> the part of the path that it stands for."""
    nodes = {part.lower() for path in paths for part in path.split(PATH_SEPARATOR) if part}
    names: dict[str, str] = {}

    def add(name: str, node: str) -> None:
        for form in (name, singular(name), plural(name)):
            if len(form) > 2:
                names.setdefault(form, node)

    for node in sorted(nodes):
        names[node] = node
    for node in sorted(nodes):
        add(node, node)
        add(node.replace("&", "and"), node)
    for node in sorted(nodes):
        for part in re.split(r"\s*(?:&|/|,| and )\s*", node):
            if len(part) > 3:
                add(part, node)
    for group in SYNONYMS:
        meant = next((names[word] for word in sorted(group) if word in nodes), None)
        meant = meant or next((names[word] for word in sorted(group) if word in names), None)
        for word in group if meant else ():
            add(word, meant)
    return names


def _feature_names(features: dict[str, int], taken: set[str], fewest: float) -> dict[str, str]:
    """Each way to say a feature -> the feature, for those that `fewest` products or more have."""
    names: dict[str, str] = {}
    for feature, products in features.items():
        number, _, counted = feature.partition(" ")
        if number.isdigit() and counted.isalpha():
            for form in (counted, singular(counted), *PEOPLE.get(counted, ())):
                names[f"{number} {form}"] = names[f"{number}-{form}"] = feature
        elif re.fullmatch(r"[\d.,]+ ?[a-z]{1,3}", feature):
            names[feature] = names[feature.replace(" ", "")] = feature
        elif products >= fewest and feature not in taken and feature not in STOP_WORDS:
            if re.fullmatch(r"[a-z][a-z' -]{3,}", feature) and feature not in NO_FEATURES:
                names[feature] = feature
    return names


class QueryParser:
    """Finds the mentions of a catalogue's vocabulary in what customers say."""

    def __init__(self, vocabulary: Optional[Vocabulary] = None) -> None:
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
        self._known = self.vocabulary.words | NOT_TYPOS
        colours, kinds = self.vocabulary.colours, self.vocabulary.categories
        self._meant = {  # by words that are long enough to be known with a slip
            name: meant
            for name, meant in (
                *CHANGES.items(),
                *((name, ("colour", value)) for name, value in colours.items()),
                *((name, ("category", value)) for name, value in kinds.items()),
            )
            if name.isalpha() and len(name) >= 5
        }

    def mentions(self, text: str) -> list[Mention]:
        """All mentions in a text, in order, none overlapping another of its label."""
        return list(self._remembered(text))

    def _mentions(self, text: str) -> list[Mention]:
        doc = self._nlp.make_doc(_LONG_RUN.sub(lambda run: "x" * len(run[0]), text))
        found = [*_prices(text), *self._sizes(text), *self._audiences(text)]
        found += [Mention(*m.span(), "in_stock", True) for m in IN_STOCK.finditer(text)]
        found += [Mention(*m.span(), "price_change", "lower") for m in LOWER_PRICE.finditer(text)]
        found += [Mention(*m.span(), "price_change", "higher") for m in HIGHER_PRICE.finditer(text)]
        taken = [(m.start, m.end) for m in found]
        whom = {(m.start, m.end) for m in found if m.label == "audience"}
        for one in self._phrases(doc):
            inside = {(a, b) for a, b in whom if one.start <= a and b <= one.end}
            longer = one.label == "category" and inside and (one.start, one.end) not in inside
            if not _overlaps(one, [span for span in taken if not (longer and span in inside)]):
                found.append(one)
        taken = [(m.start, m.end) for m in found]
        found += [m for m in self._misspelt(doc) if not _overlaps(m, taken)]
        found = [self._with_negation(doc, mention) for mention in found]
        taken = [(m.start, m.end) for m in found]
        found += [m for m in self._unwanted(text) if not _overlaps(m, taken)]
        return sorted(found, key=lambda m: (m.start, m.end))

    def focus(self, text: str) -> str:
        """What of a request says what the product is like: without prices, sizes, people and chat.

        Filters see to those; in an embedding they only draw the query towards other requests.
        """
        kept = list(text)
        for one in self.mentions(text):
            if one.negated or one.label in OUT_OF_FOCUS:
                kept[one.start : one.end] = " " * (one.end - one.start)
        said = " ".join(CHAT.sub(" ", "".join(kept)).split())
        return said if re.search(r"[^\W\d_]{3,}", said) else text

    def _phrases(self, doc: Doc) -> Iterator[Mention]:
        spans = filter_spans(
            [
                span
                for span in self._matcher(doc, as_spans=True)
                if not (span.label_ == "brand" and self._ordinary(doc, span))
            ]
        )
        kinds = {span.start for span in spans if span.label_ == "category"}
        ends = {span.end for span in spans if span.label_ == "category"}
        used = self.vocabulary.used_colours
        for span in spans:
            name = span.text.lower()
            if span.label_ == "colour" and name in AMBIGUOUS_COLOURS:
                as_colour = self._values["colour"][name] in used and (
                    span.end in kinds or _after_a_kind(doc, span, ends) or _ruled_out(doc, span)
                )
                if not as_colour and not _colour_like(doc, span):
                    continue
            yield Mention(
                span.start_char, span.end_char, span.label_, self._values[span.label_][name]
            )

    def _ordinary(self, doc: Doc, span: Any) -> bool:
        """Whether a brand that is an ordinary word is used as one here."""
        if span.text.lower() not in self.vocabulary.ordinary_brands:
            return False
        before = doc[span.start - 1].lower_ if span.start else ""
        return not (before in {"by", "from", "brand"} or span.start and span.text[0].isupper())

    def _misspelt(self, doc: Doc) -> Iterator[Mention]:
        """Words one slip away from a category, a colour or "cheaper", unless the catalogue uses them."""
        for token in doc:
            word = token.lower_
            if len(word) < 5 or not word.isalpha() or token.is_stop or word in self._known:
                continue
            near = [one for one in one_slip_away(word) if one in self._meant and one[0] == word[0]]
            if near:
                label, value = self._meant[min(near)]
                yield Mention(token.idx, token.idx + len(token.text), label, value)

    def _sizes(self, text: str) -> Iterator[Mention]:
        taken: list[tuple[int, int]] = []
        for pattern in (SIZE_NUMBER, SIZE, SIZE_REPLY, SIZE_ALONE):
            for match in pattern.finditer(text):
                if _overlaps(match, taken):
                    continue
                taken.append(match.span())
                yield Mention(*match.span(), "size", size_key(match[1].replace(",", ".")))

    def _audiences(self, text: str) -> Iterator[Mention]:
        """Whom it is for; a request for boys and girls is one for kids."""
        found: dict[str, Mention] = {}
        for audience, pattern in AUDIENCE_PATTERNS:
            for match in pattern.finditer(text):
                bare = match[0].lower() in AUDIENCE_NEEDS_FOR
                before = text[: match.start()].lower()
                if bare and not re.search(r"\b(?:for|of|to|as)\s+(?:\w+\s+){0,3}$", before):
                    continue
                found.setdefault(audience, Mention(*match.span(), "audience", audience))
        if {"girls", "boys"} <= set(found):
            found = {"kids": replace(found["girls"], value="kids")}
        yield from list(found.values())[:1]

    def _with_negation(self, doc: Doc, mention: Mention) -> Mention:
        """The mention, negated when a negation stands before it and reaches it."""
        if mention.label == "audience":
            ruled_out = bool(NOT_FOR.search(doc.text[: mention.start]))
            return replace(mention, negated=ruled_out)
        if mention.label not in ("colour", "brand", "category", "feature"):
            return mention
        if NEGATION_PHRASES.search(doc.text[: mention.start]):
            return Mention(mention.start, mention.end, mention.label, mention.value, True)
        before = [token for token in doc if token.idx + len(token) <= mention.start]
        for token in before[: -NEGATION_REACH - 1 : -1]:
            if token.lower_ in NEGATION:
                return Mention(mention.start, mention.end, mention.label, mention.value, True)
            if token.lower_ in NEGATION_ENDS:
                break
        return mention

    def _unwanted(self, text: str) -> Iterator[Mention]:
        for match in WITHOUT_WORD.finditer(text):
            word = match[1].lower()
            if word in self.vocabulary.words and word not in STOP_WORDS:
                yield Mention(*match.span(1), "feature", word, True)


@lru_cache(maxsize=1)
def _tokenizer() -> Language:
    """One for all parsers: making it takes half a second."""
    return spacy.blank("en")


def _prices(text: str) -> Iterator[Mention]:
    without_sizes = SIZE_NUMBER.sub(lambda size: " " * len(size[0]), text)  # "size 36 250 euros"
    for one in price_mentions(without_sizes):
        yield Mention(one.start, one.end, "price", {"min": one.low, "max": one.high})


def _overlaps(one: Any, spans: list[tuple[int, int]]) -> bool:
    start, end = (one.start, one.end) if isinstance(one, Mention) else one.span()
    return any(start < other_end and other_start < end for other_start, other_end in spans)


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
    """Whether an ambiguous word is said right after what rules out, and with nothing behind it."""
    before = doc[span.start - 1].lower_ if span.start else ""
    after = doc[span.end].lower_ if span.end < len(doc) else "."
    return (before in NEGATION or before in RULING_OUT) and (
        not after.isalpha() or after in AFTERWARDS
    )
