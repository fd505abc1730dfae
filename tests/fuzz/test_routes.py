"""Every route of the web process, whatever is sent to it: refused or answered, never a fault.

The cases come from the app's own table of routes. An OpenAPI document for a tool such as
schemathesis exists for the console alone (bot/web/console/openapi.py, made from the same table), and
one for the rest would have to be kept by hand, for the tests alone. This way a new route is tried
without anybody thinking of it, and a new kind of part in an address fails here until it has samples.
Names of fields, and values that get somewhere, are the quoted words of the module that has the
route.
"""

import inspect
import json
import re
import shutil
import socket
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.paths import REPOSITORY
from bot.settings import read_settings
from bot.staff.accounts import StaffStore, hash_password
from bot.staff.asked import Asked
from bot.staff.requests import RequestStore
from bot.surveys.links import Links
from bot.web.app import create_app
from recommender.catalogue.ingest import ingest
from tests.console.transcripts import keep, replied, said
from tests.fuzz import CASES, texts, values
from tests.fuzz.odd import NO_JSON
from tests.recommender.fakes import FakeEmbedder
from tests.web.conftest import WebProcess
from tests.web.fake_engine import FakeEngine

DEMO = REPOSITORY / "bot" / "demo"
PART = re.compile(r"<(\w+):(\w+)>")
WORD = re.compile(r'"([a-z][A-Za-z_-]{0,24})"')
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
CONVERSATION, PASSWORD = "a" * 32, "correct horse battery"
INSIDE = ("Traceback", 'File "', "site-packages", "sqlite3.", "bot/web", str(REPOSITORY))
# What the parts of addresses can be, so that a case gets behind "there is no such thing".
SAMPLES: dict[str, tuple[str, ...]] = {
    "conversation": (CONVERSATION,),
    "message": ("m1", "m2"),
    "reference": ("R-2222-BBBB",),
    "login": ("adam", "ann"),
    "name": ("recommend", "searches", "topics", "console.css", "returns", "chat.js", "shop.css"),
    "table": ("days", "products"),
    "kind": ("csv", "xlsx"),
    "topic": ("1",),
    "number": ("1",),
    "token": (),  # a survey's, made for the shop
    "begun": (),
    "sku": ("J1", "M1"),
    "path": (
        "pictures/mug.svg",
        "../shop.yml",
        "policies/returns.md",
        "x" * 300 + ".svg",
        "\0.svg",
    ),
    "asked": ("1", "dev"),
    "picture": ("x", "1"),
}


READS_JSON = re.compile(r"\b(?:read_json|fields?)\(")  # a handler, or …
READS_FORM = re.compile(r"\b_fields\(|request\.form")  # … a form alone
ODD = (b"\xff\xfe", b"caf\xe9", b"\xed\xa0\x80")  # bytes that aren't UTF-8


class Route(NamedTuple):
    """A route: what its address is made of, its method, words that its module knows, and what its
    handler reads of a body: json (or a form), form, or nothing.
    """

    path: str
    method: str
    words: tuple[str, ...]
    reads: str

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def routes() -> list[Route]:
    """All routes that the web process has, by address."""
    app = create_app(read_settings({"SHOPTALK_SHOP": str(DEMO / "shop.yml")}), "every_route")
    found = []
    for route in app.router.routes:
        module = sys.modules[inspect.unwrap(route.handler).__module__]
        words = tuple(sorted(set(WORD.findall(inspect.getsource(module)))))
        source = inspect.getsource(inspect.unwrap(route.handler))
        reads = "json" if READS_JSON.search(source) else "form" if READS_FORM.search(source) else ""
        found += [
            Route(f"/{route.path}", method, words, "" if method in ("GET", "HEAD") else reads)
            for method in sorted(route.methods)
        ]
    return sorted(found)


