"""Files that only their owner may read: whole or not there, made once, read again when changed."""

import json
import os
import secrets
import stat
from collections.abc import Hashable
from pathlib import Path
from typing import Any


def keep_private() -> None:
    """Whatever this process and those that it starts make is for its owner alone."""
    os.umask(0o077)


def tighten(folder: Path) -> list[Path]:
    """Take a folder and all that is in it away from others than its owner.

    Links stay as they are. Returns what can't be changed, since it belongs to somebody else.
    """
    refused: list[Path] = []
    for path in (folder.resolve(), *folder.rglob("*")):
        try:
            mode = path.lstat().st_mode
            if not stat.S_ISLNK(mode) and mode & 0o077:
                path.chmod(stat.S_IMODE(mode) & 0o700)
        except FileNotFoundError:
            continue  # gone meanwhile
        except OSError:
            refused.append(path)
    return refused


def write_beside(path: Path, content: dict[str, Any]) -> Path:
    """A new file of another name beside `path`, as JSON, on disk; rename it into place."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(content, file)
        file.flush()
        os.fsync(file.fileno())
    return fresh


def make_once(path: Path, content: dict[str, Any]) -> None:
    """Make a file unless it is there.

    Processes start together: the file that is linked into place first counts for all of them.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = write_beside(path, content)
    try:
        os.link(fresh, path)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()


def replace(path: Path, content: dict[str, Any]) -> None:
    """Exchange a file for one with this content; a link stays one. Nobody ever reads half of it."""
    path = path.resolve()
    os.replace(write_beside(path, content), path)
    folder = os.open(path.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)


def state_of(path: Path) -> Hashable:
    """Another value when the file is another one. Raises FileNotFoundError."""
    found = os.stat(path)
    return found.st_ino, found.st_mtime_ns, found.st_size
