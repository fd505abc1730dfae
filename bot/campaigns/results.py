"""What came of a campaign: mails, clicks, orders; and what of it the campaign did.

Everybody who was given a group counts in it, whether the mail arrived or not (intention to treat), and orders
count for as many days in each. Who opened a mail isn't known: that would take a hidden picture.
"""

import math
from dataclasses import dataclass
from statistics import NormalDist

import scipy  # scipy.stats takes seconds to load, and does so when it is first used

from bot.campaigns.audience import HOLDOUT
from bot.campaigns.campaigns import Entry
from bot.campaigns.journeys import JourneyEntry
from bot.campaigns.people import People
from bot.statistics import LEVEL, Mean, Share, adjusted, difference, mean, share

DAY = 86_400
POWER = 0.8
LEAST = 0.2  # the relative lift that is worth finding where none shows yet
FEWEST = 30  # people in a group, below which nothing is said of a difference
FEWEST_ORDERS = 5  # of both groups together, likewise


@dataclass(frozen=True)
class Arm:
    """A group: how many people, and what they did within the campaign's days."""

    name: str
    people: int
    sent: int
    clicked: Share
    ordered: Share
    orders: int
    money: Mean
    squares: float  # the sum of the squares of what each person spent


@dataclass(frozen=True)
class Lift:
    """What a campaign added, from `low` to `high` with 95 %, and how many people more it takes to know.

    `known` is whether 0 lies outside; `needed` is 0 then, and None where nobody can say yet.
    """

    what: str
    value: float
    low: float
    high: float
    known: bool
    needed: int | None


@dataclass(frozen=True)
class Compared:
    """Two variants: the difference of a share, second minus first, and p after correction for all."""

    what: str
    first: str
    second: str
    value: float
    low: float
    high: float
    p: float


@dataclass(frozen=True)
class Group:
    """People who have something in common, of all who were given a group of the campaign: how many mails
    they got, and what it did for them; `lift` is None where too few are in it."""

    what: str
    value: str
    mailed: Arm
    held: Arm | None
    lift: Lift | None


@dataclass(frozen=True)
class Return:
    """What a campaign cost and what it earned, from `low` to `high` with 95 %; and that for each 1 spent.

    What is earned is None where nobody was held out, and `ratio` where it cost nothing.
    """

    cost: float
    earned: float | None
    low: float | None
    high: float | None
    ratio: tuple[float, float, float] | None


@dataclass(frozen=True)
class Results:
    """All of it. `lifts` is empty where nobody was held out, or too few people are in a group."""

    entry: Entry | JourneyEntry
    arms: list[Arm]
    lifts: list[Lift]
    compared: list[Compared]
    still_open: int  # people whose days aren't over
    groups: list[Group]
    returned: Return


# What people are told apart by on the page of results, to see that none is left out or harmed.
GROUPS = {
    "language": "coalesce(f.language, '')",
    "ordered before": "iif(EXISTS (SELECT 1 FROM purchases e WHERE e.person = a.person AND "
    "e.at < a.at), 'yes', 'no')",
}
_ARMS = """
SELECT part, arm, count(*), sum(sent), sum(clicked), sum(orders > 0), sum(orders), sum(money),
  sum(money * money), sum(at + ?2 > ?3)
FROM (SELECT {part} AS part, a.arm, a.at,
  (SELECT count(*) FROM purchases b WHERE b.person = a.person AND b.at >= a.at AND b.at < a.at + ?2)
    AS orders,
  coalesce((SELECT sum(total) FROM purchases b WHERE b.person = a.person AND b.at >= a.at
    AND b.at < a.at + ?2), 0) AS money,
  EXISTS (SELECT 1 FROM outbox o WHERE o.kind IN ('campaign', 'journey') AND o.campaign = a.campaign
    AND o.person = a.person AND o.sent_at IS NOT NULL) AS sent,
  EXISTS (SELECT 1 FROM outbox o JOIN clicks c ON c.mail = o.id WHERE o.kind IN
    ('campaign', 'journey') AND o.campaign = a.campaign AND o.person = a.person) AS clicked
  FROM assigned a JOIN people p ON p.id = a.person LEFT JOIN features f ON f.person = a.person
  WHERE a.campaign = ?1 AND p.simulated = ?4)
GROUP BY part, arm ORDER BY part, arm
"""


def results(
    people: People, entry: Entry | JourneyEntry, now: float, simulated: bool = False, margin: float = 100
) -> Results:  # fmt: skip
    """What came of a campaign until now; `margin` is the percentage of an order that is earned."""
    values = [entry.name, entry.campaign.days_to_order * DAY, now, simulated]
    rows = people.db.execute(_ARMS.format(part="''"), values).fetchall()
    arms = [_arm(row) for row in rows]
    mailed = [one for one in arms if one.name != HOLDOUT]
    held = next((one for one in arms if one.name == HOLDOUT), None)
    lifts = _lifts(together(mailed), held) if held and mailed else []
    groups = []
    for what, part in GROUPS.items():
        found: dict[str, list[Arm]] = {}
        for row in people.db.execute(_ARMS.format(part=part), values):
            found.setdefault(row[0], []).append(_arm(row))
        groups += [_group(what, value, some) for value, some in found.items()]
    mails = people.db.execute(
        "SELECT count(*) FROM outbox o JOIN people p ON p.id = o.person WHERE o.campaign = ? AND "
        "o.kind IN ('campaign', 'journey') AND o.sent_at IS NOT NULL AND p.simulated = ?",
        [entry.name, simulated],
    ).fetchone()[0]
    cost = entry.campaign.cost + entry.campaign.cost_per_mail * mails
    returned = _returned(cost, lifts, sum(one.people for one in mailed), margin)
    still_open = sum(row[-1] for row in rows)
    return Results(entry, arms, lifts, _compared(mailed), still_open, groups, returned)


