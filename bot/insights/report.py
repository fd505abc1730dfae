"""The report: every page in one file that needs nothing else, and its tables as CSV."""

import os
import tempfile
import time
import zipfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader
from markupsafe import Markup

from bot.errors import NotFound, StoreError
from bot.insights import (
    layout,
    layout_bias,
    layout_demand,
    layout_models,
    layout_scores,
    layout_staff,
    pages,
)
from bot.insights.pages import Page, Table, to_csv
from bot.insights.schema import open_insights
from bot.insights.scope import Scope, Source
from bot.settings import Settings
from bot.staff.accounts import StaffStore
from bot.store.days import MESSAGES, TOPICS, set_zone
from bot.surveys.store import SurveyStore
from bot.transcripts.store import open_transcripts
from bot.wording import full_date

Build = Callable[[Source, Scope, str], Page]
PAGES: dict[str, Build] = {
    "overview": layout.overview_page,
    "demand": layout_demand.demand_page,
    "products": layout.products_page,
    "sentiment": layout.sentiment_page,
    "satisfaction": layout_scores.satisfaction_page,
    "staff": layout_staff.staff_page,
    "funnel": layout.funnel_page,
    "bias": layout_bias.bias_page,
    "topics": layout_models.topics_page,
    "customers": layout_models.customers_page,
    "forecast": layout_models.forecast_page,
    "feedback": layout_models.feedback_page,
}
TITLES = {
    "overview": "Overview",
    "demand": "Unmet demand",
    "products": "Products",
    "sentiment": "Sentiment",
    "satisfaction": "Satisfaction",
    "staff": "Staff",
    "funnel": "Funnel",
    "bias": "Fairness",
    "topics": "Topics",
    "customers": "Customers",
    "forecast": "Forecast",
    "feedback": "Feedback",
}
KEEP_WEEKS = 26  # weekly reports that are kept
files = PackageLoader("bot.insights")
templates = Environment(loader=files, autoescape=True, trim_blocks=True, lstrip_blocks=True)
templates.globals.update(text=pages.text, is_number=pages.is_number)


@dataclass(frozen=True)
class Report:
    """All pages of a span."""

    shop: str
    scope: Scope
    made_at: float
    pages: list[Page]

    @property
    def title(self) -> str:
        """The span in words."""
        first, last = self.scope.days[0], self.scope.days[-1]
        return f"{full_date(first)} to {full_date(last)}"


def open_source(settings: Settings) -> Source:
    """The shop's databases for reading. Raises NotFound while nobody has said anything."""
    if not settings.transcripts_db.exists():
        raise NotFound("Nobody has written yet.", "Start the assistant first: make run")
    for opened, tally in (
        (open_insights(settings.insights_db), TOPICS),
        (open_transcripts(settings.transcripts_db), MESSAGES),
    ):
        with closing(opened) as database:  # there, up to date, and by the shop's days
            set_zone(database, settings.shop.timezone, tally)
    SurveyStore(settings.surveys_db).close()
    StaffStore(settings.staff_db).close()
    return Source(
        settings.transcripts_db, settings.insights_db, settings.surveys_db, settings.staff_db
    )


def report(settings: Settings, scope: Scope, now: float = 0) -> Report:
    """Count everything for a span of a shop. Raises NotFound or StoreError."""
    with open_source(settings) as source:
        built = [build(source, scope, settings.shop.currency) for build in PAGES.values()]
    return Report(settings.shop.name, scope, now or time.time(), built)


def to_html(found: Report, console: str = "") -> str:
    """The report as one page; with `console`, its address, numbers link to conversations."""
    zone = ZoneInfo(found.scope.timezone)
    return templates.get_template("report.html").render(
        report=found,
        made=f"{datetime.fromtimestamp(found.made_at, zone):%Y-%m-%d %H:%M}",
        css=files.get_source(templates, "charts.css")[0],
        link=lambda evidence: evidence.link(console, found.scope) if console else "",
        no_csv=lambda page, table: "",
    )


def page_html(page: Page, scope: Scope, console: str, csv: Callable[[Page, Table], str]) -> Markup:
    """One page without its title, for the console; `csv` gives the address of a table."""
    return Markup(
        templates.get_template("one_page.html").render(
            page=page, link=lambda evidence: evidence.link(console, scope), csv=csv
        )
    )


def write(path: Path, content: str) -> None:
    """Write a file, whole or not at all. Raises StoreError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".report-")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(content)
        os.chmod(name, 0o600)  # it is about customers
        os.replace(name, path)
    except OSError as error:
        raise StoreError(f"{path} can't be written: {error.strerror}.") from error


def write_csv(path: Path, found: Report) -> int:
    """Every table as a CSV file in one zip; returns how many. Raises StoreError."""
    tables = [(page.name, table) for page in found.pages for table in page.tables]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for page, table in tables:
                archive.writestr(f"{page}-{table.name}.csv", "\ufeff" + to_csv(table))
    except OSError as error:
        raise StoreError(f"{path} can't be written: {error.strerror}.") from error
    return len(tables)


def weekly(settings: Settings, now: float | None = None) -> Path | None:
    """Write the report of the last four weeks unless this week's is there; returns its path."""
    now = now or time.time()
    local = datetime.fromtimestamp(now, ZoneInfo(settings.shop.timezone))
    year, week, _ = local.isocalendar()
    folder = settings.var / "reports"
    path = folder / f"{year}-W{week:02}.html"
    if path.exists():
        return None
    sunday = local.date() - timedelta(days=local.weekday() + 1)
    weeks = Scope.between(sunday - timedelta(days=27), sunday, settings.shop.timezone)
    write(path, to_html(report(settings, weeks, now), settings.console_url))
    for old in sorted(folder.glob("*-W*.html"))[:-KEEP_WEEKS]:
        old.unlink()
    return path
