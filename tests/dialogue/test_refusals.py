"""What somebody means in any language who says that it isn't so, that nothing came, or that nothing was ordered."""

from typing import Any

import pytest

from bot.dialogue.named_products import NamedProducts
from bot.spoken import speaking
from tests.dialogue.composing import KIND, TENT, meant
from tests.dialogue.test_in_form import heard, waiting
from tests.dialogue.understanding import Processor


def said_in(language: str, text: str, asked: str, task: str, near: tuple[str, float]) -> dict:
    processor = Processor(**{text.replace(" ", "_"): near})
    unknown: dict[str, Any] = (
        {"order_number": None, "email": None} if asked == "order_number" else {}
    )
    with speaking(language):
        return heard(processor, waiting(asked, task, **unknown), text)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "Nein, so war es nicht"),
        ("fr", "c'est pas ça"),
        ("fr", "nope laisse tomber"),
        ("es", "no, eso no es"),
        ("nl", "dat klopt niet"),
        ("zh", "不是这样"),
    ],
)
def test_what_isnt_so_is_a_no_and_no_addition(language: str, text: str) -> None:
    told = said_in(language, text, "confirmed", "damaged_item", ("inform", 0.9))
    assert told["intent"] == "deny"


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "nein, es ist gar nicht angekommen"),
        ("fr", "nan c'est pas ça, j'ai rien reçu"),
        ("es", "no, es que no me ha llegado"),
        ("nl", "nee, ik heb het niet ontvangen"),
        ("zh", "不对，是没收到"),
        ("en", "no, it hasn't arrived at all"),
    ],
)
def test_what_never_came_isnt_the_wrong_article(language: str, text: str) -> None:
    for asked in ("confirmed", "detail"):
        told = said_in(language, text, asked, "wrong_item", ("inform", 0.5))
        assert told["intent"] == "trace_parcel" and told["leaves"]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "nein, sagen Sie mir nur wo mein Paket bleibt"),
        ("fr", "non laissez, je veux seulement savoir où est mon colis"),
        ("zh", "不用了，包裹在哪"),
    ],
)
def test_who_refuses_and_asks_for_the_state_hears_no_more_of_the_report(
    language: str, text: str
) -> None:
    told = said_in(language, text, "confirmed", "wrong_item", ("order_status", 0.9))
    assert told["intent"] == "order_status" and told["leaves"]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "Ich habe doch noch gar nichts bestellt"),
        ("fr", "mais j'ai pas encore commandé"),
        ("es", "si no he comprado nada"),
        ("nl", "ik heb nog niks besteld"),
        ("zh", "我还没下单"),
        ("en", "i haven't ordered anything"),
    ],
)
def test_who_ordered_nothing_is_asked_for_no_number(
    products: NamedProducts, language: str, text: str
) -> None:
    told = said_in(language, text, "order_number", "return_item", ("order_status", 0.9))
    assert told["intent"] == "stop"
    with speaking(language):
        for name in ("order_status", "exchange_item"):
            found = meant(products, text, (name, 0.85), "action_greet")
            assert found in ("policy_question", "returns_policy")


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "hab was bestellt und es ist immer noch nicht da"),
        ("fr", "commandé il y a 2 semaines, toujours rien"),
        ("zh", "买的东西一直没到"),
    ],
)
def test_an_order_that_isnt_here_is_looked_up(
    products: NamedProducts, language: str, text: str
) -> None:
    with speaking(language):
        assert meant(products, text, ("wrong_item", 0.8), "action_greet") == "order_status"


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "das sind ja Kinderzelte, ich meine für Erwachsene"),
        ("fr", "nan c'est des tentes pour gosses ça"),
        ("zh", "这是儿童帐篷 我要大人的"),
    ],
)
def test_what_is_shown_and_doesnt_suit_is_no_article_of_an_order(
    products: NamedProducts, language: str, text: str
) -> None:
    shown = {**TENT, "product_meant": None}
    with speaking(language):
        said = meant(products, text, ("exchange_item", 0.8), entities=KIND, **shown)
        assert said == "refine_search"


