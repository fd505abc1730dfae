"""Buying from the chat: variants, quantity, the page's cart, and changing what is in it."""

import pytest
from playwright.sync_api import Locator, Page, expect

from actions.wording import card
from bot.settings import Settings
from recommender.catalogue.ingest import ingest
from recommender.catalogue.reading import Catalogue, generation_folder
from tests.browser.pages import Site
from tests.browser.widget_page import PHONE, SMALL, WIDE, faults, launch, say_and_wait, width_of
from tests.recommender.fakes import FakeEmbedder
from tests.recommender.test_variants import HEADER, ROWS
from tests.web.conftest import WebProcess
from tests.web.fake_engine import FakeEngine

# A page's own cart, as its scripts may have it.
CART = """<script>
window.lines = []; window.refuses = false;
const lend = () => shoptalk.page({ cart: {
  currency: "EUR", url: "/basket", lines: () => lines,
  set: async (sku, quantity, product) => {
    if (refuses) throw new Error("sold out meanwhile");
    lines = lines.filter(one => one.sku !== sku);
    if (quantity) lines.push({ ...product, sku, quantity });
  } } });
addEventListener("shoptalk:ready", lend);
</script>"""


@pytest.fixture
def boots(settings: Settings, web: WebProcess, engine: FakeEngine) -> list[dict]:
    """The assistant shows a boot in variants, a shoe and a hat, which are in the catalogue."""
    path = settings.shop_dir / "boots.csv"
    path.write_text(HEADER + ROWS)
    ingest(path, settings.catalogue_dir, currency="EUR", embedder=FakeEmbedder())
    catalogue = Catalogue(generation_folder(settings.catalogue_dir))
    found = [catalogue.get(sku) for sku in ("BOOT", "SHOE", "HAT")]
    engine.shows["boots"] = [card(one, "EUR") for one in found if one]
    return engine.shows["boots"]


def chosen(page: Page, title: str, text: str = "boots") -> Locator:
    """Ask for boots, and begin to buy one: its card."""
    say_and_wait(page, text)
    one = page.locator(".cards > li").filter(has=page.locator(".title", has_text=title))
    one.get_by_role("button", name=f"Add to cart: {title}").click()
    expect(one.locator("form")).to_be_visible()
    return one


@pytest.mark.parametrize("page", [WIDE, PHONE], indirect=True)
def test_a_variant_is_chosen_and_is_in_the_pages_cart(
    page: Page, site: Site, boots: list[dict]
) -> None:
    page.goto(site.page("/", "<main><h1>A shop</h1></main>", CART))
    launch(page)
    boot = chosen(page, "Ridge Boot")
    size = boot.get_by_label("Size")
    expect(boot.get_by_label("Colour")).to_be_focused()
    assert size.locator("option").all_text_contents() == ["42", "43 (sold out)"]
    assert size.locator("option[disabled]").all_text_contents() == ["43 (sold out)"]
    expect(boot.locator("form .price")).to_have_text("€129")
    assert faults(page) == []
    boot.get_by_label("Colour").select_option("black")
    expect(size).to_have_value("43")
    assert size.locator("option[disabled]").all_text_contents() == ["42 (sold out)"]
    expect(boot.locator("form .price")).to_have_text("€139")
    boot.get_by_label("Quantity").fill("2")
    boot.get_by_role("button", name="Add to cart", exact=True).click()
    expect(boot.get_by_role("status")).to_contain_text("In your cart: 2 × Ridge Boot (black, 43)")
    boot.get_by_role("button", name="Add to cart", exact=True).click()
    page.wait_for_function("lines[0].quantity === 4")
    lines = page.evaluate("lines")
    assert [(one["sku"], one["product"], one["price"]) for one in lines] == [("BOOT-BK-43", "BOOT", 139)]  # fmt: skip
    boot.get_by_label("Quantity").fill("9")  # of five
    boot.get_by_role("button", name="Add to cart", exact=True).click()
    assert page.evaluate("lines[0].quantity") == 4


