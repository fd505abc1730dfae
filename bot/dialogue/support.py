"""The intent that a message has about orders, pages and tasks by how it is put together: what goes before the rules of
products (bot/dialogue/composition.py). Each rule names an intent, says that the message stays what it is, or leaves it.
"""

from bot.answers.details import ends_asking
from bot.dialogue.in_form import (
    HALF_SURE,
    ONLY_ASKED,
    ORDER_TASKS,
    SHOPPING,
    SURE,
    UNSURE,
    only_asks,
)
from bot.dialogue.said import CERTAIN, SHORT, STAYS, TOLD, Rule, Said
from bot.intents import order_tasks
from bot.reading.lexicon import city_in

RETURNS = {"return_item", "exchange_item"}
GIVES_BACK = RETURNS | {"refund_status", "claim_refund"}
OF_ORDERS = {"action_do_order_task", "action_list_orders"}
PASSED_ON = {"action_do_order_task", "action_do_contact_task", "action_request_status"}
OF_SOME_ORDER = {"contents", "where", "when", "gone", "tracking", "placed"}
AS_OF_PRODUCTS = {"total", "delivery"}  # what is asked of products, too
PAID = {
    "payment_problem", "payment_methods", "policy_question", "invoice",
}  # near to "did I pay for it?"  # fmt: skip
DELIVERED = {"action_delivery_info", "action_price_total"}
FEW = 9  # words that ask for more of what was told
# What is wrong with an item of an order: as what is shown doesn't suit, and as nothing came.
OF_ITEMS = {"wrong_item", "exchange_item", "change_items"}
SURELY = 0.9  # from which an item of an order is meant, whatever is shown
# What a question about something else than products is easily taken for, right after a page's answer.
NEAR_PAGES = SHOPPING | UNSURE | {"inform", "stock_alert", "buy", "newsletter_on", "newsletter_off"}
# What somebody is taken to say who only tells what happened.
TELLS = {"inform", "help", "stop", "dislike", "order_status", "policy_question"}
OF_PRODUCTS = {"product", "brand", "feature", "colour", "size", "audience"}


def _of_a_number(said: Said) -> str | None:
    """Of an order whose number is put right is wanted what was wanted of the other, where nothing else is said."""
    if "order_number" in said.entities and said.unsure and said.reading.has("corrects"):
        return said.slot("order_task") or "order_status"
    return STAYS if said.entities & {"order_number", "reference"} else None


def _only_supposed(said: Said) -> str | None:
    """ "What happens if it breaks?" asks for nothing to be done, and who ordered nothing is asked for no number."""
    if said.name not in ORDER_TASKS:
        return None
    supposed = order_tasks()[said.name].kind and said.reading.has("hypothetical")
    if not supposed and not said.reading.has("no_order", "no_number"):
        return None
    return "returns_policy" if said.name in RETURNS else "policy_question"


def _whether_one_may(said: Said) -> str | None:
    """ "May bread go back?" is answered before an order is asked for, where none is known."""
    doubtful = said.name in GIVES_BACK and said.confidence < CERTAIN
    if doubtful and said.asks and not said.slot("order_number"):
        return "returns_policy" if said.name in RETURNS else "policy_question"
    return None


def _of_an_order(said: Said) -> str | None:
    return STAYS if said.name in ORDER_TASKS and said.confidence >= SURE else None


def _of_what_was_passed_on(said: Said) -> str | None:
    """ "And how long will that take?" right after a request to the team."""
    just_now = said.last in PASSED_ON and said.slot("last_request")
    return "request_status" if just_now and said.reading.has("of_request") else None


def _if_ordered(said: Said) -> str | None:
    """ "If I order on friday, when does it come?": of nothing that is ordered."""
    likely = said.weak or said.name in {"order_status", "delivery_info", "buy", "opening_hours"}
    price = "price" in said.reading.attributes and not said.reading.has("delivery")
    asks = said.asks and not (price or said.reading.adds_up)
    return "delivery_info" if said.reading.has("if_ordered") and likely and asks else None


def _told_as_wrong(said: Said) -> str | None:
    """ "The last mugs I had from you were chipped": a complaint told as a fact is no search."""
    likely = said.unsure or said.name in SHOPPING | TELLS
    wish = said.reading.has("sold", "open_need", "superlative", "price") or said.sets
    if not likely or wish or ends_asking(said.text):
        return None
    named = bool(said.entities & {"category", "product", "order_number"})
    of_order = bool(said.slot("order_number"))
    if said.reading.has("never_came") and (named or of_order):
        return "missing_item" if said.entities & {"category", "product"} else "trace_parcel"
    had = said.reading.has("had_it") and said.reading.has("went_wrong")
    return "damaged_item" if had and (named or of_order or said.own_words) else None


