"""What the pages count, on transcripts whose every number is known."""

import json
from datetime import date

import pytest

from bot.errors import ConfigError
from bot.insights.demand import demand
from bot.insights.funnel import funnel, ledger
from bot.insights.overview import overview
from bot.insights.products import products
from bot.insights.scope import DAY, Scope, Source, chosen, days_of
from bot.insights.sentiment import sentiment
from tests.insights.conftest import NOW, Book


def test_conversations_end_in_one_of_five_ways(book: Book, scope: Scope) -> None:
    book.say("a")
    book.say("b", intent="nlu_fallback", action="action_default_fallback")
    book.say("c", intent="order_status", action="order_form")
    book.say("d", intent="talk_to_human", action="action_talk_to_human")
    book.handoff("d")
    book.say("e", days=40)
    for i in range(2):
        book.say(f"last year {i}", days=370 + i)
    book.say("f", "that doesn't help me at all", intent="thank", score=-0.9, action="utter_thank")
    book.transcripts["conversations"].insert({"id": "nobody wrote", "started_at": NOW - DAY})
    book.event("a", "rating", value=5)
    book.event("b", "rating", value=2)
    with book.source() as source:
        found = overview(source, scope)
    assert (found.conversations, found.conversations_before, found.messages) == (5, 1, 5)
    assert found.conversations_year_before == 2
    assert (found.without_person.k, found.without_person.n) == (4, 5)
    assert {name: one.k for name, one in found.outcomes.items()} == {
        "contained": 1, "handed_over": 1, "not_understood": 1, "broken_off": 1, "unhappy": 1,
    }  # fmt: skip
    assert (found.csat.k, found.csat.n, found.csat_mean.value) == (1, 2, 3.5)
    assert {step.action for step in found.break_offs} == {
        "action_default_fallback", "order_form",
    }  # fmt: skip
    assert sum(day.messages for day in found.days) == 5 and len(found.days) == 30


def test_simulated_conversations_are_never_mixed_with_real_ones(book: Book, scope: Scope) -> None:
    book.say("a")
    book.say("simulated-1")
    book.say("simulated-2")
    with book.source() as source:
        assert overview(source, scope).conversations == 1
        made_up = Scope(scope.since, scope.until, simulated=True)
        assert overview(source, made_up).conversations == 2


def test_days_are_the_shops_days() -> None:
    scope = Scope.last(2, NOW, "Australia/Sydney")  # 08:00 UTC is 19:00 there
    assert [str(day) for day in scope.days] == ["2027-01-14", "2027-01-15"]
    assert str(scope.day_of(NOW + 6 * 3600)) == "2027-01-16"
    assert days_of("4w") == 28
    with pytest.raises(Exception, match="soon"):
        days_of("soon")


@pytest.mark.parametrize(
    ("now", "zone", "first", "before", "year_before"),
    [
        (
            1793120400.0,
            "Europe/Amsterdam",
            "2026-10-21",
            "2026-10-14",
            "2025-10-21",
        ),  # an hour more
        (
            1774980000.0,
            "Europe/Amsterdam",
            "2026-03-25",
            "2026-03-18",
            "2025-03-25",
        ),  # an hour less
        (1793120400.0, "UTC", "2026-10-21", "2026-10-14", "2025-10-21"),
        (1836302400.0, "Australia/Lord_Howe", "2028-03-04", "2028-02-26", "2027-03-04"),
    ],
)
def test_the_time_before_is_of_whole_days(
    now: float, zone: str, first: str, before: str, year_before: str
) -> None:
    scope = Scope.last(7, now, zone)
    for span, day in ((scope, first), (scope.before, before), (scope.year_before, year_before)):
        assert (str(span.days[0]), len(span.days)) == (day, 7)
        assert str(span.day_of(span.since)) == day and str(span.day_of(span.since - 1)) < day
    assert scope.before.until == scope.since


def test_spans_by_the_calendar() -> None:
    def days(**given: str) -> tuple[str, str, int]:
        scope = chosen(NOW, "Europe/Amsterdam", **given)
        return str(scope.days[0]), str(scope.days[-1]), len(scope.days)

    assert days(month="2026-10") == ("2026-10-01", "2026-10-31", 31)
    assert days(month="2024-02") == ("2024-02-01", "2024-02-29", 29)
    assert days(month="2027-01") == ("2027-01-01", "2027-01-15", 15)  # today is the 15th
    assert days(first="2027-01-10", last="2027-03-01") == ("2027-01-10", "2027-01-15", 6)
    assert days(month="2026-12") == ("2026-12-01", "2026-12-31", 31)
    assert days(first="2026-03-28", last="2026-03-29") == ("2026-03-28", "2026-03-29", 2)
    assert days(first="2027-01-10") == ("2027-01-10", "2027-01-15", 6)
    assert days(last="2027-01-10") == ("2027-01-10", "2027-01-10", 1)
    assert days() == ("2026-12-17", "2027-01-15", 30)
    for wrong in ({"month": "2026-1-"}, {"first": "1.2.2026"}, {"first": "2026-02-02", "last": "2026-02-01"},
                  {"first": "2000-01-01"}, {"last": "1999-12-31"},
                  {"month": "2027-02"}, {"first": "2027-01-16", "last": "2027-01-20"}):  # fmt: skip
        with pytest.raises(ConfigError):
            days(**wrong)


