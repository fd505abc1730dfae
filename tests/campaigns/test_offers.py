"""Offers: to whom, how many, which; and whether a log tells rightly what another choice would have brought."""

import json
import math
import time

import numpy as np
import pytest
import yaml

from bot.campaigns import features
from bot.campaigns.bandit import EXPLORE, Record, chances
from bot.campaigns.evaluation import Log, doubly_robust, ips
from bot.campaigns.offer_results import always, judge, read_choices
from bot.campaigns.offers import Offers
from bot.campaigns.people import Bought, People
from bot.errors import ConfigError
from bot.settings import Settings, read_settings
from bot.settings.shop import Shop

NOW = time.time()
DAY = 86_400
TWO = "- {id: a, title: A}\n- {id: b, title: B}\n"


def shop_with(settings: Settings, text: str) -> Shop:
    offers = yaml.safe_dump({"offers": yaml.safe_load(text)})
    plain = settings.shop_file.read_text(encoding="utf-8")
    settings.shop_file.write_text(f"{plain}\n{offers}", encoding="utf-8")
    return read_settings({"SHOPTALK_SHOP": str(settings.shop_file)}).shop


def person(people: People, name: str, *bought: float) -> int:
    number = people.ensure(f"{name}@example.com", "signed", NOW)
    for at in bought:
        people.buy(number, Bought(f"{name} {at}", at, 50.0), [])
    features.make(people.db, [number])
    return number


def log_of(people: People, shares: dict[str, float], orders: dict[str, int], each: int) -> None:
    """Choices whose days are over: `each` people to each offer, of whom so many ordered for 50."""
    number = 1000
    for offer, ordered in orders.items():
        for at in range(each):
            number += 1
            people.db.execute(
                "INSERT INTO people (id, mark, email, known_since, proof) VALUES (?, ?, '', 0, '')",
                [number, f"m{number}"],
            )
            people.db.execute(
                "INSERT INTO offered (person, offer, place, policy, shares, propensity, known, context, "
                "at, until, cost) VALUES (?, ?, 'mail', 'equal', ?, ?, 'new', '[0, 0]', ?, ?, ?)",
                [
                    number, offer, json.dumps(shares), shares[offer], NOW - 30 * DAY + at,
                    NOW - 10 * DAY, 10.0 if offer == "b" else 0.0,
                ],
            )  # fmt: skip
            if at * 37 % each < ordered:  # early and late ones
                people.db.execute(
                    "INSERT INTO purchases VALUES (?, 'k', ?, 50, NULL, '', '')",
                    [number, NOW - 20 * DAY],
                )


def test_an_offer_is_for_its_people_on_its_days_and_never_for_the_upset(
    settings: Settings, people: People
) -> None:
    shop = shop_with(
        settings,
        "- {id: once, title: O, segment: {orders: {at_least: 1}}}\n"
        "- {id: past, title: P, stop: 2020-01-01}\n- {id: all, title: All, code: X}\n",
    )
    offers, new, old = Offers(people, shop), person(people, "new"), person(people, "old", NOW - DAY)
    assert [one.id for one in offers.eligible(new, NOW)] == ["all"]
    assert [one.id for one in offers.eligible(old, NOW)] == ["once", "all"]
    assert [one.id for one in offers.listed(None, NOW)] == ["all"]
    people.db.execute("UPDATE features SET upset = 1 WHERE person = ?", [old])
    assert offers.eligible(old, NOW) == [] and offers.give(old, "mail", NOW) is None


def test_somebody_is_told_the_same_one_until_its_days_are_over(
    settings: Settings, people: People
) -> None:
    offers, anna = Offers(people, shop_with(settings, TWO)), person(people, "anna")
    given = offers.give(anna, "mail", NOW)
    assert given and given.until == NOW + 14 * DAY
    for hour in range(40):
        assert offers.give(anna, "chat", NOW + hour * 3600) == given
    assert [one.id for one in offers.listed(anna, NOW)] == [given.offer.id]
    row = people.one("SELECT count(*) AS n, max(propensity) AS p FROM offered")
    assert row == {"n": 1, "p": 0.5}
    offers.give(anna, "mail", given.until)
    assert people.one("SELECT count(*) AS n FROM offered") == {"n": 2}


def test_looking_at_a_mail_chooses_nothing(settings: Settings, people: People) -> None:
    offers, anna = Offers(people, shop_with(settings, TWO)), person(people, "anna")
    assert offers.look(anna, NOW) and people.one("SELECT 1 FROM offered") is None


def test_a_cap_and_a_budget_hold_and_what_may_still_be_used_is_bound(
    settings: Settings, people: People
) -> None:
    shop = shop_with(
        settings,
        "- {id: few, title: F, cap: 2, segment: {orders: 0}}\n"
        "- {id: dear, title: D, cost: 4, budget: 10, segment: {orders: {at_least: 1}}}\n",
    )
    offers = Offers(people, shop)
    some = [offers.give(person(people, f"p{i}"), "mail", NOW) for i in range(4)]
    assert [one is not None for one in some] == [True, True, False, False]
    olds = [person(people, f"o{i}", NOW - DAY) for i in range(3)]
    assert [offers.give(one, "mail", NOW) is not None for one in olds] == [True, True, False]
    people.buy(olds[0], Bought("new", NOW + DAY, 50.0), [])
    later = NOW + 15 * DAY  # one of them ordered, the other's days are over: 4 of 10 are spent
    dear = offers.standing(later)[1]
    assert dear.bound == 4 and not dear.full and dear.record == Record(2, 1)
    assert offers.give(olds[2], "mail", later) is not None


