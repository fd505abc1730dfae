"""How offers were chosen until now, and what other ways to choose them would have brought."""

import json
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from bot.campaigns.bandit import Record, chances
from bot.campaigns.evaluation import FEWEST, Estimate, Log, doubly_robust, ips
from bot.campaigns.offers import MONEY, ORDERED
from bot.campaigns.people import People


@dataclass(frozen=True)
class Choices:
    """The log of people whose days are over, oldest first: `ordered` and `net` are what came of each choice."""

    offers: tuple[str, ...]
    groups: tuple[str, ...]
    ordered: Log
    net: Log


@dataclass(frozen=True)
class Judged:
    """A way to choose, by two estimates, of one figure: "ordered", or "net" of what offers cost."""

    way: str
    figure: str
    ips: Estimate
    robust: Estimate


def read_choices(people: People, now: float, simulated: bool = False) -> Choices:
    """The log until now."""
    rows = people.db.execute(
        f"SELECT o.offer, o.shares, o.propensity, o.known, o.context, o.cost, {ORDERED}, {MONEY} "
        "FROM offered o JOIN people p ON p.id = o.person WHERE o.until <= ? AND p.simulated = ? "
        "ORDER BY o.at, o.id",
        [now, simulated],
    ).fetchall()
    shares = [json.loads(row[1]) for row in rows]
    offers = tuple(sorted({name for one in shares for name in one}))
    place = {name: number for number, name in enumerate(offers)}
    eligible = np.zeros((len(rows), len(offers)), dtype=bool)
    for number, one in enumerate(shares):
        eligible[number, [place[name] for name in one]] = True
    ordered = np.array([row[6] for row in rows], dtype=float)
    net = np.array([row[7] - row[5] * row[6] for row in rows], dtype=float)
    common = (
        np.array([json.loads(row[4]) for row in rows], dtype=float),
        np.array([place[row[0]] for row in rows], dtype=int),
        np.array([row[2] for row in rows], dtype=float),
    )
    logs = [Log(*common, reward, eligible) for reward in (ordered, net)]
    return Choices(offers, tuple(row[3] for row in rows), *logs)


def judge(choices: Choices, costs: dict[str, float], seed: int = 0) -> list[Judged]:
    """Each way to choose, over the later half of the log; [] while there is too little. `costs` is what
    an order with each offer costs.

    What was learnt is learnt from the earlier half alone, else it would be judged by its own luck.
    """
    n = len(choices.groups)
    if n // 2 < FEWEST or len(choices.offers) < 2:
        return []
    later, gains = np.arange(n // 2, n), _gains(choices, costs, n // 2)
    ways: dict[str, Callable[[], np.ndarray]] = {
        "equal shares": lambda: equal(choices.ordered.eligible[later]),
        "learnt (Thompson)": lambda: learnt(choices, gains, n // 2, seed),
    }
    for number, name in enumerate(choices.offers):
        ways[f"always {name}"] = lambda number=number: always(
            choices.ordered.eligible[later], number
        )
    found = []
    for way, make in ways.items():
        policy = make()
        for figure, log in (("ordered", choices.ordered), ("net", choices.net)):
            part = log.part(later)
            found.append(Judged(way, figure, ips(part, policy), doubly_robust(part, policy, seed)))
    return found


def _gains(choices: Choices, costs: dict[str, float], until: int) -> dict[str, float]:
    """What an order brings with each offer, by the first `until` choices."""
    of = np.array([costs.get(name, 0.0) for name in choices.offers])
    some = np.flatnonzero(choices.ordered.reward[:until])
    worth = choices.net.reward[some] + of[choices.net.chosen[some]]
    mean = float(worth.mean()) if len(some) else 0.0
    return {name: mean - cost for name, cost in zip(choices.offers, of.tolist(), strict=True)}


def equal(eligible: np.ndarray) -> np.ndarray:
    """The same chance for all that somebody may have."""
    return eligible / eligible.sum(axis=1, keepdims=True)


def always(eligible: np.ndarray, offer: int) -> np.ndarray:
    """One offer wherever it may be had; else the others alike."""
    policy = equal(eligible)
    has = eligible[:, offer]
    policy[has] = 0.0
    policy[has, offer] = 1.0
    return policy


def learnt(choices: Choices, gains: dict[str, float], until: int, seed: int) -> np.ndarray:
    """The chances after the first `until` choices, for each of the later ones."""
    log, chance = choices.ordered, np.random.default_rng(seed)
    records: dict[str, dict[str, Record]] = {}
    for number in range(until):
        name = choices.offers[log.chosen[number]]
        group = records.setdefault(choices.groups[number], {})
        old = group.get(name, Record())
        group[name] = Record(old.people + 1, old.ordered + int(log.reward[number]))
    made: dict[tuple[str, bytes], np.ndarray] = {}
    policy = np.zeros((len(choices.groups) - until, len(choices.offers)))
    for row, number in enumerate(range(until, len(choices.groups))):
        some, group = log.eligible[number], choices.groups[number]
        key = (group, some.tobytes())
        if key not in made:
            names = [name for name, has in zip(choices.offers, some, strict=True) if has]
            worth = {name: gains.get(name, 0.0) for name in names}
            found = chances(names, records.get(group, {}), worth, chance).shares
            made[key] = np.array([found.get(name, 0.0) for name in choices.offers])
        policy[row] = made[key]
    return policy
