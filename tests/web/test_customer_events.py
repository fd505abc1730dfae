"""What customers do apart from messages: written down once, and in the transcripts."""

import sqlite3
import time
import uuid

import pytest

from bot.settings import Settings
from bot.transcripts.store import rebuild
from bot.web.chat.customer_events import BadEvent, project, read_event
from tests.web.conftest import WebProcess
from tests.web.fake_engine import FakeEngine
from tests.web.test_chat import Customer


@pytest.fixture
def customer(web: WebProcess) -> Customer:
    return Customer(web)


def tell(customer: Customer, kind: str, event_id: str = "", **body) -> int:
    event = {"id": event_id or str(uuid.uuid4()), "kind": kind, **body}
    return customer.http.post("/chat/events", json=event, headers=customer.headers).status_code


def rows(settings: Settings, count: int) -> list[tuple]:
    """The rows of customer_events, as soon as there are so many."""
    found: list[tuple] = []
    for _ in range(100):
        db = sqlite3.connect(settings.transcripts_db)
        if db.execute("SELECT 1 FROM sqlite_master WHERE name = 'customer_events'").fetchone():
            found = db.execute(
                "SELECT kind, message_id, sku, quantity, value, text, url "
                "FROM customer_events ORDER BY rowid"
            ).fetchall()
        db.close()
        if len(found) >= count:
            break
        time.sleep(0.05)
    return found


def test_each_kind_becomes_a_row(customer: Customer, settings: Settings) -> None:
    tell(customer, "page", url="https://shop.example/mugs", title="Mugs")
    tell(customer, "click", sku="M1")
    tell(customer, "thumb", message_id="m-1:0", thumb="down", why="That isn't true")
    tell(customer, "thumb", message_id="m-2:0", stars=4)
    tell(customer, "thumb", message_id="m-3:0", stars=3, why="So, so")
    tell(customer, "rating", value=4, comment="Quick")
    tell(customer, "cart", sku="M1", quantity=2, value=29)
    tell(customer, "purchase", value=29, skus=["M1"])
    tell(customer, "like", sku="M1", value=-1)
    tell(customer, "seen", message_id="m-1:0")
    tell(customer, "consent", value=1, text="storage")
    tell(customer, "end")
    assert rows(settings, 12) == [
        ("page", None, None, None, None, "Mugs", "https://shop.example/mugs"),
        ("click", None, "M1", None, None, None, None),
        ("thumb", "m-1:0", None, None, -1, "That isn't true", None),
        ("thumb", "m-2:0", None, 4, 1, "", None),
        ("thumb", "m-3:0", None, 3, 0, "So, so", None),
        ("rating", None, None, None, 4, "Quick", None),
        ("cart", None, "M1", 2, 29, None, None),
        ("purchase", None, None, None, 29, '["M1"]', None),
        ("like", None, "M1", None, -1, None, None),
        ("seen", "m-1:0", None, None, None, None, None),
        ("consent", None, None, None, 1, "storage", None),
        ("end", None, None, None, None, None, None),
    ]


def test_signs_that_nobody_sees_are_left_out(customer: Customer, settings: Settings) -> None:
    tell(customer, "page", url="https://shop.example/\x00a", title="Tea\x1b[2J\x02\nfor two")
    tell(customer, "purchase", value=29, skus=["M\x031"])
    assert [(row[4 + 1], row[4 + 2]) for row in rows(settings, 2)] == [
        ("Tea[2J\nfor two", "https://shop.example/a"),
        ('["M1"]', None),
    ]
    assert tell(customer, "click", sku="\x00") == 400


def test_the_same_id_is_one_event(customer: Customer, settings: Settings, engine) -> None:
    event_id = str(uuid.uuid4())
    assert [tell(customer, "click", event_id, sku="M1") for _ in range(3)] == [204] * 3
    tell(customer, "end")
    assert [row[0] for row in rows(settings, 2)] == ["click", "end"]
    assert engine.clicks == ["M1"]


def test_clicks_and_likes_reach_the_engine(customer: Customer, engine: FakeEngine) -> None:
    tell(customer, "click", sku="J1")
    tell(customer, "like", sku="J2", value=1)
    for _ in range(50):
        if engine.clicks and engine.likes:
            break
        time.sleep(0.05)
    assert (engine.clicks, engine.likes) == (["J1"], [("J2", 1)])


def test_an_event_survives_a_killed_process_and_lost_transcripts(
    customer: Customer, web: WebProcess, settings: Settings, engine: FakeEngine
) -> None:
    engine.stop()
    assert tell(customer, "like", sku="J1", value=1) == 204
    web.kill()
    for file in settings.var.glob("transcripts.db*"):
        file.unlink()
    web.start()
    assert [row[0] for row in rows(settings, 1)] == ["like"]
    engine.start()


def test_adding_again_changes_nothing_and_a_rebuild_keeps_events(
    customer: Customer, settings: Settings, web: WebProcess
) -> None:
    tell(customer, "click", sku="J1")
    rows(settings, 1)
    assert project(settings.web_db, settings.transcripts_db) == 1
    sqlite3.connect(settings.tracker_db).execute(
        "CREATE TABLE events (id INTEGER PRIMARY KEY, sender_id, type_name, data)"
    )
    rebuild(settings.tracker_db, settings.transcripts_db)
    assert len(rows(settings, 1)) == 1


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"kind": "click"}, "'sku'"),
        ({"kind": "click", "sku": 5}, "'sku'"),
        ({"kind": "guess"}, "'kind' must be one of click"),
        ({"kind": ["click"], "sku": "J1"}, "'kind'"),
        ({"kind": "end", "id": "x"}, "'id'"),
        ({"kind": "thumb", "message_id": "m", "thumb": "sideways"}, "'thumb'"),
        ({"kind": "thumb", "message_id": "m", "stars": 0}, "'stars'"),
        ({"kind": "rating", "value": 6}, "from 1 to 5"),
        ({"kind": "rating", "value": True}, "from 1 to 5"),
        ({"kind": "rating", "value": float("nan")}, "from 1 to 5"),
        ({"kind": "page", "url": "x" * 2001}, "'url'"),
        ({"kind": "purchase", "value": 5, "skus": "J1"}, "'skus'"),
        ({"kind": "cart", "sku": "J1", "quantity": -1}, "'quantity'"),
    ],
)
def test_bad_events_are_explained(body: dict, said: str) -> None:
    with pytest.raises(BadEvent, match=said):
        read_event({"id": "12345678", **body})


def test_typing_is_taken_and_a_stranger_is_not(customer: Customer, web: WebProcess) -> None:
    post = customer.http.post
    assert post("/chat/typing", headers=customer.headers).status_code == 204
    for path in ("typing", "events"):
        assert post(f"/chat/{path}", json={}).status_code == 401
    bad = post("/chat/events", json={"kind": "x"}, headers=customer.headers)
    assert bad.status_code == 400 and "'id'" in bad.json()["error"]
