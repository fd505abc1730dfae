"""Fills the transcripts with believable conversations that are marked as generated.

    python -m tests.bench.conversations --count 100000 --var /tmp/many

What customers write is taken from the training data, in the order in which customers come to ask
it; sentiment falls when the assistant doesn't understand. The ids begin as those of simulated
conversations do, and the channel is "generated", so that no figure counts them as real ones.
"""

import argparse
import json
import random
import re
import time
from pathlib import Path
from typing import Any

from rich.progress import track
from ruamel.yaml import YAML

from bot.paths import REPOSITORY
from bot.privacy.vault import vault_of
from bot.settings import read_settings
from bot.staff.accounts import StaffStore
from bot.staff.work import WorkStore
from bot.transcripts import masking, summaries
from bot.transcripts.store import SIMULATED, open_transcripts

DAYS = 365
CHUNK = 2000
PRODUCTS = 400
# (weight, the intents of a conversation in their order); "?" is a message that isn't understood.
WAYS = (
    (22, ("greet", "order_status", "delivery_info", "thank")),
    (12, ("order_status", "?", "talk_to_human")),
    (14, ("search_products", "refine_search", "product_details", "thank")),
    (10, ("search_products", "?", "search_products", "product_availability")),
    (8, ("greet", "returns_policy", "return_item", "thank", "goodbye")),
    (6, ("damaged_item", "complaint", "talk_to_human")),
    (6, ("cancel_order", "refund_status", "thank")),
    (5, ("payment_methods", "discount_code")),
    (5, ("opening_hours", "contact")),
    (4, ("warranty", "?", "complaint", "?", "talk_to_human")),
    (4, ("change_address", "order_status")),
    (4, ("gift_card", "search_products", "stock_alert")),
)
UNHAPPY = {"complaint", "damaged_item", "?", "refund_status"}
HAPPY = {"thank", "greet", "goodbye"}
REPLIES = {
    "search_products": "Here is what fits best. Shall I narrow it down?",
    "order_status": "Order {order} left our warehouse on Tuesday and arrives within two days.",
    "returns_policy": "You can return everything within 30 days, unused and in its packaging.",
    "talk_to_human": "I've asked a colleague to join us here.",
    "?": "Sorry, I didn't understand that. Could you say it in other words?",
    "thank": "You're welcome! Is there anything else?",
}
TAGS = ("late-delivery", "vip", "refund", "size-question", "bug", "wholesale", "praise")


def utterances() -> dict[str, list[str]]:
    """What customers say, by intent, without the marks of entities."""
    found: dict[str, list[str]] = {
        "?": ["asdf qwer", "the thing from the other time", "hm well no"]
    }
    for file in sorted((REPOSITORY / "nlu_data" / "nlu").glob("*.yml")):
        for block in YAML(typ="safe").load(file.read_text(encoding="utf-8")).get("nlu", []):
            if "intent" in block:
                lines = [line[2:] for line in block["examples"].splitlines() if line[2:].strip()]
                plain = [re.sub(r"\[([^\]]+)\](\([^)]*\)|\{[^}]*\})", r"\1", one) for one in lines]
                found.setdefault(block["intent"], []).extend(plain)
    return found


