"""The shopping intent that a message has by how it is put together, rather than by its likeness to examples.

Sets, sums and questions about what is shown are told by small words (bot/reading) and by what the catalogue has, but a
message that is surely about something else stays that. Each rule looks at the message at its point of the conversation
and names an intent, says that the message stays what it is, or leaves it to the next one: RULES has their order.
"""

from bot.dialogue.in_form import ORDER_TASKS, SHOPPING, SURE, UNSURE
from bot.dialogue.of_pages import asked_of_pages, asks, named_of_pages
from bot.dialogue.said import CERTAIN, SHORT, STAYS, SUMMED, TOLD, Rule, Said
from bot.dialogue.support import ORDERS, PAGES
from bot.intents import group
from bot.reading.lexicon import city_in

TAKES_SURE = {
    "return_item", "exchange_item", "refund_status", "claim_refund", "cancel_order", "discount_code",
}  # fmt: skip
SEARCHES = {"search_products", "refine_search", "similar_products", "show_more", "out_of_scope"}
SEARCHING = {"search_products", "refine_search", "compare_products"}  # which do sets, too
# What a question about one product is easily taken for.
NEAR_DETAILS = {
    "search_products", "refine_search", "similar_products", "goes_with", "undo_refinement", "size_advice",
    "product_availability", "compare_products", "stock_alert",
}  # fmt: skip
IN_TITLES = 0.5  # the share of a message's words from which it names what is sold
MOST_WORDS = 12  # of a question about what is in sight
MOST_EDIT = 20  # words by which a sum is changed
BEGINNING = 5  # tokens
OF_PAGES = {
    "gift card",
    "wrapping paper",
}  # kinds of which pages tell, whether they are sold or not
FOR_SURE = 0.9  # from which delivery is asked about, and not what takes long with a product
MEASURED = {"weight", "length", "size", "capacity", "power"}
BETWEEN = 2  # words between "do you sell" and the thing


def composed(said: Said) -> str:
    """The intent that the first rule names which fits; "" where the message stays what it is."""
    return next((name for rule in RULES if (name := rule(said)) is not None), STAYS)


def _topic_of_pages(said: Said) -> str | None:
    """ "Can you wrap it?", "which cards do you take?", whatever is in sight and near."""
    asked = asked_of_pages(said.text) or (named_of_pages(said.text) if said.unsure else "")
    own = said.name in ORDER_TASKS and said.confidence >= CERTAIN
    own = own and (asked != "returns_policy" or bool(said.slot("order_number")))
    if not asked or own or "order_number" in said.entities or said.sets or said.reading.adds_up:
        return None
    if asked != "policy_question" and said.name in group("side_question") and not said.weak:
        return None
    sold = any(one.concept in OF_PAGES and said.catalogue.sells(one) for one in said.kinds)
    return None if sold else asked


# --- what is sold at all, and what is given up ---


def _gives_up(said: Said) -> str | None:
    """ "Forget the budget, I need three doors" goes on with the search."""
    gives_up = said.reading.has("drop") and said.searching and not said.kinds and not said.of_kind
    return "refine_search" if gives_up and (said.weak or said.name in SHOPPING) else None


def _rules_out(said: Said) -> str | None:
    """ "No shoes and no clothes", after a list: the same without them, and none of those that are shown."""
    named = [
        one for one in said.parsed["entities"] if one["entity"] in ("category", "brand", "colour")
    ]
    ruled_out = [one for one in named if one.get("negated")]
    near = said.weak or said.name in SHOPPING
    plain = not (said.entities & {"product", "ordinal", "order_number"} or asks(said.text))
    return "refine_search" if said.searching and ruled_out and near and plain else None


def _shows_a_kind(said: Said) -> str | None:
    """ "Show me tents": no list of what was kept, and none of before where there is none."""
    kept = said.name == "wishlist_show" and said.confidence < CERTAIN
    before = said.name == "earlier_list" and not (said.searching or said.slot("searches"))
    return "search_products" if (kept or before) and (said.of_kind or said.kinds) else None


