"""A survey's own page: one question at a time, without JavaScript, behind a signed link."""

import secrets
import time
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader
from sanic import Blueprint
from sanic.exceptions import InvalidUsage, SanicException
from sanic.exceptions import NotFound as NoPage
from sanic.request import Request
from sanic.response import HTTPResponse, file, html, redirect

from bot.errors import NotFound
from bot.spoken import speak
from bot.surveys.asking import Asking, Step
from bot.surveys.campaign import Campaign, Question
from bot.surveys.campaigns import Entry
from bot.surveys.flow import Answer, is_other, path, words
from bot.surveys.languages import in_language
from bot.surveys.links import Begun, Link
from bot.surveys.triggers import version_for
from bot.surveys.understanding import Reading, read_value, skip
from bot.texts import Words, words_in
from bot.web.door.limits import network
from bot.web.languages import language_of, words_of
from bot.web.services import services

routes = Blueprint("surveys", url_prefix="/survey")

HERE = Path(__file__).resolve().parent
OWN_WORDS = "\x1fown"  # the value of the choice "something else"; no option can be called that
CSP = (
    "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'self'"
)
FAULTS = ("range", "number", "one", "option", "options", "yes_no", "required")

templates = Environment(
    loader=PackageLoader("bot.web.survey_pages"),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
)


@routes.get("/static/survey.css")
async def style(request: Request) -> HTTPResponse:
    """The page's style."""
    return await file(HERE / "static/survey.css", headers={"Cache-Control": "public, max-age=300"})


@routes.get("/<token>")
async def welcome(request: Request, token: str) -> HTTPResponse:
    """What it is about, and a button to begin."""
    link, entry = _linked(request, token)
    if link.person and not entry.campaign.anonymous:
        run = services(request).links.personal_run(link)
        if _finished(request, run):
            return _message(request, words_of(request)("survey_answered"))
    own = services(request).asking.own
    campaign = in_language(entry.campaign, language_of(request), own)
    return _page(request, "welcome.html", campaign=campaign, token=token)


@routes.post("/<token>")
async def begin(request: Request, token: str) -> HTTPResponse:
    """Begin, or go on where a personal link was left."""
    link, entry = _linked(request, token)
    web, now = services(request), time.time()
    web.limits.take(f"survey {network(request)}", burst=30, rate=0.2)
    person = "" if entry.campaign.anonymous else link.person
    run = web.links.personal_run(link) if person else secrets.token_hex(12)
    version = version_for(entry.campaign, entry.name, person or run, entry.version)
    web.asking.campaigns.store.open_run(
        entry.name, version, "page", now, person=person, run_id=run,
        anonymous=entry.campaign.anonymous,
    )  # fmt: skip
    asked_for = request.args.get("language", "")
    query = f"?language={language_of(request)}" if asked_for else ""
    return redirect(f"/survey/{token}/{web.links.begun(run, now)}{query}", status=303)


@routes.get("/<token>/<begun>")
async def question(request: Request, token: str, begun: str) -> HTTPResponse:
    """The question that is next, or with `?at=` an earlier one to change; thanks at the end."""
    run = _begun(request, begun)
    speak(language_of(request))
    step: Step = _asking(request).step(run.run)
    at = request.args.get("at", "")
    if at and at in step.answers and not _finished(request, run.run):
        return _ask(request, step, step.campaign.question(at))
    if step.question is None:
        return _message(request, step.text or words_of(request)("survey_thanks"))
    return _ask(request, step, step.question)


@routes.post("/<token>/<begun>")
async def answer(request: Request, token: str, begun: str) -> HTTPResponse:
    """Take an answer, pass the question over, or stop."""
    run, asking = _begun(request, begun), _asking(request)
    services(request).limits.take(f"answer {run.run}", burst=40, rate=0.5)
    speak(language_of(request))
    step = asking.step(run.run)
    form = request.form or {}
    if form.get("do") == "stop":
        asking.dismiss(run.run)
        return _message(request, words_of(request)("survey_stopped"))
    if _finished(request, run.run):
        return redirect(_here(request), status=303)
    known = {one.id: one for one in path(step.campaign, step.answers)}
    asked = known.get(form.get("question") or "")
    if asked is None or asked.kind == "thanks":
        raise InvalidUsage(words_of(request)("survey_off_the_way"))
    read = skip(asked) if form.get("do") == "skip" else read_value(asked, _given(form))
    if read.answer is None:
        return _ask(request, step, asked, read, _given(form))
    asking.take(run.run, asked.id, read.answer, seconds=max(0.0, time.time() - run.at))
    if asked.kind == "text" and isinstance(read.answer.value, str):
        services(request).feelings.wake()
    services(request).hub.report("", "survey")  # staff hear of a low score at once
    return redirect(_here(request), status=303)


