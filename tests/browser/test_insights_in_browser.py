"""An analyst reads Insights in a browser: the numbers are those of the data, and lead to them."""

import json
import time
from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from bot.settings import Settings
from tests.console import conftest as console
from tests.console.conftest import PASSWORD
from tests.insights.conftest import Book
from tests.web.conftest import WebProcess

shop, engine, web = console.shop, console.engine, console.web  # fixtures of a console


@pytest.fixture(scope="module")
def book(shop: Settings, web: WebProcess) -> Book:
    """Twelve conversations: eight look for a hammock in vain, four for jackets."""
    book = Book(shop.var, time.time())
    for i in range(12):
        book.search(f"c{i}", "hammock" if i < 8 else "jackets", good=0 if i < 8 else 3)
    for i in range(8, 11):
        book.event(f"c{i}", "click", sku="J1")
    book.insights["topics"].insert_all(
        {"words": json.dumps([word]), "name": "", "hidden": 0, "created_at": 0.0,
         "merged_into": None, "centroid": np.ones(3, np.float32).tobytes()}
        for word in ("parcel", "zip")
    )  # fmt: skip
    book.insights["topic_texts"].insert_all(
        {"source": "chat", "text_id": f"t{i}", "topic": 1 + i % 2, "at": time.time() - 60,
         "conversation_id": f"c{i}", "closeness": 0.9, "sentiment_score": 0.0} for i in range(10)
    )  # fmt: skip
    book.save(shop.shop.timezone)
    return book


@pytest.fixture
def lea(browser: Browser, web: WebProcess, book: Book) -> Iterator[Page]:
    """The analyst, on the first page of Insights."""
    context = browser.new_context(viewport={"width": 1280, "height": 860})
    page = context.new_page()
    page.set_default_timeout(90_000)  # the first page loads scikit-learn
    page.goto(f"{web.url}/console")
    page.get_by_label("Login").fill("lea")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name="Insights").click()
    expect(page.get_by_role("heading", name="Overview")).to_be_visible(timeout=90_000)
    yield page
    context.close()


def test_a_page_of_figures_is_not_fetched_again_by_itself(lea: Page) -> None:
    """Each copy would be worked out anew, and be written down as looked at."""
    fetched: list[str] = []
    lea.on(
        "request", lambda one: fetched.append(one.url) if one.headers.get("x-live") == "1" else None
    )
    lea.evaluate("refresh()")
    assert not fetched
    lea.goto(lea.url.split("/insights")[0])  # the home page's figures are live
    with lea.expect_request(lambda one: one.headers.get("x-live") == "1"):
        lea.evaluate("refresh()")


def test_a_number_is_that_of_the_data_and_leads_to_its_conversations(lea: Page) -> None:
    expect(lea.get_by_text("12 conversations with 12 messages")).to_be_visible()
    lea.get_by_role("link", name="Unmet demand").click()
    expect(lea.get_by_text("8 of 12 requests found nothing good.")).to_be_visible()
    row = lea.get_by_role("row").filter(has_text="hammock").first
    expect(row.get_by_role("cell").nth(0)).to_have_text("8")
    row.get_by_role("link", name="hammock").click()
    expect(lea.get_by_role("heading", name="Conversations behind a number")).to_be_visible()
    assert lea.get_by_role("row").count() == 1 + 8
    lea.go_back()
    lea.get_by_role("link", name="Funnel").click()
    step = lea.get_by_role("row").filter(has_text="opened one")
    expect(step.get_by_role("cell").nth(0)).to_have_text("3")
    step.get_by_role("link").first.click()
    assert lea.get_by_role("row").count() == 1 + 3


def test_a_topic_is_renamed_and_merged(lea: Page) -> None:
    lea.get_by_role("link", name="Topics").click()
    expect(lea.get_by_text("2 topics in 10 texts")).to_be_visible()
    name = lea.get_by_label("Name of topic 1")
    name.fill("Late parcels")
    lea.locator("form", has=name).get_by_role("button", name="Save").click()
    expect(lea.get_by_text("The topic has its name.")).to_be_visible()
    into = lea.get_by_label("Merge topic 2 into")
    into.select_option(label="Late parcels")
    lea.locator("form", has=into).get_by_role("button", name="Merge").click()
    expect(lea.get_by_text("The topics are one.")).to_be_visible()
    expect(lea.get_by_text("1 topic in 10 texts")).to_be_visible()
    row = lea.get_by_role("row").filter(has_text="Late parcels").first
    expect(row.get_by_role("cell").nth(0)).to_have_text("10")
