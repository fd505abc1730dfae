"""Every figure of the counting pages against a second, simple way to count: plain loops over all rows."""

import json
import random
from collections import Counter, defaultdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.insights.demand import AT_LEAST, demand
from bot.insights.evidence import evidence
from bot.insights.funnel import funnel, ledger
from bot.insights.overview import OUTCOMES, overview
from bot.insights.products import products
from bot.insights.scope import DAY, Scope, Source
from bot.insights.sentiment import sentiment
from bot.intents import group
from tests.insights.conftest import Book

WEEK_OF_CHANGE = datetime(2026, 10, 30, 12, tzinfo=UTC).timestamp()  # clocks changed on the 25th
SKUS = [f"P{i}" for i in range(45)]
INTENTS = ("search_products", "order_status", "thank", "like", "complaint", "refine_search")
ACTIONS = ("utter_thank", "order_form", "action_default_fallback", "action_search_products")


def month(book: Book, seed: int, prefix: str = "") -> None:
    """Two months of random talks, unequal in everything."""
    r = random.Random(seed)
    for n in range(150):
        name, days = f"{prefix}c{n}", r.uniform(0, 59)
        for _ in range(r.randint(0, 3)):
            day = max(0, days - r.choice((0, 0, 0.001, 2)))
            message = book.say(
                name, f"words {r.randrange(99)}", r.choice(INTENTS), r.uniform(-1, 1), day,
                r.choice(ACTIONS), r.choice(("model-1", "model-2")),
            )  # fmt: skip
            if r.random() < 0.4:
                book.meant(name, message, r.choice(SKUS), day)
        for _ in range(r.choice((0, 1, 1, 2))):
            good, colour = r.choice((0, 0, 3)), r.choice(("blue", "red", "pink"))
            relaxed = ("colours",) if not good and r.random() < 0.6 else ()
            kind = r.choice(("mugs", "jackets"))
            message = book.search(
                name, f"{kind} in {colour}" if relaxed else kind, good, days, r.choice((0, 4, 5)),
                r.choice(("search", "search", "wish", "stock", "more", "again")), relaxed, kind,
                filters={"colours": [colour], "categories": [kind]} if relaxed else {},
            )  # fmt: skip
            if r.random() < 0.7:
                book.show(name, message, *r.sample(SKUS, 3), days=days)
        for kind in ("click", "cart", "like", "purchase", "rating", "thumb"):
            for _ in range(r.choice((0, 0, 1, 2))):
                values: dict[str, Any] = {"sku": r.choice(SKUS)}
                if kind in ("like", "thumb"):
                    values["value"] = r.choice((-1, 1))
                if kind == "rating":
                    values = {"value": r.randint(1, 5)}
                if kind == "purchase":
                    values = {"value": r.randint(5, 90), "text": json.dumps(r.sample(SKUS, 2))}
                book.event(name, kind, max(0, days - r.uniform(-1, 3)), **values)
        if r.random() < 0.1 and name in {
            row["id"] for row in book.transcripts["conversations"].rows
        }:
            book.handoff(name)
    book.transcripts.table("conversations").insert(
        {"id": f"{prefix}silent", "started_at": book.now}
    )


class Raw:
    """All rows as they are, and a conversation's in their order."""

    def __init__(self, book: Book, scope: Scope) -> None:
        self.scope = scope
        self.tables = {
            name: [row for row in book.transcripts[name].rows if self.right_kind(row)]
            for name in ("conversations", "messages", "searches", "products_shown", "products_meant",
                         "customer_events", "actions_taken")
        }  # fmt: skip

    def right_kind(self, row: dict[str, Any]) -> bool:
        name = row.get("conversation_id") or row["id"]
        return name.startswith("simulated-") == self.scope.simulated

    def of(self, table: str, conversation: str = "", **values: Any) -> list[dict[str, Any]]:
        rows = [
            row for row in self.tables[table]
            if (not conversation or row["conversation_id"] == conversation)
            and all(row[name] == value for name, value in values.items())
        ]  # fmt: skip
        return sorted(rows, key=lambda row: row["at"])

    def inside(self, at: float, scope: Scope | None = None) -> bool:
        scope = scope or self.scope
        return scope.since <= at < scope.until

    def day(self, at: float) -> date:
        return datetime.fromtimestamp(at, ZoneInfo(self.scope.timezone)).date()