def _does_not_fit(said: Said) -> str | None:
    """ "The coat I bought is too small" is about what was bought, and looks for no coat."""
    likely = said.unsure or said.name in SHOPPING | TELLS | RETURNS
    if not (likely and said.reading.has("bought") and said.reading.has("does_not_fit")):
        return None
    asks = said.reading.begins_with("asks") or ends_asking(said.text)
    return "returns_policy" if asks else "exchange_item"


def _of_giving_back(said: Said) -> str | None:
    """ "By when must I send it back?" asks for no product and no mail."""
    back = any(one.value in RETURNS for one in said.reading.of("tasks"))
    likely = said.weak or said.name in NEAR_PAGES
    return (
        "returns_policy"
        if back and likely and said.asks and not said.slot("order_number")
        else None
    )


def _not_here(said: Said) -> str | None:
    """ "I ordered something, and it still isn't here": nothing wrong came, nothing did."""
    of_items = said.name in OF_ITEMS | {"damaged_item", "missing_item"}
    here = said.reading.has("went_wrong") or said.entities & {"category", "product"}
    if not of_items or here or not said.reading.has("not_here"):
        return None
    return "trace_parcel" if said.slot("order_number") else "order_status"


def _told_and_not_here(said: Said) -> str | None:
    """ "But I never got it", after an order was told of: it is to be looked for, and not told of again."""
    told = (
        said.last in OF_ORDERS and said.slot("order_number") and not said.reading.has("went_wrong")
    )
    near = said.name in {"order_status", "inform", "deny", *UNSURE}
    asked = ends_asking(said.text) or "order_number" in said.entities
    if not told or not near or asked:
        return None
    return "trace_parcel" if said.reading.has("not_here") else None


def _of_what_is_shown(said: Said) -> str | None:
    """ "No, those are for children, I meant women's": products that are shown don't suit, and no order is known."""
    doubtful = said.name in OF_ITEMS and said.confidence < SURELY
    if not doubtful or said.slot("order_number"):
        return None
    if said.reading.has("went_wrong", "never_came", "not_here"):
        return None
    if not said.after_shopping and not (said.known and "product" in said.entities):
        return None
    if "product" in said.entities:
        return "product_details"
    named = said.kinds or said.entities & {*OF_PRODUCTS, "category"}
    return "refine_search" if named and said.searching else None


def _only_asked(said: Said) -> str | None:
    """ "How often does the newsletter come?" signs nobody up."""
    asks = said.name in ONLY_ASKED and only_asks(said.text)
    return "policy_question" if asks else None


def _more_of_a_fixed_answer(said: Said) -> str | None:
    """ "And how long?", "what about Poland?" after delivery was told of, "and from Spain, is it free?" after returns."""
    told = {"action_delivery_info": "delivery_info", "action_returns_policy": "returns_policy"}
    topic = told.get(said.last or "")
    free = said.reading.has("never_paid")
    few = len(said.text.split()) <= (2 * FEW if free else FEW)
    likely = said.weak or said.name in NEAR_PAGES | {"price_total"} or _only_a_time(said)
    if not topic or not few or not likely or said.entities & OF_PRODUCTS or said.reading.adds_up:
        return None
    asked = {"price", "duration"} & {*said.reading.attributes} or free
    goes_on = said.reading.begins_with("goes_on") and len(said.text.split()) <= SHORT
    near = topic == "delivery_info" and (goes_on or city_in(said.text))
    return topic if asked or near else None


def _how_long_after_a_sum(said: Said) -> str | None:
    """ "And how long would that take?" after what it costs: until it is here."""
    likely = said.weak or said.name in NEAR_PAGES | {"price_total", "delivery_info"}
    asked = said.reading.begins_a_clause("fact") and said.reading.has("arrives")
    few = len(said.text.split()) <= FEW
    summed = said.last == "action_price_total"
    return "delivery_info" if summed and likely and asked and few and not said.own_words else None


def _only_a_time(said: Said) -> bool:
    """ "And at 17:00?": as near to opening hours as to what was told; "and your opening hours?" names them."""
    goes_on = said.reading.begins_with("goes_on")
    return said.name == "opening_hours" and goes_on and not said.reading.has("opening")


