"""All databases of a shop, for what has to reach every one: backup, retention, erasure."""

from pathlib import Path
from typing import NamedTuple

from sqlite_utils.migrations import Migrations

from bot.campaigns.schema import migrations as campaigns
from bot.guard.schema import guard_tables
from bot.inbox.schema import web_tables
from bot.insights.schema import insights
from bot.settings import Settings
from bot.staff.schema import staff_tables
from bot.surveys.schema import migrations as surveys
from bot.transcripts.schema import transcripts
from bot.transcripts.tracker import tracker_tables


class DatabaseFile(NamedTuple):
    """A database: its name, where it lies, and its schema (None: made by who opens it)."""

    name: str
    path: Path
    schema: Migrations | None


def database_files(settings: Settings) -> list[DatabaseFile]:
    """Every database, whether it exists yet or not.

    In the order in which a backup takes them: what others are made from comes last, so that a
    restored shop adds what a copy lacks, as it does after a crash. A message that web.db still
    holds is answered again from the tracker store, which knows it.
    """
    return [
        DatabaseFile("web", settings.web_db, web_tables),
        DatabaseFile("transcripts", settings.transcripts_db, transcripts),
        DatabaseFile("surveys", settings.surveys_db, surveys),
        DatabaseFile("campaigns", settings.campaigns_db, campaigns),
        DatabaseFile("staff", settings.staff_db, staff_tables),
        DatabaseFile("guard", settings.guard_db, guard_tables),
        DatabaseFile("insights", settings.insights_db, insights),
        DatabaseFile("orders", settings.orders_db, None),
        DatabaseFile("tracker", settings.tracker_db, tracker_tables),
    ]


def shop_files(settings: Settings) -> list[Path]:
    """shop.yml, the files it names, and the campaigns; those inside the shop's folder."""
    shop = settings.shop
    named = [settings.shop_file, settings.shop_dir / shop.catalogue.file]
    named += [settings.shop_dir / shop.orders.file] if shop.orders.file else []
    named += settings.policy_files.values()
    for language in shop.languages:
        named += settings.pages_in(language).values()
    for folder in (
        settings.surveys_dir,
        settings.campaigns_dir,
        settings.campaigns_dir / "journeys",
    ):
        named += sorted(folder.glob("*.yml"))
    inside = (path.resolve() for path in named if path.is_file())
    return [path for path in dict.fromkeys(inside) if path.is_relative_to(settings.shop_dir)]
