"""Segments: conditions over what is known of people, as YAML, compiled to SQL with bound values.

    any:
      - {orders: {at_least: 2}, days_since_order: {at_least: 90}}   # both must hold
      - bought: {category: Tents, within_days: 365}
    not: {upset: true}

Names of columns come from the tables here alone; what a file says is only ever a bound value.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlite_utils import Database

from bot.errors import ConfigError
from bot.settings.yaml_file import Place, fault_line, read_tree

DAY = 86_400
DEEPEST = 8  # conditions within each other
MOST = 200  # conditions in a segment
# Numbers: as a file calls them -> SQL over `f`, the person's features.
NUMBERS = {
    "orders": "f.orders", "spent": "f.spent", "conversations": "f.conversations", "mood": "f.mood",
    "average_order": "f.spent / nullif(f.orders, 0)", "recency": "f.recency",
    "frequency": "f.frequency", "monetary": "f.monetary",
}  # fmt: skip
AGES = {  # days since something: column with the time
    "days_since_order": "f.last_order_at", "days_since_first_order": "f.first_order_at",
    "days_since_visit": "f.seen_at", "days_known": "f.known_since", "days_since_cart": "f.cart_at",
    "days_since_view": "f.viewed_at",
}  # fmt: skip
FLAGS = {
    "upset": "f.upset",
    "open_complaint": "f.open_complaint",
    "has_cart": "f.cart_at IS NOT NULL",
}
# Things people did: as a file calls them -> what it is done with -> the kind of trait.
DONE = {
    "bought": {"sku": "bought", "category": "bought_category"},
    "viewed": {"sku": "viewed", "category": "viewed_category"},
    "carted": {"sku": "carted"}, "wished": {"sku": "wished"}, "asked": {"topic": "asked"},
}  # fmt: skip
EVER = {  # the same, ever or never
    "bought": "f.orders > 0", "viewed": "f.viewed_at IS NOT NULL",
    "carted": "f.carted_at IS NOT NULL", "wished": "f.wished_at IS NOT NULL",
    "asked": "f.asked_at IS NOT NULL",
}  # fmt: skip
BOUNDS = {"at_least": ">=", "at_most": "<=", "above": ">", "below": "<"}
TURNED = {">=": "<=", "<=": ">=", ">": "<", "<": ">"}  # so many days ago is so much earlier


class Fault(Exception):
    """What is wrong at a place of the conditions."""

    def __init__(self, place: Place, what: str) -> None:
        super().__init__(what)
        self.place, self.what = place, what


class Compiled(NamedTuple):
    """SQL that holds for the people of a segment, over `features f`, and its values."""

    sql: str
    values: tuple[Any, ...]


@dataclass(frozen=True)
class Segment:
    """The conditions of a segment, as they are written; {} is everybody."""

    tree: Any

    def compiled(self, now: float) -> Compiled:
        """The SQL of it, as seen at a time (Unix seconds)."""
        writer = _Writer(now)
        return Compiled(writer.every(self.tree, ()), tuple(writer.values))


def read_segment(name: Any, text: str) -> Segment:
    """The segment of a YAML text. Raises ConfigError with file, line and place of what is wrong."""
    tree = read_tree(name, text) if text.strip() else {}
    return checked(name, tree, tree, ())


def checked(name: Any, whole: Any, tree: Any, place: Place) -> Segment:
    """The segment at a place of a file's tree. Raises ConfigError as `read_segment`."""
    try:
        segment = Segment(plain(tree))
        segment.compiled(0.0)
        return segment
    except Fault as fault:
        line = fault_line(name, whole, (*place, *fault.place), fault.what)
        raise ConfigError(line, "docs/campaigns.md lists all conditions.") from fault


def count(db: Database, segment: Segment, now: float, simulated: bool = False) -> int:
    """How many people are in a segment."""
    sql, values = segment.compiled(now)
    row = db.execute(
        f"SELECT count(*) FROM features f WHERE f.simulated = ? AND {sql}", [simulated, *values]
    ).fetchone()
    return row[0]


def plain(tree: Any) -> Any:
    """A tree as it was read, without where each line stood."""
    if isinstance(tree, dict):
        return {str(key): plain(value) for key, value in tree.items()}
    if isinstance(tree, (list, tuple)):
        return [plain(value) for value in tree]
    return tree


