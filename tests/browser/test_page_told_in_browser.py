"""What the widget tells of the page it is on, on pages of other people's."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.pages import Site
from tests.browser.widget_page import launch, say_and_wait
from tests.web.fake_engine import FakeEngine


def ld(text: str) -> str:
    return f'<script type="application/ld+json">{text}</script>'


# As shop systems write it, and what is none of the page's own product.
WOOCOMMERCE = (
    '{"@context":"https://schema.org/","@graph":[{"@type":"BreadcrumbList"},{"@type":"Product",'
    '"@id":"/p#product","name":"Trail Tent","sku":4711,"offers":[{"@type":"Offer","sku":"T-1"}]}]}'
)
SHOPIFY = (
    '{"@context":"http://schema.org/","@type":"ProductGroup","productGroupID":"77","name":"Trail Tent",'
    '"hasVariant":[{"@type":"Product","sku":"T-1-RED"},{"@type":"Product","sku":"T-1-BLUE"}]}'
)
LISTING = (
    '{"@context":"https://schema.org","@type":"ItemList","itemListElement":[{"@type":"ListItem",'
    '"item":{"@type":"Product","name":"A","sku":"1"}}]}'
)


def told(site: Site, engine: FakeEngine, page: Page, head: str, text: str = "is it dry?") -> dict:
    page.goto(site.page("/p", "<h1>A shop</h1>", head))
    launch(page)
    say_and_wait(page, text)
    return engine.turns[-1].get("page") or {}


@pytest.mark.parametrize(
    ("head", "ids"),
    [
        (ld(WOOCOMMERCE), ["4711", "T-1"]),
        (ld(SHOPIFY), ["77", "T-1-RED", "T-1-BLUE"]),
        (ld("{broken") + ld('{"@type":["Product","Book"],"name":"Trail Tent"}'), []),
        (ld('{"@type":"Product","name":"Trail Tent","url":"/p"}') + ld('{"@type":"Product","name":"Mug"}'), []),
    ],
    ids=["woocommerce", "shopify", "broken beside it", "related products"],
)  # fmt: skip
def test_the_product_of_the_page_goes_with_the_message(
    page: Page, site: Site, engine: FakeEngine, head: str, ids: list[str]
) -> None:
    said = told(site, engine, page, f'<html lang="nl">{head}')
    assert said["product"]["title"] == "Trail Tent"
    assert said["product"].get("ids", []) == ids
    assert said["url"] == f"{site.url}/p" and said["language"] == "en"
    expect(page.get_by_role("group", name="About:")).to_contain_text("Trail Tent")


def test_a_list_of_products_is_no_product(page: Page, site: Site, engine: FakeEngine) -> None:
    two = ld('{"@type":"Product","name":"Tent"}') + ld('{"@type":"Product","name":"Mug"}')
    assert "product" not in told(site, engine, page, ld(LISTING) + two)
    expect(page.get_by_role("group", name="About:")).to_be_hidden()


def test_it_can_be_taken_away_and_kept_to_oneself(
    page: Page, site: Site, engine: FakeEngine
) -> None:
    page.goto(site.page("/p", "<h1>A shop</h1>", ld(WOOCOMMERCE)) + "?mail=anna@example.com#me")
    page.evaluate(
        "shoptalk.page({cart: {lines: () => [{sku: 'M-1', quantity: 2}, {sku: '', quantity: 1}]}})"
    )
    launch(page)
    say_and_wait(page, "hello")
    assert engine.turns[-1]["page"]["cart"] == [{"sku": "M-1", "quantity": 2}]
    assert "anna" not in str(engine.turns[-1]["page"])  # what stands behind the address
    page.get_by_role("button", name="Not about Trail Tent").click()
    expect(page.get_by_label("Your message")).to_be_focused()
    say_and_wait(page, "where are you?")
    assert "product" not in engine.turns[-1]["page"]
    # Another product comes without a page being loaded.
    page.evaluate(
        "document.querySelector('script[type=\"application/ld+json\"]').textContent = "
        'JSON.stringify({"@type": "Product", name: "Mug", sku: "M-1"})'
    )
    page.get_by_label("Your message").blur()
    say_and_wait(page, "and this one?")
    assert engine.turns[-1]["page"]["product"]["ids"] == ["M-1"]
    page.get_by_role("button", name="More", exact=True).click()
    page.get_by_role("menuitemcheckbox", name="Tell which page I'm on").click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("group", name="About:")).to_be_hidden()
    say_and_wait(page, "good bye")
    assert "page" not in engine.turns[-1]


def test_a_page_can_say_it_itself(page: Page, site: Site, engine: FakeEngine) -> None:
    page.goto(site.page("/p", "<h1>A shop</h1>", ld(WOOCOMMERCE)))
    page.evaluate("shoptalk.page({product: {sku: 'M-9', name: 'Mug'}})")
    launch(page)
    expect(page.get_by_role("group", name="About:")).to_contain_text("Mug")
    page.evaluate("shoptalk.page({product: null})")
    expect(page.get_by_role("group", name="About:")).to_be_hidden()
