"""The shop's pages in the customer's language: the demo's, asked in each, by the real encoders."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from actions.pages import Pages, page_link
from bot.paths import REPOSITORY
from bot.settings import Settings
from bot.spoken import speaking
from recommender.embedder import Embedder

DEMO = REPOSITORY / "bot" / "demo" / "policies"


@pytest.fixture
def shop(settings: Settings) -> Iterator[Settings]:
    shutil.copytree(DEMO, settings.shop_dir / "policies", dirs_exist_ok=True)
    yield settings


@pytest.mark.parametrize(
    ("language", "question", "page", "said"),
    [
        ("de", "kann ich geöffneten Tee zurückgeben?", "returns", "Geöffnete"),
        ("de", "verpackt ihr auch als Geschenk?", "faq", "3,50 €"),
        ("de", "gibt es Studentenrabatt?", "faq", "Studierende"),
        ("nl", "kan ik met PayPal betalen?", "payment", "PayPal"),
        ("nl", "wat als ik niet thuis ben?", "shipping", "buur"),
        ("fr", "la garantie dure combien de temps ?", "warranty", "deux ans"),
        ("fr", "comment suivre mon colis ?", "shipping", "suivi"),
        ("es", "¿cuánto cuesta una devolución desde Alemania?", "returns", "6,95"),
        ("es", "¿se puede pagar con PayPal?", "payment", "PayPal"),
        ("zh", "打开的茶可以退吗", "returns", "茶"),
        ("zh", "都能用什么付款", "payment", "PayPal"),
        ("zh", "可以送礼包装吗", "faq", "3.50"),
        ("en", "do you gift wrap?", "faq", "€3.50"),
    ],
)
def test_a_question_is_answered_by_the_page_in_its_language(
    shop: Settings, language: str, question: str, page: str, said: str
) -> None:
    with speaking(language):
        ranked = Pages(shop, Embedder()).ranked(question)[:2]
    assert page in [one.passage.page for one in ranked]
    assert said in " ".join(one.passage.text for one in ranked)


def test_a_page_that_has_no_file_in_the_language_is_read_as_it_is(shop: Settings) -> None:
    (shop.shop_dir / "policies" / "warranty.de.md").unlink()
    with speaking("de"):
        texts = [
            one.passage.text
            for one in Pages(shop, Embedder()).ranked("Wie lange ist die Garantie?")
        ]
    assert any("two years" in text for text in texts) and any("Geöffnete" in text for text in texts)


def test_links_lead_to_the_page_in_the_language() -> None:
    with speaking("de"):
        assert page_link("returns", "ihr-geld") == "/shop/policies/returns?language=de#ihr-geld"
    with speaking("en"):
        assert page_link("returns") == "/shop/policies/returns"


def test_a_backup_has_the_pages_of_all_languages(shop: Settings) -> None:
    from bot.custody.files import shop_files

    assert Path(shop.shop_dir / "policies" / "returns.zh.md").resolve() in shop_files(shop)
