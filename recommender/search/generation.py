"""One generation of a catalogue, open for searching."""

import json
from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Optional

import numpy as np

from recommender.catalogue.index import VectorIndex
from recommender.catalogue.postings import Words, union
from recommender.catalogue.reading import Catalogue
from recommender.language.words import canonical_colour, colour_family
from recommender.product import PATH_SEPARATOR, feature_keys
from recommender.request.filters import EITHER, Filters, fits, is_for, says
from recommender.request.measures import alike, distance
from recommender.request.parser import QueryParser
from recommender.request.vocabulary import MOST_TITLES, Vocabulary
from recommender.search.kinds import Kinds

REMEMBERED = 32  # sets of filters whose rows are kept
# What the words of a text count beside its cosine of up to 1: having all of them, and how often.
COVERED, FREQUENT = 0.3, 0.2


# What is kept of each row; the last three are numbers of names.
COLUMNS = np.dtype(
    [
        ("price", "f8"), ("stocked", "?"), ("live", "?"),
        ("audience", "i4"), ("category", "i4"), ("colour", "i4"),
    ]
)  # fmt: skip


VARIANT = np.dtype([("product", "i4"), ("price", "f8"), ("stocked", "?")])


class Generation:
    """The vectors, words, and columns that filters and questions need, each row a product."""

    def __init__(self, folder: Path, before: Optional["Generation"] = None) -> None:
        """`before` is an earlier generation; what this one only adds to it isn't read again."""
        self.catalogue = Catalogue(folder)
        self.version = folder.name
        manifest = json.loads((folder / "manifest.json").read_text())
        self.base = manifest.get("base", folder.name)
        same = before if before and before.base == self.base else None
        self.index = VectorIndex(folder, manifest["dim"], same.index if same else None)
        self.size = self.index.size
        self.words = Words(self.catalogue, self.size, COVERED, FREQUENT)
        self.accepted = lru_cache(maxsize=REMEMBERED)(self._accepted)
        first = self.index.old if same else 0
        old = same._columns[:first] if same else np.zeros(0, COLUMNS)
        self._columns = np.concatenate([old, np.zeros(self.size - first, COLUMNS)])
        self._names: dict[str, int] = dict(same._names) if same else {}
        self._read_columns(first)
        before_them = same.catalogue.first_variant() if same else 0
        self._variants = np.array(
            [
                *(same._variants[:before_them].tolist() if same else []),
                *(
                    (row, np.nan if price is None else price, bool(stocked))
                    for row, price, stocked in self.catalogue.variants(before_them)
                ),
            ],
            VARIANT,
        )
        self._in_variants = np.zeros(self.size, bool)  # whose prices are those of their variants
        self._in_variants[self._variants["product"]] = True
        self._columns["live"][list(self.catalogue.replaced())] = False
        self.stocked, self.live = self._columns["stocked"], self._columns["live"]
        self.parser = QueryParser(Vocabulary.from_catalogue(self.catalogue))
        self.kinds = Kinds(self.catalogue.titles_with_categories(MOST_TITLES))

    def _read_columns(self, first: int) -> None:
        leaf, family = lru_cache(None)(_leaf), lru_cache(None)(_family)
        code = self._names.setdefault
        rows = (
            (
                np.nan if price is None else float(price),
                bool(stocked),
                True,
                code("" if audience == "unisex" else audience, len(self._names)),
                code(leaf(category), len(self._names)),
                code(family(colours), len(self._names)),
            )
            for _, price, stocked, audience, category, colours in self.catalogue.columns(first)
        )
        live = np.ones(self.size - first, bool)
        gone = [row - first for row in self.catalogue.replaced() if row >= first]
        live[gone] = False
        found = np.fromiter(rows, COLUMNS, int(live.sum()))
        self._columns[first:][live] = found

    def _accepted(self, filters: Filters) -> np.ndarray:
        """Which rows meet the filters; the same rule as `Filters.accept`, for all at once."""
        mask = self.live.copy()
        prices = self._columns["price"]
        with np.errstate(invalid="ignore"):
            if filters.price_min is not None:
                mask &= (prices >= filters.price_min) | self._in_variants
            if filters.price_max is not None:
                mask &= (prices <= filters.price_max) | self._in_variants
        for kind, wanted, unwanted in (
            ("colour", filters.colours, ()),
            ("size", filters.sizes, ()),
            ("brand", filters.brands, filters.not_brands),
            ("category", filters.categories, filters.not_categories),
        ):
            if wanted:
                mask &= self._any(kind, wanted)
            if unwanted:
                mask &= ~self._any(kind, unwanted)
        if filters.audience or filters.not_audience:
            known = self.catalogue.values("audience")
            if filters.audience:
                suitable = [one for one in known if fits(one, filters.audience)]
                mask &= self._any("audience", suitable)
            if filters.not_audience:
                ruled_out = [one for one in known if is_for(one, filters.not_audience)]
                mask &= ~self._any("audience", ruled_out)
        for feature in filters.features:
            mask &= self._with_feature(feature)
        if filters.in_stock:
            mask &= self.stocked
        if filters.not_colours:
            having = np.flatnonzero(mask & self._any("colour", filters.not_colours))
            self._look_at(mask, having.tolist(), Filters(not_colours=filters.not_colours))
        if len(self._variants) and filters.of_a_variant:
            mask &= self._in_one_variant(filters)
        for word in filters.not_words:
            having = [row for row in self.catalogue.beginning(word) if mask[row]]
            self._look_at(mask, having, Filters(not_words=(word,)))
        mask.flags.writeable = False  # it is remembered
        return mask

    def _look_at(self, mask: np.ndarray, found: list[int], filters: Filters) -> None:
        """Take rows out of a mask that filters don't accept, each looked at."""
        for start in range(0, len(found), 500):
            rows = found[start : start + 500]
            for row, product in zip(rows, self.catalogue.rows(rows), strict=True):
                mask[row] = filters.accept(product)

    def _in_one_variant(self, filters: Filters) -> np.ndarray:
        """Which rows have a variant that meets the filters of variants all at once, or have no variants."""
        rows = self._variants["product"]
        good = np.ones(len(rows), bool)
        with np.errstate(invalid="ignore"):
            if filters.price_min is not None:
                good &= self._variants["price"] >= filters.price_min
            if filters.price_max is not None:
                good &= self._variants["price"] <= filters.price_max
        if filters.in_stock:
            good &= self._variants["stocked"]
        if filters.colours:
            good &= self._variants_with(
                "colour", filters.colours, self._any("colour", filters.colours)
            )
        if filters.sizes:
            good &= self._variants_with("size", filters.sizes, self._any("size", filters.sizes))
        for feature in filters.features:
            good &= self._variants_with(
                "feature", self._alike(feature), self._with_feature(feature)
            )
        mask = ~self._in_variants
        mask[rows[good]] = True
        return mask

    def _variants_with(self, kind: str, values: Collection[str], of_rows: np.ndarray) -> np.ndarray:
        """Which variants have a value: their own, or their product's where none of its variants has it."""
        rows = self._variants["product"]
        own = union(
            (self.catalogue.with_value(f"variant {kind}", one) for one in values), len(rows)
        )
        said = np.zeros(self.size, bool)
        said[rows[own]] = True
        return own | (of_rows & ~said)[rows]

    def exactness(self, filters: Filters, rows: Sequence[int]) -> np.ndarray:
        """How many wishes these rows meet to the letter: navy for navy, men's for men.

        Filters let shades and unisex products pass as well; those come after.
        """
        met = np.zeros(len(rows), np.int8)
        if filters.colours:
            met += self._any("exact colour", filters.colours)[rows]
        if filters.audience:
            met += self._any("audience", [filters.audience])[rows]
        return met

    def distances(self, measures: Sequence[str], rows: Sequence[int]) -> list[float]:
        """How far these rows are from measures ("28 l"), see `measures.distance`; 0 without any."""
        if not measures:
            return [0.0] * len(rows)
        keys = [feature_keys(product) for product in self.catalogue.rows(list(rows))]
        return [round(sum(distance(one, had) for one in measures), 2) for had in keys]

    def facets(self, name: str, rows: np.ndarray) -> list[str]:
        """What these rows have of audience, category or colour; empty where it isn't known."""
        names = list(self._names)
        return [names[code] for code in self._columns[name][rows]]

    def rank(
        self, words: Sequence[str], query: np.ndarray, mask: np.ndarray | None, pool: int
    ) -> list[tuple[int, float]]:
        """Row numbers with their scores, best first, of the `pool` nearest and of as many by words.

        The score is the cosine to `query`, the vector of the text, and what its words count: of
        those who rate results few would have a product without one of the words they typed.
        """
        near = self.index.nearest(query, pool, mask)
        by_words, matching = self.words.score(words, mask, pool)
        rows = np.unique(np.concatenate([near, matching])).astype(np.int64)
        scores = self.index.closeness(rows, query) + by_words[rows]
        order = np.argsort(-scores, kind="stable")
        return [(int(rows[i]), float(scores[i])) for i in order]

    def _any(self, kind: str, names: Collection[str]) -> np.ndarray:
        return union((self.catalogue.with_value(kind, name) for name in names), self.size)

    def _with_feature(self, feature: str) -> np.ndarray:
        mask = self._any("feature", self._alike(feature))
        for part in feature.split(EITHER):
            for row, title in self.catalogue.titles(part):
                if not mask[row] and says(title, part):
                    mask[row] = True
        return mask

    def _alike(self, feature: str) -> set[str]:
        known = self.parser.vocabulary.measures
        return set().union(*(alike(part, known) for part in feature.split(EITHER)))

    def either(self, filters: Filters) -> Filters:
        """The filters with those features as alternatives that are values of one attribute, and that no product has
        together: "by Oduya or Marsh"."""
        of_attribute: dict[str, list[str]] = {}
        for feature in filters.features:
            rows = np.flatnonzero(self._with_feature(feature))[:1]
            for product in self.catalogue.rows(rows.tolist()):
                names = [k for k, v in product.attributes.items() if v.lower() == feature]
                of_attribute.setdefault("".join(names[:1]), []).append(feature)
        of_attribute.pop("", None)
        features = filters.features
        for several in of_attribute.values():
            together = Filters(features=tuple(several))
            if len(several) > 1 and not self.accepted(together).any():
                kept = [one for one in features if one not in several]
                features = (*kept, EITHER.join(several))
        return replace(filters, features=features)


def _leaf(category: str) -> str:
    return category.rsplit(PATH_SEPARATOR, 1)[-1].lower()


def _family(colours: str) -> str:
    known = json.loads(colours)
    return colour_family(canonical_colour(known[0])) if known else ""
