"""Which of several offers somebody gets: Thompson sampling, with the chance of each known beforehand.

An offer's chance is how likely it is to be the best one, by what is known of all (Thompson 1933), but
never less than a part of EXPLORE, so that each can be judged afterwards (see `evaluation`). Where too
little is known, all have the same chance, and it says so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

EXPLORE = 0.1  # shared by all offers alike, whatever is known
FEWEST, FEWEST_ORDERS = 50, 10  # of people to each offer, and of orders with all of them
DRAWS = 4_000


@dataclass(frozen=True)
class Record:
    """How an offer did: people whose days are over, and how many of them ordered."""

    people: int = 0
    ordered: int = 0


@dataclass(frozen=True)
class Chances:
    """The chance of each offer; "equal" where too little was known for more than that."""

    shares: dict[str, float]
    policy: Literal["thompson", "equal"]


def chances(
    offers: Sequence[str], records: Mapping[str, Record], gains: Mapping[str, float],
    chance: np.random.Generator,
) -> Chances:  # fmt: skip
    """The chance of each of these offers; `gains` is what an order with it brings.

    Raises ValueError for no offers.
    """
    if not offers:
        raise ValueError("There is nothing to choose from.")
    known = [records.get(one, Record()) for one in offers]
    equal = 1 / len(offers)
    enough = sum(one.ordered for one in known) >= FEWEST_ORDERS
    if len(offers) == 1 or not enough or min(one.people for one in known) < FEWEST:
        return Chances(dict.fromkeys(offers, equal), "equal")
    drawn = np.stack(
        [
            chance.beta(1 + one.ordered, 1 + one.people - one.ordered, DRAWS) * gains[name]
            for name, one in zip(offers, known, strict=True)
        ]
    )
    best = np.bincount(drawn.argmax(axis=0), minlength=len(offers)) / DRAWS
    mixed = (1 - EXPLORE) * best + EXPLORE * equal
    return Chances(dict(zip(offers, mixed.tolist(), strict=True)), "thompson")
