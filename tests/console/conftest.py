"""The web process with three people of the staff, one for each role."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.campaigns.office import Office
from bot.paths import REPOSITORY
from bot.settings import Settings, read_settings
from bot.staff.accounts import ROLES, StaffStore, hash_password
from tests.conftest import PRODUCTS
from tests.web.conftest import WebProcess
from tests.web.fake_engine import FakeEngine

PASSWORD = "correct horse battery"


class Person:
    """Somebody of the staff at the console, over HTTP."""

    def __init__(self, url: str, login: str = "", password: str = PASSWORD) -> None:
        self.http = httpx.Client(base_url=url, timeout=90, trust_env=False)
        self.login = login
        self.token = ""
        if login:
            answer = self.post("/console/sign-in", login=login, password=password)
            assert answer.status_code == 303, answer.text
            self.token = self.json("/console/session").get("token", "")

    def get(self, path: str, **params: Any) -> httpx.Response:
        return self.http.get(path, params=params or None)

    def post(self, path: str, **form: Any) -> httpx.Response:
        return self.http.post(path, data={"csrf": self.token, **form})

    def json(self, path: str, **params: Any) -> Any:
        answer = self.http.get(path, params=params or None, headers={"Accept": "application/json"})
        return answer.json() if answer.status_code < 300 else {}

    def api(self, path: str, **body: Any) -> httpx.Response:
        headers = {"Accept": "application/json", "X-CSRF": self.token}
        return self.http.post(path, json=body, headers=headers)


def add_staff(settings: Settings) -> None:
    """ann the agent, lea the analyst, adam the admin, all with PASSWORD; and bea, an agent."""
    store = StaffStore(settings.staff_db)
    hashed = hash_password(PASSWORD)
    for login, role in zip(("ann", "lea", "adam", "bea"), (*ROLES, "agent"), strict=True):
        store.add(login, login.title(), role, "one-time password")
        store.set_password(login, hashed, must_change=False)
    store.close()


def noon_zone() -> str:
    """A time zone where it is about noon, so that a moment ago and now are the same day."""
    return f"Etc/GMT{datetime.now(UTC).hour - 12:+d}"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A shop's folder that the tests of a module share."""
    folder: Path = tmp_path_factory.mktemp("console") / "shop"
    demo = REPOSITORY / "bot" / "demo"
    shutil.copytree(demo, folder, ignore=shutil.ignore_patterns("var", "pictures", "__pycache__"))
    (folder / "products.csv").write_text(PRODUCTS, encoding="utf-8")
    written = (folder / "shop.yml").read_text(encoding="utf-8")
    here = written.replace("Europe/Amsterdam", noon_zone())
    assert here != written
    (folder / "shop.yml").write_text(here, encoding="utf-8")
    return read_settings({"SHOPTALK_SHOP": str(folder / "shop.yml")})


@pytest.fixture(scope="module")
def engine(shop: Settings) -> Iterator[FakeEngine]:
    fake = FakeEngine(shop.secrets().engine_token)
    yield fake
    fake.stop()


@pytest.fixture(scope="module")
def web(shop: Settings, engine: FakeEngine) -> Iterator[WebProcess]:
    add_staff(shop)
    process = WebProcess(shop, engine.port)
    yield process
    process.kill()


@pytest.fixture(scope="module")
def people(web: WebProcess) -> dict[str, Person]:
    """Everyone signed in, by role; "nobody" isn't."""
    signed_in = {
        role: Person(web.url, login)
        for role, login in zip(ROLES, ("ann", "lea", "adam"), strict=True)
    }
    return {**signed_in, "nobody": Person(web.url), "bea": Person(web.url, "bea")}


@pytest.fixture
def lea(people: dict[str, Person]) -> Person:
    """The analyst."""
    return people["analyst"]


@pytest.fixture
def office(shop: Settings, lea: Person) -> Office:
    """The campaigns of the shop that the console has."""
    return Office.open(shop)
