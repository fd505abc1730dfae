"""The files of docs/deploy say what is so, and the upgrade switches only to what is ready."""

import os
import pwd
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from bot.paths import REPOSITORY
from bot.platforms.hooks import LARGEST

DEPLOY = REPOSITORY / "docs" / "deploy"
FILES = {"intents": "bot/intents.yml", "answer": "answer", "mine": "mine.yml"}
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


def test_nginx_lets_through_what_a_platform_may_send() -> None:
    _, _, hooks = (DEPLOY / "nginx.conf").read_text().partition("location = /hooks/platform {")
    found = re.search(r"client_max_body_size (\d+)m;", hooks.partition("}")[0])
    assert found and int(found[1]) << 20 >= LARGEST


def test_staff_reach_the_port_that_the_units_give_the_console() -> None:
    for name in ("Caddyfile", "nginx.conf"):
        assert "127.0.0.1:8001" in (DEPLOY / name).read_text()
    assert "SHOPTALK_CONSOLE_PORT=8001" in (DEPLOY / "shoptalk.service").read_text()
    assert 'SHOPTALK_CONSOLE_PORT: "8001"' in (DEPLOY / "compose.yml").read_text()


def test_what_git_leaves_out_is_left_out_of_the_image_too() -> None:
    """Environment, models and shops with all that customers said; beside them the history."""
    left_out = set((REPOSITORY / ".dockerignore").read_text().splitlines())
    for line in [*(REPOSITORY / ".gitignore").read_text().split(), ".git"]:
        name = line.strip("/")
        assert left_out & {name, f"**/{name}"}, f".dockerignore lacks {name}"


