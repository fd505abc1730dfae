"""A sender in a process of its own, to be killed."""

import multiprocessing
import os
from collections.abc import Mapping
from multiprocessing.process import BaseProcess

from bot.campaigns.office import Office
from bot.settings import read_settings

# Python's own server of forks imports what a sender needs once; each sender still is a process.
_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload(["bot.campaigns.office", "tests.campaigns.sending_process"])


def start(environment: Mapping[str, str]) -> BaseProcess:
    """A process that sends what is due; `kill` is the kernel's."""
    process = _forks.Process(target=send, args=(dict(environment),), daemon=True)
    process.start()
    return process


def send(environment: dict[str, str]) -> None:
    """In the process: what may be in doubt is so only for as long as a test has time."""
    os.environ.update(environment)
    settings = read_settings(environment)
    office = Office.open(settings)
    office.sender(None).run(settings.var, journal_seconds=0.3)
