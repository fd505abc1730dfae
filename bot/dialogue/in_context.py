"""What a message means after what was said before: a few words that make no sense alone, sets and sums of what is shown."""

import re
from typing import Any

from rasa.shared.core.events import SlotSet
from rasa.shared.core.trackers import DialogueStateTracker

from bot.answers.consent import Consent, read_consent
from bot.answers.details import ends_asking
from bot.dialogue.composition import composed
from bot.dialogue.in_form import SURE, UNSURE, with_intent
from bot.dialogue.named_products import NamedProducts
from bot.dialogue.said import TOLD, Said, last_action
from bot.reading.reader import read
from bot.spoken import ENGLISH, spoken

ParseData = dict[str, Any]

WISHES = {
    "price",
    "colour",
    "size",
    "audience",
    "brand",
    "category",
    "feature",
    "in_stock",
    "price_change",
}
DONE = {"action_do_order_task", "action_do_contact_task"}  # after which "undo that" means a request
MAILED = {"newsletter_on", "stock_alert"}  # wishes to be mailed, which "don't mail me" is none of
ALERTS = {"action_list_alerts", "action_end_alert"}  # after which "stop it" means one of them
MORE_OF_IT = re.compile(
    r"^\W*+(?:(?:ok|okay|so)\W++)?(?:(?:and|what about|how about)\b.{3,30}$|.*\b(?:they|them|it|that)\b)",
    re.I,
)
# "do you sell …", up to what is sold: "do you have a returns address for tents" asks for no tent.
SELLS = re.compile(
    r"\b(?:(?:do|did|would) (?:you|u|ya) (?:guys )?(?:sell|have|stock|carry|do)|(?:have )?(?:you|u) got|got)\s+"
    r"(?:(?!(?:on|for|of|in|with|about|to|from|when|after)\b)[\w'-]+\s+){0,3}$",
    re.I,
)
QUESTION = re.compile(r"^\W*(?:is|are|do|does|have|has|got|can|which|what|how|show|i|any)\b", re.I)
ONE_OF_THEM = re.compile(r"\b(?:the|this|that|these|those)\b.{1,30}\b(?:ones?|products?)\b", re.I)


def in_context(
    parsed: ParseData, tracker: DialogueStateTracker | None, catalogue: NamedProducts
) -> ParseData:
    """A few words that only make sense after what was said before."""
    name, found = parsed["intent"]["name"], {one["entity"] for one in parsed["entities"]}
    by_composition = composed(Said(parsed, tracker, catalogue, _more_of_it(parsed, tracker)))
    if by_composition:
        return with_intent(parsed, by_composition)
    if (
        name == "undo_refinement"
        and tracker
        and (last_action(tracker) in DONE or _recorded_last(tracker))
    ):
        return with_intent(parsed, "undo_request")
    if name in MAILED and _refuses(parsed["text"]):
        return with_intent(parsed, "deny")
    if name == "stop" and tracker and _told_of_alerts(tracker):
        return with_intent(parsed, "end_alert")
    if (
        name == "policy_question"
        and "order_number" in found
        and parsed["intent"]["confidence"] < SURE
    ):
        return with_intent(parsed, "order_status")
    if "reference" in found and name in {*UNSURE, "inform", "order_status", "refund_status"}:
        return with_intent(parsed, "request_status")
    if name in UNSURE and "ordinal" in found and tracker and tracker.get_slot("shown_products"):
        return with_intent(parsed, "product_details")
    if name in {*UNSURE, "policy_question"} and _asks_whether_sold(parsed):
        return with_intent(parsed, "search_products")
    if name == "goes_with" and _comes_first("category", parsed):
        return with_intent(parsed, "search_products")
    more = _more_of_it(parsed, tracker)
    if more:
        return with_intent(parsed, more)
    if (
        name in UNSURE
        and tracker
        and last_action(tracker) in TOLD
        and (read(parsed["text"]).has("asks") or ends_asking(parsed["text"]))
    ):
        return with_intent(parsed, "policy_question")
    searched = tracker is not None and bool(tracker.get_slot("search"))
    if searched and found and found <= WISHES and _bare(parsed["text"]):
        return with_intent(parsed, "refine_search")
    if searched and name == "dislike" and found and _rules_out_a_value(parsed):
        return with_intent(parsed, "refine_search")
    if (
        name in {*UNSURE, "inform", "order_status"}
        and found & WISHES
        and not found & {"order_number", "email"}
    ) and (searched or name in UNSURE):
        return with_intent(parsed, "refine_search" if searched else "search_products")
    return parsed


def _comes_first(entity: str, parsed: ParseData) -> bool:
    """Whether it is what is wanted "to go with it", rather than what something is to go with."""
    front = parsed["text"].lower().rfind("with")
    return any(one["entity"] == entity and one["start"] < front for one in parsed["entities"])


def _asks_whether_sold(parsed: ParseData) -> bool:
    """Whether it is "do you sell …" of a kind of product."""
    return any(
        one["entity"] == "category" and SELLS.search(parsed["text"][: one["start"]])
        for one in parsed["entities"]
    )


def _more_of_it(parsed: ParseData, tracker: DialogueStateTracker | None) -> str | None:
    """What the last answer was about, when a few words ask on: "and to Spain?", "do they last?"."""
    name = parsed["intent"]["name"]
    if not tracker or last_action(tracker) not in TOLD or not MORE_OF_IT.search(parsed["text"]):
        return None
    if (
        name not in {*UNSURE, "inform", "product_details", "search_products", "refine_search"}
        or parsed["entities"]
    ):
        return None
    return (tracker.latest_message.intent or {}).get("name") if tracker.latest_message else None


def _bare(text: str) -> bool:
    """Whether a text is a wish and nothing else: "size 39", "in red", but not "is it red"."""
    asks = bool(QUESTION.match(text)) if spoken() == ENGLISH else asks_elsewhere(text)
    return len(text.split()) <= 3 and not asks


def asks_elsewhere(text: str) -> bool:
    """Whether a text in another language than English asks."""
    return ends_asking(text) or read(text).has("asks", "asks_behind")


def _rules_out_a_value(parsed: ParseData) -> bool:
    """Whether a dislike is of a colour, a brand or the like, and not of "the black one"."""
    values = all(
        one["entity"] in ("colour", "brand", "feature") and one.get("negated")
        for one in parsed["entities"]
    )
    return values and not ONE_OF_THEM.search(parsed["text"])


def _recorded_last(tracker: DialogueStateTracker) -> bool:
    """Whether a request that still stands was recorded after the last search."""
    for event in reversed(tracker.events):
        if isinstance(event, SlotSet) and event.key in ("last_request", "search_made"):
            return event.key == "last_request" and event.value is not None
    return False


def _refuses(text: str) -> bool:
    """Whether it begins with a no, or with a yes and a no after it: "yes but don't …"."""
    answer = read_consent(text)
    begins = answer.begins
    if begins is Consent.YES:
        begins = read_consent(answer.rest).begins
    return begins is Consent.NO


def _told_of_alerts(tracker: DialogueStateTracker) -> bool:
    """Whether what was said last is of alerts that there are, one just made or a list of them."""
    last, made = last_action(tracker), tracker.get_slot("last_request") or {}
    just_made = last == "action_do_contact_task" and made.get("kind") == "stock_alert"
    return bool(tracker.get_slot("alerts")) and (just_made or last in ALERTS)
