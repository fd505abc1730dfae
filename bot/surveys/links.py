"""Signed addresses of surveys' pages: nobody can make one up, or answer in another's name."""

import hashlib
import hmac
from typing import NamedTuple

from itsdangerous import BadSignature, URLSafeSerializer

from bot.errors import NotFound


class Link(NamedTuple):
    """What an address stands for: a campaign, and the person it was made for (or nobody)."""

    campaign: str
    person: str


class Begun(NamedTuple):
    """A run that somebody has open, and when they began (seconds since 1970)."""

    run: str
    at: float


class Links:
    """Makes and reads the tokens of `/survey/TOKEN` and `/survey/TOKEN/RUN`."""

    def __init__(self, key: str) -> None:
        self._key = key.encode()
        self._links = URLSafeSerializer(key, salt="survey")
        self._runs = URLSafeSerializer(key, salt="survey-run")

    def path(self, campaign: str, person: str = "") -> str:
        """The path of a campaign's page; the same for everybody unless it names a person."""
        return f"/survey/{self._links.dumps([campaign, self.pseudonym(person)])}"

    def pseudonym(self, person: str) -> str:
        """What stands for a person (an email address, a customer's number) in links and answers."""
        if not person:
            return ""
        return hmac.new(self._key, f"person {person}".encode(), hashlib.sha256).hexdigest()[:24]

    def read(self, token: str) -> Link:
        """What a token stands for. Raises NotFound for one that wasn't signed here."""
        campaign, person = self._read(self._links, token)
        return Link(str(campaign), str(person))

    def personal_run(self, link: Link) -> str:
        """The one run of a personal link."""
        text = f"run {link.campaign} {link.person}"
        return hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()[:24]

    def begun(self, run: str, at: float) -> str:
        """The token of a run that was begun."""
        return str(self._runs.dumps([run, round(at)]))

    def read_begun(self, token: str) -> Begun:
        """Which run a token stands for. Raises NotFound."""
        run, at = self._read(self._runs, token)
        return Begun(str(run), float(at))

    def _read(self, signer: URLSafeSerializer, token: str) -> tuple:
        try:
            first, second = signer.loads(token)
        except (BadSignature, ValueError, TypeError) as error:
            raise NotFound(
                "This link is not complete.", "Open it from the message again."
            ) from error
        return first, second
