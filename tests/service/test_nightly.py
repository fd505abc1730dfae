"""Work of the night: started once, at its hour, and a failure is told."""

import sys
import time
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.service.nightly import AGAIN_SECONDS, APART_SECONDS, Nightly, WhenChanged, next_night

ZONE = ZoneInfo("Europe/Amsterdam")


def wait_for(done) -> None:
    deadline = time.monotonic() + 20
    while not done() and time.monotonic() < deadline:
        time.sleep(0.05)


def test_it_runs_once_a_night(tmp_path: Path) -> None:
    clock = [datetime(2027, 1, 15, 2, 59, tzinfo=ZONE)]
    file = tmp_path / "ran"
    command = [sys.executable, "-c", f"open({str(file)!r}, 'a').write('x'); raise SystemExit(3)"]
    said: list[str] = []
    night = Nightly(command, ZONE, said.append, lambda zone: clock[0])
    night.tick()
    assert not file.exists()
    clock[0] = datetime(2027, 1, 15, 3, 0, tzinfo=ZONE)
    night.tick()
    wait_for(lambda: night.tick() or said)
    assert file.read_text() == "x" and "failed with 3" in said[0]
    night.tick()
    assert file.read_text() == "x"
    night.stop()


def test_the_next_night_is_tonight_or_tomorrow() -> None:
    assert next_night(datetime(2027, 1, 15, 1, tzinfo=ZONE)).day == 15
    assert next_night(datetime(2027, 1, 15, 4, tzinfo=ZONE)).day == 16


def test_a_clock_that_was_ahead_for_a_while_costs_no_night(tmp_path: Path) -> None:
    clock = [datetime(2027, 1, 15, 12, tzinfo=ZONE)]
    file = tmp_path / "ran"
    command = [sys.executable, "-c", f"open({str(file)!r}, 'a').write('x')"]
    night = Nightly(command, ZONE, print, lambda zone: clock[0])
    for now, runs in (
        ("2037-06-01T12:00", "x"),
        ("2027-01-15T12:01", "x"),
        ("2027-01-16T03:00", "xx"),
    ):
        clock[0] = datetime.fromisoformat(now).replace(tzinfo=ZONE)
        night.tick()
        wait_for(lambda: night.tick() or night._process is None)
        assert file.read_text() == runs


def test_work_of_every_half_hour_is_done_by_day(tmp_path: Path) -> None:
    clock = [datetime(2027, 1, 15, 12, 0, tzinfo=ZONE)]
    file = tmp_path / "ran"
    file.write_text("")
    command = [sys.executable, "-c", f"open({str(file)!r}, 'a').write('x')"]
    work = Nightly(command, ZONE, print, lambda zone: clock[0], minutes=30)
    for now, runs in (("12:29", ""), ("12:31", "x"), ("13:00", "x"), ("13:01", "xx")):
        clock[0] = datetime.fromisoformat(f"2027-01-15T{now}").replace(tzinfo=ZONE)
        work.tick()
        wait_for(lambda: work.tick() or work._process is None)
        assert file.read_text() == runs


def test_work_begins_when_a_file_says_so_and_again_after_a_failure(tmp_path: Path) -> None:
    bell, ran, clock = tmp_path / "changed", tmp_path / "ran", [100.0]
    code = f"import os; os.remove({str(bell)!r}); open({str(ran)!r}, 'a').write('x'); raise SystemExit(len(open({str(ran)!r}).read()) == 1)"
    said: list[str] = []
    work = WhenChanged([sys.executable, "-c", code], bell, said.append, lambda: clock[0])
    work.tick()
    assert not ran.exists() and work._process is None
    bell.touch()
    work.tick()
    wait_for(lambda: work.tick() or said)
    assert "failed with 1" in said[0] and bell.exists() and ran.read_text() == "x"
    clock[0] += AGAIN_SECONDS - 1
    work.tick()
    assert work._process is None
    clock[0] += 1
    work.tick()
    wait_for(lambda: work.tick() or work._process is None)
    assert ran.read_text() == "xx" and not bell.exists()
    bell.touch()
    work.tick()
    assert work._process is None  # what comes together is done together
    clock[0] += APART_SECONDS
    work.tick()
    wait_for(lambda: work.tick() or work._process is None)
    assert ran.read_text() == "xxx"
    work.stop()
