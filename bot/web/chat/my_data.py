"""A customer's own copy of their data, and its erasure, once the assistant knows whose it is.

What is to be erased stands in web.db until it is done, so that a killed process goes on with it.
Then the conversation's token opens nothing any more but the receipt's number.
"""

import asyncio
import json
import logging
import sys
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sanic.exceptions import SanicException, ServiceUnavailable

from bot.inbox.store import Inbox
from bot.settings.keys import Secrets
from bot.web.chat.live import Hub

logger = logging.getLogger(__name__)

LINK_SECONDS = 3600.0
READING_SECONDS = 3.0  # for the assistant's last words
RETRY_SECONDS = 60.0
TRIES = 3  # of an erasure after which something is left; then staff see to it
LONGEST_SECONDS = 600.0
LEFT = "Erased at the customer's wish (receipt {receipt}), but something is left in: {places}"


class Erased(SanicException):
    """The conversation is gone; the receipt's number is in the answer."""

    status_code = 410
    quiet = True
    text = "erased"


class BadLink(SanicException):
    """The link to a copy is damaged or too old."""

    status_code = 404
    quiet = True
    text = "link_too_old"


class NoCopyNow(ServiceUnavailable):
    """The copy can't be made now, but a little later."""

    text = "copy_later"


class CopyLinks:
    """The tokens of links to copies: encrypted, since an address is in them, and good for an hour.

    Their keys are derived (HKDF) from the session keys, for this alone: nothing else that the shop
    seals or signs is a link, and no link is anything else.
    """

    def __init__(self, keys: Callable[[], Secrets], now: Callable[[], float] = time.time) -> None:
        self._keys, self._now = keys, now

    def token(self, conversation: str, email: str) -> str:
        """A token for the data of a conversation, and of those under an address if there is one."""
        said = json.dumps([conversation, email]).encode()
        return self._fernet().encrypt_at_time(said, int(self._now())).decode()

    def read(self, token: str) -> tuple[str, str]:
        """Conversation and address. Raises BadLink for anything but an unexpired token of ours."""
        try:
            said = self._fernet().decrypt_at_time(
                token.encode(), int(LINK_SECONDS), int(self._now())
            )
        except (InvalidToken, ValueError) as error:
            raise BadLink("This link is damaged or too old: ask for another copy.") from error
        conversation, email = json.loads(said)
        return conversation, email

    def _fernet(self) -> MultiFernet:
        return MultiFernet([_derived(key) for key in self._keys().session_keys])


def _derived(key: str) -> Fernet:
    made = HKDF(SHA256(), length=32, salt=None, info=b"shoptalk link to a copy").derive(
        key.encode()
    )
    return Fernet(urlsafe_b64encode(made))


class MyData:
    """Copies and erasures, one at a time, each in a process of its own."""

    def __init__(
        self, inbox: Inbox, hub: Hub, links: CopyLinks, tell_staff: Callable[[str, str], None]
    ) -> None:
        """`tell_staff(receipt, text)` hears of an erasure that left something."""
        self._inbox, self._hub, self._links = inbox, hub, links
        self._tell_staff = tell_staff
        self._one = asyncio.Semaphore(1)
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Go on with what wasn't done when the process ended."""
        for number, conversation, email in self._inbox.erasures():
            self._begin(number, conversation, email)

    async def stop(self) -> None:
        """Stop; what isn't done is done after the next start."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def on_answer(self, conversation: str, answer: dict[str, Any]) -> None:
        """An answer of the assistant's may bring a copy, or ask for an erasure."""
        for reply in answer["messages"]:
            card = reply.get("card") or {}
            if card.get("kind") == "copy":
                link = self._links.token(conversation, card.get("email") or "")
                reply["card"] = {"kind": "copy", "url": f"/chat/copy?token={link}"}
        if erasure := answer.get("erasure"):
            email = erasure.get("email") or ""
            number = self._inbox.ask_erasure(conversation, email)
            if number:
                self._begin(number, conversation, email)

    def check(self, conversation: str, writing: bool) -> None:
        """Raises Erased for a conversation that is gone, or is going and shall be written to."""
        state = self._inbox.erasure(conversation)
        if state is None:
            return
        if state:
            raise Erased("This conversation was erased.", context={"receipt": state})
        if writing and self._inbox.is_closed(conversation):
            raise ServiceUnavailable("This conversation is being erased.")

    async def copy(self, token: str) -> str:
        """The JSON of the copy that a link is for. Raises BadLink, or ServiceUnavailable."""
        conversation, email = self._links.read(token)
        self.check(conversation, writing=False)
        try:
            data = await self._do("export", conversation, email)
        except (TimeoutError, OSError, ValueError, RuntimeError) as error:
            logger.error("A copy of somebody's data failed: %s", error)
            raise NoCopyNow("The copy can't be made now.") from error
        if unread := data.pop("unread"):
            logger.error("A copy lacks what no key opens: %s.", "; ".join(unread))
        return json.dumps(data, indent=1, ensure_ascii=False)

    def _begin(self, number: int, conversation: str, email: str) -> None:
        work = self._erase(number, conversation, email)
        task = asyncio.get_event_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _erase(self, number: int, conversation: str, email: str) -> None:
        while self._inbox.next_waiting(conversation):
            await asyncio.sleep(0.2)  # its turn is done, but the replies aren't written down
        await asyncio.sleep(READING_SECONDS)
        tries = 0
        while True:
            try:
                done = await self._do("erase", conversation, email)
                tries += 1
                if not done["left"] or tries >= TRIES:
                    break
                logger.error("An erasure left something in %s.", ", ".join(done["left"]))
            except (TimeoutError, OSError, ValueError, RuntimeError) as error:
                logger.error("An erasure failed, trying again: %s", error)
            await asyncio.sleep(RETRY_SECONDS)
        if done["unread"]:
            logger.error("Whose these rows are no key tells: %s.", "; ".join(done["unread"]))
        if done["left"]:
            places = ", ".join(done["left"])
            logger.error("An erasure ended with something left in %s.", places)
            self._tell_staff(done["receipt"], LEFT.format(receipt=done["receipt"], places=places))
        gone = done["conversations"]
        self._inbox.erased(number, done["receipt"], gone)
        for one in gone:
            self._hub.end(one)

    async def _do(self, what: str, conversation: str, email: str) -> dict[str, Any]:
        asked = json.dumps({"do": what, "conversation": conversation, "email": email})
        async with self._one:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-W", "ignore", "-m", "bot.custody",
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                close_fds=False,  # it holds the lock on var (bot/system/var_lock.py), too
            )  # fmt: skip
            try:
                talk = process.communicate(asked.encode())
                said, wrong = await asyncio.wait_for(talk, LONGEST_SECONDS)
            finally:
                if process.returncode is None:
                    process.kill()
        if process.returncode:
            raise RuntimeError(wrong.decode(errors="replace").strip().splitlines()[-1:])
        return json.loads(said)
