"""Requests that a message makes by its composition: sets, sums, questions about what is shown; read, resolved, done, said."""

from collections.abc import Collection, Sequence
from dataclasses import asdict
from decimal import Decimal

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.backends import get_recommender
from actions.base import Events
from actions.doing.facts import MEASURES, Asked, Fact, Verdict, facts
from actions.doing.selection import attribute_names, departments, ordered, values_of
from actions.doing.totals import bundle, total
from actions.doing.unit_prices import unit_prices
from actions.language import word
from actions.resolving.requests import (
    Ask,
    Bundle,
    Count,
    Difference,
    First,
    OthersBy,
    PerUnit,
    Range,
    Request,
    Scope,
    Sum,
    Values,
)
from actions.resolving.resolve import resolve
from actions.resolving.state import TALKED_ABOUT, state_of, talked_about
from actions.saying import products as saying
from actions.saying.products import Answer
from actions.shop.page_answers import answers_here, from_pages
from actions.shopping import variants
from actions.shopping.records import searched
from actions.shopping.wishes import beside_name, concepts_of
from actions.texts import choice
from bot.reading.reader import read
from bot.settings import get_settings
from recommender.product import Product
from recommender.request.filters import Filters
from recommender.search.amounts import amounts, called, unit_in
from recommender.search.results import SearchResult
from recommender.search.titles import stem, stems, tokens

BETTER_THAN_NOTHING = 0.45  # a passage's score from which it answers what no description says
MOST = 500  # products of a scope that are looked at
POOL = 20  # that a text without a kind finds


def composed(dispatcher: CollectingDispatcher, tracker: Tracker) -> Events | None:
    """Do and say what a message asks by its composition; None where nothing in it is composed."""
    text = tracker.latest_message.get("text") or ""
    if not text.strip() or text.startswith("/"):
        return None
    entities = tracker.latest_message.get("entities") or []
    intent = (tracker.latest_message.get("intent") or {}).get("name") or ""
    shop = get_settings().shop
    request = resolve(read(text), entities, state_of(tracker), intent, shop)
    done = _do(tracker, request) if request else None
    if done is None:
        return None
    answer, events = done
    dispatcher.utter_message(
        text=answer.text,
        json_message=answer.custom(shop.currency) if answer.products else None,
        buttons=answer.buttons,
    )
    return events


def _do(tracker: Tracker, request: Request) -> tuple[Answer, Events] | None:
    shop = get_settings().shop
    match request:
        case Range():
            return saying.kinds(tracker, departments(_all())), []
        case First():
            return _first(tracker, request)
        case Count():
            found = products_of(request.scope)
            answer = saying.count(tracker, len(found), found, shop if request.priced else None)
            return answer, _remember(tracker, request.scope, found, found[: saying.SHOWN])
        case Values():
            scope = request.scope
            found = products_of(scope) if scope.products or scope.filters or scope.text else _all()
            answer = saying.values(tracker, values_of(found, request.attribute), request.attribute)
            return answer, _remember(tracker, scope, found, ()) if scope.filters else []
        case Ask():
            return _ask(tracker, request)
        case Sum():
            made = total(request.items, shop, request.country)
            if not made.items:
                return None
            skus = [{"sku": one.product.sku, "count": one.count} for one in made.items]
            answer = saying.total(
                tracker, made, request.delivery, request.limit, shop, request.percent
            )
            return answer, [
                SlotSet(
                    "summed",
                    {"items": skus, "country": request.country, "limit": request.limit},
                ),
                SlotSet("talked_about", talked_about(tracker, [one.product for one in made.items])),
            ]
        case Difference():
            return _difference(tracker, request)
        case Bundle():
            return _bundle(tracker, request)
        case OthersBy():
            found = _others(request)
            scope = Scope(filters=request.filters, text=request.about)
            return saying.others_by(tracker, request.maker, found), (
                _remember(tracker, scope, found, found[: saying.SHOWN]) if found else []
            )
        case PerUnit():
            return _per_unit(tracker, request)


def _others(request: OthersBy) -> list[Product]:
    """All others by a maker; those that are most like what is told of one first."""
    recommender = get_recommender()
    if request.about:
        found = recommender.nearest(request.about, request.filters, MOST)
    else:
        found = recommender.accepted(request.filters, MOST)
    return [one for one in found if one.sku != request.product.sku]


