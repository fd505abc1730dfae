"""Who has a conversation, the assistant or a person, and what follows from it.

Everything here happens between two awaits of one process, so that a customer's message and an
agent's taking over come one after the other, never at once.
"""

import asyncio
import time
import uuid
from collections.abc import Callable, Sequence
from typing import Any

from bot.inbox.store import Inbox
from bot.privacy.vault import vault_of
from bot.settings.shop import Shop
from bot.staff.accounts import Staff, StaffStore
from bot.staff.asked import LONGEST_DETAIL, TICKETS, Asked, reference_for
from bot.staff.requests import CustomerRequest, RequestStore
from bot.staff.work import WorkStore
from bot.texts import Words, words_in
from bot.web.chat.live import Hub

TYPING_SECONDS = 6.0
AWAY_SECONDS = 900  # a console that is closed for so long has nobody's conversations any more
LOOK_EVERY = 60.0


class Desk:
    """Takes conversations from the assistant, gives them back, and brings staff's words across.

    `wake(conversation)` tells the delivery that something waits for Rasa.
    """

    def __init__(self, staff: StaffStore, inbox: Inbox, hub: Hub, shop: Shop) -> None:
        self.work = WorkStore(staff.db)
        self._staff = staff
        self._vault = vault_of(staff.db.conn)
        self.requests = RequestStore(staff.db)
        self.wake: Callable[[str], None] = lambda conversation: None
        self._inbox, self._hub, self._shop = inbox, hub, shop
        self._typing: dict[str, asyncio.TimerHandle] = {}

    def accept(
        self,
        conversation: str,
        message_id: str,
        text: str,
        payload: str = "",
        card_answer: dict[str, Any] | None = None,
        network: str = "",
        page: dict[str, Any] | None = None,
        pictures: Sequence[str] = (),
        unanswered: bool = False,
        call_back: dict[str, str] | None = None,
    ) -> tuple[int, bool]:
        """Write a customer's message down, for the assistant or for who has the conversation.

        What is `unanswered`, such as a picture without a word, the assistant only takes note of.
        """
        listens = unanswered or self.work.is_owned(conversation)
        seq, is_new = self._inbox.accept(
            conversation, message_id, text, payload, card_answer, listens, network, page, pictures,
            call_back,
        )  # fmt: skip
        if is_new:
            self.work.customer_wrote(conversation)
        return seq, is_new

    def on_answer(self, conversation: str, answer: dict[str, Any]) -> None:
        """A turn of the assistant's may ask for a person, and leave requests, tickets among them.

        The same answer again changes nothing.
        """
        if handoff := answer.get("handoff"):
            reason, why = handoff.get("reason") or "", handoff.get("why") or ""
            if self.work.ask(conversation, float(handoff["at"]), reason, why):
                self._assign(conversation)
        requests = [Asked.read(one) for one in answer.get("requests") or ()]
        for one in requests:
            if one.kind in TICKETS:
                self.work.make_ticket(conversation, one.at, one.email)
            self.requests.add(conversation, one)
        if handoff or requests:
            self._hub.report(conversation, "handoff")

    def take(self, conversation: str, person: Staff) -> bool:
        """A person steps in; False when they had it already. Raises Taken."""
        if not self.work.take(conversation, person):
            return False
        self._inbox.only_listen(conversation)
        joined = self._words(conversation)("joined", name=person.name, shop=self._shop.name)
        self._post(conversation, "system", joined, paused=True)
        return True

    def give_back(self, conversation: str, person: Staff, summary: str = "") -> None:
        """The assistant talks again; the summary stays as a note. Raises NotYours."""
        work = self.work.get(conversation)
        self.work.give_back(conversation, person)
        words = self._words(conversation)
        left = words("left", name=work.owner_name, assistant=self._shop.assistant.name)
        if summary:
            left = f"{left} {words('in_short', summary=summary)}"
            self.work.note(conversation, person, f"Handed back: {summary}")
        self.stop_typing(conversation)
        self._post(conversation, "system", left, paused=False)

    def take_from_the_absent(self, now: float = 0) -> int:
        """Nobody's customer waits for somebody who was removed, closed the console, or doesn't answer:
        the assistant talks again, and who hadn't an answer yet waits for another person. Returns how
        many."""
        now = now or time.time()
        absent = self.work.left_alone(now - AWAY_SECONDS)
        gone = {one["conversation"] for one in absent}
        silent_since = now - 60 * self._shop.handoff.silent_minutes
        silent = [
            one for one in self.work.owned()
            if one["conversation"] not in gone and one["owned_since"] < silent_since
            and (self._unanswered_since(one) or now) < silent_since
        ]  # fmt: skip
        found = absent + silent
        for one in found:
            conversation, waiting = one["conversation"], self._unanswered_since(one)
            self.work.release(conversation, waiting)
            if waiting is not None:
                self._assign(conversation, but=one["owner_id"])
            left = self._words(conversation)(
                "left" if waiting is None else "left_waiting",
                name=one["name"],
                assistant=self._shop.assistant.name,
            )
            self.stop_typing(conversation)
            self._post(conversation, "system", left, paused=False)
            self._hub.report(conversation, "handoff")
        return len(found)

    def _unanswered_since(self, one: dict[str, Any]) -> float | None:
        """Since when the customer of a conversation that a person has waits for their answer."""
        waiting = one["owned_since"]
        for event in self._inbox.events_since(one["conversation"], one["owned_since"]):
            if event["sender"] == "staff":
                waiting = None
            elif event["sender"] == "customer" and waiting is None:
                waiting = event["at"]
        return waiting

    def assign_again(self, now: float = 0) -> None:
        """Who waits, assigned to nobody or to one who didn't come until it was red, goes to another."""
        late = (now or time.time()) - 60 * self._shop.handoff.red_minutes
        for one in self.work.waiting():
            since = max(one["assigned_at"] or 0, one["waiting_since"])
            if one["assignee_id"] is None or since < late:
                self._assign(one["conversation"], but=one["assignee_id"])

    def _assign(self, conversation: str, but: int | None = None) -> None:
        """Give who waits to one of those who are there, as shop.yml says; `but` isn't asked again."""
        how = self._shop.handoff.assign
        if how == "nobody":
            return
        assignee = self.work.get(conversation).assignee
        here = [one for one in self._staff.everyone() if one.is_here() and one.id != but]
        if here and (but is not None or assignee not in {one.login for one in here}):
            person = self.work.next_of(here, how)
            self.work.assign(conversation, person)
            self._hub.report(conversation, "changed")

    async def keep_looking(self) -> None:
        """Look for conversations of the absent and for who waits too long, again and again."""
        while True:
            self.take_from_the_absent()
            self.assign_again()
            await asyncio.sleep(LOOK_EVERY)

    def say(self, conversation: str, person: Staff, text: str, message_id: str = "") -> int:
        """A person writes to the customer: as the owner, or to answer a ticket. Raises NotYours."""
        work = self.work.get(conversation)
        if not (work.ticket_at and not work.owner):
            self.work.check_owner(conversation, person)
        self.stop_typing(conversation)
        seq = self._post(conversation, "staff", text, message_id, name=person.name)
        self.work.answered(conversation)
        self.requests.answered(conversation, person)
        return seq

    def erasure_left(self, receipt: str, text: str) -> None:
        """A request for staff: an erasure left something. The conversation itself is gone."""
        reference = reference_for(self._vault, "erasure", receipt)
        asked = Asked("delete_data", reference, time.time(), detail=text[:LONGEST_DETAIL])
        self.requests.add("", asked)

    def tell_of(self, request: CustomerRequest, person: Staff, note: str) -> None:
        """Bring the note on a request to its customer, now or at the next visit."""
        if not request.conversation:
            return  # it was erased
        text = f"{request.reference}: {note}"
        self._post(request.conversation, "staff", text, name=person.name)

    def type(self, conversation: str, person: Staff) -> None:
        """A person is typing: the customer sees it, for some seconds. Raises NotYours."""
        self.work.check_owner(conversation, person)
        self._forget_timer(conversation)
        self._hub.tell(conversation, "typing", "staff")
        loop = asyncio.get_event_loop()
        self._typing[conversation] = loop.call_later(TYPING_SECONDS, self.stop_typing, conversation)

    def stop_typing(self, conversation: str) -> None:
        """They stopped."""
        if self._forget_timer(conversation):
            self._hub.tell(conversation, "ready", "staff")

    def _forget_timer(self, conversation: str) -> bool:
        timer = self._typing.pop(conversation, None)
        if timer:
            timer.cancel()
        return timer is not None

    def _words(self, conversation: str) -> Words:
        """What a customer reads, in the conversation's language."""
        return words_in(self._inbox.language(conversation) or self._shop.languages[0])

    def _post(
        self, conversation: str, sender: str, text: str, message_id: str = "", **more: Any
    ) -> int:
        seq = self._inbox.post(
            conversation, message_id or f"{sender}-{uuid.uuid4()}", sender, text, **more
        )
        self._hub.tell(conversation)
        self.wake(conversation)
        return seq
