"""What else there is of whoever made a product: "anything else by her?", "by the same writer", "of this brand"."""

from collections.abc import Sequence
from typing import Any

from actions.doing.selection import attribute_names
from actions.resolving.requests import OthersBy
from actions.resolving.state import State
from bot.reading.reader import Reading
from recommender.request.filters import Filters
from recommender.search.amounts import called

MAKERS = ("author", "brand")  # who made a product, the likelier first
GOES_ON = (
    "similar_products", "refine_search", "search_products", "show_more", "nlu_fallback", "product_details",
    "product_availability", "inform",
)  # fmt: skip


def others_by(
    reading: Reading, entities: Sequence[dict[str, Any]], state: State, intent: str
) -> OthersBy | None:
    """The maker of the product that is talked of, or of the only kind of maker that is named; None where none is
    known, or the message doesn't go on from one."""
    focus = state.focus or (state.shown[0] if len(state.shown) == 1 else None)
    if focus is None or intent not in GOES_ON or not reading.has("by_same"):
        return None
    wanted = [one for one in MAKERS if one in reading.attributes] or MAKERS
    filters = Filters.from_entities([one for one in entities if one["entity"] != "product"])
    beside = (*reading.signs, *reading.of("by_same"), *reading.of("others_of"))
    about = reading.content([(sign.start, sign.end) for sign in beside])
    for maker in wanted:
        if maker == "brand":
            name, of_maker = focus.brand, Filters(brands=(focus.brand.lower(),))
        else:
            name = next((value for _, value in called(focus, attribute_names(maker))), "")
            of_maker = Filters(features=(name.lower(),))
        if name:
            return OthersBy(name, focus, of_maker.merge(filters), " ".join(about))
    return None
