"""Mails through a real server: what they say, to whom they never go, what comes back; each exactly once."""

import html
import mailbox
import random
import re
import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from email.message import EmailMessage
from zoneinfo import ZoneInfo

import pytest
from aiosmtpd.controller import Controller

from bot.campaigns import features
from bot.campaigns.audience import HOLDOUT, arm_of, assign, audience
from bot.campaigns.bounces import Returned, read_returned
from bot.campaigns.campaign import read_campaign
from bot.campaigns.consent import BOUNCED, COMPLAINED, EVERYTHING, UNSUBSCRIBED, Consents
from bot.campaigns.letter import fill, follow_links, read_letter
from bot.campaigns.office import Office, Writer
from bot.campaigns.outbox import Mail
from bot.campaigns.people import Bought, Trait
from bot.campaigns.sending import Throttle, is_quiet
from bot.campaigns.starters import starter
from bot.errors import ConfigError, NotFound
from bot.settings import Settings, read_settings
from bot.settings.mailing import CampaignRules
from recommender import Recommender
from recommender.catalogue.ingest import ingest
from tests.campaigns.mailbox import JOURNAL, Box, serve
from tests.campaigns.sending_process import start
from tests.recommender.fakes import FakeEmbedder

NOW = time.time()
TENTS = """\
title: Tents
purpose: news
subject: "{first_name|Hello}, new tents"
body: |
  Dear {first_name|friend},

  see **our** [tents](https://shop.example/tents?a=1&b=2).

  {products}
holdout: 0
"""


@pytest.fixture
def server(settings: Settings) -> Iterator[tuple[Box, Controller]]:
    box = Box(settings.shop_dir / "journal")
    controller = serve(box)
    yield box, controller
    controller.stop()


@pytest.fixture
def office(settings: Settings, server: tuple[Box, Controller]) -> Iterator[Office]:
    opened = open_office(settings, server[1].port)
    yield opened
    opened.close()


def open_office(settings: Settings, port: int, more: str = "") -> Office:
    text = settings.shop_file.read_text(encoding="utf-8")
    text += (
        f"\nmail: {{host: 127.0.0.1, port: {port}, tls: none, from: 'Finch <shop@shop.example>'}}\n"
        "campaigns:\n  address: https://shop.example\n  per_minute: 100000\n"
        "  quiet_from: '00:00'\n  quiet_until: '00:00'\n"
        "  returned: {address: returned@shop.example, maildir: returned}\n" + more
    )
    settings.shop_file.write_text(text, encoding="utf-8")
    (settings.shop_dir / "campaigns").mkdir(exist_ok=True)
    office = Office.open(read_settings({"SHOPTALK_SHOP": str(settings.shop_file)}))
    office.campaigns.save("tents", TENTS)
    office.campaigns.set_status("tents", "started")
    return office


def add(office: Office, name: str, agreed: bool = True, full_name: str = "") -> int:
    person = office.people.ensure(f"{name}@example.com", "signed", NOW, full_name)
    if agreed:
        office.consents.give(person, "news", "Yes.", "test", NOW, {"of": "test"})
    return person


def queue(office: Office) -> tuple[int, int]:
    entry = office.campaigns.get("tents")
    rules = office.settings.shop.campaigns
    return assign(office.outbox, "tents", entry.version, entry.campaign, rules, time.time())


def sent(office: Office, settings: Settings) -> Mail:
    """The campaign's mail to Anna, which the server took."""
    add(office, "anna")
    queue(office)
    office.sender(None).run(settings.var)
    mail = office.outbox.get(1)
    assert mail
    return mail


def to(box: Box) -> list[str]:
    return sorted(address.split("@")[0] for address, _ in box.mails)


def parts(mail: EmailMessage) -> tuple[str, str]:
    plain, page = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain and page
    return plain.get_content(), page.get_content()


# --- what a mail says ---


