"""The web application: the chat API, the widget, the demo storefront, and the staff's console."""

import asyncio
import logging
import sqlite3
import time
from functools import partial
from typing import Any

from sanic import Sanic
from sanic.exceptions import NotFound, SanicException, Unauthorized
from sanic.models.server_types import Signal
from sanic.request import Request
from sanic.response import HTTPResponse
from sanic.response import json as json_response

from bot.errors import StoreError
from bot.guard.store import Guard
from bot.inbox.store import Inbox
from bot.settings import Settings
from bot.staff.accounts import StaffStore
from bot.staff.macros import AidStore
from bot.staff.reviews import ReviewStore
from bot.surveys.asking import Asking
from bot.surveys.campaigns import open_campaigns
from bot.surveys.links import Links
from bot.web import console, metrics, storefront, widget
from bot.web.attacks import AttackWatch
from bot.web.chat import routes as chat
from bot.web.chat.customer_events import CustomerEvents
from bot.web.chat.delivery import Delivery
from bot.web.chat.desk import Desk
from bot.web.chat.engine import Engine
from bot.web.chat.live import Hub
from bot.web.chat.my_data import BadLink, CopyLinks, MyData
from bot.web.chat.puzzle import Puzzles
from bot.web.chat.sessions import Sessions
from bot.web.console.inbox.reading import Readers
from bot.web.door.bodies import CheckedRequest, check_address
from bot.web.door.connections import Connections, GuardedProtocol, allow_files
from bot.web.door.limits import Busy, RateLimits, StreamLimits, TooMany
from bot.web.door.origins import cors
from bot.web.retention import keep_to_retention
from bot.web.surveys import pages as survey_pages
from bot.web.surveys.invites import Invites
from bot.web.surveys.sentiments import Feelings

logger = logging.getLogger(__name__)

NOT_WRITTEN = "We can't write that down right now. Please try again in a moment."
MAX_BODY = 32_000  # bytes; a message is at most 2,000 characters
SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


def create_app(settings: Settings, name: str = "shoptalk_web") -> Sanic:
    """The application for one shop; it opens its database when it starts to serve."""
    app = Sanic(name, configure_logging=False, request_class=CheckedRequest)
    app.config.REQUEST_MAX_SIZE = MAX_BODY
    app.config.RESPONSE_TIMEOUT = 3600  # of a live stream
    app.config.KEEP_ALIVE_TIMEOUT = 75
    app.config.REQUEST_MAX_HEADER_SIZE = 8192
    app.config.FALLBACK_ERROR_FORMAT = "text"
    app.config.PROXIES_COUNT = settings.proxies or None
    app.ctx.settings = settings
    app.ctx.sessions = Sessions(settings.secrets, settings.shop.widget.origins)
    app.ctx.limits, app.ctx.streams = RateLimits(), StreamLimits()
    app.ctx.puzzles = Puzzles(settings.secrets)
    app.ctx.connections = Connections(by_address=not settings.proxies)
    app.ctx.hub = Hub()
    app.ctx.metrics = metrics.Metrics()
    app.ctx.unmasked = {}  # (session, conversation) -> until when personal data is shown

    @app.listener("before_server_start")
    async def open_up(app: Sanic) -> None:
        allow_files(app.ctx.connections)
        app.ctx.staff = StaffStore(settings.staff_db)
        app.ctx.guard = Guard(settings.guard_db, zone=settings.shop.zone)
        app.ctx.attacks = AttackWatch(app.ctx.guard.attacks, app.ctx.staff)
        app.ctx.attacks_written = asyncio.create_task(app.ctx.attacks.keep_writing())
        app.ctx.aids = AidStore(app.ctx.staff.db)
        app.ctx.aids.add_starters()
        app.ctx.reviews = ReviewStore(app.ctx.staff.db)
        app.ctx.readers = Readers(settings.transcripts_db, settings.staff_db, settings.surveys_db)
        app.ctx.inbox = Inbox(settings.web_db)
        app.ctx.engine = Engine(settings.dialogue_url, settings.secrets, settings.actions_ready_url)
        app.ctx.desk = Desk(app.ctx.staff, app.ctx.inbox, app.ctx.hub, settings.shop)
        app.ctx.my_data = MyData(app.ctx.inbox, app.ctx.hub, CopyLinks(settings.secrets))
        app.ctx.my_data.start()

        def on_answer(conversation: str, answer: dict[str, Any]) -> None:
            app.ctx.desk.on_answer(conversation, answer)
            app.ctx.my_data.on_answer(conversation, answer)

        app.ctx.delivery = Delivery(
            app.ctx.inbox, app.ctx.engine, app.ctx.hub, on_answer, app.ctx.metrics,
            app.ctx.desk.work.is_owned,
        )  # fmt: skip
        app.ctx.desk.wake = app.ctx.delivery.wake
        app.ctx.delivery.resume()
        _count(app)
        app.ctx.customer_events = CustomerEvents(settings.web_db, settings.transcripts_db)
        app.ctx.customer_events.start()
        app.ctx.retention = asyncio.create_task(keep_to_retention(settings))
        campaigns = open_campaigns(settings.surveys_db, settings.surveys_dir, settings.shop.zone)
        app.ctx.asking, app.ctx.links = Asking(campaigns), Links(settings.secrets)
        app.ctx.invites = Invites(settings, campaigns, app.ctx.inbox, app.ctx.delivery, app.ctx.hub)
        app.ctx.invites.with_staff = app.ctx.desk.work.is_with_staff
        app.ctx.invites.start()
        app.ctx.feelings = Feelings(app.ctx.engine, campaigns.store)
        app.ctx.feelings.start()

    @app.listener("before_server_stop")
    async def close_down(app: Sanic) -> None:
        app.ctx.retention.cancel()
        app.ctx.attacks_written.cancel()
        app.ctx.attacks.write()
        app.ctx.hub.close()
        await app.ctx.invites.stop()
        await app.ctx.feelings.stop()
        await app.ctx.delivery.stop()
        await app.ctx.my_data.stop()
        await app.ctx.customer_events.stop()
        await app.ctx.engine.close()
        app.ctx.inbox.close()
        app.ctx.readers.close()
        app.ctx.guard.close()
        app.ctx.staff.close()
        app.ctx.asking.campaigns.store.close()

    @app.middleware("request")
    async def check(request: Request) -> None:
        check_address(request)

    @app.middleware("response")
    async def add_headers(request: Request, response: HTTPResponse) -> None:
        for header, value in SECURITY_HEADERS.items():
            response.headers.setdefault(header, value)

    @app.exception(SanicException)
    async def say_what_was_wrong(request: Request, error: SanicException) -> HTTPResponse:
        status = getattr(error, "status_code", 500)
        if status in (401, 403, 408, 413, 429, 503):
            app.ctx.metrics.refused.labels(str(status)).inc()
        if kind := _kind_of_attack(request, error):
            app.ctx.attacks.count(kind)
        if request.path.startswith(("/chat/", "/widget/")):
            answer = json_response({"error": str(error), **(error.context or {})}, status)
            answer.headers.update(cors(request))
            if hasattr(error, "retry_after"):
                answer.headers["Retry-After"] = str(error.retry_after)
            return answer
        if request.path.startswith("/console"):
            return console.error_page(request, status, str(error))
        if request.path.startswith("/survey/"):
            return survey_pages.error_page(request, status, str(error))
        return storefront.error_page(request, status)

    @app.exception(sqlite3.Error, StoreError)
    async def say_that_it_is_not_written(request: Request, error: Exception) -> HTTPResponse:
        logger.error("%s %s can't be done: %s", request.method, request.path, error)
        app.ctx.metrics.errors.labels("database").inc()
        return await say_what_was_wrong(request, Busy(NOT_WRITTEN, 5))

    for part in (
        metrics.routes,
        chat.routes,
        widget.routes,
        storefront.routes,
        survey_pages.routes,
    ):
        app.blueprint(part.copy(f"{name}_{part.name}"))
    app.blueprint(console.blueprint(name))
    if settings.console_port:
        _serve_apart(app, settings.host, settings.console_port)
    return app


