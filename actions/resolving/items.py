"""Which products, and how many of each, a message wants to have added up."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from actions.backends import get_recommender
from actions.doing.selection import ordered
from actions.doing.totals import Item
from actions.resolving.beyond import beyond_known
from actions.resolving.budgets import LEAST_LIMIT, beside_budget
from actions.resolving.described import best_described
from actions.resolving.pointing import by_pronoun, definite, kinds_as_said, named
from actions.resolving.sizes import is_size
from actions.resolving.state import State
from bot.answers.consent import Consent, read_consent
from bot.reading.lexicon import place_at_the_end
from bot.reading.reader import TIMES, Number, Order, Reading, read
from recommender.product import Product
from recommender.request.filters import Filters
from recommender.request.measures import NAMES
from recommender.search.titles import alike, stem, stems, tokens

CANDIDATES = 5  # that are looked at for the words of a title
FIRST = 8  # characters of a part in which its number stands
NEAR = 3  # tokens
SHORTEST = 3  # letters of a word by which another ends
MOST_PARTS = 12  # of a list; what follows isn't added up
MOST_TEXT = 400  # characters of a message that is composed
MOST_COUNT = 1000
POOL = 500  # products of a kind of which the cheapest is taken
_SIGNS = re.compile(r"[+&;,\n]|\.(?!\d)")
_SENTENCE = re.compile(r"[.!?。！？]+(?!\d)\s*")
_MEASURE = re.compile(r"\s*\d[\d.,]*\s?-?([^\W\d_]{1,12})(?!\w)")
_REFERS = ("these", "both", "every")
_BESIDE = (
    "price",
    "size",
    "feature",
    "order_number",
    "phone",
    "email",
)  # whose numbers count nothing


def items_in(reading: Reading, entities: Sequence[dict[str, Any]], state: State) -> list[Item]:
    """The items that a message lists: "two mugs and the kettle", "three of those", "both"; none when it lists none."""
    if len(reading.text) > MOST_TEXT:
        return []
    found: dict[str, int] = {}
    products: dict[str, Product] = {}
    counted: dict[tuple[str, int], int] = {}  # of each product by sentence
    summing = _summing(reading, entities)
    looked_at = 0
    for start, end in _parts(reading, entities):
        inside = [
            _moved(one, start) for one in entities if start <= one["start"] and one["end"] <= end
        ]
        begin = end - len(reading.text[start:end].lstrip())
        if summing and not named(inside) and not any(a <= begin < b for a, b in summing):
            continue
        looked_at += 1
        if looked_at > MOST_PARTS:
            break
        part = read(reading.text[start:end], reading.language)
        if read_consent(part.text).consent is not Consent.NOT_YET:
            continue  # "ok fine"
        shared = _shared_by(reading, entities, (start, end))
        meant = _meant(
            part,
            inside,
            state,
            whole=(start, end) == (0, len(reading.text)),
            listed=bool(found),
            shared=shared,
        )
        count = _count(part, inside, meant)
        sentence = sum(match.start() < start for match in _SENTENCE.finditer(reading.text))
        for one in meant:
            products[one.sku] = one
            counted[one.sku, sentence] = counted.get((one.sku, sentence), 0) + count
            found[one.sku] = max(found.get(one.sku, 0), counted[one.sku, sentence])
    if reading.has("with_it") and len(found) == 1 and (pointed := by_pronoun(reading, state)):
        for one in pointed.products[:1]:
            products[one.sku] = one
            found = {one.sku: 1, **found}
    return [Item(products[sku], count) for sku, count in found.items()]


@dataclass(frozen=True)
class _Shared:
    """What is said once of several parts of a list: "the cheapest 90x200 bed and mattress"."""

    order: Order | None = None
    entities: tuple[dict[str, Any], ...] = ()


def _shared_by(
    reading: Reading, entities: Sequence[dict[str, Any]], span: tuple[int, int]
) -> _Shared:
    """What a part of a list has of another: an order said before it, or behind them all, and sizes beside that order."""
    order, signs = reading.superlative, reading.of("highest_or_lowest")
    kinds = [one for one in entities if one["entity"] == "category" and not one.get("negated")]
    own = [one for one in kinds if span[0] <= one["start"] < span[1]]
    if order is None or not own or len(kinds) < 2:
        return _Shared()
    before = signs[0].start < kinds[0]["start"]
    if before and definite(reading, own[0]["start"]) and own[0] is not kinds[0]:
        return _Shared()  # "the cheapest mug and the chair"
    between = [
        one
        for one in entities
        if one["entity"] in ("size", "feature")
        and signs[0].start < one["start"] < kinds[0]["start"]
        and not span[0] <= one["start"] < span[1]
    ]
    return _Shared(order, tuple({**one, "start": 0, "end": 0} for one in between))


def _summing(reading: Reading, entities: Sequence[dict[str, Any]]) -> list[tuple[int, int]]:
    """Where the sentences stand that add up, or that name what others add up; when there are any, the rest lists nothing."""
    ends = [match.end() for match in _SENTENCE.finditer(reading.text)]
    kinds = ("sum", "sum_so_far", "swap", "both", "sum_less", "sum_less_behind")
    signs = [one for kind in kinds for one in reading.of(kind)]
    signs += reading.of("corrects") if reading.numbers else []
    named_at = [one["start"] for one in entities if one["entity"] in ("product", "category")]
    pointed_at = [one.start for kind in _REFERS for one in reading.of(kind)]
    spans = list(zip([0, *ends], [*ends, len(reading.text)], strict=True))
    adding = [span for span in spans if any(span[0] <= one.start < span[1] for one in signs)]
    if any(start <= at < end for start, end in adding for at in (*named_at, *pointed_at)):
        return adding
    return [span for span in spans if any(span[0] <= at < span[1] for at in named_at)] or adding


def _parts(reading: Reading, entities: Sequence[dict[str, Any]]) -> list[tuple[int, int]]:
    """The message between "and", "+", commas and the like, and before each number behind a name."""
    names = [(one["start"], one["end"]) for one in entities if one["entity"] == "product"]
    cuts = [
        (match.start(), match.end())
        for match in _SIGNS.finditer(reading.text)
        if not any(start < match.start() < end for start, end in names)
        and not measures_begin(reading.text, match.end())
        and not _counts_what_is_before(reading, entities, match.end())
    ]
    cuts += [(sign.start, sign.end) for sign in reading.of("joins")]
    if reading.has("swap"):
        cuts += [(s.start, s.end) for kind in ("swap", "swap_for") for s in reading.of(kind)]
    taken = [
        (one["start"], one["end"]) for one in entities if one["entity"] in (*_BESIDE, "product")
    ]
    cuts += [
        (one.start, one.start)
        for one in reading.numbers
        if not any(start < one.end and one.start < end for start, end in taken)
        and not any(sign.start <= one.start < sign.end for sign in reading.of("both"))
        and _between_names(one.start, cuts, entities)
    ]
    places = sorted(cuts)
    starts = [0, *(end for _, end in places)]
    ends = [*(start for start, _ in places), len(reading.text)]
    return [(a, b) for a, b in zip(starts, ends, strict=True) if reading.text[a:b].strip()]


def _counts_what_is_before(reading: Reading, entities: Sequence[dict[str, Any]], at: int) -> bool:
    """Whether at a place a number of pieces stands alone: "Stoneware Mug, 3 pieces", but not "…, 3 pieces of the bowl"."""
    number = next((one for one in pieces_counted(reading) if one.start >= at), None)
    if number is None or reading.text[at : number.start].strip(" xX×"):
        return False
    ends = [one.start for one in reading.of("joins") if one.start >= number.end]
    ends += [match.start() for match in _SIGNS.finditer(reading.text, number.end)]
    end = min(ends, default=len(reading.text))
    names = [one for one in entities if one["entity"] in ("product", "category")]
    return not any(number.end <= one["start"] < end for one in names)


def pieces_counted(reading: Reading) -> list[Number]:
    """The numbers that count things of any kind: "3 pieces", "x3"."""
    starts = {sign.start for sign in reading.of("pieces")}
    times = [match.span() for match in TIMES.finditer(reading.text)]
    return [
        one
        for one in reading.numbers
        if one.whole
        and (
            one.end + len(behind := reading.text[one.end :]) - len(behind.lstrip()) in starts
            or any(start <= one.start < end for start, end in times)
        )
    ]


def _between_names(
    start: int, cuts: Sequence[tuple[int, int]], entities: Sequence[dict[str, Any]]
) -> bool:
    """Whether names stand before and after a place, with nothing that cuts between: "2 liners 2 mats"."""
    names = [one for one in entities if one["entity"] in ("product", "category")]
    low = max((end for _, end in cuts if end <= start), default=0)
    high = min((begin for begin, _ in cuts if begin >= start), default=math.inf)
    before = any(low <= one["start"] and one["end"] <= start for one in names)
    return before and any(start <= one["start"] < high for one in names)


def _moved(entity: dict[str, Any], by: int) -> dict[str, Any]:
    return {**entity, "start": entity["start"] - by, "end": entity["end"] - by}


def _meant(
    part: Reading,
    entities: Sequence[dict[str, Any]],
    state: State,
    whole: bool,
    listed: bool,
    shared: _Shared,
) -> list[Product]:
    """The products that one part of the list means; "they" behind those that are `listed` means these."""
    by_name = {product.sku: product for product, _ in named(entities)}
    if by_name:
        return list(by_name.values())
    if order := part.superlative or shared.order:
        said = [*part.content(_spans(part, entities)), *kinds_as_said(part, entities)]
        if first := _first_of_kind([*entities, *shared.entities], order, said):
            return [first]
    kinds = [
        str(one["value"])
        for one in entities
        if one["entity"] == "category" and (part.takes_out or not one.get("negated"))
    ]
    place = place_at_the_end(part.text)  # "… and the armchair, to Amsterdam"
    words = part.content([*_spans(part, entities), *([place] if place else [])])
    measured = any(one["entity"] == "feature" and one["start"] <= FIRST for one in entities)
    if words and words[0].isdigit() and not measured:  # how many
        words = words[1:]
    said = [*words, *kinds_as_said(part, entities), *kinds]
    described = best_described(said, state.known) if words or kinds else []
    if len(described) == 1:
        return described
    if not described and (known := _ends_so(kinds_as_said(part, entities), state)):
        return [known]
    if not described and len(beyond := beyond_known(part, entities, state)[0]) == 1:
        return beyond
    if kinds and (described or not words):
        return _of_kind(part, entities, described)
    if (
        (words or kinds)
        and not described
        and (titled := _titled([*words, *kinds_as_said(part, entities)]))
    ):
        return [titled]
    if kinds:
        return _of_kind(part, entities, described)
    if (_refers(part) and not listed) or (whole and not words):
        pointed = by_pronoun(part, state)
        return list(pointed.products) if pointed else []
    return described[:1]


def _ends_so(said: Sequence[str], state: State) -> Product | None:
    """The product that is known whose title has a word that ends in one that is said: the armchair for "the chair"."""
    long = [word for word in said if len(word) > SHORTEST]
    return next(
        (
            one
            for one in state.known
            if any(word.endswith(end) for word, _, _ in tokens(one.title) for end in long)
        ),
        None,
    )


def _titled(words: Sequence[str]) -> Product | None:
    """The product whose title has all of some words; None of no words, or of numbers alone."""
    if all(word.isdigit() for word in words):
        return None
    for hit in get_recommender().search(" ".join(words), Filters(), CANDIDATES).hits:
        title = [word for word, _, _ in tokens(hit.product.title)]
        if all(any(alike(word, one) for one in title) for word in words):
            return hit.product
    return None


def _refers(part: Reading) -> bool:
    """Whether it has a pronoun that isn't part of "what would that be"."""
    sums = [(sign.first, sign.last) for sign in part.of("sum")]
    return any(
        sign.kind in ("both", "every", "these", "this", "each", "other")
        and not any(first <= sign.first and sign.last <= last for first, last in sums)
        for sign in part.signs
    )


