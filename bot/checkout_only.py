"""How Shoptalk is built: setuptools for an editable checkout, and a refusal of wheels.

The checkout is the product. A wheel would lack the training data and the model's configuration,
and put packages named `bot` and `actions` beside everybody's.
"""

import sys
from typing import NoReturn

from setuptools.build_meta import (
    build_editable,
    get_requires_for_build_editable,
    prepare_metadata_for_build_editable,
)

__all__ = [
    "build_editable",
    "build_sdist",
    "build_wheel",
    "get_requires_for_build_editable",
    "prepare_metadata_for_build_editable",
]
REFUSAL = (
    "Shoptalk's checkout is the product, and nothing is built of it: "
    "run `make install` in a clone, then .venv/bin/shoptalk."
)


def build_wheel(*_: object, **__: object) -> NoReturn:
    """What `pip install .` asks for: ends with what to do instead."""
    sys.exit(REFUSAL)


def build_sdist(*_: object, **__: object) -> NoReturn:
    """What `python -m build` asks for first: ends with what to do instead."""
    sys.exit(REFUSAL)
