"""Work that is done once a night in a process of its own, beside those that the supervisor watches."""

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.paths import REPOSITORY
from bot.service.training import quiet_environment
from bot.system.processes import die_with_parent

HOUR = 3  # of the shop's night
CAMPAIGN_MINUTES = 5  # from one run of the campaigns to the next


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
            self._process = subprocess.Popen(
                self._command,
                cwd=REPOSITORY,
                env={**os.environ, **quiet_environment()},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                close_fds=False,  # it holds the lock on var, too
                preexec_fn=_behind_chats,
            )

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


def _behind_chats() -> None:
    os.nice(10)
    die_with_parent()


class Nights:
    """Several works of the night, started together."""

    def __init__(self, works: list[Nightly]) -> None:
        self._works = works

    def tick(self) -> None:
        """See Nightly.tick."""
        for work in self._works:
            work.tick()

    def stop(self) -> None:
        """End what is running."""
        for work in self._works:
            work.stop()


def nights(
    zone: ZoneInfo, say: Callable[[str], None], refresh_minutes: int = 0, campaigns: bool = False
) -> Nights:
    """The shop's products read again, every so many minutes or at night; topics, needs and the weekly
    report; and campaigns, where shop.yml says what they need."""
    command = [sys.executable, "-W", "ignore", "-m", "bot.cli"]
    works = [
        Nightly([*command, "refresh"], zone, say, minutes=refresh_minutes),
        research(zone, say),
    ]
    if campaigns:
        run = [*command, "campaign", "run"]
        works.append(Nightly(run, zone, say, minutes=CAMPAIGN_MINUTES))
    return Nights(works)


def research(zone: ZoneInfo, say: Callable[[str], None]) -> Nightly:
    """Topics, needs and the weekly report."""
    return Nightly([sys.executable, "-W", "ignore", "-m", "bot.insights"], zone, say)
