"""Mails against a real SMTP server on loopback: what arrives, what doesn't, and what is then said."""

import asyncio
import email.policy
import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.parser import BytesParser
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from bot.errors import ConfigError
from bot.mail import Mailer, MailFailed, mail_is_set_up
from bot.service.doctor import checks
from bot.settings import Settings, read_settings
from bot.settings.mailing import MailServer


class Mailbox:
    """What the server took; `refuses` and `refuses_text` have what it answers instead."""

    def __init__(self) -> None:
        self.mails: list[tuple[str, list[str], EmailMessage]] = []
        self.logins: list[tuple[bytes, bytes]] = []
        self.refuses = ""
        self.refuses_text = ""

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.refuses:
            return self.refuses
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.refuses_text:
            return self.refuses_text
        content = envelope.content
        assert isinstance(content, bytes)
        mail = BytesParser(EmailMessage, policy=email.policy.default).parsebytes(content)
        self.mails.append((envelope.mail_from or "", envelope.rcpt_tos, mail))
        return "250 OK"

    def login(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: Any
    ) -> AuthResult:
        self.logins.append((given.login, given.password))
        return AuthResult(success=given.password == b"secret", handled=False)


def serve(box: Mailbox, **options: Any) -> Controller:
    controller = Controller(box, hostname="127.0.0.1", port=free_port(), **options)
    controller.start()
    return controller


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def box() -> Mailbox:
    return Mailbox()


@pytest.fixture
def plain(box: Mailbox) -> Iterator[Controller]:
    controller = serve(box)
    yield controller
    controller.stop()


def server(port: int, **more: Any) -> MailServer:
    given = {"host": "127.0.0.1", "port": port, "tls": "none", "from": "Finch <shop@shop.example>"}
    return MailServer.parse_obj({**given, **more})


def send(
    mailer: Mailer, to: str = "anna@example.com", subject: str = "Grüße", text: str = "Hé"
) -> None:
    asyncio.run(mailer.send(to, subject, text))


def test_a_mail_arrives_as_it_was_meant(plain: Controller, box: Mailbox) -> None:
    send(Mailer(server(plain.port)), text="Hé, your code is 123456\n")
    ((sender, to, mail),) = box.mails
    assert (sender, to) == ("shop@shop.example", ["anna@example.com"])
    assert mail["From"] == "Finch <shop@shop.example>" and mail["To"] == "anna@example.com"
    assert mail["Subject"] == "Grüße" and mail.get_content_type() == "text/plain"
    assert mail.get_content().strip() == "Hé, your code is 123456"
    assert mail["Auto-Submitted"] == "auto-generated" and mail["Date"]
    assert mail["Message-ID"].strip().endswith("@shop.example>")


@pytest.mark.parametrize(
    ("to", "subject"),
    [
        ("anna@example.com\r\nBcc: eve@example.com", "Hi"),
        ("anna@example.com\nBcc: eve@example.com", "Hi"),
        ("anna@example.com", "Hi\r\nBcc: eve@example.com"),
    ],
)
def test_no_header_comes_in_with_an_address_or_a_subject(
    plain: Controller, box: Mailbox, to: str, subject: str
) -> None:
    with pytest.raises(MailFailed):
        send(Mailer(server(plain.port)), to, subject)
    assert box.mails == []


def test_what_the_server_refuses_has_failed_without_the_address_in_the_log(
    plain: Controller, box: Mailbox
) -> None:
    for where, code in (("refuses_text", "554"), ("refuses", "550")):
        setattr(box, where, f"{code} nothing for anna@example.com")
        with pytest.raises(MailFailed) as failed:
            send(Mailer(server(plain.port)))
        assert code in str(failed.value) and "anna" not in str(failed.value)


def test_a_dead_server_has_failed() -> None:
    with pytest.raises(MailFailed, match="took no mail"):
        send(Mailer(server(free_port())))


def test_a_server_that_hangs_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """The loop goes on while a mail is sent, and the mail is given up in time."""
    monkeypatch.setattr("bot.mail.SENDING_SECONDS", 0.5)
    monkeypatch.setattr("bot.mail.STEP_SECONDS", 2.0)

    async def both() -> int:
        turns = 0
        sending = asyncio.create_task(mailer.send("anna@example.com", "s", "t"))
        while not sending.done():
            turns += 1
            await asyncio.sleep(0.01)
        with pytest.raises(MailFailed, match="in time"):
            await sending
        return turns

    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        mailer = Mailer(server(silent.getsockname()[1]))
        assert asyncio.run(both()) > 5


