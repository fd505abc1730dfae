"""What the slowest texts cost: `make bench-texts`.

Each reader reads 5,000 characters of each kind that tests/bounded has, and an ordinary message; then
dialogue understands them whole, in the demo shop, its encoder's own time taken off.
"""

import asyncio
import logging
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bot.service.training import wanted_model
from bot.settings import get_settings
from tests.bench.speed import demo_environment
from tests.bounded.payloads import DIFFERENT, PIECES, text_of
from tests.bounded.readers import readers

LONGEST = 5000  # characters of a message
CANDIDATES = 8  # the slowest when they are read once, which are read again
ORDINARY = "hi, i'm looking for a red mug under 20 euros, and where is my order HF-10222?"
Read = Callable[[str], Any]


def main() -> None:
    """Print the table."""
    models = get_settings().models
    table = Table(
        "reader", "ordinary, ms", "slowest, ms", "text", title="Milliseconds of processor"
    )
    for name, read in readers().items():
        table.add_row(name, *figures(read))
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(demo_environment(Path(folder) / "shop", models))
        get_settings.forget()
        table.add_row("a whole understanding", *figures(understanding()))
    Console().print(table)


def figures(read: Read) -> tuple[str, str, str]:
    """Milliseconds for an ordinary message and for the slowest text, and what that repeats."""
    for text in (ORDINARY, "qxqx"):  # what is loaded once, the shop's pages with what means nothing
        read(text)
    ordinary = min(seconds(read, f"{ORDINARY} {number}") for number in range(5))
    once = sorted((seconds(read, text_of(one, LONGEST)), one) for one in (*PIECES, *DIFFERENT))
    slowest, piece = max((_again(read, one), one) for _, one in once[-CANDIDATES:])
    return f"{1000 * ordinary:.1f}", f"{1000 * slowest:.1f}", repr(piece)


def _again(read: Read, piece: str) -> float:
    """The shortest of some times, since other work on the machine makes them longer.

    The texts differ a little, or a cache would have them.
    """
    return min(seconds(read, text_of(piece, LONGEST - n) + "." * n) for n in range(1, 6))


def seconds(read: Read, text: str) -> float:
    """Of the processor, without the encoder's own."""
    began, encoder = time.process_time(), _encoder
    encoder.clear()
    read(text)
    return time.process_time() - began - sum(encoder)


_encoder: list[float] = []  # seconds of each run


@contextmanager
def encoder_timed() -> Iterator[None]:
    """With the runs of the encoder, and nothing else of it, in `_encoder`."""
    from recommender.embedder import _Onnx

    run = _Onnx.__call__

    def timed(self: Any, tokens: Any) -> Any:
        began = time.thread_time()  # texts may be encoded side by side
        try:
            return run(self, tokens)
        finally:
            _encoder.append(time.thread_time() - began)

    _Onnx.__call__ = timed
    try:
        yield
    finally:
        _Onnx.__call__ = run


def understanding() -> Read:
    """All that dialogue does to understand a message outside a form."""
    from rasa.core.agent import Agent
    from rasa.utils.log_utils import configure_structlog

    from bot.dialogue.startup import run_graphs_directly
    from bot.dialogue.understanding import understand

    configure_structlog(logging.ERROR)
    run_graphs_directly()
    agent = Agent.load(str(wanted_model(get_settings())))
    loop = asyncio.new_event_loop()

    def read(text: str) -> Any:
        with encoder_timed():
            return loop.run_until_complete(understand(agent.processor, None, text.strip() or "x"))

    return read


if __name__ == "__main__":
    main()
