"""Limits count customers by their own address, which only the shop's own proxy may tell."""

from types import SimpleNamespace

import httpx
import pytest

from bot.guard.store import network_mark
from bot.privacy.vault import vault_in
from bot.settings import Settings
from bot.web.door.connections import CONNECTIONS_OF_ADDRESS, Connections
from bot.web.door.limits import network, network_of
from recommender.catalogue.ingest import ingest
from tests.recommender.fakes import FakeEmbedder
from tests.web.conftest import WebProcess
from tests.web.fake_engine import FakeEngine
from tests.web.test_chat import Customer


@pytest.mark.parametrize("proxies, status", [("1", 201), ("0", 428)])
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
            assert answers[0] == 201 and answers[-1] == 428  # a puzzle comes before it
            assert begin("192.0.2.2") == status
    finally:
        web.kill()


@pytest.mark.parametrize(
    ("address", "counts_as"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("192.0.2.2", "192.0.2.2"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::7]", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("192.0.2.1:4711", "192.0.2.1"),
        (" 192.0.2.1:4712 ", "192.0.2.1"),
        ("[2001:db8:1:2::7]:443", "2001:db8:1:2::/64"),
        ("[::ffff:192.0.2.1]:443", "192.0.2.1"),
        ("local", "local"),
        ("/run/shop.sock", "local"),
        ("", "local"),
    ],
)
def test_an_address_counts_as_its_network_and_never_by_its_port(
    address: str, counts_as: str
) -> None:
    assert network_of(address) == counts_as
    assert network(SimpleNamespace(remote_addr="", ip=address)) == counts_as
    assert network(SimpleNamespace(remote_addr=address, ip=address)) == counts_as


@pytest.mark.parametrize("forwarded", ["_hidden7", "unknown", "192.0.2.900", "a:b", "[", "1", ":"])
def test_what_a_proxy_says_that_is_no_address_leaves_the_connections_own(forwarded: str) -> None:
    assert network(SimpleNamespace(remote_addr=forwarded, ip="192.0.2.1")) == "192.0.2.1"


def test_connections_and_streams_of_an_ipv6_network_are_counted_together() -> None:
    door = Connections(by_address=True)
    taken = [door.enter(f"2001:db8::{n:x}") for n in range(CONNECTIONS_OF_ADDRESS + 1)]
    assert taken == [True] * CONNECTIONS_OF_ADDRESS + [False]
    assert door.enter("2001:db8:0:1::1")
    door.leave("2001:db8::ffff:1")  # any of the network
    assert door.enter("2001:db8::2:2") and not door.enter("2001:db8::2:3")


def test_new_conversations_of_an_ipv6_network_are_counted_together(
    settings: Settings, engine: FakeEngine
) -> None:
    ingest(settings.shop_dir / "products.csv", settings.catalogue_dir, embedder=FakeEmbedder())
    web = WebProcess(settings, engine.port, SHOPTALK_PROXIES="1")
    try:
        with httpx.Client(base_url=web.url, trust_env=False) as client:

            def begin(address: str) -> int:
                headers = {"X-Forwarded-For": address}
                return client.post("/chat/session", headers=headers).status_code

            answers = [begin(f"2001:db8:1:2:{n:x}::1") for n in range(60)]
            assert answers[0] == 201 and answers[-1] == 428  # a puzzle comes before it
            assert begin("2001:db8:1:3::1") == 201
    finally:
        web.kill()


def test_a_turn_says_which_network_it_came_from_and_never_the_address(
    settings: Settings, engine: FakeEngine
) -> None:
    ingest(settings.shop_dir / "products.csv", settings.catalogue_dir, embedder=FakeEmbedder())
    web = WebProcess(settings, engine.port, SHOPTALK_PROXIES="1")
    try:
        for address in ("2001:db8:1:2::1", "2001:db8:1:2::9", "192.0.2.7"):
            customer = Customer(web)
            customer.http.headers["X-Forwarded-For"] = address
            customer.send("hello")
            customer.events(2)
    finally:
        web.kill()
    vault = vault_in(settings.var)
    marks = [network_mark(vault, name) for name in ("2001:db8:1:2::/64", "192.0.2.7")]
    assert [turn["network"] for turn in engine.turns] == [marks[0], marks[0], marks[1]]
    assert "2001:db8" not in str(engine.turns) and "192.0.2" not in str(engine.turns)
