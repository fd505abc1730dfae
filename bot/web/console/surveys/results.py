"""One campaign in the console: its conditions in words, its results, its export."""

import asyncio
import io
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import segno
from sanic import Blueprint
from sanic.exceptions import NotFound as NoPage
from sanic.request import Request
from sanic.response import HTTPResponse, raw

from bot.errors import NotFound
from bot.surveys.campaigns import Campaigns
from bot.surveys.comparison import compare_versions, weekly
from bot.surveys.crosstab import cross_tab
from bot.surveys.export import export_csv, export_xlsx
from bot.surveys.results import Results, results
from bot.surveys.statistics import Estimate, trend
from bot.surveys.store import SurveyStore
from bot.surveys.triggers import explain
from bot.web.console.access import requires
from bot.web.console.pages import render
from bot.web.console.surveys.editor import entry_of
from bot.web.services import services

routes = Blueprint("console_survey_results")
Result = TypeVar("Result")

SEGMENTS = ("mood", "topic", "bought", "handoff", "returning", "way", "version")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@routes.get("/surveys/<name>")
@requires("analyst")
async def one(request: Request, name: str) -> HTTPResponse:
    """A campaign and what it found out; `version`, `by`, and `first` with `second` to compare."""
    entry_of(request, name)
    values = await _aside(request, lambda campaigns: _values(request, campaigns, name))
    return render(request, "survey.html", **values)


@routes.get("/surveys/<name>/qr.svg")
@requires("analyst")
async def qr(request: Request, name: str) -> HTTPResponse:
    """The survey's link as a QR code, to print."""
    entry_of(request, name)
    image = io.BytesIO()
    shop = services(request).settings.shop.surveys
    base = shop.address or f"{request.scheme}://{request.host}"
    link = f"{base.rstrip('/')}{services(request).links.path(name)}"
    segno.make(link, micro=False).save(image, kind="svg", scale=4, dark="#000", light="#fff")
    return raw(image.getvalue(), content_type="image/svg+xml")


@routes.get("/surveys/<name>/export/<kind>")
@requires("analyst")
async def export(request: Request, name: str, kind: str) -> HTTPResponse:
    """All answers with their codebook: a workbook, or a zip of two CSV files."""
    entry_of(request, name)
    if kind not in ("xlsx", "zip"):
        raise NoPage("Answers come as xlsx or zip.")
    made = _workbook if kind == "xlsx" else _zipped
    try:
        body = await _aside(request, lambda campaigns: made(campaigns, name))
    except NotFound as error:
        raise NoPage(str(error)) from error
    services(request).staff.log(request.ctx.staff.login, "exported", f"survey {name}", kind)
    return raw(
        body,
        content_type=XLSX if kind == "xlsx" else "application/zip",
        headers={"Content-Disposition": f'attachment; filename="{name}.{kind}"'},
    )


def _values(request: Request, campaigns: Campaigns, name: str) -> dict[str, Any]:
    """All that the page shows."""
    entry = campaigns.get(name)
    versions = [number for number, _ in campaigns.store.texts.versions(name)]
    version = _chosen(request, "version", versions)
    simulated = request.args.get("simulated", "") == "1"
    found = results(campaigns, name, version=version, simulated=simulated)
    others = [
        one.question.id for one in found.questions if one.question.kind in ("single", "consent")
    ]
    by = request.args.get("by", "")
    by = by if by in (*SEGMENTS, *others) else ""
    first, second = (_chosen(request, key, versions) for key in ("first", "second"))
    compare = first and second and first != second
    shop = services(request).settings.shop
    return {
        "entry": entry,
        "results": found,
        "version": version,
        "versions": versions,
        "by": by,
        "segments": () if entry.campaign.anonymous else SEGMENTS,
        "others": others,
        "rules": explain(entry.campaign, shop.surveys.days_between),
        "link": f"{shop.surveys.address}{services(request).links.path(name)}",
        "tabs": _tabs(campaigns, found, by, simulated),
        "weeks": _weeks(campaigns, found, shop.zone, simulated),
        "compared": compare_versions(campaigns, name, first, second, simulated) if compare else (),
        "axes": {
            one.form.key: axis(one.question, one.estimate)
            for one in found.questions
            if one.estimate
        },
        "first": first,
        "second": second,
        "simulated": simulated,
        "has_simulated": campaigns.store.has_simulated(name),
    }


async def _aside(request: Request, work: Callable[[Campaigns], Result]) -> Result:
    """Read in a thread, over a connection of its own: customers don't wait for a large survey."""
    settings = services(request).settings

    def read() -> Result:
        store = SurveyStore(settings.surveys_db)
        try:
            return work(Campaigns(store, settings.surveys_dir, settings.shop.zone))
        finally:
            store.close()

    return await asyncio.get_event_loop().run_in_executor(None, read)


def axis(question: Any, figure: Estimate) -> dict[str, float]:
    """Where a figure and its interval lie on the scale of its question, in percent."""
    low, high = {"nps": (-100, 100), "csat": (0, 100)}.get(question.kind) or _range(
        question, figure
    )
    width = (high - low) or 1

    def place(value: float) -> float:
        return round(min(100.0, max(0.0, 100 * (value - low) / width)), 2) if value == value else 0

    ends = place(figure.low), place(figure.high)
    return {
        "at": place(figure.value),
        "from": ends[0],
        "length": max(0.0, ends[1] - ends[0]),
        "low": low,
        "high": high,
    }


def _range(question: Any, figure: Estimate) -> tuple[float, float]:
    if question.scale:
        return question.scale
    return min(0.0, figure.low), max(1.0, figure.high)


def _chosen(request: Request, name: str, versions: list[int]) -> int:
    given = request.args.get(name, "")
    return int(given) if given in map(str, versions) else 0


def _tabs(campaigns: Campaigns, found: Results, by: str, simulated: bool) -> dict[str, Any]:
    if not by or found.hidden:
        return {}
    return {
        one.form.key: cross_tab(campaigns, found.entry.name, one.form, by, found.version, simulated)
        for one in found.questions
        if one.question.kind not in ("text", "multiple") and one.question.id != by
    }


def _weeks(campaigns: Campaigns, found: Results, zone: Any, simulated: bool) -> dict[str, Any]:
    """For each score its weeks, when there are two at least, and p of a trend."""
    shown = {}
    for one in found.questions:
        if not one.estimate or found.entry.campaign.anonymous:
            continue
        weeks = weekly(campaigns, found.entry.name, one.form, zone, found.version, simulated)
        values = [week.estimate.value for week in weeks if week.estimate]
        if len(weeks) > 1:
            shown[one.form.key] = {"weeks": weeks[-26:], "p": trend(values)}
    return shown


def _workbook(campaigns: Campaigns, name: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "answers.xlsx"
        export_xlsx(campaigns, name, path)
        return path.read_bytes()


def _zipped(campaigns: Campaigns, name: str) -> bytes:
    answers, codebook, packed = io.StringIO(), io.StringIO(), io.BytesIO()
    export_csv(campaigns, name, answers, codebook)
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{name}.csv", "\ufeff" + answers.getvalue())
        archive.writestr(f"{name}-codebook.csv", "\ufeff" + codebook.getvalue())
    return packed.getvalue()
