"""The pages that links in mails lead to: agreeing, unsubscribing, choices, what is known, clicks, bounces.

Nothing is done by opening a link, which mail servers do by themselves to look for viruses: a button does it,
or the reader's mail program for RFC 8058. There is no cookie and no script.
"""

import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

from jinja2 import ChoiceLoader, PackageLoader
from sanic import Blueprint
from sanic.exceptions import Forbidden, InvalidUsage
from sanic.exceptions import NotFound as NoPage
from sanic.request import Request
from sanic.response import HTTPResponse, empty, html, redirect

from bot.campaigns import features
from bot.campaigns.bounces import Returned
from bot.campaigns.consent import EVERYTHING
from bot.campaigns.links import Mail
from bot.campaigns.office import Office
from bot.campaigns.people import TRAITS
from bot.campaigns.texts import purposes, say, texts, told
from bot.errors import NotFound
from bot.settings.keys import one_of
from bot.texts import Words
from bot.web.door.bodies import read_json
from bot.web.door.limits import network
from bot.web.languages import language_of, words_of
from bot.web.services import services
from bot.web.survey_pages import templates as survey_templates
from bot.wording import full_date, language_name

routes = Blueprint("mail_pages", url_prefix="/mail")

CSP = (
    "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
# The frame of a page is that of the surveys' pages.
templates = survey_templates.overlay(
    loader=ChoiceLoader(
        [PackageLoader("bot.web.mail_pages"), PackageLoader("bot.web.survey_pages")]
    )
)


@routes.get("/confirm/<token>")
async def ask(request: Request, token: str) -> HTTPResponse:
    """What somebody is about to agree to, and the button."""
    office = _office(request)
    asked = _read(lambda one: office.optin.get(office.links.read_confirm(one)), token)
    titles, words = purposes(office.settings.shop, language_of(request)), _words(request)
    return _page(
        request, "button.html", text=asked.text, button=words("confirm_button"),
        title=words("confirm_title", purpose=titles.get(asked.purpose, asked.purpose)),
    )  # fmt: skip


@routes.post("/confirm/<token>")
async def confirm(request: Request, token: str) -> HTTPResponse:
    """It is agreed; the proof has the time, the mail and where it was confirmed from."""
    office = _office(request)
    proof = {"network": network(request)}
    confirm_it = office.optin.confirm
    _read(lambda one: confirm_it(office.links.read_confirm(one), time.time(), proof), token)
    return _message(request, _words(request)("confirmed"))


@routes.get("/unsubscribe/<token>")
async def unsubscribe_page(request: Request, token: str) -> HTTPResponse:
    """The button that ends mails for a purpose."""
    link, words = _mail(request, "unsubscribe", token)
    title = words("unsubscribe_title", purpose=_title(request, link))
    return _page(request, "button.html", title=title, text="", button=words("unsubscribe_button"))


@routes.post("/unsubscribe/<token>")
async def unsubscribe(request: Request, token: str) -> HTTPResponse:
    """No more mails for a purpose; also by one click of a mail program (RFC 8058)."""
    link, words = _mail(request, "unsubscribe", token)
    one_click = (request.form or {}).get("List-Unsubscribe") == "One-Click"
    source = "one click in a mail program" if one_click else "the link in a mail"
    _office(request).consents.withdraw(link.mark, link.purpose, source, time.time())
    return _message(request, words("unsubscribed", purpose=_title(request, link)))


@routes.get("/preferences/<token>")
async def preferences(request: Request, token: str) -> HTTPResponse:
    """What somebody gets, to be chosen; and how to see what is known of them."""
    link, _ = _mail(request, "preferences", token)
    office = _office(request)
    person = office.people.by_mark(link.mark)
    chosen = {
        name: bool(person)
        and office.consents.state(person.id, name) == "given"
        and not office.consents.suppression(link.mark, name)
        for name in purposes(office.settings.shop, language_of(request))
    }
    titles = purposes(office.settings.shop, language_of(request))
    return _page(request, "preferences.html", chosen=chosen, titles=titles, known=bool(person))


@routes.post("/preferences/<token>")
async def choose(request: Request, token: str) -> HTTPResponse:
    """Keep what was chosen. The link came to the address, which proves it."""
    link, words = _mail(request, "preferences", token)
    office, form, now = _office(request), request.form or {}, time.time()
    person = office.people.by_mark(link.mark)
    do = form.get("do", "save")
    if do == "none" or person is None:
        office.consents.withdraw(link.mark, EVERYTHING, "the preference page", now)
        return _message(request, words("saved"))
    if do == "profile":
        day = str(int(now // 86_400))
        office.outbox.queue("profile", day, person.id, now, variant=language_of(request))
        return _message(request, words("profile_sent"))
    wanted = request.form.getlist("purpose", []) if request.form else []
    for name in purposes(office.settings.shop, language_of(request)):
        given = office.consents.state(person.id, name) == "given"
        if name in wanted and (not given or office.consents.suppression(link.mark, name)):
            proof = {"mail": str(link.mail), "network": network(request)}
            agreed = office.agreement(name, language_of(request))
            office.consents.give(person.id, name, agreed, "the preference page", now, proof)
        elif name not in wanted and given:
            office.consents.withdraw(link.mark, name, "the preference page", now)
    return _message(request, words("saved"))


@routes.get("/profile/<token>")
async def profile(request: Request, token: str) -> HTTPResponse:
    """All that is known of somebody; the link was mailed to them, and ends in an hour."""
    office = _office(request)
    person = office.people.by_mark(_read(office.links.read_profile, token))
    if person is None:
        return _message(request, _words(request)("profile_empty"))
    return _page(
        request, "profile.html", lines=office.people.lines(person.id), person=person,
        consents=office.consents.history(person.id), when=partial(_day, language_of(request)), told=partial(told, language_of(request)),
        titles=purposes(office.settings.shop, language_of(request)), named=_named(request),
    )  # fmt: skip


@routes.post("/profile/<token>")
async def forget(request: Request, token: str) -> HTTPResponse:
    """Erase a line of what is known."""
    office, form = _office(request), request.form or {}
    person = office.people.by_mark(_read(office.links.read_profile, token))
    kind, value = str(form.get("kind", "")), str(form.get("value", ""))
    if kind not in (*TRAITS, "name"):
        raise InvalidUsage("There is no such line.")
    if person and office.people.forget(person.id, kind, value, time.time()):
        features.make(office.people.db, [person.id])
    return redirect(f"{request.path}?{request.query_string}", status=303)


@routes.get("/go/<token>")
async def go(request: Request, token: str) -> HTTPResponse:
    """Count a click, and lead on to the address that we signed."""
    office = _office(request)
    mail, url = _read(office.links.read_click, token)
    office.outbox.click(mail, url, time.time())
    return redirect(
        url, status=302, headers={"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    )


@routes.post("/hooks/returned")
async def returned(request: Request) -> HTTPResponse:
    """A mail service tells of a bounce or a complaint: {"message_id", "kind", "status"}."""
    office = _office(request)
    name = office.settings.shop.campaigns.hook_key_env
    key = os.environ.get(name, "") if name else ""
    if not key or not one_of(request.headers.get("authorization", ""), [f"Bearer {key}"]):
        raise Forbidden("The key is missing or wrong.")
    body = read_json(request.body)
    message_id, kind, status = body.get("message_id"), body.get("kind"), body.get("status", "")
    if not isinstance(message_id, str) or kind not in ("bounced", "complained"):
        raise InvalidUsage("message_id is a text, and kind is bounced or complained.")
    if not isinstance(status, str):
        raise InvalidUsage("status is a text such as 5.1.1.")
    known = office.returns.take(Returned(message_id, kind, status), time.time())
    return empty(204 if known else 404)


def error_page(request: Request, status: int, text: str) -> HTTPResponse:
    """What went wrong, in the same look."""
    said = text if status < 500 else words_of(request)("our_fault")
    return _message(request, said, status)


def _office(request: Request) -> Office:
    web = services(request)
    web.limits.take(f"mail page {network(request)}", burst=120, rate=2)
    return web.office


def _read(read: Any, token: str) -> Any:
    """What a token stands for. Raises NoPage."""
    try:
        return read(token)
    except NotFound as error:
        raise NoPage(error.message) from error


def _mail(request: Request, what: str, token: str) -> tuple[Mail, Words]:
    """What a link in a mail stands for, and the words of its page."""
    office = _office(request)
    return _read(lambda one: office.links.read_mail(what, one), token), _words(request)


def _title(request: Request, link: Mail) -> str:
    """What the mails are called that a link is about."""
    titles = purposes(services(request).settings.shop, language_of(request))
    return titles.get(link.purpose, link.purpose)


def _named(request: Request) -> Callable[[str, str], str]:
    """What a line says, in the reader's language: a topic and a language have names."""
    language = language_of(request)

    def named(kind: str, value: str) -> str:
        if kind == "asked":
            return texts(language).get(f"topic_{value}", value)
        return language_name(value, language) if kind == "language" else value

    return named


def _words(request: Request) -> Words:
    return partial(say, language_of(request))


def _day(language: str, at: float) -> str:
    return full_date(datetime.fromtimestamp(at, UTC).date(), language)


def _message(request: Request, text: str, status: int = 200) -> HTTPResponse:
    return _page(request, "message.html", status, text=text)


def _page(request: Request, name: str, status: int = 200, **values: Any) -> HTTPResponse:
    shop = services(request).settings.shop
    page = templates.get_template(name).render(
        shop=shop,
        language=language_of(request),
        words=_words(request),
        notices=words_of(request),
        **values,
    )
    headers = {
        "Content-Security-Policy": CSP, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer",
        "X-Robots-Tag": "noindex",
    }  # fmt: skip
    return html(page, status, headers=headers)
