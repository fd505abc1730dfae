"""Recommendations: what a customer said, under the filters in it, as a short ranked list."""

import threading
from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np

from recommender.catalogue.ingest import LAYOUT, embedding_text, read_manifest
from recommender.catalogue.reading import generation_folder
from recommender.centred import embedder_named
from recommender.embedder import Embedder
from recommender.errors import NoCatalogue
from recommender.product import Product
from recommender.request.filters import RELAXATION, Filters
from recommender.request.parser import Mention
from recommender.search.clarify import ASK_FROM, Question, best_question
from recommender.search.content import content_words
from recommender.search.generation import Generation
from recommender.search.neighbours import goes_with, similar
from recommender.search.numbers import numbers_in
from recommender.search.reasons import facts, line_of, reason
from recommender.search.results import Hit, SearchResult, without_wish
from recommender.search.taste import spread, steer
from recommender.search.titles import tokens

TO_THE_LETTER = 0.1  # what a wish met exactly counts, beside a cosine, where no kind is named
POOL = 100  # candidates by meaning, and as many by words
ANYTHING = Filters()
MOST_ASKED = 5000  # products; counting the answers of more takes too long for a turn
# A product counts as what was asked from this cosine on, plus WORD_SHARE for the words it shares.
WORD_SHARE = 0.25
SHORTEST = 3  # letters of a word that counts as shared


