"""One process tree owns a var folder, and what lies in it is for its owner alone."""

import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from bot.custody.__main__ import person_of
from bot.custody.backup import backup
from bot.custody.export import export_person
from bot.custody.restore import restore
from bot.errors import StartError
from bot.inbox.store import Inbox
from bot.paths import REPOSITORY
from bot.settings import Settings
from bot.system import var_lock
from bot.system.private_file import tighten
from bot.system.var_lock import LOCK, owned
from tests.web.conftest import WebProcess, engine, free_port, web

__all__ = ["engine", "web"]

# A supervisor with a child that outlives it, and a grandchild that outlives both.
FAMILY = """
import subprocess, sys, time
from pathlib import Path
from bot.system.var_lock import owned
grandchild = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(600)"]
child = "import subprocess, time; subprocess.Popen(%r, close_fds=False); time.sleep(600)" % grandchild
with owned(Path(sys.argv[1]), "shoptalk up", ports={"web": 8000}):
    one = subprocess.Popen([sys.executable, "-c", child], close_fds=False)
    print(one.pid, flush=True)
    time.sleep(600)
"""


@pytest.fixture
def usual_umask() -> Iterator[None]:
    """As most systems have it: what is made is for everybody to read."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def loose(folder: Path) -> list[str]:
    """What in a folder somebody else than its owner may do anything with."""
    found = [folder, *folder.rglob("*")]
    return [str(one) for one in found if not one.is_symlink() and one.stat().st_mode & 0o077]


def test_a_second_owner_is_told_who_has_it(tmp_path: Path) -> None:
    with owned(tmp_path / "var", "shoptalk up", ports={"web": 8000, "dialogue": 5005}):
        with pytest.raises(StartError) as raised:
            with owned(tmp_path / "var", "shoptalk restore"):
                raise AssertionError("owned twice")
        said = raised.value.message
        assert f"`shoptalk up`, process {os.getpid()}, since {time.strftime('%Y-')}" in said
        assert "web on port 8000, dialogue on port 5005" in said and "\n" not in said
        with owned(tmp_path / "another", "shoptalk up"):
            pass  # another shop
    with owned(tmp_path / "var", "shoptalk restore"):
        assert json.loads((tmp_path / "var" / LOCK).read_text())["what"] == "shoptalk restore"


def test_it_is_held_until_the_last_process_is_gone(tmp_path: Path) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", FAMILY, str(tmp_path)],
        cwd=REPOSITORY, stdout=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    assert parent.stdout
    child = int(parent.stdout.readline())
    assert parent.stdout.readline() == "up\n"
    parent.stdout.close()
    for pid in (parent.pid, child):
        with pytest.raises(StartError, match=f"process {parent.pid}"), owned(tmp_path, "x"):
            pass
        os.kill(pid, signal.SIGKILL)
        if pid == parent.pid:
            parent.wait()
    with pytest.raises(StartError), owned(tmp_path, "x"):
        pass  # the grandchild has it
    os.killpg(parent.pid, signal.SIGKILL)
    with owned(tmp_path, "x", patience=60):
        pass  # the system takes a moment to end a process


@pytest.mark.parametrize("used_before", [True, False])
def test_what_waited_for_a_restore_owns_the_new_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, used_before: bool
) -> None:
    var, real, calls = tmp_path / "var", var_lock.fcntl.flock, []

    def exchanged_meanwhile(descriptor: int, how: int) -> None:
        if not calls:
            shutil.move(var, tmp_path / "before")
            var.mkdir()
            if used_before:
                (var / LOCK).touch()
        calls.append(how)
        real(descriptor, how)

    monkeypatch.setattr(var_lock.fcntl, "flock", exchanged_meanwhile)
    with owned(var, "shoptalk up"):
        assert len(calls) == 2
        with pytest.raises(StartError), owned(var, "shoptalk up"):
            pass


@pytest.mark.parametrize("command", [["up"], ["restore", "saved.tar"]])
def test_a_second_up_and_a_restore_are_refused_whatever_their_ports(
    settings: Settings, tmp_path: Path, command: list[str]
) -> None:
    Inbox(settings.web_db).close()
    backup(settings, tmp_path / "saved.tar")
    before = sorted(path.name for path in settings.shop_dir.iterdir())
    names = ("WEB", "DIALOGUE", "ACTIONS")
    with owned(settings.var, "shoptalk up", ports={"web": 8000}):
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-m", "bot.cli", *command],
            cwd=tmp_path, capture_output=True, text=True,
            env={
                **os.environ, "PYTHONPATH": str(REPOSITORY),
                "SHOPTALK_SHOP": str(settings.shop_file),
                **{f"SHOPTALK_{name}_PORT": str(free_port()) for name in names},
            },
        )  # fmt: skip
    first, *more = done.stderr.splitlines()
    assert done.returncode == 1 and done.stdout == ""
    assert first.startswith(
        f"Error: {settings.var} is in use: `shoptalk up`, process {os.getpid()}"
    )
    assert len(more) == 1 and "Stop that first" in more[0]
    assert sorted(path.name for path in settings.shop_dir.iterdir()) == before


def test_what_may_be_done_while_it_runs_goes_on(settings: Settings, tmp_path: Path) -> None:
    inbox = Inbox(settings.web_db)
    inbox.accept("c1", "message-1", "I'm anna@example.com")
    inbox.identify("c1", {"id": "7", "email": "anna@example.com"})
    inbox.close()
    with owned(settings.var, "shoptalk up"):
        backup(settings, tmp_path / "saved.tar")
        data = export_person(settings, person_of(settings, "anna@example.com"))
        assert data["conversations"] == ["c1"]
        with pytest.raises(StartError):
            restore(settings, tmp_path / "saved.tar")
    kept = restore(settings, tmp_path / "saved.tar").kept
    assert (kept / LOCK).exists() and not (settings.var / LOCK).exists()


def test_what_others_could_read_is_taken_from_them(tmp_path: Path, usual_umask: None) -> None:
    var, elsewhere = tmp_path / "var", tmp_path / "elsewhere.json"
    (var / "catalogue").mkdir(parents=True)
    (var / "catalogue" / "current").write_text("x")
    (var / "run.sh").write_text("x")
    (var / "run.sh").chmod(0o755)
    elsewhere.write_text("x")
    (var / "keys.json").symlink_to(elsewhere)
    assert len(loose(var)) == 4
    assert tighten(var) == [] and loose(var) == []
    assert stat.S_IMODE((var / "run.sh").stat().st_mode) == 0o700
    assert stat.S_IMODE((var / "catalogue" / "current").stat().st_mode) == 0o600
    assert stat.S_IMODE(elsewhere.stat().st_mode) == 0o644  # not ours to say


def test_what_processes_and_commands_make_is_their_owners(
    settings: Settings, usual_umask: None, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    environment = {**os.environ, "SHOPTALK_SHOP": str(settings.shop_file)}

    def shoptalk(*command: str) -> None:
        subprocess.run(
            [sys.executable, "-W", "ignore", "-m", "bot.cli", *command],
            cwd=REPOSITORY, env=environment, check=True, capture_output=True,
        )  # fmt: skip

    shoptalk("ingest", str(settings.shop_dir / "products.csv"))
    shoptalk("staff", "add", "bob", "--name", "Bob", "--role", "agent")
    assert loose(settings.var) == []
    process: WebProcess = request.getfixturevalue("web")
    token = httpx.post(f"{process.url}/chat/session", trust_env=False).json()["token"]
    said = httpx.post(
        f"{process.url}/chat/messages", json={"id": "message-0001", "text": "hello"},
        headers={"Authorization": f"Bearer {token}"}, trust_env=False,
    )  # fmt: skip
    assert said.status_code == 202
    made = {path.name for path in settings.var.rglob("*")}
    assert {"web.db", "web.db-wal", "secrets.json", "keys.json", "catalogue"} <= made
    # The catalogue was made by the fixture, in this process.
    assert [one for one in loose(settings.var) if "catalogue" not in one] == []
    process.kill()
    shoptalk("backup", str(tmp_path / "saved.tar"))
    shoptalk("restore", str(tmp_path / "saved.tar"))
    kept = next(settings.shop_dir.glob("var.before-restore-*"))
    assert loose(settings.var) == [] and loose(kept) == []
