"""What a customer asked for, as hard filters."""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from recommender.language.words import size_key
from recommender.product import Product, category_keys, colour_keys, feature_keys
from recommender.request.measures import PEOPLE, distance, measure, meets

# In this order wishes are given up when nothing meets them all: the first one matters least.
RELAXATION = (
    "features",
    "sizes",
    "in_stock",
    "colours",
    "audience",
    "brands",
    "price",
    "categories",
)
EITHER = " | "  # between features of which one is enough
CHILDREN = ("kids", "girls", "boys")
LABELS = {
    "features": "feature",
    "sizes": "size",
    "in_stock": "in stock",
    "colours": "colour",
    "audience": "who it is for",
    "brands": "brand",
    "price": "price",
    "categories": "category",
}


@dataclass(frozen=True)
class Filters:
    """Hard filters; of several values one is enough, and what is empty doesn't filter.

    Prices are in the catalogue's currency. Of `features` a product must have all, of those that EITHER parts one. No
    word of a product's text may begin with one of `not_words` ("no leather").
    """

    price_min: float | None = None
    price_max: float | None = None
    colours: tuple[str, ...] = ()
    sizes: tuple[str, ...] = ()
    audience: str = ""
    brands: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    in_stock: bool = False
    features: tuple[str, ...] = ()
    not_colours: tuple[str, ...] = ()
    not_brands: tuple[str, ...] = ()
    not_categories: tuple[str, ...] = ()
    not_audience: str = ""
    not_words: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return self != Filters()

    @classmethod
    def from_entities(cls, entities: Iterable[Mapping[str, Any]]) -> "Filters":
        """From mentions as dicts with `entity`, `value` and perhaps `negated`.

        What isn't about products is left alone, so that all of a message's entities can be given.
        """
        values: dict[str, Any] = {}

        def add(name: str, value: str) -> None:
            if name == "features" and (one := measure(value)) and not one.bound:
                values[name] = tuple(  # of two amounts of one thing the later is meant
                    before for before in values.get(name, ()) if not _exactly(before, one.unit)
                )
            if value not in values.setdefault(name, ()):
                values[name] += (value,)

        for one in entities:
            label, value, negated = one["entity"], one["value"], bool(one.get("negated"))
            if label == "price" and not negated and isinstance(value, Mapping):
                for bound in ("min", "max"):
                    if value.get(bound) is not None:
                        values[f"price_{bound}"] = float(value[bound])
            elif label in ("colour", "brand", "category"):
                plural = {"colour": "colours", "brand": "brands", "category": "categories"}[label]
                add(f"not_{plural}" if negated else plural, str(value).lower())
            elif label == "size" and not negated:
                add("sizes", size_key(str(value)))
            elif label == "audience":
                values["not_audience" if negated else "audience"] = str(value)
            elif label == "in_stock":
                values["in_stock"] = True
            elif label == "feature":
                add("not_words" if negated else "features", str(value).lower())
        return cls(**values)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Filters":
        """From `to_dict()`; a name that isn't known is left out."""
        known = {field.name for field in fields(cls)}
        given: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in values.items()
            if name in known
        }
        return cls(**given)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values; what doesn't filter is left out."""
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in asdict(self).items()
            if value not in (None, (), "", False)
        }

    def merge(self, newer: "Filters") -> "Filters":
        """These filters with what a later message asks: the newer wish replaces the older one.

        "Not black" after "black" takes black away; "black" after "not black" brings it back.
        """
        changed = {
            field.name: getattr(newer, field.name)
            for field in fields(newer)
            if getattr(newer, field.name) not in (None, (), "", False)
        }
        if newer.price_max is not None and newer.price_min is None and self.price_min is not None:
            if self.price_min >= newer.price_max:
                changed["price_min"] = None
        merged = replace(self, **changed)
        for name in ("colours", "brands", "categories"):
            wanted, unwanted = getattr(merged, name), getattr(merged, f"not_{name}")
            if name in changed:
                unwanted = tuple(value for value in unwanted if value not in wanted)
            wanted = tuple(value for value in wanted if value not in unwanted)
            merged = replace(merged, **{name: wanted, f"not_{name}": unwanted})
        if "audience" in changed:
            merged = replace(merged, not_audience="")
        elif merged.audience and is_for(merged.audience, merged.not_audience):
            merged = replace(merged, audience="")
        return merged

    def without(self, wish: str) -> "Filters":
        """These filters with one wish of `RELAXATION` given up."""
        if wish == "price":
            return replace(self, price_min=None, price_max=None)
        return replace(self, **{wish: getattr(Filters(), wish)})

    def only(self, wish: str) -> "Filters":
        """One wish of `RELAXATION` and nothing else."""
        if wish == "price":
            return Filters(price_min=self.price_min, price_max=self.price_max)
        return Filters(**{wish: getattr(self, wish)})

    def measured(self, product: Product) -> bool:
        """Whether a product has a number in the unit of one of the measures."""
        keys = feature_keys(product)
        return any(distance(one, keys) < math.inf for one in self.measures)

    def of_kinds(self) -> "Filters":
        """These filters without a number of people unless a kind is named: not "a gift for 4"."""
        if self.categories:
            return self
        unmeasured = [one for one in self.features if not is_for_people(one)]
        return replace(self, features=tuple(unmeasured))

    def missed_by(self, product: Product, wishes: Iterable[str]) -> tuple[str, ...]:
        """Those wishes that a product doesn't meet."""
        return tuple(wish for wish in wishes if not self.only(wish).accept(product))

    @property
    def measures(self) -> tuple[str, ...]:
        """Those features that are numbers of something: "4 people", "at least 28 l"."""
        return tuple(feature for feature in self.features if measure(feature))

    def asks(self, wish: str) -> bool:
        """Whether one wish of `RELAXATION` is among these filters."""
        return self.without(wish) != self

    def _has_another_colour(self, product: Product) -> bool:
        """Whether a product can be had in a colour that isn't ruled out; one without colours can."""
        unwanted = set(self.not_colours)
        return not product.colours or any(
            not colour_keys(Product("", "", colours=(one,))) & unwanted for one in product.colours
        )

    @property
    def of_a_variant(self) -> bool:
        """Whether they ask something in which the variants of a product differ."""
        bounded = self.price_min is not None or self.price_max is not None
        return bool(self.colours or self.sizes or self.features or self.in_stock or bounded)

    def accept(self, product: Product) -> bool:
        """Whether a product meets all of these filters; the definition that the index follows.

        One variant must meet all that variants differ in: "in 43 and brown" is no black 43.
        """
        if not self._accept_all(product):
            return False
        if not product.variants or not self.of_a_variant:
            return self._accept_form(product)
        return any(self._accept_form(product.seen_as(one)) for one in product.variants)

    def narrowed(self, product: Product) -> Product:
        """A product as those of its variants that meet these filters; all of it where none does."""
        if not product.choices or not self.of_a_variant:
            return product
        forms = [one for one in product.variants if self._accept_form(product.seen_as(one))]
        return product.narrowed(forms)

    def _accept_form(self, product: Product) -> bool:
        return all(
            (
                self.price_min is None or _price(product) >= self.price_min,
                self.price_max is None or _price(product) <= self.price_max,
                not self.colours or bool(colour_keys(product) & set(self.colours)),
                not self.sizes or bool({size_key(s) for s in product.sizes} & set(self.sizes)),
                not self.in_stock or product.in_stock,
                all(has_feature(product, feature) for feature in self.features),
            )
        )

    def _accept_all(self, product: Product) -> bool:
        text = text_of(product) if self.not_words else ""
        return all(
            (
                not self.audience or fits(product.audience, self.audience),
                not self.brands or product.brand.lower() in self.brands,
                not self.categories or bool(category_keys(product) & set(self.categories)),
                not self.not_colours or self._has_another_colour(product),
                product.brand.lower() not in self.not_brands,
                not category_keys(product) & set(self.not_categories),
                not is_for(product.audience, self.not_audience),
                not any(begins(word, text) for word in self.not_words),
            )
        )


