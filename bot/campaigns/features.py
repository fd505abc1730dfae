"""What segments ask for, made from what people did: a row for each person in `features`.

Times are kept as times, so that a row stays right while days go by. RFM scores are fifths of all
who bought (1 to 5, 5 is best; Hughes 1994), made anew over everybody.
"""

import json
from collections.abc import Iterable

from sqlite_utils import Database

CHUNK = 20_000  # people whose rows are made in one transaction

_MADE = """
INSERT INTO features (person, simulated, known_since, language, orders, spent, first_order_at,
  last_order_at, conversations, cart_at, carted_at, viewed_at, wished_at, asked_at)
SELECT p.id, p.simulated, p.known_since,
  coalesce((SELECT value FROM traits t WHERE t.person = p.id AND t.kind = 'language'
    ORDER BY at DESC LIMIT 1), ''),
  (SELECT count(*) FROM purchases b WHERE b.person = p.id),
  coalesce((SELECT sum(total) FROM purchases b WHERE b.person = p.id), 0),
  (SELECT min(at) FROM purchases b WHERE b.person = p.id),
  (SELECT max(at) FROM purchases b WHERE b.person = p.id),
  (SELECT count(*) FROM joins j WHERE j.person = p.id AND j.parted_at IS NULL),
  (SELECT max(at) FROM traits t WHERE t.person = p.id AND t.kind = 'carted'),
  (SELECT max(at) FROM traits t WHERE t.person = p.id AND t.kind = 'carted'),
  (SELECT max(at) FROM traits t WHERE t.person = p.id AND t.kind = 'viewed'),
  (SELECT max(at) FROM traits t WHERE t.person = p.id AND t.kind = 'wished'),
  (SELECT max(at) FROM traits t WHERE t.person = p.id AND t.kind = 'asked')
FROM people p WHERE p.id IN (SELECT value FROM json_each(?))
ON CONFLICT (person) DO UPDATE SET language = excluded.language, orders = excluded.orders,
  spent = excluded.spent, first_order_at = excluded.first_order_at,
  last_order_at = excluded.last_order_at, conversations = excluded.conversations,
  carted_at = excluded.carted_at, viewed_at = excluded.viewed_at,
  wished_at = excluded.wished_at, asked_at = excluded.asked_at,
  cart_at = iif(excluded.cart_at > coalesce(excluded.last_order_at, 0), excluded.cart_at, NULL)
"""


def _fifth(column: str) -> str:
    """The fifth of all who bought that a value is in, 5 the highest; equals are all in that of their middle."""
    place = (
        f"rank() OVER (ORDER BY {column}) - 1 + (count(*) OVER (PARTITION BY {column}) - 1) / 2.0"
    )
    return f"1 + CAST(5 * ({place}) / count(*) OVER () AS INT)"


_SCORED = f"""
WITH scored AS (SELECT person, {_fifth("last_order_at")} AS r, {_fifth("orders")} AS f, {_fifth("spent")} AS m
  FROM features WHERE orders > 0 AND NOT simulated)
UPDATE features SET recency = r, frequency = f, monetary = m FROM scored
WHERE scored.person = features.person
"""


def make(db: Database, people: Iterable[int]) -> None:
    """Make the rows of these people anew from their traits and orders."""
    ids = list(people)
    for start in range(0, len(ids), CHUNK):
        with db.atomic():
            db.conn.execute(_MADE, [json.dumps(ids[start : start + CHUNK])])


def score(db: Database) -> None:
    """Make the RFM scores of all who bought anew."""
    with db.atomic():
        db.conn.execute(_SCORED)


def feel(
    db: Database, person: int, *, seen_at: float | None, mood: float | None, upset: bool,
    open_complaint: bool, refused_at: float | None,
) -> None:  # fmt: skip
    """How somebody's last conversation went, and whether a complaint of theirs is open."""
    with db.atomic():
        db.conn.execute(
            "UPDATE features SET seen_at = ?, mood = ?, upset = ?, open_complaint = ?, refused_at = ? "
            "WHERE person = ?",
            [seen_at, mood, upset, open_complaint, refused_at, person],
        )