def test_a_mail_is_for_one_person_with_products_reasons_and_two_ways_to_say_no(
    settings: Settings, office: Office, server: tuple[Box, Controller]
) -> None:
    ingest(settings.shop_dir / "products.csv", settings.catalogue_dir, embedder=FakeEmbedder())
    anna = add(office, "anna", full_name="Anna <b>Bakker</b>")
    office.people.learn(anna, "c", [Trait("viewed", "J1", NOW), Trait("bought", "J2", NOW - 5)])
    assert queue(office) == (1, 0)
    done = office.sender(Recommender(settings.catalogue_dir, FakeEmbedder())).run(settings.var)
    ((address, mail),) = server[0].mails
    assert (done.sent, address) == (1, "anna@example.com")
    assert server[0].senders == {"returned@shop.example"}  # where bounces go
    assert mail["Subject"] == "Anna, new tents" and mail["From"] == "Finch <shop@shop.example>"
    ways = re.findall(r"<([^>]+)>", mail["List-Unsubscribe"])
    assert ways[0].startswith("https://shop.example/mail/unsubscribe/")
    assert ways[1].startswith("mailto:returned@shop.example?subject=unsubscribe%20")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    plain, page = parts(mail)
    assert "Dear Anna," in plain and "<p" not in plain and "{" not in plain
    assert "because you looked at Storm Jacket" in page.replace("Because", "because")
    assert "City Jacket" not in page, "it was bought already"
    assert "Camp Mug" not in page, "it is sold out"
    assert page.count("<img") == 0 and ways[0] in html.unescape(page) and ways[0] in plain
    go = re.search(r'href="(https://shop\.example/mail/go/[^"]+)"', page)
    assert go
    number, url = office.links.read_click(html.unescape(go[1]).rpartition("/")[2])
    assert url == "https://shop.example/tents?a=1&b=2"
    office.outbox.click(number, url, NOW)
    office.outbox.click(number, url, NOW)
    assert office.people.one("SELECT n FROM clicks WHERE mail = ?", number) == {"n": 2}


def test_a_value_is_never_markup_and_a_variable_stands_in_no_address() -> None:
    letter = read_letter(
        "Hi {name|you} [x](https://a.example/{name|y}) <script>1</script>", "#000000"
    )
    page = follow_links(
        fill(letter.html, {"name": '"><img src=x> [a](b)'}, True), lambda u: u, True
    )
    assert "<img" not in page and "<script" not in page and 'href="b"' not in page
    plain = follow_links(fill(letter.text, {"name": "A\nB"}, False), lambda u: u, False)
    assert "Hi A B x" in plain


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"body: |": "body: |\n  {frist_name|x}"}, "line 4: body: {frist_name} is no variable"),
        ({"{first_name|friend}": "{first_name}"}, "{first_name} may be unknown"),
        ({"{first_name|friend}": "{{ 7*7 }}"}, "there is no code in a mail"),
        ({"holdout: 0": "holdout: 70"}, "line 10: holdout"),
        ({"purpose: news": "segment: {order: 2}"}, "line 2: segment.order: there is no condition"),
        ({"holdout: 0": "variants: [{id: a, subject: x}]"}, "an A/B test has two variants"),
        ({"title": "titel"}, "titel: there is no such name; did you mean title?"),
    ],
)
def test_a_mistake_in_a_campaign_is_told_with_its_line(change: dict[str, str], said: str) -> None:
    text = TENTS
    for old, new in change.items():
        assert old in text
        text = text.replace(old, new)
    with pytest.raises(ConfigError) as wrong:
        read_campaign("tents.yml", text)
    assert said in str(wrong.value)


# --- to whom ---


def test_it_goes_to_nobody_who_must_not_get_it(
    settings: Settings, office: Office, server: tuple[Box, Controller]
) -> None:
    people = {
        name: add(office, name) for name in ("ok", "upset", "complains", "refused", "no", "spam")
    }
    add(office, "never-asked", agreed=False)
    calm = {
        "seen_at": NOW,
        "mood": 0.0,
        "upset": False,
        "open_complaint": False,
        "refused_at": None,
    }
    from bot.campaigns.features import feel

    feel(office.people.db, people["upset"], **{**calm, "upset": True})
    feel(office.people.db, people["complains"], **{**calm, "open_complaint": True})
    feel(office.people.db, people["refused"], **{**calm, "refused_at": NOW - 3600})
    office.consents.withdraw(office.people.mark("no@example.com"), "news", "link", NOW)
    office.consents.suppress(office.people.mark("spam@example.com"), COMPLAINED, NOW)
    campaign = office.campaigns.get("tents").campaign
    counted = audience(office.people, campaign, office.settings.shop.campaigns, NOW)
    assert (counted.segment, counted.agreed, counted.calm, counted.rested) == (7, 4, 1, 1)
    queue(office)
    office.sender(None).run(settings.var)
    assert to(server[0]) == ["ok"]


def test_what_changes_after_queueing_still_counts(
    settings: Settings, office: Office, server: tuple[Box, Controller]
) -> None:
    for name in ("anna", "bob"):
        add(office, name)
    assert queue(office) == (2, 0)
    office.consents.withdraw(office.people.mark("bob@example.com"), "news", "link", NOW)
    assert office.sender(None).run(settings.var).dropped == 1
    assert to(server[0]) == ["anna"]


