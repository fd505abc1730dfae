"""How many files a process may have open, which is how many customers can be connected to it."""

import resource
from dataclasses import dataclass

CONNECTIONS = 4000  # that the web process takes at once, where it may
RESERVED = 256  # file descriptors for databases, Rasa and what libraries open
FEWEST = 128  # below that databases and connections don't fit together
WANTED = CONNECTIONS + RESERVED


@dataclass(frozen=True)
class OpenFiles:
    """A limit of open files, and what fits into it."""

    allowed: int

    @property
    def connections(self) -> int:
        """Connections that leave enough for the rest: half of the files when there are few."""
        return min(CONNECTIONS, max(self.allowed - RESERVED, self.allowed // 2))

    @property
    def words(self) -> str:
        """The limit for people, with what to do about one that is too low; a sentence."""
        enough = self.allowed >= WANTED
        said = (
            f"{self.allowed} files may be open at once: {self.connections} connections of customers"
        )
        return said if enough else f"{said}. `ulimit -n` {WANTED} or more allows {CONNECTIONS}"


def most_open_files() -> OpenFiles:
    """What the limit can be raised to without the rights of root."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard == resource.RLIM_INFINITY:
        return OpenFiles(max(soft, WANTED))
    return OpenFiles(max(soft, min(hard, WANTED)))


def allow_open_files() -> OpenFiles:
    """Raise the limit of this process, and of those that it starts, as far as it goes."""
    most = most_open_files()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < most.allowed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most.allowed, hard))
    return most
