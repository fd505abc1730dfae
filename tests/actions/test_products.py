"""Products that are meant, compared, liked and bought."""

from pathlib import Path

from actions.backends import get_recommender
from actions.shopping import favourites, product_talk, products
from recommender import Recommender
from tests.actions.conversation import Conversation


def test_details_of_the_one_that_is_meant(chat: Conversation) -> None:
    chat.say(products.ActionSearchProducts(), "a jacket")
    second = chat.slots["shown_products"][1]
    ordinal = [{"entity": "ordinal", "value": 2}]
    said = chat.say(product_talk.ActionProductDetails(), "the second one", ordinal)
    assert said["skus"] == [second] and chat.slots["product_meant"] == second
    said = chat.say(product_talk.ActionProductDetails(), "tell me about the storm jacket", [])
    assert said["skus"] == ["J1"] and "Material: wool" in said["text"]
    said = chat.say(product_talk.ActionProductDetails(), "what is it made of", [])
    assert said["skus"] == ["J1"]
    said = chat.say(product_talk.ActionProductDetails(), "is it waterproof?", [])
    assert said["text"].startswith("Waterproof: yes.")
    tent = [{"entity": "product", "value": "T1", "start": 18, "end": 27}]
    said = chat.say(product_talk.ActionProductDetails(), "tell me about the lake tent", tent)
    assert said["skus"] == ["T1"]  # it wasn't shown, but it has a name


def test_a_search_shows_what_was_named_first(chat: Conversation) -> None:
    shoe = [{"entity": "product", "value": "S1", "start": 12, "end": 22}]
    said = chat.say(products.ActionSearchProducts(), "looking for trail shoe, or a mug", shoe)
    assert said["skus"][0] == "S1" and len(said["skus"]) == len(set(said["skus"])) > 1


def test_two_products_that_are_named_are_compared(chat: Conversation) -> None:
    chat.say(products.ActionSearchProducts(), "a jacket")
    named = [
        {"entity": "product", "value": "M2", "start": 8, "end": 16},
        {"entity": "product", "value": "T1", "start": 21, "end": 30},
    ]
    said = chat.say(product_talk.ActionCompareProducts(), "compare Camp Mug and Lake Tent", named)
    assert said["skus"] == ["M2", "T1"]


def test_the_words_of_a_name_are_not_asked_for(chat: Conversation) -> None:
    shoe = [{"entity": "product", "value": "S1", "start": 7, "end": 17}]
    said = chat.say(product_talk.ActionProductDetails(), "is the trail shoe waterproof?", shoe)
    assert said["skus"] == ["S1"] and "Trail Shoe" in said["text"].split("\n")[0]
    assert "won't guess" in said["text"] or "doesn't say" in said["text"]


def test_when_it_is_not_clear_it_asks_which_one(chat: Conversation) -> None:
    chat.say(products.ActionSearchProducts(), "a jacket")
    said = chat.say(product_talk.ActionProductDetails(), "how much is it", [])
    assert "?" in said["text"] and len(said["buttons"]) == 3
    assert said["buttons"][2]["payload"] == '/product_details{"ordinal": 3}'


def test_stock_in_a_size_and_sold_out(chat: Conversation) -> None:
    chat.say(products.ActionSearchProducts(), "a jacket for men")
    assert (
        "in stock"
        in chat.say(product_talk.ActionProductAvailability(), "do you have it in M")["text"]
    )
    said = chat.say(product_talk.ActionProductAvailability(), "in size XXL?")
    assert "in size XXL" in said["text"] and "S, M and L" in said["text"]
    chat.say(products.ActionSearchProducts(), "mug")
    said = chat.say(product_talk.ActionProductAvailability(), "is the camp mug available", [])
    assert "sold out" in said["text"]


