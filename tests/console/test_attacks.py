"""Staff's passwords can't be guessed from many networks, nobody is kept out, and attacks are seen."""

from collections.abc import Iterator

import httpx
import pytest

from bot.guard.attacks import FLOOR, KINDS
from bot.guard.store import Guard
from bot.settings import Settings
from bot.staff.accounts import StaffStore
from bot.web.attacks import AttackWatch
from bot.web.console.accounts.sign_in import DEVICE_LIMIT, LOGIN_LIMIT
from tests.console.conftest import PASSWORD, Person
from tests.web.conftest import WebProcess
from tests.web.fake_engine import FakeEngine


@pytest.fixture
def proxied(shop: Settings, web: WebProcess, engine: FakeEngine) -> Iterator[WebProcess]:
    """The same shop's web process behind a proxy, so that tests come from many networks."""
    process = WebProcess(shop, engine.port, SHOPTALK_PROXIES="1")
    yield process
    process.kill()


def sign_in(
    web: WebProcess, network: str, login: str, password: str, device: str = ""
) -> httpx.Response:
    headers = {"X-Forwarded-For": network, "Accept": "application/json"}
    cookies = {"shoptalk_device": device} if device else {}
    form = {"login": login, "password": password}
    address = f"{web.url}/console/sign-in"
    return httpx.post(
        address, data=form, headers=headers, cookies=cookies, trust_env=False, timeout=90
    )


def test_a_login_is_guessed_at_no_more_from_many_networks_and_its_owner_gets_in(
    proxied: WebProcess, shop: Settings
) -> None:
    own = sign_in(proxied, "192.0.2.1", "adam", PASSWORD)
    cookie = own.headers["set-cookie"].split("shoptalk_device=")[1]
    device = cookie.split(";")[0]
    assert own.status_code == 200 and "HttpOnly" in cookie and "Path=/console/sign-in" in cookie
    tries = int(LOGIN_LIMIT[0]) + 3  # each from a network of its own
    answers = [
        sign_in(proxied, f"2001:db8:{n:x}::1", "adam", "a guess of mine").status_code
        for n in range(tries)
    ]
    assert answers.count(429) >= 3 and answers[-1] == 429 and answers[0] == 401
    elsewhere = sign_in(proxied, "198.51.100.1", "adam", PASSWORD)
    assert elsewhere.status_code == 429 and "signed in before" in elsewhere.text
    assert sign_in(proxied, "198.51.100.1", "adam", PASSWORD, device).status_code == 200
    # The device is its login's, nobody else's, and guesses no more than any other.
    assert sign_in(proxied, "198.51.100.2", "adam", PASSWORD, device[:-2] + "xx").status_code == 429
    assert sign_in(proxied, "198.51.100.3", "lea", PASSWORD, device).status_code == 200
    guesses = [
        sign_in(proxied, f"198.51.100.{n}", "adam", "a guess", device).status_code
        for n in range(DEVICE_LIMIT[0] + 2)
    ]
    assert 401 in guesses and guesses[-1] == 429


def test_sign_ins_of_an_ipv6_network_are_counted_together(proxied: WebProcess) -> None:
    answers = [
        sign_in(proxied, f"2001:db8:1:2:{n:x}::1", "bea", "a guess of mine").status_code
        for n in range(DEVICE_LIMIT[0] + 2)
    ]
    assert answers[0] == 401 and answers[-1] == 429
    assert sign_in(proxied, "2001:db8:1:3::1", "bea", PASSWORD).status_code == 200


def test_refusals_fill_no_audit_log(proxied: WebProcess, shop: Settings) -> None:
    """A line a minute, from one network with many logins and for one login from many networks."""
    answers = [
        sign_in(proxied, "203.0.113.9", f"nobody{n // 9}", "a guess of mine").status_code
        for n in range(45)
    ]
    assert answers.count(429) >= 15
    store = StaffStore(shop.staff_db)
    lines = store.audit(action="sign-in limited", object="address 203.0.113.9")
    store.close()
    assert 1 <= len(lines) <= 3


def test_attacks_are_on_a_page_and_the_unusual_on_the_first(
    web: WebProcess, people: dict[str, Person], shop: Settings
) -> None:
    agent = people["agent"]
    assert KINDS["token_refused"] not in agent.get("/console").text
    stranger = httpx.Client(base_url=web.url, trust_env=False, timeout=60)
    for n in range(FLOOR + 1):
        forged = {"Authorization": f"Bearer forged-{n}"}
        assert stranger.get("/chat/messages", headers=forged).status_code == 401
    for _ in range(3):
        assert stranger.get("/chat/copy?token=forged").status_code == 404
    guard = Guard(shop.guard_db, zone=shop.shop.zone)
    guard.attacks.count("order_guess", 4)  # as the action server does
    guard.close()
    found = agent.json("/console/attacks")
    today = found["days"][0]["counts"]
    assert today["token_refused"] == FLOOR + 4 and today["order_guess"] == 4
    assert set(today) == set(KINDS) and len(found["days"]) == 15
    unusual = [one for one in found["unusual"] if one["kind"] == "token_refused"]
    assert unusual == [{"kind": "token_refused", "today": FLOOR + 4, "usual": 0}]
    said = f"{KINDS['token_refused']}: {FLOOR + 4} today, 0 on a usual day"
    assert said in agent.get("/console/attacks").text and said in agent.get("/console").text
    metrics = httpx.get(f"{web.url}/metrics", trust_env=False, timeout=60).text
    assert f'shoptalk_attacks_today{{kind="token_refused"}} {FLOOR + 4}.0' in metrics


def test_the_audit_log_gets_one_line_for_what_became_unusual(settings: Settings) -> None:
    staff, guard = StaffStore(settings.staff_db), Guard(settings.guard_db)
    watch = AttackWatch(guard.attacks, staff)
    for _ in range(FLOOR):
        watch.count("puzzle")
    for _ in range(3):
        watch.count("too_many")
        watch.write()
    lines = [(one["login"], one["action"], one["object"]) for one in staff.audit()]
    assert lines == [("Shoptalk", "attacks noticed", "puzzle")]
    with pytest.raises(ValueError, match="no kind"):
        watch.count("anything")
    staff.close()
    guard.close()


def test_what_cannot_be_written_down_is_not_lost(settings: Settings) -> None:
    staff, guard = StaffStore(settings.staff_db), Guard(settings.guard_db)
    watch = AttackWatch(guard.attacks, staff)
    watch.count("puzzle")
    guard.db.execute("ALTER TABLE attacks RENAME TO away")
    watch.write()
    guard.db.execute("ALTER TABLE away RENAME TO attacks")
    watch.count("puzzle")
    watch.write()
    assert guard.attacks.days(1)[0][1]["puzzle"] == 2
    staff.close()
    guard.close()
