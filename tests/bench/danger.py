"""How much danger is heard in words held out, how much of other talk is taken for it, and what it costs.

The messages of tests/data/danger_held_out.yml, danger_by_products.yml, danger_by_idioms.yml, danger_by_means.yml and danger_by_questions.yml
are read as the first ones of a conversation, with all that understanding does.
"""

import argparse
import asyncio
import logging
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import structlog
from rasa.core.agent import Agent
from rich.console import Console
from rich.table import Table
from ruamel.yaml import YAML

from bot.dialogue.agents import processor_of
from bot.dialogue.grave import DANGER
from bot.dialogue.language import language_of
from bot.dialogue.understanding import understand
from bot.paths import REPOSITORY
from bot.service.training import wanted_model
from bot.settings import get_settings
from bot.spoken import speaking

FILES = [
    REPOSITORY / "tests" / "data" / f"{name}.yml"
    for name in (
        "danger_held_out",
        "danger_by_products",
        "danger_by_idioms",
        "danger_by_means",
        "danger_by_questions",
    )
]
OTHER = "not_danger"


def main() -> None:
    """Print a table for each file, a row for each language."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--verbose", action="store_true", help="print what was wrong")
    parser.add_argument("--messages", type=Path, nargs="*", default=FILES, help="files like those")
    chosen = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    agent = Agent.load(str(wanted_model(get_settings())))
    for file in chosen.messages:
        table = Table(
            "language", "danger", "heard", "as its kind", "other", "taken for it", "ms",
            title=file.stem,
        )  # fmt: skip
        for language, said in YAML(typ="safe").load(file).items():
            table.add_row(language, *_row(agent, said, chosen.verbose))
        Console().print(table)


def heard_as(agent: Agent, text: str) -> str:
    """The intent of a first message of a conversation."""
    served = get_settings().shop.languages
    with speaking(language_of(text, served[0], first=True) or served[0]):
        (first, *_) = asyncio.run(understand(processor_of(agent), None, text))
    return str(first["intent"]["name"])


def _row(agent: Agent, said: Mapping[str, Sequence[str]], verbose: bool) -> list[str]:
    """Of one language: messages of danger, the shares heard and heard as their kind; others, the share taken."""
    began = time.perf_counter()
    heard = [(kind, text, heard_as(agent, text)) for kind, texts in said.items() for text in texts]
    each = 1000 * (time.perf_counter() - began) / max(1, len(heard))
    real = [one for one in heard if one[0] != OTHER]
    taken = [one for one in heard if one[0] == OTHER and one[2] in DANGER]
    missed = [one for one in real if one[2] not in DANGER]
    otherwise = [one for one in real if one[2] in DANGER and one[2] != one[0]]
    if verbose:
        for name, found in (("missed", missed), ("another kind", otherwise), ("taken", taken)):
            for kind, text, intent in found:
                print(f"{name}: {text!r} ({kind}) is {intent}")
    others = len(heard) - len(real)
    shares = [
        _share(len(real) - len(missed), len(real)),
        _share(len(real) - len(missed) - len(otherwise), len(real)),
    ]
    return [str(len(real)), *shares, str(others), _share(len(taken), others), f"{each:.1f}"]


def _share(count: int, of: int) -> str:
    return f"{100 * count / of:.0f} %" if of else ""


if __name__ == "__main__":
    main()
