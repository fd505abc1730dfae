"""Journeys: in once, step by step, out at the goal; whoever dies, however the clock is set."""

import time
from collections.abc import Iterator
from decimal import Decimal

import pytest

from bot.campaigns import features
from bot.campaigns.asked import take_alerts
from bot.campaigns.consent import UNSUBSCRIBED
from bot.campaigns.happenings import note_prices, of_journey
from bot.campaigns.journey import read_journey
from bot.campaigns.office import Office
from bot.campaigns.people import Bought, Trait
from bot.errors import ConfigError
from bot.settings import Settings, read_settings
from bot.staff.accounts import StaffStore
from bot.staff.asked import Asked
from bot.staff.requests import RequestStore
from recommender.product import Product

NOW = time.time()
HOUR = 3600.0
CART = """\
title: Left in the cart
enter: {on: cart, within_hours: 48}
goal: ordered
holdout: 0
steps:
  - {wait_hours: 3}
  - when: {orders: {at_least: 1}}
    otherwise: new
  - {send: {subject: Still there, body: Welcome back}, to: later}
  - {id: new, send: {subject: Your cart, body: "Anything we can help with?"}}
  - {id: later, wait_for: clicked, hours: 48}
  - {send: {subject: Last call, body: It goes}}
"""


@pytest.fixture
def office(settings: Settings) -> Iterator[Office]:
    opened = open_office(settings)
    yield opened
    opened.close()


def open_office(settings: Settings) -> Office:
    settings.var.mkdir(exist_ok=True)
    folder = settings.campaigns_dir / "journeys"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "cart.yml").write_text(CART)
    text = settings.shop_file.read_text(encoding="utf-8")
    if "cooldown_days: 0" not in text:
        settings.shop_file.write_text(text + "\ncampaigns: {cooldown_days: 0}\n", encoding="utf-8")
    office = Office.open(read_settings({"SHOPTALK_SHOP": str(settings.shop_file)}))
    assert office.journeys.sync() == []
    office.journeys.set_status("journeys/cart", "started", NOW)
    return office


def left_a_cart(office: Office, name: str, at: float = NOW) -> int:
    person = office.people.ensure(f"{name}@example.com", "signed", NOW)
    office.consents.give(person, "news", "Yes.", "test", NOW, {"of": "test"})
    office.people.learn(person, f"c-{name}", [Trait("carted", "M1", at)])
    features.make(office.people.db, [person])
    return person


def mails(office: Office) -> list[str]:
    """What was queued, in order; sent at once, so that the next may follow."""
    found = []
    for mail in office.outbox.due(NOW + 9e9, 99):
        step = office.journeys.get(mail.campaign, mail.version).campaign.steps[
            int(mail.step.split()[0])
        ]
        assert step.send
        found.append(step.send.subject)
        office.outbox.sent(mail.id, NOW)
    return found


def test_each_step_has_its_time_and_a_branch_its_people(office: Office) -> None:
    left_a_cart(office, "anna")
    ben = office.people.ensure("ben@example.com", "signed", NOW)
    office.people.buy(ben, Bought("old", NOW - 90 * 86_400, 9.0), [])
    left_a_cart(office, "ben")
    left_a_cart(office, "long-ago", NOW - 72 * HOUR)
    assert office.journeys.tick(NOW)[0] == 2
    assert office.journeys.tick(NOW + 2 * HOUR) == (0, 0) and mails(office) == []
    office.journeys.tick(NOW + 3 * HOUR)
    assert sorted(mails(office)) == ["Still there", "Your cart"]
    office.journeys.tick(NOW + 50 * HOUR)
    assert mails(office) == []
    office.journeys.tick(NOW + 51 * HOUR)
    assert mails(office) == ["Last call", "Last call"]
    assert office.journeys.inside("journeys/cart") == {"done": 2}


