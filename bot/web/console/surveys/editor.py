"""The surveys' pages: the campaigns, their editor with a preview, and low scores."""

import time
from typing import Any

from sanic import Blueprint
from sanic.exceptions import InvalidUsage
from sanic.exceptions import NotFound as NoPage
from sanic.request import Request
from sanic.response import HTTPResponse
from sanic.response import json as json_response
from sanic.response import text as text_response

from bot.colours import readable_on
from bot.errors import ConfigError, NotFound
from bot.surveys.campaigns import Campaigns, Entry
from bot.surveys.cards import card_of
from bot.surveys.editing import (
    KINDS,
    Draft,
    branches,
    draft_of,
    in_words,
    new_tree,
    read_form,
    tree_of,
)
from bot.surveys.flow import Answer, words
from bot.surveys.triggers import MOMENTS, Status, explain
from bot.texts import words_in
from bot.web.console.access import requires
from bot.web.console.pages import field, go_to, render
from bot.web.services import services
from bot.web.survey_pages import HERE as SURVEY_FOLDER
from bot.web.survey_pages import templates as survey_templates
from bot.web.survey_pages import view

routes = Blueprint("console_surveys")

STATUS: dict[str, Status] = {"start": "started", "pause": "paused", "finish": "finished"}
DONE = {"start": "It asks from now on.", "pause": "It is paused.", "finish": "It is finished."}
EXAMPLES = {"nps": 7, "csat": 4, "ces": 5, "single": None, "number": 3, "consent": True}


@routes.get("/surveys")
@requires("analyst")
async def listing(request: Request) -> HTTPResponse:
    """All campaigns, and files that can't be read."""
    campaigns = campaigns_of(request)
    faults = campaigns.sync()
    entries = [
        {"entry": entry, "invited": campaigns.store.invited(entry.name)}
        for entry in campaigns.all()
    ]
    return render(request, "surveys.html", entries=entries, faults=faults)


@routes.get("/surveys/low-scores")
@requires("agent")
async def low_scores(request: Request) -> HTTPResponse:
    """Scores at or below a campaign's alert, newest first."""
    alerts = []
    for alert in campaigns_of(request).store.alerts(unseen=False):
        campaign = campaigns_of(request).get(alert["campaign"]).campaign
        asked = {question.id: question.ask for question in campaign.questions}
        words = asked.get(alert["question"], alert["question"])
        alerts.append({**alert, "title": campaign.title, "words": words})
    return render(request, "low_scores.html", alerts=alerts)


@routes.post("/surveys/low-scores")
@requires("agent")
async def tick_off(request: Request) -> HTTPResponse:
    """Somebody took care of a low score."""
    store = campaigns_of(request).store
    run, question = field(request, "run", 60), field(request, "question", 60)
    store.alert_seen(run, question, time.time())
    services(request).staff.log(request.ctx.staff.login, "ticked off", f"low score {run}")
    return go_to(request, "/console/surveys/low-scores", "Ticked off.")


@routes.get("/surveys/new")
@requires("analyst")
async def new(request: Request) -> HTTPResponse:
    """The editor with a beginning."""
    return _editor(request, "", draft_of(new_tree()))


@routes.post("/surveys/new")
@requires("analyst")
async def create(request: Request) -> HTTPResponse:
    """Keep a new campaign as a draft."""
    name = field(request, "name", 40, required=False)
    return _save(request, name, is_new=True)


@routes.get("/surveys/<name>/edit")
@requires("analyst")
async def edit(request: Request, name: str) -> HTTPResponse:
    """The editor with a campaign."""
    return _editor(request, name, draft_of(tree_of(entry_of(request, name).campaign)))


@routes.post("/surveys/<name>/edit")
@requires("analyst")
async def change(request: Request, name: str) -> HTTPResponse:
    """Keep a campaign's new version."""
    entry_of(request, name)
    return _save(request, name, is_new=False)


@routes.post("/surveys/<name>/status")
@requires("analyst")
async def change_status(request: Request, name: str) -> HTTPResponse:
    """Start, pause or finish a campaign."""
    do = field(request, "do", 10)
    if do not in STATUS:
        raise InvalidUsage("Start, pause or finish it.")
    entry_of(request, name)
    try:
        entry = campaigns_of(request).set_status(name, STATUS[do])
    except ConfigError as error:
        raise InvalidUsage(str(error)) from error
    services(request).invites.forget_cache()
    services(request).staff.log(request.ctx.staff.login, do, f"survey {name}", entry.state)
    done = "It asks from its first day on." if entry.state == "scheduled" else DONE[do]
    return go_to(request, f"/console/surveys/{name}", done)


