"""The code on a page of the docs, run: what it prints is what the page shows below it."""

import io
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt


def fences(page: Path) -> Iterator[tuple[str, str]]:
    """The language and the content of each fenced block, in order."""
    for token in MarkdownIt().parse(page.read_text(encoding="utf-8")):
        if token.type == "fence":
            yield token.info, token.content


def named_fences(page: Path) -> Iterator[tuple[str, str]]:
    """The paragraph above each fenced block, as it is written, and the block's content; in order."""
    above = ""
    for token in MarkdownIt().parse(page.read_text(encoding="utf-8")):
        if token.type == "fence":
            yield above, token.content
        if token.type in ("inline", "fence"):
            above = token.content if token.type == "inline" else ""


def run(page: Path) -> Iterator[tuple[str, str]]:
    """What each text block shows, and what the code since the one before it printed.

    All blocks of a page are one program.
    """
    names: dict[str, Any] = {}
    printed = io.StringIO()
    for language, content in fences(page):
        if language == "python":
            with redirect_stdout(printed):
                exec(compile(content, page.name, "exec"), names)
        elif language == "text":
            yield content, printed.getvalue()
            printed = io.StringIO()
