"""The home page: today in figures, with the two weeks before."""

import asyncio
import time
from datetime import date

from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.insights.charts import bars, columns
from bot.staff.figures import figures
from bot.web.console.access import requires
from bot.web.console.pages import render, wants_json
from bot.web.services import services

OVERDUE_SECONDS = 600.0  # an erasure takes seconds, and is tried again every minute

routes = Blueprint("console_home")


@routes.get("/")
@requires("agent")
async def home(request: Request) -> HTTPResponse:
    """Conversations today, how many needed a person, waits, moods, intents, slow replies."""
    web = services(request)
    settings = web.settings
    found = await asyncio.get_event_loop().run_in_executor(
        None, figures, settings.transcripts_db, settings.staff_db, settings.shop.zone
    )
    if wants_json(request):
        return render(request, "home.html", figures=found)
    days = [date.fromisoformat(day.date) for day in found.days]
    charts = [
        columns(
            "Conversations a day", days,
            [("conversations", [float(day.conversations) for day in found.days])],
        ),
        bars(
            "Intents today",
            [(name.replace("_", " "), float(n), None, str(n)) for name, n in found.intents],
        ),
    ]  # fmt: skip
    on_duty = [person for person in web.staff.everyone() if person.is_here()]
    overdue = web.inbox.erasures_waiting(before=time.time() - OVERDUE_SECONDS)
    return render(
        request, "home.html", figures=found, charts=charts, on_duty=on_duty, overdue=overdue,
        unusual=web.attacks.unusual(),
    )  # fmt: skip