def test_an_empty_catalogue_is_an_apology(chat: Conversation, monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setattr(get_recommender, "kept", None)
    monkeypatch.setattr(get_recommender, "opening", lambda: Recommender.open(tmp_path / "none"))
    assert "Sorry" in chat.say(products.ActionSearchProducts(), "a jacket", [])["text"]


def test_two_are_put_side_by_side(chat: Conversation) -> None:
    assert chat.say(product_talk.ActionCompareProducts(), "compare them")["skus"] == []
    shown = chat.say(products.ActionSearchProducts(), "a jacket")["skus"]
    places = [{"entity": "ordinal", "value": 1}, {"entity": "ordinal", "value": 3}]
    said = chat.say(product_talk.ActionCompareProducts(), "the first and the third", places)
    assert said["skus"] == [shown[0], shown[2]] and "Price: €" in said["text"]
    assert chat.slots["shown_products"] == said["skus"]  # "the first" is the first of these now
    rows = dict(said["custom"]["card"]["rows"])
    assert len(rows["Price"]) == 2 and "Material" in rows
    again = chat.say(product_talk.ActionCompareProducts(), "and the difference in weight?", [])
    assert again["skus"] == said["skus"]
    least = chat.say(product_talk.ActionCompareProducts(), "which is cheaper?", [])
    prices = {"J1": 120, "J2": 60, "J3": 35}
    assert chat.slots["product_meant"] == min(said["skus"], key=prices.get)
    assert least["skus"] == [chat.slots["product_meant"]] and "€" in least["text"]


def test_similar_and_matching_products(chat: Conversation) -> None:
    chat.say(products.ActionSearchProducts(), "a jacket for men")
    similar = chat.say(product_talk.ActionSimilarProducts(), "something similar", [])["skus"]
    assert similar and "J1" not in similar
    matching = chat.say(product_talk.ActionGoesWith(), "what goes with it", [])["skus"]
    assert not {"J1", "J2", "J3"} & set(matching)


def test_what_is_disliked_never_comes_back(chat: Conversation) -> None:
    first = chat.say(products.ActionSearchProducts(), "something nice")["skus"]
    gone = [{"entity": "ordinal", "value": 1}]
    assert first[0] not in chat.say(favourites.ActionDislike(), "not the first", gone)["skus"]
    assert first[0] not in chat.say(products.ActionSearchProducts(), "something nice")["skus"]


def test_the_wishlist_keeps_and_shows(chat: Conversation) -> None:
    assert "empty" in chat.say(favourites.ActionWishlistShow())["text"].lower()
    shown = chat.say(products.ActionSearchProducts(), "a jacket")["skus"]
    chat.say(favourites.ActionWishlistAdd(), "save the second", [{"entity": "ordinal", "value": 2}])
    chat.say(products.ActionSearchProducts(), "a mug")
    assert chat.say(favourites.ActionWishlistShow())["skus"] == [shown[1]]


def test_what_is_named_can_be_bought_before_anything_was_shown(chat: Conversation) -> None:
    product, kind = {"entity": "product", "value": "M1"}, {"entity": "category", "value": "tents"}
    assert chat.say(favourites.ActionBuy(), "i want to buy the stone mug", [product])["skus"] == [
        "M1"
    ]
    chat.slots.update(product_meant=None, talked_about=None, shown_products=None)
    assert chat.say(favourites.ActionBuy(), "i want to buy a tent", [kind])["skus"] == ["T1"]
    chat.slots.update(product_meant=None, talked_about=None, shown_products=None, search=None)
    assert chat.say(favourites.ActionBuy(), "how do i buy", [])["skus"] == []


def test_buying_leads_to_the_page_or_to_an_alert(chat: Conversation) -> None:
    chat.say(products.ActionSearchProducts(), "mug")
    said = chat.say(favourites.ActionBuy(), "i'll take the stone mug", [])
    assert said["skus"] == ["M1"] and said["buttons"][0]["payload"] == "/goes_with"
    chat.slots["product_meant"] = None
    said = chat.say(favourites.ActionBuy(), "i'll take the camp mug", [])
    assert said["buttons"][0]["payload"] == "/stock_alert"
