"""The page of staff: waits, first responses, resolutions, and load by hour."""

from bot.insights import charts
from bot.insights.pages import Chart, Duration, Evidence, Figure, Page, Row, Table, number_of
from bot.insights.pages import duration as in_words
from bot.insights.scope import Scope, Source
from bot.insights.staffing import Person, Spread, staffing

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def staff_page(source: Source, scope: Scope, currency: str) -> Page:
    """How long customers waited for a person, and what the people did."""
    found = staffing(source, scope)
    lead = "Nobody asked for a person in this time, and nobody stepped in."
    if found.handoffs:
        lead = f"{number_of(found.handoffs, 'conversation')} went to a person"
        if found.first_response.median is not None:
            lead += f"; half had a first answer within {in_words(found.first_response.median)}"
        lead += "."
    drawn = charts.bars(
        "Customers who asked for a person, by hour of the day",
        [
            (f"{hour:02}:00", one.asked, None, f"{one.asked:,}")
            for hour, one in enumerate(found.hours)
        ],
    )
    return Page(
        "staff", "Staff", lead,
        "A handoff begins when a customer asks for a person, or when a person steps in unasked, and "
        "counts in the time in which it began. Wait: from then until somebody took the conversation "
        "over. First response: until that person's first message to the customer; what somebody else "
        "wrote after taking it over counts for that one's. Resolution: until the conversation was "
        "resolved. A handoff without the later moment counts in none of these; how many have it "
        "stands beside each. Of durations the middle one is shown, and what nine of ten don't exceed. "
        "Satisfied: 4 and 5 of the stars after a chat in which a person had written, for who took it over last before; "
        "interval: Wilson's. People differ in what they are given: small numbers and other "
        "hours explain more than diligence. By hour: by the shop's clock, all days of the time together; "
        "messages are those that staff wrote.",
        [
            Figure("Handoffs", found.handoffs, evidence=Evidence("handoffs")),
            Figure("Taken, of those asked for", found.taken, evidence=Evidence("handoffs", "waited")),
            Figure("Wait", _cell(found.wait)),
            Figure("First response", _cell(found.first_response)),
            Figure("Resolution", _cell(found.resolution)),
            Figure("Satisfied (4–5 of 5)", found.satisfied),
        ],
        [Chart(drawn)] if any(hour.asked for hour in found.hours) else [],
        [
            Table("people", "By person",
                  ("Person", "Taken over", "First response", "Resolution", "Satisfied"),
                  [_person(one) for one in found.people]),
            Table("load", "Load by hour",
                  ("From", "Asked for a person", "Taken over", "Messages of staff", "People who wrote"),
                  [Row((f"{hour:02}:00", one.asked, one.taken, one.messages, one.people))
                   for hour, one in enumerate(found.hours)]),
            Table("asked", "When customers ask for a person", ("From", *WEEKDAYS),
                  [Row((f"{hour:02}:00", *counts)) for hour, counts in enumerate(found.asked)],
                  heat=True),
        ],
    )  # fmt: skip


def _person(one: Person) -> Row:
    name = f"{one.name} (left)" if one.left else one.name
    return Row(
        (name, one.taken, _cell(one.first_response), _cell(one.resolution), one.satisfied),
        Evidence("person", str(one.id)),
    )


def _cell(spread: Spread) -> Duration | None:
    if spread.median is None or spread.most is None:
        return None
    return Duration(spread.median, spread.most, spread.n)
