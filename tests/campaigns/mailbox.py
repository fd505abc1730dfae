"""A mail server on loopback that keeps what it takes, and a journal beside it as a shop's would."""

import email.policy
import mailbox
import socket
import time
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

JOURNAL = "journal@shop.example"


class Box:
    """What the server took: (recipient, mail), or with `keep` False how many.

    `refuses` maps addresses to what it answers instead.
    """

    def __init__(self, journal: Path | None = None, slow: float = 0.0, keep: bool = True) -> None:
        self.count, self._keep = 0, keep
        self.mails: list[tuple[str, EmailMessage]] = []
        self.senders: set[str] = set()
        self.refuses: dict[str, str] = {}
        self._journal, self._slow = journal, slow

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refuses:
            return self.refuses[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.content
        assert isinstance(content, bytes)
        self.count += 1
        if not self._keep:
            return "250 OK"
        mail = BytesParser(EmailMessage, policy=email.policy.default).parsebytes(content)
        for address in envelope.rcpt_tos:
            if address == JOURNAL:
                assert self._journal
                mailbox.Maildir(self._journal).add(content)
            else:
                self.mails.append((address, mail))
        self.senders.add(envelope.mail_from or "")
        time.sleep(self._slow)  # it was taken, and the sender doesn't know yet
        return "250 OK"


def serve(box: Box) -> Controller:
    """The server, started on a free port of loopback."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    return controller
