"""Product search for shops: import a catalogue, embed it, and recommend from it.

    from recommender import Recommender
    found = Recommender.open("var/catalogue").search("a warm jacket under 100")

Importing the package, or `recommender.catalogue.reading`, loads no model.
"""

from typing import Any


def __getattr__(name: str) -> Any:
    if name == "Recommender":
        from recommender.search.recommend import Recommender

        return Recommender
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