def test_nobody_gets_a_campaign_twice_or_two_in_the_cooldown(
    settings: Settings, office: Office, server: tuple[Box, Controller]
) -> None:
    anna = add(office, "anna")
    queue(office)
    office.campaigns.save("tents", TENTS.replace("new tents", "newer tents"))
    assert queue(office) == (0, 0)
    office.sender(None).run(settings.var)
    other = read_campaign("other", TENTS)
    rules = office.settings.shop.campaigns
    assert assign(office.outbox, "other", 1, other, rules, time.time()) == (0, 0)
    office.people.db.execute("UPDATE outbox SET sent_at = sent_at - 4 * 86400")
    office.people.db.conn.commit()
    assert assign(office.outbox, "other", 1, other, rules, time.time()) == (1, 0)
    assert anna and to(server[0]) == ["anna"]


def test_a_part_is_held_out_by_default_and_groups_never_change() -> None:
    arms = Counter(arm_of("tents", f"m{i}", 10, ["a", "b"]) for i in range(20_000))
    assert 1800 < arms[HOLDOUT] < 2200 and abs(arms["a"] - arms["b"]) < 600
    assert read_campaign("x", TENTS.replace("holdout: 0\n", "")).holdout is None  # the shop's: 10 %
    assert CampaignRules().holdout == 10
    assert arm_of("tents", "m1", 10, []) == arm_of("tents", "m1", 10, [])


# --- how ---


@pytest.mark.parametrize(
    ("begin", "end", "clock", "quiet"),
    [
        ("21:00", "08:00", "20:59", False), ("21:00", "08:00", "21:00", True),
        ("21:00", "08:00", "03:00", True), ("21:00", "08:00", "08:00", False),
        ("12:00", "14:00", "13:00", True), ("12:00", "14:00", "14:00", False),
        ("00:00", "00:00", "12:00", False),
    ],
)  # fmt: skip
def test_quiet_hours_are_the_shops(begin: str, end: str, clock: str, quiet: bool) -> None:
    hour, minute = map(int, clock.split(":"))
    at = datetime(2026, 11, 3, hour, minute, tzinfo=ZoneInfo("Europe/Amsterdam"))
    assert is_quiet(CampaignRules(quiet_from=begin, quiet_until=end), at) == quiet


def test_each_domain_gets_no_more_a_minute_than_it_likes() -> None:
    throttle = Throttle(CampaignRules(per_minute=60, domains={"slow.example": 2}))
    assert [throttle.slot("a.example", 100.0) for _ in range(3)] == [100.0, 101.0, 102.0]
    assert [throttle.slot("slow.example", 100.0) for _ in range(2)] == [100.0, 130.0]
    assert throttle.slot("a.example", 500.0) == 500.0


def test_not_now_is_another_time_and_never_is_never(
    settings: Settings, office: Office, server: tuple[Box, Controller]
) -> None:
    server[0].refuses = {
        "full@example.com": "452 4.2.2 full",
        "gone@example.com": "550 5.1.1 no such",
    }
    for name in ("full", "gone", "ok"):
        add(office, name)
    queue(office)
    done = office.sender(None).run(settings.var)
    assert (done.sent, done.later, done.failed) == (1, 1, 1)
    row = office.people.one("SELECT * FROM outbox WHERE state = 'queued'")
    assert row and row["fault"] == "452 4.2.2" and row["due_at"] > time.time() + 30
    assert not office.sender(None).run(settings.var).sent
    office.people.db.execute("UPDATE outbox SET due_at = 0")
    office.people.db.conn.commit()
    server[0].refuses = {}
    assert office.sender(None).run(settings.var).sent == 1
    assert to(server[0]) == ["full", "ok"]
    assert office.consents.suppression(office.people.mark("gone@example.com")) == BOUNCED


@pytest.mark.timeout(240)
def test_killed_at_any_moment_nothing_is_sent_twice_and_nothing_is_lost(settings: Settings) -> None:
    """Fifty times; the server takes a mail and answers late, so that many die in between."""
    box = Box(settings.shop_dir / "journal", slow=0.02)
    controller = serve(box)
    office = open_office(
        settings, controller.port, f"  journal: {{address: {JOURNAL}, maildir: journal}}\n"
    )
    people = [f"p{number}" for number in range(260)]
    for name in people:
        add(office, name)
    assert queue(office)[0] == len(people)
    environment = {"SHOPTALK_SHOP": str(settings.shop_file)}
    chance, killed, doubts = random.Random(26), 0, 0
    while office.outbox.counts().get("sent", 0) < len(people):
        process = start(environment)
        if killed < 50:
            before = len(box.mails)
            while len(box.mails) < before + chance.randrange(1, 7) and process.is_alive():
                time.sleep(0.001)
            time.sleep(chance.random() * 0.03)
            process.kill()
            killed += 1
        process.join()
        doubts += office.outbox.counts().get("handing", 0)
        time.sleep(0.05 if killed < 50 else 0.3)
    controller.stop()
    assert killed == 50 and doubts > 10, "too few were killed in the moment that counts"
    assert to(box) == sorted(people)
    office.close()


