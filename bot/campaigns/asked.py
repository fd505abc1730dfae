"""What customers asked for in the chat: news, which a mail is to confirm; no more news; and alerts."""

from contextlib import closing
from typing import TYPE_CHECKING

from bot.campaigns.consent import EVERYTHING
from bot.store.db import open_readonly

if TYPE_CHECKING:
    from bot.campaigns.office import Office

SOURCE = "wishes"
NEWS = "news"


def take_wishes(office: "Office", now: float) -> int:
    """Read what was asked for since the last time; returns how much. It is done once, whoever dies."""
    path = office.settings.staff_db
    if not path.exists():
        return 0
    since = office.people.read_until(SOURCE)
    with closing(open_readonly(path).conn) as db:
        rows = db.execute(
            "SELECT kind, email, last_asked_at FROM requests WHERE kind IN ('newsletter_on', "
            "'newsletter_off') AND state <> 'withdrawn' AND last_asked_at > ? ORDER BY last_asked_at",
            [since],
        ).fetchall()
    vault = office.people.vault
    for kind, sealed, at in rows:
        email = vault.open(sealed) if sealed else ""
        if email and kind == "newsletter_on":
            office.optin.ask(email, NEWS, office.agreement(NEWS), "newsletter, in the chat", now)
        elif email:
            office.consents.withdraw(office.people.mark(email), EVERYTHING, "in the chat", at)
        office.people.note_read(SOURCE, at)
    return len(rows)
