"""What becomes of a picture that a customer sends: checked, drawn anew, and named by a link.

Drawn anew it holds nothing but what is seen: no place, no device, no time, nothing hidden behind it.
"""

import asyncio
import logging
import sys
from asyncio.subprocess import PIPE
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from itsdangerous import BadSignature, URLSafeSerializer
from sanic.exceptions import InvalidUsage

from bot.settings.keys import Secrets
from bot.texts import Words
from bot.web.chat.drawing import TOO_LARGE
from bot.web.door.limits import Busy, TooMany

logger = logging.getLogger(__name__)

LARGEST = 6_000_000  # bytes, as it comes; the widget makes it smaller before it sends it
SECONDS = 5  # of the processor that drawing one may take
BYTES = 1_000_000_000  # of address space, likewise
WAITING, WAITING_OF_NETWORK = 12, 4  # pictures that are drawn or wait for it
DRAWING = [sys.executable, "-I", str(Path(__file__).with_name("drawing.py"))]
PATIENCE = 30  # seconds by the clock; of the processor it has fewer
TYPE = "image/jpeg"

_one = asyncio.Semaphore(1)  # a large picture takes some hundred MB while it is drawn
_waiting: Counter[str] = Counter()  # pictures by the network that they come from


class Costly(InvalidUsage):
    """A picture that took all the processor that one may."""


async def redrawn(content: bytes, words: Words, network: str = "") -> bytes:
    """A picture as it is kept, drawn by a process of its own (bot/web/chat/drawing.py): a JPEG.

    Raises InvalidUsage, in the customer's `words`; TooMany or Busy while others are drawn, so that nobody waits long
    behind pictures that are made to be slow.
    """
    with _place(network):
        async with _one:
            return await _drawn(content, words)


@contextmanager
def _place(network: str) -> Iterator[None]:
    if _waiting[network] >= WAITING_OF_NETWORK:
        raise TooMany.named("too_fast", SECONDS)
    if _waiting.total() >= WAITING:
        raise Busy.named("busy", SECONDS)
    _waiting[network] += 1
    try:
        yield
    finally:
        _waiting[network] -= 1
        if not _waiting[network]:
            del _waiting[network]


async def _drawn(content: bytes, words: Words) -> bytes:
    drawing = await asyncio.create_subprocess_exec(
        *DRAWING, str(SECONDS), str(BYTES), stdin=PIPE, stdout=PIPE, stderr=PIPE
    )
    try:
        made, said = await asyncio.wait_for(drawing.communicate(content), PATIENCE)
    except TimeoutError:
        made, said = b"", b"it took too long"
    finally:
        if drawing.returncode is None:
            drawing.kill()
            await drawing.wait()
    if drawing.returncode == TOO_LARGE:
        raise InvalidUsage(words("picture_large"))
    if drawing.returncode or not made:
        why = said.decode("utf-8", "replace").strip().splitlines()
        logger.info(
            "a picture wasn't taken: %s", why[-1] if why else f"it ended {drawing.returncode}"
        )
        killed = (drawing.returncode or 0) < 0
        raise (Costly if killed else InvalidUsage)(words("picture_unreadable"))
    return made


class PictureLinks:
    """Signed links: a page's <img> can't name the conversation's token, and needn't."""

    def __init__(self, keys: Callable[[], Secrets]) -> None:
        self._keys = keys

    def path(self, conversation: str, picture: str) -> str:
        """The address of a picture on this server."""
        return f"/chat/pictures/{self._signer().dumps([conversation, picture])}"

    def read(self, token: str) -> tuple[str, str] | None:
        """Conversation and picture of a link; None when it isn't ours."""
        try:
            conversation, picture = self._signer().loads(token)
        except (BadSignature, ValueError, TypeError):
            return None
        return str(conversation), str(picture)

    def _signer(self) -> URLSafeSerializer:
        return URLSafeSerializer(self._keys().oldest_first, salt="picture")
