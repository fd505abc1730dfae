"""What is known at this point of a conversation, from Rasa's slots as one typed thing."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from rasa_sdk import Tracker

from actions.backends import get_recommender
from actions.messages import messages_of
from actions.resolving.budgets import budget_told
from actions.resolving.on_page import is_newest, product_on_page
from actions.shop.country import country_told
from recommender.product import Product
from recommender.request.filters import Filters

QUESTIONS = ("product_details", "product_availability", "size_advice")
SUM_TURNS = 3  # messages in which a sum may be gone on with
TALKED_ABOUT = 12  # products that are remembered


@dataclass(frozen=True)
class State:
    """The search that is going on, what was shown and talked about, and what was last added up.

    `talked` has the products that were meant one by one, the latest first; `focus` is the one that "it" means.
    """

    text: str = ""
    filters: Filters = field(default_factory=Filters)
    searching: bool = False
    shown: tuple[Product, ...] = ()
    talked: tuple[Product, ...] = ()
    focus: Product | None = None
    summed: tuple[tuple[Product, int], ...] = ()
    summed_last: bool = False
    country: str = ""
    budget: float | None = None
    limit: float | None = None  # that the last sum was held against
    asked_before: tuple[str, tuple[dict[str, Any], ...]] | None = (
        None  # text and entities of a question just before
    )

    @property
    def known(self) -> list[Product]:
        """All that the customer may point at, the latest first."""
        return list({one.sku: one for one in (*self.talked, *self.shown)}.values())

    @property
    def kind(self) -> str:
        """The kind of thing that is talked about, as a category to filter by; "" when there is none."""
        if self.filters.categories:
            return self.filters.categories[0]
        return self.focus.leaf_category.lower() if self.focus else ""


def state_of(tracker: Tracker) -> State:
    """The state of a conversation; what is no longer sold is left out."""
    search = tracker.get_slot("search") or {}
    shown = _products(tracker.get_slot("shown_products") or [])
    talked = _products(tracker.get_slot("talked_about") or [])
    clicked = (tracker.get_slot("product_clicked") or {}).get("sku")
    meant = _products([tracker.get_slot("product_meant"), clicked])
    on_page = product_on_page(tracker)
    if on_page and (not meant or is_newest(tracker, on_page)):
        meant = [on_page, *meant]
    focus = meant[0] if meant else shown[0] if len(shown) == 1 else None
    summed = tracker.get_slot("summed") or {}
    counts = {one["sku"]: int(one["count"]) for one in summed.get("items", [])}
    if turns_since(tracker, "summed") > SUM_TURNS:
        counts = {}
    return State(
        text=search.get("text", ""),
        filters=Filters.from_dict(search.get("filters", {})),
        searching=bool(search),
        shown=tuple(shown),
        talked=tuple(talked),
        focus=focus,
        summed=tuple((one, counts[one.sku]) for one in _products(counts)),
        summed_last=bool(counts) and turns_since(tracker, "summed") <= 1,
        asked_before=_asked_before(tracker),
        budget=(tracker.get_slot("about_customer") or {}).get("price_max") or budget_told(tracker),
        limit=summed.get("limit") if counts else None,
        country=summed.get("country", "") or country_told(tracker),
    )


def _asked_before(tracker: Tracker) -> tuple[str, tuple[dict[str, Any], ...]] | None:
    """The message before this one when it was a question about products."""
    told = messages_of(tracker)
    last = told[-2] if len(told) > 1 else {}
    if (last.get("intent") or {}).get("name") not in QUESTIONS:
        return None
    return str(last.get("text") or ""), tuple(last.get("entities") or ())


def turns_since(tracker: Tracker, slot: str) -> int:
    """How many of the customer's messages there were since a slot was set, this one included."""
    turns = 0
    for event in reversed(tracker.events):
        if event.get("event") == "user":
            turns += 1
        if event.get("event") == "slot" and event.get("name") == slot:
            break
    return turns


def _products(skus: Iterable[Any]) -> list[Product]:
    found = (get_recommender().get(str(sku)) for sku in dict.fromkeys(skus) if sku)
    return [one for one in found if one]


def talked_about(tracker: Tracker, products: Iterable[Product]) -> list[str]:
    """The skus to keep as talked about when these are now, the first of them as the latest."""
    before = tracker.get_slot("talked_about") or []
    return list(dict.fromkeys([*(one.sku for one in products), *before]))[:TALKED_ABOUT]
