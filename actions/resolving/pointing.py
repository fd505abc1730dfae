"""Which products a message points at: by name, place, kind, quality or a pronoun."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from actions.backends import get_recommender
from actions.resolving.beyond import beyond_known
from actions.resolving.described import IN_TEXT, best_described, by_numbers, in_titles
from actions.resolving.state import State
from bot.reading.reader import Reading
from recommender.language.words import singular
from recommender.product import Product, category_keys
from recommender.request.measures import measure, meets
from recommender.search.kinds import kinds_in
from recommender.search.titles import alike, stem, stems, tokens

OTHER = 0  # the ordinal of "the other one"
MOST_SEVERAL = 9
FEW = 2  # products that a description may mean
NEAR = 3  # tokens between "the" and the kind that it belongs to


@dataclass(frozen=True)
class Pointed:
    """The products that are meant; `named` when the message says which, rather than "it" or nothing."""

    products: tuple[Product, ...]
    named: bool
    spans: tuple[tuple[int, int], ...] = ()  # where the message names them, in characters


def named(entities: Sequence[dict[str, Any]]) -> list[tuple[Product, tuple[int, int]]]:
    """The products that a message names by their titles or numbers, each with its place."""
    found = []
    for one in entities:
        product = get_recommender().get(str(one["value"])) if one["entity"] == "product" else None
        if product:
            found.append((product, (one["start"], one["end"])))
    return found


def pointed(reading: Reading, entities: Sequence[dict[str, Any]], state: State) -> Pointed | None:
    """What a message points at; None when nothing that is known fits."""
    by_name = named(entities)
    if by_name:
        names = tuple({one.sku: one for one, _ in by_name}.values())
        spans = tuple(span for _, span in by_name)
        others = _described(reading, entities, state, spans)
        more = (
            tuple(one for one in others if one not in names)
            if len(names) == 1 and joined(reading)
            else ()
        )
        return Pointed((*names, *more), True, spans)
    places = at_places(entities, state, reading)
    if places:
        return Pointed(tuple(places), True)
    if reading.has("other") and state.focus:
        others = [one for one in state.known if one.sku != state.focus.sku]
        if others:
            return Pointed((others[0],), True)
        found, spans = beyond_known(reading, entities, state)
        others = [one for one in found if one.sku != state.focus.sku]
        return Pointed(tuple(others), True, tuple(spans)) if others else None
    measured = _measured(entities, reading, state)
    if measured:
        return measured
    rest = _ruling_out(reading, entities, state)
    if rest:
        return Pointed(tuple(rest), True, tuple(reading.ruled_out))
    described = _described(reading, entities, state, ())
    if described:
        return Pointed(tuple(described), True)
    others, spans = beyond_known(reading, entities, state)
    if others:
        return Pointed(tuple(others), True, tuple(spans))
    return by_pronoun(reading, state)


def by_pronoun(reading: Reading, state: State) -> Pointed | None:
    """What "both", "they" or "it" mean, and nothing at all: the one in focus, else all that is shown."""
    if reading.has("both"):
        two = state.shown if len(state.shown) == 2 else tuple(state.known[:2])
        return Pointed(two, False) if len(two) == 2 else None
    several = state.shown if len(state.shown) > 1 else ()
    many = next((int(one.value) for one in reading.numbers if 2 < one.value <= MOST_SEVERAL), 0)
    if (
        reading.has("these", "here", "every")
        and many
        and len(state.shown) != many <= len(state.talked)
    ):
        return Pointed(state.talked[:many], False)
    if reading.has("every", "one_of_many", "each") and (several or len(state.talked) > 1):
        return Pointed(several or state.talked[:2], False)
    if reading.has("these") and not reading.has("this") and several and not state.focus:
        return Pointed(several, False)
    if state.focus:
        return Pointed((state.focus,), False)
    if state.shown:
        return Pointed(state.shown, False)
    return Pointed(state.talked[:1], False) if state.talked else None


def joined(reading: Reading) -> bool:
    """Whether it speaks of several things: "the jacket and …", "… or …", "both"."""
    return reading.has("both", "sum", "sum_so_far", "difference", "joins")


def at_places(entities: Sequence[dict[str, Any]], state: State, reading: Reading) -> list[Product]:
    """The products at the places that a message names: "the second", "the last"; "the other one". What stands right
    behind "one" names none: "how long does the first one last?"."""
    shown, found = state.shown, []
    ends = [sign.end for sign in reading.of("one")]
    fronts = [sign.end for kind in ("here", "this", "these") for sign in reading.of(kind)]
    for one in entities:
        behind = any(0 <= one["start"] - end <= 1 for end in fronts)
        if one["entity"] == "ordinal" and one["value"] == -1 and one["start"] and not behind:
            continue  # "how long does the battery last?"
        if any(
            end <= one["start"] and not reading.text[end : one["start"]].strip() for end in ends
        ):
            continue
        if one["entity"] != "ordinal":
            continue
        place = int(one["value"])
        if place == OTHER:
            others = [p for p in state.known if not state.focus or p.sku != state.focus.sku]
            found += others[:1] if state.focus else []
        elif place == -1 and shown:
            found.append(shown[-1])
        elif 1 <= place <= len(shown):
            found.append(shown[place - 1])
    return found


def _described(
    reading: Reading,
    entities: Sequence[dict[str, Any]],
    state: State,
    without: Collection[tuple[int, int]],
) -> list[Product]:
    """Those of the known products that the message describes: "the coat", "the velvet one", "those mugs"."""
    known = state.known
    if not known:
        return []
    kinds = [
        str(one["value"])
        for one in entities
        if one["entity"] == "category"
        and not one.get("negated")
        and definite(reading, one["start"])
    ]
    of_kind = [one for one in known if category_keys(one) & set(kinds)] if kinds else []
    of_kind = _as_said(reading, entities, of_kind)
    words = reading.in_digits(reading.content([*without, *_spans_of_signs(reading)]))
    pool = of_kind or known
    best = best_described(words, pool)
    everywhere = best_described([*words, *kinds_as_said(reading, entities)], known)
    if kinds and len(everywhere) == 1 and (not of_kind or everywhere[0] not in of_kind):
        return everywhere
    if kinds and of_kind:
        plural = reading.has("these", "every", "both", "one_of_many") or any(
            singular(word) != word for word in kinds_as_said(reading, entities)
        )
        if best and len(best) < len(of_kind) and (not plural or by_numbers(words, best)):
            return best
        return of_kind if plural or len(of_kind) == 1 else best or of_kind[:1]
    if kinds:
        return []
    the = reading.has("here", "this", "these")
    of_known = the and (reading.has("one") or by_numbers(words, best))
    return best if best and (of_known or in_titles(words, best)) else []


def _values(product: Product) -> list[str]:
    return [value.casefold() for value in product.attributes.values()]


def _measured(entities: Sequence[dict[str, Any]], reading: Reading, state: State) -> Pointed | None:
    """Those of the shown products that have the measure by which the message calls them: "the five litre"."""
    for one in entities:
        value = str(one["value"])
        if one["entity"] != "feature" or one.get("negated") or measure(value) is None:
            continue
        having = [p for p in state.shown if any(meets(value, v) for v in _values(p))]
        if 0 < len(having) < len(state.shown) and definite(reading, one["start"]):
            return Pointed(tuple(having), True, ((one["start"], one["end"]),))
    return None


def _ruling_out(
    reading: Reading, entities: Sequence[dict[str, Any]], state: State
) -> list[Product]:
    """Those of the shown products that stay when a message rules some of them out: "the one that isn't a bed"; of them
    the ones that it describes beside that, where it does."""
    spans = reading.ruled_out
    if len(state.shown) < 2 or not spans or not reading.has("one", "here", "this", "these"):
        return []
    end = len(reading.text)
    outside = [*zip([0, *(b for _, b in spans)], [*(a for a, _ in spans), end], strict=True)]
    not_meant = best_described(reading.content([*outside, *_spans_of_signs(reading)]), state.shown)
    rest = [one for one in state.shown if one not in not_meant]
    if not not_meant or not rest:
        return []
    words = reading.content([*spans, *_spans_of_signs(reading)])
    return best_described(words, rest, least=IN_TEXT) or rest


def _as_said(
    reading: Reading, entities: Sequence[dict[str, Any]], of_kind: list[Product]
) -> list[Product]:
    """Those of some products of a kind whose words the message says, where it says it in words of titles: "the lined"."""
    own = {word for one in of_kind for word, _, _ in tokens(one.category)}
    said = [
        word
        for word in kinds_as_said(reading, entities)
        if not kinds_in(word) and not any(alike(word, other) for other in own)
    ]
    return [one for one in of_kind if set(map(stem, said)) <= stems(one.title)]


def kinds_as_said(reading: Reading, entities: Sequence[dict[str, Any]]) -> list[str]:
    """The words by which a message calls kinds: "coat", which a catalogue may keep under jackets."""
    return [
        word
        for one in entities
        if one["entity"] == "category"
        for word, _, _ in tokens(reading.text[one["start"] : one["end"]])
    ]


def definite(reading: Reading, start: int) -> bool:
    """Whether "the", "this" or "those" stands before a kind."""
    before = [word for word, _, end in tokens(reading.text) if end <= start][-NEAR:]
    place = len([1 for _, _, end in tokens(reading.text) if end <= start])
    fronts = [
        sign
        for kind in ("here", "this", "these", "both")
        for sign in reading.of(kind)
        if sign.last < place and place - sign.last <= NEAR
    ]
    return bool(before) and bool(fronts)


def _spans_of_signs(reading: Reading) -> list[tuple[int, int]]:
    silent = {"here", "this", "these", "one", "values", "swap_for", "every", "numbers"}
    return [(sign.start, sign.end) for sign in reading.signs if sign.kind not in silent]
