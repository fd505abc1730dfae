"""When the shop is open: now, on the days and at the times that were named, and in the week."""

from datetime import date, datetime, time, timedelta

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.base import Events, ShopAction
from actions.dates import clock
from actions.dates.days import named
from actions.dates.reader import Said, read
from actions.texts import phrase
from actions.wording import listed
from bot.settings import get_settings
from bot.settings.almanac import DAYS
from bot.settings.opening_hours import Day
from bot.settings.shop import Shop
from bot.spoken import spoken
from bot.wording import time_of_day, weekdays

LISTED = 8  # days of a range of which each is told


class ActionOpeningHours(ShopAction):
    """Says when the shop is open: now, on the days that were named, and in the week."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_opening_hours"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """Answer for the days in question first."""
        shop = get_settings().shop
        asked = read(tracker.latest_message.get("text") or "", clock.today())
        at = asked.times[0] if asked.times else None
        if asked.days:
            told = [line for said in asked.days for line in _on_days(said, at, shop, tracker)]
        elif asked.unreal:
            told = []
        elif at:
            told = [_on_day(clock.today(), at, shop, tracker)]
        else:
            told = [open_now(shop, clock.now(), tracker)]
        told = [*(phrase("no_such_day", tracker, day=day) for day in asked.unreal), *told]
        week = [f"• {line}" for line in _week(shop, tracker)]
        note = [shop.hours.note] if shop.hours.note else []
        dispatcher.utter_message(text="\n".join([*dict.fromkeys(told), *week, *note]))
        return []


def open_now(shop: Shop, now: datetime, tracker: Tracker) -> str:
    """Whether the shop is open at a moment (in its own time zone), and until or from when."""
    closes = shop.hours.open_until(now)
    if closes:
        return phrase(
            "open_now", tracker, time=time_of_day(closes), day=_near(now, closes, tracker)
        )
    opens = shop.hours.opens_next(now)
    if not opens:
        return phrase("closed_for_now", tracker)
    return phrase("closed_now", tracker, time=time_of_day(opens), day=_near(now, opens, tracker))


def _near(now: datetime, then: datetime, tracker: Tracker) -> str:
    """ "today", "tomorrow", or the day of the week, for what is at most two weeks ahead."""
    ahead = (then.date() - now.date()).days
    if ahead < 2:
        return phrase("when_tomorrow" if ahead else "when_today", tracker)
    weekday = weekdays(language=spoken())[then.weekday()]
    return phrase("when_day", tracker, day=weekday if ahead < 7 else named(then.date()))


def _on_days(said: Said, at: time | None, shop: Shop, tracker: Tracker) -> list[str]:
    """A line for each of the days that were named together; of many the first, the last and those that differ."""
    lines = []
    if said.passed:
        gone = phrase(
            "day_passed", tracker, day=said.name or named(said.passed), date=named(said.passed)
        )
        lines.append(gone)
    days = [
        said.first + timedelta(days=ahead) for ahead in range((said.last - said.first).days + 1)
    ]
    if len(days) > LISTED:
        days = [day for day in days if day in (days[0], days[-1]) or shop.hours.differing(day)]
    return [*lines, *(_on_day(day, at, shop, tracker, said.name) for day in days)]


def _on_day(day: date, at: time | None, shop: Shop, tracker: Tracker, name: str = "") -> str:
    """Whether the shop is open on a day, at a time of it, and why it differs."""
    hours, other = shop.hours.on(day), shop.hours.differing(day)
    reason = other.reason if other and other.reason != name else ""
    values = {
        "day": _called(day, name, tracker),
        "reason": f" ({reason})" if reason else "",
        "hours": _hours(hours, tracker),
        "usual": _hours(shop.hours.usually_on(day), tracker) if other else "",
    }
    if day < clock.today():
        return phrase("was_open" if hours else "was_closed", tracker, **values)
    if not hours:
        return phrase("closed_on", tracker, **values)
    if at is not None:
        moment = datetime.combine(day, at, shop.zone)
        text = "open_at" if shop.hours.open_until(moment) else "closed_at"
        return phrase(text, tracker, time=time_of_day(at), **values)
    differs = values["usual"] and values["usual"] != values["hours"]
    return phrase("open_on_differs" if differs else "open_on", tracker, **values)


def _called(day: date, name: str, tracker: Tracker) -> str:
    """A day by its name and date: "Black Friday, Friday 26 November 2027", "tomorrow, Monday 30 November"."""
    near = {-1: "when_yesterday", 0: "when_today", 1: "when_tomorrow"}.get(
        (day - clock.today()).days
    )
    if near:
        return phrase("day_named", tracker, name=phrase(near, tracker), date=named(day))
    if name:
        return phrase(
            "when_day", tracker, day=phrase("day_named", tracker, name=name, date=named(day))
        )
    return phrase("when_day", tracker, day=named(day))


def _week(shop: Shop, tracker: Tracker) -> list[str]:
    """The week in as few lines as possible: neighbours with the same hours share one."""
    names = weekdays(language=spoken())
    groups: list[tuple[list[str], Day]] = []
    for number, short in enumerate(DAYS):
        hours = getattr(shop.hours, short)
        if groups and groups[-1][1] == hours:
            groups[-1][0].append(names[number])
        else:
            groups.append(([names[number]], hours))
    return [
        f"{'–'.join(dict.fromkeys([days[0], days[-1]]))}: "
        f"{_hours(hours, tracker) if hours else phrase('closed', tracker)}"
        for days, hours in groups
    ]


def _hours(day: Day, tracker: Tracker) -> str:
    spans = [
        phrase("from_to", tracker, first=time_of_day(one.opens), last=time_of_day(one.closes))
        for one in day
    ]
    return listed(spans)
