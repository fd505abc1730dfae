"""What sealing and masking cost a message, and a turn of the tracker store with and without it."""

import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bot.privacy.vault import Vault
from bot.transcripts import masking
from bot.transcripts.projection import Projection
from bot.transcripts.store import open_transcripts

ROUNDS = 400
SAID = "hi, where is my order HF-10222? my mail is anna@example.com"


def microseconds(work: Callable[[], Any], rounds: int = ROUNDS) -> float:
    """The median time of a call."""
    times = []
    for _ in range(rounds):
        begun = time.perf_counter()
        work()
        times.append(time.perf_counter() - begun)
    return statistics.median(times) * 1e6


def turn_events() -> list[dict[str, Any]]:
    """A turn of twelve events, as long as Rasa's are."""
    ranking = [{"name": f"intent_{n}", "confidence": 0.1 / (n + 1)} for n in range(10)]
    user = {
        "event": "user", "timestamp": 1.0, "text": SAID, "metadata": {"message_id": "m"},
        "parse_data": {
            "intent": ranking[0], "intent_ranking": ranking, "entities": [], "text": SAID,
        },
    }  # fmt: skip
    card = {"sku": "A-1", "title": "A red mug", "price": "€ 12.00", "url": "/shop/p/A-1"}
    bot = {"event": "bot", "timestamp": 2.0, "text": "Here you are.",
           "data": {"buttons": [], "custom": {"products": [card] * 5}}}  # fmt: skip
    slot = {"event": "slot", "timestamp": 2.0, "name": "search", "value": {"text": SAID}}
    action = {"event": "action", "timestamp": 1.5, "name": "action_search_products", "policy": "r"}
    return [user, action, bot, *[slot] * 6, *[action] * 3]


def saving(path: Path, sealed: bool) -> float:
    """Milliseconds to save a turn in the tracker store."""
    from rasa.shared.core.domain import Domain
    from rasa.shared.core.events import Event
    from rasa.shared.core.trackers import DialogueStateTracker

    from bot.dialogue import tracker_store

    domain = Domain.empty()
    store = tracker_store.ShoptalkTrackerStore(domain, path=str(path))
    write = tracker_store.write_event
    if not sealed:
        tracker_store.write_event = lambda vault, event: json.dumps(event)
    events = [event for one in turn_events() if (event := Event.from_parameters(one))]
    loop, times = asyncio.new_event_loop(), []
    try:
        for number in range(ROUNDS):
            tracker = DialogueStateTracker(f"c{number}", domain.slots)
            tracker.events.extend(events)
            begun = time.perf_counter()
            loop.run_until_complete(store.save(tracker))
            times.append(time.perf_counter() - begun)
    finally:
        tracker_store.write_event = write
        loop.close()
    return statistics.median(times) * 1e3


def projecting(path: Path) -> float:
    """Milliseconds to bring a turn into the transcripts (in a thread of its own, after the reply)."""
    database = open_transcripts(path)
    projection, number = Projection(database), iter(range(10**6))

    def one() -> None:
        name = f"c{next(number)}"
        with database.atomic():
            for event in turn_events():
                projection.apply(name, event)
            projection.finish()

    return microseconds(one, 200) / 1000


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        vault = Vault(folder)
        event = json.dumps(turn_events()[0])
        sealed = vault.seal(event) or ""
        find = masking.find
        rows = [
            (f"seal an event of {len(event)} characters", microseconds(lambda: vault.seal(event))),
            ("open it", microseconds(lambda: vault.open(sealed))),
            ("find personal data in a message", microseconds(lambda: find(SAID))),
            ("save a turn of 12 events, plain", saving(folder / "plain.db", False) * 1000),
            ("save it sealed", saving(folder / "sealed.db", True) * 1000),
            ("transcribe it, after the reply", projecting(folder / "transcripts.db") * 1000),
        ]
    for what, cost in rows:
        print(f"{what:<45} {cost:>8,.0f} µs")


if __name__ == "__main__":
    main()
