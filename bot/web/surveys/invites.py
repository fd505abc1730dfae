"""Asks a survey in the chat when a campaign's moment has come.

Every conversation that is open in a browser has a timer, which starts anew with each message or
event, and when a browser comes back after a restart. When it runs out, the rules of
bot/surveys/triggers.py decide; Rasa has the last word, since it alone knows whether a form is going
on.
"""

import asyncio
import logging
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.errors import ShoptalkError
from bot.inbox.store import Inbox
from bot.settings import Settings
from bot.surveys.campaigns import Campaigns, Entry
from bot.surveys.links import Links
from bot.surveys.records import Contact
from bot.surveys.situation import read_situation, segments_of
from bot.surveys.triggers import Candidate, History, choose, version_for
from bot.web.chat.delivery import Delivery
from bot.web.chat.live import Hub

logger = logging.getLogger(__name__)

SYNC_SECONDS = 10.0  # how soon a campaign that was started or changed elsewhere is noticed
REMEMBERED = 10_000  # conversations
MARGIN = 0.5  # the transcripts follow a moment behind,
LATE = (0, 4, 20)  # and longer on a busy machine: seconds after which to look again


class Invites:
    """Watches the conversations, and lets the assistant ask."""

    def __init__(
        self,
        settings: Settings,
        campaigns: Campaigns,
        inbox: Inbox,
        delivery: Delivery,
        hub: Hub,
        with_staff: Callable[[str], bool],
    ) -> None:
        """Where a conversation is `with_staff`, nothing is asked."""
        self._settings, self._campaigns = settings, campaigns
        self._inbox, self._delivery, self._hub = inbox, delivery, hub
        self._links = Links(settings.secrets)
        self._timers: dict[str, asyncio.Task[None]] = {}
        self._tried: OrderedDict[str, tuple] = OrderedDict()
        self._running: list[Entry] = []
        self._read_at = 0.0
        self._stop_watching: Callable[[], None] = lambda: None
        self._with_staff = with_staff

    def start(self) -> None:
        """Begin to watch."""
        self._stop_watching = self._hub.watch(self._noticed)

    async def stop(self) -> None:
        """Stop; a customer who wasn't asked may be asked another time."""
        self._stop_watching()
        timers = list(self._timers.values())
        for timer in timers:
            timer.cancel()
        await asyncio.gather(*timers, return_exceptions=True)

    def _noticed(self, conversation: str, what: str) -> None:
        """Something happened in a conversation: its timer starts anew."""
        if what not in ("changed", "event", "typing", "opened"):
            return
        before = self._timers.pop(conversation, None)
        if before:
            before.cancel()
        if not self._hub.is_listening(conversation) or not self._asking():
            return
        timer = asyncio.get_event_loop().create_task(self._wait(conversation))
        self._timers[conversation] = timer
        timer.add_done_callback(lambda done: self._ended(conversation, done))

    def _ended(self, conversation: str, timer: "asyncio.Task[None]") -> None:
        if self._timers.get(conversation) is timer:
            del self._timers[conversation]
        if not timer.cancelled() and timer.exception():
            logger.error("A survey couldn't be asked.", exc_info=timer.exception())

    async def _wait(self, conversation: str) -> None:
        """Look again at each moment at which a campaign might become ready."""
        begun = time.monotonic()
        triggers = [entry.campaign.trigger for entry in self._asking() if entry.campaign.trigger]
        moments = {
            max(one.quiet_seconds, one.seconds_on_page) + late for one in triggers for late in LATE
        }
        for moment in sorted(moments):
            await asyncio.sleep(max(0.0, moment + MARGIN - (time.monotonic() - begun)))
            if await self._ask(conversation):
                return

    async def _ask(self, conversation: str) -> bool:
        """Ask, when a campaign is ready; returns whether one was."""
        entries = {entry.name: entry for entry in self._asking()}
        if not entries or not self._hub.is_listening(conversation):
            return False
        known = self._known(conversation)
        person = self._links.pseudonym(known) if known else conversation
        also = (conversation, *self._links.pseudonyms(known))
        contacts = {name: self._campaigns.store.contact(person, name, *also) for name in entries}
        since = max((contact.last_any or 0 for contact in contacts.values()), default=0)
        shop, now = self._settings.shop, time.time()
        situation = await asyncio.get_event_loop().run_in_executor(
            None,
            lambda: read_situation(
                self._settings.transcripts_db, conversation, now, shop.zone, since=since,
                upset_below=shop.assistant.upset_below,
                busy="staff are answering" if self._with_staff(conversation) else "",
            ),
        )  # fmt: skip
        situation = replace(situation, person=person)
        candidates = [
            Candidate(name, entry.campaign, entry.status, self._history(contacts[name]))
            for name, entry in entries.items()
        ]
        chosen = choose(candidates, situation, shop.surveys.days_between)
        if chosen is None:
            return False
        point = (chosen.name, situation.messages, situation.moments, situation.page)
        if self._tried.get(conversation) == point:
            return False  # Rasa refused it at this point of the conversation
        self._tried[conversation] = point
        if len(self._tried) > REMEMBERED:
            self._tried.popitem(last=False)
        return self._prompt(conversation, person, chosen, segments_of(situation), now)

    def _known(self, conversation: str) -> str:
        """Whom the shop's server said that it knows (`/chat/identify`), or "": personal links have
        the same pseudonym."""
        customer = self._inbox.customer(conversation)
        return customer.get("email") or customer.get("id") or ""

    def _prompt(
        self,
        conversation: str,
        person: str,
        chosen: Candidate,
        segments: dict[str, str],
        now: float,
    ) -> bool:
        latest = self._campaigns.get(chosen.name).version
        run = secrets.token_hex(12)
        survey = {
            "campaign": chosen.name,
            "version": version_for(chosen.campaign, chosen.name, person, latest),
            "run": run,
            "person": person,
            "segments": segments,
            "link": f"{self._settings.shop.surveys.address}{self._links.path(chosen.name)}",
            "at": now,
        }
        asked = self._inbox.prompt(conversation, f"survey-{run}", {"survey": survey})
        if asked:
            self._delivery.wake(conversation)
        return asked

    def _asking(self) -> list[Entry]:
        """The campaigns that ask now, read again every few seconds."""
        if time.monotonic() - self._read_at > SYNC_SECONDS or not self._read_at:
            self._read_at = time.monotonic()
            try:
                for fault in self._campaigns.sync():
                    logger.warning("%s", fault)
                entries = self._campaigns.all()
            except ShoptalkError as error:
                logger.error("Surveys can't be read: %s", error)
                entries = []
            self._running = [
                one for one in entries if one.state == "running" and one.campaign.trigger
            ]
        return self._running

    def forget_cache(self) -> None:
        """A campaign was changed here: read them again at once."""
        self._read_at = 0.0

    def _history(self, contact: Contact) -> History:
        def moment(at: float | None) -> Any:
            return datetime.fromtimestamp(at, self._settings.shop.zone) if at else None

        return History(
            last_any=moment(contact.last_any),
            last_this=moment(contact.last_this),
            never=contact.never,
            completed=contact.completed,
            asked=contact.asked,
        )