# --- Encrypted and signed in ---


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that signs itself, and its key."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "cert.pem", folder / "key.pem"
    paths[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return paths


@pytest.fixture
def trusted(tmp_path: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate(tmp_path))
    return context


@pytest.mark.parametrize("password", ["secret", "wrong"])
def test_it_signs_in_over_tls_alone_and_to_whom_it_trusts(
    box: Mailbox,
    trusted: ssl.SSLContext,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    password: str,
) -> None:
    controller = serve(
        box, tls_context=trusted, require_starttls=True, authenticator=box.login, auth_required=True
    )
    named = server(controller.port, tls="starttls", user="finch", password_env="P")
    try:
        with pytest.raises(MailFailed, match="CERTIFICATE"):
            send(Mailer(named, password))
        assert box.logins == [] and box.mails == []
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
        if password == "secret":
            send(Mailer(named, password))
            assert box.mails[0][1] == ["anna@example.com"]
        else:
            with pytest.raises(MailFailed, match="535"):
                send(Mailer(named, password))
            assert box.mails == []
        assert set(box.logins) == {(b"finch", password.encode())}
    finally:
        controller.stop()


def test_a_server_without_starttls_gets_no_password(plain: Controller, box: Mailbox) -> None:
    with pytest.raises(MailFailed):
        send(Mailer(server(plain.port, tls="starttls", user="finch", password_env="P"), "secret"))
    assert box.mails == [] and box.logins == []


# --- shop.yml and the doctor ---

MAIL = "mail: {host: 127.0.0.1, port: PORT, tls: none, from: shop@shop.example}\n"


def with_line(settings: Settings, line: str) -> Settings:
    text = settings.shop_file.read_text(encoding="utf-8")
    settings.shop_file.write_text(f"{text}\n{line}", encoding="utf-8")
    return read_settings({"SHOPTALK_SHOP": str(settings.shop_file)})


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("mail: {from: a@b.example}", "host"),
        ("mail: {host: h}", "from"),
        ("mail: {host: h, from: nobody}", "from"),
        ('mail: {host: h, from: "a@b.example\\r\\nBcc: c@d.example"}', "from"),
        ("mail: {host: h, from: a@b.example, tls: maybe}", "tls"),
        ("mail: {host: h, from: a@b.example, user: u}", "belong together"),
        ("mail: {host: h, from: a@b.example, password_env: P}", "belong together"),
        ("mail: {host: h, from: a@b.example, tls: none, user: u, password_env: P}", "for all to"),
    ],
)
def test_what_is_wrong_with_it_is_said_with_its_line(
    settings: Settings, line: str, said: str
) -> None:
    with pytest.raises(ConfigError, match=r"line \d+") as failed:
        with_line(settings, line)
    assert said in str(failed.value)


def test_usual_ports_and_a_password_from_the_environment(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not mail_is_set_up(settings) and Mailer.from_settings(settings) is None
    for tls, port in (("starttls", 587), ("tls", 465), ("none", 25)):
        given = {"host": "h", "from": "a@b.example", "tls": tls}
        assert MailServer.parse_obj(given).port == port
    changed = with_line(
        settings, "mail: {host: h, from: a@b.example, user: u, password_env: SHOP_MAIL}"
    )
    assert mail_is_set_up(changed)
    with pytest.raises(ConfigError, match="SHOP_MAIL"):
        Mailer.from_settings(changed)
    monkeypatch.setenv("SHOP_MAIL", "secret")
    assert Mailer.from_settings(changed)


def doctor(settings: Settings) -> tuple[bool, str]:
    (found,) = [one for one in checks(settings) if one.name == "mail"]
    return found.ok, found.detail


def test_the_doctor_says_whether_mail_works(settings: Settings, box: Mailbox) -> None:
    assert doctor(settings) == (True, "not set up: codes are not mailed, staff see to proofs")
    controller = serve(box)
    works = with_line(settings, MAIL.replace("PORT", str(controller.port)))
    try:
        ok, said = doctor(works)
    finally:
        controller.stop()
    assert ok and f"127.0.0.1:{controller.port}" in said and box.mails == []
    ok, said = doctor(works)
    assert not ok and "refused" in said.lower()