def _wish_alone(said: Said) -> str | None:
    """ "Y a en noir ?", "heb je die in M?" after a list or a product: a wish and hardly a word beside it, whatever
    courtesy it is near to."""
    wishes = {"colour", "size", "audience", "price", "brand", "feature"}
    near = said.name in group("small_talk") and (said.confidence < CERTAIN or asks(said.text))
    if not near or not said.after_shopping:
        return None
    spans = [(one["start"], one["end"]) for one in said.parsed["entities"]]
    alone = said.entities and said.entities <= wishes and not said.reading.content(spans)
    if alone and said.focus and said.entities <= {"colour", "size"}:
        return "product_availability"
    return "refine_search" if alone and said.searching_on else None


def _only_a_limit(said: Said) -> str | None:
    """ "I'd like to spend 60 at most", after a list: the same within that, and no other search."""
    if not said.searching or said.name not in {"search_products", *UNSURE} or said.kinds:
        return None
    if not said.entities or not said.entities <= {"price", "price_change"}:
        return None
    spans = [(one["start"], one["end"]) for one in said.parsed["entities"]]
    signs = [(sign.start, sign.end) for sign in said.reading.signs]
    named = [one for one in said.reading.content([*spans, *signs]) if not one.isdigit()]
    return "refine_search" if not named else None


def _whole_shop(said: Said) -> str | None:
    return "search_products" if said.reading.whole_shop else None


def _whether_a_kind_is_sold(said: Said) -> str | None:
    """ "Have you got a settee?", whatever page it is near to: a kind of thing right behind the question."""
    unsure = said.name in (*UNSURE, "policy_question")
    if not said.short or not (unsure or said.name in group("side_question")):
        return None
    asks = [sign for sign in said.reading.of("sold") if sign.first <= BEGINNING]
    near = any(
        sign.end <= kind.start and len(said.text[sign.end : kind.start].split()) <= BETWEEN
        for sign in asks
        for kind in said.kinds
        if unsure or kind.concept not in OF_PAGES or said.catalogue.sells(kind)
    )
    return "search_products" if near else None


# --- sets and sums ---


def _delivery_of_the_sum(said: Said) -> str | None:
    """ "Delivered to Cardiff?", "and is it free yet?" right after a sum."""
    if not said.summed or (said.name in ORDER_TASKS and said.confidence >= CERTAIN):
        return None
    asks = said.reading.has("asks", "these", "this") or "?" in said.text
    if said.known and said.reading.has("delivery") and said.last == SUMMED and asks:
        return "delivery_info" if said.reading.has("never_paid") else "price_total"
    free = said.reading.has("never_paid") and (said.weak or said.name in SHOPPING)
    short = len(said.text.split()) <= MOST_WORDS
    return "delivery_info" if free and asks and short and not said.of_kind else None


def _sum(said: Said) -> str | None:
    if not said.reading.adds_up:
        return None
    likely = said.weak or said.name in SHOPPING
    if said.of_kind and said.reading.has("joins", "both") and likely:
        return "price_total"
    if "product" in said.entities or (said.known and likely):
        taken = said.name in TAKES_SURE and said.confidence >= SURE
        return STAYS if taken else "price_total"
    return None


def _sum_with_the_first(said: Said) -> str | None:
    """ "The pop-up tent plus the cheapest sleeping bag": what a product costs with the first of a kind."""
    both = "product" in said.entities and said.of_kind and said.reading.superlative
    joined = said.reading.has("joins", "sum_so_far")
    price = "price" in said.reading.attributes or said.reading.adds_up
    return "price_total" if both and joined and price else None


def _less_a_share(said: Said) -> str | None:
    """ "With 10% off, how much is that?" """
    price = "price" in said.reading.attributes or said.reading.adds_up
    named = "product" in said.entities
    meant = said.reading.percent is not None and (price or named)
    likely = said.weak or said.name in SHOPPING | {"discount_code"}
    return "price_total" if meant and likely and (said.known or named) else None


def _compares(said: Said) -> str | None:
    """Two products by their names, and a word for comparing them."""
    named = [one for one in said.parsed["entities"] if one["entity"] == "product"]
    compares = said.reading.has("compare", "difference") and not said.reading.has("how_much")
    plain = not (said.reading.attributes or said.reading.comparative)
    return "compare_products" if len(named) > 1 and compares and plain else None


