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
KEPT = 3  # of what the assistant learns from, every third utterance: the training takes a third of its time
UTTERANCE = re.compile(r"^ {6}- ")


def files() -> Iterator[tuple[str, bool, str]]:
    """Each file of the page: its path, whether it is added to one that is there, and its text."""
    for above, text in examples.named_fences(PAGE):
        if name := NAME.fullmatch(above):
            yield name[2], bool(name[1]), text


def apply(checkout: Path, shop: Path) -> None:
    """Copy the code into `checkout`, and write all recipes into it and into `shop`.

    Every intent, rule and language is there, and the recipes are whole; of the other utterances there are fewer.
    """
    unwanted = shutil.ignore_patterns("__pycache__", "var")
    for name in CODE:
        source = REPOSITORY / name
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, checkout / name, **({"ignore": unwanted} if source.is_dir() else {}))
    _thin(checkout / "nlu_data")
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


def _thin(data: Path) -> None:
    """Leave out most utterances: of each file of sentiment and danger, and of each intent in each language."""
    for file in data.rglob("*.tsv"):
        lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
        file.write_text("".join(lines[::KEPT]), encoding="utf-8")
    for file in (data / "nlu").rglob("*.yml"):
        kept, place = [], 0
        for line in file.read_text(encoding="utf-8").splitlines(keepends=True):
            is_utterance = UTTERANCE.match(line)
            if not is_utterance or place % KEPT == 0:
                kept.append(line)
            place = place + 1 if is_utterance else 0
        file.write_text("".join(kept), encoding="utf-8")
