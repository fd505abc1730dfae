"""All that campaigns work with, put together for one shop: for the command line and for web."""

import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from email.utils import parseaddr
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from bot.campaigns.audience import refused
from bot.campaigns.blocks import Picked, Picks
from bot.campaigns.bounces import Returns
from bot.campaigns.campaign import MailCampaign
from bot.campaigns.campaigns import MailCampaigns
from bot.campaigns.consent import BOUNCED, Consents
from bot.campaigns.happenings import BACK, CART, CHEAPER, in_cart, of_journey
from bot.campaigns.journeys import Journeys, sent_step
from bot.campaigns.letter import OFFERED, PRODUCTS
from bot.campaigns.links import MailLinks
from bot.campaigns.offers import Offers
from bot.campaigns.optin import OptIn
from bot.campaigns.outbox import Mail, Outbox
from bot.campaigns.people import Known, People
from bot.campaigns.rendering import Made, Reader, Renderer
from bot.campaigns.sending import Dropped, Ready, Sender
from bot.campaigns.texts import purposes, say
from bot.errors import ConfigError, NotFound
from bot.mail import Mailer
from bot.settings import Settings
from bot.store.db import open_readonly

if TYPE_CHECKING:
    from recommender import Recommender


@dataclass(frozen=True)
class Office:
    """The stores of one shop's campaigns, and what works on them."""

    settings: Settings
    people: People
    consents: Consents
    outbox: Outbox
    optin: OptIn
    links: MailLinks
    campaigns: MailCampaigns
    journeys: Journeys
    renderer: Renderer
    returns: Returns
    offers: Offers

    @classmethod
    def open(cls, settings: Settings) -> "Office":
        """Open the database. Raises StoreError."""
        shop = settings.shop
        people = People(settings.campaigns_db, settings.secrets)
        consents = Consents(people)
        sender = shop.mail.sender if shop.mail else shop.contact.email
        outbox = Outbox(people, settings.secrets, parseaddr(sender)[1].rpartition("@")[2])
        address = shop.campaigns.address or f"http://{settings.host}:{settings.web_port}"
        links = MailLinks(settings.secrets, address)
        return cls(
            settings, people, consents, outbox, OptIn(people, outbox), links,
            MailCampaigns(people.db, settings.campaigns_dir, shop.zone),
            Journeys(outbox, settings.campaigns_dir, shop.campaigns), Renderer(shop, links),
            Returns(outbox, consents, links), Offers(people, shop),
        )  # fmt: skip

    def close(self) -> None:
        """Close the database."""
        self.people.close()

    @property
    def language(self) -> str:
        """The shop's own language, for who has none that is known."""
        return self.settings.shop.languages[0]

    def language_of(self, conversation: str) -> str:
        """The language of a conversation, if the shop speaks it; else the shop's own."""
        path, said = self.settings.transcripts_db, None
        if path.exists():
            with closing(open_readonly(path).conn) as db:
                sql = "SELECT language FROM conversations WHERE id = ?"
                said = db.execute(sql, [conversation]).fetchone()
        return said[0] if said and said[0] in self.settings.shop.languages else self.language

    def agreement(self, purpose: str, language: str = "") -> str:
        """The words to which somebody agrees, in the shop's language by default.

        Raises NotFound for a purpose that there isn't.
        """
        language = language or self.language
        titles = purposes(self.settings.shop, language)
        if purpose not in titles:
            raise NotFound(
                f"There is no purpose {purpose!r}.",
                f"There are {', '.join(titles)}; shop.yml names more under campaigns.purposes.",
            )
        return say(language, "agree", purpose=titles[purpose], shop=self.settings.shop.name)

    def check_sending(self) -> None:
        """Raise ConfigError unless shop.yml says all that a campaign's mails need."""
        shop, where = self.settings.shop, "docs/campaigns.md shows the lines of shop.yml."
        if shop.mail is None:
            raise ConfigError("shop.yml names no mail server: `mail:` is missing.", where)
        if not shop.campaigns.address:
            raise ConfigError(
                "shop.yml has no `campaigns: address:`, so nobody could unsubscribe.", where
            )

    def sender(self, recommender: "Recommender | None") -> Sender:
        """What sends the outbox. Raises ConfigError."""
        self.check_sending()
        mailer = Mailer.from_settings(self.settings)
        assert mailer  # as check_sending says
        writer = Writer(self, recommender, time.time)
        return Sender(
            self.outbox, self.settings.shop, mailer, writer.prepare, self.settings.shop_dir,
            self._is_nobody,
        )  # fmt: skip

    def _is_nobody(self, mail: Mail) -> None:
        """The server said that an address isn't one."""
        if mark := self.outbox.mark_of(mail):
            self.consents.suppress(mark, BOUNCED, time.time())

    def returned_folder(self) -> Path | None:
        """The mailbox that mails return to; None without one."""
        maildir = self.settings.shop.campaigns.returned.maildir
        return self.settings.shop_dir / maildir if maildir else None