ROUTES = routes()
EACH = max(3, -(-CASES // len(ROUTES)))  # cases of a route, in all at least CASES


class Shop:
    """A shop with a customer, a conversation, a survey and an admin; `ask` asks as any of them."""

    def __init__(self, folder: Path) -> None:
        ignored = shutil.ignore_patterns("var", "__pycache__")
        shutil.copytree(DEMO, folder, ignore=ignored)
        self.settings = read_settings({"SHOPTALK_SHOP": str(folder / "shop.yml")})
        ingest(folder / "products.csv", self.settings.catalogue_dir, embedder=FakeEmbedder())
        now = time.time()
        keep(
            self.settings, CONVERSATION,
            said("a warm jacket", "m1", now - 90, "search_products", 0.95, 0.1),
            replied("Here you are", now - 89, ("J1",)),
            said("that is terrible", "m2", now - 60, "complaint", 0.3, -0.8),
        )  # fmt: skip
        staff = StaffStore(self.settings.staff_db)
        asked = Asked("return", "R-2222-BBBB", now, email="anna@example.com", order="HF-1")
        RequestStore(staff.db).add(CONVERSATION, asked)
        staff.close()
        links = Links(self.settings.secrets)
        survey = links.path("recommend").rpartition("/")[2]
        self.samples = {**SAMPLES, "token": (survey,), "begun": (links.begun("r" * 24, now),)}
        self.engine = FakeEngine(self.settings.secrets().engine_token)
        self.web = WebProcess(self.settings, self.engine.port, module="tests.fuzz.unlimited_web")
        self.http = httpx.Client(base_url=self.web.url, trust_env=False, timeout=30)
        self.customer = self.http.post("/chat/session").json()["token"]
        self.csrf = ""

    def sign_in(self) -> None:
        """Be an admin, a new one when a case has ended the session or removed the account."""
        known = self.http.get("/console/session", headers={"Accept": "application/json"})
        if known.status_code == 200:
            return
        login = f"admin-{uuid.uuid4().hex[:8]}"
        store = StaffStore(self.settings.staff_db)
        store.add(login, "Admin", "admin", "one-time password")
        store.set_password(login, hash_password(PASSWORD), must_change=False)
        store.close()
        self.http.cookies.clear()
        self.http.post("/console/sign-in", data={"login": login, "password": PASSWORD})
        known = self.http.get("/console/session", headers={"Accept": "application/json"})
        self.csrf = known.json()["token"]

    def ask(self, case: "Case") -> tuple[int, str]:
        """Status and beginning of the answer; a stream is left once it has begun."""
        headers = {name: value for name, value in case.headers if value}
        if case.known:
            headers["Authorization"] = f"Bearer {self.customer}"
            headers["X-CSRF"] = self.csrf
        cookies = None if case.known else {"shoptalk_staff": "nobody"}
        request = self.http.build_request(
            case.method, case.address, content=case.body, headers=headers, cookies=cookies
        )
        answer = self.http.send(request, stream=True)
        try:
            if answer.headers.get("content-type", "").startswith("text/event-stream"):
                return answer.status_code, ""
            return answer.status_code, answer.read().decode("utf-8", "replace")
        finally:
            answer.close()

    def raw(self, method: str, address: bytes, **headers: bytes) -> int:
        """The status of an answer to a request of any bytes."""
        lines = [b"%s %s HTTP/1.1" % (method.encode(), address), b"Host: shop"]
        lines += [
            b"%s: %s" % (name.replace("_", "-").encode(), value) for name, value in headers.items()
        ]
        with socket.create_connection(("127.0.0.1", self.web.port), timeout=30) as line:
            line.sendall(b"\r\n".join([*lines, b"", b""]))
            return int(line.makefile("rb").readline().split()[1])

    def close(self) -> None:
        self.http.close()
        self.web.kill()
        self.engine.stop()


class Case(NamedTuple):
    """A request; `known` ones have the customer's token and the admin's session."""

    method: str
    address: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    known: bool


plain = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=40)


def case(draw: Any, route: Route, samples: dict[str, tuple[str, ...]], method: str = "") -> Case:
    """A request to a route, with what its module knows and with anything else."""
    words = st.sampled_from(route.words)
    given = st.one_of(words, texts)

    def part(found: "re.Match[str]") -> str:
        choices = st.sampled_from([*samples[found[1]], *route.words])
        return quote(
            draw(st.one_of(choices, choices, texts)), safe="" if found[2] == "str" else "/"
        )

    address = PART.sub(part, route.path)
    query = draw(st.dictionaries(words, given, max_size=3))
    fields = st.dictionaries(words, st.one_of(given, values), max_size=6)
    kind, body = draw(
        st.one_of(
            fields.map(lambda one: ("application/json", json.dumps(one).encode())),
            st.dictionaries(words, given, max_size=6).map(
                lambda one: ("application/x-www-form-urlencoded", urlencode(one).encode())
            ),
            values.map(lambda one: ("application/json", json.dumps(one).encode())),
            st.tuples(plain, st.binary(max_size=200)),
        )
    )
    headers = (
        ("Content-Type", kind),
        ("Accept", draw(st.sampled_from(["application/json", "text/html", ""]))),
        *draw(st.dictionaries(st.sampled_from(["Origin", "Last-Event-ID"]), plain, max_size=1)).items(),
    )  # fmt: skip
    return Case(
        method or route.method, address + (f"?{urlencode(query)}" if query else ""), headers, body,
        draw(st.integers(0, 3)) > 0,
    )  # fmt: skip


def is_answered_well(shop: Shop, case: Case) -> None:
    status, text = shop.ask(case)
    # The processes behind web aren't there: /ready says so.
    assert status < 500 or (status == 503 and case.address.startswith("/ready")), (status, text)
    assert not [word for word in INSIDE if word in text], text[:500]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    shop = Shop(tmp_path_factory.mktemp("routes") / "shop")
    yield shop
    assert shop.http.get("/health").status_code == 200
    shop.close()


@pytest.mark.parametrize("route", ROUTES, ids=str)
@settings(max_examples=EACH)
@given(data=st.data())
def test_every_route(shop: Shop, route: Route, data: st.DataObject) -> None:
    if route.path.startswith("/console"):
        shop.sign_in()
    is_answered_well(shop, case(data.draw, route, shop.samples))


@given(data=st.data(), route=st.sampled_from(ROUTES), method=st.sampled_from(METHODS))
def test_methods_that_a_route_may_not_have(
    shop: Shop, data: st.DataObject, route: Route, method: str
) -> None:
    is_answered_well(shop, case(data.draw, route, shop.samples, method))


def filled(route: Route, samples: dict[str, tuple[str, ...]]) -> str:
    """An address of a route, with the first sample for each of its parts."""
    return PART.sub(lambda found: quote(samples[found[1]][0]), route.path)


@pytest.mark.parametrize("route", [one for one in ROUTES if one.reads], ids=str)
def test_no_route_takes_what_is_no_json_or_no_form(shop: Shop, route: Route) -> None:
    address = filled(route, shop.samples)
    if route.path.startswith("/console"):
        shop.sign_in()
    for kind, bodies in (
        ("application/json", NO_JSON if route.reads == "json" else ()),
        ("application/x-www-form-urlencoded", (b"title=\xff", b"text=%ff&title=x")),
    ):
        for body in bodies:
            case = Case(route.method, address, (("Content-Type", kind),), body, True)
            status, text = shop.ask(case)
            assert 400 <= status < 500, (kind, body[:40], status, text[:200])


@pytest.mark.parametrize("route", ROUTES, ids=str)
def test_bytes_that_are_not_utf8(shop: Shop, route: Route) -> None:
    address = filled(route, shop.samples).encode()
    for odd in ODD:
        headers = {
            "Authorization": b"Bearer " + odd, "Cookie": b"shoptalk_staff=" + odd, "X_CSRF": odd,
            "Origin": b"http://" + odd, "Referer": odd, "Accept": odd, "Accept_Language": odd,
            "Last_Event_ID": odd, "If_None_Match": odd, "User_Agent": odd, "X_Forwarded_For": odd,
            "Content_Type": odd,
        }  # fmt: skip
        status = shop.raw(route.method, address, **headers)
        assert status < 500 or (status == 503 and route.path == "/ready"), odd
        many = b"; ".join(b"a%d=%s" % (number, odd) for number in range(500))
        assert shop.raw(route.method, address, Cookie=many) < 500 or route.path == "/ready"
        escaped = quote(odd).encode()
        for place in (
            address + b"?q=" + odd,
            address + b"?next=" + escaped,
            address + b"/" + escaped,
        ):
            assert shop.raw(route.method, place) == 400, place


def test_routes_that_read_bodies_are_known_as_such(shop: Shop) -> None:
    json_too = {str(one) for one in ROUTES if one.reads == "json"}
    assert json_too >= {
        "POST /chat/messages", "POST /chat/events", "POST /chat/identify", "POST /console/sign-in",
    }  # fmt: skip
    assert len(json_too) > 20


def test_each_part_of_an_address_has_samples(shop: Shop) -> None:
    parts = {name for route in ROUTES for name, _ in PART.findall(route.path)}
    assert parts == set(SAMPLES) and all(shop.samples.values())
