"""The error tree: what went wrong, and what to do about it.

Every error that a person should read derives from `ShoptalkError`. The command line prints the
message and the hint, without a traceback; the web process turns them into HTTP statuses.
"""


class ShoptalkError(Exception):
    """Base of all errors that are meant for the reader: what was wrong, and a hint what to do."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class ConfigError(ShoptalkError):
    """shop.yml or an environment variable holds something that can't be used."""


class StoreError(ShoptalkError):
    """A database can't be opened, read or brought up to date."""


class NotFound(ShoptalkError):
    """What was asked for doesn't exist: a conversation, a product, a file."""


class StartError(ShoptalkError):
    """A process can't be started: a port is taken, a model is missing."""