# --- agreeing, and what comes back ---


def test_agreeing_takes_a_mail_and_its_link(
    settings: Settings, office: Office, server: tuple[Box, Controller]
) -> None:
    words = office.agreement("news")
    assert office.optin.ask("New@Example.com", "news", words, "footer of the shop", NOW, "en")
    assert not office.optin.ask("new@example.com", "news", words, "again", NOW + 60, "en")
    with pytest.raises(NotFound):
        office.people.find("new@example.com")
    office.sender(None).run(settings.var)
    ((address, mail),) = server[0].mails
    assert address == "new@example.com" and mail["List-Unsubscribe"] is None
    found = re.search(r"https://shop\.example/mail/confirm/([^?\s]+)", parts(mail)[0])
    assert found
    number = office.links.read_confirm(found[1])
    office.optin.confirm(number, NOW + 60, {"network": "192.0.2.1"})
    person = office.people.find("new@example.com")
    assert person.proof == "a link in a mail was confirmed"
    asked, given = office.consents.history(person.id)
    assert (asked.state, asked.source, given.state) == ("asked", "footer of the shop", "given")
    assert given.text == words and given.proof["network"] == "192.0.2.1"
    assert given.proof["message_id"] == mail["Message-ID"].strip()
    with pytest.raises(NotFound):
        office.optin.confirm(number, NOW, {})
    with pytest.raises(NotFound):
        office.links.read_confirm(found[1][:-2] + "xx")
    assert not office.optin.ask("new@example.com", "news", words, "again", NOW + 9e5, "en")


BOUNCE = """\
From: MAILER-DAEMON@mx.example
To: returned@shop.example
Subject: Undelivered
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B"

--B
Content-Type: text/plain

Sorry.
--B
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; anna@example.com
Action: failed
Status: {status}

--B
Content-Type: {part}

Message-ID: {message_id}
Subject: x

--B--
"""


@pytest.mark.parametrize("part", ["message/rfc822", "text/rfc822-headers"])
@pytest.mark.parametrize(("status", "ends"), [("5.1.1", True), ("5.2.2", False), ("4.4.1", False)])
def test_a_bounce_ends_mails_to_an_address_that_is_none(
    settings: Settings, office: Office, part: str, status: str, ends: bool
) -> None:
    mail = sent(office, settings)
    folder = office.returned_folder()
    assert folder
    box = mailbox.Maildir(folder)
    raw = BOUNCE.format(status=status, part=part, message_id=mail.message_id)
    box.add(raw)
    box.add("Subject: hello\n\nI am a person.\n")
    assert office.returns.read_mailbox(folder, NOW) == 1
    assert office.returns.read_mailbox(folder, NOW) == 0
    assert office.consents.suppression(office.people.mark("anna@example.com")) == (
        BOUNCED if ends else ""
    )
    again = office.outbox.get(1)
    assert again and again.state == ("bounced" if ends else "sent")
    assert read_returned(raw.replace("multipart/report", "multipart/mixed").encode()) is None


def test_who_writes_unsubscribe_to_us_gets_no_more(settings: Settings, office: Office) -> None:
    from bot.campaigns.links import Mail

    mark = office.people.mark("anna@example.com")
    add(office, "anna")
    token = office.links.token(Mail(mark, "news", 1))
    folder = office.returned_folder()
    assert folder
    mailbox.Maildir(folder).add(f"Subject: unsubscribe {token}\n\n\n")
    mailbox.Maildir(folder).add("Subject: unsubscribe made-up-token-that-nobody-signed\n\n\n")
    assert office.returns.read_mailbox(folder, NOW) == 1
    assert office.consents.suppression(mark, "news") == UNSUBSCRIBED


def test_a_token_of_an_erased_person_still_unsubscribes(office: Office) -> None:
    mark = office.people.mark("gone@example.com")
    Consents(office.people).withdraw(mark, EVERYTHING, "link", NOW)
    assert office.consents.suppression(mark) == UNSUBSCRIBED


