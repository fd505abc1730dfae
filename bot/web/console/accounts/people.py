"""The people page of admins: accounts, roles, one-time passwords."""

import asyncio
from urllib.parse import unquote

from sanic import Blueprint
from sanic.exceptions import InvalidUsage
from sanic.exceptions import NotFound as NoPage
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.errors import NotFound
from bot.staff.accounts import ROLES, BadAccount, hash_password, one_time_password
from bot.web.console.access import requires
from bot.web.console.pages import field, go_to, render
from bot.web.services import services

routes = Blueprint("console_people")


@routes.get("/people")
@requires("admin")
async def people(request: Request) -> HTTPResponse:
    """All accounts."""
    return _page(request)


@routes.post("/people")
@requires("admin")
async def add(request: Request) -> HTTPResponse:
    """Add a person; the one-time password is on the answer, and nowhere else."""
    web, password = services(request), one_time_password()
    login, name = field(request, "login", 80), field(request, "name", 60)
    try:
        person = web.staff.add(login, name, field(request, "role", 20), password)
    except BadAccount as error:
        raise InvalidUsage(str(error)) from error
    web.staff.log(request.ctx.staff.login, "added", f"staff {person.login}", person.role)
    return _page(request, login=person.login, password=password)


@routes.post("/people/<login>/role")
@requires("admin")
async def change_role(request: Request, login: str) -> HTTPResponse:
    """Give a person another role."""
    web, role, login = services(request), field(request, "role", 20), unquote(login)
    try:
        web.staff.set_role(login, role)
    except BadAccount as error:
        raise InvalidUsage(str(error)) from error
    except NotFound as error:
        raise NoPage(str(error)) from error
    web.staff.log(request.ctx.staff.login, "changed the role", f"staff {login}", role)
    return go_to(request, "/console/people", f"{login} is {role} now.")


@routes.post("/people/<login>/reset")
@requires("admin")
async def reset(request: Request, login: str) -> HTTPResponse:
    """A new one-time password; the person's sessions end."""
    web, password, login = services(request), one_time_password(), unquote(login)
    hashed = await asyncio.get_event_loop().run_in_executor(None, hash_password, password)
    try:
        web.staff.set_password(login, hashed, must_change=True)
    except NotFound as error:
        raise NoPage(str(error)) from error
    web.staff.log(request.ctx.staff.login, "reset the password", f"staff {login}")
    return _page(request, login=login, password=password)


@routes.post("/people/<login>/remove")
@requires("admin")
async def remove(request: Request, login: str) -> HTTPResponse:
    """Let nobody sign in with this login any more."""
    web, login = services(request), unquote(login)
    try:
        web.staff.remove(login)
    except BadAccount as error:
        raise InvalidUsage(str(error)) from error
    except NotFound as error:
        raise NoPage(str(error)) from error
    web.staff.log(request.ctx.staff.login, "removed", f"staff {login}")
    web.desk.take_from_the_absent()
    return go_to(request, "/console/people", f"{login} is removed.")


def _page(request: Request, login: str = "", password: str = "") -> HTTPResponse:
    everyone = services(request).staff.everyone()
    return render(
        request, "people.html", people=everyone, roles=ROLES, login=login, password=password
    )
