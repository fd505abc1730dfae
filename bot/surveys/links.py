"""Signed addresses of surveys' pages: nobody can make one up, or answer in another's name."""

import hashlib
import hmac
from collections.abc import Callable
from typing import NamedTuple

from itsdangerous import BadSignature, URLSafeSerializer

from bot.errors import NotFound
from bot.settings.keys import Secrets


class Link(NamedTuple):
    """What an address stands for: a campaign, and the person it was made for (or nobody)."""

    campaign: str
    person: str


class Begun(NamedTuple):
    """A run that somebody has open, and when they began (seconds since 1970)."""

    run: str
    at: float


class Links:
    """Makes and reads the tokens of `/survey/TOKEN` and `/survey/TOKEN/RUN`.

    `secrets()` gives the keys as they are now: they may be rotated at any time.
    """

    def __init__(self, secrets: Callable[[], Secrets]) -> None:
        self._secrets = secrets

    def path(self, campaign: str, person: str = "") -> str:
        """The path of a campaign's page; the same for everybody unless it names a person."""
        return f"/survey/{self._signer('survey').dumps([campaign, self.pseudonym(person)])}"

    def pseudonym(self, person: str) -> str:
        """What stands for a person in links and answers.

        A person is an email address, in capitals or not, or a customer's number, as it is.
        """
        if not person:
            return ""
        return self._digest(f"person {_same(person)}")

    def pseudonyms(self, person: str) -> list[str]:
        """All that may stand for a person: an address in capitals once had its own.

        Found again are the usual ways to write it: all of it or the names in it with a capital
        letter, and the way in which it is written here.
        """
        email = _same(person)
        name, _, place = email.rpartition("@")
        names = (name, name.capitalize(), name.title(), name.upper())
        places = (place, place.capitalize(), place.title(), place.upper())
        forms = [f"{one}@{other}" for one in names for other in places] if name else []
        forms = [email, person, person.strip(), *forms]
        return [self._digest(f"person {form}") for form in dict.fromkeys(forms) if form]

    def read(self, token: str) -> Link:
        """What a token stands for. Raises NotFound for one that wasn't signed here."""
        campaign, person = self._read("survey", token)
        return Link(str(campaign), str(person))

    def personal_run(self, link: Link) -> str:
        """The one run of a personal link."""
        return self._digest(f"run {link.campaign} {link.person}")

    def begun(self, run: str, at: float) -> str:
        """The token of a run that was begun."""
        return str(self._signer("survey-run").dumps([run, round(at)]))

    def read_begun(self, token: str) -> Begun:
        """Which run a token stands for. Raises NotFound."""
        run, at = self._read("survey-run", token)
        return Begun(str(run), float(at))

    def _digest(self, text: str) -> str:
        key = self._secrets().person_key.encode()
        return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()[:24]

    def _signer(self, salt: str) -> URLSafeSerializer:
        return URLSafeSerializer(self._secrets().oldest_first, salt=salt)

    def _read(self, salt: str, token: str) -> tuple:
        try:
            first, second = self._signer(salt).loads(token)
        except (BadSignature, ValueError, TypeError) as error:
            raise NotFound(
                "This link is not complete.", "Open it from the message again."
            ) from error
        return first, second


def _same(person: str) -> str:
    return person.strip().lower() if "@" in person else person