@pytest.mark.parametrize(
    ("language", "text", "span"),
    [
        ("de", "Ich will maximal 45 Euro ausgeben", (9, 24)),
        ("fr", "je veux dépenser 45 euros au plus", (17, 33)),
        ("zh", "最多45欧元", (0, 6)),
    ],
)
def test_a_limit_alone_narrows_the_list(
    products: NamedProducts, language: str, text: str, span: tuple[int, int]
) -> None:
    price = [{"entity": "price", "value": {"max": 45}, "start": span[0], "end": span[1]}]
    shown = {**TENT, "product_meant": None}
    with speaking(language):
        said = meant(products, text, ("search_products", 1.0), entities=price, **shown)
        assert said == "refine_search"


@pytest.mark.parametrize(
    ("language", "text", "span"),
    [
        ("de", "bitte keine Zelte und nichts für Kinder", (12, 17)),
        ("fr", "surtout pas de tentes, plutôt autre chose", (15, 21)),
        ("zh", "不要帐篷，要别的", (2, 4)),
    ],
)
def test_kinds_that_are_ruled_out_are_none_of_those_shown(
    products: NamedProducts, language: str, text: str, span: tuple[int, int]
) -> None:
    kind = [{**KIND[0], "start": span[0], "end": span[1], "negated": True}]
    shown = {**TENT, "product_meant": None}
    with speaking(language):
        for name in (("goes_with", 0.6), ("search_products", 0.9), ("nlu_fallback", 0.4)):
            assert meant(products, text, name, entities=kind, **shown) == "refine_search"


def test_an_ok_with_the_name_of_what_is_asked_about_is_no_refusal() -> None:
    for language, text in (
        ("zh", "行 取消吧"),
        ("de", "ok, stornieren"),
        ("fr", "d'accord, annulez"),
    ):
        told = said_in(language, text, "confirmed", "cancel_order", ("undo_request", 0.7))
        assert told["intent"] in ("not_yet", "affirm") and "leaves" not in told


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "hab ich aber nicht bekommen"),
        ("fr", "ben moi j'ai rien reçu"),
        ("zh", "可是我没收到啊"),
    ],
)
def test_what_was_told_of_and_never_came_is_looked_for(
    products: NamedProducts, language: str, text: str
) -> None:
    with speaking(language):
        told = meant(products, text, ("order_status", 0.9), "action_do_order_task",
                     order_number="HF-10154", email="anna@example.com")  # fmt: skip
    assert told == "trace_parcel"


@pytest.mark.parametrize(
    ("language", "text"),
    [("de", "gibts in blau ?"), ("fr", "y en a en bleu ?"), ("zh", "有蓝色吗")],
)
def test_a_wish_alone_is_no_courtesy(products: NamedProducts, language: str, text: str) -> None:
    place = next(text.index(word) for word in ("blau", "bleu", "蓝色") if word in text)
    blue = [{"entity": "colour", "value": "blue", "start": place, "end": place + (2 if language == "zh" else 4)}]  # fmt: skip
    shown = {**TENT, "product_meant": None}
    with speaking(language):
        assert (
            meant(products, text, ("how_are_you", 0.6), entities=blue, **shown) == "refine_search"
        )


@pytest.mark.parametrize(
    ("language", "text"),
    [("de", "zeig mal Zelte her"), ("fr", "montre les tentes"), ("zh", "看看帐篷")],
)
def test_to_show_a_kind_is_to_look_for_it(
    products: NamedProducts, language: str, text: str
) -> None:
    with speaking(language):
        for name in (("wishlist_show", 0.64), ("earlier_list", 0.9)):
            assert meant(products, text, name, "action_greet", KIND) == "search_products"