def test_nothing_starts_where_nobody_could_unsubscribe(settings: Settings) -> None:
    office = Office.open(settings)
    with pytest.raises(ConfigError, match="names no mail server"):
        office.check_sending()
    office.close()


def test_the_offer_that_is_theirs_stands_in_the_mail_and_a_preview_chooses_none(
    settings: Settings, server: tuple[Box, Controller]
) -> None:
    office = open_office(
        settings, server[1].port,
        "offers: [{id: ten, title: 'Ten <off>', code: TEN10, url: 'https://shop.example/ten', cap: 1}]\n",
    )  # fmt: skip
    office.campaigns.save(
        "tents", 'title: T\nsubject: "{offer|News} for you"\nbody: "Look: {offer|ours}.\\n\\n{offer}"\n'
        "holdout: 0\n",
    )  # fmt: skip
    anna = add(office, "anna")
    made = Writer(office, None, lambda: NOW).made(
        Mail(0, "campaign", "tents", 2, "mail", "", anna, "queued", "", 0, 0, 0, None, None),
        office.people.get(anna),
    )
    assert "TEN10" in made.text and office.people.one("SELECT 1 FROM offered") is None
    add(office, "ben")
    queue(office)
    office.sender(None).run(settings.var)
    mails = {address.partition("@")[0]: mail for address, mail in server[0].mails}
    assert (
        mails["anna"]["Subject"] == "Ten <off> for you"
        and mails["ben"]["Subject"] == "News for you"
    )
    plain, page = parts(mails["anna"])
    assert "Look: Ten <off>." in plain and "Code: TEN10" in plain and "Yours until" in plain
    assert "Ten &lt;off&gt;" in page and "TEN10" in page and "\ue004" not in page + plain
    assert "/mail/go/" in page and "<off>" not in page
    plain, page = parts(mails["ben"])
    assert "TEN10" not in plain + page and "\ue004" not in plain + page  # one person at most
    assert office.people.one("SELECT person, place FROM offered") == {
        "person": anna,
        "place": "mail",
    }
    office.close()


def test_a_mail_that_a_server_takes_for_spam_silences_nobody_for_ever(
    settings: Settings, office: Office
) -> None:
    mail = sent(office, settings)
    assert office.returns.take(Returned(mail.message_id, "bounced", "5.7.1"), NOW)
    again = office.outbox.get(1)
    assert again and again.state == "bounced"
    assert not office.consents.suppression(office.people.mark("anna@example.com"))


def test_a_paused_campaign_sends_nothing_until_it_goes_on_and_a_finished_one_never(
    settings: Settings, office: Office, server: tuple[Box, Controller]
) -> None:
    add(office, "anna")
    queue(office)
    office.campaigns.set_status("tents", "paused")
    assert office.sender(None).run(settings.var).sent == 0
    assert office.outbox.counts() == {"queued": 1}
    office.campaigns.set_status("tents", "started")
    assert office.sender(None).run(settings.var).sent == 1
    add(office, "bert")
    queue(office)
    office.campaigns.set_status("tents", "finished")
    assert office.sender(None).run(settings.var).dropped == 1
    assert to(server[0]) == ["anna"]


def test_a_cart_is_told_of_with_what_is_in_it_and_never_after_the_order(
    settings: Settings, office: Office
) -> None:
    ingest(settings.shop_dir / "products.csv", settings.catalogue_dir, embedder=FakeEmbedder())
    recommender = Recommender.open(settings.catalogue_dir, FakeEmbedder())
    text = starter("cart").replace("goal: ordered", "goal: ordered\nholdout: 0")
    office.journeys.save("journeys/cart", text, NOW)
    office.journeys.set_status("journeys/cart", "started", NOW)
    anna = add(office, "anna")
    office.people.learn(anna, "c", [Trait("carted", "M1", NOW - 4 * 3600)])
    features.make(office.people.db, [anna])
    seen = Writer(office, recommender, time.time).made(
        office.journeys.shown("journeys/cart", anna), office.people.get(anna)
    )
    assert [line for line in seen.text.split("\n") if line.startswith("- ")] == [
        next(line for line in seen.text.split("\n") if "Stone Mug" in line)
    ]
    office.journeys.tick(NOW)
    office.journeys.tick(NOW + 3.1 * 3600)
    assert office.outbox.counts() == {"queued": 1}
    office.people.buy(anna, Bought("o1", NOW + 3.2 * 3600, 30.0), [])
    with office.people.db.atomic():
        office.people.db.conn.execute("UPDATE outbox SET due_at = 0")
    done = office.sender(None).run(settings.var)
    assert (done.sent, done.dropped) == (0, 1)
