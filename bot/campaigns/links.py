"""Signed addresses in mails: agreeing, unsubscribing, preferences, clicks.

They are signed with the key that is never rotated: who wants no more mails must be able to say so by any
mail they ever got. What shows personal data is signed with the time, too, and ends.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from itsdangerous import BadData, URLSafeSerializer, URLSafeTimedSerializer

from bot.errors import NotFound
from bot.settings.keys import Secrets

PROFILE_SECONDS = 3600
CONFIRM_SECONDS = 14 * 86_400


class Mail(NamedTuple):
    """What a link in a mail stands for: whose mail it is, for which purpose, and which mail."""

    mark: str
    purpose: str
    mail: int


class MailLinks:
    """Makes and reads the tokens below /mail. Reading raises NotFound for one that wasn't signed here."""

    def __init__(self, secrets: Callable[[], Secrets], address: str) -> None:
        self._secrets, self._address = secrets, address.rstrip("/")

    def unsubscribe(self, mail: Mail, language: str) -> str:
        """The address that ends mails for a purpose."""
        return self._page("unsubscribe", self._sign("unsubscribe", list(mail)), language)

    def preferences(self, mail: Mail, language: str) -> str:
        """The page on which somebody says what they want."""
        return self._page("preferences", self._sign("preferences", list(mail)), language)

    def token(self, mail: Mail) -> str:
        """The token of `unsubscribe` alone, for the subject of a mail to us."""
        return self._sign("unsubscribe", list(mail))

    def click(self, mail: int, url: str) -> str:
        """An address that leads to another one and counts that."""
        return f"{self._address}/mail/go/{self._sign('go', [mail, url])}"

    def confirm(self, pending: int, language: str) -> str:
        """The address that confirms what somebody asked for; good for two weeks."""
        return self._page("confirm", str(self._timed("confirm").dumps(pending)), language)

    def profile(self, mark: str, language: str) -> str:
        """The page with all that is known of somebody; good for an hour."""
        return self._page("profile", str(self._timed("profile").dumps(mark)), language)

    def read_mail(self, what: str, token: str) -> Mail:
        """What a link to unsubscribe or to preferences stands for."""
        mark, purpose, mail = self._read(self._signer(what), token)
        return Mail(str(mark), str(purpose), int(mail))

    def read_click(self, token: str) -> tuple[int, str]:
        """Which mail was clicked, and where it leads."""
        mail, url = self._read(self._signer("go"), token)
        return int(mail), str(url)

    def read_confirm(self, token: str) -> int:
        """Which opt-in is confirmed."""
        return int(self._read(self._timed("confirm"), token, max_age=CONFIRM_SECONDS))

    def read_profile(self, token: str) -> str:
        """Whose profile is shown."""
        return str(self._read(self._timed("profile"), token, max_age=PROFILE_SECONDS))

    def _page(self, name: str, token: str, language: str) -> str:
        """The address of a page, which is said in the language of the mail."""
        return f"{self._address}/mail/{name}/{token}?language={language}"

    def _sign(self, what: str, said: Any) -> str:
        return str(self._signer(what).dumps(said))

    def _signer(self, what: str) -> URLSafeSerializer:
        return URLSafeSerializer(self._secrets().person_key, salt=f"mail {what}")

    def _timed(self, what: str) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(self._secrets().person_key, salt=f"mail {what}")

    def _read(self, signer: Any, token: str, **more: Any) -> Any:
        try:
            return signer.loads(token, **more)
        except (BadData, ValueError, TypeError) as error:
            raise NotFound(
                "This link is not complete, or too old.", "Open it from the mail again."
            ) from error
