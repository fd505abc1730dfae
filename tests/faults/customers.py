"""Simulated customers: the widget's protocol as widget/static/conversation.js and outbox.js keep it."""

import asyncio
import base64
import hashlib
import itertools
import json
import random
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Optional

import httpx

ANSWER_WITHIN = 15.0  # seconds for a request; the widget's own patience
SILENT_FOR = 40.0
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 20.0
SAYINGS = (
    "hello", "what are your opening hours?", "how do returns work?", "a warm jacket under 100",
    "something for the kitchen", "show me mugs", "do you ship to Belgium?", "is there a warranty?",
    "where is my order HF-10001", "anna@example.com", "a gift for my dad under 60", "cheaper please",
    "which one is better?", "can I pay later?", "thanks!", "i want to cancel my order", "never mind",
    "do you have a tent?", "blue ones", "what does delivery cost?",
)  # fmt: skip


@dataclass
class Said:
    """A message: when it was tried first, its number once it was taken, when its answer came."""

    text: str
    began: float
    seq: int = 0
    answered: float = 0.0


@dataclass
class Customer:
    """One conversation. `drops` is the chance that a stream is dropped after some seconds."""

    http: httpx.AsyncClient
    seed: int
    think: tuple[float, float] = (0.5, 3.0)  # seconds between an answer and the next message
    drops: float = 0.3
    token: str = ""
    said: dict[str, Said] = field(default_factory=dict)
    heard: dict[int, dict[str, Any]] = field(default_factory=dict)  # by number
    refusals: Counter = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    leaving: bool = False
    _stream: Optional["asyncio.Task[None]"] = None

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.address = f"10.{self.seed >> 16 & 255}.{self.seed >> 8 & 255}.{self.seed & 255}"

    @property
    def conversation(self) -> str:
        """Its id, as the token has it in the clear."""
        part = self.token.split(".")[0]
        return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))

    async def chat(self) -> None:
        """Write and read until `leaving`."""
        await asyncio.sleep(self.chance.uniform(0, self.think[1]))
        await self._begin()
        self._stream = asyncio.create_task(self._listen())
        while not self.leaving:
            await self._say(self.chance.choice(SAYINGS))
            await asyncio.sleep(self.chance.uniform(*self.think))

    async def settle(self, seconds: float) -> bool:
        """Wait until everything that was taken is answered; whether it is."""
        until = time.monotonic() + seconds
        while self.open() and time.monotonic() < until:
            await asyncio.sleep(0.2)
        return not self.open()

    def open(self) -> list[str]:
        """Messages that have no answer."""
        return [one for one, said in self.said.items() if not said.answered]

    async def close(self) -> None:
        """Hang up."""
        if self._stream:
            self._stream.cancel()
            await asyncio.gather(self._stream, return_exceptions=True)

    async def _begin(self) -> None:
        body, pause = "", FIRST_PAUSE
        while not self.token:
            answer = await self._ask("POST", "/chat/session", content=body)
            if answer is not None and answer.status_code == 201:
                self.token = answer.json()["token"]
            elif answer is not None and answer.status_code == 428:
                body = await asyncio.to_thread(solve, answer.json())
            else:
                pause = await self._wait(answer, pause)

    async def _say(self, text: str) -> None:
        """Send until it is taken, the same id each time; then wait for the answer for a while."""
        message_id, pause = str(uuid.uuid4()), FIRST_PAUSE
        said = self.said[message_id] = Said(text, time.monotonic())
        body = {"id": message_id, "text": text}
        while not said.seq:
            answer = await self._ask("POST", "/chat/messages", json=body)
            if answer is not None and answer.status_code == 202:
                said.seq = answer.json()["seq"]
            elif answer is not None and answer.status_code in (400, 401, 403):
                self.faults.append(f"refused for good: {answer.status_code} {answer.text[:100]}")
                del self.said[message_id]
                return
            else:
                pause = await self._wait(answer, pause)
        for _ in range(50):
            if said.answered or self.leaving:
                return
            await asyncio.sleep(0.1)

    async def _ask(self, method: str, path: str, **more: Any) -> httpx.Response | None:
        headers = {"X-Forwarded-For": self.address}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        try:
            return await self.http.request(
                method, path, headers=headers, timeout=ANSWER_WITHIN, **more
            )
        except httpx.TransportError:
            return None

    async def _wait(self, answer: httpx.Response | None, pause: float) -> float:
        """Pause as the widget does; returns the next pause. An honest refusal says what and when."""
        self.refusals[answer.status_code if answer is not None else "no connection"] += 1
        least = 0.0
        if answer is not None:
            least = float(answer.headers.get("Retry-After", 0))
            if answer.status_code not in (429, 503) or not answer.json().get("error"):
                self.faults.append(f"{answer.status_code}: {answer.text[:100]}")
        length = pause * self.chance.uniform(0.5, 1)
        await asyncio.sleep(max(length, least * self.chance.uniform(1, 1.5)))
        return min(LONGEST_PAUSE, pause * 2)

    async def _listen(self) -> None:
        pause = FIRST_PAUSE
        while True:
            drop = self.chance.uniform(0.5, 8) if self.chance.random() < self.drops else None
            try:
                await asyncio.wait_for(self._read(), drop)
                pause = FIRST_PAUSE
            except TimeoutError:
                continue  # hung up in the middle of it
            except (httpx.HTTPError, ValueError):
                await asyncio.sleep(pause * self.chance.uniform(0.5, 1))
                pause = min(LONGEST_PAUSE / 4, pause * 2)

    async def _read(self) -> None:
        headers = {"Authorization": f"Bearer {self.token}", "X-Forwarded-For": self.address}
        last = max(self.heard, default=0)
        timeout = httpx.Timeout(ANSWER_WITHIN, read=SILENT_FOR)
        async with self.http.stream(
            "GET", f"/chat/stream?after={last}", headers=headers, timeout=timeout
        ) as answer:
            answer.raise_for_status()
            kind = ""
            async for line in answer.aiter_lines():
                if line.startswith("event: "):
                    kind = line[7:]
                elif line.startswith("data: ") and kind == "message":
                    self._take(json.loads(line[6:]))

    def _take(self, event: dict[str, Any]) -> None:
        if event["seq"] in self.heard:
            self.faults.append(f"number {event['seq']} came twice in a stream that resumed")
        self.heard[event["seq"]] = event
        message_id = event["id"].removeprefix(f"{self.conversation}-").rpartition(":")[0]
        said = self.said.get(message_id)
        if event["from"] == "assistant" and said and not said.answered:
            said.answered = time.monotonic()


def solve(asked: dict[str, Any]) -> str:
    """The puzzle of a flood, as widget/static/puzzle.js solves it."""
    for number in itertools.count():
        solution = f"{asked['puzzle']}:{number}"
        digest = hashlib.sha256(solution.encode()).digest()
        if not int.from_bytes(digest[:4], "big") >> (32 - asked["bits"]):
            return solution
    raise AssertionError
