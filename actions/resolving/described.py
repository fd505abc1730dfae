"""Which products some words describe, by their titles, values and texts."""

from collections.abc import Sequence
from itertools import pairwise
from string import ascii_letters

from recommender.product import Product
from recommender.search.titles import alike, stem, stems, tokens

IN_TITLE, IN_VALUES, IN_TEXT = 3.0, 2.0, 1.0  # what a word counts that a product is described by


def best_described(
    words: Sequence[str],
    products: Sequence[Product],
    whole: bool = False,
    least: float = IN_VALUES,
) -> list[Product]:
    """The products that most of the words describe, so well at `least`; words that describe all of several count
    nothing. With `whole` each word must be in the title or a value of what is found."""
    said = set(map(stem, words))
    texts = [_weights(one) for one in products]
    if len(products) > 1:
        said = {one for one in said if not all(one in text for text in texts)}
    scores = [sum(text.get(one, 0.0) for one in said if not one.isdigit()) for text in texts]
    scores = [score + _numbers(words, one) for score, one in zip(scores, products, strict=True)]
    best = max(scores, default=0.0)
    if best < least:
        return []
    found = [place for place, score in enumerate(scores) if score == best]
    asked = set(map(stem, words)) if whole else ()
    if not all(texts[place].get(one, 0.0) >= IN_VALUES for place in found for one in asked):
        return []
    return [products[place] for place in found]


def _numbers(words: Sequence[str], product: Product) -> float:
    """What numbers count that stand beside the same word as in the title: "the 3 seater", "fenwick 140"."""
    title = [word for word, _, _ in tokens(product.title)]
    pairs = [(a, b) for a, b in pairwise(words) if a.isdigit() or b.isdigit()]
    pairs += [(a, word.removeprefix(a)) for word in words if (a := _amount(word))]
    return sum(
        IN_TITLE
        for a, b in pairs
        if any(alike(a, x) for x in title) and any(alike(b, x) for x in title)
    )


def _amount(word: str) -> str:
    """The number at the front of a word with its unit behind it: "20" of "20oz"; "" where it is none."""
    number = word.rstrip(ascii_letters)
    return number if number.isdigit() and number != word else ""


def by_numbers(words: Sequence[str], products: Sequence[Product]) -> bool:
    """Whether some products are told from others by a number with the word beside it: "the box of 100"."""
    return bool(products) and all(_numbers(words, one) for one in products)


def in_titles(words: Sequence[str], products: Sequence[Product]) -> bool:
    """Whether there is one product, and its title has one of the words."""
    return len(products) == 1 and bool(set(map(stem, words)) & stems(products[0].title))


def _weights(product: Product) -> dict[str, float]:
    """What each stem of a product's words counts."""
    values = " ".join(
        (*product.colours, product.category, product.audience, *product.attributes.values())
    )
    weights: dict[str, float] = {}
    for text, weight in (
        (product.title, IN_TITLE), (values, IN_VALUES), (product.brand, IN_VALUES), (product.description, IN_TEXT),
    ):  # fmt: skip
        for word, _, _ in tokens(text):
            weights.setdefault(stem(word), weight)
    return weights
