"""The names that a shop's catalogue uses, as customers may say them."""

import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from recommender.catalogue.reading import Catalogue
from recommender.language.concepts import ENGLISH, concept_elsewhere, concept_of, concepts
from recommender.language.english import STOP_WORDS
from recommender.language.words import (
    COLOUR_NAMES,
    NO_FEATURES,
    SHORT_WORDS,
    SYNONYMS,
    canonical_colour,
    plural,
    singular,
)
from recommender.product import PATH_SEPARATOR
from recommender.request.measures import known_measures

ENDS = 2  # titles that end in a word, and …
PURE = 0.8  # … the share of those with it that are of one category, for it to name the category
MOST_TITLES = 20_000
FEATURE_SHARE = 1 / 2000  # of the products; rarer words are no features


@dataclass(frozen=True)
class Vocabulary:
    """The names that a catalogue uses: brand or category in lower case -> value to filter by."""

    brands: dict[str, str]
    categories: dict[str, str]
    colours: dict[str, str]
    features: dict[
        str, str
    ]  # what attributes say in words, and its English name -> as the catalogue says it
    measures: dict[str, dict[float, list[str]]]  # what they say in numbers, by unit and amount
    sizes: frozenset[str]  # as they are compared
    used_colours: frozenset[str]  # canonical names of the colours that products have
    words: frozenset[str]  # of titles and descriptions
    ordinary_brands: frozenset[str]  # brands that are ordinary words too

    @classmethod
    def empty(cls) -> "Vocabulary":
        """For a shop without a catalogue: colours alone."""
        return cls({}, {}, dict(COLOUR_NAMES), {}, {}, *[frozenset()] * 4)

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
            or (" " not in brand and plain.get(brand, 0) >= common)
        }
        colours = dict(COLOUR_NAMES)
        colours.update({name: canonical_colour(name) for name in catalogue.colours()})
        categories = _category_names(
            catalogue.categories(), {*brands, *colours, *catalogue.features()}
        )
        for word, node in _kinds_of_titles(catalogue).items():
            if word not in brands and word not in colours:
                for form in (word, singular(word), plural(word)):
                    categories.setdefault(form, node)
        taken = {*brands, *categories, *colours}
        # Without categories attributes name kinds of some products: words find them all.
        features = catalogue.features() if categories else {}
        return cls(
            brands,
            categories,
            colours,
            _in_english(_feature_names(features, taken, FEATURE_SHARE * catalogue.count())),
            known_measures(features),
            frozenset(catalogue.values("size")),
            frozenset(canonical_colour(name) for name in catalogue.colours()),
            frozenset(words),
            frozenset(ordinary),
        )


def _kinds_of_titles(catalogue: Catalogue) -> dict[str, str]:
    """Words by which titles end, where nearly all titles with them are of one category -> that category.

    "Commuter Pack" and "School Pack" are backpacks, whatever the catalogue calls its backpacks.
    """
    ends: Counter[str] = Counter()
    of: dict[str, Counter[str]] = {}
    for title, category in catalogue.titles_with_categories(MOST_TITLES):
        words = re.findall(r"[^\W\d_]{3,}", title.lower().split(",")[0].split("(")[0])
        if not words or not category:
            continue
        ends[words[-1]] += 1
        for word in set(words):
            of.setdefault(word, Counter())[category] += 1
    kinds = {}
    for word, count in ends.items():
        node, most = of[word].most_common(1)[0]
        pure = most >= PURE * of[word].total()
        if count >= ENDS and pure and word not in NO_FEATURES | STOP_WORDS:
            kinds[word] = node.rsplit(PATH_SEPARATOR, 1)[-1].lower()
    return kinds


def _category_names(paths: dict[str, int], taken: Collection[str] = ()) -> dict[str, str]:
    """Each way to say a category -> the part of the path that it stands for; `taken` are words that say something else."""
    nodes = {part.lower() for path in paths for part in path.split(PATH_SEPARATOR) if part}
    names = {node: node for node in sorted(nodes)}

    def add(name: str, node: str) -> None:
        for form in (name, singular(name), plural(name)):
            if len(form) > 2:
                names.setdefault(form, node)

    for node in sorted(nodes):
        add(node, node)
        add(node.replace("&", "and"), node)
        if node.replace(" ", "").isalpha():
            add(node.replace(" ", ""), node)  # "coffeetables"
    for node in sorted(nodes):
        for part in re.split(r"\s*(?:&|/|,| and )\s*", node):
            if len(part) > 3:
                add(part, node)
    for name, node in sorted(names.items()):  # other words for it, of a catalogue in any language
        for form in concepts(ENGLISH)["kinds"].get(concept_of("kinds", name), ()):
            if form not in NO_FEATURES and form not in taken:
                add(form, node)
    for group in SYNONYMS:
        meant = next((names[word] for word in sorted(group) if word in nodes), None)
        meant = meant or next((names[word] for word in sorted(group) if word in names), None)
        if meant:
            for word in group:
                add(word, meant)
    return names


def _in_english(features: frozenset[str]) -> dict[str, str]:
    """The features under their names, and those of a catalogue in another language under the English ones, too."""
    names = {feature: feature for feature in features}
    for feature in sorted(features):
        if concept := concept_elsewhere("features", feature):
            names.setdefault(concept, feature)
    return names


def _feature_names(features: dict[str, int], taken: set[str], fewest: float) -> frozenset[str]:
    """The features in words that `fewest` products or more have."""
    return frozenset(
        feature
        for feature, products in features.items()
        if products >= fewest
        and feature not in taken
        and feature not in STOP_WORDS
        and feature not in NO_FEATURES
        and re.fullmatch(r"[a-z][a-z' -]{3,}", feature)
    )