class Recommender:
    """Search over the current generation of a catalogue folder; follows new generations by itself.

    Safe to use from several threads.
    """

    def __init__(self, directory: Path, embedder: Embedder | None = None) -> None:
        self._directory = Path(directory)
        self._embedder = embedder
        self._lock = threading.Lock()
        self._generation: Generation | None = None

    @classmethod
    def open(cls, directory: Path, embedder: Embedder | None = None) -> "Recommender":
        """A recommender for a catalogue folder. Raises NoCatalogue when it is empty."""
        recommender = cls(directory, embedder)
        recommender.current()
        return recommender

    def current(self) -> Generation:
        """The generation that `current` names, loaded when it is another than before."""
        folder = generation_folder(self._directory)
        with self._lock:
            if self._generation is None or self._generation.version != folder.name:
                manifest = read_manifest(self._directory)
                if manifest.get("layout") != LAYOUT:
                    raise NoCatalogue("The catalogue is from another version. Ingest it again.")
                self._generation = Generation(folder, self._generation)
                model = manifest["model"]
                if self._embedder is None:
                    self._embedder = embedder_named(model)
                if self._embedder.name != model:
                    raise NoCatalogue(
                        f"The catalogue was embedded with {model}, not {self._embedder.name}. "
                        "Ingest it again."
                    )
            return self._generation

    @property
    def encoder(self) -> Embedder:
        """What the catalogue was embedded with. Raises NoCatalogue when there is none."""
        self.current()
        assert self._embedder  # `current` saw to it
        return self._embedder

    def warm_up(self) -> None:
        """Load the model and the index, so that the first customer doesn't wait for them."""
        self.search("warm up", limit=1)

    def get(self, sku: str) -> Product | None:
        """The product with this sku; as the one variant that it is of, when it is a variant's. None for others."""
        product = self.current().catalogue.get(sku)
        variant = product.variant(sku) if product and product.sku != sku else None
        return product.narrowed([variant]) if product and variant else product

    def accepted(self, filters: Filters, limit: int) -> list[Product]:
        """All products that meet filters, at most `limit` of them, in the catalogue's order."""
        generation = self.current()
        rows = np.flatnonzero(generation.accepted(generation.either(filters)))[:limit]
        return generation.catalogue.rows(rows.tolist())

    def nearest(self, text: str, filters: Filters, limit: int) -> list[Product]:
        """The products that meet filters, those nearest to a text in meaning first, by the index alone."""
        generation = self.current()
        assert self._embedder  # `current` saw to it
        rows = np.flatnonzero(generation.accepted(filters))
        closeness = generation.index.closeness(rows, self._embedder.encode_one(text))
        best = rows[np.argsort(-closeness, kind="stable")[:limit]]
        return generation.catalogue.rows(best.tolist())

    def parse(self, text: str) -> list[Mention]:
        """What a text says about products (see `recommender.request.parser`)."""
        return self.current().parser.mentions(text)

    def focus(self, text: str) -> str:
        """What a text says that a product is like, without prices, sizes, people and chat."""
        return self.current().parser.focus(text)

    def filters_of(self, text: str) -> Filters:
        """The hard filters in a text."""
        return Filters.from_entities([mention.as_entity() for mention in self.parse(text)])

    def search(
        self,
        text: str,
        filters: Filters = ANYTHING,
        limit: int = 5,
        exclude: Collection[str] = (),
        liked: Collection[str] = (),
        disliked: Collection[str] = (),
        fill: bool = False,
    ) -> SearchResult:
        """The best products for a text under filters, without those in `exclude` (skus).

        What is like the products in `liked` comes earlier, what is like those in `disliked` later.
        When the filters leave nothing, or nothing good where there is without a wish, wishes are given up in
        the order of `RELAXATION`: first each alone, then one after the other; what the customer
        ruled out stays out. With `fill`, and where all that fits is sold out, near misses take
        the places that are left.
        """
        generation = self.current()
        numbered = self._numbered(generation, text, exclude, limit)
        if numbered:
            return SearchResult(numbered, ANYTHING, [], len(numbered), len(numbered))
        taste = generation.catalogue.ids(liked), generation.catalogue.ids(disliked)
        filters = generation.either(filters.of_kinds())
        mask, met, relaxed = self._relax(generation, filters, exclude)
        hits = self._best(generation, text, met, mask, limit, taste, filters.measures)
        numbers_alone = relaxed == ["features"] and filters.features == filters.measures
        if numbers_alone and not any(filters.measured(hit.product) for hit in hits):
            relaxed = []  # things of this kind have no such numbers
        if relaxed:
            hits = [replace(hit, misses=filters.missed_by(hit.product, relaxed)) for hit in hits]
        sold_out = not any(hit.product.in_stock for hit in hits)
        wanted = hits and not relaxed and (fill or sold_out)
        near = self._near_misses(generation, text, met, hits, limit, exclude) if wanted else []
        good, hits = self._good(generation, text, met, hits)
        good = 0 if relaxed else good
        if hits and not relaxed and not good:
            for wish in (one for one in RELAXATION if filters.asks(one)):
                found = self.search(text, filters.without(wish), limit, exclude, liked, disliked)
                if found.good:  # a rain jacket, but no blue one; and other blue things aren't meant
                    return without_wish(found, filters, wish)
        return SearchResult(hits, met, relaxed, int(mask.sum()), good, near)

    def _numbered(
        self, generation: Generation, text: str, exclude: Collection[str], limit: int
    ) -> list[Hit]:
        """The products whose sku, GTIN or MPN a text says."""
        found: dict[str, Hit] = {}
        for row, variant in numbers_in(text, generation.catalogue.identified):
            product = generation.catalogue.rows([row])[0]
            form = product.variant(variant)
            product = product.narrowed([form]) if form else product
            if product.sku not in exclude:
                found.setdefault(product.sku, Hit(product, 1.0, line_of(facts(product), product)))
        return list(found.values())[:limit]

    def _best(
        self,
        generation: Generation,
        text: str,
        filters: Filters,
        mask: np.ndarray,
        limit: int,
        taste: tuple[list[int], list[int]] = ([], []),
        measures: Sequence[str] = (),
    ) -> list[Hit]:
        """The best rows of a mask: in stock first, then what meets the wishes to the letter.

        Where no kind is named, to the letter only counts a little: a gift for a father who likes
        cooking is a pan, for whomever it is made, before any men's shirt.
        Of `measures` that none meets the nearest come first.
        Who names a kind looks around, and near-duplicates are spread out; who doesn't looks for a
        thing, and its versions are what was asked for.
        """
        ranked = self._rank(generation, text, mask, max(POOL, limit))
        if any(taste):
            ranked = steer(ranked, generation.index.vectors, *taste)
        rows = [row for row, _ in ranked]
        exactness = generation.exactness(filters, rows)
        away = generation.distances(measures, rows)
        there = generation.accepted(replace(filters, in_stock=True))
        tiers: dict[tuple[bool, int, float], list[tuple[int, float]]] = {}
        for (row, score), exact, far in zip(ranked, exactness, away, strict=True):
            if not filters.categories:
                score, exact = score + TO_THE_LETTER * exact, 0
            tier = (not there[row], -int(exact), far)
            tiers.setdefault(tier, []).append((row, score))
        best: list[tuple[int, float]] = []
        for tier in sorted(tiers):
            room = limit - len(best)
            if room > 0 and filters.categories:
                best += spread(tiers[tier], generation.index.vectors, room)
            elif room > 0:
                best += sorted(tiers[tier], key=lambda one: -one[1])[:room]
        found = generation.catalogue.rows([row for row, _ in best])
        products = [filters.narrowed(product) for product in found]
        return [
            Hit(product, round(score, 5), reason(product, text, filters, measures))
            for product, (_, score) in zip(products, best, strict=True)
        ]

    def _near_misses(
        self,
        generation: Generation,
        text: str,
        filters: Filters,
        hits: list[Hit],
        limit: int,
        exclude: Collection[str],
    ) -> list[Hit]:
        """For the places that are left: what misses one wish, the least of them first, then more."""
        near: list[Hit] = []
        wishes = [wish for wish in RELAXATION if filters.asks(wish) and wish != "categories"]
        wider = [filters.without(wish) for wish in wishes]
        if len(wishes) > 1:
            wider.append(reduce(Filters.without, wishes, filters))
        for looser in wider:
            room = limit - len(hits) - len(near)
            if room <= 0:
                break
            mask = generation.accepted(looser).copy()
            known = [hit.product.sku for hit in (*hits, *near)]
            mask[generation.catalogue.ids([*exclude, *known])] = False
            near += [
                replace(hit, misses=filters.missed_by(hit.product, wishes))
                for hit in self._best(generation, text, looser, mask, room)
            ]
        return near

    def similar(self, sku: str, limit: int = 4, exclude: Collection[str] = ()) -> list[Hit]:
        """The nearest products to one, those in stock first; empty for an unknown sku."""
        return similar(self.current(), sku, limit, exclude)

    def goes_with(self, sku: str, limit: int = 4, exclude: Collection[str] = ()) -> list[Hit]:
        """What is bought with a product, and what is near: best first, those in stock before."""
        product = self.get(sku)
        return goes_with(self.current(), product, limit, exclude) if product else []

    def question(self, filters: Filters, text: str = "") -> Question | None:
        """The question whose answer would narrow a search most, if one is worth asking.

        Only what the customer hasn't said is asked; see `recommender.search.clarify`.
        """
        generation = self.current()
        rows = np.flatnonzero(generation.accepted(filters))
        if len(rows) < ASK_FROM or len(rows) > MOST_ASKED or (text and not filters):
            return None
        asked = {
            "audience": bool(filters.audience),
            "category": bool(filters.categories),
            "colour": bool(filters.colours) or not filters.categories,  # of things of some kind
        }
        return best_question(
            {name: generation.facets(name, rows) for name, said in asked.items() if not said}
        )

    def _relax(
        self, generation: Generation, filters: Filters, exclude: Collection[str]
    ) -> tuple[np.ndarray, Filters, list[str]]:
        keep = generation.live.copy()
        if exclude:
            keep[generation.catalogue.ids(exclude)] = False

        def accepted(candidate: Filters) -> np.ndarray:
            return generation.accepted(candidate) & keep

        mask = accepted(filters)
        wishes = [wish for wish in RELAXATION if filters.asks(wish)]
        if mask.any() or not wishes:
            return mask, filters, []
        for wish in wishes:
            mask = accepted(filters.without(wish))
            if mask.any():
                return mask, filters.without(wish), [wish]
        relaxed = []
        for wish in wishes:
            filters = filters.without(wish)
            relaxed.append(wish)
            mask = accepted(filters)
            if mask.any():
                break
        return mask, filters, relaxed

    def _good(
        self, generation: Generation, text: str, filters: Filters, hits: list[Hit]
    ) -> tuple[int, list[Hit]]:
        """How many products are what a text asks for, and the hits with how close they are.

        All are when it names a kind or a brand that the catalogue has; else it takes a cosine and
        shared words. `make bench-insights` measures how often that is right.
        """
        text = generation.parser.focus(text).strip()
        asked = _stems(" ".join(content_words(text)))
        if not hits or not asked or filters.categories or filters.brands:
            return len(hits), hits
        assert self._embedder is not None
        rows = generation.catalogue.ids([hit.product.sku for hit in hits])
        closeness = generation.index.closeness(rows, self._embedder.encode_one(text))
        texts = map(embedding_text, generation.catalogue.rows(rows))
        shares = [len(asked & _stems(text)) / len(asked) for text in texts]
        good = int((closeness + WORD_SHARE * np.array(shares) >= self._embedder.good_from).sum())
        near = [
            replace(hit, closeness=float(one)) for hit, one in zip(hits, closeness, strict=True)
        ]
        return good, near

    def _rank(
        self, generation: Generation, text: str, mask: np.ndarray, pool: int
    ) -> list[tuple[int, float]]:
        """Row numbers with their scores, best first."""
        if not text.strip():
            rows = np.flatnonzero(mask)
            return [(int(row), 0.0) for row in _spread(generation, rows)]
        assert self._embedder is not None
        text = generation.parser.focus(text)
        query = self._embedder.encode_one(text)
        some = None if mask.all() else mask
        return generation.rank(content_words(text), query, some, pool)


def _stems(text: str) -> set[str]:
    """The words of a text, cut to five letters, so that "socks" is "sock", and the signs of scripts without spaces."""
    words = [word for word, _, _ in tokens(text) if len(word) >= SHORTEST or not word.isascii()]
    return {word[:5].rstrip("s") for word in words if not word.isdigit()}


def _spread(generation: Generation, rows: np.ndarray) -> list[int]:
    """Without words to go by: in stock first, and one of each category before a second."""
    seen: dict[Any, int] = {}
    keys = []
    for row, product in zip(
        rows[:2000], generation.catalogue.rows([int(r) for r in rows[:2000]]), strict=True
    ):
        seen[product.category] = seen.get(product.category, 0) + 1
        keys.append((not product.in_stock, seen[product.category], int(row)))
    return [row for _, _, row in sorted(keys)]
