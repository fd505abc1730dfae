"""Prices and stock are looked up on the platform before they are promised."""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from actions.backends import get_live, get_recommender
from actions.live import FRESH_SECONDS, Live, skus_in
from actions.order_backends.breaker import FAILURES
from actions.shopping import product_talk, products
from bot.platforms.kept import Kept
from bot.platforms.reading import read_catalogue
from bot.settings import Settings, get_settings
from recommender import Recommender
from recommender.catalogue.ingest import ingest
from recommender.catalogue.writing import only_writer
from tests.actions.conversation import Conversation
from tests.platforms.servers import Answer, Asked, serving
from tests.platforms.test_changes import Woo
from tests.platforms.test_reading import KEYS, on
from tests.recommender.fakes import FakeEmbedder


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Shop:
    """A shop on a WooCommerce that can be changed, slow or away, and what was asked of it."""

    def __init__(self, settings: Settings, woo: Woo, asked: list[Asked], clock: Clock) -> None:
        self.settings, self.woo, self.asked, self.clock = settings, woo, asked, clock


@pytest.fixture
def on_woo(chat: Conversation, settings: Settings, monkeypatch) -> Iterator[Shop]:
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    woo, clock = Woo(), Clock()
    with serving(woo) as (url, asked):
        there = on(settings, "woocommerce", url)
        file = read_catalogue(there)
        ingest(file, there.catalogue_dir, format="json", currency="EUR", embedder=FakeEmbedder())
        recommender = Recommender.open(there.catalogue_dir, FakeEmbedder())
        monkeypatch.setattr(get_settings, "kept", there)
        monkeypatch.setattr(get_recommender, "kept", recommender)
        monkeypatch.setattr(get_live, "kept", Live(there, FakeEmbedder(), 1.0, clock))
        chat.vocabulary = recommender.current().parser.vocabulary
        del asked[:]
        yield Shop(there, woo, asked, clock)


def details(chat: Conversation, text: str, sku: str = "M-1") -> dict[str, Any]:
    chat.slots |= {"shown_products": [sku], "product_meant": sku}
    return chat.say(product_talk.ActionProductDetails(), text)


def test_a_price_that_changed_a_moment_ago_is_told_as_it_is(
    chat: Conversation, on_woo: Shop
) -> None:
    said = details(chat, "how much is it")
    assert "€12.50" in said["text"] and len(on_woo.asked) == 1
    on_woo.woo.all[1] |= {"regular_price": "9.90", "price": "9.90", "stock_quantity": 1}
    assert "€12.50" in details(chat, "how much is it")["text"]  # known for some seconds
    on_woo.clock.now += FRESH_SECONDS
    said = details(chat, "how much is it")
    assert "€9.90" in said["text"] and "12.50" not in said["text"] and "1 left" in said["text"]
    assert said["custom"]["products"][0]["price"] == "€9.90"
    assert "stock list" not in said["text"]


def test_what_was_sold_to_somebody_else_isnt_promised(chat: Conversation, on_woo: Shop) -> None:
    on_woo.woo.forms[0] |= {"stock_quantity": 0, "stock_status": "outofstock"}
    chat.slots |= {"shown_products": ["BOOT"], "product_meant": "BOOT"}
    said = chat.say(
        product_talk.ActionProductAvailability(),
        "is it there in 42",
        [{"entity": "size", "value": "42"}],
    )
    assert not said["custom"]["products"][0]["in_stock"] and "sold out" in said["text"]


def test_a_search_goes_by_what_is_now(chat: Conversation, on_woo: Shop) -> None:
    """What costs too much now isn't shown as under the limit, and what isn't sold any more isn't shown."""
    on_woo.woo.all[1] |= {"regular_price": "40.00", "price": "40.00"}
    del on_woo.woo.all[2]
    said = chat.say(products.ActionSearchProducts(), "mugs under 20 euros")
    assert said["skus"] and not {"M-1", "M-2"} & set(said["skus"])
    assert all(Decimal(one["price"].strip("€")) < 20 for one in said["custom"]["products"])
    assert len([one for one in said["events"] if one.get("name") == "search"]) == 1


def test_when_it_cannot_be_asked_it_is_said_from_when_the_prices_are(
    chat: Conversation, on_woo: Shop
) -> None:
    with closing(Kept(on_woo.settings.platform_dir)) as kept:
        kept._db.execute("UPDATE products SET read_at = 1796007600")
        kept._db.commit()
    on_woo.woo.is_away = True
    said = details(chat, "how much is it")
    at = datetime.fromtimestamp(1796007600, on_woo.settings.shop.zone)
    assert (
        "€12.50" in said["text"] and f"{at:%H:%M}" in said["text"] and str(at.year) in said["text"]
    )
    for _ in range(FAILURES):
        details(chat, "how much is it")
    asked = len(on_woo.asked)
    assert "€12.50" in details(chat, "how much is it")["text"]
    assert len(on_woo.asked) == asked  # nothing is asked while it is down
    on_woo.woo.is_away = False
    on_woo.clock.now += 60
    assert "stock list" not in details(chat, "how much is it")["text"]


def test_a_slow_platform_is_waited_for_no_longer_than_it_may(
    settings: Settings, monkeypatch
) -> None:
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    woo, release = Woo(), threading.Event()

    def answer(asked: Asked) -> Answer:
        if "include" in asked.query:
            release.wait(20)
        return woo(asked)

    with serving(answer) as (url, _):
        there = on(settings, "woocommerce", url)
        ingest(
            read_catalogue(there),
            there.catalogue_dir,
            format="json",
            currency="EUR",
            embedder=FakeEmbedder(),
        )
        live = Live(there, FakeEmbedder(), 0.2)
        began = time.monotonic()
        looked = asyncio.new_event_loop().run_until_complete(live.look(["M-1"]))
        took = time.monotonic() - began
        release.set()
    assert looked.failed and looked.since and took < 15  # and not the 20 that it takes


def test_while_another_ingest_writes_it_is_said_too(chat: Conversation, on_woo: Shop) -> None:
    on_woo.woo.all[1] |= {"regular_price": "9.90", "price": "9.90"}
    with only_writer(on_woo.settings.catalogue_dir):
        said = details(chat, "how much is it")
    assert "€12.50" in said["text"] and "stock list" in said["text"]
    assert "€9.90" in details(chat, "how much is it")["text"]


def test_without_a_platform_nothing_is_looked_up(chat: Conversation, monkeypatch) -> None:
    monkeypatch.setattr(get_live, "kept", None)
    chat.slots |= {"shown_products": ["M1"], "product_meant": "M1"}
    assert "€14.50" in chat.say(product_talk.ActionProductDetails(), "how much is it")["text"]


def test_all_products_that_an_answer_tells_of_are_looked_up() -> None:
    messages = [{"custom": {"products": [{"sku": "A"}]}}, {"text": "x"}, {"custom": None}]
    events = [
        {"name": "shown_products", "value": ["A", "B"]}, {"name": "product_meant", "value": "C"},
        {"name": "summed", "value": {"items": [{"sku": "D", "count": 2}]}}, {"name": "product_meant", "value": None},
        {"name": "talked_about", "value": ["E"]}, {"name": "search", "value": {"text": "mug"}},
    ]  # fmt: skip
    assert skus_in(messages, events) == ["A", "B", "C", "D", "E"]
