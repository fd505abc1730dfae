"""Webhooks of the shop's platform: `POST /hooks/platform` writes down which products have changed (docs/shop.md)."""

import asyncio

from sanic import Blueprint
from sanic.exceptions import InvalidUsage, NotFound, Unauthorized
from sanic.request import Request
from sanic.response import HTTPResponse, empty

from bot.platforms.hooks import LARGEST, BadDelivery, BadSignature
from bot.web.door.limits import network
from bot.web.services import services

routes = Blueprint("hooks", url_prefix="/hooks")

# Of one network: platforms send from many, and thousands at once when all prices change.
HOOKS = 600, 20.0
REFUSED = 20, 0.2  # … with a wrong signature


@routes.post("/platform", stream=True)
async def platform(request: Request) -> HTTPResponse:
    """What the platform says has changed; answered when it is on disk, and read from the platform soon after."""
    web = services(request)
    if web.hooks is None or web.platform is None:
        raise NotFound("This shop takes no webhooks.")
    web.limits.take(f"hook {network(request)}", *HOOKS)
    headers = {name.lower(): value for name, value in request.headers.items()}
    assert request.stream  # it is one by the route's definition
    request.stream.request_max_size = LARGEST
    try:
        if not web.hooks.may_be_ping(headers):
            web.hooks.check_header(headers)  # before a large body is taken
        await request.receive_body()
        if web.hooks.is_ping(headers, request.body):
            return empty(200)
        delivery = web.hooks.read(headers, request.body)
    except BadSignature as error:
        web.limits.take(f"bad hook {network(request)}", *REFUSED)
        raise Unauthorized(str(error)) from error
    except BadDelivery as error:
        raise InvalidUsage(str(error)) from error
    if delivery.ids:
        await asyncio.to_thread(web.platform.note, delivery.mark, delivery.ids)
    return empty(200)
