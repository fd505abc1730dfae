"""Which words stand in which attributes of the catalogue, so that "is it leather?" is known to ask for a material."""

from actions.backends import get_recommender
from recommender.product import FEATURE_LENGTH
from recommender.search.titles import stem, tokens

MOST = 20_000  # products that are looked at
_known: dict[str, dict[str, set[str]]] = {}


def attributes_with(beginning: str) -> set[str]:
    """The attributes (names in lower case) of which some product's value has a word with this stem."""
    generation = get_recommender().current()
    if generation.version not in _known:
        found: dict[str, set[str]] = {}
        for product in generation.catalogue.products(limit=MOST):
            for name, value in product.attributes.items():
                if name == "tags" or len(value) > FEATURE_LENGTH:
                    continue
                for word, _, _ in tokens(value):
                    if not word.isdigit() and len(word) > 2:
                        found.setdefault(stem(word), set()).add(name.casefold())
        _known.clear()
        _known[generation.version] = found
    return _known[generation.version].get(beginning, set())
