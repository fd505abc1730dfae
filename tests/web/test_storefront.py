"""The storefront's pages, and what it must not give away."""

import re
from pathlib import Path

import httpx
import pytest

from bot.colours import readable_on
from bot.settings import Settings
from bot.web.storefront.markdown import to_html
from recommender.baskets.bought_together import OrderLine
from recommender.catalogue.ingest import ingest
from tests.recommender.fakes import FakeEmbedder
from tests.recommender.test_variants import HEADER, ROWS
from tests.web.conftest import WebProcess


def get(web: WebProcess, path: str) -> httpx.Response:
    return httpx.get(web.url + path, trust_env=False, timeout=60)


def test_the_listing_has_products_categories_and_the_widget(web: WebProcess) -> None:
    page = get(web, "/shop/products").text
    assert "Storm Jacket" in page and "8 products" in page
    assert '<script src="/widget/loader.js" async></script>' in page
    assert "2 products" in get(web, "/shop/products?category=Kitchen+%3E+Mugs").text


@pytest.mark.parametrize("page", ["%C2%B2", "%D9%A3", "0", "-1", "9" * 5000, "x"])
def test_an_odd_number_of_a_page_is_the_first_page(web: WebProcess, page: str) -> None:
    assert "8 products" in get(web, f"/shop/products?page={page}").text


def test_the_home_page_has_categories_and_picks(web: WebProcess) -> None:
    page = get(web, "/").text
    assert "/shop/products?category=Kitchen" in page and page.count('class="price"') >= 3
    assert "Free delivery from €50.00" in page


def test_without_its_model_the_search_goes_by_words(web: WebProcess) -> None:
    """The fixture's catalogue names a model that there isn't."""
    assert "3 products" in get(web, "/shop/products?q=jacket").text
    assert "Nothing found" in get(web, "/shop/products?q=submarine").text


def test_a_product_shows_similar_ones_and_can_be_bought(web: WebProcess) -> None:
    for _ in range(30):  # the page doesn't wait for a recommender that still loads
        page = get(web, "/shop/products/J1").text
        if "Similar products" in page:
            break
    assert "Similar products" in page and page.count('class="brand"') > 3
    assert 'data-sku="J1"' in page and 'data-price="120' in page
    assert "Add to cart" not in get(web, "/shop/products/M2").text  # sold out


def test_a_product_shows_what_is_bought_with_it(web: WebProcess, settings: Settings) -> None:
    orders = [OrderLine(f"c{n}", f"{n}", sku, n) for n in range(6) for sku in ("T1", "M1")]
    products = settings.shop_dir / "products.csv"
    ingest(products, settings.catalogue_dir, embedder=FakeEmbedder(), orders=orders)
    for _ in range(30):  # the page doesn't wait for a recommender that still loads
        page = get(web, "/shop/products/T1").text
        if "Goes well with it" in page:
            break
    assert "Bought together by 6 customers, in stock" in page


@pytest.mark.parametrize(
    "query", ["%22+OR+*", "NEAR(", "a%00b", "%3Cscript%3Ealert(1)%3C/script%3E"]
)
def test_hostile_searches_are_only_words(web: WebProcess, query: str) -> None:
    answer = get(web, f"/shop/products?q={query}")
    assert answer.status_code == 200 and "<script>alert" not in answer.text


def test_a_product_has_its_page(web: WebProcess) -> None:
    page = get(web, "/shop/products/J1").text
    assert "€120.00" in page and "navy, black" in page and "Waterproof" in page
    missing = get(web, "/shop/products/none")
    assert missing.status_code == 404 and "Back to the shop" in missing.text


def test_a_product_in_variants_lets_choose_one(web: WebProcess, settings) -> None:
    path = settings.shop_dir / "boots.csv"
    path.write_text(HEADER + ROWS)
    ingest(path, settings.catalogue_dir, currency="EUR", embedder=FakeEmbedder())
    page = get(web, "/shop/products/BOOT").text
    assert "from €129.00" in page
    options = {line.split('"')[1]: line for line in re.findall(r"<option [^>]*>", page)}
    assert list(options) == ["BOOT-BR-42", "BOOT-BR-43", "BOOT-BK-43"]
    assert "disabled" in options["BOOT-BR-43"] and 'data-price="139"' in options["BOOT-BK-43"]
    chosen = get(web, "/shop/products/BOOT-BK-43")
    assert chosen.status_code == 200 and re.search(r'value="BOOT-BK-43"[^>]* selected', chosen.text)
    assert "<select" not in get(web, "/shop/products/HAT").text


