"""Every figure of the counting pages against a second, simple way to count: plain loops over all rows."""

import json
import random
import sqlite3
from collections import Counter, defaultdict
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from bot.insights.bias import bias
from bot.insights.demand import AT_LEAST, demand
from bot.insights.evidence import evidence
from bot.insights.funnel import funnel, ledger
from bot.insights.overview import OUTCOMES, overview
from bot.insights.products import products
from bot.insights.satisfaction import satisfaction
from bot.insights.scope import DAY, Scope, Source
from bot.insights.sentiment import sentiment
from bot.insights.staffing import Spread, staffing
from bot.intents import group
from tests.insights.conftest import Book

WEEK_OF_CHANGE = datetime(2026, 10, 30, 12, tzinfo=UTC).timestamp()  # clocks changed on the 25th
SKUS = [f"P{i}" for i in range(45)]
INTENTS = ("search_products", "order_status", "thank", "like", "complaint", "refine_search")
ACTIONS = ("utter_thank", "order_form", "action_default_fallback", "action_search_products")


QUESTIONS = """\
title: T
intro: I
questions:
  - {id: nps, kind: nps, ask: Recommend?}
  - {id: csat, kind: csat, ask: Happy?}
  - {id: ces, kind: ces, ask: Easy?}
  - {id: scale, kind: scale, ask: Much?, min: 1, max: 5}
  - {id: why, kind: text, ask: Why?}
  - {id: thanks, kind: thanks, ask: Thanks}
"""


def scores(book: Book, seed: int, prefix: str = "") -> None:
    """Answers to two surveys of two months; some after a quota, some anonymous, some skipped."""
    r = random.Random(seed)
    for name in ("one", "two"):
        version = book.campaign(name, QUESTIONS)
        for n in range(120):
            values: dict[str, Any] = {
                "nps": r.choice((None, *range(11))),
                "csat": r.randint(1, 5),
                "scale": r.randint(1, 5),
                "why": "words",
            }
            if r.random() < 0.3:
                values["ces"] = r.choice((None, *range(1, 8)))
            book.answer(
                name, version, book.now - r.uniform(0, 59) * DAY, f"{prefix}c{n}",
                over_quota=r.random() < 0.1, anonymous=r.random() < 0.2, **values,
            )  # fmt: skip


def handoffs(book: Book, seed: int, prefix: str = "") -> None:
    """Customers who asked for a person, some twice; taken or not, answered or not, resolved or not.

    One person was removed; one stepped in unasked.
    """
    r = random.Random(seed)
    table = book.staff.db.table("handoffs")
    known = {one["id"] for one in book.transcripts["conversations"].rows}
    for n in range(60):
        name = f"{prefix}c{n}"
        if name not in known:
            continue
        at = book.now - r.uniform(0, 50) * DAY
        for _ in range(r.choice((1, 1, 2))):
            asked = at if r.random() < 0.9 else None
            taken = at + r.uniform(5, 900) if r.random() < 0.8 or asked is None else None
            who = r.choice((1, 2, 3)) if taken else None
            replied = taken and r.random() < 0.8 and taken + r.uniform(1, 300)
            if replied:
                for more in range(r.randint(1, 3)):
                    book.transcripts["messages"].insert(
                        {"id": f"{name}-s{at}-{more}", "conversation_id": name, "sender": "staff",
                         "at": replied + more, "text": "hi", "author": ("Ann", "Bea", "Cas")[who - 1]}
                    )  # fmt: skip
            resolved = taken + r.uniform(400, 9000) if taken and r.random() < 0.7 else None
            table.insert({"conversation": name, "asked_at": asked, "taken_at": taken,
                          "taken_by": who, "resolved_at": resolved})  # fmt: skip
            at += r.uniform(1000, 90_000)