def _first(tracker: Tracker, request: First) -> tuple[Answer, Events] | None:
    products = products_of(request.scope)
    if not products:
        return None
    found = ordered(products, request.order, request.named)
    shop = get_settings().shop
    if found is None:
        answer = Answer(saying.phrase("nothing_ordered", tracker), tuple(products[: saying.SHOWN]))
        return answer, _remember(tracker, request.scope, products, products[: saying.SHOWN])
    wanted = len(found.products) if request.whole else request.count
    answer = saying.first_ones(tracker, found, wanted, shop)
    shown = answer.products[: saying.SHOWN]
    events = _remember(tracker, request.scope, products, shown, asdict(request.order))
    return answer, [*events, SlotSet("product_meant", shown[0].sku if len(shown) == 1 else None)]


def _unsaid(known: Sequence[Fact]) -> bool:
    """Whether nothing is said of products that was asked, beside the price of what may cost extra: "how much is gift
    wrapping?" after a product asks for none of its own."""
    unknown = [one for one in known if one.verdict is Verdict.UNKNOWN]
    return bool(unknown) and all(one in unknown or one.name == "price" for one in known)


def _of_its_own(asked: Asked) -> bool:
    """Whether an amount or what comes with it is asked for, of which no page tells: "how heavy when it's full?"."""
    measured = asked.units or {*MEASURES, "pieces"} & {*asked.attributes}
    return (
        bool(measured or read(asked.text).has("comes_with")) and "warranty" not in asked.attributes
    )


def _ask(tracker: Tracker, request: Ask) -> tuple[Answer, Events] | None:
    shop = get_settings().shop
    if len(request.products) == 1 and request.products[0].choices:
        asked, wished = request.asked, variants.wishes(tracker)
        of_form = (wished.colours or wished.sizes) and set(asked.attributes) <= {"price", "stock"}
        if asked.colours or asked.sizes or (of_form and not asked.words):
            return None  # which variant is meant: actions.shopping.variants
    events: Events = [SlotSet("talked_about", talked_about(tracker, request.products))]
    answers = [
        (one, _while_gone(tracker, one, request.asked) or facts(one, request.asked))
        for one in request.products[: saying.SHOWN]
    ]
    if _unsaid([one for _, known in answers for one in known]) and not _of_its_own(request.asked):
        found = answers_here(tracker, request.asked.text)
        if found and found[0].score >= BETTER_THAN_NOTHING:
            first = request.products[0].sku if len(request.products) == 1 else None
            return Answer(from_pages(found, tracker)), [*events, SlotSet("product_meant", first)]
    if len(answers) == 1:
        product, known = answers[0]
        answer = Answer(
            saying.told_alone(tracker, product, known, shop),
            (product,),
            _while_sold_out(product, known),
        )
        return answer, [*events, SlotSet("product_meant", product.sku)]
    answer = saying.several(tracker, answers, shop, request.which)
    skus = [one.sku for one in answer.products]
    known = [*skus, *(tracker.get_slot("shown_products") or [])]  # to be pointed at later
    before = talked_about(tracker, request.products)
    return answer, [
        SlotSet("shown_products", skus),
        SlotSet("talked_about", list(dict.fromkeys([*known, *before]))[:TALKED_ABOUT]),
    ]


def _while_gone(tracker: Tracker, product: Product, asked: Asked) -> list[Fact]:
    """That the form of a product that is asked for is sold out, where others aren't."""
    wanted = Filters(colours=asked.colours, sizes=asked.sizes)
    forms = variants.fitting(product, wanted) if product.choices and wanted else []
    if not forms or any(one.in_stock for one in forms):
        return []
    said, _ = variants.stock_told(tracker, product.narrowed(forms), wanted)
    return [Fact(product, Verdict.NO, "stock", told=said)]


def _while_sold_out(product: Product, known: Sequence[Fact]) -> list[dict[str, str]]:
    """The quick replies where it was asked whether something can be had that can't."""
    asked = any(one.name == "stock" for one in known)
    return (
        [choice("stock_alert"), choice("similar_products")]
        if asked and not product.in_stock
        else []
    )


def _difference(tracker: Tracker, request: Difference) -> tuple[Answer, Events] | None:
    one, other = request.products
    names = ["price"] if request.attribute == "price" else attribute_names(request.attribute)
    known = amounts(request.products, names)
    if len(known) < 2:
        return None
    by = abs(Decimal(str(known[one.sku])) - Decimal(str(known[other.sku])))
    unit = "" if request.attribute == "price" else unit_in(called(one, names)[0][1])
    answer = saying.difference(
        tracker, one, other, request.attribute, get_settings().shop, by, unit
    )
    return answer, [
        SlotSet("talked_about", talked_about(tracker, request.products)),
        SlotSet("shown_products", [one.sku, other.sku]),
    ]


