"""Double opt-in: who asks for mails at an address gets one mail, and agrees by its link.

Until then the address is nobody's: it lies sealed in `pending`, and goes when its time is over.
"""

from dataclasses import dataclass

from bot.campaigns.consent import Consents
from bot.campaigns.links import CONFIRM_SECONDS
from bot.campaigns.outbox import Outbox
from bot.campaigns.people import People
from bot.errors import NotFound

DAY = 86_400
MOST_A_WEEK = 3  # mails to one address that nobody has confirmed


@dataclass(frozen=True)
class Pending:
    """Somebody asked for mails at an address, in these words."""

    id: int
    mark: str
    email: str
    purpose: str
    text: str
    source: str
    at: float


class OptIn:
    """What was asked for and is still to be confirmed."""

    def __init__(self, people: People, outbox: Outbox) -> None:
        self._people, self._outbox = people, outbox
        self._consents = Consents(people)

    def ask(
        self, email: str, purpose: str, text: str, source: str, now: float, language: str
    ) -> bool:
        """Have a mail sent that asks for a confirmation, in a language; False where there is nothing to send.

        That is so for who agreed already, and for an address that was asked often lately.
        """
        mark = self._people.mark(email)
        known = self._people.one("SELECT id FROM people WHERE mark = ?", mark)
        if known and self._consents.state(known["id"], purpose) == "given":
            if not self._consents.suppression(mark, purpose):
                return False
        lately = self._people.one(
            "SELECT count(*) AS n, max(at) AS last FROM pending WHERE mark = ? AND at > ?",
            mark, now - 7 * DAY,
        ) or {"n": 0, "last": None}  # fmt: skip
        if lately["n"] >= MOST_A_WEEK or (lately["last"] or 0) > now - DAY:
            return False
        with self._people.db.atomic():
            cursor = self._people.db.conn.execute(
                "INSERT INTO pending (mark, email, purpose, text, source, at) VALUES (?, ?, ?, ?, ?, ?)",
                [mark, self._people.vault.seal(email.strip().lower()), purpose, text, source, now],
            )  # fmt: skip
        number = int(cursor.lastrowid or 0)
        self._outbox.queue("confirm", purpose, number, now, variant=language)
        return True

    def get(self, number: int) -> Pending:
        """What is to be confirmed. Raises NotFound when it was, or its time is over."""
        row = self._people.one("SELECT * FROM pending WHERE id = ?", number)
        if row is None:
            raise NotFound("This was confirmed already, or is too old.", "Ask for it again.")
        email = self._people.vault.open(row.pop("email"))
        return Pending(email=email, **row)

    def confirm(self, number: int, now: float, proof: dict[str, str]) -> Pending:
        """The link was used: the address is proven, and it is agreed. Raises NotFound."""
        one = self.get(number)
        person = self._people.ensure(one.email, "a link in a mail was confirmed", now)
        self._consents.ask(person, one.purpose, one.text, one.source, one.at)
        message = self._outbox.message_id("confirm", one.purpose, "", number)
        self._consents.give(
            person, one.purpose, one.text, one.source, now,
            {"asked_at": str(one.at), "confirmed_at": str(now), "message_id": message, **proof},
        )  # fmt: skip
        with self._people.db.atomic():
            self._people.db.conn.execute(
                "DELETE FROM pending WHERE mark = ? AND purpose = ?", [one.mark, one.purpose]
            )
        return one

    def tidy(self, now: float) -> None:
        """What nobody confirmed in time goes."""
        with self._people.db.atomic():
            self._people.db.conn.execute(
                "DELETE FROM pending WHERE at < ?", [now - CONFIRM_SECONDS]
            )