def _exactly(feature: str, unit: str) -> bool:
    """Whether a feature is an amount in a unit, without a bound."""
    one = measure(feature)
    return one is not None and one.unit == unit and not one.bound


def text_of(product: Product) -> str:
    """All that is said of a product in words."""
    return f"{product.title} {product.description} {' '.join(product.attributes.values())}"


def begins(word: str, text: str) -> bool:
    """Whether a word of a text begins so."""
    return bool(re.search(rf"(?<!\w){re.escape(word)}", text, re.I))


def _price(product: Product) -> float:
    """A price that isn't known meets no price filter: NaN compares false."""
    return float("nan") if product.price is None else float(product.price)


def has_feature(product: Product, feature: str) -> bool:
    """Whether a product's attributes say so, perhaps in another unit, or its title does."""
    keys = feature_keys(product)
    return any(
        any(meets(one, key) for key in keys) or says(product.title, one)
        for one in feature.split(EITHER)
    )


def is_for_people(feature: str) -> bool:
    """Whether a feature is for how many people something is."""
    one = measure(feature)
    return one is not None and one.unit == PEOPLE


def says(title: str, feature: str) -> bool:
    """Whether a title names a feature."""
    return bool(re.search(rf"(?<!\w){re.escape(feature)}(?!\w)", title.lower()))


def is_for(audience: str, ruled_out: str) -> bool:
    """Whether a product is for just those that a request rules out; things for all stay."""
    return audience in (CHILDREN if ruled_out == "kids" else (ruled_out,)) and audience != ""


def fits(audience: str, asked: str) -> bool:
    """Whether a product for one audience suits a request for another; kids are kids only."""
    if asked == "kids":
        return audience in CHILDREN
    if asked in CHILDREN:
        return audience in (asked, "kids")
    return audience in (asked, "unisex", "")