def _how_many_in_one(said: Said) -> str | None:
    likely = said.weak or said.name in SHOPPING
    measured = [one for one in said.reading.attributes if one not in ("kind", "stock", "price")]
    of_it = said.focus or (measured and said.in_sight and not said.own_words)  # "how many watts?"
    counts = said.reading.has("count") and not said.of_kind and of_it and likely
    return "product_details" if counts else None


def _which_of_a_kind(said: Said) -> str | None:
    """ "Which of your tents are waterproof?" is a search, where nothing shown is meant."""
    which = said.reading.has("one_of_many") and said.of_kind and not said.reading.superlative
    likely = said.weak or said.name == "compare_products"
    return "search_products" if which and likely and not said.reading.has("these") else None


def _per_unit(said: Said) -> str | None:
    """ "What's cheaper per screw, the 200 or the 1000?", "best value per litre": of what is in sight or named."""
    reading, signs = said.reading, said.reading.of("per")
    asks = "price" in reading.attributes or reading.has("worth", "how_much")
    asks = asks or reading.superlative or reading.comparative
    goes_on = reading.begins_with("goes_on") and said.after_shopping  # "and per kilo?"
    known = said.known or said.of_kind or "product" in said.entities
    if not signs or not (asks or goes_on) or not known:
        return None
    near = said.weak or said.name in SHOPPING
    measure = any(one.value != "thing" for one in signs)
    behind = [reading.word_behind(one) for one in signs]
    named = any(said.catalogue.share_in_titles([word]) > 0 for word in behind if word)
    return "product_details" if near and (measure or named) else None


def _set(said: Said) -> str | None:
    page = said.name in group("side_question") and said.name != "policy_question"
    known = said.known and not (page and said.confidence >= SURE)
    if said.sets and (said.of_kind or known) and (said.weak or said.name in SHOPPING):
        return STAYS if said.name in SEARCHING else "search_products"
    return None


def _sum_gone_on_with(said: Said) -> str | None:
    """What was added up with a change, against a budget, or once more: "throw in the brush set", "without the roller",
    "and one bag?", "so I'm how much over?"."""
    surely = said.name in {*ORDER_TASKS, "buy"} and said.confidence >= CERTAIN
    if not said.summed or surely or len(said.text.split()) > MOST_EDIT:
        return None
    changes = _changes_the_sum(said) or said.reading.has("against_budget")
    return "price_total" if changes or _only_the_price(said) else None


def _changes_the_sum(said: Said) -> bool:
    reading = said.reading
    names = said.names_the_sum or bool(said.entities & {"product", "category"})
    if reading.takes_out:
        return said.summed_last or said.names_the_sum
    if reading.has("swap"):
        return names or bool(reading.numbers)
    if reading.has("corrects") and reading.numbers:
        return said.summed_last or said.names_the_sum
    if reading.has("sum_more", "sum_so_far"):
        wants = reading.has("sold", "open_need") and not reading.has("here")
        only = said.catalogue.share_in_titles(said.own_words) > IN_TITLES or not said.own_words
        return said.summed_last and names and only and not (wants or reading.superlative)
    another = said.names_the_sum or reading.has("container")
    goes_on = reading.begins_a_clause_with("goes_on")
    return said.summed_last and goes_on and another and _counts(said)


def _counts(said: Said) -> bool:
    """Whether it says how many, and hardly anything else: "and one bag?"."""
    return bool(said.reading.numbers) and len(said.own_words) <= BETWEEN and not said.of_attributes


def _only_the_price(said: Said) -> bool:
    """ "So exact price is", right after a sum: of nothing else that is named."""
    priced = "price" in said.reading.attributes or said.reading.has("sum")
    return (
        said.summed_last and priced and not (said.own_words or said.entities or said.of_attributes)
    )


# --- questions about what is in sight ---


def _attribute_alone(said: Said) -> str | None:
    """ "How heavy?", "sizes?": an attribute and nothing else, of what is in sight."""
    named = [one for one in said.reading.attributes if one not in ("kind", "stock")]
    likely = said.weak or said.name in NEAR_DETAILS
    if not named or not likely or not said.in_sight or said.own_words or said.of_kind:
        return None
    plain = not said.entities and not said.reading.has("sold", "open_need", "sum", "delivery")
    of_things = MEASURED & {*named} and said.reading.begins_a_clause("fact")  # of no page
    near = said.after_shopping or len(said.in_sight) == 1 or of_things
    return "product_details" if plain and near else None


