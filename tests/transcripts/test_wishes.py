"""What a search was, and when an unmet one was met after all."""

import json
from pathlib import Path

import pytest

from bot.transcripts.projection import Projection
from bot.transcripts.store import open_transcripts, rebuild
from bot.transcripts.wishes import kind_of
from tests.transcripts.test_transcripts import START, tracker_db, turn

MUGS, BLUE = {"categories": ["mugs"]}, {"categories": ["mugs"], "colours": ["blue"]}


@pytest.mark.parametrize(
    ("told", "intent", "filters", "earlier", "kind"),
    [
        ("search", "search_products", BLUE, [MUGS], "search"),
        ("refine", "refine_search", BLUE, [MUGS], "wish"),
        ("refine", "refine_search", BLUE, [], "search"),  # there is nothing to go on with
        ("refine", "refine_search", MUGS, [MUGS], "again"),  # "something nicer"
        ("refine", "undo_refinement", MUGS, [MUGS, BLUE], "again"),
        ("refine", "earlier_list", BLUE, [MUGS, BLUE, MUGS], "again"),
        ("search", "dislike", MUGS, [MUGS], "again"),  # as actions told it before
        ("search", "refine_search", BLUE, [MUGS], "wish"),
        ("search", None, BLUE, [MUGS], "search"),
        ("more", "show_more", MUGS, [MUGS], "more"),
        ("stock", "product_availability", BLUE, [MUGS], "stock"),
    ],
)
def test_kinds(told: str, intent: str | None, filters: dict, earlier: list, kind: str) -> None:
    assert kind_of(told, intent, filters, earlier) == kind


def told(number: int, made: dict, intent: str = "search_products") -> list[dict]:
    """A turn with one search."""
    events = turn(number, "words")
    events[0]["parse_data"]["intent"]["name"] = intent
    searched = next(one for one in events if one.get("name") == "search_made")
    searched["value"] = {"at": 1000.0 * number + 0.65, "text": "words", "relaxed": [], "total": 3,
                         "kind": "search", "filters": {}, "good": 0, **made}  # fmt: skip
    return events


def test_unmet_requests_are_met_later_by_the_same_thing_alone(tmp_path: Path) -> None:
    unmet = {"filters": BLUE, "relaxed": ["colours"], "need": "mugs in blue"}
    events = [
        *START,
        *told(2, unmet),
        *told(3, {"filters": {**BLUE, "colours": ["red"]}, "good": 4, "need": "mugs"}),
        *told(4, {"filters": {**BLUE, "categories": ["jackets"]}, "good": 4, "need": "jackets"}),
        *told(5, {"need": "hamock"}),
        *told(6, {"need": "hat", "good": 1}),
        *told(7, {"need": "hammock", "good": 3}),
        *told(8, {"filters": BLUE, "good": 2, "need": "mugs", "kind": "refine"}, "refine_search"),
        *told(9, {"filters": MUGS, "need": "mugs", "kind": "refine"}, "dislike"),
        *told(10, {"need": "tent"}),
        *told(99, {"need": "tent", "good": 1}),  # a day and an hour later
    ]
    path = tmp_path / "t.db"
    database = open_transcripts(path)
    projection = Projection(database)
    for event in events:
        with database.atomic():
            projection.apply("c1", event)
            projection.finish()

    def rows() -> list[tuple]:
        return [
            (row["need"], row["kind"], row["met_at"]) for row in database["searches"].rows_where(order_by="at")
        ]  # fmt: skip

    expected = [
        ("mugs in blue", "search", 8000.65),
        ("mugs", "search", None),
        ("jackets", "search", None),
        ("hamock", "search", 7000.65),
        ("hat", "search", None),
        ("hammock", "search", None),
        ("mugs", "again", None),
        ("mugs", "again", None),
        ("tent", "search", None),
        ("tent", "search", None),
    ]
    assert rows() == expected
    rebuild(tracker_db(tmp_path / "tracker.db", {"c1": events}), path)
    assert rows() == expected


def test_a_complaint_that_names_a_product_is_about_it(tmp_path: Path) -> None:
    database = open_transcripts(tmp_path / "t.db")
    events = turn(1, "hmm, the zip mug looks cheap and ugly", "negative")[:3]
    events[0]["parse_data"]["intent"]["name"] = "complaint"
    events[0]["parse_data"]["entities"] = [{"entity": "product", "value": "M9"}] * 2
    asked = turn(2, "tell me more of the zip mug", "negative")[:3]
    asked[0]["parse_data"]["intent"]["name"] = "product_details"
    asked[0]["parse_data"]["entities"] = [{"entity": "product", "value": "M9"}]
    with database.atomic():
        projection = Projection(database)
        for event in [*START, *events, *asked]:
            projection.apply("c1", event)
        projection.finish()
    rows = [(r["reply_to"], r["sku"], r["sentiment"]) for r in database["products_meant"].rows]
    assert rows == [("c1-m1", "M9", "negative"), ("c1-m2", "M9", None)]


def test_searches_of_before_are_read_again(tmp_path: Path) -> None:
    from bot.transcripts.wishes import read_again

    database = open_transcripts(tmp_path / "t.db")
    database["conversations"].insert({"id": "c"})
    for number, (intent, filters, good) in enumerate(
        [("search_products", BLUE, 0), ("dislike", BLUE, 0), ("refine_search", MUGS, 4),
         ("search_products", BLUE, 2)]
    ):  # fmt: skip
        database["messages"].insert({"id": f"m{number}", "conversation_id": "c", "intent": intent, "at": number})  # fmt: skip
        database["searches"].insert(
            {"id": f"s{number}", "conversation_id": "c", "reply_to": f"m{number}", "at": number,
             "kind": "search", "need": "mugs", "category": "mugs", "filters": json.dumps(filters),
             "relaxed": '["colours"]' if not good else "[]", "good": good}
        )  # fmt: skip
    read_again(database)
    assert [(r["kind"], r["met_at"]) for r in database["searches"].rows] == [
        ("search", 3), ("again", None), ("again", None), ("search", None),
    ]  # fmt: skip


def test_a_press_of_a_quick_reply_is_marked(tmp_path: Path) -> None:
    database = open_transcripts(tmp_path / "t.db")
    pressed = turn(2, "/refine_search")[:1]
    pressed[0]["metadata"]["title"] = "Cheaper"
    with database.atomic():
        projection = Projection(database)
        for event in [*START, *turn(1, "red mugs"), *pressed]:
            projection.apply("c1", event)
        projection.finish()
    rows = database["messages"].rows_where("sender = 'customer'", order_by="at")
    assert [(row["text"], row["pressed"]) for row in rows] == [("red mugs", 0), ("Cheaper", 1)]
