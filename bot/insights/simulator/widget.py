"""A customer's side of the chat: the widget's own protocol (docs/widget.md), and nothing else."""

import asyncio
import json
import uuid
from dataclasses import dataclass, field
from typing import Any

import httpx

ANSWER_SECONDS = 60.0
QUIET_SECONDS = 0.15


class NoAnswer(Exception):
    """The assistant said nothing in time."""


@dataclass
class Said:
    """What came back: the texts, quick replies, products and perhaps a survey's card."""

    text: str = ""
    quick_replies: list[dict[str, str]] = field(default_factory=list)
    products: list[dict[str, Any]] = field(default_factory=list)
    card: dict[str, Any] | None = None
    message_id: str = ""


class Widget:
    """One customer's conversation, over HTTP and Server-Sent Events."""

    def __init__(self, client: httpx.AsyncClient, token: str) -> None:
        self._client = client
        self._headers = {"Authorization": f"Bearer {token}"}
        self._last = 0

    async def say(self, text: str, card_answer: dict[str, Any] | None = None) -> Said:
        """Send a text; returns what the assistant answers. Raises NoAnswer or httpx.HTTPError."""
        body: dict[str, Any] = {"text": text}
        if card_answer:
            body["card_answer"] = card_answer
        return await self._send(body)

    async def choose(self, reply: dict[str, str]) -> Said:
        """Choose one of the quick replies."""
        return await self._send({"quick_reply": reply["id"]})

    async def do(self, kind: str, **values: Any) -> None:
        """Something apart from messages: click, cart, purchase, like, thumb, rating, end …"""
        body = {"id": str(uuid.uuid4()), "kind": kind, **values}
        answer = await self._client.post("/chat/events", json=body, headers=self._headers)
        answer.raise_for_status()

    async def _send(self, body: dict[str, Any]) -> Said:
        while True:
            answer = await self._client.post(
                "/chat/messages", json={"id": str(uuid.uuid4()), **body}, headers=self._headers
            )
            if answer.status_code != 429:
                break
            await asyncio.sleep(1)
        answer.raise_for_status()
        try:
            return await asyncio.wait_for(self._listen(answer.json()["seq"]), ANSWER_SECONDS)
        except TimeoutError as error:
            raise NoAnswer(f"No answer to {body} in {ANSWER_SECONDS:.0f} seconds.") from error

    async def _listen(self, asked: int) -> Said:
        """Read the stream until the assistant has answered and the turn is over."""
        said = Said()
        stream = self._client.stream(
            "GET", "/chat/stream", params={"after": max(asked, self._last)}, headers=self._headers
        )
        async with stream as response:
            response.raise_for_status()
            kind = ""
            lines = response.aiter_lines().__aiter__()
            while True:
                # Replies of a turn are written together: silence after one means that it was all.
                wait = QUIET_SECONDS if said.message_id else ANSWER_SECONDS
                try:
                    line = await asyncio.wait_for(lines.__anext__(), wait)
                except TimeoutError:
                    return said
                except StopAsyncIteration as error:
                    raise NoAnswer("The stream ended.") from error
                if line.startswith("event: "):
                    kind = line[7:]
                elif line.startswith("data: ") and kind == "message":
                    self._take(said, json.loads(line[6:]))
                elif line.startswith("data: ") and said.message_id and '"ready"' in line:
                    return said

    def _take(self, said: Said, message: dict[str, Any]) -> None:
        self._last = max(self._last, message["seq"])
        if message["from"] != "assistant":
            return
        said.text = f"{said.text}\n{message['text']}".strip() or "…"
        said.quick_replies = message.get("quick_replies") or said.quick_replies
        said.products = message.get("products") or said.products
        said.card = message.get("card") or said.card
        said.message_id = message["id"]
