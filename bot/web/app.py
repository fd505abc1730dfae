"""The web application: the chat API, the widget, the demo storefront, and the staff's console."""

import asyncio
import logging
import sqlite3
from functools import partial
from typing import Any

from sanic import Sanic
from sanic.exceptions import NotFound, SanicException, Unauthorized
from sanic.models.server_types import Signal
from sanic.request import Request
from sanic.response import HTTPResponse
from sanic.response import json as json_response

from bot.errors import StoreError
from bot.settings import Settings
from bot.web import (
    chat_api,
    console,
    health,
    hooks,
    mail_pages,
    storefront,
    survey_pages,
    widget,
)
from bot.web.chat.my_data import BadLink
from bot.web.door.bodies import CheckedRequest, check_address
from bot.web.door.connections import GuardedProtocol
from bot.web.door.limits import Busy, TooMany
from bot.web.door.origins import cors
from bot.web.languages import words_of
from bot.web.services import Services, services
from bot.web.storefront import checkout

logger = logging.getLogger(__name__)

MAX_BODY = 32_000  # bytes; a message is at most 2,000 characters
SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
PERSONAL = ("/console", "/shop/orders")  # below these, no answer stays with a browser or a proxy


def create_app(settings: Settings, name: str = "shoptalk_web") -> Sanic:
    """The application for one shop; it opens its services when it starts to serve."""
    app = Sanic(name, configure_logging=False, request_class=CheckedRequest)
    app.config.REQUEST_MAX_SIZE = MAX_BODY
    app.config.RESPONSE_TIMEOUT = 3600  # of a live stream
    app.config.KEEP_ALIVE_TIMEOUT = 75
    app.config.REQUEST_MAX_HEADER_SIZE = 8192
    app.config.FALLBACK_ERROR_FORMAT = "text"
    app.config.PROXIES_COUNT = settings.proxies or None

    @app.listener("before_server_start")
    async def open_up(app: Sanic) -> None:
        app.ctx.services = Services.open(settings)
        app.ctx.services.start()

    @app.listener("before_server_stop")
    async def close_down(app: Sanic) -> None:
        await app.ctx.services.stop()

    app.on_request(_check)
    app.on_response(_add_headers)
    app.exception(SanicException)(_say_what_was_wrong)
    app.exception(sqlite3.Error, StoreError)(_say_that_it_is_not_written)
    for part in (
        health.routes,
        chat_api.routes,
        widget.routes,
        hooks.routes,
        storefront.routes,
        checkout.routes,
        survey_pages.routes,
        mail_pages.routes,
    ):
        app.blueprint(part.copy(f"{name}_{part.name}"))
    app.blueprint(console.blueprint(name))
    if settings.console_port:
        _serve_apart(app, settings.host, settings.console_port)
    return app


async def _check(request: Request) -> None:
    check_address(request)


async def _add_headers(request: Request, response: HTTPResponse) -> None:
    for header, value in SECURITY_HEADERS.items():
        response.headers.setdefault(header, value)
    if request.path.startswith(PERSONAL):
        response.headers.setdefault("Cache-Control", "no-store")


async def _say_what_was_wrong(request: Request, error: SanicException) -> HTTPResponse:
    """The refusal as who asked can read it: JSON for the chat, a page for people."""
    web, status = services(request), getattr(error, "status_code", 500)
    name = getattr(error, "text", "")  # of a text for customers, who read their own language
    text = words_of(request)(name) if name else str(error)
    if status in (401, 403, 408, 413, 429, 503):
        web.metrics.refused.labels(str(status)).inc()
    if kind := _kind_of_attack(request, error):
        web.attacks.count(kind)
    if request.path.startswith(("/chat/", "/widget/")):
        answer = json_response({"error": text, **(error.context or {})}, status)
        answer.headers.update(cors(request, web.settings.shop.widget.origins))
        if isinstance(error, (Busy, TooMany)):
            answer.headers["Retry-After"] = str(error.retry_after)
        return answer
    if request.path.startswith(("/hooks/", "/shop/quote")) or (
        request.method == "POST" and request.path == "/shop/orders"
    ):
        return json_response({"error": str(error)}, status)
    if request.path.startswith("/console"):
        return console.error_page(request, status, str(error))
    if request.path.startswith("/survey/"):
        return survey_pages.error_page(request, status, text)
    if request.path.startswith("/mail/"):
        return mail_pages.error_page(request, status, text)
    return storefront.error_page(request, status)


async def _say_that_it_is_not_written(request: Request, error: Exception) -> HTTPResponse:
    logger.error("%s %s can't be done: %s", request.method, request.path, error)
    services(request).metrics.errors.labels("database").inc()
    return await _say_what_was_wrong(request, Busy.named("not_written", 5))


def _kind_of_attack(request: Request, error: SanicException) -> str:
    """What a refusal is counted as for staff (bot/guard/attacks.py); mostly nothing."""
    if isinstance(error, TooMany):
        return "too_many"
    if request.path.startswith("/chat/") and isinstance(error, (Unauthorized, BadLink)):
        return "token_refused"
    if request.path.startswith("/hooks/") and isinstance(error, Unauthorized):
        return "hook_refused"
    return ""


def _serve_apart(app: Sanic, host: str, port: int) -> None:
    """The console on a port of its own: each port then knows nothing of the other's pages."""
    connections: set[Any] = set()
    servers: list[asyncio.AbstractServer] = []

    @app.middleware("request")
    async def keep_apart(request: Request) -> None:
        at_console = request.conn_info is not None and request.conn_info.server_port == port
        if request.path in ("/health", "/ready"):
            return
        if at_console != request.path.startswith(("/console", "/metrics")):
            raise NotFound("There is no such page on this port.")

    @app.listener("after_server_start")
    async def start(app: Sanic) -> None:
        loop = asyncio.get_running_loop()
        protocol = partial(
            GuardedProtocol, loop=loop, app=app, signal=Signal(), connections=connections
        )
        servers.append(await loop.create_server(protocol, host, port))

    @app.listener("before_server_stop")
    async def stop(app: Sanic) -> None:
        for server in servers:
            server.close()
        for connection in list(connections):
            connection.close()
