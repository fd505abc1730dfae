"""The widget's files, and what it has to know about the shop."""

from pathlib import Path

from sanic import Blueprint
from sanic.exceptions import NotFound
from sanic.request import Request
from sanic.response import HTTPResponse, file
from sanic.response import json as json_response

routes = Blueprint("widget", url_prefix="/widget")

HERE = Path(__file__).resolve().parent
FILES = {
    "loader.js": "text/javascript",
    "widget.js": "text/javascript",
    "client.js": "text/javascript",
    "widget.css": "text/css",
}


@routes.middleware("response")
async def allow_origins(request: Request, response: HTTPResponse) -> None:
    """The files are loaded from the shop's own pages."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"


@routes.get("/config")
async def config(request: Request) -> HTTPResponse:
    """Names, colours and first words."""
    shop = request.app.ctx.settings.shop
    return json_response(
        {
            "shop": shop.name,
            "assistant": shop.assistant.name,
            "welcome": shop.assistant.welcome,
            "colour": shop.colour,
            "on_colour": readable_on(shop.colour),
            "privacy": "/shop/policies/privacy" if "privacy" in shop.policies else "",
        }
    )


@routes.get("/<name>")
async def asset(request: Request, name: str) -> HTTPResponse:
    """One of the widget's files."""
    if name not in FILES:
        raise NotFound("There is no such file.")
    headers = {"Cache-Control": "public, max-age=300"}
    return await file(HERE / name, mime_type=FILES[name], headers=headers)


def readable_on(colour: str) -> str:
    """Black or white, whichever has the higher contrast on a colour (WCAG 2.1, 1.4.3)."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "#ffffff" if 1.05 / (luminance + 0.05) >= (luminance + 0.05) / 0.05 else "#1b1f1d"