def _of_kind(
    part: Reading, entities: Sequence[dict[str, Any]], described: Sequence[Product]
) -> list[Product]:
    """One product of a kind with what else is said of it: the one known, else the shop's best fit."""
    if described:
        return list(described[:1])
    filters = Filters.from_entities(entities)
    found = get_recommender().search(part.text, filters, 1)
    return [found.hits[0].product] if found.hits and not found.relaxed else []


def _first_of_kind(
    entities: Sequence[dict[str, Any]], order: Order, said: Sequence[str]
) -> Product | None:
    """The first of a kind in an order, of those whose titles have all words that are said if there are any: "and the
    cheapest floor lamp"; None where no kind is named."""
    names = [one["value"] for one in entities if one["entity"] == "category"]
    pool = get_recommender().accepted(Filters.from_entities(entities), POOL) if names else []
    words = set(map(stem, said))
    pool = [one for one in pool if words <= stems(one.title)] or pool
    found = ordered(pool, order, names) if pool else None
    return found.products[0] if found else None


def _spans(part: Reading, entities: Sequence[dict[str, Any]]) -> list[tuple[int, int]]:
    signs = [
        (sign.start, sign.end) for sign in part.signs if sign.kind not in ("here", "one", "values")
    ]
    return signs + [(one["start"], one["end"]) for one in entities if one["entity"] == "category"]