def _here(request: Request) -> str:
    """The page again, in the language that was asked for."""
    language = request.args.get("language", "")
    return f"{request.path}?language={language_of(request)}" if language else request.path


def _linked(request: Request, token: str) -> tuple[Link, Entry]:
    """The campaign of a link, when it is running. Raises NoPage, or says that it is over."""
    web = services(request)
    web.limits.take(f"survey page {network(request)}", burst=120, rate=2)
    try:
        link = web.links.read(token)
        entry = web.asking.campaigns.get(link.campaign)
    except NotFound as error:
        raise NoPage(words_of(request)("survey_not_found")) from error
    if entry.state != "running":
        why = "survey_over" if entry.state == "finished" else "survey_not_open"
        raise Closed(words_of(request)(why))
    return link, entry


class Closed(SanicException):
    """The survey takes no answers now."""

    status_code = 410


def error_page(request: Request, status: int, text: str) -> HTTPResponse:
    """What went wrong, in the survey's own look."""
    said = text if status < 500 else words_of(request)("our_fault")
    return _message(request, said, status)


def _begun(request: Request, token: str) -> Begun:
    web = services(request)
    try:
        begun = web.links.read_begun(token)
        web.asking.campaigns.store.run(begun.run)
        return begun
    except NotFound as error:
        raise NoPage(words_of(request)("survey_open_again")) from error


def _asking(request: Request) -> Asking:
    return services(request).asking


def _finished(request: Request, run: str) -> bool:
    try:
        return services(request).asking.campaigns.store.run(run).completed_at is not None
    except NotFound:
        return False


def _given(form: Any) -> list[str]:
    """The values of a question's fields; "something else" stands for the words beside it."""
    values = [str(one) for one in form.getlist("value", [])] if hasattr(form, "getlist") else []
    own, chosen = str(form.get("own", "")).strip()[:200], tuple(values)
    if OWN_WORDS in values:
        values.remove(OWN_WORDS)
    return values + ([own] if own and (OWN_WORDS in chosen or not values) else [])


def _ask(
    request: Request,
    step: Step,
    asked: Question,
    read: Reading | None = None,
    given: list[str] | None = None,
) -> HTTPResponse:
    return _page(
        request,
        "question.html",
        422 if read else 200,
        **view(step.campaign, asked, step.answers, given),
        fault=_fault(asked, read.why, words_of(request)) if read else "",
        step=step,
    )


def view(
    campaign: Campaign, asked: Question, answers: Any, given: list[str] | None = None
) -> dict[str, Any]:
    """What a template needs to draw a question: its words, choices, and what is chosen."""
    before = answers.get(asked.id, Answer(None)).value
    if given is None:
        given = _as_fields(before)
    own = next((one for one in given if asked.other and is_other(asked, one)), "")
    way = [one.id for one in path(campaign, answers)]
    at = way.index(asked.id) if asked.id in way else 0
    scale = asked.scale
    return {
        "campaign": campaign,
        "question": asked,
        "words": words(asked, answers, campaign),
        "steps": list(range(scale[0], scale[1] + 1)) if scale else [],
        "given": given,
        "own": own,
        "own_words": OWN_WORDS,
        "number": at + 1,
        "back": way[at - 1] if at else "",
        "can_skip": not asked.required and asked.kind != "consent",
    }


def _as_fields(value: Any) -> list[str]:
    if value is None:
        return []
    if isinstance(value, bool):
        return ["yes" if value else "no"]
    if isinstance(value, tuple):
        return list(value)
    return [f"{value:g}" if isinstance(value, float) else str(value)]


def _fault(asked: Question, why: str, say: Words) -> str:
    low, high = asked.scale or (asked.min, asked.max)
    name = f"fault_{why if why in FAULTS else 'other'}"
    if why == "range" and (low is None or high is None):
        name = "fault_from" if low is not None else "fault_up_to"
    return say(name, low=f"{low or 0:g}", high=f"{high or 0:g}")


def _message(request: Request, text: str, status: int = 200) -> HTTPResponse:
    return _page(request, "message.html", status, text=text)


def _page(request: Request, name: str, status: int = 200, **values: Any) -> HTTPResponse:
    shop = services(request).settings.shop
    language = language_of(request)
    page = templates.get_template(name).render(
        shop=shop,
        say=words_in(language),
        language=language,
        chosen=request.args.get("language", ""),
        **values,
    )
    headers = {
        "Content-Security-Policy": CSP,
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Robots-Tag": "noindex",
    }
    return html(page, status, headers=headers)