class _Writer:
    """Writes the SQL of one segment, and collects its values in their order."""

    def __init__(self, now: float) -> None:
        self.values: list[Any] = []
        self._now, self._count = now, 0

    def every(self, tree: Any, place: Place) -> str:
        """All lines of a condition hold. Raises Fault."""
        if not isinstance(tree, dict):
            raise Fault(place, "write conditions as `name: value` lines.")
        if len(place) > 2 * DEEPEST:
            raise Fault(place, f"conditions lie within each other {DEEPEST} deep at most.")
        parts = [self._line(name, value, (*place, name)) for name, value in tree.items()]
        return f"({' AND '.join(parts)})" if parts else "1"

    def _line(self, name: str, value: Any, place: Place) -> str:
        self._count += 1
        if self._count > MOST:
            raise Fault(place, f"a segment has {MOST} conditions at most.")
        if name in ("all", "any"):
            if not isinstance(value, list) or not value:
                raise Fault(place, f"`{name}` has a list of conditions.")
            parts = [self.every(one, (*place, number)) for number, one in enumerate(value)]
            return f"({(' AND ' if name == 'all' else ' OR ').join(parts)})"
        if name == "not":
            return f"NOT {self.every(value, place)}"
        for table, write in self._writers().items():
            if name in table:
                return write(name, value, place)
        names = sorted((*NUMBERS, *AGES, *FLAGS, *DONE, "language", "all", "any", "not"))
        raise Fault(place, f"there is no condition {name!r}: use one of {', '.join(names)}.")

    def _writers(self) -> "dict[Any, Callable[[str, Any, Place], str]]":
        return {
            tuple(NUMBERS): self._number, tuple(AGES): self._age, tuple(FLAGS): self._flag,
            tuple(DONE): self._done, ("language",): self._language,
        }  # fmt: skip

    def _number(self, name: str, value: Any, place: Place) -> str:
        return self._bounds(value, place, lambda sign, n: self._bound(NUMBERS[name], sign, n))

    def _age(self, name: str, value: Any, place: Place) -> str:
        def bound(sign: str, days: float) -> str:
            return self._bound(AGES[name], TURNED[sign], self._now - days * DAY)

        if not isinstance(value, dict):
            raise Fault(place, "give days as {at_least: 30} or {at_most: 30}.")
        return self._bounds(value, place, bound)

    def _bounds(self, value: Any, place: Place, bound: Callable[[str, float], str]) -> str:
        if _is_number(value):
            return bound("=", value)
        if not isinstance(value, dict) or not value:
            raise Fault(place, "give a number, or {at_least: …, at_most: …}.")
        parts = []
        for name, number in value.items():
            if name not in BOUNDS:
                raise Fault((*place, name), f"use one of {', '.join(BOUNDS)}.")
            if not _is_number(number):
                raise Fault((*place, name), f"{number!r} is no number.")
            parts.append(bound(BOUNDS[name], number))
        return f"({' AND '.join(parts)})"

    def _bound(self, column: str, sign: str, value: Any) -> str:
        self.values.append(value)
        return f"coalesce({column} {sign} ?, 0)"  # what isn't known is neither more nor less

    def _flag(self, name: str, value: Any, place: Place) -> str:
        if not isinstance(value, bool):
            raise Fault(place, "is true or false.")
        return FLAGS[name] if value else f"NOT {FLAGS[name]}"

    def _language(self, name: str, value: Any, place: Place) -> str:
        return f"f.language IN ({self._texts(value, place)})"

    def _done(self, name: str, value: Any, place: Place) -> str:
        if isinstance(value, bool):
            return EVER[name] if value else f"NOT {EVER[name]}"
        if not isinstance(value, dict):
            raise Fault(place, f"say what: {{{', '.join(DONE[name])}: …}}, true or false.")
        for key in value:
            if key not in (*DONE[name], "within_days", "times"):
                known = ", ".join((*DONE[name], "within_days", "times"))
                raise Fault((*place, key), f"use one of {known}.")
        named = [key for key in DONE[name] if key in value]
        if len(named) > 1:
            raise Fault(place, f"give one of {', '.join(named)}, and the other in `all`.")
        kind = DONE[name][named[0]] if named else next(iter(DONE[name].values()))
        self.values.append(kind)
        sql = "SELECT person FROM traits WHERE kind = ?"
        if named:
            sql += f" AND value IN ({self._texts(value[named[0]], (*place, named[0]))})"
        if "within_days" in value:
            self.values.append(self._now - self._positive(value, "within_days", place) * DAY)
            sql += " AND at >= ?"
        if "times" in value:
            self.values.append(self._positive(value, "times", place))
            sql += " GROUP BY person HAVING sum(n) >= ?"
        return f"f.person IN ({sql})"

    def _positive(self, value: dict[str, Any], name: str, place: Place) -> float:
        number = value[name]
        if not _is_number(number) or number <= 0:
            raise Fault((*place, name), "is a number above 0.")
        return number

    def _texts(self, value: Any, place: Place) -> str:
        texts: Sequence[Any] = value if isinstance(value, list) else [value]
        if not texts or not all(isinstance(one, (str, int)) for one in texts):
            raise Fault(place, "is a text, or a list of texts.")
        self.values += [str(one) for one in texts]
        return ", ".join("?" * len(texts))


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value == value
