"""After a fault: do widget, web's inbox, tracker and transcript tell the same?"""

import asyncio
import sqlite3
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from bot.transcripts.tracker import events_of
from tests.faults.customers import Customer

TRANSCRIPTS_SECONDS = 60.0
UNFIT = ("traceback", "exception", "none", "error:", "sqlite", "null")


@dataclass
class Verdict:
    """What was found over all conversations; each list names what it counts."""

    messages: int = 0
    apologies: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)
    differing: list[str] = field(default_factory=list)
    unfit: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Nothing is wrong."""
        return not (self.lost or self.doubled or self.unanswered or self.differing or self.unfit)


def rows(database: Path, sql: str, conversation: str) -> list[tuple]:
    """The rows of one conversation."""
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=30)
    try:
        return connection.execute(sql, [conversation]).fetchall()
    finally:
        connection.close()


async def compared(var: Path, customers: list[Customer]) -> Verdict:
    """The verdict, once a double has had time to show itself and the transcripts to follow."""
    await asyncio.sleep(3)
    until = time.monotonic() + TRANSCRIPTS_SECONDS
    while True:
        verdict = await asyncio.to_thread(compare, var, customers)
        late = all(one.startswith("transcript ") for one in verdict.lost)
        if not (verdict.lost and late) or time.monotonic() > until:
            return verdict
        await asyncio.sleep(2)


def compare(var: Path, customers: list[Customer]) -> Verdict:
    """Each acknowledged message is once in the inbox, the tracker and the transcript, and answered."""
    verdict = Verdict()
    for customer in customers:
        if customer.token:
            _compare_one(var, customer, verdict)
        verdict.unfit += customer.faults
    return verdict


def _compare_one(var: Path, customer: Customer, verdict: Verdict) -> None:
    name = customer.conversation
    sent = [one for one, said in customer.said.items() if said.seq]
    verdict.messages += len(sent)
    verdict.unanswered += [f"{name} {one}" for one in customer.open()]

    inbox = rows(
        var / "web.db", "SELECT seq, message_id, sender FROM events WHERE conversation = ? ORDER BY seq", name
    )  # fmt: skip
    tracker = []
    for event in events_of(var / "tracker.db", name):
        if event["event"] == "user" and "part" not in event["metadata"]:
            tracker.append(event["metadata"]["message_id"].removeprefix(f"{name}-"))
    told = rows(
        var / "transcripts.db",
        "SELECT id, sender, reply_to FROM messages WHERE conversation_id = ? ORDER BY at, id",
        name,
    )
    transcript = [one.removeprefix(f"{name}-") for one, sender, _ in told if sender == "customer"]
    by_customer = [message for _, message, sender in inbox if sender == "customer"]
    for place, found in (("web", by_customer), ("tracker", tracker), ("transcript", transcript)):
        counts = Counter(found)
        verdict.lost += [f"{place} {name} {one}" for one in sent if not counts[one]]
        verdict.doubled += [f"{place} {name} {one}" for one, times in counts.items() if times > 1]
    if tracker != by_customer and set(tracker) == set(by_customer):
        verdict.differing.append(f"{name}: another order in the tracker")
    if transcript != by_customer and set(transcript) == set(by_customer):
        verdict.differing.append(f"{name}: another order in the transcript")
    last = ""
    for one, sender, reply_to in told:
        last = one if sender == "customer" else last
        if sender == "assistant" and reply_to != last:
            verdict.differing.append(f"{name}: the transcript has {one} after {last}")

    replies = Counter()
    for event in customer.heard.values():
        if event["from"] == "assistant":
            replies[event["id"]] += 1
            verdict.apologies += "went wrong on our side" in event["text"]
            if any(word in event["text"].lower().split() for word in UNFIT):
                verdict.unfit.append(event["text"][:120])
    verdict.doubled += [f"widget {name} {one}" for one, times in replies.items() if times > 1]
    shown, kept = sorted(customer.heard), [seq for seq, _, _ in inbox]
    if shown != kept:
        verdict.differing.append(f"{name}: the widget has {len(shown)} of {len(kept)} events")
