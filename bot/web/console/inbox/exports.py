"""Exports: one conversation or all that meet the filters, as CSV or JSON Lines."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import tzinfo
from typing import Any
from urllib.parse import unquote_plus

from sanic import Blueprint
from sanic.exceptions import InvalidUsage
from sanic.exceptions import NotFound as NoPage
from sanic.request import Request
from sanic.response import HTTPResponse
from sanic.response import text as text_response

from bot.privacy import mask
from bot.staff.conversations import Finder
from bot.staff.filters import Bounds
from bot.transcripts.store import BYTE_ORDER_MARK, iso_time, neutral_cell
from bot.web.console.access import requires
from bot.web.console.inbox.conversations import chosen, is_unmasked
from bot.web.door.streams import begin_stream
from bot.web.services import services

routes = Blueprint("console_exports")

MAX_CONVERSATIONS = 20_000
AT_ONCE = 200
COLUMNS = (
    "conversation_id", "id", "at", "sender", "author", "text", "intent", "confidence", "entities",
    "sentiment", "sentiment_score", "latency_ms", "model_version",
)  # fmt: skip
KINDS = {"csv": "text/csv", "jsonl": "application/x-ndjson"}


@routes.get("/conversations/<conversation>/export")
@requires("agent")
async def export_one(request: Request, conversation: str) -> HTTPResponse:
    """One conversation's messages; personal data as on its page."""
    form = _form(request)
    clear = is_unmasked(request, conversation)
    messages = await services(request).readers.read(
        lambda finder: finder.messages(conversation, originals=clear)
    )
    if not messages:
        raise NoPage("There is no such conversation.")
    _log(request, f"conversation {conversation}", form)
    zone = services(request).settings.shop.zone
    lines = "".join(_lines(messages, form, zone, first=True))
    return text_response(
        lines, headers=_as_file(f"conversation-{conversation[:8]}.{form}"), content_type=KINDS[form]
    )


@routes.get("/export")
@requires("analyst")
async def export_found(request: Request) -> None:
    """All conversations that meet the filters, personal data masked; sent as it is read."""
    form, filters, me = _form(request), chosen(request), request.ctx.staff
    zone = services(request).settings.shop.zone
    bounds = Bounds(zone)
    read = services(request).readers.read
    ids = await read(lambda finder: finder.ids(filters, me, bounds, MAX_CONVERSATIONS))
    asked_for = mask(unquote_plus(request.query_string))
    _log(request, f"{len(ids)} conversations", f"{form} {asked_for}")
    response = await begin_stream(request, KINDS[form], _as_file(f"conversations.{form}"))
    for start in range(0, len(ids), AT_ONCE):
        some = ids[start : start + AT_ONCE]
        messages = await read(lambda finder, some=some: _all_messages(finder, some))
        await response.send("".join(_lines(messages, form, zone, first=start == 0)))
    if not ids:
        await response.send("".join(_lines([], form, zone, first=True)))
    await response.eof()


def _all_messages(finder: Finder, ids: list[str]) -> list[dict[str, Any]]:
    return [message for one in ids for message in finder.messages(one)]


def _lines(messages: list[dict[str, Any]], form: str, zone: tzinfo, first: bool) -> Iterator[str]:
    """CSV for spreadsheets, with times by the shop's clock; JSON with Unix seconds."""
    if form == "csv":
        out = io.StringIO()
        writer = csv.writer(out)
        if first:
            out.write(BYTE_ORDER_MARK)
            writer.writerow(COLUMNS)
        for row in messages:
            shown = {**_row(row), "at": iso_time(row["at"], zone)}
            writer.writerow([neutral_cell(shown[name]) for name in COLUMNS])
        yield out.getvalue()
        return
    for row in messages:
        shown = _row(row)
        shown["entities"] = json.loads(shown["entities"] or "[]")
        yield json.dumps(shown, ensure_ascii=False) + "\n"


def _row(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in COLUMNS}


def _form(request: Request) -> str:
    form = request.args.get("format", "csv")
    if form not in KINDS:
        raise InvalidUsage("Format is csv or jsonl.")
    return form


def _log(request: Request, what: str, detail: str) -> None:
    services(request).staff.log(request.ctx.staff.login, "exported", what, detail)


def _as_file(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
