"""What comes back: bounces (RFC 3464), complaints (RFC 5965), and those who unsubscribe by a mail.

Read from the mailbox that mails return to (a Maildir), or told by a mail service over a webhook. An address
that isn't one is never written to again; one whose mailbox is only full is.
"""

import email.policy
import mailbox
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import Literal

from bot.campaigns.consent import BOUNCED, COMPLAINED, Consents
from bot.campaigns.links import MailLinks
from bot.campaigns.outbox import Outbox
from bot.errors import NotFound

Kind = Literal["bounced", "complained"]
NOBODY = ("5.1.1", "5.1.2", "5.1.3", "5.1.10", "5.2.1")  # the address isn't one (RFC 3463)
FULL = "5.2.2"  # a mailbox, which may be emptied
LARGEST = 200_000  # bytes of a mail that are read
_TOKEN = re.compile(r"unsubscribe\s+([\w.-]{20,600})", re.I)


@dataclass(frozen=True)
class Returned:
    """A mail of ours came back: which, why, and whether for good."""

    message_id: str
    kind: Kind
    status: str = ""

    @property
    def for_good(self) -> bool:
        """Whether nothing is to be sent there again: the address is nobody's, or its owner complained.

        A full mailbox may be emptied, and a server that takes this mail for spam may take the next.
        """
        return self.kind == "complained" or self.status in NOBODY


def read_returned(raw: bytes) -> Returned | None:
    """What a mail says that came back; None for any other mail."""
    mail = BytesParser(EmailMessage, policy=email.policy.default).parsebytes(raw[:LARGEST])
    report = str(mail.get_param("report-type") or "").lower()
    if mail.get_content_type() != "multipart/report":
        return None
    message_id, status, feedback = "", "", ""
    for part in mail.walk():
        kind = part.get_content_type()
        if kind == "message/delivery-status":
            for block in part.walk():  # each of its parts is a block of headers
                status = str(block["Status"] or status).strip().split(" ")[0]
        elif kind == "message/feedback-report":
            feedback = "complained"
        elif kind in ("message/rfc822", "text/rfc822-headers", "message/rfc822-headers"):
            message_id = message_id or _message_id(part)
    if not message_id:
        return None
    if feedback or report == "feedback-report":
        return Returned(message_id, "complained")
    return Returned(message_id, "bounced", status) if status else None


def _message_id(part: EmailMessage) -> str:
    """The Message-ID of the mail that is enclosed, or of its headers."""
    if part.is_multipart():
        inner = part.get_payload(0)
        return str(inner["Message-ID"] or "").strip()  # type: ignore[index]
    content = part.get_content()
    text = content.decode("ascii", "replace") if isinstance(content, bytes) else str(content)
    found = re.search(r"^Message-ID:\s*(<[^<>\s]{1,250}>)", text, re.I | re.M)
    return found[1] if found else ""


class Returns:
    """Takes what comes back, each mail once."""

    def __init__(self, outbox: Outbox, consents: Consents, links: MailLinks) -> None:
        self._outbox, self._consents, self._links = outbox, consents, links

    def take(self, returned: Returned, now: float) -> bool:
        """Note a bounce or a complaint; False when it is about no mail of ours."""
        mail = self._outbox.by_message_id(returned.message_id)
        if mail is None:
            return False
        refused = returned.status.startswith("5") and returned.status != FULL
        if returned.kind == "bounced" and refused:
            self._outbox.end(mail.id, "bounced", returned.status, now)
        mark = self._outbox.mark_of(mail)
        if mark and returned.for_good:
            self._consents.suppress(
                mark, COMPLAINED if returned.kind == "complained" else BOUNCED, now
            )
        return True

    def read_mailbox(self, folder: Path, now: float) -> int:
        """Take all new mails of a Maildir, and move them to those that are read; returns how many counted."""
        if not folder.exists():
            return 0
        count = 0
        for mail in _unread(mailbox.Maildir(folder, create=False)):
            count += self._take_raw(mail.as_bytes(), now)
        return count

    def _take_raw(self, raw: bytes, now: float) -> bool:
        returned = read_returned(raw)
        if returned:
            return self.take(returned, now)
        mail = BytesParser(EmailMessage, policy=email.policy.default).parsebytes(raw[:LARGEST])
        asked = _TOKEN.search(str(mail["Subject"] or ""))
        if not asked:
            return False
        try:
            link = self._links.read_mail("unsubscribe", asked[1])
        except NotFound:
            return False
        self._consents.withdraw(link.mark, link.purpose, "a mail to us", now)
        return True


def _unread(box: mailbox.Maildir) -> Iterator[mailbox.MaildirMessage]:
    """New mails, each marked as read once it was taken: a process that dies takes it again, which does no harm."""
    for key in list(box.keys()):
        mail = box[key]
        if mail.get_subdir() == "new":
            yield mail
            mail.set_subdir("cur")
            mail.add_flag("S")
            box[key] = mail
