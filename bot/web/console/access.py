"""Who may do what: sessions, CSRF tokens, and the decorator that every route of the console has."""

import hmac
import secrets as random
from collections.abc import Awaitable, Callable
from functools import wraps
from hashlib import sha256
from typing import Any
from urllib.parse import quote, urlsplit

from itsdangerous import BadSignature, URLSafeTimedSerializer
from sanic.exceptions import Forbidden, Unauthorized
from sanic.request import Request
from sanic.response import HTTPResponse, redirect

from bot.settings.keys import one_of
from bot.staff.accounts import ROLES, SESSION_SECONDS, Staff
from bot.web.console.pages import wants_json
from bot.web.services import services

Handler = Callable[..., Awaitable[Any]]

COOKIE = "shoptalk_staff"
DEVICE = "shoptalk_device"  # on which logins have signed in before
DEVICE_SECONDS, DEVICE_LOGINS = 180 * 86_400, 8
SAFE = ("GET", "HEAD", "OPTIONS")
PASSWORD_PAGE = "/console/password"


def requires(role: str) -> Callable[[Handler], Handler]:
    """Let a handler be reached by people of this role or above alone.

    `request.ctx.staff` is then the person, `request.ctx.csrf` the token for forms. What changes
    something needs that token as the field `csrf` or the header X-CSRF. Nobody signed in: 401, or
    the sign-in page; the role is too low: 403.
    """
    if role not in ROLES:
        raise ValueError(f"{role!r} is no role")

    def decorate(handler: Handler) -> Handler:
        @wraps(handler)
        async def guarded(request: Request, *args: Any, **kwargs: Any) -> Any:
            person = signed_in(request)
            if person is None:
                if wants_json(request) or request.method not in SAFE:
                    raise Unauthorized("Please sign in.")
                return redirect(f"/console/sign-in?next={quote(_place(request), safe='')}")
            if not person.may(role):
                raise Forbidden(f"This needs the role {role}; yours is {person.role}.")
            if request.method not in SAFE:
                check_origin(request)
                _check_csrf(request)
            if person.must_change and request.path != PASSWORD_PAGE:
                return redirect(PASSWORD_PAGE, status=303)
            services(request).staff.seen(person)
            return await handler(request, *args, **kwargs)

        vars(guarded)["role"] = role
        return guarded

    return decorate


def open_to_all(handler: Handler) -> Handler:
    """Mark a route that needs no sign-in; every other one has @requires, and a test checks it."""
    vars(handler)["role"] = None
    return handler


def signed_in(request: Request) -> Staff | None:
    """The person whose session the cookie names, or None."""
    try:
        session = _signer(request).loads(request.cookies.get(COOKIE) or "", max_age=SESSION_SECONDS)
    except BadSignature:
        return None
    person = services(request).staff.of_session(str(session))
    if person:
        request.ctx.staff, request.ctx.session = person, session
        request.ctx.csrf = _csrf(services(request).settings.secrets().session_key, session)
    return person


def start_session(request: Request, response: HTTPResponse, person: Staff) -> None:
    """Sign a person in: the cookie is signed, expires, and no script can read it."""
    session = services(request).staff.open_session(person)
    _set_cookie(request, response, _signer(request).dumps(session), SESSION_SECONDS)


def end_session(request: Request, response: HTTPResponse) -> None:
    """Sign the person of a request out."""
    services(request).staff.end_session(request.ctx.session)
    _set_cookie(request, response, "", 0)


def _set_cookie(
    request: Request,
    response: HTTPResponse,
    value: str,
    seconds: int,
    name: str = COOKIE,
    path: str = "/console",
) -> None:
    tls = request.scheme == "https" or request.headers.get("x-forwarded-proto") == "https"
    response.add_cookie(
        name, value, path=path, httponly=True, samesite="Lax", max_age=seconds, secure=tls
    )


def known_device(request: Request, login: str) -> str:
    """The name of this device when the login has signed in on it before, else ""."""
    return _devices(request).get(login, "")


def remember_device(request: Request, response: HTTPResponse, login: str) -> None:
    """Let the browser show later that this login has signed in here; it opens nothing by itself."""
    devices = _devices(request)
    name = devices.pop(login, "") or random.token_hex(8)
    kept = dict([*devices.items(), (login, name)][-DEVICE_LOGINS:])
    value = str(_device_signer(request).dumps(kept))
    _set_cookie(request, response, value, DEVICE_SECONDS, DEVICE, "/console/sign-in")


def _devices(request: Request) -> dict[str, str]:
    """What the device's cookie says: a name for each login that has signed in on it."""
    try:
        signed = request.cookies.get(DEVICE) or ""
        devices = _device_signer(request).loads(signed, max_age=DEVICE_SECONDS)
    except BadSignature:
        return {}
    return {str(login): str(name) for login, name in dict(devices).items()}


def _device_signer(request: Request) -> URLSafeTimedSerializer:
    keys = services(request).settings.secrets().oldest_first
    return URLSafeTimedSerializer(keys, salt="staff device")


def check_origin(request: Request) -> None:
    """Refuse a form that another site's page sends. Raises Forbidden."""
    origin = request.headers.get("origin")
    if origin and urlsplit(origin).netloc != request.headers.get("host"):
        raise Forbidden("This form came from another site.")


def _check_csrf(request: Request) -> None:
    given = request.headers.get("x-csrf") or (request.form or {}).get("csrf") or ""
    keys = services(request).settings.secrets().session_keys
    if not one_of(given, (_csrf(key, request.ctx.session) for key in keys)):
        raise Forbidden("This page was open for too long. Please go back, reload it and try again.")


def _csrf(key: str, session: str) -> str:
    return hmac.new(key.encode(), f"csrf {session}".encode(), sha256).hexdigest()


def _signer(request: Request) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(services(request).settings.secrets().oldest_first, salt="staff")


def _place(request: Request) -> str:
    return request.path + (f"?{request.query_string}" if request.query_string else "")
