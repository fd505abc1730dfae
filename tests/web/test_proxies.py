"""Limits count customers by their own address, which only the shop's own proxy may tell."""

import httpx
import pytest

from bot.settings import Settings
from recommender.ingest import ingest
from tests.recommender.fakes import FakeEmbedder
from tests.web.conftest import WebProcess
from tests.web.fake_engine import FakeEngine


@pytest.mark.parametrize("proxies, status", [("1", 201), ("0", 429)])
def test_an_address_in_a_header_counts_only_behind_a_proxy(
    settings: Settings, engine: FakeEngine, proxies: str, status: int
) -> None:
    ingest(settings.shop_dir / "products.csv", settings.catalogue_dir, embedder=FakeEmbedder())
    web = WebProcess(settings, engine.port, SHOPTALK_PROXIES=proxies)
    try:
        with httpx.Client(base_url=web.url, trust_env=False) as client:

            def begin(forwarded: str) -> int:
                headers = {"X-Forwarded-For": forwarded}
                return client.post("/chat/session", headers=headers).status_code

            # a made-up address in front doesn't help: the proxy adds the real one at the end
            answers = [begin(f"10.0.0.{number}, 192.0.2.1") for number in range(60)]
            assert answers[0] == 201 and answers[-1] == 429
            assert begin("192.0.2.2") == status
    finally:
        web.kill()
