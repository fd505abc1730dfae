"""The shop's mail campaigns: read from files, kept with their versions, started and paused."""

import hashlib
import re
import time
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from functools import lru_cache
from pathlib import Path
from typing import Literal, cast

from sqlite_utils import Database

from bot.campaigns.campaign import CAMPAIGN_NAME, MailCampaign, read_campaign
from bot.errors import ConfigError
from bot.surveys.texts import CampaignTexts

Status = Literal["draft", "started", "paused", "finished"]


@dataclass(frozen=True)
class Entry:
    """A campaign as it stands now: draft, scheduled, running, paused or finished."""

    name: str
    version: int
    campaign: MailCampaign
    state: str


class MailCampaigns:
    """The database is what counts; a file of the shop's `campaigns/` is read again when it changes."""

    def __init__(self, db: Database, folder: Path, zone: tzinfo) -> None:
        self.texts = CampaignTexts(db, "campaign")
        self._folder, self._zone = folder, zone

    def sync(self) -> list[str]:
        """Read files that are new or changed; returns what is wrong with those that can't be."""
        wrong = []
        for file in sorted(self._folder.glob("*.yml")):
            try:
                text = file.read_text(encoding="utf-8")
                digest = hashlib.sha256(text.encode()).hexdigest()
                known = file.stem in self.texts.names()
                if not known or self.texts.file_hash(file.stem) != digest:
                    self.save(file.stem, text, digest, file)
            except (OSError, UnicodeDecodeError) as error:
                wrong.append(f"{file} can't be read: {error}.")
            except ConfigError as error:
                wrong.append(str(error))
        return wrong

    def save(self, name: str, text: str, file_hash: str = "", source: Path | None = None) -> int:
        """Keep a new text of a campaign; returns its version. Raises ConfigError, and keeps nothing then."""
        if not re.fullmatch(CAMPAIGN_NAME, name):
            raise ConfigError(
                f"{name!r} can't be a campaign's name.", "Use small letters, digits and hyphens."
            )
        read_campaign(source or name, text)
        return self.texts.save(name, text, time.time(), file_hash)

    def all(self) -> list[Entry]:
        """Every campaign, by name."""
        return [self.get(name) for name in self.texts.names() if "/" not in name]  # else a journey

    def get(self, name: str, version: int = 0) -> Entry:
        """A campaign in a version, the latest by default. Raises NotFound."""
        status = cast(Status, self.texts.status(name))
        version = version or self.texts.versions(name)[-1][0]
        campaign = _parsed(name, self.texts.source(name, version))
        return Entry(name, version, campaign, state(campaign, status, self._today()))

    def set_status(self, name: str, status: Status) -> Entry:
        """Start, pause or finish a campaign. Raises NotFound or ConfigError."""
        entry = self.get(name)
        if status == "started" and entry.campaign.stop and entry.campaign.stop < self._today():
            raise ConfigError(
                f"{name} can't be started: its last day was {entry.campaign.stop}.",
                "Change or remove `stop:`.",
            )
        self.texts.set_status(name, status, time.time())
        return self.get(name)

    def _today(self) -> date:
        return datetime.now(self._zone).date()


def state(campaign: MailCampaign, status: Status, today: date) -> str:
    """How a campaign stands on a day."""
    if status != "started":
        return status
    if campaign.start and today < campaign.start:
        return "scheduled"
    return "finished" if campaign.stop and today > campaign.stop else "running"


@lru_cache(maxsize=500)
def _parsed(name: str, text: str) -> MailCampaign:
    return read_campaign(name, text)