def _behind_these(part: Reading, start: int) -> bool:
    """Whether "those", "the" or "all" stands right before a number: "those three" are what is shown."""
    place = len([1 for _, _, end in tokens(part.text) if end <= start])
    return any(
        sign.last == place - 1 for kind in ("these", "here", "every") for sign in part.of(kind)
    )


def _is_limit(part: Reading, start: int) -> bool:
    """Whether "under" or the like stands before a number."""
    place = len([1 for _, _, end in tokens(part.text) if end <= start])
    return any(sign.last < place <= sign.last + NEAR for sign in part.of("limit"))


def paid(reading: Reading, entities: Sequence[dict[str, Any]]) -> float | None:
    """The amount that several things are to cost: "a tent and a mat for 100"; None where none is said so."""
    found = [one.value for one in reading.numbers if _is_paid(reading, entities, one)]
    return found[-1] if found else None


def _is_paid(part: Reading, entities: Sequence[dict[str, Any]], number: Number) -> bool:
    """Whether a number is an amount for what stands before it: "a tent for 100", but not "for 12 tents"."""
    fronts = part.of("amount")
    if number.value < LEAST_LIMIT or not fronts:
        return False
    names = [one for one in entities if one["entity"] in ("product", "category")]
    place = len([1 for _, _, end in tokens(part.text) if end <= number.start])
    return (
        any(sign.last == place - 1 for sign in fronts)
        and any(one["end"] <= number.start for one in names)
        and not any(one["start"] >= number.end for one in names)
    )