def test_catalogue_text_is_escaped(web: WebProcess, settings) -> None:
    path = settings.shop_dir / "evil.csv"
    path.write_text(
        'sku,title,brand,category\n"a/b","1 &lt;img src=x onerror=alert(1)&gt;","x"" onload=""y",A\n'
    )
    ingest(path, settings.catalogue_dir, embedder=FakeEmbedder())
    for address in ("/", "/shop/products/a%2Fb"):
        page = get(web, address)
        assert page.status_code == 200 and "<img src=x" not in page.text
        assert "&lt;img src=x" in page.text and 'x" onload' not in page.text


def test_a_new_catalogue_shows_without_a_restart(web: WebProcess, settings) -> None:
    path = settings.shop_dir / "products.csv"
    path.write_text(path.read_text() + "N1,Brand-new Lamp,,,Home,9,EUR,,,,1,,,\n")
    ingest(path, settings.catalogue_dir, embedder=FakeEmbedder())
    assert "Brand-new Lamp" in get(web, "/shop/products?q=lamp").text


def test_policies_are_shown(web: WebProcess) -> None:
    assert "30 days" in get(web, "/shop/policies/returns").text
    assert get(web, "/shop/policies/secrets").status_code == 404


@pytest.mark.parametrize(
    "path",
    ["shop.yml", "orders.csv", "products.csv", "var/secrets.json", "../demo/shop.yml", "..%2F..%2FREADME.md", "%2Fetc%2Fpasswd", "policies/returns.md", "a%00.svg", "x" * 300 + ".svg"],
)  # fmt: skip
def test_only_pictures_of_the_shop_are_served(web: WebProcess, path: str) -> None:
    answer = get(web, f"/shop/files/{path}")
    assert answer.status_code == 404


def test_a_picture_is_served_without_its_scripts(web: WebProcess, settings) -> None:
    (settings.shop_dir / "pictures").mkdir()
    (settings.shop_dir / "pictures" / "a.svg").write_text(
        "<svg xmlns='http://www.w3.org/2000/svg'/>"
    )
    answer = get(web, "/shop/files/pictures/a.svg")
    assert answer.status_code == 200 and "sandbox" in answer.headers["content-security-policy"]


def test_pages_allow_no_foreign_scripts(web: WebProcess) -> None:
    policy = get(web, "/").headers["content-security-policy"]
    assert "default-src 'self'" in policy and "unsafe" not in policy
    assert get(web, "/").headers["x-content-type-options"] == "nosniff"


def test_the_health_says_whether_the_dialogue_is_there(web: WebProcess, engine) -> None:
    assert get(web, "/ready").json() == {"dialogue": "ok", "actions": "away"}
    engine.stop()
    assert get(web, "/ready").json() == {"dialogue": "away", "actions": "away"}
    assert get(web, "/ready").status_code == 503 and get(web, "/health").status_code == 200
    engine.start()


def test_markdown_is_escaped_first() -> None:
    assert to_html("# A <b>\n\n- **x**\n- y\n\n1. z\n\np & q") == (
        '<h1 id="a-b">A &lt;b&gt;</h1>\n<ul><li><strong>x</strong></li><li>y</li></ul>\n'
        "<ol><li>z</li></ol>\n<p>p &amp; q</p>"
    )


@pytest.mark.parametrize(("colour", "text"), [("#000000", "#ffffff"), ("#ffe08a", "#1b1f1d")])
def test_text_on_the_shops_colour_is_readable(colour: str, text: str) -> None:
    assert readable_on(colour) == text


def test_the_widget_knows_the_shop(web: WebProcess) -> None:
    config = get(web, "/widget/config").json()
    assert config["assistant"] == "Finn" and config["privacy"] == "/shop/policies/privacy"
    assert config["colours"]["colour"] == "#2f5d50" and config["texts"]["send"] == "Send"
    assert get(web, "/widget/loader.js").headers["access-control-allow-origin"] == "*"
    assert get(web, "/widget/x/main.js").headers["access-control-allow-origin"] == "*"
    for path in ("../app.py", "x/..%2F__init__.py", "x/none.js"):
        assert get(web, f"/widget/{path}").status_code == 404


def test_the_web_process_loads_neither_rasa_nor_torch() -> None:
    import subprocess
    import sys

    code = "import sys, bot.web.app; print([m for m in ('rasa','torch','tensorflow','faiss') if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("text", ["", "\n \n"])
def test_an_empty_page_is_shown_empty(text: str) -> None:
    assert to_html(text) == ""
