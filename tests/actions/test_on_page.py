"""What "this one" means on a product's page."""

from typing import Any

from actions.shopping import favourites, product_talk, products
from tests.actions.conversation import Conversation

DETAILS = product_talk.ActionProductDetails()


def on(*ids: str, **more: Any) -> dict[str, Any]:
    return {"page": {"product": {"ids": list(ids), **more}}}


def test_a_question_on_a_products_page_is_about_that_product(chat: Conversation) -> None:
    said = chat.say(DETAILS, "is this waterproof?", [], metadata=on("J1"))
    assert said["skus"] == ["J1"] and said["text"].startswith("Waterproof: yes.")
    said = chat.say(product_talk.ActionSizeAdvice(), "which size?", [], metadata=on("J1"))
    assert "S, M" in said["text"]
    assert chat.say(favourites.ActionBuy(), "I'll take it", [], metadata=on("J1"))["skus"] == ["J1"]


def test_a_shops_page_may_name_its_product_in_other_ways(chat: Conversation) -> None:
    title = chat.say(DETAILS, "what is it?", [], metadata=on("J1"))["custom"]["products"][0][
        "title"
    ]
    by_address = on("4711", url="https://shop.example/products/J1/?variant=2")
    for metadata in (on("0871234567890", "J1"), by_address, on("4711", title=title.upper())):
        assert chat.say(DETAILS, "is it waterproof?", [], metadata=metadata)["skus"] == ["J1"]


def test_a_product_that_the_catalogue_lacks_is_nobodys(chat: Conversation) -> None:
    chat.say(products.ActionSearchProducts(), "a jacket")
    said = chat.say(DETAILS, "is it waterproof?", [], metadata=on("4711", title="Garden Gnome"))
    assert "?" in said["text"] and len(said["buttons"]) == 3  # which of the three


def test_what_was_named_or_talked_of_since_goes_before_the_page(chat: Conversation) -> None:
    here = on("T1")
    chat.say(products.ActionSearchProducts(), "a jacket", metadata=here)
    second = chat.slots["shown_products"][1]
    place = [{"entity": "ordinal", "value": 2}]
    assert chat.say(DETAILS, "and the second one?", place, metadata=here)["skus"] == [second]
    assert chat.say(DETAILS, "is it waterproof?", [], metadata=here)["skus"] == [second]
    # The customer goes on to another page, and asks again.
    assert chat.say(DETAILS, "is it waterproof?", [], metadata=on("S1"))["skus"] == ["S1"]
    # The chip is taken away: the page says nothing any more.
    assert chat.say(DETAILS, "what is it made of?", [], metadata={})["skus"] != ["T1"]
