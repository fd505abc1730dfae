"""The language in which a page, or a refusal, is said: as asked for, as chosen before, as the browser says."""

from sanic.request import Request

from bot.texts import Words, first_of, words_in
from bot.web.services import services

COOKIE = "language"  # what was chosen on a page of the storefront


def language_of(request: Request) -> str:
    """One of the shop's languages, by `?language=`, the cookie, or the browser; else its own."""
    served = services(request).settings.shop.languages
    for wanted in (request.args.get("language"), request.cookies.get(COOKIE)):
        if wanted in served:
            return wanted
    return first_of(request.headers.get("accept-language", ""), served)


def words_of(request: Request) -> Words:
    """What customers read, in the language of the request."""
    return words_in(language_of(request))
