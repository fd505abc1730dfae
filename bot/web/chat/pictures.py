"""What becomes of a picture that a customer sends: checked, drawn anew, and named by a link.

Drawn anew it holds nothing but what is seen: no place, no device, no time, nothing hidden behind it.
"""

import asyncio
import io
import warnings
from collections.abc import Callable

from itsdangerous import BadSignature, URLSafeSerializer
from PIL import Image, ImageOps
from sanic.exceptions import InvalidUsage

from bot.settings.keys import Secrets
from bot.texts import Words

LARGEST = 6_000_000  # bytes, as it comes; the widget makes it smaller before it sends it
FORMATS = ("JPEG", "PNG", "WEBP")
MOST_PIXELS = 40_000_000
SIDE = 1600  # pixels of its longer side, as it is kept
QUALITY = 80
TYPE = "image/jpeg"

_one = asyncio.Semaphore(1)  # a large picture takes some 200 MB while it is drawn


async def redrawn(content: bytes, words: Words) -> bytes:
    """A picture as it is kept: a JPEG of at most SIDE pixels. Raises InvalidUsage, in the customer's `words`."""
    async with _one:
        return await asyncio.get_running_loop().run_in_executor(None, _redraw, content, words)


def _redraw(content: bytes, words: Words) -> bytes:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's of many pixels: they are counted here
            with Image.open(io.BytesIO(content), formats=FORMATS) as picture:
                if picture.width * picture.height > MOST_PIXELS:
                    raise InvalidUsage(words("picture_large"))
                picture.draft("RGB", (SIDE, SIDE))
                upright = ImageOps.exif_transpose(picture)
                upright.thumbnail((SIDE, SIDE))
                drawn = Image.new("RGB", upright.size, "white")
                seen = upright.convert("RGBA")
                drawn.paste(seen, mask=seen.getchannel("A"))
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise InvalidUsage(words("picture_unreadable")) from error
    made = io.BytesIO()
    drawn.save(made, "JPEG", quality=QUALITY, optimize=True)
    return made.getvalue()


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
