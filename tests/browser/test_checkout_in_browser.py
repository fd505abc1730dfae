"""The demo's checkout on a telephone, by keyboard alone: mistakes are said, and an order is made."""

from playwright.sync_api import Page, expect

from tests.web.conftest import WebProcess

WIDTH = 390


def test_a_telephone_and_a_keyboard_are_enough_to_order(page: Page, web: WebProcess) -> None:
    page.set_viewport_size({"width": WIDTH, "height": 800})
    page.goto(f"{web.url}/shop/products/M1")
    page.get_by_role("button", name="Add to cart").press("Enter")
    page.goto(f"{web.url}/shop/cart")
    expect(page.locator(".bill .total")).to_have_text("€19.45")
    page.get_by_label("Discount code").fill("welcome10")
    page.keyboard.press("Tab")
    expect(page.locator(".bill .discount")).to_have_text("−€1.45")
    page.get_by_label("Gift wrap").press("Space")
    expect(page.locator(".bill .total")).to_have_text("€21.50")
    page.get_by_role("button", name="Order").press("Enter")
    name = page.get_by_label("Name")
    expect(name).to_be_focused()
    expect(name).to_have_attribute("aria-invalid", "")
    expect(page.locator("#problem-email")).to_contain_text("email")
    page.keyboard.type("Kim Berg")
    for text in ("kim@example.com", "Kade 1, 1011 AB Amsterdam"):
        page.keyboard.press("Tab")
        page.keyboard.type(text)
    overflow = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert overflow <= 0
    page.get_by_label("Quantity").first.or_(page.get_by_label("How many")).first.fill("2")
    page.keyboard.press("Tab")
    expect(page.locator(".bill .goods")).to_have_text("€29.00")
    page.get_by_role("button", name="Order").press("Enter")
    expect(page.get_by_role("heading", name="Thank you!")).to_be_visible()
    expect(page.locator("#ordered")).to_contain_text("€34.55")
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    expect(page.locator(".cart-count")).to_be_hidden()


def test_what_cannot_be_ordered_is_said_and_kept(page: Page, web: WebProcess) -> None:
    page.goto(f"{web.url}/shop/products/J2")
    page.get_by_label("Quantity").fill("2")
    page.get_by_role("button", name="Add to cart").click()
    page.goto(f"{web.url}/shop/cart")
    page.get_by_label("How many").fill("9")
    page.keyboard.press("Tab")
    expect(page.get_by_role("alert")).to_contain_text("only 2")
    page.get_by_label("Country").select_option("European Union")
    expect(page.locator(".bill .delivery")).to_have_text("€12.95")
    expect(page.get_by_label("Delivery")).to_contain_text("4–6 working days")
    assert page.evaluate("JSON.parse(localStorage.getItem('demo-cart')).length") == 1
