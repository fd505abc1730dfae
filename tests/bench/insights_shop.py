"""A large shop's transcripts, generated: random, but with the shapes that counting meets."""

import json
import random
from pathlib import Path

from bot.insights.schema import open_insights
from bot.insights.scope import DAY
from bot.intents import group
from bot.store.days import MESSAGES, TOPICS, set_zone
from bot.transcripts.journeys import refresh_all
from bot.transcripts.store import open_transcripts

INTENTS = [*group("browsing"), "order_status", "delivery_info", "returns_policy", "refund_status", "greet", "thank",
           "talk_to_human", "damaged_item", "payment_methods", "opening_hours", "nlu_fallback"]  # fmt: skip
TURNS = 5  # customers' messages of a conversation, each with an answer
PRODUCTS = 2000
ZONE = "Europe/Amsterdam"
OPENERS = (
    "where is",
    "do you have",
    "i want",
    "please help with",
    "can i get",
    "what about",
    "tell me of",
)
THINGS = (
    "parcel",
    "jacket",
    "mug",
    "refund",
    "zip",
    "tent",
    "lamp",
    "voucher",
    "size",
    "candle",
    "return label",
)
ENDS = (
    "today",
    "for my sister",
    "in red",
    "again",
    "as a gift",
    "from last week",
    "please",
    "quickly",
)


def make(folder: Path, messages: int, days: int, now: float) -> None:
    """Write transcripts with so many messages, half of them customers', over so many days."""
    rng = random.Random(1)
    count = messages // (2 * TURNS)
    database = open_transcripts(folder / "transcripts.db")
    research = open_insights(folder / "insights.db")
    set_zone(research, ZONE, TOPICS)
    research.close()
    starts = sorted(now - rng.random() * days * DAY for _ in range(count))
    connection = database.conn
    connection.execute("PRAGMA synchronous = OFF")
    for first in range(0, count, 5000):
        rows: dict[str, list] = {name: [] for name in ("c", "m", "a", "s", "p", "e", "meant")}
        for n in range(first, min(count, first + 5000)):
            _conversation(rows, rng, f"{n:032x}", starts[n])
        with connection:
            _write(connection, rows)
    with connection:
        refresh_all(database)
    set_zone(database, ZONE, MESSAGES)
    with connection:
        connection.execute("ANALYZE")
    database.close()


def sentence(rng: random.Random) -> str:
    """A text with some numbers of its own, so that most are different."""
    parts = (rng.choice(OPENERS), "the", rng.choice(THINGS), rng.choice(ENDS))
    return f"{' '.join(parts)} {rng.choice(THINGS)} {rng.randrange(1000)}"


def _conversation(rows: dict[str, list], rng: random.Random, name: str, at: float) -> None:
    handed = at if rng.random() < 0.05 else None
    rows["c"].append((name, "shoptalk", at, at + 300, at + 300, handed))
    for turn in range(TURNS):
        said, mood = at + 40 * turn, max(-1.0, min(1.0, rng.gauss(0.05, 0.4)))
        label = "negative" if mood < -0.25 else "positive" if mood > 0.25 else "neutral"
        message, intent = f"{name}-{turn}", rng.choice(INTENTS)
        rows["m"].append((message, name, None, said, "customer", sentence(rng), intent, 0.9, label, mood, 40.0, f"m{int(at) // (30 * DAY)}"))  # fmt: skip
        rows["m"].append((f"{message}:0", name, message, said + 1, "assistant", "How about these?", None, None, None, None, None, None))  # fmt: skip
        action = "action_default_fallback" if intent == "nlu_fallback" else f"action_{intent}"
        rows["a"].append((f"{message}:0", name, message, said, action))
        if intent == "search_products" or turn == 0:
            good = int(rng.random() < 0.8)
            need = f"thing {int(rng.paretovariate(0.6)) % 3000}"
            relaxed = "[]" if good or rng.random() < 0.6 else '["colours"]'
            rows["s"].append((f"{message}:s", name, message, said, "search", need, need, f"kind {rng.randrange(40)}", "{}", relaxed, 5 * good, 5, ""))  # fmt: skip
            for place in range(1, 4):
                sku = f"P{rng.randrange(PRODUCTS)}"
                rows["p"].append(
                    (f"{message}:0", name, said + 1, place, sku, f"Product {sku}", "€20")
                )
        if intent == "product_details":
            rows["meant"].append((message, f"P{rng.randrange(PRODUCTS)}", name, said, label, mood))
    chance = rng.random()
    sku = f"P{rng.randrange(PRODUCTS)}"
    for kind, part, value, text in (
        ("click", 0.4, None, None), ("cart", 0.15, 20.0, None),
        ("purchase", 0.08, 20.0, json.dumps([sku])), ("rating", 0.06, float(rng.randint(1, 5)), ""),
    ):  # fmt: skip
        if chance < part:
            rows["e"].append(
                (f"{name}-{kind}", name, at + 200, kind, None if text else sku, value, text)
            )


def _write(connection, rows: dict[str, list]) -> None:
    for table, columns, key in (
        ("conversations", "id, channel, started_at, last_at, last_event_at, handoff_requested_at", "c"),
        ("messages", "id, conversation_id, reply_to, at, sender, text, intent, confidence, sentiment, sentiment_score, latency_ms, model_version", "m"),
        ("actions_taken", "id, conversation_id, reply_to, at, name", "a"),
        ("searches", "id, conversation_id, reply_to, at, kind, need, text, category, filters, relaxed, good, total, sku", "s"),
        ("products_shown", "message_id, conversation_id, at, position, sku, title, price", "p"),
        ("products_meant", "reply_to, sku, conversation_id, at, sentiment, sentiment_score", "meant"),
        ("customer_events", "id, conversation_id, at, kind, sku, value, text", "e"),
    ):  # fmt: skip
        marks = ", ".join("?" * len(columns.split(",")))
        connection.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", rows[key])