def test_what_is_no_more_cannot_be_bought(
    page: Page, site: Site, boots: list[dict], settings: Settings
) -> None:
    page.goto(site.page("/", "<h1>A shop</h1>", CART))
    launch(page)
    say_and_wait(page, "boots")
    path = settings.shop_dir / "boots.csv"
    path.write_text(HEADER + ROWS.replace("139,,5", "139,,0").replace(",39,,4", ",39,,0"))
    ingest(path, settings.catalogue_dir, currency="EUR", embedder=FakeEmbedder())
    cards = page.locator(".cards > li")
    cards.nth(2).get_by_role("button", name="Add to cart").click()
    expect(cards.nth(2).get_by_role("button", name="Add to cart", exact=True)).to_be_disabled()
    cards.nth(0).get_by_role("button", name="Add to cart").click()
    colours = cards.nth(0).get_by_label("Colour").locator("option")
    expect(colours).to_have_text(["brown", "black (sold out)"])


def test_a_cart_that_refuses_is_said_and_a_link_leads_to_the_page(
    page: Page, site: Site, boots: list[dict], web: WebProcess
) -> None:
    page.goto(site.page("/", "<h1>A shop</h1>", CART))
    launch(page)
    page.evaluate("refuses = true")
    hat = chosen(page, "Felt Hat")
    hat.get_by_role("button", name="Add to cart", exact=True).click()
    expect(hat.get_by_role("status")).to_contain_text("couldn't be added")
    expect(hat.get_by_role("link", name="Buy on its page")).to_have_attribute(
        "href", f"{web.url}/shop/products/HAT"
    )


def test_a_page_without_a_cart_has_a_link_that_it_may_take(
    page: Page, site: Site, boots: list[dict], web: WebProcess
) -> None:
    page.goto(site.page("/", "<h1>A shop</h1>"))
    launch(page)
    boot = chosen(page, "Ridge Boot")
    boot.get_by_label("Colour").select_option("black")
    link = boot.get_by_role("link", name="Buy on its page")
    expect(link).to_have_attribute("href", f"{web.url}/shop/products/BOOT-BK-43")
    page.evaluate("void shoptalk.on('add', (one, event) => { event.preventDefault(); window.added = one })")  # fmt: skip
    link.click()
    expect(boot.get_by_role("status")).to_contain_text("In your cart: 1 × Ridge Boot (black, 43)")
    added = page.evaluate("added")
    assert (added["sku"], added["quantity"], added["currency"]) == ("BOOT-BK-43", 1, "EUR")
    assert len(page.context.pages) == 1


@pytest.mark.parametrize("page", [WIDE, SMALL], indirect=True)
def test_the_demo_shops_cart_is_filled_and_changed_in_the_chat(
    page: Page, web: WebProcess, boots: list[dict]
) -> None:
    page.goto(web.url)
    launch(page)
    hat = chosen(page, "Felt Hat")
    hat.get_by_role("button", name="Add to cart", exact=True).click()
    expect(page.locator(".cart-count")).to_have_text("1")
    hat.get_by_role("button", name="Your cart").click()
    cart = page.get_by_role("group", name="Your cart")
    expect(cart.get_by_role("status")).to_have_text("Total €39.00")
    many = cart.get_by_label("How many: Felt Hat")
    expect(many).to_be_focused()
    many.fill("3")
    many.press("Tab")
    expect(cart.get_by_role("status")).to_have_text("Total €117.00")
    expect(page.locator(".cart-count")).to_have_text("3")
    assert faults(page) == []
    box = cart.bounding_box()
    assert box and box["x"] >= 0 and box["x"] + box["width"] <= width_of(page)
    cart.get_by_role("button", name="Take out Felt Hat").click()
    expect(cart).to_contain_text("There's nothing in your cart.")
    expect(page.locator(".cart-count")).to_be_hidden()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="More", exact=True).click()
    expect(page.get_by_role("menuitem", name="Your cart")).to_be_visible()
