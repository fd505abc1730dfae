"""The files of docs/deploy say what is so, and the upgrade switches only to what is ready."""

import os
import re
import subprocess
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from bot.paths import REPOSITORY

DEPLOY = REPOSITORY / "docs" / "deploy"
MAKEFILE = """install:
\t@mkdir -p .venv/bin && cp tool .venv/bin/shoptalk && chmod +x .venv/bin/shoptalk
"""
TOOL = '#!/bin/sh\necho "$(basename $(pwd)) $*" >> {log}\ntest "$1" != train || {train}\n'


@pytest.mark.parametrize("name", ["alerts.yml", "compose.yml"])
def test_they_are_yaml(name: str) -> None:
    assert YAML(typ="safe").load(DEPLOY / name)


def test_alerts_and_dashboard_ask_for_metrics_that_there_are() -> None:
    told = (REPOSITORY / "docs" / "running.md").read_text()
    asked = (DEPLOY / "alerts.yml").read_text() + (REPOSITORY / "docs/grafana.json").read_text()
    names = set(re.findall(r"\bshoptalk_[a-z_]+", asked))
    assert len(names) > 5
    known = set(re.findall(r"\bshoptalk_[a-z_]+", told))
    assert {re.sub("_bucket$", "", name) for name in names} <= known


def test_ports_and_commands_are_those_of_the_program() -> None:
    for name in ("Caddyfile", "nginx.conf"):
        assert "127.0.0.1:8000" in (DEPLOY / name).read_text()
    assert ".venv/bin/shoptalk up" in (DEPLOY / "shoptalk.service").read_text()


class Releases:
    """A root with a first release that runs, and a repository that has a second."""

    def __init__(self, folder: Path, train: str) -> None:
        self.root, self.log = folder / "srv", folder / "log"
        origin = folder / "origin"
        origin.mkdir()
        self.git(origin, "init", "-q", "-b", "v1")
        (origin / "Makefile").write_text(MAKEFILE)
        (origin / "tool").write_text(TOOL.format(log=self.log, train="true"))
        self.commit(origin)
        first = self.root / "releases" / "v1"
        self.git(folder, "clone", "-q", str(origin), str(first))
        subprocess.run(["make", "-C", str(first), "install"], check=True, capture_output=True)
        (self.root / "current").symlink_to(first)
        self.git(origin, "checkout", "-q", "-b", "v2")
        (origin / "tool").write_text(TOOL.format(log=self.log, train=train))
        self.commit(origin)
        self.shop = folder / "shop"
        self.shop.mkdir()

    def git(self, folder: Path, *arguments: str) -> None:
        who = ["-c", "user.name=t", "-c", "user.email=t@shop.example"]
        subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True)

    def commit(self, folder: Path) -> None:
        self.git(folder, "add", "-A")
        self.git(folder, "commit", "-q", "--allow-empty", "-m", "a release")

    def upgrade(self, version: str) -> subprocess.CompletedProcess:
        settings = {
            "SHOPTALK_ROOT": str(self.root),
            "SHOPTALK_SHOP": str(self.shop / "shop.yml"),
            "SHOPTALK_RESTART": f"{self.root}/current/.venv/bin/shoptalk restarted",
        }
        return subprocess.run(
            [DEPLOY / "upgrade.sh", version],
            env={**os.environ, **settings},
            capture_output=True,
            text=True,
            cwd=self.root / "current",
        )

    @property
    def current(self) -> str:
        return (self.root / "current").resolve().name


def test_an_upgrade_is_ready_and_backed_up_before_it_is_switched_to(tmp_path: Path) -> None:
    releases = Releases(tmp_path, train="true")
    done = releases.upgrade("v2")
    assert done.returncode == 0, done.stderr
    assert releases.current == "v2"
    said = releases.log.read_text().splitlines()
    assert said[:2] == ["v2 train", f"v1 backup {releases.shop}/before-v2.tar"]
    assert said[2].endswith("restarted") and f"ln -sfn {releases.root}/releases/v1" in done.stdout
    assert "is there already" in releases.upgrade("v2").stderr


def test_an_upgrade_that_cannot_be_prepared_leaves_what_serves(tmp_path: Path) -> None:
    releases = Releases(tmp_path, train="exit 3")
    for version in ("v2", "v9"):
        done = releases.upgrade(version)
        assert done.returncode != 0 and "still serves" in done.stderr
        assert releases.current == "v1" and not (releases.root / "releases" / version).exists()
    assert "restarted" not in releases.log.read_text()