def reviewed(book: Book, seed: int, prefix: str = "") -> None:
    """Devices of some conversations, reviews and labels of some messages, and some presses."""
    r = random.Random(seed)
    for row in list(book.transcripts["conversations"].rows):
        if row["id"].startswith("simulated-") == bool(prefix) and r.random() < 0.8:
            book.event(row["id"], "device", 1, text=r.choice(("phone", "computer")))
    for row in list(book.transcripts["messages"].rows_where("sender = 'customer'")):
        if row["id"].startswith("simulated-") != bool(prefix):
            continue
        if r.random() < 0.3:
            book.transcripts["messages"].update(row["id"], {"pressed": r.randint(0, 1)})
        if r.random() < 0.4:
            text = "x" * r.choice((3, 20, 21, 80, 81, 200))
            book.transcripts["messages"].update(row["id"], {"text": text})
        if r.random() < 0.3:
            book.transcripts["messages"].update(row["id"], {"intent": "nlu_fallback"})
        if r.random() < 0.4:
            book.staff.db["reviews"].insert(
                {"message_id": row["id"], "verdict": r.choice(("corrected", "dismissed")),
                 "found": row["intent"], "intent": r.choice(INTENTS)}
            )  # fmt: skip
        if r.random() < 0.4:
            label = r.choice(("", "positive", "negative", "neutral"))
            book.insights["labels"].insert({"message_id": row["id"], "label": label})


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
        answers = sqlite3.connect(book.surveys_db)
        answers.row_factory = sqlite3.Row
        self.answers = [
            dict(row) for row in answers.execute("SELECT * FROM answers JOIN runs ON id = run_id")
            if bool(row["simulated"]) == scope.simulated
        ]  # fmt: skip
        answers.close()
        self.reviews = {row["message_id"]: row for row in book.staff.db["reviews"].rows}
        self.labels = {row["message_id"]: row["label"] for row in book.insights["labels"].rows}
        self.tables["handoffs"] = [
            row for row in book.staff.db["handoffs"].rows
            if row["conversation"].startswith("simulated-") == scope.simulated
        ]  # fmt: skip

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
    scope="module",  # the tests only read
    params=[(1, False, "UTC"), (2, False, "Europe/Amsterdam"), (3, True, "America/New_York")],
)
def told(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Source, Raw]:
    seed, simulated, zone = request.param
    book = Book(tmp_path_factory.mktemp("told"), WEEK_OF_CHANGE)
    month(book, seed)
    month(book, seed + 10, "simulated-")
    for login in ("ann", "bea", "cas"):
        book.staff.add(login, login.title(), "agent", "x" * 90)
    book.staff.remove("cas")
    for prefix in ("", "simulated-"):
        scores(book, seed, prefix)
        handoffs(book, seed, prefix)
        reviewed(book, seed, prefix)
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
    handed |= {row["conversation_id"] for row in raw.of("messages", sender="staff")}
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


def test_scores(told: tuple[Source, Raw]) -> None:
    source, raw = told

    def given(kind: str, scope: Scope, campaign: str = "") -> list[tuple[float, float]]:
        if kind == "stars":
            return [(e["at"], e["value"]) for e in raw.of("customer_events", kind="rating")
                    if raw.inside(e["at"], scope)]  # fmt: skip
        return [
            (one["at"], json.loads(one["value"])) for one in raw.answers
            if one["question_id"] == kind and one["value"] != "null" and not one["over_quota"]
            and not one["anonymous"] and raw.inside(one["at"], scope)
            and campaign in ("", one["campaign_id"])
        ]  # fmt: skip

    def figure(kind: str, values: list[float]) -> Any:
        if len(values) < 5:
            return None
        if kind == "nps":
            better, worse = sum(v > 8 for v in values), sum(v < 7 for v in values)
            return pytest.approx(100 * (better - worse) / len(values))
        if kind == "ces":
            return pytest.approx(sum(values) / len(values))
        return pytest.approx(100 * sum(v > 3 for v in values) / len(values))

    found, asked = satisfaction(source, raw.scope)
    assert [one.kind for one in found] == ["nps", "csat", "ces", "stars"]
    for one in found:
        now = given(one.kind, raw.scope)
        values, before = ([v for _, v in rows] for rows in (now, given(one.kind, raw.scope.before)))
        assert (one.n, one.now and one.now.value) == (len(values), figure(one.kind, values))
        assert one.before and one.before.value == figure(one.kind, before)
        assert one.year_before is None and one.change
        assert one.change.value == pytest.approx(one.now.value - one.before.value)
        weeks = defaultdict(list)
        for at, value in now:
            weeks[raw.day(at).isocalendar()[:2]].append(value)
        assert [(step.first.isocalendar()[:2], step.n, step.figure and step.figure.value)
                for step in one.steps] == [
            (week, len(weeks[week]), figure(one.kind, weeks[week]))
            for week in dict.fromkeys(day.isocalendar()[:2] for day in raw.scope.days)
        ]  # fmt: skip
    assert [(one.campaign, one.question, one.n) for one in asked] == [
        (campaign, kind, len(given(kind, raw.scope, campaign)))
        for kind in ("ces", "csat", "nps") for campaign in ("one", "two")
    ]  # fmt: skip
    behind = {
        one["conversation_id"] for one in raw.answers
        if one["question_id"] == "nps" and one["campaign_id"] == "one" and one["value"] != "null"
        and not one["over_quota"] and not one["anonymous"] and raw.inside(one["at"])
    }  # fmt: skip
    assert {one.id for one in evidence(source, raw.scope, "answers", "one:nps")} == behind


