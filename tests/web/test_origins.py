"""The sites that may show the chat, as shop.yml names them."""

import httpx
import pytest

from bot.errors import ConfigError
from bot.settings import Settings
from bot.settings.shop import load_shop
from recommender.catalogue.ingest import ingest
from tests.recommender.fakes import FakeEmbedder
from tests.web.conftest import WebProcess
from tests.web.fake_engine import FakeEngine

OURS, OTHER, FOREIGN = "https://www.shop.example", "http://localhost:3000", "https://evil.example"


def name_origins(settings: Settings, *origins: str) -> None:
    path = settings.shop_file
    text = path.read_text(encoding="utf-8")
    assert "\n  starters:" in text
    path.write_text(text.replace("\n  starters:", f"\n  origins: {list(origins)}\n  starters:", 1))


@pytest.mark.parametrize(
    "origin", ["shop.example", "https://shop.example/", "https://Shop.example", "*", "null"]
)
def test_what_is_no_origin_is_named(settings: Settings, origin: str) -> None:
    name_origins(settings, origin)
    with pytest.raises(ConfigError, match="no slash at the end"):
        load_shop(settings.shop_file)


def test_only_the_sites_of_the_list_can_use_the_chat(
    settings: Settings, engine: FakeEngine
) -> None:
    name_origins(settings, OURS, OTHER)
    ingest(settings.shop_dir / "products.csv", settings.catalogue_dir, embedder=FakeEmbedder())
    web = WebProcess(settings, engine.port)
    try:
        with httpx.Client(base_url=web.url, trust_env=False, timeout=60) as http:

            def ask(method: str, path: str, origin: str, token: str = "", **more) -> httpx.Response:
                headers = {"Authorization": f"Bearer {token}"} if token else {}
                if origin:
                    headers["Origin"] = origin
                return http.request(method, path, headers=headers, **more)

            made = ask("POST", "/chat/session", OURS)
            assert made.status_code == 201
            assert made.headers["access-control-allow-origin"] == OURS
            assert "Origin" in made.headers["vary"]
            token = made.json()["token"]
            message = {"id": "message-1", "text": "hello"}

            for origin in (FOREIGN, "null", f"{OURS}.evil.example"):
                for method, path in (
                    ("OPTIONS", "/chat/session"), ("POST", "/chat/session"),
                    ("GET", "/chat/messages"), ("GET", "/chat/stream"), ("GET", "/widget/config"),
                ):  # fmt: skip
                    refused = ask(method, path, origin, token)
                    assert refused.status_code == 403, (method, path)
                    assert "widget: origins:" in refused.json()["error"]
                assert ask("POST", "/chat/messages", origin, token, json=message).status_code == 403

            # made on one site, a conversation can't be opened from another, listed or not
            assert ask("POST", "/chat/messages", OTHER, token, json=message).status_code == 401
            assert ask("POST", "/chat/messages", OURS, token, json=message).status_code == 202
            assert ask("GET", "/chat/messages", "", token).status_code == 200
            assert ask("GET", "/widget/config", OURS).status_code == 200
    finally:
        web.kill()
