"""What each action says and which events it returns."""

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

import actions.backends
from actions import fallback, handoff, orders, policies, products, small_talk
from bot.settings import Settings
from recommender import Recommender
from recommender.ingest import ingest
from recommender.parser import QueryParser, Vocabulary
from tests.actions.fakes import FakeOrders
from tests.recommender.fakes import FakeEmbedder


@pytest.fixture
def shop(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The backends of the actions, replaced: a small catalogue and orders in memory."""
    ingest(settings.shop_dir / "products.csv", settings.catalogue_dir, embedder=FakeEmbedder())
    recommender = Recommender.open(settings.catalogue_dir, FakeEmbedder())
    fake = FakeOrders()
    for module in (products, orders):
        monkeypatch.setattr(module, "get_recommender", lambda: recommender)
    monkeypatch.setattr(orders, "get_orders", lambda: fake)
    for module in (products, orders, policies, handoff, small_talk):
        monkeypatch.setattr(module, "get_settings", lambda: settings, raising=False)
    return fake


class Conversation:
    """Runs actions after each other, and keeps the slots that they set."""

    def __init__(self) -> None:
        self.slots: dict[str, Any] = {}

    def say(self, action: Any, text: str = "", entities: Any = None, **latest: Any) -> dict[str, Any]:
        """Run an action on a message; returns its last message, with all of `events`."""
        if entities is None:
            parser = QueryParser(self.vocabulary)
            entities = [mention.as_entity() for mention in parser.mentions(text)]
        message = {"text": text, "entities": entities, "intent": {}, **latest}
        tracker = Tracker("c", self.slots, message, [], False, None, {}, "action_listen")
        dispatcher = CollectingDispatcher()
        events = action.run(dispatcher, tracker, {})
        if asyncio.iscoroutine(events):
            events = asyncio.new_event_loop().run_until_complete(events)
        for event in events:
            if event["event"] == "slot":
                self.slots[event["name"]] = event["value"]
        said = dispatcher.messages[-1] if dispatcher.messages else {"text": None, "buttons": []}
        shown = [card["sku"] for card in (said.get("custom") or {}).get("products", [])]
        return {**said, "events": events, "skus": shown}


@pytest.fixture
def chat(shop, settings: Settings) -> Conversation:
    from recommender.catalogue import Catalogue

    conversation = Conversation()
    conversation.vocabulary = Vocabulary.from_catalogue(Catalogue.open(settings.catalogue_dir))
    return conversation


def titles(said: dict[str, Any]) -> list[str]:
    return [button["title"] for button in said["buttons"]]


def test_a_need_gets_cards_and_is_remembered(chat: Conversation) -> None:
    said = chat.say(products.ActionSearchProducts(), "a jacket under 150")
    assert set(said["skus"]) == {"J1", "J2", "J3"}
    assert chat.slots["shown_products"] == said["skus"]
    assert chat.slots["search"]["filters"] == {"price_max": 150.0, "categories": ["jackets"]}
    card = said["custom"]["products"][0]
    assert card["price"].startswith("€") and card["reason"] and card["in_stock"] is True


def test_refining_keeps_what_was_asked_before(chat: Conversation) -> None:
    chat.say(products.ActionSearchProducts(), "a jacket")
    assert chat.say(products.ActionRefineSearch(), "in red please")["skus"] and set(
        chat.slots["shown_products"]
    ) == {"J2", "J3"}
    assert chat.say(products.ActionRefineSearch(), "for kids")["skus"] == ["J3"]


def test_cheaper_means_cheaper_than_what_was_shown(chat: Conversation) -> None:
    chat.say(products.ActionSearchProducts(), "a jacket")  # 120, 60, 35
    said = chat.say(products.ActionRefineSearch(), "cheaper")
    assert said["skus"] == ["J3"]
    chat.say(products.ActionSearchProducts(), "a jacket")
    said = chat.say(products.ActionRefineSearch(), "something pricier")
    assert set(said["skus"]) == {"J1", "J2"}


def test_another_category_is_another_search(chat: Conversation) -> None:
    chat.say(products.ActionSearchProducts(), "a jacket for men")
    said = chat.say(products.ActionRefineSearch(), "sneakers instead")
    assert said["skus"] == ["S1"] and chat.slots["search"]["text"] == "sneakers instead"


def test_a_wish_that_was_given_up_is_said(chat: Conversation) -> None:
    said = chat.say(products.ActionSearchProducts(), "a green mug")
    assert "nothing in green" in said["text"] and set(said["skus"]) == {"M1", "M2"}


def test_more_never_shows_the_same_again(chat: Conversation) -> None:
    first = chat.say(products.ActionSearchProducts(), "something nice")
    second = chat.say(products.ActionShowMore(), "more")
    assert len(first["skus"]) == 5 and len(second["skus"]) == 3
    assert not set(first["skus"]) & set(second["skus"])
    third = chat.say(products.ActionShowMore(), "more")
    assert third["skus"] == [] and "all I have" in third["text"]


def test_details_of_the_one_that_is_meant(chat: Conversation) -> None:
    chat.say(products.ActionSearchProducts(), "a jacket")
    second = chat.slots["shown_products"][1]
    ordinal = [{"entity": "ordinal", "value": 2}]
    said = chat.say(products.ActionProductDetails(), "the second one", ordinal)
    assert said["skus"] == [second] and chat.slots["product_meant"] == second
    said = chat.say(products.ActionProductDetails(), "tell me about the storm jacket", [])
    assert said["skus"] == ["J1"] and "Material: wool" in said["text"]
    said = chat.say(products.ActionProductDetails(), "what is it made of", [])
    assert said["skus"] == ["J1"]


def test_when_it_is_not_clear_it_asks_which_one(chat: Conversation) -> None:
    chat.say(products.ActionSearchProducts(), "a jacket")
    said = chat.say(products.ActionProductDetails(), "how much is it", [])
    assert "Which one" in said["text"] and len(said["buttons"]) == 3
    assert said["buttons"][2]["payload"] == '/product_details{"ordinal": 3}'


def test_stock_in_a_size_and_sold_out(chat: Conversation) -> None:
    chat.say(products.ActionSearchProducts(), "a jacket for men")
    assert "in stock" in chat.say(products.ActionProductAvailability(), "do you have it in M")["text"]
    said = chat.say(products.ActionProductAvailability(), "in size XXL?")
    assert "doesn't come in size XXL" in said["text"] and "S, M and L" in said["text"]
    chat.say(products.ActionSearchProducts(), "mug")
    said = chat.say(products.ActionProductAvailability(), "is the camp mug available", [])
    assert "sold out" in said["text"]


def test_an_empty_catalogue_is_an_apology(chat: Conversation, monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setattr(products, "get_recommender", lambda: Recommender.open(tmp_path / "none"))
    assert "Sorry" in chat.say(products.ActionSearchProducts(), "a jacket", [])["text"]


def test_status_in_words(chat: Conversation) -> None:
    chat.slots = {"order_number": "HF-10002", "email": "anna@example.com"}
    said = chat.say(orders.ActionOrderStatus())
    assert "on its way with DHL" in said["text"] and "T123" in said["text"]
    assert "Tuesday 24 November" in said["text"] and said["buttons"] == []
    chat.slots["order_number"] = "HF-10001"
    said = chat.say(orders.ActionOrderStatus())
    assert "2 × Stone Mug and 1 × Storm Jacket" in said["text"] and "€149" in said["text"]
    assert titles(said) == ["Cancel this order"]


def test_a_wrong_email_says_no_more_than_an_unknown_number(chat: Conversation) -> None:
    chat.slots = {"order_number": "HF-10001", "email": "eve@example.com"}
    wrong = chat.say(orders.ActionOrderStatus())
    assert chat.slots == {"order_number": None, "email": None}
    chat.slots = {"order_number": "HF-10009", "email": "eve@example.com"}
    unknown = chat.say(orders.ActionOrderStatus())
    assert wrong["text"].replace("10001", "10009") == unknown["text"]


def test_cancelling_needs_the_yes(chat: Conversation, shop: FakeOrders) -> None:
    chat.slots = {"order_number": "HF-10001", "email": "anna@example.com", "cancel_confirmed": False}
    assert "stays as it is" in chat.say(orders.ActionCancelOrder())["text"]
    assert shop.orders["HF-10001"].status == "paid" and chat.slots["cancel_confirmed"] is None
    chat.slots["cancel_confirmed"] = True
    assert "is cancelled" in chat.say(orders.ActionCancelOrder())["text"]
    assert shop.orders["HF-10001"].status == "cancelled"
    assert "already cancelled" in chat.say(orders.ActionCancelOrder())["text"]


def test_too_late_to_cancel_says_why_and_what_then(chat: Conversation) -> None:
    chat.slots = {"order_number": "HF-10002", "email": "anna@example.com", "cancel_confirmed": True}
    said = chat.say(orders.ActionCancelOrder())
    assert "can't be cancelled" in said["text"] and "30 days" in said["text"]


def test_orders_that_are_down_are_an_apology(chat: Conversation, shop: FakeOrders) -> None:
    shop.down = True
    chat.slots = {"order_number": "HF-10001", "email": "anna@example.com"}
    for action in (orders.ActionOrderStatus(), orders.ActionCancelOrder()):
        said = chat.say(action)
        assert "Sorry" in said["text"] and titles(said) == ["Talk to a person"]


def slots_asked(chat: Conversation) -> list[str]:
    tracker = Tracker("c", chat.slots, {}, [], False, None, {}, "")
    form = orders.ValidateCancelOrderForm()
    asked = form.required_slots([], CollectingDispatcher(), tracker, {})
    return asyncio.new_event_loop().run_until_complete(asked)


def test_only_what_can_be_cancelled_is_asked_about(chat: Conversation, shop: FakeOrders) -> None:
    assert slots_asked(chat) == ["order_number", "email"]
    chat.slots = {"order_number": "HF-10001", "email": "anna@example.com"}
    assert slots_asked(chat)[-1] == "cancel_confirmed"
    chat.slots["order_number"] = "HF-10002"
    assert "cancel_confirmed" not in slots_asked(chat)
    shop.down = True
    assert "cancel_confirmed" not in slots_asked(chat)


def test_what_is_no_number_is_asked_again_three_times(chat: Conversation) -> None:
    form, slots = orders.ValidateOrderForm(), {"form_failures": 0}
    for attempt in range(3):
        dispatcher = CollectingDispatcher()
        tracker = Tracker("c", slots, {}, [], False, None, {}, "")
        slots = form.validate_order_number("no idea", dispatcher, tracker, {})
        assert slots["order_number"] is None
        assert bool(dispatcher.messages) == (attempt < 2)
    assert slots["requested_slot"] is None
    tracker = Tracker("c", {}, {}, [], False, None, {}, "")
    dispatcher = CollectingDispatcher()
    assert form.validate_order_number("it's hf 10001", dispatcher, tracker, {})["order_number"] == "HF-10001"
    assert form.validate_email("Anna@Example.com!", dispatcher, tracker, {})["email"] == "anna@example.com"


def test_delivery_names_the_country(chat: Conversation) -> None:
    said = chat.say(policies.ActionDeliveryInfo(), "how much to ship to France?")["text"]
    assert "To France" in said and "€12.95" in said and "Express" not in said
    said = chat.say(policies.ActionDeliveryInfo(), "delivery to holland")["text"]
    assert "free from €50" in said and "Express: 1 working day, €9.95" in said
    assert "don't deliver to Japan" in chat.say(policies.ActionDeliveryInfo(), "to japan?")["text"]
    assert "This is how" in chat.say(policies.ActionDeliveryInfo(), "can you tell us more")["text"]


@pytest.mark.parametrize(
    ("now", "says"),
    [
        ("2026-11-20T10:00", "open now, until 18:00"),
        ("2026-11-20T08:00", "open today at 09:00"),
        ("2026-11-21T17:00", "open again on Monday at 09:00"),
        ("2026-12-24T20:00", "open again on Monday at 09:00"),
    ],
)
def test_open_or_closed_now(settings: Settings, now: str, says: str) -> None:
    assert says in policies.open_now(settings.shop, datetime.fromisoformat(now))


def test_the_day_that_was_named(chat: Conversation) -> None:
    said = chat.say(policies.ActionOpeningHours(), "are you open at christmas?")["text"]
    assert "closed (Christmas Day)" in said and "Monday–Friday: 09:00 to 18:00" in said
    assert "open from 10:00 to 16:00" in chat.say(policies.ActionOpeningHours(), "on saturday?")["text"]


def test_returns_say_days_cost_and_money(chat: Conversation) -> None:
    said = chat.say(policies.ActionReturnsPolicy())["text"]
    assert "30 days" in said and "€6.95" in said and "Netherlands and Belgium" in said


def test_a_person_is_recorded_as_a_request(chat: Conversation, settings: Settings) -> None:
    said = chat.say(handoff.ActionTalkToHuman(), "give me a human", [])
    assert chat.slots["handoff_requested"]["reason"] == "give me a human"
    assert settings.shop.contact.email in said["text"]


def test_the_likeliest_intents_are_offered(chat: Conversation) -> None:
    ranking = [{"name": n} for n in ("nlu_fallback", "inform", "order_status", "affirm", "help", "returns_policy", "cancel_order")]
    said = chat.say(fallback.ActionDefaultAskAffirmation(), "hmm", [], intent_ranking=ranking)
    assert titles(said) == ["Where my order is", "What you can do", "Returns and refunds", "None of these"]
    assert said["buttons"][0]["payload"] == "/order_status"


def test_what_comes_unasked_is_put_to_use(chat: Conversation) -> None:
    number = [{"entity": "order_number", "value": "HF-10001"}]
    (event,) = chat.say(small_talk.ActionInform(), "HF-10001", number)["events"]
    assert (event["event"], event["name"]) == ("followup", "order_form")
    chat.say(products.ActionSearchProducts(), "sneakers")
    assert chat.say(small_talk.ActionInform(), "size 42")["skus"] == ["S1"]


def test_braces_in_what_customers_type_are_only_text(chat: Conversation) -> None:
    chat.slots = {"order_number": "{email}", "email": "{order_number}"}
    assert "{email}" in chat.say(orders.ActionOrderStatus())["text"]
