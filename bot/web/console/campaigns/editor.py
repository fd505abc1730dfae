"""The editor of campaigns: a form whose mail, faults and number of people are told while it is filled in."""

import time
from dataclasses import asdict
from typing import Any

from sanic import Blueprint
from sanic.exceptions import InvalidUsage
from sanic.exceptions import NotFound as NoPage
from sanic.request import Request
from sanic.response import HTTPResponse
from sanic.response import json as json_response

from bot.campaigns.audience import audience
from bot.campaigns.editing import Draft, draft_of, new_tree, read_form, tree_of
from bot.campaigns.office import Office, Writer
from bot.campaigns.rendering import Made
from bot.campaigns.texts import purposes
from bot.errors import ConfigError, NotFound
from bot.web.console.access import requires
from bot.web.console.campaigns.results import apart, mail_page
from bot.web.console.pages import field, go_to, render
from bot.web.services import services

routes = Blueprint("console_campaign_editor")

PAGES = ("new", "draft", "person")  # addresses below /console/campaigns that are no campaign's


@routes.get("/campaigns/new")
@requires("analyst")
async def new(request: Request) -> HTTPResponse:
    """The editor with a beginning."""
    return _editor(request, "", draft_of(new_tree()))


@routes.post("/campaigns/new")
@requires("analyst")
async def create(request: Request) -> HTTPResponse:
    """Keep a new campaign as a draft."""
    name = field(request, "name", 40, required=False)
    taken = name in services(request).office.campaigns.texts.names()
    if taken or name in PAGES:
        fault = f"The name {name} is taken: choose another one."
        draft = _draft(request)
        return _editor(request, "", Draft(draft.tree, draft.campaign, (fault, *draft.faults)), name)
    return _save(request, name, is_new=True)


@routes.get("/campaigns/<name>/edit")
@requires("analyst")
async def edit(request: Request, name: str) -> HTTPResponse:
    """The editor with a campaign."""
    return _editor(request, name, draft_of(tree_of(_entry(request, name).campaign)))


@routes.post("/campaigns/<name>/edit")
@requires("analyst")
async def change(request: Request, name: str) -> HTTPResponse:
    """Keep a campaign's new version."""
    _entry(request, name)
    return _save(request, name, is_new=False)


@routes.post("/campaigns/draft")
@requires("analyst")
async def look(request: Request) -> HTTPResponse:
    """What a form says: its faults, how many people it would reach now, and its mail as text."""
    draft, settings = _draft(request), services(request).settings
    campaign, counted = draft.campaign, None
    if campaign is None:
        return json_response({"faults": draft.faults, "people": None, "mail": None})

    def count(office: Office) -> dict[str, Any]:
        rules = settings.shop.campaigns
        return asdict(audience(office.people, campaign, rules, time.time()))

    counted = await apart(settings, count)
    made, fault = None, ()
    try:
        made = _made(request, draft)
    except NotFound as error:
        fault = (error.message,)
    mail = {"subject": made.subject, "text": made.text} if made else None
    return json_response({"faults": [*draft.faults, *fault], "people": counted, "mail": mail})


@routes.post("/campaigns/draft/mail")
@requires("analyst")
async def look_at_mail(request: Request) -> HTTPResponse:
    """The mail of a form as it would be seen; nothing is kept or sent."""
    draft = _draft(request)
    if draft.campaign is None:
        raise InvalidUsage(" ".join(draft.faults))
    try:
        return mail_page(_made(request, draft).html)
    except NotFound as error:
        raise NoPage(error.message) from error


def _draft(request: Request) -> Draft:
    return read_form(dict((request.form or {}).items()))


def _made(request: Request, draft: Draft) -> Made:
    """The mail for the person who is named, or for nobody that is known. Raises NotFound."""
    campaign, office = draft.campaign, services(request).office
    assert campaign  # whoever asks looked
    email = field(request, "shown_for", 300, required=False)
    language = field(request, "shown_in", 8, required=False)
    if language not in office.settings.shop.languages:
        language = office.language
    person = office.people.find(email) if email else None
    variant = field(request, "shown_variant", 40, required=False)
    return Writer(office, None, time.time).shown(campaign, variant, person, language)


def _entry(request: Request, name: str) -> Any:
    try:
        return services(request).office.campaigns.get(name)
    except NotFound as error:
        raise NoPage(str(error)) from error


def _save(request: Request, name: str, is_new: bool) -> HTTPResponse:
    draft, web = _draft(request), services(request)
    if draft.campaign is None:
        return _editor(request, "" if is_new else name, draft, name)
    try:
        web.office.agreement(draft.campaign.purpose)
        version = web.office.campaigns.save(name, draft.yaml)
    except (ConfigError, NotFound) as error:
        failed = Draft(draft.tree, draft.campaign, (str(error),))
        return _editor(request, "" if is_new else name, failed, name)
    web.staff.log(request.ctx.staff.login, "saved", f"campaign {name}", f"version {version}")
    return go_to(request, f"/console/campaigns/{name}", f"Saved as version {version}.")


def _editor(request: Request, name: str, draft: Draft, new_name: str = "") -> HTTPResponse:
    posted, office = request.method == "POST", services(request).office
    parts = {one: draft.part(one) for one in ("segment", "translations", "variants")}
    return render(
        request, "campaign_edit.html", 422 if posted else 200, name=name, new_name=new_name,
        entry=_entry(request, name) if name else None, tree=draft.tree, parts=parts,
        faults=draft.faults if posted else (), rules=office.settings.shop.campaigns.dict(),
        purposes=purposes(office.settings.shop, office.language),
        variants=[one.id for one in draft.campaign.variants] if draft.campaign else [],
    )  # fmt: skip