class Writer:
    """Makes the mails of the outbox, each just before it goes out."""

    def __init__(
        self, office: Office, recommender: "Recommender | None", now: Callable[[], float]
    ) -> None:
        self._office, self._now = office, now
        self._picks = Picks(recommender, office.people, now()) if recommender else None

    def prepare(self, mail: Mail) -> Ready:
        """The mail, and where it goes. Raises Dropped when it may not go any more."""
        if mail.kind == "confirm":
            return self._confirm(mail)
        try:
            person = self._office.people.get(mail.person)
        except NotFound as error:
            raise Dropped("erased") from error
        if mail.kind == "profile":
            return self._profile(person, mail.variant or self._office.language)
        purpose = self._purpose(mail)
        if why := refused(self._office.people, mail, purpose, self._now()):
            raise Dropped(why)
        if why := self._over(mail):
            raise Dropped(why)
        return Ready(person.email, self.made(mail, person, give=True))

    def _over(self, mail: Mail) -> str:
        """Why what queued a mail wouldn't any more; "" where it would."""
        office = self._office
        known = office.journeys if mail.kind == "journey" else office.campaigns
        if known.texts.status(mail.campaign) == "finished":
            return "finished"
        met = mail.kind == "journey" and office.journeys.goal_met(mail)
        return "the goal is reached" if met else ""

    def made(self, mail: Mail, person: Known, give: bool = False) -> Made:
        """A campaign's or a journey's mail for a person, be it only to look at; `give` keeps its offer."""
        purpose, picked = self._purpose(mail), list[Picked]()
        reader = self.reader(person, purpose)
        subject, body, products = self._words(mail, reader.language)
        if OFFERED.search(subject + body):
            offers, now = self._office.offers, self._now()
            offer = offers.give(person.id, "mail", now) if give else offers.look(person.id, now)
            reader = replace(reader, offer=offer)
        if self._picks and PRODUCTS in body:
            about = self._about(mail)
            if about is None or not (give or about[0]):  # to look at, for who isn't in the journey
                picked = self._picks.for_person(person.id, products, reader.language)
            else:
                skus, why = about
                picked = self._picks.these(skus, products, say(reader.language, f"because_{why}"))
                if not picked and give:
                    raise Dropped("sold out")
        return self._office.renderer.campaign(mail, subject, body, purpose, reader, picked)

    def shown(
        self, campaign: MailCampaign, variant: str, person: Known | None, language: str
    ) -> Made:
        """A campaign's mail before it is kept, for a person, or for somebody who reads a language."""
        office, nobody = self._office, Reader("", "", language=language)
        reader = self.reader(person, campaign.purpose) if person else nobody
        if person:
            reader = replace(reader, offer=office.offers.look(person.id, self._now()))
        subject, body = campaign.words(variant, reader.language)
        mail = Mail(0, "campaign", "", 0, variant, "", 0, "queued", "", 0, 0, 0, None, None)
        return office.renderer.campaign(mail, subject, body, campaign.purpose, reader, [])

    def _about(self, mail: Mail) -> tuple[list[str], str] | None:
        """The products on which somebody came into a journey, and what happened to them."""
        if mail.kind != "journey":
            return None
        journeys, people = self._office.journeys, self._office.people
        why = journeys.get(mail.campaign, mail.version).campaign.enter.on
        if why == CART:
            return in_cart(people, mail.person), why
        if why not in (BACK, CHEAPER):
            return None
        at = journeys.happened(mail.campaign, mail.person)
        return of_journey(people, why, mail.person, at), why

    def _purpose(self, mail: Mail) -> str:
        """What the reader must have agreed to."""
        office = self._office
        known = office.journeys if mail.kind == "journey" else office.campaigns
        return known.get(mail.campaign, mail.version).campaign.purpose

    def _words(self, mail: Mail, language: str) -> tuple[str, str, int]:
        """Subject, body, and how many products."""
        if mail.kind == "journey":
            journey = self._office.journeys.get(mail.campaign, mail.version).campaign
            send = journey.steps[sent_step(mail.step)].send
            assert send  # the step that queued it
            return *send.words(language), send.products
        campaign = self._office.campaigns.get(mail.campaign, mail.version).campaign
        return *campaign.words(mail.variant, language), campaign.products

    def reader(self, person: Known, purpose: str) -> Reader:
        """A person as who reads a mail."""
        row = self._office.people.one("SELECT language FROM features WHERE person = ?", person.id)
        agreed = self._office.people.one(
            "SELECT at FROM standing WHERE person = ? AND purpose = ? AND channel = 'email' "
            "AND state = 'given'",
            person.id, purpose,
        )  # fmt: skip
        said, office = str(row["language"]) if row else "", self._office
        language = said if said in office.settings.shop.languages else office.language
        return Reader(
            person.email, person.mark, person.name, language, agreed["at"] if agreed else 0.0
        )

    def _confirm(self, mail: Mail) -> Ready:
        office, shop = self._office, self._office.settings.shop
        try:
            asked = office.optin.get(mail.person)
        except NotFound as error:
            raise Dropped("confirmed, erased, or too late") from error
        language = mail.variant or office.language
        words = partial(say, language)
        title = purposes(shop, language).get(asked.purpose, asked.purpose)
        made = office.renderer.notice(
            words("confirm_subject", shop=shop.name),
            words("confirm_body", purpose=title, shop=shop.name), words("confirm_button"),
            office.links.confirm(asked.id, language), words("confirm_else"), language,
        )  # fmt: skip
        return Ready(asked.email, made)

    def _profile(self, person: Known, language: str) -> Ready:
        office, words = self._office, partial(say, language)
        made = office.renderer.notice(
            words("profile_subject", shop=office.settings.shop.name), words("profile_body"),
            words("profile_link"), office.links.profile(person.mark, language), "", language,
        )  # fmt: skip
        return Ready(person.email, made)