def _arm(row: tuple) -> Arm:
    arm, n, sent, clicked, ordered, orders, money, squares = row[1:9]
    return Arm(
        arm, n, sent, share(clicked, n), share(ordered, n), orders, mean(n, money, squares), squares
    )


def _group(what: str, value: str, arms: list[Arm]) -> Group:
    mailed = together([one for one in arms if one.name != HOLDOUT])
    held = next((one for one in arms if one.name == HOLDOUT), None)
    lifts = _lifts(mailed, held) if held and mailed.people else []
    return Group(what, value, mailed, held, lifts[0] if lifts else None)


def _returned(cost: float, lifts: list[Lift], mailed: int, margin: float) -> Return:
    """What the mails earned: the money a person that they added, for everybody who was to get one."""
    money = next((one for one in lifts if one.what == "money a person"), None)
    if money is None:
        return Return(cost, None, None, None, None)
    earned, low, high = (
        one * mailed * margin / 100 - cost for one in (money.value, money.low, money.high)
    )
    ratio = (earned / cost, low / cost, high / cost) if cost else None
    return Return(cost, earned, low, high, ratio)


def together(arms: list[Arm]) -> Arm:
    """Several groups as one."""
    n, squares = sum(one.people for one in arms), sum(one.squares for one in arms)
    money = sum((one.money.value or 0.0) * one.people for one in arms)
    return Arm(
        "all", n, sum(one.sent for one in arms), share(sum(one.clicked.k for one in arms), n),
        share(sum(one.ordered.k for one in arms), n), sum(one.orders for one in arms),
        mean(n, money, squares), squares,
    )  # fmt: skip


def _lifts(mailed: Arm, held: Arm) -> list[Lift]:
    """Share of people who ordered, and money a person, less those of who was held out."""
    if min(mailed.people, held.people) < FEWEST:
        return []
    value, low, high = difference(mailed.ordered, held.ordered)
    base, ratio = held.ordered.value or 0.0, held.people / mailed.people
    known = (low > 0 or high < 0) and mailed.ordered.k + held.ordered.k >= FEWEST_ORDERS
    needed = 0 if known else needed_for_shares(base, value, ratio, mailed.people + held.people)
    lifts = [Lift("ordered", value, low, high, known, needed)]
    spread = [_variance(one) / one.people for one in (mailed, held)]
    money = (mailed.money.value or 0.0) - (held.money.value or 0.0)
    error = math.sqrt(sum(spread))
    if error:
        freedom = error**4 / sum(
            part**2 / (one.people - 1) for part, one in zip(spread, (mailed, held), strict=True)
        )
        half = float(scipy.stats.t.ppf(0.5 + LEVEL / 2, freedom)) * error
        known = abs(money) > half and mailed.orders + held.orders >= FEWEST_ORDERS
        total = mailed.people + held.people
        more = None if not money else math.ceil(total * (_z() * error / money) ** 2) - total
        lifts.append(
            Lift("money a person", money, money - half, money + half, known,
                 0 if known else more and max(more, 1))
        )  # fmt: skip
    return lifts


def needed_for_shares(base: float, found: float, ratio: float, have: int) -> int | None:
    """How many people more it takes to tell two shares apart, 95 % sure, in four of five cases.

    `base` is the share of those held out, `found` the difference so far (or a fifth of `base`, whatever
    is more), `ratio` how many are held out for each who isn't. None while nobody ordered.
    """
    gap = max(abs(found), LEAST * base)
    if not base or not gap:
        return None
    other = min(0.999, base + gap)
    variance = other * (1 - other) + base * (1 - base) / ratio
    mailed = _z() ** 2 * variance / gap**2
    return max(1, math.ceil(mailed * (1 + ratio)) - have)


def _compared(arms: list[Arm]) -> list[Compared]:
    """Each variant with the first, by clicks and by orders."""
    if len(arms) < 2 or min(one.people for one in arms) < FEWEST:
        return []
    pairs = [(what, arms[0], other) for other in arms[1:] for what in ("clicked", "ordered")]
    tests = []
    for what, first, second in pairs:
        a, b = getattr(first, what), getattr(second, what)
        tests.append(float(scipy.stats.fisher_exact([[a.k, a.n - a.k], [b.k, b.n - b.k]])[1]))
    found = []
    for (what, first, second), p in zip(pairs, adjusted(tests), strict=True):
        value, low, high = difference(getattr(second, what), getattr(first, what))
        found.append(Compared(what, first.name, second.name, value, low, high, p))
    return found


def _variance(arm: Arm) -> float:
    value = arm.money.value or 0.0
    return max(0.0, (arm.squares - arm.people * value * value) / max(1, arm.people - 1))


def _z() -> float:
    return NormalDist().inv_cdf(0.5 + LEVEL / 2) + NormalDist().inv_cdf(POWER)
