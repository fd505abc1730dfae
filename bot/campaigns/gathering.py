"""What people did, read from the shop's other databases: conversations that are proven theirs, and orders.

Who proved what is told by bot/custody/profiles.py; a conversation in which several addresses were proven
is nobody's here, since what was said in it may be either's.
"""

import hashlib
import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from bot.campaigns import features
from bot.campaigns.people import Bought, People, Trait
from bot.intents import topics
from bot.store.db import open_readonly
from bot.transcripts.summaries import SIMULATED

COMPLAINTS = ("damaged", "wrong", "missing", "trace", "resend", "refund", "handoff", "complaint")
OPEN = ("new", "in_progress")
LIKED = 0  # a like counts from above this
AT_ONCE = 500  # orders or conversations in one transaction, which takes a fraction of a second


@dataclass(frozen=True)
class Proof:
    """The addresses that were proven in a conversation, how, and since when; a name that was signed."""

    emails: tuple[str, ...]
    how: str
    since: float
    name: str = ""


@dataclass(frozen=True)
class Order:
    """An order from the shop's own records."""

    email: str
    key: str
    at: float
    total: float
    skus: tuple[str, ...]
    name: str = ""
    delivered_at: float | None = None


@dataclass(frozen=True)
class Sources:
    """Where to read: databases, what was proven in which conversation, and a product's category."""

    transcripts: Path
    staff: Path
    proofs: Mapping[str, Proof]
    category_of: Callable[[str], str]
    upset_below: float


@dataclass
class Done:
    """How many people and conversations were read anew."""

    people: set[int] = field(default_factory=set)
    conversations: int = 0
    orders: int = 0


def changed_conversations(transcripts: Path, since: float) -> list[tuple[str, float]]:
    """Conversations in which something happened since a time, with when, oldest first."""
    if not transcripts.exists():
        return []
    with closing(open_readonly(transcripts).conn) as db:
        rows = db.execute(
            "SELECT c.id, max(coalesce(c.last_event_at, 0), coalesce(c.last_at, 0), "
            "coalesce((SELECT max(at) FROM customer_events e WHERE e.conversation_id = c.id), 0)) AS t "
            "FROM conversations c WHERE t > ? ORDER BY t",
            [since],
        )
        return rows.fetchall()


def gather_conversations(people: People, sources: Sources, conversations: Iterable[str]) -> Done:
    """Read these conversations anew: whose they are, and what was done in them."""
    done, left = Done(), iter(conversations)
    with closing(open_readonly(sources.transcripts).conn) as db:
        while some := list(islice(left, AT_ONCE)):
            with people.db.atomic():
                for conversation in some:
                    person = _read(people, sources, db, conversation)
                    if person is not None:
                        done.people.add(person)
                        done.conversations += 1
    features.make(people.db, done.people)
    feelings(people, sources.transcripts, sources.staff, sources.upset_below, done.people)
    return done


def _read(
    people: People, sources: Sources, db: sqlite3.Connection, conversation: str
) -> int | None:
    """Read a conversation anew; returns whose it is, None where it is nobody's."""
    proof = sources.proofs.get(conversation)
    if proof is None:
        return None
    if len(set(proof.emails)) != 1:
        people.leave(conversation)
        return None
    person = people.ensure(
        proof.emails[0], proof.how, proof.since, proof.name,
        simulated=conversation.startswith(SIMULATED),
    )  # fmt: skip
    if not people.join(person, conversation, proof.how, proof.since):
        return None
    people.learn(person, conversation, _traits(db, conversation, sources.category_of))
    _purchases(people, db, person, conversation, sources.category_of)
    return person


def gather_orders(
    people: People, orders: Iterable[Order], category_of: Callable[[str], str]
) -> Done:
    """Read those of the shop's own orders that are new or changed; returns how many that are.

    Whoever ordered is a person, by the address of the order.
    """
    done, left = Done(), iter(orders)
    while some := list(islice(left, AT_ONCE)):
        read = {people.mark(f"order {one.key}"): (one, _digest(one, category_of)) for one in some}
        known = people.digests(read)
        with people.db.atomic():
            for key, (order, digest) in read.items():
                if known.get(key) == digest:
                    continue
                person = people.ensure(
                    order.email, "an order in the shop's records", order.at, order.name
                )
                bought = Bought(key, order.at, order.total, order.delivered_at, digest)
                people.buy(person, bought, _bought(order.skus, order.at, category_of))
                done.people.add(person)
                done.orders += 1
    features.make(people.db, done.people)
    return done


def _digest(order: Order, category_of: Callable[[str], str]) -> str:
    """What stands for all that the records say of an order, and the catalogue of its products."""
    said = json.dumps([*vars(order).values(), [category_of(sku) for sku in order.skus]])
    return hashlib.sha256(said.encode()).hexdigest()[:32]


