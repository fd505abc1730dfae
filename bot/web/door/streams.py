"""Answers that are sent in parts."""

from collections.abc import Mapping

from sanic.request import Request
from sanic.response import HTTPResponse


async def begin_stream(
    request: Request, content_type: str, headers: Mapping[str, str]
) -> HTTPResponse:
    """Begin the answer to a request; the caller has it `send` the parts, then `eof`."""
    response = await request.respond(content_type=content_type, headers=dict(headers))
    if not isinstance(response, HTTPResponse):  # Sanic declares all that a middleware could give
        raise TypeError(f"{type(response).__name__} can't be sent in parts")
    return response
