"""The widget's words follow the customer from one language to another."""

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from bot.settings.languages import read_texts
from bot.texts import said
from tests.browser.pages import Site
from tests.browser.widget_page import faults, launch, say_and_wait
from tests.stack import Stack
from tests.web.fake_engine import FakeEngine

GERMAN = {"viewport": {"width": 1280, "height": 860}, "locale": "de-AT"}


def test_the_widget_changes_over_with_the_customer(
    page: Page, site: Site, engine: FakeEngine
) -> None:
    engine.languages = {"有雨衣吗？": "zh"}
    page.goto(site.page("/p", "<h1>A shop</h1>"))
    launch(page)
    say_and_wait(page, "a coat for the rain")
    chat = page.locator("#shoptalk .all")
    expect(chat).to_have_attribute("lang", "en")
    page.get_by_role("button", name="More", exact=True).click()
    say_and_wait(page, "有雨衣吗？")
    chinese = read_texts("zh")
    expect(chat).to_have_attribute("lang", "zh")
    expect(page.get_by_label(chinese["message"])).to_have_attribute("placeholder", chinese["write"])
    expect(page.get_by_role("menuitem", name=chinese["person"])).to_be_visible()
    expect(page.locator(".row.customer .status").first).to_have_text(chinese["sent"])
    expect(page.locator(".day")).to_have_text(chinese["today"])
    expect(page.locator(".row.assistant .hush").last).to_have_text("Finn说：")
    expect(page.locator(".bubble.assistant").nth(1)).to_have_attribute("lang", "en")
    expect(page.locator(".bubble.assistant").nth(2)).to_have_attribute("lang", "zh")
    expect(page.locator("#shoptalk-skip .all")).to_have_attribute("lang", "zh")
    assert page.locator("#shoptalk").get_by_text(re.compile(r"Sent|Today|Talk to")).count() == 0

    page.reload()  # the page is English still, the conversation isn't
    expect(page.locator("#shoptalk .all")).to_have_attribute("lang", "zh")
    expect(page.get_by_label(chinese["message"])).to_be_visible()
    assert engine.turns[-1]["page"]["language"] == "en"
    page.get_by_label(chinese["message"]).fill("好")
    page.keyboard.press("Enter")
    expect(page.locator(".row.assistant")).to_have_count(4)
    assert engine.turns[-1]["page"]["language"] == "zh"


@pytest.mark.parametrize("page", [GERMAN], indirect=True)
def test_a_page_that_names_no_language_is_read_as_the_browser_says(
    page: Page, site: Site, engine: FakeEngine
) -> None:
    url = site.page("/p", "<h1>A shop</h1>")
    site.pages["/p"] = site.pages["/p"].replace('<html lang="en">', "<html>")
    page.goto(url)
    expect(page.locator("#shoptalk .all")).to_have_attribute("lang", "de")
    page.get_by_role("button", name="Chat mit Finn").click()
    expect(page.locator(".bubble.assistant")).to_contain_text("Hallo, ich bin Finn")


def test_a_widget_in_a_language_that_the_assistant_does_not_speak_stays(
    page: Page, site: Site, engine: FakeEngine
) -> None:
    page.goto(site.page("/p", "<h1>A shop</h1>", language="ar"))
    page.locator("#shoptalk button.launcher").click()
    arabic = read_texts("ar")
    page.get_by_label(arabic["message"]).fill("a coat")
    page.keyboard.press("Enter")
    expect(page.locator(".row.assistant")).to_have_count(2)
    expect(page.locator("#shoptalk .all")).to_have_attribute("dir", "rtl")
    expect(page.locator(".bubble.assistant").last).to_have_attribute("lang", "en")


ASKED = {
    "en": "Do you have waterproof jackets?",
    "nl": "Hebben jullie waterdichte jassen?",
    "de": "Haben Sie wasserdichte Jacken?",
    "fr": "Avez-vous des vestes imperméables ?",
    "es": "¿Tenéis chaquetas impermeables?",
    "zh": "你们有防水的夹克吗？",
}


@pytest.mark.parametrize("language", ASKED)
def test_a_customer_is_answered_and_served_in_their_language(
    page: Page, stack: Stack, language: str
) -> None:
    """The page, the widget, the answer and its cards; with SHOPTALK_SCREENSHOTS=FOLDER a picture of each."""
    words = read_texts(language)
    page.goto(f"{stack.url}/?language={language}")
    expect(page.locator("html")).to_have_attribute("lang", language)
    expect(page.get_by_role("button", name=said("search", language), exact=True)).to_be_visible()
    page.locator("#shoptalk button.launcher").click()
    page.get_by_label(words["message"]).fill(ASKED[language])
    page.keyboard.press("Enter")
    answer = page.locator(".row.assistant").nth(1)
    answer.locator(".card").first.wait_for(timeout=30_000)
    expect(answer.locator(".bubble")).to_have_attribute("lang", language)
    expect(page.locator("#shoptalk .all")).to_have_attribute("lang", language)
    expect(answer.get_by_role("checkbox").first).to_have_accessible_name(
        re.compile(f"^{re.escape(words['compare'])}")
    )
    assert faults(page) == []
    if folder := os.environ.get("SHOPTALK_SCREENSHOTS"):
        page.locator(".panel").screenshot(path=Path(folder) / f"widget-{language}.png")