def _per_unit(tracker: Tracker, request: PerUnit) -> tuple[Answer, Events]:
    found = unit_prices(request.products, request.unit, request.thing)
    having = [one.product for one in found]
    silent = [one for one in request.products if one not in having]
    unit = request.thing or word(f"unit_{request.unit}")
    answer = saying.per_unit(tracker, found, silent, unit, get_settings().shop)
    shown = answer.products
    return answer, [
        SlotSet("shown_products", [one.sku for one in shown]),
        SlotSet("talked_about", talked_about(tracker, shown)),
        SlotSet("product_meant", shown[0].sku if len(shown) == 1 else None),
    ]


def _bundle(tracker: Tracker, request: Bundle) -> tuple[Answer, Events] | None:
    shop = get_settings().shop
    parts = [products_of(scope) for scope in request.parts]
    if not all(parts):
        return None
    chosen = bundle(parts, Decimal(str(request.budget)))
    if chosen is None:
        chosen = [min(part, key=lambda one: one.price or Decimal("Infinity")) for part in parts]
        text = saying.phrase(
            "bundle_none", tracker, budget=saying.money(request.budget, shop.currency)
        )
        answer = Answer(text, tuple(chosen))
    else:
        answer = saying.bundle(tracker, chosen, request.budget, shop)
    items = [{"sku": one.sku, "count": 1} for one in chosen]
    return answer, [
        SlotSet("shown_products", [one.sku for one in chosen]),
        SlotSet("summed", {"items": items, "country": "", "limit": request.budget}),
        SlotSet("product_meant", None),
        SlotSet("talked_about", talked_about(tracker, chosen)),
    ]


def products_of(scope: Scope) -> list[Product]:
    """The products of a scope, best first where it has a text and no kind."""
    if scope.products:
        return list(scope.products)
    recommender = get_recommender()
    filters = scope.filters.of_kinds()
    if scope.filters.categories or not scope.text:
        found = recommender.accepted(filters, MOST)
        return named_so(found, scope.text, filters.categories) if filters.categories else found
    return [hit.product for hit in recommender.search(scope.text, filters, POOL).hits]


def named_so(products: list[Product], kind: str, categories: Collection[str]) -> list[Product]:
    """Of a kind's products those whose titles have each word that the customer says beside the category's own name,
    if there are any: "head torches" among the lights."""
    spoken = [word for word, _, _ in tokens(kind)]
    for category in categories:
        spoken = beside_name(spoken, category)
    beside = {stem(word) for word in spoken}
    found = [one for one in products if beside <= stems(one.title)] or products
    if len({one for name in categories for one in concepts_of(name)}) < 2:
        return found
    half = [one for one in found if stems(kind) <= stems(one.title)]  # of "tea & coffee"
    return half or found


def _all() -> list[Product]:
    return get_recommender().accepted(Filters(), MOST)


def _remember(
    tracker: Tracker,
    scope: Scope,
    found: Sequence[Product],
    shown: Sequence[Product],
    order: dict[str, str] | None = None,
) -> Events:
    """What was shown, and the search that it stands for, on record and so that "in red?" goes on from it."""
    skus = [one.sku for one in shown]
    if scope.products:  # what it was chosen among stays in sight
        rest = [one for one in scope.products if one.sku not in skus]
        return [
            SlotSet("shown_products", [*skus, *(one.sku for one in rest)]),
            SlotSet(
                "talked_about", talked_about(tracker, [*shown, *rest] if len(skus) == 1 else [])
            ),
        ]
    events: Events = [
        SlotSet("shown_products", skus),
        SlotSet("talked_about", talked_about(tracker, shown if len(skus) == 1 else [])),
    ]
    search = {
        "text": scope.text, "filters": scope.filters.to_dict(), "seen": skus, "shown": skus, "asked": True,
    }  # fmt: skip
    if order:
        search["order"] = order
    before = tracker.get_slot("search") or {}
    kind = "refine" if before.get("filters") == search["filters"] else "search"
    made = SearchResult([], scope.filters, total=len(found), good=len(found))
    return [searched(kind, scope.text, scope.filters, made), SlotSet("search", search), *events]
