"""Where the project's own files lie."""

from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]  # the checkout
