"""When something would come that isn't ordered yet: "if I order on friday at 5 pm with express, is it here by tuesday?"."""

from dataclasses import dataclass
from datetime import date, time

from rasa_sdk import Tracker

from actions.backends import get_passages
from actions.dates import clock
from actions.dates.days import named, when
from actions.dates.reader import Said, read
from actions.messages import messages_of
from actions.shop.arrival import Arrival, arrival, is_far, order_by
from actions.shop.delivery import country_in
from actions.texts import phrase
from bot.reading.lexicon import lexicon
from bot.reading.reader import read as small_words
from bot.settings import get_settings
from bot.settings.selling import Delivery
from bot.spoken import spoken
from bot.wording import time_of_day

BACK = 4  # messages of which a question of days goes on
FEW = 5  # words that only change what was asked
AFTER = 12  # characters after "by" in which its day begins


@dataclass(frozen=True)
class Question:
    """The day and the time of an order that somebody thinks of, by when it is wanted, and the way that is named."""

    ordered: date | None = None
    at: time | None = None
    by: date | None = None
    way: str = ""
    when: bool = False  # whether it asks for a day

    @property
    def is_one(self) -> bool:
        """Whether it asks for a day, and has a day or a time to count from."""
        return bool(self.by or (self.when and (self.ordered or self.at)))

    def beside(self, before: "Question") -> "Question":
        """This one, with what it leaves open as it was before."""
        return Question(
            self.ordered or before.ordered,
            self.at or (None if self.ordered else before.at),
            self.by or before.by,
            self.way or before.way,
            self.when or before.when,
        )


def dates_told(tracker: Tracker, ways: list[Delivery]) -> list[str]:
    """A sentence for each way of when it comes, and before them whether that is in time; none where no day is asked."""
    text = str(tracker.latest_message.get("text") or "")
    asked = _asked(tracker)
    if not asked.is_one or not ways or not _adds(text):
        return []
    shop, today = get_settings().shop, clock.today()
    ordered = asked.ordered or today
    if is_far(ordered, today):
        return []
    at = asked.at or (clock.now().time() if ordered == today else None)
    nearest = list({way.called(spoken()): way for way in reversed(ways)}.values())[
        ::-1
    ]  # of a name the first
    some = [way for way in nearest if way.called(spoken()).casefold() == asked.way] or nearest
    lines = get_passages().lines()
    found = [
        (arrival(way, ordered, at, until, shop.hours), until)
        for way in some
        for until in [order_by(way, shop.delivery, lines)]
    ]
    told = [_in_time([one for one, _ in found], asked.by, tracker)] if asked.by else []
    told += [_arrives(one, ordered, asked.at, tracker) for one, _ in found]
    limits = dict.fromkeys(until for _, until in found if until)
    if len(limits) == 1:
        told.append(phrase("order_until", tracker, time=time_of_day(next(iter(limits)))))
    return told


def _adds(text: str) -> bool:
    """Whether a message asks for a day itself, or is a few words that change what was asked: "and at 17:00?"."""
    small, here = small_words(text), _question_in(text)
    few = len(text.split()) <= FEW or small.begins_with("goes_on")
    names = here.ordered or here.at or here.way or country_in(text, get_settings().shop)
    changes = few and names and "price" not in small.attributes
    return bool(here.when or here.by or changes)


def _in_time(found: list[Arrival], by: date, tracker: Tracker) -> str:
    fits = [one.in_time_for(by) for one in found]
    name = "yes" if True in fits else "perhaps" if None in fits else "no"
    return phrase(f"in_time_{name}", tracker)


def _arrives(one: Arrival, ordered: date, at: time | None, tracker: Tracker) -> str:
    day = when(ordered, tracker)
    day = phrase("day_at", tracker, day=day, time=time_of_day(at)) if at else day
    if one.first == one.last:
        return phrase(
            "arrives_one",
            tracker,
            day=day,
            way=one.way.called(spoken()),
            first=when(one.first, tracker),
        )
    first, last = named(one.first), named(one.last)
    return phrase(
        "arrives_between", tracker, day=day, way=one.way.called(spoken()), first=first, last=last
    )


def _asked(tracker: Tracker) -> Question:
    """What is asked now, on top of what was asked of delivery just before."""
    told = messages_of(tracker)
    asked = Question()
    for parsed in [*told[-BACK:-1], tracker.latest_message]:
        if (parsed.get("intent") or {}).get("name") != "delivery_info":
            asked = Question()  # the talk was of something else
            continue
        asked = _question_in(str(parsed.get("text") or "")).beside(asked)
    return asked


def _question_in(text: str) -> Question:
    found = read(text, clock.today())
    plain = " ".join(text.lower().replace("’", "'").split())
    by = next((one for one in found.days if _is_limit(plain, one)), None)
    ordered = next((one for one in found.days if one is not by), None)
    limit = by and (by.passed if by.passed and is_far(by.last, clock.today()) else by.last)
    names = {way.called(spoken()).casefold() for way in get_settings().shop.delivery}
    way = next((name for name in sorted(names) if name in plain), "")
    at = found.times[0] if found.times else None
    small = small_words(text)
    when = small.has("if_ordered") or any(one.value == "when" for one in small.of("of_order"))
    return Question(ordered.first if ordered else None, at, limit, way, when)


def _is_limit(plain: str, day: Said) -> bool:
    """Whether a day is the one by which it is wanted: "by", "in time for" stands right before it."""
    before = lexicon(spoken()).signs(plain[: day.start])
    return any(one.kind == "in_time" and day.start - one.end <= AFTER for one in before)
