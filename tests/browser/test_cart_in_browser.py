"""The storefront's cart has lines of variants."""

from playwright.sync_api import Page, expect

from bot.settings import Settings
from recommender.catalogue.ingest import ingest
from tests.recommender.fakes import FakeEmbedder
from tests.recommender.test_variants import HEADER, ROWS
from tests.web.conftest import WebProcess


def test_each_variant_is_a_line_of_its_own(page: Page, web: WebProcess, settings: Settings) -> None:
    path = settings.shop_dir / "boots.csv"
    path.write_text(HEADER + ROWS)
    ingest(path, settings.catalogue_dir, currency="EUR", embedder=FakeEmbedder())
    page.goto(f"{web.url}/shop/products/BOOT")
    page.get_by_role("button", name="Add to cart").click()
    page.get_by_label("Choose").select_option("BOOT-BK-43")
    page.get_by_role("button", name="Add to cart").click()
    page.get_by_role("button", name="Add to cart").click()
    expect(page.locator(".cart-count")).to_have_text("3")
    page.goto(f"{web.url}/shop/cart")
    lines = page.locator("#cart li")
    expect(lines).to_have_count(2)
    expect(lines.first).to_contain_text("Ridge Boot (black, 43)")
    expect(lines.first).to_contain_text("278")
    expect(page.locator(".total")).to_contain_text("407")
