"""Who may still guess: wrong orders and codes, counted over days and never set back by a success.

docs/security.md has the rule in words. Nothing here is a name, an address or a number in plain:
all of them are marks, keyed hashes of the shop's own vault.
"""

import hmac
import re
import secrets
import time
from collections.abc import Callable
from datetime import UTC, tzinfo
from enum import Enum
from pathlib import Path
from typing import NamedTuple

from sqlite_utils import Database

from bot.guard.attacks import Attacks
from bot.guard.schema import guard_tables
from bot.privacy.vault import Vault, vault_of
from bot.store.db import open_database

HOUR, DAY = 3600.0, 86_400.0


class Limit(NamedTuple):
    """How many in a day, and how many in a week."""

    day: int
    week: int


# Pairs of an order's number and an email that didn't go together.
ORDERS_OF_NETWORK, ORDERS_OF_EMAIL, ORDERS_OF_NUMBER = Limit(10, 20), Limit(5, 10), Limit(5, 10)
# Nothing here is counted by the address alone: a stranger would lock its owner out.
WRONG_OF_CODE = 3  # then the code is void, and another is mailed
CODES_OF_CONVERSATION, CODES_OF_NETWORK = Limit(6, 12), Limit(10, 20)  # wrong ones
# From one network to an address, to it from all of them, and from a network to whomever.
MAILS_OF_PAIR, MAILS_TO_EMAIL, MAILS_OF_NETWORK = Limit(3, 6), Limit(9, 18), Limit(10, 30)
PAUSE_SECONDS = 180.0  # between two mails to an address
CODE_SECONDS = 600.0  # for which a code is good
PROOF_SECONDS = HOUR  # for which a conversation has proven an address with a code
KNOWN_SECONDS = 30 * DAY  # for which a network is known to be an address' customer's
KEPT_SECONDS = 7 * DAY  # of tries: the longest time over which they are counted


class Verdict(Enum):
    """What became of a code that somebody typed."""

    RIGHT = "right"
    WRONG = "wrong"
    VOID = "void"  # wrong once more, and so the code is good no longer
    OVER = "over"  # there is none, or it is too old
    TOO_MANY = "too_many"  # were wrong, so that none is looked at any more


class Seeker(NamedTuple):
    """Who asks: marks of the network and of the conversation.

    Where nobody knows the network, as on Rasa's own channels, a mark of the conversation's own stands for it: never that
    of the conversation itself, since what is known of a network is no proof of who sits there.
    """

    network: str
    conversation: str


class Guess(NamedTuple):
    """A pair that is being looked up, in marks; `is_new` when nobody had tried it."""

    network: str
    email: str
    order: str
    pair: str
    conversation: str
    is_new: bool = False