@pytest.fixture(
    params=[(1, False, "UTC"), (2, False, "Europe/Amsterdam"), (3, True, "America/New_York")]
)
def told(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Source, Raw]:
    seed, simulated, zone = request.param
    book = Book(tmp_path, WEEK_OF_CHANGE)
    month(book, seed)
    month(book, seed + 10, "simulated-")
    source = book.source(zone)
    return source, Raw(book, Scope.last(23, book.now, zone, simulated))


def test_the_overview(told: tuple[Source, Raw]) -> None:
    source, raw = told
    found = overview(source, raw.scope)

    def began(scope: Scope) -> list[str]:
        return [
            row["id"] for row in raw.tables["conversations"]
            if raw.inside(row["started_at"], scope)
            and raw.of("messages", row["id"], sender="customer")
        ]  # fmt: skip

    ends, lost, reached = Counter(), Counter(), Counter()
    handed = {row["id"] for row in raw.tables["conversations"] if row["handoff_requested_at"]}
    for name in began(raw.scope):
        acted = raw.of("actions_taken", name)
        reached.update({row["name"] for row in acted})
        last, word = acted[-1]["name"], raw.of("messages", name, sender="customer")[-1]
        judged = [e for e in raw.of("customer_events", name) if e["kind"] in ("rating", "thumb")]
        bad = word["sentiment"] == "negative" and word["intent"] not in group("unfelt")
        if judged:
            bad |= judged[-1]["value"] <= (2 if judged[-1]["kind"] == "rating" else -1)
        if name in handed:
            ends["handed_over"] += 1
        elif last in ("action_default_fallback", "order_form"):
            ends["not_understood" if "fallback" in last else "broken_off"] += 1
            lost[last] += 1
        else:
            ends["unhappy" if bad else "contained"] += 1
    assert {name: one.k for name, one in found.outcomes.items()} == {
        name: ends[name] for name in OUTCOMES
    }
    total = len(began(raw.scope))
    assert (found.conversations, found.conversations_before) == (
        total,
        len(began(raw.scope.before)),
    )
    assert (found.without_person.k, found.without_person.n) == (total - ends["handed_over"], total)
    assert [(s.action, s.ended.k, s.ended.n) for s in found.break_offs] == [
        (name, n, reached[name]) for name, n in sorted(lost.items(), key=lambda p: (-p[1], p[0]))
    ]
    said = Counter(
        raw.day(row["at"]) for row in raw.of("messages", sender="customer") if raw.inside(row["at"])
    )
    started = {row["id"]: raw.day(row["started_at"]) for row in raw.tables["conversations"]}
    starts = Counter(started[name] for name in began(raw.scope))
    assert [(d.day, d.conversations, d.messages) for d in found.days] == [
        (day, starts[day], said[day]) for day in raw.scope.days
    ]
    hours = Counter()
    for row in raw.tables["conversations"]:
        if row["id"] in began(raw.scope):
            local = datetime.fromtimestamp(row["started_at"], ZoneInfo(raw.scope.timezone))
            hours[local.hour, local.weekday()] += 1
    assert found.hours == [[hours[hour, day] for day in range(7)] for hour in range(24)]
    stars = [e["value"] for e in raw.of("customer_events", kind="rating") if raw.inside(e["at"])]
    thumbs = [e["value"] for e in raw.of("customer_events", kind="thumb") if raw.inside(e["at"])]
    assert (found.csat.k, found.csat.n) == (sum(s >= 4 for s in stars), len(stars))
    assert (found.thumbs_up.k, found.thumbs_up.n) == (thumbs.count(1), len(thumbs))
    for outcome, share in found.outcomes.items():
        assert len(evidence(source, raw.scope, "outcome", outcome)) == share.k
    assert len(evidence(source, raw.scope, "all")) == total
    ups = {e["conversation_id"] for e in raw.of("customer_events", kind="thumb", value=1) if raw.inside(e["at"])}  # fmt: skip
    assert {one.id for one in evidence(source, raw.scope, "thumb", "up")} == ups