def _kind_of_attack(request: Request, error: SanicException) -> str:
    """What a refusal is counted as for staff (bot/guard/attacks.py); mostly nothing."""
    if isinstance(error, TooMany):
        return "too_many"
    if request.path.startswith("/chat/") and isinstance(error, (Unauthorized, BadLink)):
        return "token_refused"
    return ""


def _count(app: Sanic) -> None:
    """What is asked of others when somebody looks at the metrics."""
    ctx = app.ctx
    for name, help, value in (
        ("conversations_waiting", "Conversations with messages in delivery.", lambda: ctx.delivery.backlog),
        ("messages_waiting", "Messages that the assistant hasn't answered.", lambda: ctx.inbox.waiting()),
        ("erasures_waiting", "Erasures that were asked for and aren't done.", lambda: ctx.inbox.erasures_waiting()),
        ("requests_new", "Requests of customers that nobody has begun with.", lambda: ctx.desk.requests.new()),
        ("requests_open", "Requests of customers that aren't done.", lambda: ctx.desk.requests.open()),
        ("requests_oldest_seconds", "How long the oldest of them is open.", lambda: ctx.desk.requests.longest_open(time.time())),
        ("streams", "Open streams.", lambda: ctx.streams.open),
        ("connections", "Open connections.", lambda: ctx.connections.open),
    ):  # fmt: skip
        ctx.metrics.gauge(name, help, value)


def _serve_apart(app: Sanic, host: str, port: int) -> None:
    """The console on a port of its own: each port then knows nothing of the other's pages."""

    @app.middleware("request")
    async def keep_apart(request: Request) -> None:
        at_console = request.conn_info.server_port == port
        if request.path in ("/health", "/ready"):
            return
        if at_console != request.path.startswith(("/console", "/metrics")):
            raise NotFound("There is no such page on this port.")

    @app.listener("after_server_start")
    async def start(app: Sanic) -> None:
        connections: set[Any] = set()
        loop = asyncio.get_running_loop()
        protocol = partial(
            GuardedProtocol, loop=loop, app=app, signal=Signal(), connections=connections
        )
        app.ctx.apart = await loop.create_server(protocol, host, port), connections

    @app.listener("before_server_stop")
    async def stop(app: Sanic) -> None:
        server, connections = app.ctx.apart
        server.close()
        for connection in list(connections):
            connection.close()
