"""Hands the outbox to the mail server: at the right hours, no faster than each domain likes, no mail twice.

SMTP has one moment that nothing can close alone (RFC 5321, 4.5.3.2.6): the server has the text, and we die
before its "250" is on disk. A mail is `handing` there. Its Message-ID never changes, so whatever removes
doubles by it does; and with `journal:` in shop.yml each mail has a second recipient, a mailbox of the shop's
own, in the same transaction: what is found there was taken, and what isn't after a while wasn't.
"""

import logging
import mailbox
import re
import smtplib
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.utils import parseaddr
from pathlib import Path

from bot.campaigns.bounces import NOBODY
from bot.campaigns.outbox import Mail, Outbox, alone
from bot.campaigns.rendering import Made, message
from bot.mail import Mailer, MailFailed
from bot.settings.mailing import CampaignRules
from bot.settings.shop import Shop

logger = logging.getLogger(__name__)

BATCH = 50  # mails that are claimed at once
JOURNAL_SECONDS = 300.0  # until a mail that was taken is surely in the journal
PAUSE, PATIENCE = 0.01, 60.0  # seconds for which mails that wait for their domain are waited for
TOO_LATE = 5  # connections that broke one after another, after which it is left for another time
WAITED_FOR = ("confirm", "profile")  # kinds that go out at night, too


@dataclass(frozen=True)
class Ready:
    """A mail that may go out, and where to."""

    to: str
    made: Made


class Dropped(Exception):
    """The mail isn't to be sent any more; says why."""


@dataclass
class Sent:
    """What a run did with the mails that it took."""

    sent: int = 0
    dropped: int = 0
    failed: int = 0
    later: int = 0
    in_doubt: int = 0


class Throttle:
    """When each domain may get its next mail: evenly, so many in a minute."""

    def __init__(self, rules: CampaignRules) -> None:
        self._rules, self._free = rules, dict[str, float]()

    def slot(self, domain: str, now: float) -> float:
        """The time at which a mail may go to a domain; it is taken with that."""
        rate = self._rules.domains.get(domain, self._rules.per_minute)
        at = max(now, self._free.get(domain, 0.0))
        self._free[domain] = at + 60.0 / rate
        return at


def is_quiet(rules: CampaignRules, at: datetime) -> bool:
    """Whether nothing is sent at a time of the shop's day; `quiet_from` may be before midnight."""
    clock, begin, end = f"{at:%H:%M}", rules.quiet_from, rules.quiet_until
    return begin <= clock < end if begin <= end else clock >= begin or clock < end


