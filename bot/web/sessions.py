"""Signed conversation ids: whoever holds the token may read and continue the conversation."""

import secrets

from itsdangerous import BadSignature, URLSafeSerializer
from sanic.exceptions import Unauthorized
from sanic.request import Request


class Sessions:
    """Makes and checks the tokens that the widget keeps."""

    def __init__(self, key: str) -> None:
        self._signer = URLSafeSerializer(key, salt="conversation")

    def new(self, prefix: str = "") -> tuple[str, str]:
        """A conversation id that can't be guessed, and its token."""
        conversation = prefix + secrets.token_hex(16)
        return conversation, self._signer.dumps(conversation)

    def conversation(self, request: Request) -> str:
        """The conversation of a request's bearer token. Raises Unauthorized."""
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        try:
            if kind.lower() != "bearer":
                raise BadSignature("no token")
            return str(self._signer.loads(token))
        except BadSignature as error:
            raise Unauthorized("This conversation can't be opened: start a new one.") from error
