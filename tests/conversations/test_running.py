"""A running shop owns its var folder, in which nothing is for others to read."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.paths import REPOSITORY
from bot.system.var_lock import LOCK
from tests.stack import Stack
from tests.system.test_var_lock import loose
from tests.web.conftest import free_port


def loosely(folder: Path) -> None:
    """As an earlier version left a shop: everybody on the machine may read."""
    (folder / "var").mkdir()
    (folder / "var").chmod(0o755)
    (folder / "var" / "old.db").write_text("x")
    (folder / "var" / "old.db").chmod(0o644)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    before = os.umask(0o022)
    running = Stack(tmp_path_factory.mktemp("running") / "shop", loosely)
    yield running
    running.stop()
    os.umask(before)


def test_nothing_in_var_is_for_others(stack: Stack) -> None:
    var = stack.shop_dir / "var"
    names = {path.name for path in var.rglob("*")}
    assert {"old.db", "tracker.db", "web.db", "staff.db", "orders.db", "endpoints.yml"} <= names
    assert loose(var) == []


@pytest.mark.skipif(sys.platform != "linux", reason="asks /proc")
@pytest.mark.parametrize("module", ["bot.web", "bot.dialogue", "actions"])
def test_each_process_holds_the_lock_for_its_life(stack: Stack, module: str) -> None:
    files = Path(f"/proc/{stack.pid(module)}/fd").iterdir()
    assert str(stack.shop_dir / "var" / LOCK) in {os.path.realpath(one) for one in files}


def test_a_second_up_and_a_restore_are_refused_and_a_backup_is_made(
    stack: Stack, tmp_path: Path
) -> None:
    stack.shoptalk("backup", str(tmp_path / "saved.tar"))
    others = {f"SHOPTALK_{name}_PORT": str(free_port()) for name in ("WEB", "DIALOGUE", "ACTIONS")}
    for command in (["up"], ["restore", str(tmp_path / "saved.tar")]):
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-m", "bot.cli", *command],
            cwd=REPOSITORY, env={**stack.environment, **others}, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 1
        said = done.stderr.splitlines()[0]
        assert f"is in use: `shoptalk up`, process {stack.process.pid}, since " in said
        assert f"web on port {stack.ports['web']}" in said
    assert not list(stack.shop_dir.glob("var.before-restore-*"))
