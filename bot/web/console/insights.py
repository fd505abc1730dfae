"""Market research in the console: the pages of the report, labels for sentiment, work on topics."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlencode

from sanic import Blueprint
from sanic.exceptions import InvalidUsage
from sanic.exceptions import NotFound as NoPage
from sanic.request import Request
from sanic.response import HTTPResponse, file, redirect, text

import bot.insights
from bot.errors import NotFound, ShoptalkError
from bot.transcripts.store import BYTE_ORDER_MARK, csv_text, iso_time
from bot.web.console.access import open_to_all, requires
from bot.web.console.pages import field, go_to, render
from bot.web.services import services

# bot.insights' modules load scikit-learn, so they are imported when the first page is asked for.

routes = Blueprint("console_insights", url_prefix="/insights")

CONSOLE = "/console"
SPANS = {7: "7 days", 30: "30 days", 90: "90 days", 365: "a year"}
DRAWN_AT_ONCE = 60
STYLE = Path(bot.insights.__file__).parent / "templates" / "charts.css"

Answer = TypeVar("Answer")


@routes.get("/charts.css")
@open_to_all
async def style(request: Request) -> HTTPResponse:
    """The style of charts and figures."""
    return await file(STYLE, headers={"Cache-Control": "public, max-age=300"})


@routes.get("/")
@requires("analyst")
async def home(request: Request) -> HTTPResponse:
    """The first page."""
    return redirect(f"{CONSOLE}/insights/overview")


@routes.get("/conversations")
@requires("analyst")
async def conversations(request: Request) -> HTTPResponse:
    """The conversations behind a number, as a page or, with format=csv, as a file of all."""
    what, key = request.args.get("what", ""), request.args.get("key", "")[:300]
    as_file = request.args.get("format", "") == "csv"

    def find() -> Any:
        from bot.insights.evidence import EXPORTED, LIMIT, evidence
        from bot.insights.report import open_source

        limit = EXPORTED if as_file else LIMIT
        with open_source(services(request).settings) as source:
            return evidence(source, _given_scope(request), what, key, limit), limit

    found, limit = await _work(find)
    done = "exported" if as_file else "looked at"
    services(request).staff.log(request.ctx.staff.login, done, f"conversations {what} {key}")
    if as_file:
        zone = services(request).settings.shop.zone
        rows = [(one.id, iso_time(one.at, zone), one.words) for one in found]
        return text(
            BYTE_ORDER_MARK + csv_text(("conversation", "at", "words"), rows),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": 'attachment; filename="conversations.csv"'},
        )
    query = urlencode({name: values[0] for name, values in request.args.items()})
    return render(
        request, "insights_conversations.html", found=found, limit=limit, what=what, key=key,
        query=query,
    )  # fmt: skip


@routes.get("/report")
@requires("analyst")
async def report(request: Request) -> HTTPResponse:
    """The whole report as a file."""

    def make() -> str:
        from bot.insights import report as reports

        settings = services(request).settings
        return reports.to_html(reports.report(settings, _scope(request)), settings.console_url)

    return text(
        await _work(make),
        content_type="text/html; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="report.html"'},
    )


@routes.get("/labels")
@requires("analyst")
async def labels(request: Request) -> HTTPResponse:
    """Messages to label, and what the labels have shown so far."""

    def look() -> Any:
        from bot.insights.calibration import ENOUGH, calibration, waiting
        from bot.insights.report import open_source

        with open_source(services(request).settings) as source:
            return waiting(source), calibration(source, _scope(request)), ENOUGH

    messages, checked, enough = await _work(look)
    return render(
        request, "insights_labels.html", messages=messages, checked=checked, enough=enough,
        tabs=_tabs("labels", _span(request)), **_choice(request),
    )  # fmt: skip


@routes.post("/labels")
@requires("analyst")
async def label(request: Request) -> HTTPResponse:
    """One message's label, or another sample to label."""
    settings, login = services(request).settings, request.ctx.staff.login
    message = field(request, "message", required=False)

    def change() -> str:
        from bot.insights.calibration import draw, give_label
        from bot.insights.report import open_source
        from bot.insights.schema import open_insights

        database = open_insights(settings.insights_db)
        try:
            if message:
                give_label(database, message, field(request, "label"), login)
                return ""
            with open_source(settings) as source:
                count = draw(database, source, _scope(request), DRAWN_AT_ONCE)
            return f"{count} messages drawn at random."
        finally:
            database.close()

    done = await _work(change)
    return go_to(request, f"{CONSOLE}/insights/labels?{urlencode(_span(request))}", done)


