"""The client of Rasa's channel (bot/dialogue/channel.py)."""

import asyncio
import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx

from bot.settings.keys import Secrets
from bot.web.door.bodies import refuse_constant

TURN_SECONDS = 60.0


class EngineUnavailable(Exception):
    """Rasa isn't there, or isn't ready; the same turn may be sent again."""


class EngineFailed(Exception):
    """Rasa answered with an error; sending the turn again may not help."""


class _EngineToken(httpx.Auth):
    """The token as it is now: it may be rotated while connections are open."""

    def __init__(self, secrets: Callable[[], Secrets]) -> None:
        self._secrets = secrets

    def auth_flow(self, request: httpx.Request) -> Iterator[httpx.Request]:
        request.headers["Authorization"] = f"Bearer {self._secrets().engine_token}"
        yield request


class Engine:
    """Sends turns over connections that stay open."""

    def __init__(self, url: str, secrets: Callable[[], Secrets], actions_ready: str) -> None:
        self._actions_ready = actions_ready
        self._client = httpx.AsyncClient(
            base_url=f"{url}/webhooks/shoptalk",
            auth=_EngineToken(secrets),
            timeout=httpx.Timeout(TURN_SECONDS, connect=2.0),
            trust_env=False,
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def states(self) -> dict[str, dict[str, Any]]:
        """What dialogue and actions say of themselves; "status" is "ok" when they can work."""
        asked = (self._state("/ready"), self._state(self._actions_ready))
        dialogue, actions = await asyncio.gather(*asked)
        return {"dialogue": dialogue, "actions": actions}

    async def _state(self, url: str) -> dict[str, Any]:
        try:
            answer = await self._client.get(url, timeout=2.0)
            return answer.json() if answer.status_code == 200 else {"status": "starting"}
        except (httpx.TransportError, ValueError):
            return {"status": "away"}

    async def turn(self, turn: dict[str, Any]) -> dict[str, Any]:
        """One turn: {"messages": the replies} and what was asked of staff: "requests", "handoff".

        Raises EngineUnavailable or EngineFailed.
        """
        answer = await self._post("/turn", turn)
        replies = answer.get("messages")
        if not isinstance(replies, list) or not all(
            isinstance(one, dict) and isinstance(one.get("id"), str) for one in replies
        ):
            raise EngineFailed("its answer has no messages with ids")
        return answer

    async def note(self, note: dict[str, Any]) -> None:
        """What customer, staff or system said while the assistant listens. Raises as turn()."""
        await self._post("/note", note)

    async def click(self, conversation: str, sku: str, at: float) -> None:
        """Tell Rasa that a product was opened. Raises EngineUnavailable or EngineFailed."""
        await self._post("/click", {"conversation": conversation, "sku": sku, "at": at})

    async def like(self, conversation: str, sku: str, value: int) -> None:
        """Tell Rasa of a like (1) or dislike (-1). Raises EngineUnavailable or EngineFailed."""
        await self._post("/like", {"conversation": conversation, "sku": sku, "value": value})

    async def sentiment(self, text: str) -> dict[str, Any]:
        """Label and score of a text. Raises EngineUnavailable or EngineFailed."""
        return (await self._post("/sentiment", {"text": text}))["sentiment"]

    async def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        try:
            content = json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
        except (ValueError, TypeError) as error:  # taken in before the door refused such things
            raise EngineFailed(f"it can't be sent: {error}") from error
        headers = {"Content-Type": "application/json"}
        try:
            answer = await self._client.post(path, content=content, headers=headers)
        except httpx.TransportError as error:
            raise EngineUnavailable(repr(error)) from error
        if answer.status_code in (502, 503, 504):
            raise EngineUnavailable(f"it answered {answer.status_code}")
        if answer.status_code != 200:
            raise EngineFailed(f"it answered {answer.status_code}")
        try:
            found = answer.json(parse_constant=refuse_constant)
        except ValueError as error:
            raise EngineFailed(f"its answer isn't JSON: {error}") from error
        if not isinstance(found, dict):
            raise EngineFailed("its answer isn't a JSON object")
        return found
