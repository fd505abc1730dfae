"""Who gets a campaign's mail: its segment, less all to whom it may not or should not go.

Never: who didn't agree to the purpose, is suppressed, left upset, has a complaint that is open, or was
told no lately. One person gets one campaign once, and no more mails in a time than the shop allows. A
random part is held out, by default, and gets nothing: what they order is what it is compared with.
"""

import hashlib
import json
from dataclasses import dataclass

from bot.campaigns.campaign import MailCampaign
from bot.campaigns.export import AGREED, agreed_values
from bot.campaigns.outbox import Mail, Outbox
from bot.campaigns.people import People
from bot.settings.mailing import CampaignRules

DAY = 86_400
REFUSED_DAYS = 14  # after a no from staff
HOLDOUT = "holdout"
MAIL = "mail"  # the arm of a campaign without variants
AT_ONCE = 5_000  # people who are assigned in one transaction
CALM = (
    "NOT f.upset AND NOT f.open_complaint AND coalesce(f.refused_at, 0) < ?"  # now - REFUSED_DAYS
)
RESTED = (
    "NOT EXISTS (SELECT 1 FROM outbox o WHERE o.person = f.person AND o.kind IN ('campaign', "
    "'journey') AND (o.state IN ('queued', 'claimed', 'handing') OR o.sent_at > ?))"
)


@dataclass(frozen=True)
class Audience:
    """How many people are in a segment, and how many of them are left after each rule."""

    segment: int
    agreed: int
    calm: int
    rested: int


def audience(
    people: People,
    campaign: MailCampaign,
    rules: CampaignRules,
    now: float,
    simulated: bool = False,
) -> Audience:
    """Count who a campaign is for."""
    some, values = campaign.conditions.compiled(now)
    base = (
        "SELECT count(*) FROM features f JOIN people p ON p.id = f.person WHERE f.simulated = ? "
        f"AND {some}"
    )
    counts, given = [], [simulated, *values]
    for rule, more in (
        ("1", []), (AGREED, agreed_values(campaign.purpose, "email")),
        (CALM, [now - REFUSED_DAYS * DAY]), (RESTED, [now - _rest(campaign, rules) * DAY]),
    ):  # fmt: skip
        base, given = f"{base} AND {rule}", [*given, *more]
        counts.append(people.db.execute(base, given).fetchone()[0])
    return Audience(*counts)


def assign(
    outbox: Outbox, name: str, version: int, campaign: MailCampaign, rules: CampaignRules, now: float,
    simulated: bool = False,
) -> tuple[int, int]:  # fmt: skip
    """Give everybody who is to get a campaign and doesn't yet a group, and queue their mails.

    Returns how many mails were queued, and how many people were held out.
    """
    people = outbox.people
    some, values = campaign.conditions.compiled(now)
    rows = people.db.execute(
        "SELECT p.id, p.mark FROM features f JOIN people p ON p.id = f.person WHERE f.simulated = ? "
        f"AND {some} AND {AGREED} AND {CALM} AND {RESTED} AND NOT EXISTS "
        "(SELECT 1 FROM assigned a WHERE a.campaign = ? AND a.person = f.person) ORDER BY p.id",
        [
            simulated, *values, *agreed_values(campaign.purpose, "email"), now - REFUSED_DAYS * DAY,
            now - _rest(campaign, rules) * DAY, name,
        ],
    ).fetchall()  # fmt: skip
    share = rules.holdout if campaign.holdout is None else campaign.holdout
    queued = held = 0
    for start in range(0, len(rows), AT_ONCE):
        with people.db.atomic():
            for person, mark in rows[start : start + AT_ONCE]:
                arm = arm_of(name, mark, share, [one.id for one in campaign.variants])
                people.db.conn.execute(
                    "INSERT INTO assigned VALUES (?, ?, ?, ?, ?)", [name, person, arm, version, now]
                )
                if arm == HOLDOUT:
                    held += 1
                else:
                    queued += outbox.queue_within(
                        "campaign", name, person, now, version=version, variant=arm
                    )
    return queued, held


def arm_of(campaign: str, mark: str, holdout: float, variants: list[str]) -> str:
    """The group of a person, which follows from both and never changes."""
    digest = hashlib.sha256(json.dumps([campaign, mark]).encode()).digest()
    place = int.from_bytes(digest[:8], "big") / 2**64 * 100
    if place < holdout:
        return HOLDOUT
    if not variants:
        return MAIL
    return variants[int.from_bytes(digest[8:12], "big") % len(variants)]


def refused(people: People, mail: Mail, purpose: str, now: float) -> str:
    """Why a mail may not go out after all, asked just before it does; "" when it may."""
    row = people.one(
        f"SELECT {AGREED} AS agreed, {CALM} AS calm, f.simulated FROM features f JOIN people p ON p.id = f.person "
        "WHERE f.person = ?",
        *agreed_values(purpose, "email"), now - REFUSED_DAYS * DAY, mail.person,
    )  # fmt: skip
    if row is None:
        return "erased"
    if row["simulated"]:
        return "simulated"
    if not row["agreed"]:
        return "no consent"
    return "" if row["calm"] else "upset, or a complaint is open"


def _rest(campaign: MailCampaign, rules: CampaignRules) -> float:
    own = campaign.cooldown_days
    return rules.cooldown_days if own is None else own