def _one_of_the_shown(said: Said) -> str | None:
    """ "The 20oz one, any good for nails?", "not the arc one, the wooden legs": something of those that are shown."""
    shown = said.slot("shown_products") or []
    likely = said.weak or said.name in NEAR_DETAILS
    if len(shown) < 2 or not likely or not said.after_shopping:
        return None
    if said.sets or said.reading.comparative or said.reading.has("open_need", "other", "others_of"):
        return None
    reading = said.reading
    asks = said.asks or reading.attributes or reading.ruled_out or reading.begins_with("goes_on")
    told = said.catalogue.share_of_those(shown, said.reading.one_so)
    return "product_details" if asks and told >= IN_TITLES else None


def _comes_with_it(said: Said) -> str | None:
    """ "Is there a case with it?", "screws included?": whether something comes with what is in sight."""
    likely = said.weak or said.name in NEAR_DETAILS | {"delivery_info"}
    asked = said.reading.has("comes_with") and (said.asks or said.unsure)
    if not asked or not likely or not said.in_sight or not said.own_words:
        return None
    other = said.reading.has("open_need", "superlative", "delivery", "others_of", "values")
    near = said.after_shopping or said.focus
    return None if other or said.reading.comparative or not near else "product_details"


def _part_of_them(said: Said) -> str | None:
    """ "What fitting do I buy?": no kind of thing that would go with what is shown, but something of it."""
    near = said.name == "goes_with" and said.asks and said.after_shopping and said.in_sight
    points = said.reading.has("this", "these", "both", "other", "open_need", "others_of")
    if not near or points or not said.own_words or said.of_kind or said.kinds:
        return None
    return "product_details" if not said.catalogue.share_in_titles(said.own_words) else None


def _fact_of_it(said: Said) -> str | None:
    """ "How thick can it cut?", "how many in the bag?": who asks for a fact looks for nothing, and means what is in sight."""
    delivery = said.name == "delivery_info" and said.focus and said.confidence < FOR_SURE
    likely = said.weak or said.name in NEAR_DETAILS or (delivery and not city_in(said.text))
    if not likely or not said.in_sight or not (said.after_shopping or said.focus):
        return None
    measured = said.reading.units or MEASURED & {*said.reading.attributes}
    if said.name == "policy_question" and not measured:
        return None  # a page says something of it
    in_it = said.reading.has("count") and said.reading.has("comes_with")
    if not said.reading.begins_a_clause("fact") or not (
        said.own_words or said.reading.units or in_it
    ):
        return None
    wishes = [(one.start, one.end) for one in said.reading.of("sold")]
    wished = any(
        a <= s and e <= b for a, b in said.reading.clauses_begun("fact") for s, e in wishes
    )
    if wished or said.reading.has(
        "open_need", "sum", "delivery", "lives", "difference", "how_much"
    ):
        return None
    if said.reading.superlative or said.reading.comparative or said.reading.adds_up:
        return None
    of_it = said.reading.has("this", "these", "here")
    if said.entities & {"product", "price", "order_number"} or (said.of_kind and not of_it):
        return None
    return "product_details" if of_it or not said.kinds else None


def _attribute_of_it(said: Said) -> str | None:
    if not said.known or not said.short or not said.after_shopping or said.of_kind:
        return None
    if said.name in ORDER_TASKS:
        return None
    if said.name == "show_more" and said.reading.has("other") and not said.searching_on:
        return "product_details"
    return "product_details" if _names_an_attribute(said) else None


def _names_an_attribute(said: Said) -> bool:
    """Whether a few words name something that the catalogue says of products, and nothing that it sells: "sugar?"."""
    named = [word for word in said.words if said.catalogue.names_attribute([word])]
    others = [word for word in said.words if word not in named]
    some = said.reading.has("one_of_many", "both")
    sold = said.catalogue.share_in_titles(others) > 0 and not some
    if not named or said.reading.has("same") or sold:
        return False
    refers = said.reading.has("this", "these", "both", "other") or "?" in said.text
    return refers or said.name not in SEARCHES


