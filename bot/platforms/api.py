"""Questions to a platform, at the pace that it allows."""

import logging
import os
import time
from collections.abc import Callable
from typing import Any

import httpx

from bot.errors import ConfigError, ShoptalkError
from bot.settings.sources import Platform

logger = logging.getLogger(__name__)

TRIES = 6
LONGEST_PAUSE = 60.0  # seconds; a platform that wants more is asked again in the next night
LOCAL = ("127.0.0.1", "localhost", "::1")


class PlatformUnavailable(ShoptalkError):
    """The platform can't be reached, refuses, or answers what can't be understood; the catalogue stays as it is."""


class Api:
    """JSON over HTTPS. Waits as the platform says when it is asked too fast, and longer each time it fails.

    What it raises names addresses and statuses, and never a key.
    """

    def __init__(
        self,
        platform: Platform,
        sleep: Callable[[float], None] = time.sleep,
        tries: int = TRIES,
        **options: Any,
    ) -> None:
        """`options` are of httpx: `auth` or `headers` with the platform's keys."""
        address = httpx.URL(platform.url)
        if address.scheme != "https" and address.host not in LOCAL:
            raise ConfigError(
                f"platform.url is {platform.url}: keys are only sent over https.",
                "See docs/shop.md, The live platform.",
            )
        self.address = address
        self._sleep, self._tries = sleep, tries
        self._client = httpx.Client(
            base_url=platform.url.rstrip("/") + "/",
            timeout=platform.timeout_seconds,
            follow_redirects=False,
            **options,
        )

    def __enter__(self) -> "Api":
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def ask(self, method: str, path: str, **request: Any) -> tuple[Any, httpx.Headers]:
        """The JSON of an answer and its headers. Raises PlatformUnavailable."""
        reason = ""
        for attempt in range(self._tries):
            try:
                answer = self._client.request(method, path, **request)
            except httpx.HTTPError as error:
                reason = f"{type(error).__name__}"
                self.pause(2.0**attempt)
                continue
            if answer.status_code == 429 or answer.status_code >= 500:
                reason = f"it answered {answer.status_code}"
                self.pause(_seconds(answer.headers.get("Retry-After", ""), 2.0**attempt))
                continue
            if answer.status_code != 200:
                raise PlatformUnavailable(
                    f"{self.address.host} answered {answer.status_code} to /{path.lstrip('/')}"
                    f"{_words(answer)}.",
                    "Its keys and their rights are in shop.yml's `platform`; see docs/shop.md."
                    if answer.status_code in (401, 403)
                    else "",
                )
            try:
                return answer.json(), answer.headers
            except ValueError as error:
                raise PlatformUnavailable(
                    f"{self.address.host} didn't answer /{path.lstrip('/')} with JSON."
                ) from error
        raise PlatformUnavailable(
            f"{self.address.host} can't be read after {self._tries} tries: {reason}."
        )

    def pause(self, seconds: float) -> None:
        """Wait, never longer than a minute."""
        self._sleep(min(max(seconds, 0.0), LONGEST_PAUSE))


def secret(name: str, field: str) -> str:
    """What an environment variable holds that shop.yml names. Raises ConfigError."""
    value = os.environ.get(name, "") if name else ""
    if not value:
        raise ConfigError(
            f"The environment variable {name or '(none)'} isn't set.",
            f"shop.yml names it as platform.{field}.",
        )
    return value


def _seconds(text: str, otherwise: float) -> float:
    try:
        return float(text)
    except ValueError:  # a date, or nothing
        return otherwise


def _words(answer: httpx.Response) -> str:
    """What the platform says of a refusal, where it is JSON with a message."""
    try:
        body = answer.json()
    except ValueError:
        return ""
    said = body.get("message") or body.get("errors") if isinstance(body, dict) else ""
    return f" ({str(said)[:120]})" if said else ""
