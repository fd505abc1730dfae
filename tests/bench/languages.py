"""Messages in other languages than English: is the language told, and is the right intent found?

The messages of tests/data/languages were written freely in each language, without sight of the training data.
"""

import argparse
import asyncio
import logging
import time
from pathlib import Path

import structlog
from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage
from rich.console import Console
from rich.table import Table
from ruamel.yaml import YAML

from bot.dialogue.agents import processor_of
from bot.dialogue.detection import detect
from bot.paths import REPOSITORY
from bot.service.training import wanted_model
from bot.settings import get_settings

FOLDER = REPOSITORY / "tests" / "data" / "languages"


def main() -> None:
    """Print a row for each language."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--verbose", action="store_true", help="print what was wrong")
    verbose = parser.parse_args().verbose
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    agent = Agent.load(str(wanted_model(get_settings())))
    table = Table(
        "language",
        "messages",
        "told",
        "told within English",
        "likeliest",
        "as understood",
        "ms",
        title="Languages",
    )
    for file in sorted(FOLDER.glob("*.yml")):
        table.add_row(file.stem, *asyncio.run(_row(agent, file, verbose)))
    Console().print(table)


async def _row(agent: Agent, file: Path, verbose: bool) -> list[str]:
    """Its shares: language told as a first message and after English, the likeliest intent, the one it is given."""
    said = [one for one in YAML(typ="safe").load(file) if "intent" in one]
    language, served = file.stem, get_settings().shop.languages
    told = told_later = likeliest = understood = 0
    began = time.perf_counter()
    for one in said:
        text, intent = one["text"], one["intent"]
        told += detect(text, served[0], served, first=True) == language
        told_later += detect(text, "en", served) == language
        message = UserMessage(text=text, metadata={"language": language})
        parsed = await processor_of(agent).parse_message(message)
        ranking = [
            each["name"]
            for each in parsed["intent_ranking"]
            if not each["name"].endswith("fallback")
        ]
        likeliest += ranking[0] == intent
        understood += parsed["intent"]["name"] == intent
        if verbose and parsed["intent"]["name"] != intent:
            print(f"{language}: {text!r} is {intent}, understood as {parsed['intent']}")
    each = 1000 * (time.perf_counter() - began) / len(said)
    shares = [
        f"{100 * count / len(said):.0f} %" for count in (told, told_later, likeliest, understood)
    ]
    return [str(len(said)), *shares, f"{each:.1f}"]


if __name__ == "__main__":
    main()
