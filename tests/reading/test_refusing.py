"""What a message says that isn't to be done."""

import pytest

from bot.reading.refusing import dropped_until, refused_in
from bot.spoken import speaking


@pytest.mark.parametrize(
    ("language", "text", "intent"),
    [
        ("en", "oh no, please do not cancel anything", "cancel_order"),
        ("en", "I never asked for a refund, I want the parcel", "claim_refund"),
        ("en", "we don't want to send it back, it fits", "return_item"),
        ("en", "rather not talk to a person", "talk_to_human"),
        ("en", "the lamp isn't broken, only the bulb", "damaged_item"),
        ("de", "wir möchten die Bestellung auf keinen Fall stornieren", "cancel_order"),
        ("de", "schicken? ich will nichts zurückgeben", "return_item"),
        ("fr", "n'annulez surtout pas ma commande", "cancel_order"),
        ("fr", "je ne souhaite pas être remboursée", "claim_refund"),
        ("es", "por favor no anulen el pedido", "cancel_order"),
        ("nl", "retourneer het alsjeblieft niet", "return_item"),
        ("zh", "我没说要退款，我要换一个", "claim_refund"),
    ],
)
def test_what_is_refused_is_told(language: str, text: str, intent: str) -> None:
    with speaking(language):
        assert [one.intent for one in refused_in(text)][:1] == [intent]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "why don't you cancel it?"),
        ("en", "if you don't refund me I'll go to a lawyer"),
        ("en", "you did not refund me yet"),
        ("en", "I don't like it, cancel it"),
        ("en", "no, cancel it"),
        ("de", "Sie haben immer noch nicht storniert"),
        ("de", "kann ich das nicht umtauschen?"),
        ("fr", "je ne suis toujours pas remboursé"),
        ("zh", "为什么不退款"),
    ],
)
def test_reports_conditions_and_questions_refuse_nothing(language: str, text: str) -> None:
    with speaking(language):
        assert refused_in(text) == []


@pytest.mark.parametrize(
    ("language", "text", "rest"),
    [
        ("en", "ok forget the ribbon. where is your shop?", "where is your shop?"),
        ("de", "vergiss die Karte, habt ihr Vasen?", "habt ihr Vasen?"),
        ("zh", "算了，你们几点关门", "你们几点关门"),
        ("en", "I will never forget that mug, where is it?", ""),
        ("en", "forget it", ""),
    ],
)
def test_what_is_let_go_at_the_beginning_is_left_out(language: str, text: str, rest: str) -> None:
    with speaking(language):
        end = dropped_until(text)
    assert (text[end:].strip() if end else "") == rest
