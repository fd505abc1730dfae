"""The contract of a mailer, for the one that talks SMTP and the fake of the actions' tests."""

import asyncio
from collections.abc import Callable, Iterator
from typing import NamedTuple

import pytest

from bot.mail import Mailer, MailFailed
from tests.actions.fakes import Post
from tests.test_mail import Mailbox, serve, server


class Sending(NamedTuple):
    """A mailer, what arrived by it (to, subject, text), and how to take its server away."""

    mailer: Mailer | Post
    arrived: Callable[[], list[tuple[str, str, str]]]
    go_down: Callable[[], None]


@pytest.fixture(params=["SMTP", "fake"])
def sending(request: pytest.FixtureRequest) -> Iterator[Sending]:
    if request.param == "fake":
        post = Post()
        yield Sending(post, lambda: post.sent, lambda: setattr(post, "down", True))
        return
    box = Mailbox()
    controller = serve(box)

    def arrived() -> list[tuple[str, str, str]]:
        return [(to, mail["subject"], mail.get_content().strip()) for _, (to,), mail in box.mails]

    def go_down() -> None:
        box.refuses = "451 later"

    yield Sending(Mailer(server(controller.port)), arrived, go_down)
    controller.stop()


def test_each_mail_arrives_with_address_subject_and_text_in_order(sending: Sending) -> None:
    mails = [("anna@example.com", "Grüße", "Hé, 123456"), ("tom@example.com", "Order", "Done.")]
    for mail in mails:
        asyncio.run(sending.mailer.send(*mail))
    assert sending.arrived() == mails


def test_a_mail_that_can_not_be_sent_is_said_and_does_not_arrive(sending: Sending) -> None:
    asyncio.run(sending.mailer.send("anna@example.com", "First", "Before."))
    sending.go_down()
    with pytest.raises(MailFailed):
        asyncio.run(sending.mailer.send("anna@example.com", "Second", "After."))
    assert [subject for _, subject, _ in sending.arrived()] == ["First"]