class Guard:
    """Small synchronous steps over guard.db, each one transaction; `clock` gives seconds."""

    def __init__(
        self, path: Path, clock: Callable[[], float] = time.time, zone: tzinfo = UTC
    ) -> None:
        self.db: Database = open_database(path, guard_tables)
        self.attacks = Attacks(self.db, clock, zone)
        self._clock = clock
        self._vault = vault_of(self.db.conn)

    def close(self) -> None:
        """Close the database."""
        self.db.close()

    def seeker(self, conversation: str, network: str = "") -> Seeker:
        """Who asks, by the conversation's id and the mark of the network that web sent along."""
        mark = conversation_mark(self._vault, conversation)
        return Seeker(network or self._vault.mark(f"without network {mark}"), mark)

    # --- Orders ---

    def may_guess(self, seeker: Seeker, email: str, number: str, compared: str = "") -> bool:
        """Whether this pair would be looked up; see `guess`."""
        return self._may_guess(seeker, self._guess(seeker, email, number, compared))

    def guess(self, seeker: Seeker, email: str, number: str, compared: str = "") -> Guess | None:
        """Before a pair is looked up: None when it must not be.

        `compared` is what the look-up compares of the number: by that one pair is told from another,
        while numbers that differ in their letters alone count as one number. It counts as wrong until `end` takes that back, so that many at once gain nothing. The same
        pair again is the same guess, since it tells nothing new; one that was right in this conversation
        within the hour is none, whatever others of the same network guess meanwhile.
        """
        guess = self._guess(seeker, email, number, compared)
        with self.db.atomic():
            if self._was_right(guess):
                return guess
            if not self._may_guess(seeker, guess):
                if self._try("refused", seeker.network, guess.pair) and not self._known(guess):
                    self.attacks.count("order_refused")
                return None
            is_new = not self._known(guess)
            for mark in (seeker.network, guess.email, guess.order):
                self._try("order", mark, guess.pair)
        return guess._replace(is_new=is_new)

    def end(self, guess: Guess, right: bool | None, known: bool = True) -> None:
        """What a look-up said: right, wrong, or None when nobody could say.

        A right pair was no guess, and the network is known from then on for this address; not `known` by what whoever
        asks may have made themselves, such as an order that takes any address.
        """
        with self.db.atomic():
            if right or (right is None and guess.is_new):
                self.db.table("tries").delete_where("scope = 'order' AND what = ?", [guess.pair])
            if right:
                if known:
                    self._prove(guess.network, guess.email)
                self._prove(guess.conversation, guess.pair)
                self._prove(guess.conversation, _shown(guess.email))
            if right is False and guess.is_new:
                self.attacks.count("order_guess")

    def was_shown(self, seeker: Seeker, email: str, number: str, compared: str = "") -> bool:
        """Whether this conversation was shown this order by its number and address, within the hour."""
        return self._was_right(self._guess(seeker, email, number, compared))

    def was_shown_one(self, seeker: Seeker, email: str) -> bool:
        """Whether it was shown an order of this address in the last weeks, whichever one."""
        whom = email_mark(self._vault, email)
        return self._has_proven(seeker.conversation, _shown(whom), KNOWN_SECONDS)

    # --- Codes by mail ---

    def wait_for_mail(self, seeker: Seeker, email: str) -> float:
        """Seconds until a code may be mailed to an address: 0 now, infinite when not for long."""
        whom, now = email_mark(self._vault, email), self._clock()
        if (
            self._guessed_codes(seeker)
            or self._is_over("mail", whom, MAILS_TO_EMAIL)
            or self._is_over("mail", seeker.network, MAILS_OF_NETWORK)
            or self._is_over("mail", whom, MAILS_OF_PAIR, of=seeker.network)
        ):
            return float("inf")
        sql = "SELECT max(at) FROM tries WHERE scope = 'mail' AND mark = ?"
        last = self.db.execute(sql, [whom]).fetchone()[0]
        return max(0.0, (last or 0.0) + PAUSE_SECONDS - now)

    def new_code(self, seeker: Seeker, email: str) -> str:
        """A code of six digits for an address and this conversation, in the place of an older one.

        Returns "" when `wait_for_mail` says that none may be mailed now.
        """
        code, whom = f"{secrets.randbelow(1_000_000):06}", email_mark(self._vault, email)
        with self.db.atomic():
            if self.wait_for_mail(seeker, email):
                return ""
            made = {"holder": seeker.conversation, "email": whom, "made_at": self._clock()}
            row = {**made, "code": self._hash(seeker, whom, code)}
            self.db.table("codes").insert(row, pk="holder", replace=True)
            what = f"{seeker.network} {secrets.token_hex(8)}"
            for mark in {whom, seeker.network}:
                self._try("mail", mark, what)
        return code

    def not_mailed(self, seeker: Seeker, email: str) -> None:
        """The mail with the code couldn't be sent: the code is void, and no pause is due."""
        whom = email_mark(self._vault, email)
        with self.db.atomic():
            what = self.db.execute(
                "SELECT what FROM tries WHERE scope = 'mail' AND mark = ? ORDER BY at DESC LIMIT 1",
                [whom],
            ).fetchone()
            if what:
                self.db.table("tries").delete_where("scope = 'mail' AND what = ?", [what[0]])
            self.db.table("codes").delete_where("holder = ?", [seeker.conversation])

    def awaits_code(self, seeker: Seeker, email: str) -> bool:
        """Whether a code for this address and conversation is under way, and still good."""
        sql = "SELECT 1 FROM codes WHERE holder = ? AND email = ? AND made_at > ?"
        whom, since = email_mark(self._vault, email), self._clock() - CODE_SECONDS
        return self.db.execute(sql, [seeker.conversation, whom, since]).fetchone() is not None

    def try_code(self, seeker: Seeker, email: str, code: str) -> Verdict:
        """Compare what somebody typed with the code of this address and conversation.

        After some wrong ones the code is void, and after more of them none is looked at.
        """
        whom = email_mark(self._vault, email)
        with self.db.atomic():
            if self._guessed_codes(seeker):
                self.attacks.count("code_refused")
                return Verdict.TOO_MANY
            if not self.awaits_code(seeker, email):
                return Verdict.OVER
            sql = "SELECT code FROM codes WHERE holder = ?"
            kept = self.db.execute(sql, [seeker.conversation]).fetchone()[0]
            if not hmac.compare_digest(kept, self._hash(seeker, whom, code)):
                what = f"{kept} {secrets.token_hex(8)}"
                for mark in {seeker.conversation, seeker.network}:
                    self._try("code", mark, what)
                self.attacks.count("code_guess")
                if self._count("code", seeker.conversation, of=kept)[0] >= WRONG_OF_CODE:
                    self.db.table("codes").delete_where("holder = ?", [seeker.conversation])
                    return Verdict.VOID
                return Verdict.WRONG
            self.db.table("codes").delete_where("holder = ?", [seeker.conversation])
            self._prove(seeker.conversation, whom)
            self._prove(seeker.network, whom)
        return Verdict.RIGHT

    def has_proven(self, seeker: Seeker, email: str) -> bool:
        """Whether this conversation has proven an address with a code, within the hour."""
        whom = email_mark(self._vault, email)
        return self._has_proven(seeker.conversation, whom, PROOF_SECONDS)

    def purge(self) -> None:
        """Forget what counts no longer."""
        now = self._clock()
        with self.db.atomic():
            self.db.table("tries").delete_where("at < ?", [now - KEPT_SECONDS])
            self.db.table("codes").delete_where("made_at < ?", [now - CODE_SECONDS])
            self.db.table("proofs").delete_where("at < ?", [now - KNOWN_SECONDS])
            self.attacks.purge()

    def forget(self) -> None:
        """Begin anew, since the key of the marks is another one; counts of attacks stay."""
        with self.db.atomic():
            for table in ("tries", "codes", "proofs"):
                self.db.table(table).delete_where()

    # --- What they are made of ---

    def _guess(self, seeker: Seeker, email: str, number: str, compared: str) -> Guess:
        whom, order = email_mark(self._vault, email), _order_mark(self._vault, number)
        pair = self._vault.mark(f"pair {whom} {order} {compared}")
        return Guess(seeker.network, whom, order, pair, seeker.conversation)

    def _was_right(self, guess: Guess) -> bool:
        """Whether this conversation was shown the order."""
        return self._has_proven(guess.conversation, guess.pair, PROOF_SECONDS)

    def _may_guess(self, seeker: Seeker, guess: Guess) -> bool:
        if self._was_right(guess):
            return True
        if self._is_over("order", seeker.network, ORDERS_OF_NETWORK):
            return False
        if self._has_proven(seeker.network, guess.email, KNOWN_SECONDS):
            return True  # that others guess is not this customer's fault
        return not (
            self._is_over("order", guess.email, ORDERS_OF_EMAIL)
            or self._is_over("order", guess.order, ORDERS_OF_NUMBER)
        )

    def _known(self, guess: Guess) -> bool:
        """Whether somebody has tried this pair already."""
        sql = "SELECT 1 FROM tries WHERE scope = 'order' AND mark = ? AND what = ?"
        return self.db.execute(sql, [guess.email, guess.pair]).fetchone() is not None

    def _try(self, scope: str, mark: str, what: str) -> bool:
        """Write a try down; False when it is known, and only its time is new."""
        known = self.db["tries"].count_where(
            "scope = ? AND mark = ? AND what = ?", [scope, mark, what]
        )
        row = {"scope": scope, "mark": mark, "what": what, "at": self._clock()}
        self.db.table("tries").insert(row, pk=("scope", "mark", "what"), replace=True)
        return not known

    def _guessed_codes(self, seeker: Seeker) -> bool:
        """Whether a conversation or its network typed too many wrong codes, of whichever address."""
        return self._is_over("code", seeker.conversation, CODES_OF_CONVERSATION) or self._is_over(
            "code", seeker.network, CODES_OF_NETWORK
        )

    def _is_over(self, scope: str, mark: str, limit: Limit, of: str = "") -> bool:
        of_day, of_week = self._count(scope, mark, of)
        return of_day >= limit.day or of_week >= limit.week

    def _count(self, scope: str, mark: str, of: str = "") -> tuple[int, int]:
        """How many tries in a day and in a week; `of` is the first word of what was tried."""
        now = self._clock()
        sql = (
            "SELECT count(*) FILTER (WHERE at > ?), count(*) FROM tries "
            "WHERE scope = ? AND mark = ? AND at > ? AND (? = '' OR what LIKE ? || ' %')"
        )
        values = [now - DAY, scope, mark, now - KEPT_SECONDS, of, of]
        of_day, of_week = self.db.execute(sql, values).fetchone()
        return of_day, of_week

    def _prove(self, holder: str, whom: str) -> None:
        row = {"holder": holder, "email": whom, "at": self._clock()}
        self.db.table("proofs").insert(row, pk=("holder", "email"), replace=True)

    def _has_proven(self, holder: str, whom: str, seconds: float) -> bool:
        sql = "SELECT 1 FROM proofs WHERE holder = ? AND email = ? AND at > ?"
        found = self.db.execute(sql, [holder, whom, self._clock() - seconds]).fetchone()
        return found is not None

    def _hash(self, seeker: Seeker, whom: str, code: str) -> str:
        return self._vault.mark(f"code {seeker.conversation} {whom} {code}")


def _shown(whom: str) -> str:
    return f"shown {whom}"


def email_mark(vault: Vault, email: str) -> str:
    """What stands for an email address, in capitals or not."""
    return vault.mark(f"email {email.strip().lower()}")


def conversation_mark(vault: Vault, conversation: str) -> str:
    """What stands for a conversation."""
    return vault.mark(f"conversation {conversation}")


def network_mark(vault: Vault, network: str) -> str:
    """What stands for a customer's network (bot/web/door/limits.py)."""
    return vault.mark(f"network {network}")


def _order_mark(vault: Vault, number: str) -> str:
    """What stands for an order: its digits, since customers leave the letters out."""
    digits = re.sub(r"[^0-9]", "", number)  # of no other script: the look-up drops those, too
    return vault.mark(f"order {digits or number.strip().upper()}")
