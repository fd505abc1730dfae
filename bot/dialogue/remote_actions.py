"""Calls of the action server without what makes them slow in Rasa 3.6.

Rasa opens an HTTP session for every action, and compiles the JSON schema of its events anew for
every answer, which takes longer than most actions do. Here connections stay open, the schema is
compiled once, and an event is compared with its own kind; what is sent and checked stays the same.
"""

import asyncio
import time
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import aiohttp
from jsonschema.validators import validator_for
from rasa.core.actions.action import RemoteAction
from rasa.core.processor import MessageProcessor
from rasa.utils.endpoints import ClientResponseError, EndpointConfig

from bot.dialogue.stages import stage
from bot.errors import ConfigError
from bot.settings import get_settings
from bot.settings.keys import Secrets

ACTION_SECONDS = 20.0
AWAY_SECONDS = 15.0  # in which an action server that died is up again


class KeepAliveEndpoint(EndpointConfig):
    """The action server over connections that stay open, with the token that it asks for."""

    def __init__(self, endpoint: EndpointConfig, secrets: Callable[[], Secrets]) -> None:
        if not endpoint.url:
            raise ConfigError("The endpoint of the actions has no url.")
        self._address = endpoint.url
        super().__init__(endpoint.url, endpoint.params, endpoint.headers, **endpoint.kwargs)
        self._secrets = secrets
        self._session: aiohttp.ClientSession | None = None

    async def request(self, method: str = "post", **kwargs: Any) -> Any:
        """Send one request; same errors as Rasa's own endpoint."""
        if self._session is None or self._session.closed:
            self._session = self.session()
        wanted = {key: kwargs[key] for key in ("json", "compress") if key in kwargs}
        wanted["timeout"] = ACTION_SECONDS  # Rasa's five minutes outlast everybody's patience
        wanted["headers"] = {"Authorization": f"Bearer {self._secrets().engine_token}"}
        patience = time.monotonic() + AWAY_SECONDS
        while True:
            try:
                with stage("actions"):
                    return await self._once(self._session, method, wanted)
            except aiohttp.ClientConnectorError:
                # Nothing was asked yet: while the action server is started anew, it is safe to wait.
                if time.monotonic() > patience:
                    raise
                await asyncio.sleep(0.5)

    async def _once(self, session: aiohttp.ClientSession, method: str, wanted: Any) -> Any:
        async with session.request(method, self._address, **wanted) as response:
            if response.status >= 400:
                body = await response.text(errors="replace")
                raise ClientResponseError(response.status, response.reason or "", body)
            return await response.json()


@lru_cache(maxsize=1)
def _validators() -> tuple[Any, dict[str, Any]]:
    """Of a whole answer, and of an event by its name."""
    whole = RemoteAction.action_response_format_spec()
    event = whole["properties"]["events"]["items"]
    named = {kind["properties"]["event"]["const"]: kind for kind in event["oneOf"]}
    make = validator_for(whole)
    return make(whole), {name: make({**event, "oneOf": [kind]}) for name, kind in named.items()}


def _validate_action_result(self: RemoteAction, result: dict[str, Any]) -> bool:
    """Takes the place of RemoteAction's own method; raises jsonschema's ValidationError.

    An event can only be of the kind that it names, so the twenty others aren't tried.
    """
    whole, kinds = _validators()
    events = result.get("events") if isinstance(result, dict) else None
    if isinstance(events, list) and all(
        isinstance(one, dict) and str(one.get("event")) in kinds for one in events
    ):
        for event in events:
            kinds[event["event"]].validate(event)
        result = {**result, "events": []}
    whole.validate(result)
    return True


def use_fast_actions(processor: MessageProcessor) -> None:
    """Make a processor call its actions this way; doing it again changes nothing."""
    endpoint = processor.action_endpoint
    if endpoint and not isinstance(endpoint, KeepAliveEndpoint):
        processor.action_endpoint = KeepAliveEndpoint(endpoint, get_settings().secrets)
        RemoteAction._validate_action_result = _validate_action_result
