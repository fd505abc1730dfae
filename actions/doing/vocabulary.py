"""Which words stand in which attributes of the catalogue, so that "is it leather?" is known to ask for a material."""

import re
from collections.abc import Collection

from actions.backends import get_recommender
from recommender.product import FEATURE_LENGTH
from recommender.search.titles import stems

MOST = 20_000  # products that are looked at
_PIECES = re.compile(r"\s*[,;/|+&]\s*")
_known: dict[str, dict[frozenset[str], set[str]]] = {}


def attributes_with(said: Collection[str]) -> list[str]:
    """The attributes (names in lower case) of which some product's value, or one of several in it, is said whole, and
    nothing else but the attribute; `said` are stems of words."""
    generation = get_recommender().current()
    folder = str(generation.catalogue.folder)
    if folder not in _known:
        found: dict[frozenset[str], set[str]] = {}
        for product in generation.catalogue.products(limit=MOST):
            for name, value in product.attributes.items():
                if name == "tags" or len(value) > FEATURE_LENGTH:
                    continue
                for piece in _PIECES.split(value):
                    of_piece = frozenset(stems(piece))
                    if of_piece and not any(one.isdigit() or len(one) < 3 for one in of_piece):
                        found.setdefault(of_piece, set()).add(name.casefold())
        _known.clear()
        _known[folder] = found
    known = _known[folder]
    return sorted(
        {
            name
            for piece, names in known.items()
            for name in names
            if piece <= set(said) <= piece | stems(name)
        }
    )
