"""What is asked of the shop's pages in any language, also while a product is in sight or a form waits."""

import pytest

from bot.dialogue.named_products import NamedProducts
from bot.dialogue.of_pages import asked_of_pages
from bot.spoken import speaking
from tests.dialogue.composing import TENT, meant
from tests.dialogue.test_in_form import heard, waiting
from tests.dialogue.understanding import Processor

ASKED = [
    ("de", "Könnt ihr das hübsch als Geschenk einpacken?", "policy_question"),
    ("de", "wer nimmt das an wenn keiner da ist", "policy_question"),
    ("de", "Kann ich auch per Nachnahme bezahlen?", "payment_methods"),
    ("de", "bekommen Azubis Rabatt?", "discount_code"),
    ("de", "wie lange warte ich auf die Rückzahlung?", "policy_question"),
    ("de", "Ist das Zurückschicken gratis?", "returns_policy"),
    ("de", "ab wann ist der Versand umsonst?", "delivery_info"),
    ("fr", "vous pouvez l'emballer pour offrir ?", "policy_question"),
    ("fr", "et si je suis au travail quand il passe ?", "policy_question"),
    ("fr", "je peux payer en plusieurs fois ?", "payment_methods"),
    ("fr", "c'est gratuit de renvoyer ?", "returns_policy"),
    ("fr", "je suis remboursé sous quel délai ?", "policy_question"),
    ("fr", "la livraison est offerte à partir de combien ?", "delivery_info"),
    ("zh", "能包起来送人吗", "policy_question"),
    ("zh", "我上班没人收怎么办", "policy_question"),
    ("zh", "可以用银联付吗", "payment_methods"),
    ("zh", "大学生打折吗", "discount_code"),
    ("zh", "钱多久退还给我", "policy_question"),
    ("zh", "买多少免邮", "delivery_info"),
    ("es", "¿se puede envolver para regalo?", "policy_question"),
    ("nl", "kan het als cadeau ingepakt worden?", "policy_question"),
]


@pytest.mark.parametrize(("language", "text", "intent"), ASKED)
def test_a_question_of_the_pages_is_one_while_a_product_is_talked_about(
    products: NamedProducts, language: str, text: str, intent: str
) -> None:
    with speaking(language):
        for near in (("product_details", 0.97), ("search_products", 0.9), ("nlu_fallback", 0.4)):
            last = "action_product_details"
            assert meant(products, text, near, last, **TENT) == intent, near


@pytest.mark.parametrize(("language", "text", "intent"), ASKED)
@pytest.mark.parametrize("asked", ["order_number", "confirmed", "detail"])
def test_and_while_a_form_waits_which_then_goes_on(
    language: str, text: str, intent: str, asked: str
) -> None:
    processor = Processor(**{text.replace(" ", "_"): ("order_status", 0.8)})
    with speaking(language):
        assert heard(processor, waiting(asked, "return_item"), text) == {
            "intent": intent,
            "text": text,
        }


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "ich suche ein Geschenk für meine Mutter"),
        ("de", "Bitte senden Sie mir mein Geld zurück"),
        ("fr", "montrez-moi des sacs pour étudiants"),
        ("fr", "c'est combien ?"),
        ("zh", "有学生用的背包吗"),
        ("zh", "便宜一点的有吗"),
        ("en", "is it free of plastic?"),
        ("en", "do you have a lighter one?"),
    ],
)
def test_a_wish_names_no_topic_of_the_pages(language: str, text: str) -> None:
    with speaking(language):
        assert asked_of_pages(text) == ""


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "und die Versandkosten wollte ich auch noch wissen"),
        ("fr", "j'avais aussi parlé des frais d'envoi"),
        ("zh", "我还说了运费的事"),
    ],
)
def test_what_is_named_counts_where_nothing_is_likely(
    products: NamedProducts, language: str, text: str
) -> None:
    with speaking(language):
        assert meant(products, text, ("nlu_fallback", 0.4), **TENT) == "delivery_info"
        assert meant(products, text, ("price_total", 0.9), **TENT) != "delivery_info"


@pytest.mark.parametrize(
    ("language", "text"),
    [("de", "ist die Retoure kostenlos?"), ("fr", "le renvoi est payant ?"), ("zh", "退货收费吗")],
)
def test_what_a_return_costs_is_told_to_who_has_no_order(
    products: NamedProducts, language: str, text: str
) -> None:
    with speaking(language):
        surely = ("refund_status", 0.95)
        assert meant(products, text, surely, "action_greet") == "returns_policy"
        known = {"order_number": "HF-10154", "email": "anna@example.com"}
        assert meant(products, text, surely, "action_greet", **known) != "returns_policy"
