"""Which intents belong together, by the table intents.yml; its head says what each group is for."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

FILE = Path(__file__).with_suffix(".yml")


@dataclass(frozen=True)
class OrderTask:
    """What an intent does with an order.

    `kind` is the request that is recorded (none: the order is only looked at), `detail` whether the customer
    has to say more, `said` whether the first message may say it already.
    """

    kind: str = ""
    detail: bool = False
    said: bool = False

    @property
    def confirm(self) -> bool:
        """Whether a yes is asked: always where something is recorded."""
        return bool(self.kind)


@cache
def intents() -> dict[str, dict[str, Any]]:
    """The rows of the table by the intent's name, in its order."""
    rows: dict[str, dict[str, Any]] = YAML(typ="safe").load(FILE)
    return rows


@cache
def group(name: str) -> tuple[str, ...]:
    """The intents of a group, in the table's order. Raises KeyError for a group that no intent is in."""
    named = tuple(intent for intent, row in intents().items() if name in row.get("groups", ()))
    if not named:
        raise KeyError(name)
    return named


def quoted(names: Iterable[str]) -> str:
    """Names of our own as a list in SQL: 'greet', 'thank'."""
    return ", ".join(f"'{name}'" for name in names)


@cache
def order_tasks() -> dict[str, OrderTask]:
    """The intents that the order form serves, and what each does with an order."""
    return {
        intent: OrderTask(**row["order"]) for intent, row in intents().items() if "order" in row
    }


@cache
def topics() -> dict[str, frozenset[str]]:
    """What conversations may be about, "orders", "shop" and "shopping", each with its intents."""
    by_topic: dict[str, set[str]] = {}
    for intent, row in intents().items():
        if "topic" in row:
            by_topic.setdefault(row["topic"], set()).add(intent)
    return {topic: frozenset(names) for topic, names in by_topic.items()}
