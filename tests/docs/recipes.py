"""docs/recipes.md, put into a copy of the checkout and of the demo shop as it stands there."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from bot.paths import REPOSITORY
from tests.docs import examples

PAGE = REPOSITORY / "docs" / "recipes.md"
NAME = re.compile(r"\*\*(Added to )?`([^`]+)`\*\*")
CODE = ("bot", "actions", "nlu_data", "recommender", "config.yml", "credentials.yml", "endpoints.yml", "pyproject.toml")  # fmt: skip


def files() -> Iterator[tuple[str, bool, str]]:
    """Each file of the page: its path, whether it is added to one that is there, and its text."""
    for above, text in examples.named_fences(PAGE):
        if name := NAME.fullmatch(above):
            yield name[2], bool(name[1]), text


def apply(checkout: Path, shop: Path) -> None:
    """Copy the code into `checkout`, and write all recipes into it and into `shop`."""
    unwanted = shutil.ignore_patterns("__pycache__", "var")
    for name in CODE:
        source = REPOSITORY / name
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, checkout / name, **({"ignore": unwanted} if source.is_dir() else {}))
    for encoder in (REPOSITORY / "models").glob("encoder-*"):
        (checkout / "models").mkdir(exist_ok=True)
        (checkout / "models" / encoder.name).symlink_to(encoder)
    for place, is_added, text in files():
        base, _, rest = place.partition("/")
        path = shop / rest if base == "shop" else checkout / place
        if is_added:
            text = path.read_text(encoding="utf-8") + text
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
