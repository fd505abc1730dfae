"""Needs are answered with products, and requests are refined."""

from actions.shopping import earlier, product_talk, products
from tests.actions.conversation import Conversation, titles


def test_a_need_gets_cards_and_is_remembered(chat: Conversation) -> None:
    said = chat.say(products.ActionSearchProducts(), "a jacket under 150")
    assert set(said["skus"]) == {"J1", "J2", "J3"}
    assert chat.slots["shown_products"] == said["skus"]
    assert chat.slots["search"]["filters"] == {"price_max": 150.0, "categories": ["jackets"]}
    card = said["custom"]["products"][0]
    assert card["price"].startswith("€") and card["reason"] and card["in_stock"] is True


def test_what_was_looked_for_is_on_record_with_how_well_it_was_found(chat: Conversation) -> None:
    chat.say(products.ActionSearchProducts(), "a jacket under 150")
    made = chat.slots["search_made"]
    assert (made["kind"], made["good"], made["relaxed"]) == ("search", 3, [])
    chat.say(products.ActionSearchProducts(), "a purple mug")
    made = chat.slots["search_made"]
    assert (made["good"], made["relaxed"]) == (0, ["colours"])
    assert made["filters"] == {"colours": ["purple"], "categories": ["mugs"]}
    assert made["need"] == "mugs in purple"
    chat.say(products.ActionSearchProducts(), "do you sell trampolines?")
    made = chat.slots["search_made"]
    assert (made["good"], made["relaxed"], made["need"]) == (0, [], "trampoline")
    chat.say(products.ActionSearchProducts(), "a gift for my dad who likes unicycles, under 60")
    assert chat.slots["search_made"]["need"] == "unicycle"


def test_asking_for_a_size_that_is_not_made_is_on_record(chat: Conversation) -> None:
    chat.say(products.ActionSearchProducts(), "a trail shoe for men")
    said = chat.say(
        product_talk.ActionProductAvailability(), "do you have the trail shoe in size 46"
    )
    made = chat.slots["search_made"]
    assert (made["kind"], made["sku"], made["relaxed"], made["good"]) == (
        "stock",
        "S1",
        ["sizes"],
        0,
    )
    assert made["need"] == "trail shoe in size 46" and "46" in said["text"]


def test_a_channel_without_cards_reads_of_the_products(chat: Conversation) -> None:
    chat.channel = "cmdline"
    said = chat.say(products.ActionSearchProducts(), "a tent")
    assert "• Lake Tent, €219" in said["text"] and said["skus"] == ["T1"]


def test_what_fits_no_more_comes_close_and_says_what_it_misses(chat: Conversation) -> None:
    said = chat.say(products.ActionSearchProducts(), "a red jacket for women")
    assert said["skus"] == ["J2"] and "Show more" in titles(said)
    said = chat.say(products.ActionShowMore(), "more")
    reasons = {one["sku"]: one["reason"] for one in said["custom"]["products"]}
    assert reasons == {"J3": "Not for women"}


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


def test_the_cheapest_is_one_and_sorted_by_price_are_all(chat: Conversation) -> None:
    chat.say(products.ActionSearchProducts(), "a jacket")
    assert chat.say(products.ActionRefineSearch(), "the cheapest")["skus"] == ["J3"]
    said = chat.say(products.ActionRefineSearch(), "sort them by price")
    assert said["skus"] == ["J3", "J2", "J1"]


def test_and_something_else_keeps_the_budget(chat: Conversation) -> None:
    chat.say(products.ActionSearchProducts(), "a mug under 30")
    chat.say(products.ActionSearchProducts(), "and a tent?")
    assert chat.slots["search"]["filters"] == {"price_max": 30.0, "categories": ["tents"]}


def test_a_whole_new_request_begins_without_the_old_budget(chat: Conversation) -> None:
    chat.say(products.ActionSearchProducts(), "a jacket for men around 100")
    said = chat.say(products.ActionRefineSearch(), "do you also have a tent for 2 people?")
    assert said["skus"] == ["T1"] and chat.slots["search"]["filters"].get("price_max") is None


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
    assert third["skus"] == []


def test_any_colour_gives_the_colour_up_and_undo_goes_back(chat: Conversation) -> None:
    chat.say(products.ActionSearchProducts(), "a jacket")
    chat.say(products.ActionRefineSearch(), "in red")
    assert set(chat.slots["shown_products"]) == {"J2", "J3"}
    chat.say(earlier.ActionUndoRefinement(), "any colour is fine")
    assert set(chat.slots["shown_products"]) == {"J1", "J2", "J3"}
    chat.say(products.ActionRefineSearch(), "for kids")
    chat.say(earlier.ActionUndoRefinement(), "undo that")
    assert set(chat.slots["shown_products"]) == {"J1", "J2", "J3"}
    chat.say(earlier.ActionUndoRefinement(), "start over")
    assert chat.slots["search"] is None


def test_back_to_an_earlier_list_by_its_name_and_to_its_second(chat: Conversation) -> None:
    assert chat.say(earlier.ActionEarlierList(), "the list before")["skus"] == []
    first = chat.say(products.ActionSearchProducts(), "a jacket")["skus"]
    chat.say(products.ActionSearchProducts(), "a mug")
    chat.say(products.ActionSearchProducts(), "sneakers")
    assert chat.say(earlier.ActionEarlierList(), "the jackets from before")["skus"] == first
    chat.say(products.ActionSearchProducts(), "a tent")
    ordinal = [{"entity": "ordinal", "value": 2}, {"entity": "category", "value": "jackets"}]
    assert chat.say(earlier.ActionEarlierList(), "the second jacket", ordinal)["skus"] == [first[1]]