class Releases:
    """A root with a first release that runs, and a repository that has a second."""

    def __init__(self, folder: Path, train: str = "true") -> None:
        self.root, self.log = folder / "srv", folder / "log"
        self.train = train
        self.origin = folder / "origin"
        self.origin.mkdir()
        self.git(self.origin, "init", "-q", "-b", "v1")
        (self.origin / "Makefile").write_text(MAKEFILE)
        (self.origin / ".gitignore").write_text(".venv\n")
        shutil.copy(REPOSITORY / ".gitattributes", self.origin)
        (self.origin / "bot").mkdir()
        (self.origin / "bot" / "intents.yml").write_text("greet: {}\n")
        (self.origin / "answer").write_text("hello\n")
        self.release("v1", "true")
        self.first = self.root / "releases" / "v1"
        self.git(folder, "clone", "-q", str(self.origin), str(self.first))
        subprocess.run(["make", "-C", str(self.first), "install"], check=True, capture_output=True)
        (self.root / "current").symlink_to(self.first)
        self.shop = folder / "shop"
        self.shop.mkdir()
        self.release("v2", train)

    def release(self, name: str, train: str = "true", **files: str) -> None:
        """Make a branch of a release, on the one before."""
        if name != "v1":
            self.git(self.origin, "checkout", "-q", "-b", name)
        (self.origin / "tool").write_text(TOOL.format(log=self.log, train=train))
        for file, text in files.items():
            (self.origin / FILES[file]).write_text(text)
        self.commit(self.origin)

    def own(self, **files: str) -> None:
        """Commit something of the shop's own in the checkout that runs."""
        for file, text in files.items():
            (self.root / "current" / FILES[file]).write_text(text)
        self.commit(self.root / "current")

    def git(self, folder: Path, *arguments: str) -> None:
        who = ["-c", "user.name=t", "-c", "user.email=t@shop.example"]
        subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True)

    def commit(self, folder: Path) -> None:
        self.git(folder, "add", "-A")
        self.git(folder, "commit", "-q", "--allow-empty", "-m", "a release")

    def upgrade(self, version: str, **more: str) -> subprocess.CompletedProcess:
        settings = {
            "SHOPTALK_ROOT": str(self.root),
            "SHOPTALK_SHOP": str(self.shop / "shop.yml"),
            "SHOPTALK_RESTART": f"{self.root}/current/.venv/bin/shoptalk restarted",
        }
        return subprocess.run(
            [DEPLOY / "upgrade.sh", version],
            env={**os.environ, **settings, **more},
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


def test_what_is_ones_own_goes_along_from_release_to_release(tmp_path: Path) -> None:
    releases = Releases(tmp_path)
    releases.own(intents="greet: {}\nloyalty: {}\n", mine="an intent of our own\n")
    releases.git(releases.origin, "checkout", "-q", "v2")
    (releases.origin / "bot" / "intents.yml").write_text("greet: {}\nnews: {}\n")
    releases.commit(releases.origin)
    releases.release("v3", answer="good morning\n")
    for version in ("v2", "v3"):
        done = releases.upgrade(version)
        assert done.returncode == 0, done.stderr
        there = releases.root / "releases" / version
        assert releases.current == version
        assert (there / "mine.yml").read_text() == "an intent of our own\n"
        rows = (there / "bot" / "intents.yml").read_text().splitlines()
        assert sorted(rows) == ["greet: {}", "loyalty: {}", "news: {}"]
    assert (there / "answer").read_text() == "good morning\n"


def test_what_is_not_committed_is_named_before_anything_is_done(tmp_path: Path) -> None:
    releases = Releases(tmp_path)
    (releases.first / "mine.yml").write_text("an intent of our own\n")
    done = releases.upgrade("v2")
    assert done.returncode == 1 and "mine.yml" in done.stderr and "git commit" in done.stderr
    assert releases.current == "v1" and not (releases.root / "releases" / "v2").exists()


def test_what_does_not_fit_is_mended_and_gone_on_with(tmp_path: Path) -> None:
    releases = Releases(tmp_path)
    releases.own(answer="hello from us\n")
    releases.release("v3", answer="good morning\n")
    done = releases.upgrade("v3")
    there = releases.root / "releases" / "v3"
    assert done.returncode == 1 and f"git -C {there} status" in done.stderr
    assert releases.current == "v1" and "git am --continue" in releases.upgrade("v3").stderr
    (there / "answer").write_text("good morning from us\n")
    releases.git(there, "add", "answer")
    releases.git(there, "am", "--continue")
    done = releases.upgrade("v3")
    assert done.returncode == 0, done.stderr
    assert releases.current == "v3"
    assert (releases.root / "current" / "answer").read_text() == "good morning from us\n"


def test_nothing_is_begun_where_the_restart_is_not_permitted(tmp_path: Path) -> None:
    releases = Releases(tmp_path)
    (tmp_path / "bin").mkdir()
    sudo = tmp_path / "bin" / "sudo"
    sudo.write_text("#!/bin/sh\nexit 1\n")
    sudo.chmod(0o755)
    path = f"{sudo.parent}:{os.environ['PATH']}"
    for restart, told in (
        ("sudo -n systemctl restart shoptalk", "NOPASSWD: "),
        ("no-such-program restart", "no-such-program"),
    ):
        done = releases.upgrade("v2", SHOPTALK_RESTART=restart, PATH=path)
        assert done.returncode == 1 and told in done.stderr
        assert releases.current == "v1" and not (releases.root / "releases" / "v2").exists()


def test_a_restart_that_fails_leads_back(tmp_path: Path) -> None:
    releases = Releases(tmp_path)
    done = releases.upgrade("v2", SHOPTALK_RESTART="false")
    assert done.returncode == 1 and "leads to" in done.stderr
    assert releases.current == "v1"


def test_run_by_root_all_is_made_by_the_owner_of_the_checkout() -> None:
    """By anybody else it is their own checkout, which says the same."""
    someone = pwd.getpwnam("nobody") if os.getuid() == 0 else pwd.getpwuid(os.getuid())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)  # pytest's own folders are closed to others
        releases = Releases(folder)
        for path in (folder, *folder.rglob("*")):
            os.chown(path, someone.pw_uid, someone.pw_gid, follow_symlinks=False)
        done = releases.upgrade("v2")
        assert done.returncode == 0, done.stderr
        made = releases.root / "current"
        assert releases.current == "v2"
        for path in (made, made.resolve(), made / "tool", made / ".venv", made / ".git" / "HEAD"):
            assert path.lstat().st_uid == someone.pw_uid
