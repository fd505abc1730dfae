"""What the shop's pages say of heavy goods, where some may be among what is to be delivered: they are often no part of
what shop.yml says of delivery, and never free."""

from collections.abc import Sequence
from dataclasses import dataclass

from rasa_sdk import Tracker

from actions.backends import get_passages
from actions.doing.totals import Item, weights
from actions.pages import page_link
from actions.shop.page_answers import from_pages, general_question
from actions.texts import phrase
from bot.spoken import ENGLISH, speaking
from recommender.passages import Answer, Passage
from recommender.search.amounts import amounts_in

FROM = 0.5  # the score from which a passage is about heavy goods
QUOTED = 2
WEIGHT = "kg"


@dataclass(frozen=True)
class Heavy:
    """What the pages say, and whether one of the goods alone is heavy, all together are, or some may be."""

    passages: tuple[Answer, ...]
    surely: bool = False
    together: bool = False


def heavy(items: Sequence[Item]) -> Heavy | None:
    """None where the pages say nothing of heavy goods, or all of the goods are known to be light."""
    told = _told()
    limits = [weight for one in told for weight in _weights_in(one.passage.text)]
    if not limits:
        return None
    least, known = min(limits), weights(items)
    each = [weight for weight in known if weight is not None]
    quoted = tuple(told[:QUOTED])
    if any(weight >= least for weight in each):
        return Heavy(quoted, surely=True)
    if sum(weight * one.count for one, weight in zip(items, known, strict=True) if weight) >= least:
        return Heavy(quoted, together=True)
    return Heavy(quoted) if len(each) < len(known) else None


def _told() -> list[Answer]:
    """The passages that name a weight and are about the delivery of heavy goods, of one page, the best first; a page that
    isn't translated is asked in English, too."""
    with speaking(ENGLISH):
        english = general_question("heavy")
    best: dict[Passage, Answer] = {}
    for question in {general_question("heavy"), english}:
        for one in get_passages().ranked(question):
            before = best.get(one.passage, one)
            best[one.passage] = max(one, before, key=lambda found: found.score)
    found = [one for one in best.values() if one.score >= FROM and _weights_in(one.passage.text)]
    found.sort(key=lambda one: -one.score)
    return [one for one in found if one.passage.page == found[0].passage.page]


def of_heavy(tracker: Tracker, told: Heavy, asked: bool) -> list[str]:
    """What holds for heavy goods: quoted where it is asked about, else where to read it."""
    if asked:
        return [from_pages(list(told.passages), tracker)]
    passage = told.passages[0].passage
    return [phrase("heavy_else", tracker, link=page_link(passage.page, passage.anchor))]


def _weights_in(text: str) -> list[float]:
    """The weights that a text names, in kg."""
    return [amount for amount, unit in amounts_in(text) if unit == WEIGHT]
