"""A message at its point of a conversation, as the rules of composition look at it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from rasa.shared.core.events import ActionExecuted, BotUttered, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.answers.details import ends_asking
from bot.dialogue.in_form import SHOPPING, SURE, UNSURE
from bot.dialogue.named_products import NamedProducts
from bot.reading.reader import Reading, read
from bot.spoken import spoken
from recommender.search.kinds import Kind, kinds_in

ParseData = dict[str, Any]
STAYS = ""  # what a rule says of a message that stays what it is
# After these, a few words ask for more of it.
TOLD = {
    "action_answer_policy", "action_delivery_info", "action_returns_policy", "action_opening_hours", "action_contact",
}  # fmt: skip

WEAK = {
    "policy_question", "inform", "help", "discount_code", "opening_hours",
}  # which many a question is near to  # fmt: skip
CERTAIN = 0.8  # the confidence from which they are what they seem
PAGE = "/shop/policies/"  # stands in what is told from one
SHORT = 6  # words
SUMMED = "action_price_total"
SUM_TURNS = 3  # messages in which a sum may be gone on with
SILENT = {"action_listen", "action_extract_slots", "action_session_start"}


def last_action(tracker: DialogueStateTracker) -> str | None:
    """The last action that said something."""
    for event in reversed(tracker.events):
        if isinstance(event, ActionExecuted) and event.action_name not in SILENT:
            return event.action_name
    return None


@dataclass(frozen=True)
class Said:
    """A message at its point of a conversation."""

    parsed: ParseData
    tracker: DialogueStateTracker | None
    catalogue: NamedProducts
    more_of_it: str | None  # what the last answer was about, where a few words ask on

    @property
    def text(self) -> str:
        """Its words."""
        return self.parsed["text"]

    @property
    def name(self) -> str:
        """The intent that it is likest to."""
        return self.parsed["intent"]["name"] or ""

    @property
    def confidence(self) -> float:
        """How sure that is."""
        return self.parsed["intent"].get("confidence") or 0.0

    @cached_property
    def reading(self) -> Reading:
        """Its small words."""
        return read(self.text)

    @cached_property
    def entities(self) -> set[str]:
        """What is named in it."""
        return {one["entity"] for one in self.parsed["entities"]}

    @cached_property
    def last(self) -> str | None:
        """The last action that said something."""
        return last_action(self.tracker) if self.tracker else None

    @cached_property
    def words(self) -> list[str]:
        """Those that name something."""
        return self.reading.content()

    @cached_property
    def own_words(self) -> list[str]:
        """The same without the small words that are in a list."""
        return self.reading.content([(sign.start, sign.end) for sign in self.reading.signs])

    @cached_property
    def kinds(self) -> list[Kind]:
        """The kinds of thing that it names, whether the shop sells them or not."""
        asked = [(one.start, one.end) for one in self.reading.of("attributes")]  # "the battery"
        found = kinds_in(self.text, spoken())
        return [one for one in found if not any(a <= one.start < b for a, b in asked)]

    @property
    def of_attributes(self) -> list[str]:
        """The attributes that it asks for, beside the price."""
        return [one for one in self.reading.attributes if one != "price"]

    @property
    def short(self) -> bool:
        """Whether only a few words name something."""
        return 0 < len(self.words) <= SHORT

    def slot(self, name: str) -> Any:
        """What a slot holds."""
        return self.tracker.get_slot(name) if self.tracker else None

    @cached_property
    def in_sight(self) -> list[str]:
        """The products (skus) that a question may be about: the one in focus, else all that is shown."""
        clicked = (self.slot("product_clicked") or {}).get("sku")
        one = self.slot("product_meant") or clicked
        return [one] if one else list(self.slot("shown_products") or [])

    @cached_property
    def summed(self) -> bool:
        """Whether something was added up lately, which may be gone on with."""
        since = self._since_the_sum
        return self.summed_last or (since is not None and since < SUM_TURNS)

    @cached_property
    def summed_last(self) -> bool:
        """Whether the last answer was a sum, or said what something was added up for."""
        return (self.known and self.last == SUMMED) or self._since_the_sum == 0

    @cached_property
    def names_the_sum(self) -> bool:
        """Whether it has a word of the title of something that was added up."""
        skus = [one["sku"] for one in (self.slot("summed") or {}).get("items") or []]
        return self.catalogue.in_titles_of(skus, self.words)

    @cached_property
    def _since_the_sum(self) -> int | None:
        """How many messages came after the last sum; None where there was none."""
        if not (self.slot("summed") or {}).get("items"):
            return None
        messages = 0
        for event in reversed(self.tracker.events if self.tracker else []):
            if isinstance(event, SlotSet) and event.key == "summed":
                return messages
            messages += isinstance(event, UserUttered)
        return None

    @property
    def known(self) -> bool:
        """Whether there are products that a customer may point at."""
        return bool(self.in_sight or self.slot("talked_about"))

    @property
    def focus(self) -> bool:
        """Whether one product is talked about."""
        return bool(self.slot("product_meant"))

    @property
    def searching(self) -> bool:
        """Whether a search is going on."""
        return bool(self.slot("search"))

    @property
    def searching_on(self) -> bool:
        """Whether more of what was found may be wanted: a search, with nothing compared or talked of since."""
        return self.searching and not self.focus and self.last != "action_product_details"

    @cached_property
    def after_page(self) -> bool:
        """Whether the last answer was from the shop's pages, whichever action gave it."""
        if self.last in TOLD:
            return True
        for event in reversed(self.tracker.events if self.tracker else []):
            if isinstance(event, BotUttered):
                return PAGE in (event.text or "")
        return False

    @property
    def after_shopping(self) -> bool:
        """Whether the last answer was about products."""
        told = {*SHOPPING, "undo_refinement", "earlier_list"}
        of_products = self.last is not None and self.last.removeprefix("action_") in told
        return of_products and not self.after_page

    def names_what_was_told(self, number: str) -> bool:
        """Whether it has a word of the sentence that told of the order with this number."""
        events = reversed(self.tracker.events if self.tracker else [])
        told = (one.text or "" for one in events if isinstance(one, BotUttered))
        return self.reading.names(next((text for text in told if number in text), ""))

    @property
    def of_kind(self) -> bool:
        """Whether it names a kind of thing."""
        return "category" in self.entities

    @property
    def asks(self) -> bool:
        """Whether it is a question."""
        return self.reading.has("asks", "asks_behind") or ends_asking(self.text)

    @property
    def unsure(self) -> bool:
        """Whether no intent was likely."""
        return self.name in UNSURE

    @property
    def weak(self) -> bool:
        """Whether the intent says little."""
        near = self.name in WEAK and (self.name == "policy_question" or self.confidence < CERTAIN)
        return self.unsure or near or self.confidence < SURE

    @property
    def sets(self) -> bool:
        """Whether it puts things in order, or counts them."""
        return bool(
            self.reading.superlative or self.reading.has("ordered", "ordered_down", "count")
        )


# Names the intent of a message, says that it stays what it is, or leaves it to the next rule.
Rule = Callable[[Said], str | None]