def test_unmet_demand(told: tuple[Source, Raw]) -> None:
    source, raw = told
    found = demand(source, raw.scope)
    counted = [s for s in raw.of("searches") if s["kind"] in ("search", "stock", "wish")]
    now = [s for s in counted if raw.inside(s["at"])]
    before = [s for s in counted if raw.inside(s["at"], raw.scope.before)]
    unmet = [s for s in now if not s["good"]]

    def met_later(one: dict[str, Any]) -> bool:
        return any(
            s["good"] and 0 < s["at"] - one["at"] <= DAY and s["category"] == one["category"]
            and (one["relaxed"] == "[]"
                 or json.loads(one["filters"])["colours"] == json.loads(s["filters"]).get("colours"))
            for s in raw.of("searches", one["conversation_id"])
        )  # fmt: skip

    assert (found.searches, found.unmet.k) == (len(now), len(unmet))
    assert found.met_later.k == sum(map(met_later, unmet))
    journeys = defaultdict(list)
    for one in counted:
        journeys[one["conversation_id"]].append(one)
    lost: set[str] = set()
    rates = {True: [0, 0], False: [0, 0]}
    for name, searches in journeys.items():
        if raw.inside(searches[-1]["at"]):
            met = any(s["good"] for s in searches)
            orders = [e["at"] for e in raw.of("customer_events", name, kind="purchase")]
            rates[met][0] += any(at >= searches[0]["at"] for at in orders)
            rates[met][1] += 1
            if not met:
                lost.add(name)
    assert [found.after_good.k, found.after_good.n] == rates[True]
    assert [found.after_unmet.k, found.after_unmet.n] == rates[False]
    assert found.lost and all(need.lost for need in found.needs)
    gap = rates[True][0] / rates[True][1] - rates[False][0] / rates[False][1]
    assert found.lost[0] == pytest.approx(max(0, gap) * rates[False][1])

    def who(rows: list[dict[str, Any]], **values: Any) -> set[str]:
        return {r["conversation_id"] for r in rows if all(r[k] == v for k, v in values.items())}

    names = {s["need"] for s in unmet}
    expected = [
        (need, len(who(unmet, need=need)), len(who([s for s in before if not s["good"]], need=need)),
         len(who([s for s in unmet if met_later(s)], need=need)),
         sum(s["need"] == need for s in unmet), len(who(unmet, need=need) & lost))
        for need in names if len(who(unmet, need=need)) >= AT_LEAST
    ]  # fmt: skip
    expected.sort(key=lambda row: (-row[1], -row[4], row[0]))
    assert [
        (n.name, n.conversations, n.conversations_before, n.met_later, n.searches,
         pytest.approx((n.lost or [0])[0]))
        for n in found.needs
    ] == [(*row[:5], pytest.approx(max(0, gap) * row[5])) for row in expected]  # fmt: skip
    assert expected and found.smaller == len(names) - len(expected)
    for need in found.needs:
        assert len(evidence(source, raw.scope, "need", need.name)) == need.conversations
    by_colour = defaultdict(set)
    for one in unmet:
        if one["relaxed"] != "[]":
            by_colour[json.loads(one["filters"])["colours"][0]].add(one["conversation_id"])
    assert {w.value: w.conversations for w in found.wishes} == {
        colour: len(names) for colour, names in by_colour.items() if len(names) >= AT_LEAST
    }
    for wish in found.wishes:
        assert wish.kinds == {
            kind: n for kind in ("mugs", "jackets")
            if (n := len(who([s for s in unmet if f"in {wish.value}" in s["need"]], category=kind))) >= AT_LEAST
        }  # fmt: skip
        assert (
            len(evidence(source, raw.scope, "wish", f"colours:{wish.value}")) == wish.conversations
        )


def test_products(told: tuple[Source, Raw]) -> None:
    source, raw = told
    lines: dict[str, Counter] = {sku: Counter() for sku in SKUS}
    for one in raw.of("products_meant"):
        if raw.inside(one["at"]):
            lines[one["sku"]]["asked"] += 1
            lines[one["sku"]]["praised"] += one["sentiment"] == "positive"
            lines[one["sku"]]["complained"] += one["sentiment"] == "negative"
    for one in raw.of("products_shown"):
        lines[one["sku"]]["shown"] += raw.inside(one["at"])
    for one in raw.of("customer_events"):
        if not raw.inside(one["at"]):
            continue
        if one["kind"] == "purchase":
            for sku in json.loads(one["text"]):
                lines[sku]["bought"] += 1
        elif one["kind"] in ("click", "cart"):
            lines[one["sku"]][{"click": "clicked", "cart": "added"}[one["kind"]]] += 1
        elif one["kind"] == "like":
            lines[one["sku"]]["praised" if one["value"] > 0 else "complained"] += 1
    names = ("asked", "shown", "clicked", "added", "bought", "praised", "complained")
    busy = {sku: sum(line.values()) - line["shown"] for sku, line in lines.items()}
    order = sorted(
        (sku for sku in SKUS if busy[sku] or lines[sku]["shown"]),
        key=lambda sku: (-busy[sku], -lines[sku]["shown"], sku),
    )
    assert len(order) > 30
    assert [
        (p.sku, *(getattr(p, name) for name in names)) for p in products(source, raw.scope)
    ] == [(sku, *(lines[sku][name] for name in names)) for sku in order[:30]]
    worst = min(order, key=lambda sku: (-lines[sku]["complained"], -busy[sku], sku))
    assert products(source, raw.scope, 1, "complained")[0].sku == worst


