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
from bot.surveys.asking import Asking, Step
from bot.surveys.campaign import Campaign, Question
from bot.surveys.campaigns import Entry
from bot.surveys.flow import Answer, is_other, path, words
from bot.surveys.links import Begun, Link
from bot.surveys.triggers import version_for
from bot.surveys.understanding import Reading, read_value, skip
from bot.web.door.limits import network
from bot.web.services import services

routes = Blueprint("surveys", url_prefix="/survey")

HERE = Path(__file__).resolve().parent
OWN_WORDS = "\x1fown"  # the value of the choice "something else"; no option can be called that
CSP = (
    "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'self'"
)
FAULTS = {
    "range": "Please choose a number from {low} to {high}.",
    "number": "Please give a number.",
    "one": "Please give one whole number.",
    "option": "Please choose one of these.",
    "options": "Please choose among these.",
    "yes_no": "Please choose yes or no.",
    "required": "This question needs an answer.",
}

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
            return _message(request, "You have answered this already. Thank you!")
    return _page(request, "welcome.html", campaign=entry.campaign, token=token)


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
    return redirect(f"/survey/{token}/{web.links.begun(run, now)}", status=303)


@routes.get("/<token>/<begun>")
async def question(request: Request, token: str, begun: str) -> HTTPResponse:
    """The question that is next, or with `?at=` an earlier one to change; thanks at the end."""
    run = _begun(request, begun)
    step: Step = _asking(request).step(run.run)
    at = request.args.get("at", "")
    if at and at in step.answers and not _finished(request, run.run):
        return _ask(request, step, step.campaign.question(at))
    if step.question is None:
        return _message(request, step.text or "Thank you!")
    return _ask(request, step, step.question)


@routes.post("/<token>/<begun>")
async def answer(request: Request, token: str, begun: str) -> HTTPResponse:
    """Take an answer, pass the question over, or stop."""
    run, asking = _begun(request, begun), _asking(request)
    services(request).limits.take(f"answer {run.run}", burst=40, rate=0.5)
    step = asking.step(run.run)
    form = request.form or {}
    if form.get("do") == "stop":
        asking.dismiss(run.run)
        return _message(request, "That's fine. What you answered so far is kept; thank you.")
    if _finished(request, run.run):
        return redirect(request.path, status=303)
    known = {one.id: one for one in path(step.campaign, step.answers)}
    asked = known.get(form.get("question") or "")
    if asked is None or asked.kind == "thanks":
        raise InvalidUsage("That question isn't on your way; please go back and try again.")
    read = skip(asked) if form.get("do") == "skip" else read_value(asked, _given(form))
    if read.answer is None:
        return _ask(request, step, asked, read, _given(form))
    asking.take(run.run, asked.id, read.answer, seconds=max(0.0, time.time() - run.at))
    if asked.kind == "text" and isinstance(read.answer.value, str):
        services(request).feelings.wake()
    services(request).hub.report("", "survey")  # staff hear of a low score at once
    return redirect(request.path, status=303)


def _linked(request: Request, token: str) -> tuple[Link, Entry]:
    """The campaign of a link, when it is running. Raises NoPage, or says that it is over."""
    web = services(request)
    web.limits.take(f"survey page {network(request)}", burst=120, rate=2)
    try:
        link = web.links.read(token)
        entry = web.asking.campaigns.get(link.campaign)
    except NotFound as error:
        raise NoPage("This survey can't be found.") from error
    if entry.state != "running":
        raise Closed(
            "This survey is over. Thank you for your interest!"
            if entry.state == "finished"
            else "This survey isn't open at the moment."
        )
    return link, entry


class Closed(SanicException):
    """The survey takes no answers now."""

    status_code = 410


def error_page(request: Request, status: int, text: str) -> HTTPResponse:
    """What went wrong, in the survey's own look."""
    said = text if status < 500 else "Something went wrong on our side. Please try again."
    return _message(request, said, status)


def _begun(request: Request, token: str) -> Begun:
    web = services(request)
    try:
        begun = web.links.read_begun(token)
        web.asking.campaigns.store.run(begun.run)
        return begun
    except NotFound as error:
        raise NoPage("This survey can't be found. Open the link once more.") from error


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
        fault=_fault(asked, read.why) if read else "",
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


def _fault(asked: Question, why: str) -> str:
    low, high = asked.scale or (asked.min, asked.max)
    text = FAULTS.get(why, "This can't be an answer.")
    if why == "range" and (low is None or high is None):
        bound = f"from {low:g} on" if low is not None else f"up to {high:g}"
        return f"Please give a number {bound}."
    return text.format(low=f"{low or 0:g}", high=f"{high or 0:g}")


def _message(request: Request, text: str, status: int = 200) -> HTTPResponse:
    return _page(request, "message.html", status, text=text)


def _page(request: Request, name: str, status: int = 200, **values: Any) -> HTTPResponse:
    shop = services(request).settings.shop
    page = templates.get_template(name).render(shop=shop, **values)
    headers = {
        "Content-Security-Policy": CSP,
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Robots-Tag": "noindex",
    }
    return html(page, status, headers=headers)