@routes.post("/surveys/preview")
@requires("analyst")
async def preview(request: Request) -> HTTPResponse:
    """What a form asks as customers see it: the page, and the cards of the chat; and the faults."""
    draft = read_form(_fields(request))
    return json_response({"page": _preview(request, draft), "chat": _chat(draft)})


@routes.get("/surveys/preview.css")
@requires("analyst")
async def preview_style(request: Request) -> HTTPResponse:
    """The survey page's style in the shop's colour; the console may have a port of its own."""
    colour = services(request).settings.shop.colour
    theme = f":root {{ --colour: {colour}; --on-colour: {readable_on(colour)}; }}\n"
    style = (SURVEY_FOLDER / "static/survey.css").read_text(encoding="utf-8")
    return text_response(theme + style, content_type="text/css")


def campaigns_of(request: Request) -> Campaigns:
    """The shop's campaigns."""
    return services(request).asking.campaigns


def entry_of(request: Request, name: str, version: int = 0) -> Entry:
    """A campaign. Raises NoPage."""
    try:
        return campaigns_of(request).get(name, version)
    except NotFound as error:
        raise NoPage(str(error)) from error


def _fields(request: Request) -> dict[str, list[str]]:
    """All values of all fields."""
    return dict((request.form or {}).items())


def _save(request: Request, name: str, is_new: bool) -> HTTPResponse:
    draft, web = read_form(_fields(request)), services(request)
    if field(request, "do", 20, required=False) != "save" or draft.faults:
        return _editor(request, "" if is_new else name, draft, name if is_new else "")
    if is_new and name in campaigns_of(request).store.texts.names():
        taken = (f"There is a survey called {name} already: choose another name.",)
        return _editor(request, "", Draft(draft.tree, draft.campaign, taken), name)
    try:
        version = campaigns_of(request).save(name, draft.yaml)
    except ConfigError as error:
        return _editor(
            request, "" if is_new else name, Draft(draft.tree, draft.campaign, (str(error),)), name
        )
    web.invites.forget_cache()
    web.staff.log(request.ctx.staff.login, "saved", f"survey {name}", f"version {version}")
    return go_to(request, f"/console/surveys/{name}", f"Saved as version {version}.")


def _editor(request: Request, name: str, draft: Draft, new_name: str = "") -> HTTPResponse:
    posted = request.method == "POST" and field(request, "do", 20, required=False) == "save"
    entry = entry_of(request, name) if name else None
    return render(
        request,
        "survey_edit.html",
        422 if posted and draft.faults else 200,
        name=name,
        new_name=new_name,
        entry=entry,
        tree=draft.tree,
        translations=draft.translations,
        faults=draft.faults if posted else (),
        kinds=KINDS,
        moments={key: words.format(drop=0.5) for key, words in MOMENTS.items()},
        go_lines=[branches(question) for question in draft.tree["questions"]],
        preview=_preview(request, draft),
        chat=_chat(draft),
    )


def _preview(request: Request, draft: Draft) -> str:
    """The preview's page, for a frame of its own."""
    shop, asked = services(request).settings.shop, []
    if draft.campaign:
        answers: dict[str, Answer] = {}
        for question in draft.campaign.questions:
            drawn: dict[str, Any] = view(draft.campaign, question, answers, [])
            asked.append({**drawn, "branches": in_words(question)})
            answers[question.id] = Answer(_example(question))
    page = survey_templates.get_template("preview.html")
    rules = explain(draft.campaign, shop.surveys.days_between) if draft.campaign else []
    return page.render(
        shop=shop,
        say=words_in(shop.languages[0]),
        tree=draft.tree,
        asked=asked,
        faults=draft.faults,
        rules=rules,
    )


def _chat(draft: Draft) -> list[dict[str, Any]]:
    """What the assistant says in the chat: texts, each with its card where it asks something."""
    campaign = draft.campaign
    if campaign is None:
        return []
    said: list[dict[str, Any]] = [{"text": campaign.intro}]
    if campaign.anonymous:
        return [*said, {"text": "(the address of the survey's page)"}]
    asked = [question for question in campaign.questions if question.kind != "thanks"]
    answers: dict[str, Answer] = {}
    for question in campaign.questions:
        card = None
        if question.kind != "thanks":
            card = card_of(question, len(answers), len(asked))
        said.append({"text": words(question, answers, campaign), "card": card})
        answers[question.id] = Answer(_example(question))
    return said


def _example(question: Any) -> Any:
    """An answer that the preview fills into later questions."""
    if question.kind == "multiple":
        return question.options[:1]
    if question.kind == "single":
        return question.options[0]
    if question.kind == "scale":
        return int(question.max)
    return EXAMPLES.get(question.kind, "…")
