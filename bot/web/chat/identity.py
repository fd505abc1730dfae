"""Who a customer is, as the shop's own server says: a signed token (JWT, HS256; RFC 7519)."""

import hashlib
import hmac
from collections.abc import Iterable
from typing import Any

import jwt

LONGEST = 300  # characters of a name or id


class BadIdentity(ValueError):
    """The token isn't signed with the shop's key, is too old, or says too little."""


def identity_key(session_key: str) -> str:
    """The key that the shop's server signs with; `shoptalk identity-key` prints it."""
    return hmac.new(session_key.encode(), b"identity", hashlib.sha256).hexdigest()


def read_identity(token: Any, keys: Iterable[str]) -> dict[str, str]:
    """The customer of a token: `id` (the claim sub), `email` and `name` where it has them.

    The address is in lower case, as addresses are compared everywhere.
    `keys` are those that it may be signed with, the newest first. Raises BadIdentity.
    """
    claims, fault = None, None
    for key in keys:
        try:
            claims = jwt.decode(
                str(token), key, algorithms=["HS256"], options={"require": ["sub", "exp"]}
            )
            break
        except jwt.PyJWTError as error:
            fault = fault or error
    if claims is None:
        raise BadIdentity(f"The token can't be used: {fault}.") from fault
    named = {"id": claims["sub"], "email": claims.get("email"), "name": claims.get("name")}
    # JSON can name half of a letter (a surrogate), which nothing after this takes: it becomes a "?".
    texts = {
        name: str(value).encode(errors="replace").decode() for name, value in named.items() if value
    }
    if "email" in texts:
        texts["email"] = texts["email"].strip().lower()
    return {name: text[:LONGEST] for name, text in texts.items()}
