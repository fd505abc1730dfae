"""Moves people through journeys: everybody has one row, which a step changes together with what it does.

So a process that dies between two steps leaves people where they were, a clock that is set back makes
nobody go twice, and one person is in a journey once.
"""

import hashlib
import re
import time
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from bot.campaigns.audience import HOLDOUT, RESTED, arm_of
from bot.campaigns.campaign import CAMPAIGN_NAME
from bot.campaigns.campaigns import Status
from bot.campaigns.export import AGREED, agreed_values
from bot.campaigns.happenings import BACK, CHEAPER
from bot.campaigns.journey import Journey, Step, conditions, read_journey
from bot.campaigns.outbox import Mail, Outbox
from bot.errors import ConfigError, NotFound
from bot.settings.mailing import CampaignRules
from bot.surveys.texts import CampaignTexts

DAY, HOUR = 86_400, 3600
FOLDER = (
    "journeys"  # within the shop's campaigns/, and in front of a journey's name in the database
)
REST_SECONDS = 6 * HOUR  # until it is tried again, where somebody got another mail lately
EVENTS = {
    "cart": "f.cart_at", "order": "f.last_order_at", "visit": "f.seen_at",
    **{
        kind: "(SELECT max(at) FROM happenings h WHERE h.person = f.person AND h.kind = "
        f"'{kind}')"
        for kind in (BACK, CHEAPER)
    },
    "delivery": "(SELECT max(delivered_at) FROM purchases b WHERE b.person = f.person)",
}  # fmt: skip


@dataclass(frozen=True)
class JourneyEntry:
    """A journey as it stands now. `campaign` is the journey, as results call it."""

    name: str
    version: int
    campaign: Journey
    state: str