def test_the_time_before_a_day_in_a_leap_year() -> None:
    scope = Scope.between(date(2028, 2, 29), date(2028, 2, 29))
    assert scope.year_before == Scope.between(date(2027, 2, 28), date(2027, 2, 28))


def test_days_are_right_when_the_clocks_change(book: Book) -> None:
    """In Amsterdam it was an hour earlier from 3:00 on 25 October 2026."""
    scope = Scope.last(7, 1793120400.0, "Europe/Amsterdam")  # Tuesday 27 October 2026, 18:00 there
    assert [str(day) for day in scope.days][::6] == ["2026-10-21", "2026-10-27"]
    for at in (1792533600.0, 1792969199.0, 1792969201.0, 1793141999.0):
        book.now = at
        book.say(f"c{at}", days=0)
    book.save("Europe/Amsterdam")
    for at in (1792533600.0, 1792969199.0, 1792969201.0, 1793141999.0):  # to the second
        book.transcripts.execute("UPDATE journeys SET started_at = ? WHERE conversation_id = ?", [at, f"c{at}"])  # fmt: skip
    book.transcripts.conn.commit()
    with Source(book.transcripts_db, book.insights_db, book.surveys_db, book.staff_db) as source:
        days = {str(day.day): day.conversations for day in overview(source, scope).days}
    # midnight of the 21st; 23:59:59 on the 25th and a second after midnight; the 27th's last second
    assert {day for day, n in days.items() if n} == {"2026-10-21", "2026-10-25", "2026-10-26", "2026-10-27"}  # fmt: skip


def test_unmet_needs_are_grouped_counted_and_valued(book: Book, scope: Scope) -> None:
    for i in range(20):  # searches that were met: 8 of 20 bought, €50 each
        book.search(f"met{i}", "jackets", good=5)
        if i < 8:
            book.event(f"met{i}", "purchase", value=50.0, text=json.dumps(["J1"]))
    for i in range(10):  # unmet: one of 10 bought all the same
        book.search(f"un{i}", "hammock" if i < 6 else "garden hammock", good=0)
    book.search("un0", "hammock", good=0)
    book.event("un0", "purchase", value=50.0, text="[]")
    book.search("x", "mugs in purple", good=0, relaxed=("colours",))
    for i in range(5):
        book.search(
            f"y{i}", "trail shoe in size 46", good=0, kind="stock", relaxed=("sizes",), sku="S1"
        )
        book.search(f"z{i // 2}", "four searches of three", good=0)
    book.search("met1", "more of it", good=0, kind="more")
    book.search("met1", "something nicer", good=0, kind="again")
    book.search("old", "hammock", good=0, days=45)
    book.insights["need_groups"].insert_all(
        [{"need": "hammock", "name": "hammock"}, {"need": "garden hammock", "name": "hammock"}]
    )
    with book.source() as source:
        found = demand(source, scope)
    assert (found.searches, found.unmet.k) == (42, 22)
    assert found.smaller == 2  # "mugs in purple" of one, "four searches of three"
    first = found.needs[0]
    assert (first.name, first.searches, first.conversations) == ("hammock", 11, 10)
    assert (first.conversations_before, first.nothing_found) == (1, 11)
    assert first.wordings == ["garden hammock", "hammock"]
    assert found.step == "purchase" and found.value == 50.0
    assert (found.after_good.k, found.after_good.n) == (8, 20)
    assert (found.after_unmet.k, found.after_unmet.n) == (1, 19)
    expected = (8 / 20 - 1 / 19) * 10
    assert found.lost[0] == pytest.approx((8 / 20 - 1 / 19) * 19)
    assert first.lost[0] == pytest.approx(expected)
    assert first.lost_value[0] == pytest.approx(expected * 50)
    assert first.lost[1] < first.lost[0] < first.lost[2]
    shoe = next(need for need in found.needs if "46" in need.name)
    assert (shoe.not_made, shoe.conversations) == (5, 5)
    assert found.relaxed == {"sizes": 5, "colours": 1}


def test_without_anything_said_nothing_is_claimed(book: Book, scope: Scope) -> None:
    with book.source() as source:
        found = demand(source, scope)
        assert (found.searches, found.needs, found.value) == (0, [], None)
        assert overview(source, scope).outcomes["contained"].value is None
        assert sentiment(source, scope).movers == []
        assert ledger(source, scope).entries == []


