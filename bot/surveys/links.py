"""Signed addresses of surveys' pages: nobody can make one up, or answer in another's name."""

from typing import NamedTuple

from itsdangerous import BadSignature, URLSafeSerializer

from bot.errors import NotFound


class Link(NamedTuple):
    """What an address stands for: a campaign, and the person it was made for (or nobody)."""

    campaign: str
    person: str


class Links:
    """Makes and reads the tokens of `/survey/TOKEN`."""

    def __init__(self, key: str) -> None:
        self._signer = URLSafeSerializer(key, salt="survey")

    def path(self, campaign: str, person: str = "") -> str:
        """The path of a campaign's page; the same for everybody unless it names a person."""
        return f"/survey/{self._signer.dumps([campaign, person])}"

    def read(self, token: str) -> Link:
        """What a token stands for. Raises NotFound for one that wasn't signed here."""
        try:
            campaign, person = self._signer.loads(token)
        except (BadSignature, ValueError, TypeError) as error:
            raise NotFound(
                "This link is not complete.", "Open it from the message again."
            ) from error
        return Link(str(campaign), str(person))
