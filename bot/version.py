"""The version of this checkout, as `shoptalk --version` and web's /health tell it."""

from importlib.metadata import version

VERSION = version("shoptalk")  # pyproject.toml's, as of the last `make install`