def _traits(
    db: sqlite3.Connection, conversation: str, category_of: Callable[[str], str]
) -> list[Trait]:
    found: list[Trait] = []
    for kind, sku, at, n in db.execute(
        "SELECT kind, sku, max(at), count(*) FROM customer_events WHERE conversation_id = ?1 AND "
        "(kind IN ('click', 'cart') OR kind = 'like' AND value > ?2) AND sku <> '' GROUP BY kind, sku "
        "UNION ALL SELECT 'click', sku, max(at), count(*) FROM products_clicked "
        "WHERE conversation_id = ?1 GROUP BY sku",
        [conversation, LIKED],
    ):
        name = {"click": "viewed", "cart": "carted", "like": "wished"}[kind]
        found.append(Trait(name, sku, at, n))
        if name == "viewed" and category_of(sku):
            found.append(Trait("viewed_category", category_of(sku), at, n))
    counts: Counter[str] = Counter()
    last: dict[str, float] = {}
    for intent, at in db.execute(
        "SELECT intent, at FROM messages WHERE conversation_id = ? AND sender = 'customer'",
        [conversation],
    ):
        for about in [name for name, intents in topics().items() if intent in intents]:
            counts[about] += 1
            last[about] = max(last.get(about, 0), at)
    found += [Trait("asked", about, last[about], n) for about, n in counts.items()]
    row = db.execute(
        "SELECT language, last_at FROM summaries WHERE conversation_id = ?", [conversation]
    ).fetchone()
    if row and row[0]:
        found.append(Trait("language", row[0], row[1] or 0))
    return found


def _bought(skus: Iterable[str], at: float, category_of: Callable[[str], str]) -> list[Trait]:
    counts = Counter(skus)
    categories = Counter(category_of(sku) for sku in counts.elements())
    return [
        *(Trait("bought", sku, at, n) for sku, n in counts.items()),
        *(Trait("bought_category", name, at, n) for name, n in categories.items() if name),
    ]


def _purchases(
    people: People, db: sqlite3.Connection, person: int, conversation: str,
    category_of: Callable[[str], str],
) -> None:  # fmt: skip
    """What the shop's page told of a purchase: an order of which the records may know nothing yet."""
    for number, at, total, text in db.execute(
        "SELECT id, at, value, text FROM customer_events WHERE conversation_id = ? "
        "AND kind = 'purchase'",
        [conversation],
    ).fetchall():
        skus = json.loads(text) if text else []
        people.buy(
            person, Bought(people.mark(f"event {number}"), at, total or 0.0),
            _bought([one for one in skus if isinstance(one, str)], at, category_of), conversation,
        )  # fmt: skip


def feelings(
    people: People, transcripts: Path, staff_db: Path, upset_below: float, persons: Iterable[int]
) -> None:
    """Who left unhappy, has a complaint that is open, or was told no."""
    with closing(open_readonly(transcripts).conn) as db:
        staff = open_readonly(staff_db).conn if staff_db.exists() else None
        for person in persons:
            ids = json.dumps(
                [row["conversation"] for row in people.joined(person) if not row["parted_at"]]
            )
            some = "IN (SELECT value FROM json_each(?))"
            last = db.execute(
                "SELECT coalesce(c.last_at, c.started_at, 0) AS t, j.mood, j.unhappy, c.id "
                f"FROM conversations c LEFT JOIN journeys j ON j.conversation_id = c.id "
                f"WHERE c.id {some} ORDER BY t DESC LIMIT 1",
                [ids],
            ).fetchone()
            last = last or (None, None, None)
            complaint, refused = False, None
            if staff:
                kinds, states = json.dumps(COMPLAINTS), json.dumps(OPEN)
                complaint, refused = staff.execute(
                    "SELECT coalesce(max(kind IN (SELECT value FROM json_each(?)) AND state IN "
                    "(SELECT value FROM json_each(?))), 0), max(iif(state = 'refused', changed_at, NULL)) "
                    f"FROM requests WHERE conversation {some}",
                    [kinds, states, ids],
                ).fetchone()
                complaint = (
                    complaint
                    or staff.execute(
                        f"SELECT 1 FROM work WHERE status = 'open' AND reason IS NOT NULL "
                        f"AND conversation {some}",
                        [ids],
                    ).fetchone()
                )
            upset = bool(last[2]) or (last[1] is not None and last[1] < upset_below)
            features.feel(
                people.db, person, seen_at=last[0], mood=last[1], upset=upset,
                open_complaint=bool(complaint), refused_at=refused,
            )  # fmt: skip
        if staff:
            staff.close()
