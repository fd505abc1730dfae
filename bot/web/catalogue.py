"""The catalogue in use, for the pages and the chat of the web process."""

from collections.abc import Callable
from pathlib import Path

from recommender.catalogue.reading import Catalogue, generation_folder

_opened: dict[Path, Catalogue] = {}  # by the folder of its generation


def current(catalogues: Path, on_new: Callable[[], object] | None = None) -> Catalogue:
    """The catalogue; opened again, with a call of `on_new`, when another generation took its place.

    Raises NoCatalogue.
    """
    folder = generation_folder(catalogues)
    if folder not in _opened:
        _opened.clear()
        _opened[folder] = Catalogue(folder)
        if on_new:
            on_new()
    return _opened[folder]
