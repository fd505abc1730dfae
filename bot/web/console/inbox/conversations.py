"""The inbox: lists of conversations by view and filter, and one of them beside the list."""

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from sanic import Blueprint
from sanic.exceptions import Forbidden, InvalidUsage
from sanic.exceptions import NotFound as NoPage
from sanic.request import Request
from sanic.response import HTTPResponse, raw

from bot.privacy import emails_in
from bot.privacy.staff import mask_for_anyone
from bot.privacy.staff import mask_for_staff as mask
from bot.staff.conversations import MARK, PAGE, UNMARK, Finder
from bot.staff.filters import BadFilter, Bounds, Filters
from bot.staff.macros import fill
from bot.transcripts.masking import PERSONAL_ENTITIES
from bot.web.chat.pictures import TYPE as PICTURE_TYPE
from bot.web.console.access import requires
from bot.web.console.inbox.thread import timeline
from bot.web.console.inbox.why import reasons
from bot.web.console.pages import render, wants_json
from bot.web.services import services

routes = Blueprint("console_conversations")

TITLES = {
    "waiting": "Waiting",
    "mine": "Mine",
    "open": "Open",
    "resolved": "Resolved",
    "all": "All",
}
UNMASKED_SECONDS = 900
HIDDEN = PERSONAL_ENTITIES["order_number"]


@routes.get("/conversations")
@requires("agent")
async def listing(request: Request) -> HTTPResponse:
    """Conversations that meet the filters in the address, with counts for each facet."""
    return render(request, "conversations.html", **await inbox(request))


@routes.get("/conversations/<conversation>")
@requires("agent")
async def one(request: Request, conversation: str) -> HTTPResponse:
    """One conversation, with all that is known of it; personal data is masked."""
    web, me = services(request), request.ctx.staff
    own = may_unmask(request, conversation)
    opened = await services(request).readers.read(lambda finder: whole(finder, conversation, own))
    if opened is None:
        raise NoPage("There is no such conversation.")
    clear = is_unmasked(request, conversation)
    if request.headers.get("x-live") != "1":
        web.staff.log(me.login, "looked at", f"conversation {conversation}")
        web.desk.work.read(conversation)
        web.desk.work.read_mentions(conversation, me)
    shown = describe(request, opened, clear)
    if wants_json(request):
        return render(request, "conversations.html", conversation=shown)
    return render(request, "conversations.html", conversation=shown, **await inbox(request))


@routes.get("/conversations/<conversation>/pictures/<picture>")
@requires("agent")
async def picture(request: Request, conversation: str, picture: str) -> HTTPResponse:
    """A picture that the customer sent: personal data, for who asked to see that."""
    web, me = services(request), request.ctx.staff
    if not is_unmasked(request, conversation):
        raise Forbidden("Show the personal data of the conversation first.")
    content = web.pictures.content(conversation, picture)
    if content is None:
        raise NoPage("There is no such picture.")
    web.staff.log(me.login, "looked at", f"picture {picture} of conversation {conversation}")
    return raw(content, content_type=PICTURE_TYPE, headers={"Cache-Control": "no-store"})


async def inbox(request: Request) -> dict[str, Any]:
    """The list: conversations, filters, facets, views."""
    web, me = services(request), request.ctx.staff
    filters, bounds = chosen(request), Bounds(web.settings.shop.zone)
    before = request.args.get("before", "")

    def lines(finder: Finder) -> list[dict[str, Any]]:
        rows = finder.page(filters, me, bounds, before)
        return [_line(row, web.settings.shop) for row in rows]

    try:
        rows, facets = await asyncio.gather(
            web.readers.read(lines),
            web.readers.read(lambda finder: finder.facets(filters, me, bounds)),
        )
    except BadFilter as error:
        raise InvalidUsage(str(error)) from error
    waiting = web.desk.work.waiting()
    return {
        "conversations": rows,
        "facets": facets,
        "filters": filters,
        "query": urlencode(filters.query()),
        "more": rows[-1]["cursor"] if len(rows) == PAGE else "",
        "view_titles": TITLES,
        "saved_views": web.aids.views(me),
        "waiting_count": len(waiting),
        "in_danger": [one for one in waiting if one["why"] == "danger"],
        "mentions": web.desk.work.mentions(me),
    }


def chosen(request: Request) -> Filters:
    """The filters of an address. Raises InvalidUsage."""
    given = {name: values[0] for name, values in request.args.items()}
    if "view" not in given and "q" not in given and len(set(given) - {"before"}) == 0:
        given["view"] = "open" if not given.get("before") else "all"
    try:
        return Filters.read(given)
    except BadFilter as error:
        raise InvalidUsage(str(error)) from error


def whole(finder: Finder, conversation: str, originals: bool) -> dict[str, Any] | None:
    """All rows of a conversation; as they are stored, masked, unless `originals`."""
    summary = finder.one(conversation)
    if summary is None:
        return None
    messages = finder.messages(conversation, originals)
    emails = ["[email]"] * finder.email_count(conversation)
    if originals:
        said = [one["text"] for one in messages if one["sender"] == "customer"]
        emails = emails_in(" ".join(said))
    return {
        "summary": summary,
        "messages": messages,
        "events": finder.events(conversation, originals),
        "reasons": reasons(finder, conversation),
        "emails": emails,
        "earlier": finder.same_person(conversation),
    }


