"""Questions about one form of a product: its price, whether it is there, an alert for it."""

from decimal import Decimal
from pathlib import Path

import pytest

from actions.backends import get_recommender
from actions.order_backends.interface import Order, OrderItem
from actions.orders.wording import on_button
from actions.shopping import alerts, product_talk, products
from actions.wording import card
from bot.settings import Settings
from recommender import Filters, Recommender
from recommender.catalogue.ingest import ingest
from recommender.product import PREORDER, Product
from tests.actions.conversation import Conversation
from tests.recommender.fakes import FakeEmbedder
from tests.recommender.test_variants import HEADER, ROWS


@pytest.fixture
def boots(chat: Conversation, settings: Settings, tmp_path: Path, monkeypatch) -> Conversation:
    (tmp_path / "boots.csv").write_text(HEADER + ROWS)
    ingest(tmp_path / "boots.csv", settings.catalogue_dir, currency="EUR", embedder=FakeEmbedder())
    shop = Recommender.open(settings.catalogue_dir, FakeEmbedder())
    monkeypatch.setattr(get_recommender, "kept", shop)
    chat.vocabulary = shop.current().parser.vocabulary
    chat.slots |= {"shown_products": ["BOOT"], "product_meant": "BOOT"}
    return chat


def asked(size: str = "", colour: str = "") -> list[dict[str, str]]:
    told = (("size", size), ("colour", colour))
    return [{"entity": name, "value": value} for name, value in told if value]


def test_is_it_there_in_a_size_and_a_colour(boots: Conversation) -> None:
    is_it = product_talk.ActionProductAvailability()
    said = boots.say(is_it, "is it there in 43 in black", asked("43", "black"))
    assert "in stock" in said["text"] and "43" in said["text"] and "black" in said["text"]
    (shown,) = said["custom"]["products"]
    assert shown["price"] == "€139" and shown["variant"] == "BOOT-BK-43" and shown["in_stock"]
    said = boots.say(is_it, "and in brown", asked("43", "brown"))
    assert "brown, 43" not in said["text"].split(".")[1] and "black, 43" in said["text"]
    assert not said["custom"]["products"][0]["in_stock"]
    said = boots.say(is_it, "in 42 in black", asked("42", "black"))
    assert "brown, 42" in said["text"] and "black, 43" in said["text"]
    assert boots.slots["search_made"]["relaxed"] == ["sizes"]
    said = boots.say(is_it, "in 47", asked("47"))
    assert "47" in said["text"] and "42" in said["text"]


@pytest.mark.parametrize(
    "text", ["is it there in brown 43?", "ist der in 43 braun da?", "brown 43"]
)
def test_a_bare_number_beside_a_colour_is_the_size_that_it_is(
    boots: Conversation, text: str
) -> None:
    said = boots.say(product_talk.ActionProductAvailability(), text, asked(colour="brown"))
    assert said["custom"]["products"][0]["variant"] == "BOOT-BR-43"
    assert not said["custom"]["products"][0]["in_stock"]


def test_a_size_counts_nothing_and_its_form_has_its_own_price(boots: Conversation) -> None:
    total = product_talk.ActionPriceTotal()
    said = boots.say(
        total, "how much is it in black 43?", asked(colour="black"), intent={"name": "price_total"}
    )
    assert "€139" in said["text"] and "×" not in said["text"]
    said = boots.say(total, "how much is the 42?", intent={"name": "price_total"})
    assert "€129" in said["text"] and "×" not in said["text"]
    said = boots.say(total, "how much are 3 of them", intent={"name": "price_total"})
    assert "3 ×" in said["text"]


def test_what_a_form_costs(boots: Conversation) -> None:
    details = product_talk.ActionProductDetails()
    said = boots.say(details, "how much is the black one", asked(colour="black"))
    assert "€139" in said["text"].split("\n")[0] and "from" not in said["text"]
    said = boots.say(details, "how much is it", [])
    assert "from €129" in said["text"]
    said = boots.say(details, "how much is it in 47", asked("47"))
    assert "47" in said["text"] and "€" not in said["text"]


def test_an_alert_is_for_the_form_that_was_asked_about(boots: Conversation) -> None:
    is_it = product_talk.ActionProductAvailability()
    said = boots.say(is_it, "is it there in 43 in brown", asked("43", "brown"))
    assert said["buttons"][0]["payload"] == '/stock_alert{"product": "BOOT-BR-43"}'
    boots.say(alerts.ActionStockAlert(), "tell me when it's back", [])
    assert boots.slots["contact_sku"] == "BOOT-BR-43"
    boots.slots["alerts"] = [{"sku": "BOOT-BR-43", "email": "a@example.com", "reference": "R-1"}]
    listed = boots.say(alerts.ActionListAlerts(), "my alerts", [])
    assert "Ridge Boot (brown, 43)" in listed["text"]


def test_cards_of_a_search_are_the_variants_that_fit(boots: Conversation) -> None:
    said = boots.say(products.ActionSearchProducts(), "boots in black", asked(colour="black"))
    first = said["custom"]["products"][0]
    assert (first["sku"], first["price"], first["choices"]) == ("BOOT", "€139", "")
    said = boots.say(products.ActionSearchProducts(), "boots", [])
    first = next(one for one in said["custom"]["products"] if one["sku"] == "BOOT")
    assert first["price"] == "from €129" and first["choices"] == "brown / black · 42 / 43"


def test_every_card_tells_the_price_and_stock_of_what_it_shows(boots: Conversation) -> None:
    shop = get_recommender()
    for size in ("", "42", "43"):
        for colour in ("", "brown", "black"):
            wish = Filters(sizes=(size,) if size else (), colours=(colour,) if colour else ())
            for hit in shop.search("", wish, limit=9).hits:
                whole, shown = shop.get(hit.product.sku), card(hit.product, "EUR")
                forms = [one for one in whole.variants if one in hit.product.variants]
                if not forms:
                    assert shown["price"] == "€39" and shown["in_stock"]
                    continue
                there = [one for one in forms if one.in_stock] or forms
                lowest = min(one.price for one in there)
                assert shown["price"].removeprefix("from ") == f"€{lowest}"
                assert shown["in_stock"] == any(one.in_stock for one in forms)


def test_a_pre_order_is_no_stock_and_not_sold_out() -> None:
    tent = Product(
        "P", "Tent", price=Decimal(320), stock=0, availability=PREORDER, available_from="2031-05-01"
    )
    assert card(tent, "EUR")["stock_note"] == "Pre-order, comes on 1 May 2031"


def test_ratings_are_told_as_the_shop_has_them(
    boots: Conversation, settings: Settings, tmp_path: Path
) -> None:
    rated = "sku,name,category,price,rating,review_count\nBOOT,Ridge Boot,Boots,129,4.6,12\n"
    (tmp_path / "rated.csv").write_text(rated)
    ingest(tmp_path / "rated.csv", settings.catalogue_dir, currency="EUR", embedder=FakeEmbedder())
    said = boots.say(product_talk.ActionProductDetails(), "tell me about it", [])
    assert "4.6 of 5 stars (12)" in said["text"]


def test_orders_name_the_variant(boots: Conversation) -> None:
    order = Order("HF-1", "paid", "2026-11-20T10:00", (OrderItem("BOOT-BK-43", "", 2),))
    assert "2 × Ridge Boot (black, 43)" in on_button(order)
