"""What customers asked for in the chat: news, no more news, and alerts for products that are sold out.

Whose address it is nobody proved there, so that a mail asks first (bot/campaigns/optin.py).
"""

from collections.abc import Callable
from contextlib import closing
from typing import TYPE_CHECKING

from bot.campaigns.consent import EVERYTHING
from bot.campaigns.happenings import BACK, note
from bot.store.db import open_readonly
from recommender.product import Product

if TYPE_CHECKING:
    from bot.campaigns.office import Office

SOURCE = "wishes"
NEWS, ALERTS = (
    "news",
    "alerts",
)  # purposes; how far requests of alerts were read is kept by that name


def take_wishes(office: "Office", now: float) -> int:
    """Read what was asked for since the last time; returns how much. It is done once, whoever dies."""
    path = office.settings.staff_db
    if not path.exists():
        return 0
    since = office.people.read_until(SOURCE)
    with closing(open_readonly(path).conn) as db:
        rows = db.execute(
            "SELECT kind, email, conversation, last_asked_at FROM requests WHERE kind IN ('newsletter_on', "
            "'newsletter_off') AND state <> 'withdrawn' AND last_asked_at > ? ORDER BY last_asked_at",
            [since],
        ).fetchall()
    vault = office.people.vault
    for kind, sealed, conversation, at in rows:
        email = vault.open(sealed) if sealed else ""
        if email and kind == "newsletter_on":
            _ask(office, email, NEWS, "newsletter, in the chat", conversation, now)
        elif email:
            office.consents.withdraw(office.people.mark(email), EVERYTHING, "in the chat", at)
        office.people.note_read(SOURCE, at)
    return len(rows)


def take_alerts(office: "Office", get: Callable[[str], Product | None], now: float) -> int:
    """Ask who wants an alert to confirm it, and note what is there again; returns how many are new."""
    path = office.settings.staff_db
    if not path.exists():
        return 0
    with closing(open_readonly(path).conn) as db:
        rows = db.execute(
            "SELECT reference, email, sku, conversation, last_asked_at FROM requests WHERE kind = 'stock_alert' "
            "AND state IN ('new', 'in_progress') AND sku <> '' ORDER BY last_asked_at"
        ).fetchall()
    people, since, noted = office.people, office.people.read_until(ALERTS), 0
    for reference, sealed, sku, conversation, at in rows:
        email = people.vault.open(sealed) if sealed else ""
        if not email:
            continue
        if at > since:
            _ask(office, email, ALERTS, "an alert, in the chat", conversation, now)
            people.note_read(ALERTS, at)
        product, person = get(sku), people.by_mark(people.mark(email))
        if product and product.in_stock and person:
            if office.consents.state(person.id, ALERTS) == "given":
                noted += note(people, [(person.id, BACK, sku, reference, now)])
    return noted


def _ask(
    office: "Office", email: str, purpose: str, source: str, conversation: str, now: float
) -> None:
    """Have a mail ask, in the language of the conversation."""
    language = office.language_of(conversation)
    office.optin.ask(email, purpose, office.agreement(purpose, language), source, now, language)