def test_staff(told: tuple[Source, Raw]) -> None:
    source, raw = told
    found = staffing(source, raw.scope)
    rows = raw.tables["handoffs"]
    for one in rows:
        one["began"] = one["asked_at"] or one["taken_at"]
        later = [o["taken_at"] for o in rows if o["conversation"] == one["conversation"]
                 and o["taken_at"] and one["taken_at"] and o["taken_at"] > one["taken_at"]]  # fmt: skip
        one["replied"] = min(
            (m["at"] for m in raw.of("messages", one["conversation"], sender="staff")
             if one["taken_at"] and one["taken_at"] <= m["at"] < min(later, default=9e99)),
            default=None,
        )  # fmt: skip
    mine = [one for one in rows if raw.inside(one["began"])]

    def spread(some: list[dict[str, Any]], until: str) -> tuple:
        took = [o[until] - o["began"] for o in some if o[until]]
        if not took:
            return (0, None, None)
        return (len(took), np.median(took), np.quantile(took, 0.9, method="inverted_cdf"))

    def told_of(one: Spread, expected: tuple) -> None:
        assert (one.n, one.median, one.most) == pytest.approx(expected)

    asked = [one for one in mine if one["asked_at"]]
    assert found.handoffs == len(mine) > len(asked)
    assert (found.taken.k, found.taken.n) == (sum(bool(o["taken_at"]) for o in asked), len(asked))
    told_of(found.wait, spread(asked, "taken_at"))
    told_of(found.first_response, spread(mine, "replied"))
    told_of(found.resolution, spread(mine, "resolved_at"))
    stars: dict[int, list[float]] = defaultdict(list)
    for event in raw.of("customer_events", kind="rating"):
        name, at = event["conversation_id"], event["at"]
        before = [o for o in rows if o["conversation"] == name and (o["taken_at"] or 9e99) <= at]
        wrote = [m for m in raw.of("messages", name, sender="staff") if m["at"] <= at]
        if raw.inside(at) and before and wrote:
            stars[max(before, key=lambda o: o["taken_at"])["taken_by"]].append(event["value"])
    assert {one.id: (one.satisfied.k, one.satisfied.n) for one in found.people} == {
        who: (sum(v > 3 for v in stars[who]), len(stars[who])) for who in (1, 2, 3)
    }
    assert {one.name: one.left for one in found.people} == {"Ann": False, "Bea": False, "Cas": True}
    for one in found.people:
        own = [o for o in mine if o["taken_by"] == one.id]
        assert one.taken == len(own)
        told_of(one.first_response, spread(own, "replied"))
        told_of(one.resolution, spread(own, "resolved_at"))
        assert {e.id for e in evidence(source, raw.scope, "person", str(one.id))} == {o["conversation"] for o in own}  # fmt: skip
    hours: dict[str, Counter] = defaultdict(Counter)
    weekdays: Counter = Counter()
    for name, times in (
        ("asked", [o["asked_at"] for o in rows]), ("taken", [o["taken_at"] for o in rows]),
        ("messages", [m["at"] for m in raw.of("messages", sender="staff")]),
    ):  # fmt: skip
        for at in times:
            if at and raw.inside(at):
                local = datetime.fromtimestamp(at, ZoneInfo(raw.scope.timezone))
                hours[name][local.hour] += 1
                weekdays[name, local.hour, local.weekday()] += 1
    for i, hour in enumerate(found.hours):
        assert (hour.asked, hour.taken, hour.messages) == tuple(hours[n][i] for n in ("asked", "taken", "messages"))  # fmt: skip
    assert found.asked == [[weekdays["asked", h, d] for d in range(7)] for h in range(24)]


