"""One version: pyproject.toml's, the command's and the service's."""

import asyncio
import json
import tomllib

from click.testing import CliRunner

from bot.cli import main
from bot.paths import REPOSITORY
from bot.web.health import health


def test_the_command_and_the_service_tell_the_version_of_the_project() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    told = CliRunner().invoke(main, ["--version"], prog_name="shoptalk").output
    assert told == f"shoptalk, version {project['version']}\n"
    answer = asyncio.run(health(None))
    assert json.loads(answer.body) == {"status": "ok", "version": project["version"]}