def test_faults_in_shop_yml_are_told_with_the_offer(settings: Settings, people: People) -> None:
    for text, said in (
        ("- {id: a, title: A, budget: 5}", "cost"),
        ("- {id: a, title: A}\n- {id: a, title: B}", "same id"),
        ("- {id: a, title: A, start: 2026-02-01, stop: 2026-01-01}", "before"),
        ("- {id: a, title: A, segment: {ordres: 1}}", "'a': segment.ordres: there is no condition"),
    ):
        plain = settings.shop_file.read_text(encoding="utf-8")
        with pytest.raises(ConfigError, match=said):
            Offers(people, shop_with(settings, text))
        settings.shop_file.write_text(plain, encoding="utf-8")


def test_too_little_data_means_equal_shares() -> None:
    rng = np.random.default_rng(1)
    for few in (
        {"a": Record(49, 30), "b": Record(90, 1)},
        {"a": Record(400, 8), "b": Record(400, 1)},
    ):
        found = chances(["a", "b"], few, {"a": 1.0, "b": 1.0}, rng)
        assert found.policy == "equal" and found.shares == {"a": 0.5, "b": 0.5}


def test_the_better_offer_gets_more_and_the_other_is_still_tried() -> None:
    rng = np.random.default_rng(1)
    known = {"a": Record(500, 60), "b": Record(500, 20)}
    found = chances(["a", "b"], known, {"a": 1.0, "b": 1.0}, rng)
    assert found.policy == "thompson" and math.isclose(sum(found.shares.values()), 1)
    assert found.shares["b"] >= EXPLORE / 2 and found.shares["a"] > 0.9
    dear = chances(["a", "b"], known, {"a": 1.0, "b": 30.0}, rng)  # an order with it brings more
    assert dear.shares["b"] > 0.9


def test_a_bandit_beats_fixed_shares_on_a_replayed_log_by_an_unbiased_estimate() -> None:
    """Replay (Li et al. 2011): of a log with equal chances, what the bandit would have chosen, too."""
    rng, rates = np.random.default_rng(5), np.array([0.03, 0.05, 0.10, 0.04])
    n, names = 24_000, ["a", "b", "c", "d"]
    chosen = rng.integers(4, size=n)
    reward = (rng.random(n) < rates[chosen]).astype(float)
    counts, kept = np.zeros((4, 2), dtype=int), []
    shares = np.full(4, 0.25)
    for step in range(n):
        if rng.choice(4, p=shares) != chosen[step]:
            continue
        kept.append(reward[step])
        counts[chosen[step]] += (1, int(reward[step]))
        if len(kept) % 100 == 0:
            records = {name: Record(*row) for name, row in zip(names, counts.tolist(), strict=True)}
            found = chances(names, records, dict.fromkeys(names, 1.0), rng)
            shares = np.array([found.shares[name] for name in names])
    bandit = np.array(kept)
    error = 1.96 * math.sqrt(bandit.var() / len(bandit))
    log = Log(np.zeros((n, 1)), chosen, np.full(n, 0.25), reward, np.ones((n, 4), dtype=bool))
    fixed = ips(log, np.full((n, 4), 0.25))
    half = (fixed.high - fixed.low) / 2
    assert (
        abs(fixed.value - rates.mean()) < 1.7 * half
    )  # 3.3 standard errors: one in a thousand misses
    assert bandit.mean() - error > fixed.high


def test_estimates_are_unbiased_cover_the_truth_and_the_robust_one_is_tighter() -> None:
    covered, widths, values = np.zeros(2), np.zeros(2), []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        n = 800
        contexts = rng.normal(size=(n, 2))
        lean = 1 / (1 + np.exp(-contexts[:, 0]))
        propensity = np.stack([0.2 + 0.6 * lean, 0.8 - 0.6 * lean], axis=1)  # not by chance alone
        chosen = (rng.random(n) > propensity[:, 0]).astype(int)
        means = np.stack([2 + 2 * contexts[:, 0], 3 - contexts[:, 0]], axis=1)
        reward = means[np.arange(n), chosen] + rng.normal(size=n)
        log = Log(
            contexts, chosen, propensity[np.arange(n), chosen], reward, np.ones((n, 2), dtype=bool)
        )
        policy = always(log.eligible, 1)  # its true worth is 3
        for number, one in enumerate((ips(log, policy), doubly_robust(log, policy, seed))):
            covered[number] += one.low < 3 < one.high
            widths[number] += one.high - one.low
            values.append(one.value)
    assert covered.min() >= 51 and widths[1] < 0.7 * widths[0]
    assert abs(np.mean(values) - 3) < 0.1


def test_ways_to_choose_are_judged_by_the_later_half(people: People) -> None:
    log_of(people, {"a": 0.5, "b": 0.5}, {"a": 120, "b": 40}, each=400)
    choices = read_choices(people, NOW)
    found = {(one.way, one.figure): one for one in judge(choices, {"a": 0.0, "b": 10.0})}
    assert set(found) == {
        (way, figure)
        for way in ("equal shares", "learnt (Thompson)", "always a", "always b")
        for figure in ("ordered", "net")
    }
    best, worst = found["always a", "ordered"], found["always b", "ordered"]
    assert best.robust.low < 0.3 < best.robust.high and worst.ips.low < 0.1 < worst.ips.high
    assert best.ips.known and best.ips.value > found["equal shares", "ordered"].ips.value
    assert found["learnt (Thompson)", "ordered"].robust.value > 0.25
    assert math.isclose(worst.ips.value * 40, found["always b", "net"].ips.value)
    assert judge(read_choices(people, NOW - 40 * DAY), {}) == []
