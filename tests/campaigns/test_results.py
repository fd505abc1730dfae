"""What came of a campaign: lift that was put in is found within its interval, and none where none was."""

import json
import random
import time

import pytest

from bot.campaigns.audience import HOLDOUT
from bot.campaigns.campaign import read_campaign
from bot.campaigns.campaigns import Entry
from bot.campaigns.office import Office
from bot.campaigns.people import Bought, People
from bot.campaigns.results import Results, needed_for_shares, results
from bot.campaigns.simulating import Reaction, simulate
from bot.settings import Settings

NOW = time.time()
DAY = 86_400
TEXT = "title: T\nsubject: S\nbody: B\n"


def entry(more: str = "") -> Entry:
    return Entry("c", 1, read_campaign("c", TEXT + more), "running")


def react(
    people: People, shares: dict[str, float], n: dict[str, int], seed: int = 1, days: float = 2
) -> None:
    """People in each group, of whom such a share orders for 50 on average."""
    chance, number = random.Random(seed), 0
    with people.db.atomic():
        for arm, share in shares.items():
            for _ in range(n[arm]):
                number += 1
                people.db.conn.execute(
                    "INSERT INTO people (id, mark, email, known_since, proof) VALUES (?, ?, '', 0, '')",
                    [number, f"m{number}"],
                )
                people.db.conn.execute("INSERT INTO features (person) VALUES (?)", [number])
                people.db.conn.execute(
                    "INSERT INTO assigned VALUES ('c', ?, ?, 1, ?)", [number, arm, NOW - 20 * DAY]
                )
                if chance.random() < share:
                    people.db.conn.execute(
                        "INSERT INTO purchases VALUES (?, 'k', ?, ?, NULL, '', '')",
                        [number, NOW - 20 * DAY + days * DAY, chance.uniform(20, 80)],
                    )


def found(people: People, more: str = "") -> Results:
    return results(people, entry(more), NOW)


@pytest.mark.parametrize("seed", range(6))
def test_lift_that_was_put_in_is_found_within_its_interval(people: People, seed: int) -> None:
    react(people, {"mail": 0.10, HOLDOUT: 0.05}, {"mail": 3000, HOLDOUT: 3000}, seed)
    ordered, money = found(people).lifts
    assert ordered.known and ordered.low < 0.05 < ordered.high and ordered.low > 0
    assert money.known and money.low < 2.5 < money.high
    assert ordered.needed == money.needed == 0


def test_where_nothing_was_put_in_it_isnt_known_and_says_how_many_more(people: People) -> None:
    react(people, {"mail": 0.05, HOLDOUT: 0.05}, {"mail": 900, HOLDOUT: 100})
    ordered, money = found(people).lifts
    assert not ordered.known and ordered.low < 0 < ordered.high
    assert ordered.needed and ordered.needed > 100 and not money.known


def test_orders_after_the_days_or_before_the_mail_dont_count(people: People) -> None:
    react(people, {"mail": 1.0, HOLDOUT: 1.0}, {"mail": 50, HOLDOUT: 50}, days=15)
    assert [one.ordered.k for one in found(people).arms] == [0, 0]
    assert [one.ordered.k for one in found(people, "days_to_order: 16").arms] == [50, 50]
    people.db.execute("UPDATE purchases SET at = ?", [NOW - 21 * DAY])
    assert [one.ordered.k for one in found(people, "days_to_order: 16").arms] == [0, 0]
    assert found(people).still_open == 0 and found(people, "days_to_order: 30").still_open == 100


def test_of_few_people_or_orders_nothing_is_said(people: People) -> None:
    react(people, {"mail": 0.5, HOLDOUT: 0.0}, {"mail": 20, HOLDOUT: 20})
    assert found(people).lifts == []


def test_two_orders_dont_make_a_lift_known(people: People) -> None:
    react(people, {"mail": 0.0, HOLDOUT: 0.0}, {"mail": 4000, HOLDOUT: 40})
    ordered = found(people).lifts[0]
    assert not ordered.known and ordered.needed is None  # nobody ordered: nobody can say


def test_variants_are_compared_with_correction(people: People) -> None:
    react(
        people, {"a": 0.05, "b": 0.05, "c": 0.12, HOLDOUT: 0.05},
        {"a": 1500, "b": 1500, "c": 1500, HOLDOUT: 300}, seed=3,
    )  # fmt: skip
    compared = {(one.what, one.second): one for one in found(people).compared}
    assert set(compared) == {(w, v) for w in ("clicked", "ordered") for v in ("b", "c")}
    assert compared["ordered", "c"].p < 0.01 and compared["ordered", "b"].p > 0.05
    assert compared["ordered", "c"].low < 0.07 < compared["ordered", "c"].high


