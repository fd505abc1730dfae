"""When something that is ordered on a day arrives: working days from shop.yml, and until what time an order counts."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, time, timedelta

from actions.dates.reader import order_limit
from bot.settings.opening_hours import Week
from bot.settings.selling import Delivery
from bot.spoken import spoken


@dataclass(frozen=True)
class Arrival:
    """The first and the last day on which a way of delivery brings it."""

    way: Delivery
    first: date
    last: date

    def in_time_for(self, day: date) -> bool | None:
        """Whether it is there by a day; None when it may be."""
        if self.last <= day:
            return True
        return False if self.first > day else None


def order_by(way: Delivery, ways: Iterable[Delivery], lines: Iterable[str]) -> time | None:
    """The time of day until which an order leaves on the same day, where a line of the shop's pages says so: a line that
    names the way goes before one that names none."""
    own = way.called(spoken()).casefold()
    others = {one.called(spoken()).casefold() for one in ways} - {own}
    general = None
    for line in lines:
        folded = line.casefold()
        named = own in folded
        if not named and any(one in folded for one in others):
            continue
        limit = order_limit(line)
        if limit and named:
            return limit
        general = general or limit
    return general


def arrival(
    way: Delivery, ordered: date, at: time | None, until: time | None, week: Week
) -> Arrival:
    """When an order of a day, at a time of it where one is known, arrives by a way."""
    late = bool(at and until and at >= until)
    leaves = (
        ordered if week.is_working_day(ordered) and not late else week.add_working_days(ordered, 1)
    )
    return Arrival(
        way,
        week.add_working_days(leaves, way.days_min),
        week.add_working_days(leaves, way.days_max),
    )


def is_far(day: date, today: date) -> bool:
    """Whether a day is past, or too far ahead to be an order's."""
    return day < today or day > today + timedelta(days=180)
