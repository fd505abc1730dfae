"""Signing in and out, and one's own password."""

import asyncio
from typing import Any

from sanic import Blueprint
from sanic.exceptions import InvalidUsage
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.staff import passwords
from bot.staff.accounts import BadAccount, hash_password, is_password
from bot.web.console.access import (
    check_origin,
    end_session,
    known_device,
    open_to_all,
    remember_device,
    requires,
    signed_in,
    start_session,
)
from bot.web.console.pages import field, go_to, render
from bot.web.door.limits import TooMany, address, network
from bot.web.services import services

routes = Blueprint("console_sign_in")

# At once, and a second.
NETWORK_LIMIT = 30, 0.1
DEVICE_LIMIT = 5, 1 / 60  # of a login, from one network or on one device
LOGIN_LIMIT = 20, 1 / 300  # of a login, from all networks and unknown devices together


@routes.get("/sign-in")
@open_to_all
async def sign_in_page(request: Request) -> HTTPResponse:
    """The form."""
    if signed_in(request):
        return go_to(request, request.args.get("next", "/console"))
    return render(request, "sign_in.html", next=request.args.get("next", ""))


@routes.post("/sign-in")
@open_to_all
async def sign_in(request: Request) -> HTTPResponse:
    """Check login and password, as often as docs/security.md says."""
    check_origin(request)
    web = services(request)
    login, password = field(request, "login", 80).lower(), field(request, "password")
    onward = field(request, "next", 500, required=False)
    try:
        _limit(request, login)
    except TooMany as error:
        web.attacks.count("sign_in_limited")
        noted = (f"noted sign-ins of {name}" for name in (login, network(request)))
        if all(web.limits.has(key, burst=1, rate=1 / 60) for key in noted):  # no flood of lines
            web.staff.log(login, "sign-in limited", f"address {address(request)}")
        return _again(request, 429, str(error), login, onward)
    if not await _in_thread(is_password, password, web.staff.password_hash(login)):
        web.attacks.count("sign_in_failed")
        web.staff.log(login, "sign-in failed", f"address {address(request)}")
        return _again(request, 401, "Login or password is wrong.", login, onward)
    person = web.staff.get(login)
    web.staff.log(login, "signed in", f"address {address(request)}")
    answer = go_to(request, onward or "/console", login=login, role=person.role)
    start_session(request, answer, person)
    remember_device(request, answer, login)
    return answer


def _limit(request: Request, login: str) -> None:
    """Count a sign-in. Raises TooMany.

    A device on which this login has signed in before is counted apart: who tries passwords from
    elsewhere, from however many networks, doesn't keep its owner out.
    """
    limits, here = services(request).limits, network(request)
    device = known_device(request, login)
    try:
        if device:
            limits.take(f"sign-in of {login} on {device}", *DEVICE_LIMIT)
            return
        limits.take(f"sign-in from {here}", *NETWORK_LIMIT)
        limits.take(f"sign-in of {login} from {here}", *DEVICE_LIMIT)
    except TooMany as error:
        raise TooMany("Too many attempts. Please wait a minute.", error.retry_after) from error
    try:
        limits.take(f"sign-in of {login}", *LOGIN_LIMIT)
    except TooMany as error:
        raise TooMany(
            "There were too many attempts with this login. Please wait five minutes, or use a "
            "device on which you have signed in before.", error.retry_after,
        ) from error  # fmt: skip


@routes.post("/sign-out")
@requires("agent")
async def sign_out(request: Request) -> HTTPResponse:
    """End the session."""
    services(request).staff.log(request.ctx.staff.login, "signed out")
    answer = go_to(request, "/console/sign-in")
    end_session(request, answer)
    return answer


@routes.get("/password")
@requires("agent")
async def password_page(request: Request) -> HTTPResponse:
    """The form for a new password."""
    return render(request, "password.html", error="")


@routes.post("/password")
@requires("agent")
async def change_password(request: Request) -> HTTPResponse:
    """Change one's own password; other sessions end."""
    web, me = services(request), request.ctx.staff
    web.limits.take(f"password of {me.login}", burst=5, rate=1 / 60)
    old, new = field(request, "old_password"), field(request, "new_password")
    try:
        passwords.check(new, me.login, me.name, web.settings.shop.name)
        if new == old:
            raise BadAccount("The new password is the old one.")
        if not await _in_thread(is_password, old, web.staff.password_hash(me.login)):
            raise BadAccount("The present password is wrong.")
    except (BadAccount, passwords.BadPassword) as error:
        return render(request, "password.html", 400, error=str(error))
    web.staff.set_password(me.login, await _in_thread(hash_password, new), must_change=False)
    web.staff.log(me.login, "changed own password")
    answer = go_to(request, "/console", "Your password is changed.")
    start_session(request, answer, web.staff.get(me.login))
    return answer


@routes.post("/available")
@requires("agent")
async def available(request: Request) -> HTTPResponse:
    """Take conversations, or take a break."""
    choice = field(request, "available", 3)
    if choice not in ("yes", "no"):
        raise InvalidUsage("Available is yes or no.")
    services(request).staff.set_available(request.ctx.staff, choice == "yes")
    return go_to(request, field(request, "back", 500, required=False) or "/console")


@routes.get("/session")
@requires("agent")
async def session(request: Request) -> HTTPResponse:
    """Who is signed in, and the token that forms need."""
    me = request.ctx.staff
    return render(
        request, "session.html", login=me.login, name=me.name, role=me.role, token=request.ctx.csrf
    )


def _again(request: Request, status: int, error: str, login: str, onward: str) -> HTTPResponse:
    return render(request, "sign_in.html", status, error=error, login=login, next=onward)


async def _in_thread(function: Any, *arguments: Any) -> Any:
    return await asyncio.get_event_loop().run_in_executor(None, function, *arguments)
