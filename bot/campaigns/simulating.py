"""Made-up people who react to a campaign, to see whether its results find what was put in.

They are marked as simulated, are never counted together with customers, and no mail goes out: their
mails are taken for sent when they are queued.
"""

import random
from dataclasses import dataclass

from bot.campaigns import features
from bot.campaigns.audience import HOLDOUT, assign
from bot.campaigns.campaigns import Entry
from bot.campaigns.office import Office
from bot.campaigns.outbox import alone
from bot.campaigns.people import DAY, Bought, Trait
from bot.campaigns.tidying import erase

PROOF = "made up by a simulation"
LANGUAGES = ("en", "nl", "de")
MEAN_ORDER, CLICK = 50.0, 0.15  # money; the share of who gets a mail that clicks


@dataclass(frozen=True)
class Reaction:
    """The shares who order within the campaign's days without a mail, and how many more with one."""

    base: float
    lift: float


def simulate(
    office: Office, entry: Entry, people: int, reaction: Reaction, seed: int, now: float
) -> int:
    """Make people up, give them the campaign's groups, and let them react; returns how many were in it.

    Those of an earlier simulation go first. Raises StartError while mails are being sent.
    """
    chance, campaign = random.Random(seed), entry.campaign
    window = campaign.days_to_order * DAY
    then = now - window - DAY  # so that their days are over
    with alone(office.settings.var):
        _clear(office)
        _make(office, entry, people, then, chance)
        rules = office.settings.shop.campaigns
        assign(office.outbox, entry.name, entry.version, campaign, rules, then, simulated=True)
        rows = office.people.db.execute(
            "SELECT a.person, a.arm, o.id FROM assigned a JOIN people p ON p.id = a.person LEFT JOIN "
            "outbox o ON o.person = a.person AND o.campaign = a.campaign AND o.kind = 'campaign' "
            "WHERE a.campaign = ? AND p.simulated ORDER BY a.person",
            [entry.name],
        ).fetchall()
        with office.people.db.atomic():
            for person, arm, mail in rows:
                share = reaction.base
                if arm != HOLDOUT:
                    share += reaction.lift
                    office.outbox.sent(mail, then)
                    if chance.random() < CLICK:
                        office.outbox.click(mail, "https://simulated.invalid/", then)
                if chance.random() < share:
                    at = then + chance.uniform(0, window * 0.99)
                    money = round(chance.expovariate(1 / MEAN_ORDER), 2)
                    office.people.buy(person, Bought(f"after {entry.name}", at, money), [])
        features.make(office.people.db, [row[0] for row in rows])
    return len(rows)


def _make(office: Office, entry: Entry, people: int, then: float, chance: random.Random) -> None:
    """People with a past: some ordered, some looked at things, and all agreed."""
    made = []
    with office.people.db.atomic():
        for number in range(people):
            person = office.people.ensure(
                f"{number}@simulated.invalid", PROOF, then - 400 * DAY, simulated=True
            )
            purpose = entry.campaign.purpose
            office.consents.give(person, purpose, "", PROOF, then - DAY, {"simulated": True})
            language = Trait("language", chance.choice(LANGUAGES), then - DAY)
            office.people.learn(person, f"simulated-{number}", [language])
            for order in range(chance.choice((0, 0, 1, 1, 2, 3))):
                at = then - chance.uniform(1, 300) * DAY
                bought = Bought(f"before {order}", at, chance.uniform(20, 80))
                office.people.buy(person, bought, [])
            made.append(person)
    features.make(office.people.db, made)


def _clear(office: Office) -> None:
    """Take away what an earlier simulation made up."""
    sql = "SELECT id FROM people WHERE simulated AND proof = ?"
    erase(office.people, [row[0] for row in office.people.db.execute(sql, [PROOF])])
