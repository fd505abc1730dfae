"""docs/commands.md: every command and option, in the words of `shoptalk --help` itself."""

from collections.abc import Iterator

import click
from click.testing import CliRunner

from bot.cli import main
from bot.paths import REPOSITORY

PAGE = REPOSITORY / "docs" / "commands.md"
COLUMNS = 100
HEAD = """\
# Commands

What `shoptalk --help` says of each command; `make format` writes this page. `. .venv/bin/activate` puts
`shoptalk` on the path.
"""


def page() -> str:
    """The whole page."""
    sections = [HEAD]
    for names in commands(main):
        title = " ".join(("shoptalk", *names))
        lines = [f"    {line}".rstrip() for line in help_of(names).splitlines()]
        sections.append(f"## {title}\n\n" + "\n".join(lines) + "\n")
    return "\n".join(sections)


def commands(command: click.Command, names: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The words after `shoptalk` of each command and group, a group before what is in it."""
    yield names
    if isinstance(command, click.Group):
        for name in sorted(command.commands):
            yield from commands(command.commands[name], (*names, name))


def help_of(names: tuple[str, ...]) -> str:
    """What `--help` of a command prints on a terminal of 100 columns."""
    shown = CliRunner().invoke(
        main, [*names, "--help"], prog_name="shoptalk", terminal_width=COLUMNS
    )
    if shown.exit_code:
        raise RuntimeError(f"shoptalk {' '.join(names)} --help: {shown.output}")
    return shown.output
