"""`make mutants`: draws faults, tries each, and prints by room how many the tests notice."""

import argparse
import json
import shutil
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

from rich.console import Console
from rich.table import Table

from bot.paths import REPOSITORY
from tests.mutants.draw import drawn, rooms_of
from tests.mutants.faults import Fault
from tests.mutants.reach import Reach, measure
from tests.mutants.trial import Copy, Outcome

RESULTS = REPOSITORY / "results" / "mutants"


def main() -> None:
    """Ends with 2 for a room that isn't there."""
    rooms = rooms_of(REPOSITORY)
    parser = argparse.ArgumentParser(prog="make mutants", description=__doc__)
    parser.add_argument("--room", nargs="*", default=[], metavar="ROOM", help=", ".join(rooms))
    parser.add_argument("--count", type=int, default=300, help="how many faults (300)")
    parser.add_argument("--seed", type=int, default=1, help="another one draws others (1)")
    parser.add_argument("--jobs", type=int, default=2, help="how many at once (2)")
    options = parser.parse_args()
    if unknown := set(options.room) - set(rooms):
        parser.error(f"no room {', '.join(sorted(unknown))}; there are {', '.join(rooms)}")
    chosen = options.room or list(rooms)
    state = _state()
    reach_file = RESULTS / f"reach-{state}"
    if not reach_file.exists():
        print("Which tests reach which line: all tests run once …", flush=True)
        shutil.rmtree(RESULTS, ignore_errors=True)  # of another state of the code
        measure(REPOSITORY, reach_file)
    done_file = RESULTS / f"seed-{options.seed}.jsonl"
    done = _done(done_file)
    each = -(-options.count // len(chosen))
    faults = [fault for room in chosen for fault in drawn(REPOSITORY, room, each, options.seed)]
    left = [fault for fault in faults if fault not in done]
    if len(left) < len(faults):
        print(f"{len(faults) - len(left)} of {len(faults)} were tried before.")
    for outcome in _tried(left, Reach(reach_file, REPOSITORY), options.jobs, len(faults)):
        done[outcome.fault] = outcome
        with done_file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(outcome.as_json()) + "\n")
    _print([done[fault] for fault in faults], rooms)


def _state() -> str:
    """The state of the files that git knows, changed ones included."""
    run = ["git", "stash", "create"]
    made = subprocess.run(run, cwd=REPOSITORY, check=True, capture_output=True, text=True).stdout
    of = ["git", "rev-parse", f"{made.strip() or 'HEAD'}^{{tree}}"]
    return subprocess.run(of, cwd=REPOSITORY, check=True, capture_output=True, text=True).stdout[
        :12
    ]


def _done(file: Path) -> dict[Fault, Outcome]:
    rows = map(json.loads, file.read_text(encoding="utf-8").splitlines()) if file.exists() else ()
    outcomes = (Outcome(Fault(**row["fault"]), row["noticed"], row["by"]) for row in rows)
    return {one.fault: one for one in outcomes}


def _tried(faults: list[Fault], reach: Reach, jobs: int, of: int) -> Iterable[Outcome]:
    """Each in one of as many copies as there are jobs, as they end."""
    copies: SimpleQueue[Copy] = SimpleQueue()
    for number in range(min(jobs, len(faults))):
        copies.put(Copy(REPOSITORY, RESULTS / f"copy-{number}"))

    def attempt(fault: Fault, tests: list[str]) -> Outcome:
        copy = copies.get()
        try:
            return copy.attempt(fault, tests)
        finally:
            copies.put(copy)

    with ThreadPoolExecutor(max(1, jobs)) as pool:
        waiting = [
            pool.submit(attempt, fault, reach.tests_of(fault.file, fault.line)) for fault in faults
        ]
        for number, one in enumerate(waiting, start=of - len(faults) + 1):
            started = time.monotonic()
            outcome = one.result()
            mark = "noticed " if outcome.noticed else "SURVIVED"
            seconds = time.monotonic() - started
            print(f"{number:4}/{of} {mark} {seconds:4.0f} s  {outcome.fault}", flush=True)
            yield outcome


def _print(outcomes: list[Outcome], rooms: dict[str, list[Path]]) -> None:
    room_of = {str(file.relative_to(REPOSITORY)): room for room, all_of in rooms.items() for file in all_of}  # fmt: skip
    by_room: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        by_room[room_of[outcome.fault.file]].append(outcome)
    for room, tried in by_room.items():
        for outcome in tried:
            if not outcome.noticed:
                print(f"\n{room}: {outcome.fault}\n    {outcome.by}")
    table = Table("room", "faults", "noticed", "%")
    for room, tried in [*by_room.items(), ("all", outcomes)]:
        noticed = sum(one.noticed for one in tried)
        share = f"{100 * noticed / len(tried):.0f}" if tried else "-"
        table.add_row(room, str(len(tried)), str(noticed), share)
    Console(file=sys.stdout).print(table)


if __name__ == "__main__":
    main()
