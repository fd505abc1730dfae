"""What a customer with a history will order next: above all, what they ordered before."""

from collections import defaultdict
from collections.abc import Iterable

import numpy as np

from recommender.baskets.bought_together import BoughtTogether, OrderLine

# Chosen on the order before the last one of each customer, never on the last (docs/benchmarks.md).
DECAY = 0.9  # what an order counts, of the one after it
LARGE_ORDERS = 0.2  # an order of n products counts n to the power of minus this
NEIGHBOUR_SHARE = 2.0  # of a neighbour's score, against an own purchase
TREND_SHARE = 0.2  # of what sold best lately, against the strongest own purchase
TREND_DAYS = 14.0
TREND_POWER = 0.2  # how much it counts that a product sells better, or worse, than it used to
DAY = 86400.0


class NextBasket:
    """Ranks products for a customer's next order.

    Own purchases, the later ones and those in small orders counting more, after Hu et al.,
    "Modeling personalized item frequency information for next-basket recommendation", SIGIR 2020;
    the neighbours of these; and what sells now, after Faggioli et al., "Recency aware
    collaborative filtering for next basket recommendation", UMAP 2020.
    """

    def __init__(self, lines: Iterable[OrderLine]) -> None:
        lines = sorted(lines, key=lambda line: line.at)
        self.together = BoughtTogether(lines)
        self.skus, self._rows = self.together.skus, self.together.rows
        self._times = np.array([line.at for line in lines])
        self._sold = np.array([self._rows[line.sku] for line in lines], np.int64)
        self._history: dict[str, list[set[int]]] = defaultdict(list)
        orders: dict[tuple[str, str], set[int]] = {}
        for line in lines:
            order = orders.setdefault((line.customer, line.order), set())
            if not order:
                self._history[line.customer].append(order)
            order.add(self._rows[line.sku])

    def scores(self, customer: str, at: float) -> np.ndarray:
        """How likely each of `skus` is in the customer's order at a time (seconds since 1970).

        An unknown customer gets what sells now. Of sales, only those before `at` count.
        """
        own = np.zeros(len(self.skus))
        for back, order in enumerate(reversed(self._history.get(customer, []))):
            own[list(order)] += DECAY**back / len(order) ** LARGE_ORDERS
        now = self._between(at - TREND_DAYS * DAY, at)
        first = self._times[0] if len(self._times) else at
        days = max((at - first) / DAY, TREND_DAYS)
        usual = self._between(first, at) * (TREND_DAYS / days)
        found = own + NEIGHBOUR_SHARE * (self.together.neighbours.T @ own)
        found += TREND_SHARE * (own.max(initial=0) or 1.0) * now / max(now.max(initial=0), 1.0)
        return found * ((now + 0.5) / (usual + 0.5)) ** TREND_POWER

    def best(self, customer: str, at: float, limit: int = 10) -> list[str]:
        """The most likely products of the customer's order at a time, best first."""
        order = np.argsort(-self.scores(customer, at), kind="stable")[:limit]
        return [self.skus[row] for row in order]

    def _between(self, start: float, end: float) -> np.ndarray:
        """How often each product sold from a time on and before another."""
        first, last = np.searchsorted(self._times, [start, end])
        return np.bincount(self._sold[first:last], minlength=len(self.skus)).astype(float)
