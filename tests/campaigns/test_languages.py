"""Mails, what they ask, and the pages behind them in the language of who reads them."""

import time
from collections.abc import Iterator

import pytest
from aiosmtpd.controller import Controller

from bot.campaigns.asked import take_wishes
from bot.campaigns.campaign import read_campaign
from bot.campaigns.office import Office
from bot.campaigns.people import Trait
from bot.campaigns.texts import say, told
from bot.errors import ConfigError
from bot.intents import topics
from bot.settings import Settings
from bot.staff.accounts import StaffStore
from bot.staff.asked import Asked
from bot.staff.requests import RequestStore
from tests.campaigns.mailbox import Box, serve
from tests.campaigns.test_mails import add, open_office, parts
from tests.console.transcripts import keep, said

NOW = time.time()
TENTS = """\
title: Tents
subject: "{first_name|Hello}, new tents"
body: "See our tents. {offer|Have a look}."
translations:
  de: {subject: "{first_name|Hallo}, neue Zelte", body: "Unsere Zelte. {offer|Sehen Sie}.\\n\\n{offer}"}
  nl: {subject: Nieuwe tenten}
variants:
  - {id: plain}
  - {id: loud, subject: TENTS, translations: {de: {subject: ZELTE}}}
holdout: 0
"""
OFFER = "{title: Ten off, text: Soon over., code: T10, translations: {de: {title: Zehn weniger}}}"


@pytest.fixture
def box(settings: Settings) -> Iterator[tuple[Box, Controller]]:
    box = Box(settings.shop_dir / "journal")
    controller = serve(box)
    yield box, controller
    controller.stop()


@pytest.fixture
def office(settings: Settings, box: tuple[Box, Controller]) -> Iterator[Office]:
    more = "  purposes: {sales: {en: Sales, de: Angebote}}\n"
    opened = open_office(settings, box[1].port, f"{more}offers: [{{id: ten, {OFFER[1:]}]\n")
    yield opened
    opened.close()


def ask(settings: Settings, conversation: str, email: str, kind: str = "newsletter_on") -> None:
    staff = StaffStore(settings.staff_db)
    asked = Asked(kind, f"R-{conversation}", email=email, at=NOW)
    RequestStore(staff.db).add(conversation, asked)
    staff.close()


def test_who_asked_in_german_is_asked_to_confirm_in_german(
    settings: Settings, office: Office, box: tuple[Box, Controller]
) -> None:
    slot = {"event": "slot", "name": "language", "timestamp": NOW}
    keep(settings, "c-de", said("Hallo", "m1", NOW - 9), {**slot, "value": "de"})
    keep(settings, "c-ja", said("hello", "m2", NOW - 9), {**slot, "value": "ja"})
    for conversation in ("c-de", "c-ja", "c-none"):
        ask(settings, conversation, f"{conversation}@example.com")
    assert take_wishes(office, NOW) == 3 and take_wishes(office, NOW) == 0
    office.sender(None).run(settings.var)
    mails = dict(box[0].mails)
    subject = say("de", "confirm_subject", shop=office.settings.shop.name)
    assert mails["c-de@example.com"]["Subject"] == subject
    plain, page = parts(mails["c-de@example.com"])
    assert say("de", "confirm_else") in plain and "?language=de" in plain
    assert say("de", "confirm_button") in page and '<html lang="de">' in page
    assert office.optin.get(1).text == office.agreement("news", "de") != office.agreement("news")
    english = say("en", "confirm_subject", shop=office.settings.shop.name)
    assert mails["c-ja@example.com"]["Subject"] == mails["c-none@example.com"]["Subject"] == english


def test_a_campaign_is_read_in_the_language_of_its_reader(
    settings: Settings, office: Office, box: tuple[Box, Controller]
) -> None:
    office.campaigns.save("tents", TENTS)
    for name, language in (("dora", "de"), ("nina", "nl"), ("fay", "fr"), ("ono", "ja")):
        person = add(office, name, full_name=name.title())
        office.people.learn(person, f"c-{name}", [Trait("language", language, NOW)])
        office.people.db.execute(
            "UPDATE features SET language = ? WHERE person = ?", [language, person]
        )
        office.outbox.queue("campaign", "tents", person, NOW, version=2, variant="plain")
    office.sender(None).run(settings.var)
    mails = {address.split("@")[0]: mail for address, mail in box[0].mails}
    assert mails["dora"]["Subject"] == "Dora, neue Zelte"
    german = parts(mails["dora"])[0]
    assert "Unsere Zelte. Zehn weniger." in german and say("de", "offer_code", code="T10") in german
    assert "Soon over." in german, "what isn't translated is as it was written"
    assert say("de", "unsubscribe") in german and "?language=de" in german
    assert mails["nina"]["Subject"] == "Nieuwe tenten"
    assert "See our tents. Ten off." in parts(mails["nina"])[0]
    assert (
        mails["fay"]["Subject"] == "Fay, new tents" and mails["ono"]["Subject"] == "Ono, new tents"
    )
    assert say("fr", "unsubscribe") in parts(mails["fay"])[0]
    assert say("en", "unsubscribe") in parts(mails["ono"])[0], "the shop doesn't speak it"


def test_a_variant_is_seen_in_every_language() -> None:
    campaign = read_campaign("tents", TENTS)
    assert campaign.words("loud", "de")[0] == "ZELTE"
    assert campaign.words("loud", "nl")[0] == "TENTS", "else Dutch people would get no variant"
    assert campaign.words("plain", "nl")[0] == "Nieuwe tenten"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("Nieuwe tenten", '"{voornaam|Hoi}"', "translations.nl.subject: {voornaam} is no variable"),
        ("subject: ZELTE", 'subject: "{first_name}"', "{first_name} may be unknown"),
        ("nl: {subject", "nl: {betreff", "translations.nl.betreff"),
    ],
)
def test_a_fault_in_a_translation_is_told_with_its_place(old: str, new: str, says: str) -> None:
    assert old in TENTS
    with pytest.raises(ConfigError) as wrong:
        read_campaign("tents.yml", TENTS.replace(old, new))
    assert says in str(wrong.value)


def test_a_purpose_has_a_title_in_each_language(office: Office) -> None:
    assert "„Angebote“" in office.agreement("sales", "de")
    assert "“Sales”" in office.agreement("sales") and "Sales" in office.agreement("sales", "nl")


def test_what_is_kept_of_people_is_read_in_their_language() -> None:
    for topic in topics():
        assert say("de", f"topic_{topic}")
    assert told("de", "an order") == "eine Bestellung"
    assert told("de", "newsletter, in the chat") == "im Chat gewünscht"
    assert told("de", "the fair in Leipzig") == "the fair in Leipzig"
