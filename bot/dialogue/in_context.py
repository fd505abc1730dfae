"""What a message means after what was said before: a few words that make no sense alone, sets and sums of what is shown."""

import re
from typing import Any

from rasa.shared.core.events import ActionExecuted, SlotSet
from rasa.shared.core.trackers import DialogueStateTracker

from bot.answers.consent import Consent, read_consent
from bot.dialogue.in_form import HALF_SURE, ORDER_TASKS, SHOPPING, SURE, UNSURE, with_intent
from bot.dialogue.named_products import NamedProducts
from bot.intents import group, order_tasks
from bot.reading.lexicon import city_in
from bot.reading.reader import Reading, read
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
WEAK = {
    "policy_question",
    "inform",
    "help",
    "discount_code",
    "opening_hours",
}  # which many a question is near to
CERTAIN = 0.8  # the confidence from which they are what they seem
TAKES_SURE = {
    "return_item",
    "exchange_item",
    "refund_status",
    "claim_refund",
    "cancel_order",
    "discount_code",
}
ABOUT_PRODUCTS = {
    "product_details",
    "product_availability",
    "size_advice",
    "price_total",
    "search_products",
}
OF_ORDERS = {"action_do_order_task", "action_list_orders"}
PAID = {
    "payment_problem",
    "payment_methods",
    "policy_question",
    "invoice",
}  # near to "did I pay for it?"
DELIVERED = {"action_delivery_info", "action_price_total"}
SEARCHES = {"search_products", "refine_search", "similar_products", "show_more", "out_of_scope"}
IN_TITLES = 0.5  # the share of a message's words from which it names what is sold
SHORT = 6  # words
SUMMED = "action_price_total"
BEGINNING = 5  # tokens
SILENT = {"action_listen", "action_extract_slots", "action_session_start"}
# After these, a few words ask for more of it.
TOLD = {
    "action_answer_policy", "action_delivery_info", "action_returns_policy", "action_opening_hours",
}  # fmt: skip
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
    if composed := _composed(parsed, tracker, catalogue):
        return with_intent(parsed, composed)
    if (
        name == "undo_refinement"
        and tracker
        and (_last_action(tracker) in DONE or _recorded_last(tracker))
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
        and _last_action(tracker) in TOLD
        and read(parsed["text"]).has("asks")
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


def _composed(
    parsed: ParseData, tracker: DialogueStateTracker | None, catalogue: NamedProducts
) -> str:
    """The shopping intent that a message has by how it is put together; "" where nothing tells.

    Sets, sums and questions about what is shown are told by small words (bot/reading) better than by the
    likeness to examples, but a message that is surely about something else stays that.
    """
    name, confidence = parsed["intent"]["name"], parsed["intent"].get("confidence") or 0.0
    entities = {one["entity"] for one in parsed["entities"]}
    if entities & {"order_number", "reference"}:
        return ""
    reading = read(parsed["text"])
    if name in ORDER_TASKS and order_tasks()[name].kind and reading.has("hypothetical"):
        return "policy_question"
    if name in ORDER_TASKS and confidence >= SURE:
        return ""
    known = _known(tracker)
    of_kind = "category" in entities
    near = name in WEAK and (name == "policy_question" or confidence < CERTAIN)
    weak = name in UNSURE or near or confidence < SURE
    last = _last_action(tracker) if tracker else None
    if (
        name in ABOUT_PRODUCTS
        and not known
        and last in TOLD
        and not entities & {"product", "category", "brand"}
    ):
        return _more_of_it(parsed, tracker) or "policy_question"
    if tracker and tracker.get_slot("order_number") and last in OF_ORDERS and not of_kind:
        told = name == "policy_question" and confidence >= HALF_SURE
        if (name in UNSURE or (name in PAID and not told)) and reading.has("asks", "this"):
            return "order_status"
    if (
        last in DELIVERED
        and city_in(parsed["text"])
        and name in (*UNSURE, "search_products", "inform")
    ):
        return "delivery_info"
    sets = reading.superlative or reading.has("ordered", "ordered_down", "count")
    if known and reading.has("delivery") and tracker and _last_action(tracker) == SUMMED:
        if reading.has("asks", "these", "this") or "?" in parsed["text"]:
            return "price_total"
    if reading.adds_up and of_kind and reading.has("joins", "both") and (weak or name in SHOPPING):
        return "price_total"
    if reading.adds_up and ("product" in entities or (known and (weak or name in SHOPPING))):
        return "price_total" if name not in TAKES_SURE or confidence < SURE else ""
    if reading.has("count") and not of_kind and _focus(tracker) and (weak or name in SHOPPING):
        return "product_details"
    if (
        sets
        and (of_kind or (known and not _names_a_page(name, confidence)))
        and (weak or name in SHOPPING)
    ):
        return (
            "search_products"
            if name not in ("search_products", "refine_search", "compare_products")
            else ""
        )
    said = reading.content()
    short = 0 < len(said) <= SHORT
    if (
        known
        and last == SUMMED
        and name in UNSURE
        and reading.has("corrects", "sum_so_far")
        and reading.numbers
    ):
        return "price_total"
    if known and short and _after_shopping(tracker) and name not in ORDER_TASKS and not of_kind:
        if name == "show_more" and reading.has("other") and _focus(tracker):
            return "product_details"
        if _asks_an_attribute(reading, said, name, catalogue):
            return "product_details"
    if not weak or name in SHOPPING:
        return ""
    if short and (name in UNSURE or (name == "policy_question" and not reading.has("asks"))):
        if (
            not (known and _after_shopping(tracker))
            and catalogue.share_in_titles(said) >= IN_TITLES
        ):
            return "search_products"
    if "product" in entities and name in (*UNSURE, "policy_question"):
        return "product_details"
    if known and _after_shopping(tracker) and _asks_of_what_is_known(reading, name):
        return "product_details"
    sold = _sold(reading, name) and (not of_kind or _asks_whether_sold(parsed))
    if reading.has("whole_shop") or (name in (*UNSURE, "policy_question") and sold):
        return "search_products"
    if (
        name in UNSURE
        and _after_shopping(tracker)
        and 0 < len(reading.content()) <= SHORT
        and not known
    ):
        return "search_products"
    if (
        known
        and name in UNSURE
        and _searching(tracker)
        and _after_shopping(tracker)
        and reading.content()
    ):
        return "refine_search"
    return ""


def _asks_an_attribute(
    reading: Reading, said: list[str], name: str, catalogue: NamedProducts
) -> bool:
    """Whether a few words name something that the catalogue says of products, and nothing that it sells: "sugar?"."""
    named = [word for word in said if catalogue.names_attribute([word])]
    others = [word for word in said if word not in named]
    some = reading.has("one_of_many", "both")
    if not named or reading.has("same") or (catalogue.share_in_titles(others) > 0 and not some):
        return False
    refers = reading.has("this", "these", "both", "other") or "?" in reading.text
    return refers or name not in SEARCHES


def _known(tracker: DialogueStateTracker | None) -> bool:
    """Whether there are products that a customer may point at."""
    slots = ("shown_products", "talked_about", "product_meant", "product_clicked")
    return tracker is not None and any(tracker.get_slot(slot) for slot in slots)


def _focus(tracker: DialogueStateTracker | None) -> bool:
    """Whether one product is talked about."""
    return tracker is not None and bool(tracker.get_slot("product_meant"))


def _searching(tracker: DialogueStateTracker | None) -> bool:
    return tracker is not None and bool(tracker.get_slot("search"))


def _after_shopping(tracker: DialogueStateTracker | None) -> bool:
    """Whether the last answer was about products."""
    last = _last_action(tracker) if tracker else None
    return last is not None and last.removeprefix("action_") in {
        *SHOPPING,
        "undo_refinement",
        "earlier_list",
    }


def _names_a_page(name: str, confidence: float) -> bool:
    return name in group("side_question") and name != "policy_question" and confidence >= SURE


def _asks_of_what_is_known(reading: Reading, name: str) -> bool:
    """Whether it asks for an attribute, or something of "it" or "the … one"."""
    refers = reading.has("this", "these", "both", "every", "each", "other")
    of_one = reading.has("one") and reading.has("here")
    names = [one for one in reading.attributes if one not in ("kind", "country")]
    asks = reading.has("asks") or "?" in reading.text
    if name in UNSURE:
        return bool(refers or of_one or names) and (asks or bool(names) or of_one)
    return bool(names) and (refers or len(reading.text.split()) <= SHORT)


def _sold(reading: Reading, name: str) -> bool:
    """Whether it is "do you sell …", or a few words that name a thing with a question mark."""
    begins = any(sign.first <= BEGINNING for sign in reading.of("sold"))
    short = name in UNSURE and "?" in reading.text and len(reading.text.split()) <= SHORT
    return bool(reading.content()) and (begins or short)


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
    if not tracker or _last_action(tracker) not in TOLD or not MORE_OF_IT.search(parsed["text"]):
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
    return text.rstrip().endswith(("?", "？")) or read(text).has("asks", "asks_behind")


def _rules_out_a_value(parsed: ParseData) -> bool:
    """Whether a dislike is of a colour, a brand or the like, and not of "the black one"."""
    values = all(
        one["entity"] in ("colour", "brand", "feature") and one.get("negated")
        for one in parsed["entities"]
    )
    return values and not ONE_OF_THEM.search(parsed["text"])


def _last_action(tracker: DialogueStateTracker) -> str | None:
    """The last action that said something."""
    for event in reversed(tracker.events):
        if isinstance(event, ActionExecuted) and event.action_name not in SILENT:
            return event.action_name
    return None


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
    last, made = _last_action(tracker), tracker.get_slot("last_request") or {}
    just_made = last == "action_do_contact_task" and made.get("kind") == "stock_alert"
    return bool(tracker.get_slot("alerts")) and (just_made or last in ALERTS)