def test_the_funnel_narrows(book: Book, scope: Scope) -> None:
    for i in range(10):
        book.search(f"c{i}", "jackets", total=0 if i == 9 else 4)
    for i in range(6):
        book.event(f"c{i}", "click", sku="J1")
    for i in range(3):
        book.event(f"c{i}", "cart", sku="J1", quantity=1, value=60)
    book.event("c0", "purchase", value=60, text='["J1"]')
    with book.source() as source:
        stages = funnel(source, scope)
    assert [stage.of_all.k for stage in stages] == [10, 9, 6, 3, 1]
    assert stages[2].of_last.value == pytest.approx(6 / 9)


def test_the_ledger_holds_orders_that_a_recommendation_led_to(book: Book, scope: Scope) -> None:
    for name in ("direct", "assisted", "late", "unasked"):
        message = book.search(name, "jackets", score=0.5) if name != "unasked" else book.say(name)
        if name != "unasked":
            book.show(name, message, "J1", "J2")
    book.event("direct", "click", sku="J1")
    book.event("direct", "purchase", value=80, text='["J1", "M1"]')
    book.event("direct", "rating", value=5)
    book.event("assisted", "purchase", value=30, text='["M1"]')
    book.event("late", "click", sku="J2", days=20)
    book.event("late", "purchase", value=55, text='["J2"]')
    book.event("unasked", "purchase", value=10, text='["J1"]')
    with book.source() as source:
        found = ledger(source, scope)
    (entry,) = found.entries
    assert (entry.conversation, entry.sku, entry.order_value, entry.rating) == (
        "direct", "J1", 80, 5,
    )  # fmt: skip
    assert entry.shown_at < entry.clicked_at < entry.bought_at
    assert (found.direct_orders, found.direct_value) == (1, 80)
    assert (found.assisted_orders, found.assisted_value) == (2, 85)
    assert (found.all_orders, found.all_value) == (4, 175)


def test_products_are_praised_and_complained_about(book: Book, scope: Scope) -> None:
    for i, (text, score) in enumerate(
        [("i love it, mail me at eva@example.com", 0.8), ("it fell apart", -0.7), ("hm", 0.0)]
    ):
        message = book.say(f"c{i}", text, score=score)
        book.show(f"c{i}", message, "J1", "J2")
        book.meant(f"c{i}", message, "J1")
    again = book.say("c9", "it fell apart", score=-0.7)
    book.show("c9", again, "J1", "J2")
    book.meant("c9", again, "J1")
    book.event("c0", "like", sku="J2", value=-1)
    with book.source() as source:
        found = {one.sku: one for one in products(source, scope)}
    first = found["J1"]
    assert (first.title, first.asked, first.shown, first.praised, first.complained) == (
        "The J1", 4, 4, 1, 2,
    )  # fmt: skip
    assert found["J2"].complained == 1
    assert (found["J2"].shown, found["J2"].asked) == (4, 0)
    # What two say alike is quoted once.
    assert first.quotes == ["it fell apart", "i love it, mail me at [email]"]


def test_what_moved_sentiment_adds_up(book: Book, scope: Scope) -> None:
    for i in range(30):
        book.say(f"o{i}", intent="order_status", score=0.1, days=40)
        book.say(f"p{i}", intent="delivery_info", score=0.3, days=40)
    for i in range(40):
        book.say(f"q{i}", intent="order_status", score=-0.5 - 0.01 * (i % 5), days=3)
    for i in range(20):
        book.say(f"r{i}", intent="delivery_info", score=0.3, days=3)
    for i in range(9):
        book.say(
            f"s{i}", "show me fleece sofa throw", intent="search_products", score=-0.82, days=3
        )
    with book.source() as source:
        found = sentiment(source, scope)
    change = found.overall.mean.value - found.before.mean.value
    assert sum(one.mix + one.feeling for one in found.movers) == pytest.approx(change)
    first = found.movers[0]
    assert (first.intent, first.before, first.now) == ("order_status", 30, 40)
    assert first.feeling < -0.3 and first.p < 0.001
    calm = next(one for one in found.movers if one.intent == "delivery_info")
    assert calm.feeling == pytest.approx(0) and calm.p > 0.05
    assert {one.name for one in found.intents} == {"order_status", "delivery_info"}
    assert found.left_out == 9
    assert found.overall.unhappy.k == 40
    day = next(one for one in found.days if one.negative)
    assert (day.negative, day.positive) == (40, 20)


def test_small_groups_are_not_shown(book: Book, scope: Scope) -> None:
    for i in range(4):
        book.say(f"c{i}", intent="gift_card", score=-0.9)
    with book.source() as source:
        assert sentiment(source, scope).intents == []


def test_a_search_of_another_span_does_not_count(book: Book) -> None:
    book.search("a", "jackets", days=2)
    scope = Scope(NOW - DAY, NOW)
    with book.source() as source:
        assert demand(source, scope).searches == 0
