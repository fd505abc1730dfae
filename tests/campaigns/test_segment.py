"""Segments: what each condition picks, what a mistake is told, and that no text of a file is SQL."""

import io
import time

import pytest

from bot.campaigns import features
from bot.campaigns.consent import ADS, BOUNCED, Consents
from bot.campaigns.export import export_csv, export_hashed
from bot.campaigns.people import Bought, People, Trait
from bot.campaigns.segment import Segment, count, read_segment
from bot.errors import ConfigError

NOW = time.time()
DAY = 86_400


@pytest.fixture
def four(people: People) -> People:
    """Ada bought twice and long ago, Ben once this week, Cem only looked, Dee is simulated."""
    ids = {
        name: people.ensure(
            f"{name}@example.com", "signed", NOW - 400 * DAY, simulated=name == "dee"
        )
        for name in ("ada", "ben", "cem", "dee")
    }
    for key, (name, days, total) in enumerate(
        (("ada", 300, 50.0), ("ada", 200, 150.0), ("ben", 3, 20.0), ("dee", 3, 20.0))
    ):
        sku, category = ("T1", "Tents") if name == "ada" else ("M1", "Mugs")
        bought = [
            Trait("bought", sku, NOW - days * DAY),
            Trait("bought_category", category, NOW - days * DAY),
        ]
        people.buy(ids[name], Bought(str(key), NOW - days * DAY, total), bought)
    people.learn(ids["cem"], "c", [Trait("viewed", "T1", NOW - DAY, 3), Trait("language", "nl", NOW),
                                   Trait("carted", "T1", NOW - DAY), Trait("asked", "orders", NOW)])  # fmt: skip
    features.make(people.db, ids.values())
    features.feel(people.db, ids["ben"], seen_at=NOW, mood=-0.8, upset=True, open_complaint=False,
                  refused_at=None)  # fmt: skip
    features.score(people.db)
    return people


def who(people: People, text: str) -> str:
    sql, values = read_segment("s.yml", text).compiled(NOW)
    rows = people.db.query(
        f"SELECT p.email FROM features f JOIN people p ON p.id = f.person WHERE NOT f.simulated "
        f"AND {sql} ORDER BY f.person",
        values,
    )
    return " ".join(people.vault.open(row["email"]).split("@")[0] for row in rows)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "ada ben cem"),
        ("orders: 1", "ben"),
        ("orders: {at_least: 1}", "ada ben"),
        ("spent: {above: 100}", "ada"),
        ("average_order: {at_least: 20, at_most: 60}", "ben"),
        ("days_since_order: {at_least: 90}", "ada"),
        ("days_since_order: {at_most: 90}", "ben"),
        ("not: {days_since_order: {at_most: 90}}", "ada cem"),
        ("bought: {category: Tents}", "ada"),
        ("bought: {sku: [T1, M1], within_days: 250}", "ada ben"),
        ("bought: {category: Tents, times: 2}", "ada"),
        ("bought: false", "cem"),
        ("viewed: {sku: T1, times: 3}", "cem"),
        ("viewed: {sku: T1, times: 4}", ""),
        ("asked: {topic: orders}", "cem"),
        ("language: [nl, de]", "cem"),
        ("has_cart: true", "cem"),
        ("upset: true", "ben"),
        ("not: {upset: true}", "ada cem"),
        ("mood: {below: 0}", "ben"),
        ("monetary: 5", ""),
        ("monetary: {at_least: 2}", "ada"),
        ("any:\n- {orders: 1}\n- {viewed: true}", "ben cem"),
        ("all:\n- {bought: true}\n- any:\n  - {upset: true}\n  - {orders: 9}", "ben"),
        ('viewed: {sku: "\' OR 1=1 --"}', ""),
    ],
)
def test_a_condition_picks_whom_it_says(four: People, text: str, expected: str) -> None:
    assert who(four, text) == expected


def test_simulated_people_are_counted_apart(four: People) -> None:
    everybody = Segment({})
    assert (count(four.db, everybody, NOW), count(four.db, everybody, NOW, True)) == (3, 1)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("order: 2", "s.yml, line 1: order: there is no condition 'order': use one of"),
        ("orders: {at_leest: 2}", "line 1: orders.at_leest: use one of at_least"),
        ("upset: true\norders: many", "line 2: orders: give a number"),
        ("upset: maybe", "upset: is true or false"),
        ("days_since_order: 3", "give days as"),
        ("bought: {colour: red}", "bought.colour: use one of sku, category, within_days, times"),
        ("bought: {sku: T1, category: Tents}", "give one of sku, category"),
        ("bought: {sku: T1, within_days: -3}", "bought.within_days: is a number above 0"),
        ("any: {orders: 1}", "any: `any` has a list of conditions"),
        ("any:\n- {orders: 1}\n- {orders: {at_least: .nan}}", "line 3: any.1.orders.at_least"),
        ("language: {is: nl}", "language: is a text, or a list of texts"),
        ("- orders: 1", "is not a list of `name: value` lines"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_what_to_do(text: str, said: str) -> None:
    with pytest.raises(ConfigError) as wrong:
        read_segment("s.yml", text)
    assert said in str(wrong.value)


def test_exports_have_who_agreed_and_no_formula(four: People) -> None:
    consents = Consents(four)
    for name, channel in (("ada", "email"), ("ben", "email"), ("cem", ADS)):
        person = four.find(f"{name}@example.com").id
        consents.give(person, "news", "t", "page", NOW, {}, channel)
    four.ensure("ada@example.com", "signed", NOW, "=HYPERLINK(1)")
    consents.suppress(four.mark("ben@example.com"), BOUNCED, NOW)
    table, hashed = io.StringIO(), io.StringIO()
    assert export_csv(four, Segment({}), "news", NOW, table) == 1
    assert export_hashed(four, Segment({}), "news", NOW, hashed) == 1
    header, row = table.getvalue().splitlines()
    assert header == "email,name,language,orders,spent,last_order"
    assert row.startswith("ada@example.com,'=HYPERLINK(1),,2,200.00,")
    assert hashed.getvalue().split() == [
        "email", "677f12836a7c660a89b251df426b1e1c879bb0c517638f588e936a6fb473a24c",
    ]  # fmt: skip


def test_who_ordered_alike_has_the_same_score(people: People) -> None:
    ids = [people.ensure(f"t{n}@example.com", "signed", NOW) for n in range(40)]
    for n, person in enumerate(ids):
        for order in range(4 if n >= 30 else 1):
            people.buy(person, Bought(f"o{order}", NOW - (n + 1) * DAY, 30.0), [])
    features.make(people.db, ids)
    features.score(people.db)
    rows = people.db.query("SELECT person, recency, frequency, monetary FROM features")
    found = {row["person"]: row for row in rows}
    assert len({found[one]["frequency"] for one in ids[:30]}) == 1
    assert {found[one]["frequency"] for one in ids[30:]} == {5}
    assert found[ids[0]]["recency"] == 5 > found[ids[39]]["recency"] == 1
