"""How the shop's processes are: `GET /health`, `/ready`, and `/metrics` for Prometheus."""

from prometheus_client import generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from sanic import Blueprint
from sanic.exceptions import NotFound
from sanic.request import Request
from sanic.response import HTTPResponse, raw
from sanic.response import json as json_response

from bot.version import VERSION
from bot.web.services import services

routes = Blueprint("seeing")

LOOPBACK = ("127.0.0.1", "::1")


@routes.get("/health")
async def health(request: Request) -> HTTPResponse:
    """This process runs, and takes messages; which version it is."""
    return json_response({"status": "ok", "version": VERSION})


@routes.get("/ready")
async def ready(request: Request) -> HTTPResponse:
    """Whether all three processes can do their work: 200, or 503 with which one can't."""
    services(request).limits.take("ready", burst=30, rate=10)
    states = await services(request).engine.states()
    told = {name: state["status"] for name, state in states.items()}
    all_well = all(status == "ok" for status in told.values())
    return json_response(told, 200 if all_well else 503)


@routes.get("/metrics")
async def metrics(request: Request) -> HTTPResponse:
    """For Prometheus, on the console's port, or else from this machine itself alone."""
    web = services(request)
    if not web.settings.console_port and not _is_local(request):
        raise NotFound("There is no such page.")
    web.metrics.processes(await web.engine.states())
    web.metrics.attacks(web.attacks.today())
    return raw(generate_latest(web.metrics.registry), content_type=CONTENT_TYPE_LATEST)


def _is_local(request: Request) -> bool:
    """From this machine, and not through a proxy on it."""
    forwarded = {"x-forwarded-for", "forwarded", "x-real-ip", "via"} & set(request.headers)
    return request.ip in LOOPBACK and not forwarded