def _in_a_title(part: Reading, number: Number, meant: Sequence[Product]) -> bool:
    """Whether a number belongs to a product's name, as in "fenwick 140" and "the 3 seater": the title has it, and the
    word beside it."""
    said = part.text[number.start : number.end]
    before = [word for word, _, end in tokens(part.text) if end <= number.start]
    after = [word for word, start, _ in tokens(part.text) if start >= number.end]
    titles = [word for one in meant for word, _, _ in tokens(one.title)]
    return (
        said.isdigit()
        and any(alike(said, word) for word in titles)
        and any(alike(word, other) for word in (*before[-1:], *after[:1]) for other in titles)
    )


def _count(part: Reading, entities: Sequence[dict[str, Any]], meant: Sequence[Product]) -> int:
    """How many of it; numbers in names, prices and sizes count nothing."""
    pieces = {one.start for one in pieces_counted(part)}
    taken = [
        (one["start"], one["end"])
        for one in entities
        if one["entity"] in (*_BESIDE, "product")
        and not (one["start"] in pieces and meant and not _has(meant, one))
    ]
    taken += [(sign.start, sign.end) for sign in part.signs if sign.kind in ("both", "every")]
    budgets = beside_budget(part)
    for one in [one for one in part.numbers if one.whole and 1 <= one.value <= MOST_COUNT]:
        free = not any(start < one.end and one.start < end for start, end in taken)
        of_known = _behind_these(part, one.start) and len(meant) != 1
        free = free and not of_known and not _is_limit(part, one.start)
        free = free and not _in_a_title(part, one, meant) and not _is_paid(part, entities, one)
        free = free and not measures_begin(part.text, one.start) and one not in budgets
        free = free and not is_size(one, entities, meant)
        after = re.match(r"\s?[-–]?\s?(?:one\b|%|[^\W\d_]{1,2}\b)", part.text[one.end :])
        if free and not (after and after[0].strip() in ("%",)):
            return int(one.value)
    return 1


def _has(meant: Sequence[Product], entity: dict[str, Any]) -> bool:
    """Whether what an entity says is true of one of some products: the "3 pieces" of a set of three."""
    wanted = Filters.from_entities([entity])
    return any(wanted.accept(one) for one in meant)


def count_of(reading: Reading, entities: Sequence[dict[str, Any]], one: Product) -> int:
    """How many of a product a message means by its numbers: "so the eight cost what?" is 8, and 1 where none counts."""
    return _count(reading, entities, [one]) if len(reading.text) <= MOST_TEXT else 1


def counts_packs(reading: Reading) -> bool:
    """Whether a number above one stands right before what things come in: "4 tins of the grey"."""
    starts = {sign.start for sign in reading.of("container")}
    numbers = [one for one in reading.numbers if one.whole and one.value > 1]
    return any(
        one.end + len(behind) - len(behind.lstrip()) in starts
        for one in numbers
        if (behind := reading.text[one.end :])
    )


def measures_begin(text: str, at: int) -> bool:
    """Whether a number with a unit stands at a place of a text: "Breakfast Tea, 250 g"."""
    found = _MEASURE.match(text, at)
    return bool(found) and found[1].lower() in NAMES


def counts_products(number: Number, entities: Sequence[dict[str, Any]]) -> bool:
    """Whether a number counts products, and is no part of a price, a size or a measure."""
    return not any(
        one["start"] < number.end and number.start < one["end"]
        for one in entities
        if one["entity"] not in ("ordinal",)
    )