def _page_told(event: dict[str, Any], hide: Callable[[str], str]) -> dict[str, Any]:
    """The page that a customer came from, as it told of itself: a title or an address may hold anything of theirs."""
    return {
        name: hide(value) if name in ("text", "url") and isinstance(value, str) else value
        for name, value in event.items()
    }


def describe(request: Request, opened: dict[str, Any], clear: bool) -> dict[str, Any]:
    """A conversation as its page shows it; `clear`: with personal data."""
    web, me = services(request), request.ctx.staff
    summary = opened["summary"]
    conversation = summary["conversation_id"]
    hide = mask if may_unmask(request, conversation) else mask_for_anyone
    if clear:
        hide = _as_it_is
    work = web.desk.work.get(conversation)
    orders = orders_in(opened["messages"])
    pages = [one for one in opened["events"] if one["kind"] == "page"]
    values = reply_values(request, orders)
    return {
        "id": conversation,
        "started_at": summary["started_at"],
        "last_at": summary["last_at"],
        "sentiment": summary["sentiment"],
        "score": summary["score"],
        "trend": summary["trend"],
        "channel": summary["channel"],
        "language": summary["language"],
        "generated": bool(summary["generated"]),
        "work": replace(work, reason=hide(work.reason or "")),
        "ticket_email": hide(work.ticket_email or ""),
        "waiting_level": waiting_level(work.waiting_since, web.settings.shop, work.why),
        "is_mine": work.owner == me.login,
        "may_unmask": may_unmask(request, conversation),
        "masked": not clear,
        "is_here": web.hub.is_listening(conversation),
        "timeline": timeline(request, opened, hide),
        "tags": web.desk.work.tags(conversation),
        "requests": [
            {"reference": one.reference, "kind": one.kind, "state": one.state}
            for one in web.desk.requests.of_conversation(conversation)
        ],
        "emails": [hide(one) for one in opened["emails"]],
        "orders": orders,
        "page": _page_told(pages[-1], hide) if pages else None,
        "clicked": [one["sku"] for one in opened["events"] if one["kind"] == "click"],
        "earlier": opened["earlier"],
        "people": [one.login for one in web.staff.everyone()],
        "canned": {name: fill(text, values) for name, text in web.aids.canned().items()},
        "macros": sorted(web.aids.macros()),
    }


def _as_it_is(text: str, by_customer: bool = True) -> str:
    return text


def reply_values(request: Request, orders: list[str]) -> dict[str, str]:
    """What the placeholders of canned replies stand for."""
    shop = services(request).settings.shop
    return {
        "agent": request.ctx.staff.name,
        "shop": shop.name,
        "assistant": shop.assistant.name,
        "order": orders[-1] if orders else "",
        "hours": shop.hours.note,
    }


def orders_in(messages: list[dict[str, Any]]) -> list[str]:
    """The order numbers that were named, each once; none that is masked."""
    found: dict[str, None] = {}
    for message in messages:
        for entity in json.loads(message["entities"] or "[]"):
            if entity["entity"] == "order_number" and entity["value"] != HIDDEN:
                found[entity["value"]] = None
    return list(found)


def waiting_level(since: float | None, shop: Any, why: str | None = "") -> str:
    """How long a customer waits for a person: "", "waiting", "amber" or "red"; in danger "red"."""
    if not since:
        return ""
    if why == "danger":
        return "red"
    minutes = (time.time() - since) / 60
    if minutes >= shop.handoff.red_minutes:
        return "red"
    return "amber" if minutes >= shop.handoff.amber_minutes else "waiting"


def may_unmask(request: Request, conversation: str) -> bool:
    """Analysts and admins may see personal data; agents in conversations that they look after.

    Whoever does an open request of a conversation looks after it, too.
    """
    me, desk = request.ctx.staff, services(request).desk
    if me.may("analyst"):
        return True
    work = desk.work.get(conversation)
    return me.login in (work.owner, work.assignee) or desk.requests.is_on(conversation, me)


def is_unmasked(request: Request, conversation: str) -> bool:
    """Whether this session asked to see the personal data of a conversation, lately."""
    until = services(request).unmasked.get((request.ctx.session, conversation), 0)
    return until > time.time() and may_unmask(request, conversation)


def unmask(request: Request, conversation: str) -> None:
    """Show personal data to this session for a quarter of an hour."""
    known, now = services(request).unmasked, time.time()
    for key in [key for key, until in known.items() if until < now]:
        del known[key]
    known[(request.ctx.session, conversation)] = now + UNMASKED_SECONDS


def _line(row: dict[str, Any], shop: Any) -> dict[str, Any]:
    """A row of the list; personal data is masked, found words are in `parts`."""
    parts = _parts(row.pop("snippet", ""))
    return {
        **row,
        "parts": parts,
        "waiting_level": waiting_level(row["waiting_since"], shop, row["why"]),
    }


def _parts(snippet: str) -> list[tuple[str, bool]]:
    """Words around what was found, each part with whether it was found itself."""
    plain = snippet.replace(MARK, "").replace(UNMARK, "")
    masked = mask(plain)
    if masked != plain:
        return [(masked, False)]
    parts = snippet.replace(UNMARK, MARK).split(MARK)
    return [(part, number % 2 == 1) for number, part in enumerate(parts) if part]