@routes.post("/topics/<topic:int>")
@requires("analyst")
async def change_topic(request: Request, topic: int) -> HTTPResponse:
    """Rename, hide, show or merge a topic."""
    settings, what = services(request).settings, field(request, "what")

    def change() -> str:
        from bot.insights import topic_book
        from bot.insights.schema import open_insights

        database = open_insights(settings.insights_db)
        try:
            if what == "rename":
                topic_book.rename(database, topic, field(request, "name", 80, required=False))
                return "The topic has its name."
            if what in ("hide", "show"):
                topic_book.hide(database, topic, what == "hide")
                return "The topic is hidden." if what == "hide" else "The topic is back."
            if what == "merge" and _is_number(field(request, "into")):
                topic_book.merge(database, topic, int(field(request, "into")))
                return "The topics are one."
        finally:
            database.close()
        raise InvalidUsage("A topic can be renamed, hidden, shown or merged.")

    done = await _work(change)
    services(request).staff.log(request.ctx.staff.login, what, f"topic {topic}")
    return go_to(request, f"{CONSOLE}/insights/topics?{urlencode(_span(request))}", done)


@routes.get("/<name>")
@requires("analyst")
async def page(request: Request, name: str) -> HTTPResponse:
    """One page."""
    span = _span(request)

    def build() -> Any:
        from bot.insights import report as reports
        from bot.insights.topic_book import topics

        if name not in reports.PAGES:
            raise NoPage("There is no such page.")
        settings, scope = services(request).settings, _scope(request)
        with reports.open_source(settings) as source:
            built = reports.PAGES[name](source, scope, settings.shop.currency)
            editable = topics(source, scope, with_hidden=True, quoted=0) if name == "topics" else []
        drawn = reports.page_html(
            built, scope, CONSOLE,
            lambda page, table: f"{CONSOLE}/insights/{page.name}/csv/{table.name}?"
            + urlencode(span),
        )  # fmt: skip
        return built, drawn, editable

    if not services(request).settings.transcripts_db.exists():
        return render(
            request, "insights.html", title="Insights", page=None, drawn="Nobody has written yet.",
            topics=[], tabs=[], **_choice(request),
        )  # fmt: skip
    built, drawn, editable = await _work(build)
    return render(
        request, "insights.html", title=built.title, page=built, drawn=drawn, topics=editable,
        tabs=_tabs(name, span), **_choice(request),
    )  # fmt: skip


@routes.get("/<name>/csv/<table>")
@requires("analyst")
async def table_csv(request: Request, name: str, table: str) -> HTTPResponse:
    """A table of a page as CSV."""

    def make() -> str:
        from bot.insights import report as reports
        from bot.insights.pages import to_csv

        if name in reports.PAGES:
            settings = services(request).settings
            with reports.open_source(settings) as source:
                built = reports.PAGES[name](source, _scope(request), settings.shop.currency)
            for one in built.tables:
                if one.name == table:
                    return "\ufeff" + to_csv(one)
        raise NoPage("There is no such table.")

    return text(
        await _work(make),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )


async def _work(work: Callable[[], Answer]) -> Answer:
    """Count in a thread, so that chats go on meanwhile."""
    try:
        return await asyncio.get_event_loop().run_in_executor(None, work)
    except NotFound as error:
        raise NoPage(str(error)) from error
    except ShoptalkError as error:
        raise InvalidUsage(str(error)) from error


def _is_number(text: str) -> bool:
    return text.isdecimal() and len(text) < 12


def _span(request: Request) -> dict[str, str]:
    """What of the address names the span, and whether it is of simulated conversations.

    The last days are the default; a month, or days from one to another, take their place.
    """
    given = {name: request.args.get(name, "").strip() for name in ("month", "from", "to")}
    span = {"month": given["month"]} if given["month"] else given
    span = {name: value for name, value in span.items() if value}
    if not span:
        days = request.args.get("days", "30")
        span = {"days": days if days in map(str, SPANS) else "30"}
    return span | ({"simulated": "1"} if request.args.get("simulated") == "1" else {})


def _scope(request: Request) -> Any:
    from bot.insights.scope import chosen

    span = _span(request)
    return chosen(
        time.time(), services(request).settings.shop.timezone, "simulated" in span,
        days=int(span.get("days", 30)), month=span.get("month", ""), first=span.get("from", ""),
        last=span.get("to", ""),
    )  # fmt: skip


def _choice(request: Request) -> dict[str, Any]:
    """What the templates need to offer spans, and to say which one is shown."""
    span = _span(request)
    other = {name: value for name, value in span.items() if name != "simulated"}
    return {
        "span": span,
        "spans": SPANS,
        "days": int(span.get("days", 0)),
        "simulated": "simulated" in span,
        "query": urlencode(span),
        "other_query": urlencode(other if "simulated" in span else {**span, "simulated": "1"}),
    }


def _given_scope(request: Request) -> Any:
    """The span that a link names, so that the list is that of the number; else the last days."""
    from bot.insights.scope import Scope

    given = [request.args.get(name, "") for name in ("since", "until")]
    if not all(map(_is_number, given)):
        return _scope(request)
    zone = services(request).settings.shop.timezone
    return Scope(float(given[0]), float(given[1]), request.args.get("simulated") == "1", zone)


def _tabs(current: str, span: dict[str, str]) -> list[dict[str, Any]]:
    from bot.insights.report import TITLES

    names = {**TITLES, "labels": "Labels"}
    return [
        {
            "title": title,
            "path": f"{CONSOLE}/insights/{name}?{urlencode(span)}",
            "current": name == current,
        }
        for name, title in names.items()
    ]
