"""Sentences that are put together hold in every language: names of countries, quotes, what follows a list, sizes."""

import pytest

from actions.backends import get_recommender
from actions.language import word
from actions.orders.form import ActionAskConfirmed
from actions.resolving.sizes import sizes_asked
from actions.shop.delivery import called
from actions.shopping.delivering import ActionDeliveryInfo
from actions.shopping.listing import closed
from actions.shopping.product_talk import ActionCompareProducts
from actions.shopping.products import ActionSearchProducts
from actions.texts import texts
from bot.reading.reader import read
from bot.settings.languages import can_speak
from bot.spoken import ENGLISH, speaking
from recommender.product import Product
from tests.actions.conversation import Conversation, with_order

OTHERS = [language for language in can_speak() if language != ENGLISH]
# Words before which a country would need an article or a case.
BEFORE = {"nach", "in", "vers", "en", "pour", "depuis", "a", "desde", "naar", "vanuit", "aus", "至"}


@pytest.mark.parametrize("language", OTHERS)
def test_no_word_before_a_country_asks_for_an_article(language: str) -> None:
    known = texts(language)
    for name in ("way_to", "delivery_to", "no_delivery_to", "return_from_free", "return_from_costs",
                 "return_costs_free_in", "sum_delivery", "sum_delivery_free"):  # fmt: skip
        for wording in known[name]:
            for place in ("{country}", "{countries}", "{where}"):
                before = wording.partition(place)[0].split()[-1:] if place in wording else []
                assert language == "zh" or not BEFORE & {one.lower() for one in before}, wording


@pytest.mark.parametrize(
    ("language", "detail"),
    [
        ("de", "Der Henkel wackelt."),
        ("fr", "L'anse bouge. "),
        ("zh", "把手松了。"),
        ("nl", "Hij is los."),
    ],
)
def test_a_quote_has_one_full_stop(chat: Conversation, language: str, detail: str) -> None:
    chat.slots = with_order("return_item", "HF-10004", "eva@example.com", detail=detail)
    chat.slots["language"] = language
    said = chat.say(ActionAskConfirmed())["text"]
    assert detail.strip(" .。") in said
    assert not any(twice in said for twice in (".“.", ". ».", ".\xa0»", "。”。", ".”."))


def test_what_follows_a_list_stands_on_its_own_line() -> None:
    assert closed("Meine erste Auswahl:") == "Meine erste Auswahl."
    assert closed("Mes préférés\u202f:") == "Mes préférés." and closed("我首推：") == "我首推。"


@pytest.mark.parametrize("language", OTHERS)
def test_delivery_names_what_is_free_in_the_language(chat: Conversation, language: str) -> None:
    chat.slots["language"] = language
    said = chat.say(ActionDeliveryInfo(), "/delivery_info")["text"]
    with speaking(language):
        assert called("Germany") in said and word("way_free_from").split("{")[0] in said


SHOE = Product("S", "Shoe", sizes=("40", "41", "42"))
COAT = Product("C", "Coat", sizes=("S", "M", "L", "XL"))


@pytest.mark.parametrize(
    ("language", "text", "product", "sizes"),
    [
        ("fr", "vous l'avez en 37 ou pas", SHOE, ["37"]),
        ("de", "gäbe es die auch in 44?", SHOE, ["44"]),
        ("zh", "41的有没有", SHOE, ["41"]),
        ("zh", "还有XL的吗", COAT, ["XL"]),
        ("de", "ist M noch da?", COAT, ["M"]),
        ("fr", "t'as combien de modèles, c'est des 2024 ?", SHOE, []),  # a year
        ("en", "what's it made of", COAT, []),  # an apostrophe's s
        ("de", "passt es für 12 Leute?", SHOE, []),
    ],
)
def test_a_bare_size_is_asked_of_the_product(
    language: str, text: str, product: Product, sizes: list[str]
) -> None:
    found = sizes_asked(read(text, language), [], [product])
    assert [one["value"] for one in found] == sizes
    price = [{"entity": "price", "value": 1, "start": 0, "end": len(text)}]
    assert sizes_asked(read(text, language), price, [product]) == []


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("zh", "第一个和第三个哪个便宜"),
        ("de", "welches ist billiger, das erste oder das dritte?"),
        ("fr", "lequel est moins cher, le premier ou le troisième ?"),
    ],
)
def test_two_are_compared_by_their_places(chat: Conversation, language: str, text: str) -> None:
    chat.say(ActionSearchProducts(), "a jacket")
    shown = [get_recommender().get(sku) for sku in chat.slots["shown_products"]]
    first, third = shown[0], shown[2]
    assert first and third and first.price and third.price
    cheaper, dearer = sorted((first, third), key=lambda one: one.price or 0)
    chat.slots["language"] = language
    places = [{"entity": "ordinal", "value": one, "start": 0, "end": 0} for one in (1, 3)]
    said = chat.say(ActionCompareProducts(), text, places)["text"]
    assert cheaper.title in said and dearer.title not in said
