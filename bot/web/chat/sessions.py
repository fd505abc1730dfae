"""Signed conversation ids: whoever holds the token may read and continue the conversation."""

import secrets
from collections.abc import Callable, Collection
from typing import Any

from itsdangerous import BadSignature, URLSafeSerializer
from sanic.exceptions import Unauthorized
from sanic.request import Request

from bot.settings.keys import Secrets


class Sessions:
    """Makes and checks the tokens that the widget keeps.

    `keys()` gives the shop's keys as they are now. With a list of `origins`, a token is for the
    site alone that it was made on.
    """

    def __init__(self, keys: Callable[[], Secrets], origins: Collection[str] = ()) -> None:
        self._keys, self._origins = keys, origins

    def new(self, prefix: str = "", origin: str = "") -> tuple[str, str]:
        """A conversation id that can't be guessed, and its token."""
        conversation = prefix + secrets.token_hex(16)
        bound = [conversation, origin] if self._origins and origin else conversation
        return conversation, str(self._signer().dumps(bound))

    def conversation(self, request: Request) -> str:
        """The conversation of a request's bearer token. Raises Unauthorized."""
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        try:
            if kind.lower() != "bearer":
                raise BadSignature("no token")
            conversation, origin = self._read(self._signer().loads(token))
            # A browser names the page's origin in every request that comes from another site's.
            asks = request.headers.get("origin", "")
            if self._origins and origin and asks and asks != origin:
                raise BadSignature("made for another site")
            return conversation
        except BadSignature as error:
            raise Unauthorized("This conversation can't be opened: start a new one.") from error

    def _signer(self) -> URLSafeSerializer:
        return URLSafeSerializer(self._keys().oldest_first, salt="conversation")

    @staticmethod
    def _read(signed: Any) -> tuple[str, str]:
        """Conversation and origin of a token; those from before there was a list have no origin."""
        conversation, origin = signed if isinstance(signed, list) else (signed, "")
        return str(conversation), str(origin)
