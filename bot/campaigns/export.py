"""The people of a segment as files: CSV for a spreadsheet, and hashed addresses for ad platforms.

Only who agreed to the purpose is in either, and nobody who is suppressed.
"""

import csv
import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, TextIO

from bot.campaigns.consent import ADS, EMAIL, EVERYTHING
from bot.campaigns.people import People
from bot.campaigns.segment import Segment
from bot.transcripts.store import neutral_cell

COLUMNS = ("email", "name", "language", "orders", "spent", "last_order")
# f: features, p: people; the values are purpose, channel, channel, EVERYTHING, purpose.
AGREED = (
    "EXISTS (SELECT 1 FROM standing s WHERE s.purpose = ? AND s.channel = ? AND s.person = p.id "
    "AND s.state = 'given') AND NOT EXISTS (SELECT 1 FROM suppressed n WHERE n.mark = p.mark "
    "AND n.channel = ? AND n.purpose IN (?, ?))"
)


def agreed_values(purpose: str, channel: str) -> list[str]:
    """The values of AGREED."""
    return [purpose, channel, channel, EVERYTHING, purpose]


def export_csv(people: People, segment: Segment, purpose: str, now: float, out: TextIO) -> int:
    """Write who is in a segment and agreed to mails for a purpose; returns how many.

    A text that a spreadsheet would take for a formula gets a ' in front.
    """
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    count = 0
    for row in _people(people, segment, purpose, EMAIL, now):
        day = row["last_order_at"]
        cells = [
            people.vault.open(row["email"]),
            people.vault.open(row["name"]) if row["name"] else "",
            row["language"], row["orders"], f"{row['spent']:.2f}",
            datetime.fromtimestamp(day, UTC).date().isoformat() if day else "",
        ]  # fmt: skip
        writer.writerow([neutral_cell(cell) for cell in cells])
        count += 1
    return count


def export_hashed(people: People, segment: Segment, purpose: str, now: float, out: TextIO) -> int:
    """Write SHA-256 sums of addresses, trimmed and in lower case, as ad platforms take them.

    Only of who agreed to that by itself: to the channel "ads" of the purpose. Returns how many.
    """
    writer = csv.writer(out)
    writer.writerow(["email"])
    count = 0
    for row in _people(people, segment, purpose, ADS, now):
        email = people.vault.open(row["email"]).strip().lower()
        writer.writerow([hashlib.sha256(email.encode()).hexdigest()])
        count += 1
    return count


def _people(
    people: People, segment: Segment, purpose: str, channel: str, now: float
) -> Iterator[dict[str, Any]]:
    sql, values = segment.compiled(now)
    yield from people.db.query(
        "SELECT p.email, p.name, f.* FROM features f JOIN people p ON p.id = f.person "
        f"WHERE NOT f.simulated AND {sql} AND {AGREED} ORDER BY p.id",
        [*values, *agreed_values(purpose, channel)],
    )