class Sender:
    """Sends what is due. `prepare(mail)` makes it, or raises Dropped."""

    def __init__(
        self, outbox: Outbox, shop: Shop, mailer: Mailer, prepare: Callable[[Mail], Ready],
        shop_dir: Path, on_nobody: Callable[[Mail], None], now: Callable[[], float] = time.time,
    ) -> None:  # fmt: skip
        """`on_nobody(mail)` hears of an address that isn't one."""
        self._outbox, self._shop, self._mailer, self._prepare = outbox, shop, mailer, prepare
        self._rules, self._shop_dir, self._now = shop.campaigns, shop_dir, now
        self._on_nobody = on_nobody
        self._throttle = Throttle(self._rules)
        self._slots: dict[int, float] = {}  # mails that wait for their domain, and until when

    def run(self, var: Path, journal_seconds: float = JOURNAL_SECONDS) -> Sent:
        """Send all that is due, and end what a sender that died had begun.

        What waits for its domain for less than a minute is waited for. Raises StartError while another
        one sends, and MailFailed when the server can't be reached.
        """
        done = Sent()
        with alone(var):
            self._outbox.release(self._now())
            self._resolve(done, journal_seconds)
            broken = 0
            while broken < TOO_LATE:
                mails = self._due()
                if mails:
                    broken = 0 if self._send(mails, done) else broken + 1
                elif self._slots and (wait := min(self._slots.values()) - self._now()) < PATIENCE:
                    time.sleep(max(PAUSE, wait))
                else:
                    break
            self._resolve(done, journal_seconds)
        return done

    def _due(self) -> list[Mail]:
        quiet = is_quiet(self._rules, datetime.fromtimestamp(self._now(), self._shop.zone))
        if quiet:
            self._slots.clear()  # what waited for its domain waits for the morning
        return self._outbox.due(self._now(), BATCH, transactional=quiet)

    def _send(self, mails: list[Mail], done: Sent) -> bool:
        """Hand over what may go now; False when the connection broke."""
        self._outbox.claim(mails, self._now())
        try:
            with self._mailer.connected() as server:
                server.ehlo_or_helo_if_needed()
                for mail in mails:
                    try:
                        ready = self._prepare(mail)
                    except Dropped as why:
                        self._outbox.end(mail.id, "dropped", str(why), self._now())
                        done.dropped += 1
                        continue
                    if not self._has_slot(mail, ready.to.rpartition("@")[2]):
                        continue
                    if not self._hand_over(server, mail, ready, done):
                        return False
        except (OSError, smtplib.SMTPException) as error:
            raise MailFailed("The mail server can't be reached, or broke off.") from error
        finally:
            self._outbox.release(self._now())
        return True

    def _has_slot(self, mail: Mail, domain: str) -> bool:
        """Whether it may go now; else it is queued for the time at which it may."""
        now = self._now()
        if mail.kind in WAITED_FOR or self._slots.pop(mail.id, None) is not None:
            return True
        slot = self._throttle.slot(domain, now)
        if slot <= now:
            return True
        self._slots[mail.id] = slot
        self._outbox.again(mail.id, slot)
        return False

    def _hand_over(self, server: smtplib.SMTP, mail: Mail, ready: Ready, done: Sent) -> bool:
        """One transaction with the server; False when the connection broke."""
        outbox, now = self._outbox, self._now
        try:
            made = message(
                ready.made, self._mailer.sender, ready.to, mail.message_id,
                self._rules.returned.address, now(),
            )  # fmt: skip
            text = re.sub(rb"(?m)^\.", b"..", made.as_bytes())  # RFC 5321, 4.5.2
        except ValueError as error:
            outbox.end(mail.id, "failed", f"a bad header: {error}"[:200], now())
            done.failed += 1
            return True
        begun = False
        try:
            sender = self._rules.returned.address or parseaddr(self._mailer.sender)[1]
            code, said = server.mail(sender)
            if code >= 400:  # it takes no mail of ours now: nothing is wrong with this one
                outbox.later(mail, f"{code} at MAIL FROM", now())
                done.later += 1
                return False
            steps = [lambda: server.rcpt(ready.to)]
            if self._rules.journal:
                journal = self._rules.journal.address
                steps.append(lambda: server.rcpt(journal))
            steps.append(lambda: server.docmd("DATA"))
            for step in steps:
                code, said = step()
                if code >= 400:
                    self._refused(mail, code, said, done)
                    server.rset()
                    return True
            outbox.handing(mail.id, now())
            begun = True
            end = b".\r\n" if text.endswith(b"\r\n") else b"\r\n.\r\n"
            server.send(text + end)  # at once: a second packet would wait for the first's receipt
            code, said = server.getreply()
        except (OSError, smtplib.SMTPException) as error:
            logger.warning("The mail server broke off: %r", type(error).__name__)
            if not begun:
                outbox.later(mail, "the mail server broke off", now())
                done.later += 1
            return False
        if code == 250:
            outbox.sent(mail.id, now())
            done.sent += 1
        else:
            self._refused(mail, code, said, done)
        return True

    def _refused(self, mail: Mail, code: int, said: bytes, done: Sent) -> None:
        """The server's answer without the address, which may be in its words."""
        status = next(
            (one for one in said.decode("ascii", "replace").split() if one[:2] in ("4.", "5.")), ""
        )
        fault = f"{code} {status}".strip()
        if code < 500:
            self._outbox.later(mail, fault, self._now())
            done.later += 1
            return
        self._outbox.end(mail.id, "failed", fault, self._now())
        done.failed += 1
        if status in NOBODY:
            self._on_nobody(mail)

    def _resolve(self, done: Sent, journal_seconds: float) -> None:
        """Find out what became of mails that the server had when we died."""
        doubtful = self._outbox.in_doubt()
        if not doubtful:
            return
        known = self._journal()
        for mail in doubtful:
            now = self._now()
            if known is None:  # the same Message-ID is all there is
                self._outbox.again(mail.id, now)
            elif mail.message_id in known:
                self._outbox.sent(mail.id, now)
            elif now - mail.changed_at >= journal_seconds:
                self._outbox.again(mail.id, now)
            else:
                done.in_doubt += 1

    def _journal(self) -> set[str] | None:
        """The Message-IDs in the journal; None without one."""
        if not self._rules.journal:
            return None
        folder = self._shop_dir / self._rules.journal.maildir
        if not folder.exists():
            return set()
        return {str(one["Message-ID"]).strip() for one in mailbox.Maildir(folder, create=False)}
