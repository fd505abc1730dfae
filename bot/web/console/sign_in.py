"""Signing in and out, and one's own password."""

import asyncio
from typing import Any

from sanic import Blueprint
from sanic.exceptions import InvalidUsage
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.store.staff import BadAccount, check_password_rules, hash_password, is_password
from bot.web.console.access import (
    check_origin,
    end_session,
    open_to_all,
    requires,
    signed_in,
    start_session,
)
from bot.web.console.pages import field, go_to, render
from bot.web.limits import TooMany, address

routes = Blueprint("console_sign_in")


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
    """Check login and password; at most five wrong ones at once, then one a minute."""
    check_origin(request)
    ctx = request.app.ctx
    login, password = field(request, "login", 80).lower(), field(request, "password")
    onward = field(request, "next", 500, required=False)
    try:
        ctx.limits.take(f"sign-in from {address(request)}", burst=30, rate=0.2)
        ctx.limits.take(f"sign-in of {login} from {address(request)}", burst=5, rate=1 / 60)
    except TooMany:
        ctx.staff.log(login, "sign-in limited", f"address {address(request)}")
        return _again(request, 429, "Too many attempts. Please wait a minute.", login, onward)
    if not await _in_thread(is_password, password, ctx.staff.password_hash(login)):
        ctx.staff.log(login, "sign-in failed", f"address {address(request)}")
        return _again(request, 401, "Login or password is wrong.", login, onward)
    person = ctx.staff.get(login)
    ctx.staff.log(login, "signed in", f"address {address(request)}")
    answer = go_to(request, onward or "/console", login=login, role=person.role)
    start_session(request, answer, person)
    return answer


@routes.post("/sign-out")
@requires("agent")
async def sign_out(request: Request) -> HTTPResponse:
    """End the session."""
    request.app.ctx.staff.log(request.ctx.staff.login, "signed out")
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
    ctx, me = request.app.ctx, request.ctx.staff
    ctx.limits.take(f"password of {me.login}", burst=5, rate=1 / 60)
    old, new = field(request, "old_password"), field(request, "new_password")
    try:
        check_password_rules(new)
        if new == old:
            raise BadAccount("The new password is the old one.")
        if not await _in_thread(is_password, old, ctx.staff.password_hash(me.login)):
            raise BadAccount("The present password is wrong.")
    except BadAccount as error:
        return render(request, "password.html", 400, error=str(error))
    ctx.staff.set_password(me.login, await _in_thread(hash_password, new), must_change=False)
    ctx.staff.log(me.login, "changed own password")
    answer = go_to(request, "/console", "Your password is changed.")
    start_session(request, answer, ctx.staff.get(me.login))
    return answer


@routes.post("/available")
@requires("agent")
async def available(request: Request) -> HTTPResponse:
    """Take conversations, or take a break."""
    choice = field(request, "available", 3)
    if choice not in ("yes", "no"):
        raise InvalidUsage("Available is yes or no.")
    request.app.ctx.staff.set_available(request.ctx.staff, choice == "yes")
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