def test_the_sample_that_is_still_needed_is_that_of_the_usual_formula() -> None:
    # 5 % against 6 %, half and half: 8,155 in each group (Fleiss, without correction: 8,158)
    needed = needed_for_shares(0.05, 0.01, 1.0, 0)
    assert needed and 16_200 < needed < 16_400


def test_an_order_that_the_page_and_the_records_tell_counts_once(people: People) -> None:
    anna = people.ensure("anna@example.com", "signed", NOW)
    for first, second in ((("event", "c1"), ("record", "")), (("record", ""), ("event", "c1"))):
        people.db.execute("DELETE FROM purchases")
        for key, conversation in (first, second):
            people.buy(anna, Bought(key, NOW, 20.0), [], conversation)
        people.buy(anna, Bought("other", NOW, 30.0), [], "")
        rows = list(people.db.query("SELECT key, total FROM purchases ORDER BY key"))
        assert rows == [{"key": "other", "total": 30.0}, {"key": "record", "total": 20.0}]


@pytest.mark.parametrize("seed", range(3))
def test_what_made_up_people_were_given_is_found_within_its_interval_and_nobody_is_mailed(
    settings: Settings, seed: int
) -> None:
    settings.var.mkdir(exist_ok=True)
    settings.secrets()
    keys = json.loads(settings.secrets_file.read_text()) | {"person_key": "who is held out"}
    settings.secrets_file.write_text(json.dumps(keys))  # else others were, each time
    office = Office.open(settings)
    office.campaigns.save("c", TEXT + "holdout: 40\n")
    anna = office.people.ensure("anna@example.com", "signed", NOW)
    office.consents.give(anna, "news", "Yes.", "test", NOW, {"of": "test"})
    for _ in range(2):  # the second takes the place of the first
        took = simulate(office, office.campaigns.get("c"), 1500, Reaction(0.10, 0.15), seed, NOW)
    assert took == 1500
    of_them = results(office.people, office.campaigns.get("c"), NOW, simulated=True)
    ordered, _ = of_them.lifts
    assert ordered.known and ordered.low < 0.15 < ordered.high
    assert sum(one.people for one in of_them.arms) == 1500 and of_them.still_open == 0
    assert {one.value for one in of_them.groups if one.what == "language"} == {"en", "nl", "de"}
    assert results(office.people, office.campaigns.get("c"), NOW).arms == []
    assert office.outbox.due(NOW + 9e9, 9) == []
    office.close()


def test_what_it_earned_is_the_lift_in_money_less_what_it_cost(people: People) -> None:
    react(people, {"mail": 0.10, HOLDOUT: 0.05}, {"mail": 3000, HOLDOUT: 3000})
    people.db.execute(
        "INSERT INTO outbox (kind, campaign, version, variant, step, person, state, message_id, due_at, "
        "changed_at, sent_at) SELECT 'campaign', 'c', 1, '', '', person, 'sent', 'm' || person, 0, 0, 0 "
        "FROM assigned WHERE arm = 'mail'"
    )
    cost = "cost: 100\ncost_per_mail: 0.1\n"
    back = results(people, entry(cost), NOW, margin=50).returned
    money = found(people).lifts[1]
    assert back.cost == pytest.approx(400) and back.ratio and back.earned is not None
    assert back.earned == pytest.approx(money.value * 3000 * 0.5 - 400)
    assert back.low == pytest.approx(money.low * 3000 * 0.5 - 400)
    assert back.ratio[0] == pytest.approx(back.earned / 400)
    assert found(people).returned.ratio is None  # it cost nothing


def test_a_lift_is_told_for_each_group_of_people(people: People) -> None:
    react(people, {"mail": 0.10, HOLDOUT: 0.05}, {"mail": 2000, HOLDOUT: 2000})
    people.db.execute("UPDATE features SET language = iif(person % 4, 'nl', 'de')")
    people.db.execute(
        "INSERT INTO purchases SELECT id, 'before', ?, 9, NULL, '', '' FROM people WHERE id % 100 = 0",
        [NOW - 90 * DAY],
    )
    groups = {(one.what, one.value): one for one in found(people).groups}
    nl, de = groups["language", "nl"], groups["language", "de"]
    assert nl.held and nl.mailed.people + nl.held.people == 3000
    assert nl.lift and de.lift
    half = (nl.lift.high - nl.lift.low) / 2
    assert abs(nl.lift.value - 0.05) < 1.7 * half  # 3.3 standard errors: one in a thousand misses
    few = groups["ordered before", "yes"]
    assert few.held and few.mailed.people + few.held.people == 40 and few.lift is None
