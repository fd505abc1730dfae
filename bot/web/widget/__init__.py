"""The widget's files, and what it has to know about the shop."""

import gzip
import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

from sanic import Blueprint
from sanic.exceptions import InvalidUsage, NotFound
from sanic.request import Request
from sanic.response import BaseHTTPResponse, HTTPResponse, raw

from bot.colours import palette
from bot.settings.languages import WIDGET_TEXTS, read_texts
from bot.settings.part import in_language
from bot.settings.shop import Shop
from bot.web.addresses import picture_url
from bot.web.door.origins import check_origin
from bot.web.services import services
from bot.web.widget.files import TYPES, files, version

routes = Blueprint("widget", url_prefix="/widget")

SHORT, LONG = "public, max-age=300", "public, max-age=31536000, immutable"
MOST_LANGUAGES = 10  # of a browser that are looked at
RIGHT_TO_LEFT = {"ar", "fa", "he", "ur"}


@routes.middleware("response")
async def allow_origins(request: Request, response: BaseHTTPResponse) -> None:
    """The files are loaded from the shop's own pages."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Vary"] = "Accept-Encoding, Origin"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"


@routes.get("/config")
async def config(request: Request) -> HTTPResponse:
    """What the widget has to know; `colour` and `language` come from the page, `spoken` is the
    language that the conversation is in."""
    shop = services(request).settings.shop
    check_origin(request, shop.widget.origins)
    colour = request.args.get("colour", shop.colour)
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", colour):
        raise InvalidUsage(f"The colour {colour[:20]!r} isn't six digits such as #2f5d50.")
    wanted = request.args.get("language", "") if shop.widget.language == "auto" else ""
    spoken = request.args.get("spoken", "")
    languages = spoken if spoken in shop.languages else wanted or shop.widget.language
    settings = describe(shop, languages, colour, datetime.now(shop.zone))
    body = json.dumps(settings, ensure_ascii=False).encode()
    return _compressed(request, body, gzip.compress(body, 6), "application/json", "max-age=60")


def describe(shop: Shop, languages: str, colour: str, now: datetime) -> dict[str, Any]:
    """Names, looks, texts and hours of a shop, for the first of `languages` that there is."""
    widget, language = shop.widget, choose_language(languages)
    own = shop.languages[0] if widget.language == "auto" else widget.language
    # What the assistant doesn't speak has the shop's own first words: it can't keep a promise of others.
    speaks = language if language in shop.languages else own
    texts = {**read_texts("en"), **read_texts(language), **_changed(shop, language)}
    greetings = [
        {**one.dict(), "text": text}
        for one in widget.greetings
        if (text := in_language(one.text, speaks, own))
    ]
    is_open = shop.hours.open_until(now) is not None
    opens = None if is_open else shop.hours.opens_next(now)
    return {
        "shop": shop.name,
        "assistant": shop.assistant.name,
        "welcome": in_language(shop.assistant.welcome, speaks, own) or texts["welcome"],
        "avatar": picture_url(widget.avatar),
        "position": widget.position,
        "theme": widget.theme,
        "colours": palette(colour),
        "language": language,
        "languages": list(shop.languages),
        "direction": "rtl" if language in RIGHT_TO_LEFT else "ltr",
        "texts": {name: text for name, text in texts.items() if name != "welcome"},
        "consent": widget.consent,
        "privacy": "/shop/policies/privacy" if "privacy" in shop.policies else "",
        "open": is_open,
        "opens": opens.isoformat() if opens else "",
        "timezone": shop.timezone,
        "outside_hours": widget.outside_hours,
        "voice": widget.voice,
        "ratings": widget.ratings,
        "pictures": widget.pictures,
        "starters": in_language(widget.starters, speaks, own) or [],
        "greetings": greetings,
    }


def _changed(shop: Shop, language: str) -> dict[str, str]:
    """The widget's texts that shop.yml changes: in all languages, or in one."""
    texts = shop.widget.texts
    of_all = {name: text for name, text in texts.items() if isinstance(text, str)}
    of_this = texts.get(language)
    return {**of_all, **of_this} if isinstance(of_this, dict) else of_all


def choose_language(languages: str) -> str:
    """The first of "nl-BE, fr" that there are texts for, else English."""
    for tag in re.split(r"[,;\s]+", languages.lower(), maxsplit=MOST_LANGUAGES)[:MOST_LANGUAGES]:
        short = tag.split("-")[0]
        if re.fullmatch("[a-z]{2}", short) and (WIDGET_TEXTS / f"{short}.yml").is_file():
            return short
    return "en"


@routes.get("/loader.js")
async def loader(request: Request) -> HTTPResponse:
    """The file of the one line on the shop's pages; it names the version of all others."""
    plain, packed = files()["loader.js"]
    return _compressed(request, plain, packed, TYPES[".js"], SHORT)


@routes.get("/<asked>/<name>")
async def asset(request: Request, asked: str, name: str) -> HTTPResponse:
    """One of the widget's files; an older page that asks for an older version gets today's."""
    if name not in files():
        raise NotFound("There is no such file.")
    plain, packed = files()[name]
    caching = LONG if asked == version() else SHORT
    return _compressed(request, plain, packed, TYPES[Path(name).suffix], caching)


def _compressed(
    request: Request, plain: bytes, packed: bytes, kind: str, caching: str
) -> HTTPResponse:
    headers = {"Cache-Control": caching, "Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        return raw(packed, content_type=kind, headers={**headers, "Content-Encoding": "gzip"})
    return raw(plain, content_type=kind, headers=headers)
