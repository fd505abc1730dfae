"""The shop's pages in the customer's language: the demo's, asked in each, by the real encoders."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from actions.pages import Pages, page_link
from bot.paths import REPOSITORY
from bot.settings import Settings
from bot.spoken import speaking
from recommender.centred import Centred
from recommender.embedder import Embedder
from recommender.passages import ANSWERS_FROM, NEARLY_AS_GOOD, read_passages

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


SHARE = 0.9  # of the questions whose answer is in what is shown


@pytest.mark.parametrize("language", ["de", "es", "fr", "nl", "zh"])
def test_questions_in_customers_words_find_their_passage(shop: Settings, language: str) -> None:
    """Also where they share no word with it, and are a few signs long."""
    asked = yaml.safe_load((REPOSITORY / "tests/data/pages_in_languages.yml").read_text())
    pages = Pages(shop, Embedder())
    missed, count = [], 0
    with speaking(language):
        places = _places(shop, language)
        for one in asked:
            for question in one[language]:
                count += 1
                best, second = pages.ranked(question)[:2]
                near = second.score + NEARLY_AS_GOOD > best.score
                shown = [best, second] if near else [best]
                found = {places[answer.passage.page, answer.passage.heading] for answer in shown}
                if best.score < ANSWERS_FROM or not found & {*one["in"]}:
                    missed.append((question, found))
    assert 1 - len(missed) / count >= SHARE, missed


def _places(shop: Settings, language: str) -> dict[tuple[str, str], str]:
    """The sections of the pages, as tests/data/pages_in_languages.yml names them."""
    return {
        (page, one.heading): f"{page}:{place}"
        for page, file in shop.pages_in(language).items()
        for place, one in enumerate(read_passages(page, file.read_text()))
    }


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


def test_pages_and_a_catalogue_share_the_encoder_of_all_languages(settings: Settings) -> None:
    pages, catalogue = Pages(settings, Embedder()), Centred(settings.device)
    pages._multilingual.load()
    catalogue.load()
    assert catalogue._model is pages._multilingual._model
