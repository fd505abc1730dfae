"""Mails to customers, sent through the mail server that shop.yml names (`mail:`).

Without one no mail is sent, and nothing may say that there is one: ask `mail_is_set_up`.
"""

import asyncio
import os
import smtplib
import ssl
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid, parseaddr
from typing import Optional

from bot.errors import ConfigError, ShoptalkError
from bot.settings import Settings
from bot.settings.mailing import MailServer

STEP_SECONDS = 8.0  # for each step of the talk with the server
SENDING_SECONDS = 15.0  # for all of it: a customer waits

# Few at once, and threads of their own: a server that hangs keeps nobody else's work waiting.
_threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="mail")


class MailFailed(ShoptalkError):
    """The mail server took no mail; say so, and don't say that one is on its way."""


def mail_is_set_up(settings: Settings) -> bool:
    """Whether shop.yml names a mail server, so that a mail may be promised."""
    return settings.shop.mail is not None


class Mailer:
    """Sends plain texts, one at a time, over a connection of its own for each."""

    def __init__(self, server: MailServer, password: str = "") -> None:
        self._server, self._password = server, password

    @classmethod
    def from_settings(cls, settings: Settings) -> Optional["Mailer"]:
        """As shop.yml says; None without `mail:`. Raises ConfigError when there is no password."""
        server = settings.shop.mail
        if server is None:
            return None
        password = os.environ.get(server.password_env, "") if server.password_env else ""
        if server.password_env and not password:
            raise ConfigError(
                f"The environment variable {server.password_env} isn't set.",
                "shop.yml names it as mail.password_env.",
            )
        return cls(server, password)

    async def send(self, to: str, subject: str, text: str) -> None:
        """Hand a mail to the server, in a thread. Raises MailFailed, at the latest after 15 s."""
        loop = asyncio.get_running_loop()
        work = loop.run_in_executor(_threads, self._send, to, subject, text)
        try:
            await asyncio.wait_for(work, SENDING_SECONDS)
        except TimeoutError as error:
            raise MailFailed(f"{self._name} didn't take a mail in time.") from error

    def check(self) -> str:
        """Reach the server and sign in, without a mail; how it was reached. Raises MailFailed."""
        try:
            with self.connected():
                return f"{self._name}, {self._server.tls}, from {self._server.sender}"
        except (OSError, smtplib.SMTPException) as error:
            raise MailFailed(f"{self._name}: {_reason(error)}") from error

    def _send(self, to: str, subject: str, text: str) -> None:
        try:
            mail = self._mail(to, subject, text)
            with self.connected() as server:
                server.send_message(mail, from_addr=parseaddr(self._server.sender)[1], to_addrs=to)
        except (OSError, ValueError, smtplib.SMTPException) as error:
            raise MailFailed(f"{self._name} took no mail: {_reason(error)}") from error

    def _mail(self, to: str, subject: str, text: str) -> EmailMessage:
        """A plain mail. A header with a line's end in it is refused with ValueError."""
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = self._server.sender, to, subject
        mail["Date"] = format_datetime(datetime.now(UTC))
        mail["Message-ID"] = make_msgid(domain=self._server.sender.rpartition("@")[2].strip("> "))
        mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no "I'm on holiday" in answer
        mail.set_content(text)
        return mail

    def connected(self) -> smtplib.SMTP:
        """A connection, encrypted and signed in as shop.yml says; closed by `with`."""
        one, context = self._server, ssl.create_default_context()
        if one.tls == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                one.host, one.port, timeout=STEP_SECONDS, context=context
            )
        else:
            server = smtplib.SMTP(one.host, one.port, timeout=STEP_SECONDS)
        try:
            if one.tls == "starttls":
                server.starttls(context=context)
            if one.user:
                server.login(one.user, self._password)
        except (OSError, smtplib.SMTPException):
            server.close()
            raise
        return server

    @property
    def sender(self) -> str:
        """Whom mails come from, as shop.yml says it."""
        return self._server.sender

    @property
    def _name(self) -> str:
        return f"The mail server {self._server.host}:{self._server.port}"


def _reason(error: Exception) -> str:
    """What went wrong, without addresses: servers put them into their answers."""
    if isinstance(error, smtplib.SMTPResponseException):
        return f"it answered {error.smtp_code}"
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = sorted({code for code, _ in error.recipients.values()})
        return f"it refused the address with {', '.join(map(str, codes))}"
    return repr(error) if isinstance(error, (OSError, smtplib.SMTPException)) else "a bad header"