def test_the_funnel_and_the_ledger(told: tuple[Source, Raw]) -> None:
    source, raw = told
    stages = Counter()
    counted = [s for s in raw.of("searches") if s["kind"] in ("search", "stock", "wish")]
    for name in {s["conversation_id"] for s in counted}:
        mine = [s for s in counted if s["conversation_id"] == name]
        if not raw.inside(mine[-1]["at"]):
            continue
        after = {e["kind"] for e in raw.of("customer_events", name) if e["at"] >= mine[0]["at"]}
        shown = any(s["total"] for s in mine)
        stages["asked"] += 1
        stages["shown"] += shown
        stages["clicked"] += shown and bool(after & {"click", "cart", "purchase"})
        stages["added"] += shown and bool(after & {"cart", "purchase"})
        stages["bought"] += shown and "purchase" in after
    found = funnel(source, raw.scope)
    assert {stage.name: stage.of_all.k for stage in found} == stages
    for stage in found:
        assert len(evidence(source, raw.scope, "stage", stage.name)) == stage.of_all.k
    book = ledger(source, raw.scope)
    orders = [e for e in raw.of("customer_events", kind="purchase") if raw.inside(e["at"])]
    direct = []
    for order in orders:
        mine = raw.of("customer_events", order["conversation_id"], kind="click")
        for sku in json.loads(order["text"]):
            clicks = [c["at"] for c in mine if c["sku"] == sku and order["at"] - 7 * DAY <= c["at"] <= order["at"]]  # fmt: skip
            shown = raw.of("products_shown", order["conversation_id"], sku=sku)
            if clicks and any(s["at"] <= clicks[-1] for s in shown):
                direct.append((order["id"], sku))
    assert sorted((e.conversation, e.sku) for e in book.entries) == sorted(
        (order["conversation_id"], sku)
        for order in orders
        for key, sku in direct
        if key == order["id"]
    )
    ids = {key for key, _ in direct}
    assert (book.direct_orders, book.direct_value) == (
        len(ids), sum(o["value"] for o in orders if o["id"] in ids),
    )  # fmt: skip
    assert (book.all_orders, book.all_value) == (len(orders), sum(o["value"] for o in orders))
    behind = {one.id for one in evidence(source, raw.scope, "ledger")}
    assert behind == {o["conversation_id"] for o in orders if o["id"] in ids}


def test_sentiment(told: tuple[Source, Raw]) -> None:
    source, raw = told
    found = sentiment(source, raw.scope)
    said = [m for m in raw.of("messages", sender="customer") if raw.inside(m["at"])]
    felt = [m for m in said if m["intent"] not in group("unfelt")]
    assert (found.left_out, found.overall.mean.n) == (len(said) - len(felt), len(felt))
    mean = sum(m["sentiment_score"] for m in felt) / len(felt)
    assert found.overall.mean.value == pytest.approx(mean, abs=1e-4)
    labels = Counter((raw.day(m["at"]), m["sentiment"]) for m in felt)
    assert [(d.day, d.negative, d.neutral, d.positive) for d in found.days] == [
        (day, *(labels[day, label] for label in ("negative", "neutral", "positive")))
        for day in raw.scope.days
    ]
    for groups, column in ((found.intents, "intent"), (found.versions, "model_version")):
        counts = Counter(m[column] for m in felt)
        assert {g.name: g.mean.n for g in groups} == {k: n for k, n in counts.items() if n >= 5}
    moods = defaultdict(list)
    for name in {m["conversation_id"] for m in raw.of("messages", sender="customer")}:
        scores = [m["sentiment_score"] for m in raw.of("messages", name, sender="customer")
                  if m["intent"] not in group("unfelt")]  # fmt: skip
        for kind in {s["category"] for s in raw.of("searches", name) if raw.inside(s["at"])}:
            if scores:
                moods[kind].append(sum(scores) / len(scores))
    assert {g.name: (g.mean.n, pytest.approx(g.mean.value)) for g in found.categories} == {
        kind: (len(values), pytest.approx(sum(values) / len(values)))
        for kind, values in moods.items() if len(values) >= 5
    }  # fmt: skip
    assert len(evidence(source, raw.scope, "felt")) == len({m["conversation_id"] for m in felt})
