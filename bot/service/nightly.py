"""Work that is done once a night in a process of its own, beside those that the supervisor watches."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.paths import REPOSITORY
from bot.platforms.kept import bell
from bot.service.training import quiet_environment
from bot.settings import Settings
from bot.system.processes import die_with_parent

HOUR = 3  # of the shop's night
CAMPAIGN_MINUTES = 5  # from one run of the campaigns to the next
APART_SECONDS = 5.0  # between two works, so that what comes together is done together
AGAIN_SECONDS = 60.0  # after a failure


class Nightly:
    """Starts a command when the shop's clock says so; `tick` is called again and again."""

    def __init__(
        self,
        command: list[str],
        zone: ZoneInfo,
        say: Callable[[str], None],
        now: Callable[[ZoneInfo], datetime] = datetime.now,
        minutes: int = 0,
    ) -> None:
        """With `minutes` the work is done again so long after it began, by day too."""
        self._command, self._zone, self._say, self._now = command, zone, say, now
        self._minutes = minutes
        self._next = self._after(now(zone))
        self._process: subprocess.Popen | None = None

    def tick(self) -> None:
        """Start the work when its time has come, and tell when it failed."""
        if self._process is not None:
            code = self._process.poll()
            if code is not None:
                self._process = None
                if code:
                    self._say(
                        f"The nightly work failed with {code}: {' '.join(self._command[-2:])}"
                    )
        now = self._now(self._zone)
        if self._after(now) < self._next:
            self._next = self._after(now)  # the clock was ahead, and has been set back
        if self._process is None and now >= self._next:
            self._next = self._after(now)
            self._process = _started(self._command)

    def _after(self, now: datetime) -> datetime:
        return now + timedelta(minutes=self._minutes) if self._minutes else next_night(now)

    def stop(self) -> None:
        """End what is running."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.wait(10)


def next_night(now: datetime) -> datetime:
    """The next time that it is `HOUR` o'clock, in the zone of `now`."""
    night = now.replace(hour=HOUR, minute=0, second=0, microsecond=0)
    return night if night > now else night + timedelta(days=1)


def _started(command: list[str]) -> subprocess.Popen:
    return subprocess.Popen(
        command,
        cwd=REPOSITORY,
        env={**os.environ, **quiet_environment()},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        close_fds=False,  # it holds the lock on var, too
        preexec_fn=_behind_chats,
    )


def _behind_chats() -> None:
    os.nice(10)
    die_with_parent()


class WhenChanged:
    """Starts a command when a file is there that says there is work, as `Kept.bell`; the command takes it away.

    After a failure it is tried again a minute later, and the file is put back.
    """

    def __init__(
        self,
        command: list[str],
        file: Path,
        say: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._command, self._file, self._say, self._clock = command, file, say, clock
        self._process: subprocess.Popen | None = None
        self._not_before = 0.0

    def tick(self) -> None:
        """Start the work when there is some, and tell when it failed."""
        if self._process is not None:
            code = self._process.poll()
            if code is None:
                return
            self._process = None
            if code:
                self._say(f"{' '.join(self._command[-2:])} failed with {code}; again in a minute.")
                self._not_before = self._clock() + AGAIN_SECONDS
                self._file.touch()
        if self._clock() >= self._not_before and self._file.exists():
            self._not_before = self._clock() + APART_SECONDS
            self._process = _started(self._command)

    def stop(self) -> None:
        """End what is running."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.wait(10)


class Nights:
    """Several works, each started when its time has come."""

    def __init__(self, works: Sequence[Nightly | WhenChanged]) -> None:
        self._works = works

    def tick(self) -> None:
        """See Nightly.tick."""
        for work in self._works:
            work.tick()

    def stop(self) -> None:
        """End what is running."""
        for work in self._works:
            work.stop()


def nights(settings: Settings, say: Callable[[str], None]) -> Nights:
    """The shop's products read again, every so many minutes or at night, and when webhooks name some;
    topics, needs and the weekly report; and campaigns, where shop.yml says what they need.
    """
    shop = settings.shop
    platform = shop.platform
    command = [sys.executable, "-W", "ignore", "-m", "bot.cli"]
    refresh, minutes = [*command, "refresh"], platform.every_minutes if platform else 0
    works: list[Nightly | WhenChanged] = [
        Nightly(refresh, shop.zone, say, minutes=minutes),
        research(shop.zone, say),
    ]
    if platform and platform.webhook_secret_env:
        works.append(WhenChanged([*refresh, "--changes"], bell(settings.platform_dir), say))
    if shop.mail and shop.campaigns.address:
        run = [*command, "campaign", "run"]
        works.append(Nightly(run, shop.zone, say, minutes=CAMPAIGN_MINUTES))
    return Nights(works)


def research(zone: ZoneInfo, say: Callable[[str], None]) -> Nightly:
    """Topics, needs and the weekly report."""
    return Nightly([sys.executable, "-W", "ignore", "-m", "bot.insights"], zone, say)