def _in_what_is_said_of_it(said: Said) -> str | None:
    """A question whose words stand in what the catalogue says of the product in sight."""
    likely = said.weak or said.name in NEAR_DETAILS
    if not said.asks or not likely or not said.own_words or len(said.own_words) > MOST_WORDS:
        return None
    if said.reading.has("sold", "open_need", "whole_shop", "sum", "delivery", "superlative"):
        return None
    if said.sets or said.reading.comparative or said.entities & {"price", "product"}:
        return None
    if said.of_kind and not said.reading.has("this"):
        return None
    refers = said.focus or said.reading.has("this", "these", "both")
    near = said.after_shopping or said.reading.has("this", "both")
    if not (refers and near):
        return None
    told = said.catalogue.share_said_of(said.in_sight[:1], said.own_words)
    return "product_details" if told >= IN_TITLES else None


def _surely_something_else(said: Said) -> str | None:
    return STAYS if not said.weak or said.name in SHOPPING else None


# --- the rest, of which the intent says little ---


def _names_what_is_sold(said: Said) -> str | None:
    likely = said.unsure or (said.name == "policy_question" and not said.reading.has("asks"))
    if not said.short or not likely or (said.known and said.after_shopping):
        return None
    if said.last in TOLD and said.asks:
        return None
    if said.catalogue.share_in_titles(said.words) >= IN_TITLES or said.kinds:
        return "search_products"
    return None


def _named_product(said: Said) -> str | None:
    meant = "product" in said.entities and said.name in (*UNSURE, "policy_question")
    return "product_details" if meant else None


def _asks_of_it(said: Said) -> str | None:
    """Whether it asks for an attribute, or something of "it" or "the … one"."""
    if not said.known or not said.after_shopping:
        return None
    reading = said.reading
    refers = reading.has("this", "these", "both", "every", "each", "other")
    of_one = reading.has("one") and reading.has("here")
    names = [one for one in reading.attributes if one not in ("kind", "country")]
    asks = reading.has("asks") or "?" in reading.text
    doubtful = said.name == "policy_question" and said.confidence < SURE
    of_it = doubtful and reading.has("this") and len(said.in_sight) == 1
    if said.unsure or of_it:  # what no description says is looked for on the pages
        meant = bool(refers or of_one or names) and (asks or bool(names) or of_one)
    else:
        meant = bool(names) and (refers or len(reading.text.split()) <= SHORT)
    return "product_details" if meant else None


def _whether_sold(said: Said) -> str | None:
    """ "Do you sell …", or a few words that name a thing with a question mark."""
    begins = any(sign.first <= BEGINNING for sign in said.reading.of("sold"))
    few = said.unsure and "?" in said.text and len(said.text.split()) <= SHORT
    sold = bool(said.words) and (begins or few) and not said.of_kind
    if sold and said.name in (*UNSURE, "policy_question"):
        return "search_products"
    return None


def _wish(said: Said) -> str | None:
    """A few words after products: another thing while none is in sight, else a wish of the search."""
    if not said.unsure or not said.after_shopping or not said.words:
        return None
    if said.searching:
        return "refine_search"
    return "search_products" if said.short and not said.known else None


RULES: tuple[Rule, ...] = (
    _topic_of_pages,
    *ORDERS,
    _delivery_of_the_sum,
    _sum_gone_on_with,
    _whole_shop,
    _whether_a_kind_is_sold,
    *PAGES,
    _sum_with_the_first,
    _per_unit,
    _less_a_share,
    _sum,
    _compares,
    _one_of_the_shown,
    _comes_with_it,
    _part_of_them,
    _fact_of_it,
    _how_many_in_one,
    _which_of_a_kind,
    _gives_up,
    _shows_a_kind,
    _wish_alone,
    _rules_out,
    _only_a_limit,
    _set,
    _attribute_alone,
    _attribute_of_it,
    _in_what_is_said_of_it,
    _surely_something_else,
    _names_what_is_sold,
    _named_product,
    _asks_of_it,
    _whether_sold,
    _wish,
)
