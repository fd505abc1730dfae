"""What a message puts right: numbers, which of the things shown, and for what something else is."""

import pytest

from actions.resolving.corrections import (
    meant_after_all,
    numbers_put_right,
    put_right,
    wanted_things,
)
from actions.resolving.state import State
from bot.reading.reader import read
from recommender.product import Product
from recommender.request.filters import Filters

PAPER = Product("B1", "Ink and Iron", attributes={"format": "paperback"})
BOUND = Product("B2", "Ink and Iron (Hardback)", attributes={"format": "hardback"})
SOUND = Product("B3", "Ink and Iron (Audio)", attributes={"format": "audio"})
SHOWN = State(shown=(PAPER, BOUND, SOUND))


@pytest.mark.parametrize(
    "text, numbers",
    [
        ("i said 20 but i meant 30", (20, 30)),
        ("sorry, 20, should be 30", (20, 30)),
        ("she takes 38 not 39", (39, 38)),
        ("not 39, 38", (39, 38)),
        ("a mat for 2 and a tent for 4", None),
        ("make that 5", None),
        ("i meant 3 or 4 or 5", None),
    ],
)
def test_which_number_was_wrong(text: str, numbers: tuple[float, float] | None) -> None:
    assert numbers_put_right(read(text)) == numbers


def test_a_number_is_put_right_wherever_the_search_has_it() -> None:
    before = Filters(price_max=20, sizes=("38",), features=("4 people",))
    assert put_right(before, "a tent for 4", 4, 6) == (
        Filters(price_max=20, sizes=("38",), features=("6 people",)), "a tent for 6",
    )  # fmt: skip
    assert put_right(before, "below 20", 20, 30)[0].price_max == 30
    assert put_right(before, "a 1.4 l jug", 4, 6)[1] == "a 1.4 l jug"


@pytest.mark.parametrize(
    "text, skus",
    [
        ("not the hardback, the paperback", ["B1"]),
        ("the audio one, not the hardback", ["B3"]),
        ("not the hardback", ["B1", "B3"]),
        ("the paperback", []),  # nothing is put right
        ("not a lamp, a chair", []),
        ("not my style. has the audio one a map?", []),
    ],
)
def test_which_of_the_things_shown_is_meant_after_all(text: str, skus: list[str]) -> None:
    assert [one.sku for one in meant_after_all(read(text), SHOWN)] == skus


@pytest.mark.parametrize(
    "text, kinds",
    [
        ("a mattress for my son's bed", ["mattress"]),
        ("a bed and a mattress", ["bed", "mattress"]),
        ("something for the bed", ["bed"]),
        ("i'm looking for a bed", ["bed"]),
        ("it is for us. a bed please", ["bed"]),
    ],
)
def test_what_something_is_for_is_not_what_is_wanted(text: str, kinds: list[str]) -> None:
    entities = [
        {"entity": "category", "value": kind, "start": at, "end": at + len(kind)}
        for kind in ("bed", "mattress")
        if (at := text.find(kind)) >= 0
    ]
    kept = wanted_things(read(text), entities)
    assert sorted(one["value"] for one in kept) == kinds
