"""A campaign's mail for one person: subject, HTML and text, with its headers (RFC 2369, RFC 8058)."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from functools import lru_cache
from typing import Any

from jinja2 import Environment, PackageLoader
from markupsafe import Markup

from bot.campaigns.blocks import Picked
from bot.campaigns.letter import (
    BLOCK,
    OFFER_BLOCK,
    Letter,
    fill,
    follow_links,
    read_letter,
    read_line,
)
from bot.campaigns.links import Mail as Link
from bot.campaigns.links import MailLinks
from bot.campaigns.offers import Given
from bot.campaigns.outbox import Mail
from bot.campaigns.texts import of_offer, purposes, say, texts
from bot.colours import readable_on
from bot.money import format_money
from bot.settings.shop import Shop
from bot.wording import full_date

_templates = Environment(loader=PackageLoader("bot.campaigns"), autoescape=True)


@dataclass(frozen=True)
class Reader:
    """Who gets a mail: what may be filled in, and since when they agreed (Unix seconds; 0: not known)."""

    email: str
    mark: str
    name: str = ""
    language: str = "en"
    agreed_at: float = 0.0
    offer: Given | None = None

    def values(self, shop: Shop) -> dict[str, str]:
        """What stands for each variable."""
        first = self.name.split()[0] if self.name.split() else ""
        offer = self.offer.offer.words(self.language)[0] if self.offer else ""
        return {"name": self.name, "first_name": first, "shop": shop.name, "offer": offer}


@dataclass(frozen=True)
class Made:
    """A mail that is ready: what a reader sees, and where to say no."""

    subject: str
    html: str
    text: str
    unsubscribe: str = ""
    unsubscribe_token: str = ""


class Renderer:
    """Makes mails of one shop; a text is read once, whoever gets it."""

    def __init__(self, shop: Shop, links: MailLinks) -> None:
        self._shop, self._links = shop, links
        self._letter: Callable[[str], Letter] = lru_cache(maxsize=200)(
            lambda body: read_letter(body, shop.colour)
        )

    def campaign(
        self,
        mail: Mail,
        subject: str,
        body: str,
        purpose: str,
        reader: Reader,
        picked: list[Picked],
    ) -> Made:
        """A campaign's mail for a reader, with the products that were picked."""
        shop, words = self._shop, texts(reader.language)
        link = Link(reader.mark, purpose, mail.id)
        unsubscribe = self._links.unsubscribe(link, reader.language)
        preferences = self._links.preferences(link, reader.language)
        tracked = self._click(mail)
        letter, values = self._letter(body), reader.values(shop)
        title = purposes(shop, reader.language).get(purpose, purpose)
        day = full_date(
            datetime.fromtimestamp(reader.agreed_at or time.time(), shop.zone).date(),
            reader.language,
        )
        why = say(reader.language, "why", purpose=title, day=day) if reader.agreed_at else ""
        lines = self._lines(picked, tracked, reader.language)
        block = _templates.get_template("products.html").render(picked=lines, colour=shop.colour)
        content = follow_links(fill(letter.html, values, escape=True), tracked, escape=True)
        content = content.replace(f'<p style="margin:0 0 16px">{BLOCK}</p>', BLOCK)
        content = content.replace(BLOCK, block if picked else "")
        offered, offer_lines = self._offer(reader, tracked)
        content = content.replace(f'<p style="margin:0 0 16px">{OFFER_BLOCK}</p>', OFFER_BLOCK)
        content = content.replace(OFFER_BLOCK, offered)
        line = fill(read_line(subject), values, escape=False)
        page = self._page(
            line, Markup(content), reader.language, why=why, unsubscribe=unsubscribe,
            preferences=preferences,
        )  # fmt: skip
        plain = follow_links(fill(letter.text, values, escape=False), tracked, escape=False)
        listed = "\n".join(f"- {one['title']}, {one['price']}: {one['link']}" for one in lines)
        plain = plain.replace(BLOCK, listed).replace(OFFER_BLOCK, offer_lines)
        footer = [why, shop.campaigns.imprint, f"{words['unsubscribe']}: {unsubscribe}"]
        footer.append(f"{words['preferences']}: {preferences}")
        text = "\n".join([plain.strip(), "", "-- ", *(one for one in footer if one)])
        return Made(line, page, text, unsubscribe, self._links.token(link))

    def notice(
        self, subject: str, body: str, button: str, url: str, after: str, language: str
    ) -> Made:
        """A mail that somebody asked for, with one link."""
        linked = Markup('<p style="margin:0 0 16px"><a href="{}">{}</a></p>').format(url, button)
        content = Markup('<p style="margin:0 0 16px">{}</p>').format(body) + linked
        content += Markup('<p style="margin:0 0 16px">{}</p>').format(after)
        text = "\n\n".join(one for one in (body, url, after) if one)
        return Made(subject, self._page(subject, content, language), text)

    def _page(self, subject: str, content: Markup, language: str, **more: Any) -> str:
        return _templates.get_template("mail.html").render(
            shop=self._shop, subject=subject, content=content, language=language,
            on_colour=readable_on(self._shop.colour), words=texts(language), **more,
        )  # fmt: skip

    def _click(self, mail: Mail) -> Callable[[str], str]:
        def link(url: str) -> str:
            followed = self._shop.campaigns.clicks and url.startswith(("http://", "https://"))
            return self._links.click(mail.id, url) if followed else url

        return link

    def _offer(self, reader: Reader, link: Callable[[str], str]) -> tuple[str, str]:
        """A reader's offer as HTML and as text; both empty without one."""
        if reader.offer is None:
            return "", ""
        offer = reader.offer.offer
        day = datetime.fromtimestamp(reader.offer.until, self._shop.zone).date()
        said, url = of_offer(offer, reader.language, day), link(offer.url) if offer.url else ""
        made = _templates.get_template("offer.html").render(
            **said._asdict(), link=url, colour=self._shop.colour
        )
        return made, "\n".join(filter(None, [*said, url]))

    def _lines(
        self, picked: list[Picked], link: Callable[[str], str], language: str
    ) -> list[dict[str, str]]:
        base, shop = self._shop.campaigns.address.rstrip("/"), self._shop
        lines = []
        for one in picked:
            product = one.product
            url = (
                product.url
                if product.url.startswith("http")
                else f"{base}/shop/products/{product.sku}"
            )
            image = product.image if product.image.startswith("http") else ""
            currency = product.currency or shop.currency
            price = format_money(product.price, currency, language=language)
            lines.append({"title": product.title, "price": price, "reason": one.reason,
                          "link": link(url), "image": image})  # fmt: skip
        return lines


def message(
    made: Made, sender: str, to: str, message_id: str, returned: str, now: float
) -> EmailMessage:
    """A mail as it goes to the server. Raises ValueError for a header with a line's end in it."""
    mail = EmailMessage(policy=SMTP)  # the one it is written with: no header is read twice
    name, address = parseaddr(sender)
    local, _, domain = address.rpartition("@")
    mail["From"] = Address(name, local, domain)
    mail["To"], mail["Subject"] = to, made.subject
    mail["Date"] = format_datetime(datetime.fromtimestamp(now, UTC))
    mail["Message-ID"] = message_id
    if made.unsubscribe:
        ways = [f"<{made.unsubscribe}>"]
        if returned:
            ways.append(f"<mailto:{returned}?subject=unsubscribe%20{made.unsubscribe_token}>")
        mail["List-Unsubscribe"] = ", ".join(ways)
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        mail["Precedence"] = "bulk"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(made.text, cte="quoted-printable")
    mail.add_alternative(made.html, subtype="html", cte="quoted-printable")
    return mail