def _more_of_a_page(said: Said) -> str | None:
    """A question right after a page's answer: "and by post?"; not where it names or fits a product."""
    near = NEAR_PAGES if said.known else NEAR_PAGES | {"price_total"}
    if not said.after_page or said.name not in near or said.entities & OF_PRODUCTS:
        return None
    sets = said.sets and (said.known or said.of_kind or said.kinds)  # but "highest amount?"
    if (
        sets
        or said.reading.adds_up
        or said.reading.has("sold", "open_need")
        or len(said.text.split()) > 2 * FEW
    ):
        return None
    goes_on = said.reading.begins_with("goes_on")
    if (said.of_kind or said.kinds) and not goes_on:
        return None
    if said.known and _of_what_is_in_sight(said):
        return None
    if not (goes_on or said.asks or said.unsure or not said.known):
        return None
    return said.more_of_it or "policy_question"


def _of_what_is_in_sight(said: Said) -> bool:
    """Whether it names an attribute of products, or what the catalogue says of the one in sight."""
    attributes = {*said.reading.attributes} - {"price", "duration"}
    told = said.catalogue.share_said_of(said.in_sight[:1], said.own_words or said.words)
    return bool(attributes) or told >= HALF_SURE


def _of_the_order_told(said: Said) -> str | None:
    """ "What's in it?", "is it paid?" of the order that was looked up; also of one whose number stands beside it."""
    number = "order_number" in said.entities
    known = said.slot("order_number") and said.slot("email")
    surely = said.name in ORDER_TASKS and order_tasks()[said.name].kind and said.confidence >= SURE
    asked = {sign.value for sign in said.reading.of("of_order")}
    if not (known or number) and asked & OF_SOME_ORDER and said.weak and not said.known:
        return "order_status" if said.last not in TOLD else None  # which one is asked
    if surely or not (known or number):
        return None
    near = said.last in OF_ORDERS and not number
    if asked - AS_OF_PRODUCTS or (asked and near):
        return "order_status"
    if not near:
        return None
    if said.reading.has("address_part") and not ends_asking(said.text):
        return "change_address"
    told = {sign.value for sign in said.reading.of("of_order_told")}
    if said.name == "price_total" and "total" in told and not said.known:
        return "order_status"  # "what was the total again?"
    in_a_word = told and len(said.text.split()) <= SHORT
    of_item = said.reading.has("count") or "price" in said.reading.attributes
    if in_a_word or (of_item and said.names_what_was_told(said.slot("order_number"))):
        return "order_status"
    page = said.name == "policy_question" and said.confidence >= HALF_SURE
    unsure = (said.unsure or (said.name in PAID and not page)) and not said.of_kind
    return "order_status" if unsure and said.reading.has("asks", "this") else None


def _to_a_city(said: Said) -> str | None:
    meant = said.name in (*UNSURE, "search_products", "inform") and not said.reading.adds_up
    return "delivery_info" if said.last in DELIVERED and meant and city_in(said.text) else None


def _nothing_to_take_back(said: Said) -> str | None:
    """ "Can I still return it, until which day?" takes nothing back where nothing was asked for."""
    if said.name != "undo_request" or not said.asks or said.slot("standing_requests"):
        return None
    ranking = said.parsed.get("intent_ranking") or []
    names = (one["name"] for one in ranking if one["name"] in ORDER_TASKS | {"returns_policy"})
    return next(names, None)


def _when_they_call(said: Said) -> str | None:
    """ "When will you call me?" after a call was noted asks for no other one."""
    noted = any(one["kind"] == "call_back" for one in said.slot("standing_requests") or [])
    asks = said.asks and not said.reading.begins_with("asks_to_do")
    return "request_status" if said.name == "call_back" and noted and asks else None


# Before and after what products say of themselves (RULES in bot/dialogue/composition.py).
ORDERS: tuple[Rule, ...] = (
    _nothing_to_take_back,
    _when_they_call,
    _of_what_was_passed_on,
    _if_ordered,
    _of_what_is_shown,
    _not_here,
    _told_and_not_here,
    _told_as_wrong,
    _does_not_fit,
    _of_the_order_told,
    _of_a_number,
)
PAGES: tuple[Rule, ...] = (
    _only_supposed,
    _only_asked,
    _of_giving_back,
    _whether_one_may,
    _of_an_order,
    _more_of_a_fixed_answer,
    _how_long_after_a_sum,
    _more_of_a_page,
    _to_a_city,
)