def test_it_ends_at_its_goal_and_goes_on_when_what_it_waits_for_comes(office: Office) -> None:
    anna, ben = left_a_cart(office, "anna"), left_a_cart(office, "ben")
    office.journeys.tick(NOW)
    office.journeys.tick(NOW + 3 * HOUR)
    first = office.people.one("SELECT id FROM outbox WHERE person = ?", anna)
    assert first and len(mails(office)) == 2
    office.outbox.click(first["id"], "https://x", NOW + 4 * HOUR)
    office.people.buy(ben, Bought("new", NOW + 4 * HOUR, 9.0), [])
    office.journeys.tick(NOW + 5 * HOUR)
    assert mails(office) == ["Last call"]
    assert office.journeys.inside("journeys/cart") == {"done": 1, "goal": 1}


def test_nobody_is_in_it_twice_also_after_a_restart_and_a_clock_set_back(
    settings: Settings, office: Office
) -> None:
    left_a_cart(office, "anna")
    office.journeys.tick(NOW)
    office.journeys.tick(NOW + 3 * HOUR)
    again = open_office(settings)
    again.journeys.tick(NOW + HOUR)
    again.journeys.tick(NOW + 3 * HOUR)
    assert mails(again) == ["Your cart"]
    left_a_cart(again, "anna", NOW + 4 * HOUR)
    for hour in (4, 60, 61):
        again.journeys.tick(NOW + hour * HOUR)
    assert mails(again) == ["Last call"]
    again.close()


def test_who_is_in_keeps_the_version_that_they_came_in_with(office: Office) -> None:
    left_a_cart(office, "anna")
    office.journeys.tick(NOW)
    office.journeys.texts.save("journeys/cart", CART.replace("Your cart", "Other words"), NOW)
    left_a_cart(office, "ben")
    for hour in (0, 3):
        office.journeys.tick(NOW + hour * HOUR)
    assert sorted(mails(office)) == ["Other words", "Your cart"]


def test_who_is_held_out_goes_the_way_without_mails(office: Office) -> None:
    office.journeys.texts.save("journeys/cart", CART.replace("holdout: 0", "holdout: 50"), NOW)
    for number in range(40):
        left_a_cart(office, f"p{number}")
    for hour in (0, 3):
        office.journeys.tick(NOW + hour * HOUR)
    arms = dict(
        office.people.db.execute("SELECT arm, count(*) FROM assigned GROUP BY arm").fetchall()
    )
    assert len(mails(office)) == arms["mail"] and arms["holdout"] > 5
    assert office.journeys.inside("journeys/cart") == {"inside": 40}


def test_who_says_no_on_the_way_gets_nothing_more(office: Office) -> None:
    from bot.campaigns.audience import refused

    left_a_cart(office, "anna")
    office.journeys.tick(NOW)
    office.journeys.tick(NOW + 3 * HOUR)
    (mail,) = office.outbox.due(NOW + 9e9, 9)
    office.consents.withdraw(office.people.mark("anna@example.com"), "news", "link", NOW)
    assert refused(office.people, mail, "news", NOW) == "no consent"
    assert (
        office.consents.suppression(office.people.mark("anna@example.com"), "news") == UNSUBSCRIBED
    )


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("otherwise: new", "otherwise: nowhere", "line 8: steps.1.otherwise: 'nowhere' is no step"),
        ("to: later", "to: new2", "'new2' is no step after this one: name one of new, later, end"),
        ("wait_for: clicked, hours: 48", "wait_for: clicked", "wait_for needs `hours`"),
        ("wait_hours: 3", "wait_hours: 3, wait_for: ordered", "a step is one of"),
        ("orders: {", "order: {", "line 7: steps.1.when.order: there is no condition"),
        ("on: cart", "on: birthday", "enter.on"),
        ("body: It goes", "body: '{name}'", "{name} may be unknown"),
    ],
)
def test_a_mistake_in_a_journey_is_told_with_its_line(old: str, new: str, said: str) -> None:
    assert old in CART
    with pytest.raises(ConfigError) as wrong:
        read_journey("cart.yml", CART.replace(old, new))
    assert said in str(wrong.value)


