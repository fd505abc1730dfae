"""One process tree owns a var folder: a lock that ends with its last process.

The lock is `flock` on a file in the folder. Processes that are started with `close_fds=False`
inherit it, and it is held until the last of them is gone, however it ended.
"""

import fcntl
import json
import os
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bot.errors import StartError, StoreError

LOCK = "in-use.json"
HINT = "Stop that first. Is its process gone already, then one that it started still runs."


@contextmanager
def owned(var: Path, what: str, patience: float = 0, **more: Any) -> Generator[None, None, None]:
    """Own a var folder for `what`, a command; `more` is told to whoever comes meanwhile.

    Makes the folder when there is none. Who has it gets `patience` seconds to end. Raises StartError
    that names who has it, and StoreError.
    """
    held = {"what": what, "pid": os.getpid(), "since": time.time(), **more}
    try:
        descriptor = _locked(var / LOCK, time.monotonic() + patience)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps(held).encode(), 0)
    except OSError as error:
        raise StoreError(f"{var / LOCK} can't be written: {error}.") from error
    try:
        yield
    finally:
        os.close(descriptor)


def owner(var: Path) -> str:
    """Who owns a var folder, as an error would say it; empty when nobody does."""
    try:
        descriptor = os.open(var / LOCK, os.O_RDWR)
    except OSError:
        return ""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return _described(os.pread(descriptor, 4096, 0))
    finally:
        os.close(descriptor)
    return ""


def _locked(path: Path, deadline: float) -> int:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            held = os.pread(descriptor, 4096, 0)
            os.close(descriptor)
            if time.monotonic() < deadline:
                time.sleep(0.1)
                continue
            raise StartError(f"{path.parent} is in use: {_described(held)}.", HINT) from error
        if _is_still(descriptor, path):
            os.set_inheritable(descriptor, True)
            return descriptor
        os.close(descriptor)  # a restore put another folder in its place


def _is_still(descriptor: int, path: Path) -> bool:
    try:
        there = os.stat(path)
    except FileNotFoundError:
        return False
    ours = os.fstat(descriptor)
    return (there.st_dev, there.st_ino) == (ours.st_dev, ours.st_ino)


def _described(held: bytes) -> str:
    """Who holds the lock, as they wrote it down."""
    try:
        said = json.loads(held)
        since = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(said["since"]))
        ports = "".join(f", {name} on port {port}" for name, port in said.get("ports", {}).items())
        return f"`{said['what']}`, process {said['pid']}, since {since}{ports}"
    except (ValueError, KeyError, TypeError, AttributeError):
        return "by a process that has just begun"
