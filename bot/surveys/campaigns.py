"""The shop's campaigns: read from files, kept with their versions, started and paused."""

import hashlib
import re
import time
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import lru_cache
from pathlib import Path
from typing import cast

from bot.errors import ConfigError
from bot.surveys.campaign import CAMPAIGN_NAME, Campaign, read_campaign
from bot.surveys.records import Run
from bot.surveys.store import SurveyStore
from bot.surveys.triggers import State, Status, state


@dataclass(frozen=True)
class Entry:
    """A campaign as it stands now."""

    name: str
    version: int
    campaign: Campaign
    status: Status
    state: State
    completed: int


class Campaigns:
    """The database is what counts; a file of the shop's `surveys/` is read again when it changes.

    So a campaign can be written in a file or in the console, and nothing that was asked is lost.
    """

    def __init__(self, store: SurveyStore, folder: Path, zone: tzinfo) -> None:
        self.store = store
        self._folder, self._zone = folder, zone
        self._read: dict[str, float] = {}  # files by name, and when they were changed

    def sync(self) -> list[str]:
        """Read files that are new or changed; returns what is wrong with those that can't be."""
        wrong = []
        for file in sorted(self._folder.glob("*.yml")):
            changed = file.stat().st_mtime
            if self._read.get(file.name) == changed:
                continue
            try:
                self._read_file(file)
                self._read[file.name] = changed
            except ConfigError as error:
                wrong.append(str(error))
        return wrong

    def all(self) -> list[Entry]:
        """Every campaign, by name."""
        return [self.get(name) for name in self.store.texts.names()]

    def get(self, name: str, version: int = 0) -> Entry:
        """A campaign in a version, the latest by default. Raises NotFound."""
        status = cast(Status, self.store.texts.status(name))  # what set_status wrote, or a draft
        version = version or self.store.texts.versions(name)[-1][0]
        campaign = _parsed(name, self.store.texts.source(name, version))
        completed = self.store.completed(name)
        today = datetime.now(self._zone).date()
        stands = state(campaign, status, today, completed)
        return Entry(name, version, campaign, status, stands, completed)

    def runs(
        self,
        name: str,
        *,
        version: int = 0,
        since: float = 0,
        until: float = 0,
        simulated: bool | None = None,
    ) -> list[Run]:
        """The runs of a campaign, with the answers let out that may be shown since the last time."""
        if self.get(name, version).campaign.anonymous:
            self.store.let_out(name, time.time())
        return self.store.runs(name, version=version, since=since, until=until, simulated=simulated)

    def save(self, name: str, text: str, file_hash: str = "") -> int:
        """Keep a new text of a campaign, old or new; returns its version.

        Raises ConfigError with the lines of what is wrong, and keeps nothing then.
        """
        check_name(name)
        campaign = read_campaign(name, text)
        known = (
            [number for number, _ in self.store.texts.versions(name)] if self._known(name) else []
        )
        if campaign.experiment and campaign.experiment.version not in known:
            raise ConfigError(
                f"{name}: experiment.version: there is no version {campaign.experiment.version}.",
                f"The versions so far: {', '.join(map(str, known)) or 'none'}.",
            )
        return self.store.texts.save(name, text, time.time(), file_hash)

    def set_status(self, name: str, status: Status) -> Entry:
        """Start, pause, finish, or make a draft of a campaign. Raises NotFound or ConfigError."""
        entry = self.get(name)
        today = datetime.now(self._zone).date()
        if status == "started" and entry.campaign.stop and entry.campaign.stop < today:
            raise ConfigError(
                f"{name} can't be started: its last day was {entry.campaign.stop}.",
                "Change or remove `stop:`.",
            )
        self.store.texts.set_status(name, status, time.time())
        return self.get(name)

    def _read_file(self, file: Path) -> None:
        try:
            text = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"{file} can't be read: {error}.") from error
        digest = hashlib.sha256(text.encode()).hexdigest()
        if self._known(file.stem) and self.store.texts.file_hash(file.stem) == digest:
            return
        read_campaign(file, text)
        self.save(file.stem, text, digest)

    def _known(self, name: str) -> bool:
        return name in self.store.texts.names()


def check_name(name: str) -> None:
    """Raise ConfigError unless a name can stand in an address."""
    if not re.fullmatch(CAMPAIGN_NAME, name):
        raise ConfigError(
            f"{name!r} can't be a survey's name.", "Use small letters, digits and hyphens."
        )


def open_campaigns(path: Path, folder: Path, zone: tzinfo) -> Campaigns:
    """The campaigns of a shop: its surveys.db, and the folder of its files."""
    campaigns = Campaigns(SurveyStore(path), folder, zone)
    campaigns.sync()
    return campaigns


@lru_cache(maxsize=500)
def _parsed(name: str, text: str) -> Campaign:
    return read_campaign(name, text)