def conversation(
    number: int, now: float, said: dict[str, list[str]], dice: random.Random
) -> dict[str, list[dict[str, Any]]]:
    """The rows of one conversation, by table."""
    name = f"{SIMULATED}{number:07d}-{dice.getrandbits(48):012x}"
    at = started = now - (dice.random() ** 1.5) * DAYS * 86400
    way = dice.choices([intents for _, intents in WAYS], [weight for weight, _ in WAYS])[0]
    rows: dict[str, list[dict[str, Any]]] = {
        "messages": [],
        "products_shown": [],
        "customer_events": [],
    }
    mood, order, handoff = 0.1, f"HF-{dice.randrange(10000, 99999)}", None
    for step, intent in enumerate(way):
        at += dice.uniform(4, 90)
        mood += dice.uniform(-0.45, -0.1) if intent in UNHAPPY else dice.uniform(-0.1, 0.2)
        score = max(-1.0, min(1.0, mood + dice.gauss(0.35 if intent in HAPPY else 0, 0.15)))
        text = dice.choice(said.get(intent) or said["?"])
        if intent == "order_status" and dice.random() < 0.6:
            text += f" {order}"
        if intent == "talk_to_human":
            handoff = at
        message = f"{name}-{step}"
        sure = dice.uniform(0.15, 0.34) if intent == "?" else dice.betavariate(9, 1.6)
        entities = [{"entity": "order_number", "value": order}] if order in text else []
        rows["messages"] += [
            {
                "id": message, "conversation_id": name, "reply_to": None, "at": at,
                "sender": "customer", "text": text,
                "intent": "nlu_fallback" if intent == "?" else intent, "confidence": round(sure, 3),
                "entities": json.dumps(entities), "runners_up": '[["help", 0.08]]',
                "sentiment": "negative" if score < -0.25 else "positive" if score > 0.25 else "neutral",
                "sentiment_score": round(score, 3), "latency_ms": round(dice.lognormvariate(3.2, 0.5), 1),
                "model_version": "generated", "buttons": None, "author": None,
            },
            {
                "id": f"{message}:0", "conversation_id": name, "reply_to": message, "at": at + 0.05,
                "sender": "assistant",
                "text": REPLIES.get(intent, "Let me explain how that works.").replace("{order}", order),
                "intent": None, "confidence": None, "entities": None, "runners_up": None,
                "sentiment": None, "sentiment_score": None, "latency_ms": None,
                "model_version": "generated", "buttons": "[]", "author": None,
            },
        ]  # fmt: skip
        if intent in ("search_products", "refine_search"):
            for position in range(1, 6):
                sku = f"G-{min(PRODUCTS, int(dice.paretovariate(0.9)))}"
                rows["products_shown"].append(
                    {"message_id": f"{message}:0", "position": position, "sku": sku,
                     "title": f"Product {sku}", "price": "€25.00"}
                )  # fmt: skip
        if dice.random() < (0.25 if intent == "?" else 0.03):
            rows["customer_events"].append(
                {"id": f"{name}-thumb-{step}", "conversation_id": name, "at": at + 3, "kind": "thumb",
                 "message_id": f"{message}:0", "value": -1 if intent in UNHAPPY else 1}
            )  # fmt: skip
    rows["conversations"] = [
        {
            "id": name, "channel": "generated", "started_at": started, "last_at": at + 0.05,
            "last_event_at": at + 0.05, "handoff_requested_at": handoff, "handoff_reason": None,
        }
    ]  # fmt: skip
    return rows


def fill(transcripts_db: Path, staff_db: Path, count: int, seed: int = 7) -> None:
    """Add so many conversations, and what staff did with one in twelve."""
    dice, said, now = random.Random(seed), utterances(), time.time()
    database = open_transcripts(transcripts_db)
    database.conn.execute("PRAGMA synchronous = OFF")
    vault = vault_of(database.conn)
    for start in track(range(0, count, CHUNK), description="Generating"):
        some = [
            conversation(number, now, said, dice)
            for number in range(start, min(count, start + CHUNK))
        ]
        with database.atomic():
            for table in ("conversations", "messages", "products_shown", "customer_events"):
                rows = [row for one in some for row in one[table]]
                if table == "messages":
                    for row in rows:
                        masking.add_marks(database, row)
                    rows = [masking.message(vault, row) for row in rows]
                _insert(database, table, rows)
            ids = sorted(
                (row["last_at"], row["id"]) for one in some for row in one["conversations"]
            )
            summaries.refresh(database, [name for _, name in ids])
    database.conn.execute("PRAGMA optimize")
    ids = [
        row["id"]
        for row in database.query("SELECT id FROM conversations WHERE channel = 'generated'")
    ]
    database.close()
    _staff_work(staff_db, ids, dice)


def _insert(database: Any, table: str, rows: list[dict[str, Any]]) -> None:
    if rows:
        names = list(rows[0])
        marks = ", ".join("?" * len(names))
        database.conn.executemany(
            f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})",
            [[row[name] for name in names] for row in rows],
        )


def _staff_work(staff_db: Path, ids: list[str], dice: random.Random) -> None:
    store = StaffStore(staff_db)
    WorkStore(store.db)
    people = [person.id for person in store.everyone()]
    rows, tags = [], []
    for name in dice.sample(ids, len(ids) // 12):
        status = dice.choices(["resolved", "open"], [30, 1])[0]
        rows.append((name, status, dice.choice(people or [None]), time.time()))
        tags += [(name, tag) for tag in dice.sample(TAGS, dice.choice([0, 0, 1, 1, 2]))]
    with store.db.atomic():
        sql = "INSERT OR IGNORE INTO work (conversation, status, assignee_id, updated_at) VALUES (?, ?, ?, ?)"
        store.db.conn.executemany(sql, rows)
        store.db.conn.executemany("INSERT OR IGNORE INTO tags VALUES (?, ?)", tags)
    store.close()


def main() -> None:
    """Fill a folder's databases."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--var", type=Path, required=True, help="the folder of the databases")
    options = parser.parse_args()
    settings = read_settings({"SHOPTALK_VAR": str(options.var)})
    fill(settings.transcripts_db, settings.staff_db, options.count)


if __name__ == "__main__":
    main()