class Journeys:
    """The journeys of a shop: files of `campaigns/journeys/`, kept with their versions, and who is in them."""

    def __init__(self, outbox: Outbox, folder: Path, rules: CampaignRules) -> None:
        self._outbox, self._people, self._db = outbox, outbox.people, outbox.people.db
        self._folder, self._rules = folder / FOLDER, rules
        self.texts = CampaignTexts(self._db, "campaign")

    def sync(self) -> list[str]:
        """Read files that are new or changed; returns what is wrong with those that can't be."""
        wrong = []
        for file in sorted(self._folder.glob("*.yml")):
            try:
                text = file.read_text(encoding="utf-8")
                name, digest = f"{FOLDER}/{file.stem}", hashlib.sha256(text.encode()).hexdigest()
                if name not in self.texts.names() or self.texts.file_hash(name) != digest:
                    read_journey(file, text)
                    self.texts.save(name, text, time.time(), digest)
            except (OSError, UnicodeDecodeError) as error:
                wrong.append(f"{file} can't be read: {error}.")
            except ConfigError as error:
                wrong.append(str(error))
        return wrong

    def save(self, name: str, text: str, now: float) -> int:
        """Keep a new text of a journey; returns its version. Raises ConfigError, and keeps nothing then.

        `name` begins with the folder, as all names of journeys do.
        """
        if not is_journey(name) or not re.fullmatch(CAMPAIGN_NAME, name.partition("/")[2]):
            raise ConfigError(
                f"{name.partition('/')[2]!r} can't be a journey's name.",
                "Use small letters, digits and hyphens.",
            )
        read_journey(name.partition("/")[2], text)
        return self.texts.save(name, text, now)

    def all(self) -> list[JourneyEntry]:
        """Every journey, by name."""
        return [self.get(name) for name in self.texts.names() if is_journey(name)]

    def get(self, name: str, version: int = 0) -> JourneyEntry:
        """A journey in a version, the latest by default. Raises NotFound."""
        status = self.texts.status(name)
        version = version or self.texts.versions(name)[-1][0]
        journey = _parsed(name, self.texts.source(name, version))
        return JourneyEntry(name, version, journey, "running" if status == "started" else status)

    def set_status(self, name: str, status: Status, now: float) -> JourneyEntry:
        """Start or pause a journey; who is in it stays where they are. Raises NotFound."""
        self.texts.set_status(name, status, now)
        return self.get(name)

    def tick(self, now: float) -> tuple[int, int]:
        """Let people in, and move those whose time has come; returns how many of each."""
        entered = moved = 0
        for entry in self.all():
            if entry.state == "running":
                entered += self._let_in(entry, now)
                moved += self._move_all(entry, now)
        return entered, moved

    def happened(self, name: str, person: int) -> float:
        """When that happened on which somebody came into a journey."""
        sql = "SELECT happened_at FROM travellers WHERE journey = ? AND person = ?"
        row = self._people.one(sql, name, person)
        return row["happened_at"] if row else 0.0

    def inside(self, name: str) -> dict[str, int]:
        """How many people are in a journey, reached its goal, or left it."""
        sql = "SELECT state, count(*) FROM travellers WHERE journey = ? GROUP BY state"
        return dict(self._db.execute(sql, [name]).fetchall())

    def shown(self, name: str, person: int, step: int = 0) -> Mail:
        """A mail of a journey that is only looked at: of a step, counted from 1, by default the first that sends.

        Raises NotFound where there is none.
        """
        entry = self.get(name)
        sends = [number for number, one in enumerate(entry.campaign.steps, 1) if one.send]
        if not sends or (step and step not in sends):
            raise NotFound(
                f"Step {step or 1} of {name} sends no mail.",
                f"These do: {', '.join(map(str, sends)) or 'none'}.",
            )
        return Mail(
            0, "journey", name, entry.version, "", f"{(step or sends[0]) - 1} 0", person, "queued",
            "", 0, 0, 0, None, None,
        )  # fmt: skip

    def steps(self, name: str) -> dict[int, tuple[int, int]]:
        """How many people are at a step of a journey now, and how many mails it sent."""
        at = "SELECT step, count(*) FROM travellers WHERE journey = ? AND state = 'inside' GROUP BY 1"
        sent = (
            "SELECT CAST(step AS INTEGER), count(*) FROM outbox WHERE kind = 'journey' "
            "AND campaign = ? AND sent_at IS NOT NULL GROUP BY 1"
        )
        here = dict(self._db.execute(at, [name]).fetchall())
        mails = dict(self._db.execute(sent, [name]).fetchall())
        return {one: (here.get(one, 0), mails.get(one, 0)) for one in here.keys() | mails.keys()}

    def _let_in(self, entry: JourneyEntry, now: float) -> int:
        journey = entry.campaign
        some, values = conditions(journey.enter.segment).compiled(now)
        happened = EVENTS[journey.enter.on]
        # Again only for what happened after the last time, and so many days after it.
        again = now - journey.again_days * DAY if journey.again_days else -1.0
        rows = self._db.execute(
            f"SELECT p.id, p.mark, {happened} AS happened FROM features f JOIN people p "
            f"ON p.id = f.person WHERE {happened} >= ? AND {happened} <= ? AND {some} AND {AGREED} "
            "AND NOT EXISTS (SELECT 1 FROM travellers t WHERE t.journey = ? AND t.person = f.person "
            f"AND (t.state = 'inside' OR t.entered_at > ? OR t.happened_at >= {happened}))",
            [
                now - journey.enter.within_hours * HOUR, now, *values,
                *agreed_values(journey.purpose, "email"), entry.name, again,
            ],
        ).fetchall()  # fmt: skip
        share = self._rules.holdout if journey.holdout is None else journey.holdout
        if journey.enter.on == BACK and journey.holdout is None:
            share = 0.0  # they asked for it
        with self._db.atomic():
            for person, mark, at in rows:
                self._db.conn.execute(
                    "INSERT OR REPLACE INTO travellers VALUES (?, ?, ?, 0, 0, ?, ?, ?, 'inside')",
                    [entry.name, person, entry.version, now, now, at],
                )
                self._db.conn.execute(
                    "INSERT OR IGNORE INTO assigned VALUES (?, ?, ?, ?, ?)",
                    [entry.name, person, arm_of(entry.name, mark, share, []), entry.version, now],
                )
        return len(rows)

    def _move_all(self, entry: JourneyEntry, now: float) -> int:
        rows = list(self._db.query(
            "SELECT * FROM travellers WHERE journey = ? AND state = 'inside' AND due_at <= ? "
            "ORDER BY due_at, person", [entry.name, now],
        ))  # fmt: skip
        waiting = list(self._db.query(  # the goal ends it at any time, and so does what is waited for
            "SELECT * FROM travellers WHERE journey = ? AND state = 'inside' AND due_at > ?",
            [entry.name, now],
        ))  # fmt: skip
        for row in (*rows, *waiting):
            journey = self.get(entry.name, row["version"]).campaign
            with self._db.atomic():
                self._move(entry.name, journey, row, now)
        return len(rows)

    def _move(self, name: str, journey: Journey, row: dict, now: float) -> None:
        """Go on until something is to be waited for; the caller holds the transaction."""
        person, step, due = row["person"], row["step"], row["due_at"]
        waited = row["waited"]
        if self._has(journey.goal, name, person, row["entered_at"]):
            self._set(name, person, step, waited, now, "goal")
            return
        while step < len(journey.steps):
            one = journey.steps[step]
            after = journey.place(one.to) if one.to else step + 1
            if one.when is not None:
                some, values = conditions(one.when).compiled(now)
                sql = f"SELECT 1 FROM features f WHERE f.person = ? AND {some}"
                met = self._people.one(sql, person, *values) is not None
                step = after if met else journey.place(one.otherwise)
            elif one.send is not None:
                if not self._is_held_out(name, person):
                    if not self._is_rested(person, now):
                        self._set(name, person, step, 0, now + REST_SECONDS, "inside")
                        return
                    self._outbox.queue_within(
                        "journey", name, person, now, version=row["version"],
                        step=f"{step} {row['entered_at']:.0f}",
                    )  # fmt: skip
                step = after
            elif not waited:
                self._set(name, person, step, 1, now + _hours(one) * HOUR, "inside")
                return
            elif due <= now or (
                one.wait_for and self._has(one.wait_for, name, person, row["entered_at"])
            ):
                step = after
            else:
                return
            waited = 0
        self._set(name, person, step, 0, now, "done")

    def _set(self, name: str, person: int, step: int, waited: int, due: float, state: str) -> None:
        self._db.conn.execute(
            "UPDATE travellers SET step = ?, waited = ?, due_at = ?, state = ? "
            "WHERE journey = ? AND person = ?",
            [step, waited, due, state, name, person],
        )

    def goal_met(self, mail: Mail) -> bool:
        """Whether who is to get a journey's mail has reached its goal since it was queued."""
        row = self._people.one(
            "SELECT entered_at FROM travellers WHERE journey = ? AND person = ?",
            mail.campaign, mail.person,
        )  # fmt: skip
        goal = self.get(mail.campaign, mail.version).campaign.goal
        return row is not None and self._has(goal, mail.campaign, mail.person, row["entered_at"])

    def _has(self, goal: str, name: str, person: int, since: float) -> bool:
        if goal == "ordered":
            sql = "SELECT 1 FROM purchases WHERE person = ? AND at >= ?"
            return self._people.one(sql, person, since) is not None
        sql = (
            "SELECT 1 FROM clicks c JOIN outbox o ON o.id = c.mail WHERE o.kind = 'journey' "
            "AND o.campaign = ? AND o.person = ? AND c.at >= ?"
        )
        return self._people.one(sql, name, person, since) is not None

    def _is_held_out(self, name: str, person: int) -> bool:
        row = self._people.one(
            "SELECT arm FROM assigned WHERE campaign = ? AND person = ?", name, person
        )
        return row is not None and row["arm"] == HOLDOUT

    def _is_rested(self, person: int, now: float) -> bool:
        sql = f"SELECT 1 FROM features f WHERE f.person = ? AND {RESTED}"
        return self._people.one(sql, person, now - self._rules.cooldown_days * DAY) is not None


def is_journey(name: str) -> bool:
    """Whether a name in the database is a journey's."""
    return name.startswith(f"{FOLDER}/")


def sent_step(step: str) -> int:
    """The number of the step that a mail of the outbox is of."""
    return int(step.partition(" ")[0])


def _hours(step: Step) -> float:
    return step.wait_hours or step.hours or 0.0


@lru_cache(maxsize=500)
def _parsed(name: str, text: str) -> Journey:
    return read_journey(name, text)