def test_fairness(told: tuple[Source, Raw]) -> None:
    source, raw = told
    counts: dict[tuple, list[int]] = defaultdict(lambda: [0, 0])
    devices = {e["conversation_id"]: e["text"] for e in raw.of("customer_events", kind="device")}
    began_at = {c["id"]: c["started_at"] for c in raw.tables["conversations"]}
    languages = {c["id"]: c["language"] or "" for c in raw.tables["conversations"]}
    messages = {m["id"]: m for m in raw.of("messages", sender="customer")}

    def count(measure: str, bad: bool, name: str, at: float, length: float) -> None:
        for key in (
            ("language", languages[name]), ("device", devices.get(name, "")),
            ("visit", "new" if at - began_at[name] < 43200 else "returning"),
            ("length", "short" if length <= 20 else "medium" if length <= 80 else "long"),
        ):  # fmt: skip
            counts[measure, *key][0] += bad
            counts[measure, *key][1] += 1

    for key, m in messages.items():
        about = (m["conversation_id"], m["at"], len(m["text"]))
        if not raw.inside(m["at"]):
            continue
        if not m["pressed"]:
            count("unsure", m["intent"] in group("unsure"), *about)
            if m["intent"] not in group("unfelt"):
                count("unhappy", m["sentiment"] == "negative", *about)
        if review := raw.reviews.get(key):
            bad = review["verdict"] == "corrected" and review["intent"] != review["found"]
            count("intent_error", bad, *about)
        if label := raw.labels.get(key):
            count("sentiment_error", label != m["sentiment"], *about)
    for one in raw.of("searches"):
        m = messages[one["reply_to"]]
        if one["kind"] in ("search", "stock", "wish") and raw.inside(m["at"]):
            about = (m["conversation_id"], m["at"], len(m["text"]))
            count("nothing_good", not one["good"], *about)
    for row in raw.tables["conversations"]:
        name = row["id"]
        own = [m for m in raw.of("messages", name, sender="customer") if not m["pressed"]]
        if own and raw.inside(row["started_at"]):
            person = row["handoff_requested_at"] or raw.of("messages", name, sender="staff")
            mean = sum(len(m["text"]) for m in own) / len(own)
            count("handoff", bool(person), name, max(m["at"] for m in own), mean)
    found = bias(source, raw.scope)
    told_of = {
        (rate.measure, one.dimension, one.name): [rate.own.k, rate.own.n]
        for one in found for rate in one.rates.values()
    }  # fmt: skip
    assert told_of == counts and len({one.dimension for one in found}) == 4
    for one in found:
        for measure, rate in one.rates.items():
            others = [counts[key] for key in counts if key[:2] == (measure, one.dimension) and key[2] != one.name]  # fmt: skip
            assert (rate.others.k, rate.others.n) == (sum(k for k, _ in others), sum(n for _, n in others))  # fmt: skip
            assert (rate.p is None) == (min(rate.own.n, rate.others.n) < 5)
            if rate.difference:
                assert rate.difference[0] == pytest.approx(rate.own.k / rate.own.n - rate.others.k / rate.others.n)  # fmt: skip


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