BACK = """\
title: Back
purpose: alerts
enter: {on: back_in_stock}
again_days: 1
steps:
  - {send: {subject: It's there, body: "{products}"}}
"""


def product(stock: int, price: str = "20") -> Product:
    return Product("M9", "Tall Mug", price=Decimal(price), stock=stock)


def alert(office: Office, settings: Settings, reference: str = "R-1") -> None:
    """A customer agreed to an alert in the chat."""
    staff = StaffStore(settings.staff_db)
    asked = Asked("stock_alert", reference, sku="M9", email="anna@example.com", at=NOW)
    RequestStore(staff.db).add("c-alert", asked)
    staff.close()


def test_what_is_back_in_stock_is_told_once_to_who_confirmed_the_alert(
    settings: Settings, office: Office
) -> None:
    (settings.campaigns_dir / "journeys" / "back.yml").write_text(BACK)
    assert office.journeys.sync() == []
    office.journeys.set_status("journeys/back", "started", NOW)
    alert(office, settings)
    assert take_alerts(office, lambda sku: product(0), NOW) == 0
    assert take_alerts(office, lambda sku: product(3), NOW) == 0, "nobody confirmed it"
    asked = [mail.kind for mail in office.outbox.due(NOW + 9e9, 9)]
    assert asked == ["confirm"], "and it is asked once"
    anna = office.people.ensure("anna@example.com", "a mail", NOW)
    office.consents.give(anna, "alerts", "Yes.", "test", NOW, {"of": "test"})
    assert take_alerts(office, lambda sku: product(0), NOW + 1) == 0
    assert office.journeys.tick(NOW + 1)[0] == 0
    assert take_alerts(office, lambda sku: product(3), NOW + 2) == 1
    assert take_alerts(office, lambda sku: product(3), NOW + 3) == 0
    assert office.journeys.tick(NOW + 4)[0] == 1
    (mail,) = [one for one in office.outbox.due(NOW + 9e9, 9) if one.kind == "journey"]
    at = office.journeys.happened("journeys/back", anna)
    assert of_journey(office.people, "back_in_stock", anna, at) == ["M9"]
    office.outbox.sent(mail.id, NOW)
    assert office.journeys.tick(NOW + 3 * 86_400)[0] == 0
    alert(office, settings, "R-2")  # and another time, for a new alert
    assert take_alerts(office, lambda sku: product(3), NOW + 3 * 86_400) == 1
    assert office.journeys.tick(NOW + 3 * 86_400 + 1)[0] == 1


def test_a_price_that_drops_is_told_to_who_looked_and_didnt_buy(office: Office) -> None:
    people = office.people
    anna, ben, cy = (people.ensure(f"{one}@example.com", "signed", NOW) for one in "abc")
    people.learn(anna, "c-a", [Trait("viewed", "M9", NOW)])
    people.learn(ben, "c-b", [Trait("viewed", "M9", NOW), Trait("bought", "M9", NOW)])
    people.learn(cy, "c-c", [Trait("viewed", "M9", NOW - 90 * 86_400)])
    assert note_prices(people, [product(3)], NOW) == 0, "seen for the first time"
    assert note_prices(people, [product(3, "19.5")], NOW) == 0, "a few percent are nothing"
    assert note_prices(people, [product(3, "15")], NOW + 1) == 1
    assert of_journey(people, "price_drop", anna, NOW + 1) == ["M9"]
    assert note_prices(people, [product(3, "15")], NOW + 2) == 0
    assert note_prices(people, [product(0, "9")], NOW + 3) == 0, "it is sold out"
    assert people.forget(anna, "viewed", "M9", NOW)
    assert of_journey(people, "price_drop", anna, NOW + 1) == []
