"""The shop's own pages instead of the storefront's."""

from collections.abc import Callable, Iterator

import httpx
import pytest

from bot.errors import ConfigError
from bot.settings import Settings, read_settings
from recommender.catalogue.ingest import ingest
from tests.recommender.fakes import FakeEmbedder
from tests.web.conftest import WebProcess
from tests.web.conftest import engine as engine
from tests.web.fake_engine import FakeEngine

SHIPPING = "https://shop.example/delivery"


@pytest.fixture
def served(settings: Settings, engine: FakeEngine) -> Iterator[Callable[..., WebProcess]]:
    """A web process whose shop.yml has other lines: old to new."""
    started = []

    def serving(lines: dict[str, str]) -> WebProcess:
        text = settings.shop_file.read_text()
        for old, new in lines.items():
            assert old in text
            text = text.replace(old, new, 1)
        settings.shop_file.write_text(text)
        ingest(settings.shop_dir / "products.csv", settings.catalogue_dir, embedder=FakeEmbedder())
        started.append(WebProcess(settings, engine.port))
        return started[-1]

    yield serving
    for web in started:
        web.kill()


OWN_PAGE = {
    "\n  shipping: policies/shipping.md": f"\n  shipping: {{file: policies/shipping.md, url: {SHIPPING}}}"
}
NO_STOREFRONT = {'\nurl: ""': "\nurl: https://shop.example\nstorefront: false"}


def leads_to(web: WebProcess, path: str) -> str | int:
    """Where a page leads, or with which status it is shown."""
    answer = httpx.get(web.url + path, trust_env=False)
    return answer.headers.get("location", answer.status_code)


def test_a_link_to_a_policy_leads_to_the_shops_own_page(served) -> None:
    web = served(OWN_PAGE)
    assert leads_to(web, "/shop/policies/shipping") == SHIPPING
    assert leads_to(web, "/shop/policies/returns") == 200
    assert leads_to(web, "/") == 200


def test_without_the_storefront_all_of_it_leads_to_the_shop(served, settings: Settings) -> None:
    (settings.shop_dir / "mug.png").write_bytes(b"\x89PNG")
    web = served({**OWN_PAGE, **NO_STOREFRONT})
    assert leads_to(web, "/shop/policies/shipping") == SHIPPING
    for path in (
        "/",
        "/shop/products",
        "/shop/products/J1",
        "/shop/cart",
        "/shop/policies/returns",
    ):
        assert leads_to(web, path) == "https://shop.example", path
    assert leads_to(web, "/shop/files/mug.png") == 200
    assert leads_to(web, "/widget/loader.js") == 200
    missing = httpx.get(web.url + "/elsewhere", trust_env=False)
    assert missing.status_code == 404 and "<" not in missing.text


def test_without_the_storefront_the_shop_must_be_somewhere(settings: Settings) -> None:
    text = settings.shop_file.read_text()
    settings.shop_file.write_text(text.replace("\nurl:", "\nstorefront: false\nurl:"))
    with pytest.raises(ConfigError, match="storefront: without the storefront, url must say"):
        read_settings({"SHOPTALK_SHOP": str(settings.shop_file)})
