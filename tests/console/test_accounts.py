"""Accounts, signing in, roles: who reaches what."""

import re
import sqlite3
import time

import httpx
import pytest
from click.testing import CliRunner

import bot.settings
from bot.cli import main
from bot.errors import NotFound
from bot.settings import Settings
from bot.staff.accounts import ROLES, BadAccount, StaffStore, first_admin, is_password, on_duty
from bot.web.app import create_app
from tests.console.conftest import PASSWORD, Person, add_staff
from tests.web.conftest import WebProcess, free_port


def routes(settings: Settings) -> list[tuple[str, str, str | None]]:
    """(method, path, role) of every route of the console."""
    app = create_app(settings, f"routes_{time.monotonic_ns()}")
    found = []
    for route in app.router.routes:
        if route.path.startswith("console"):
            assert hasattr(route.handler, "role"), (
                f"{route.path} has neither @requires nor @open_to_all"
            )
            path = "/" + re.sub(r"<\w+:int>", "1", re.sub(r"<\w+:str>", "x", route.path))
            found += [(method, path, route.handler.role) for method in route.methods]
    return found


def test_every_route_keeps_to_its_role(
    shop: Settings, web: WebProcess, people: dict[str, Person]
) -> None:
    """Nobody signed in gets in nowhere; a role below the needed one gets 403, and one above in."""
    checked = 0
    for method, path, needed in routes(shop):
        if needed is None or path == "/console/sign-out":
            continue
        for role in ("nobody", *ROLES):
            person = people[role]
            headers = {"Accept": "application/json", "X-CSRF": "wrong"}
            with person.http.stream(method, path, headers=headers) as answer:
                if answer.headers["content-type"] == "application/json":
                    answer.read()  # not the stream that never ends
            checked += 1
            if role == "nobody":
                assert answer.status_code == 401, (method, path)
            elif ROLES.index(role) < ROLES.index(needed):
                assert answer.status_code == 403, (method, path, role)
                assert needed in answer.json()["error"]
            elif method == "POST":
                assert answer.status_code == 403, f"{path} takes a form without a CSRF token"
                assert needed not in answer.json()["error"]
            elif "/pictures/" in path:
                assert answer.status_code == 403, "personal data is shown to who asked for it"
                assert needed not in answer.json()["error"]
            else:
                assert answer.status_code in (200, 302, 404), (method, path, role)
    assert checked > 40


def test_a_page_asks_to_sign_in_and_goes_on(web: WebProcess) -> None:
    stranger = Person(web.url)
    answer = stranger.get("/console/conversations", q="late")
    assert answer.status_code == 302
    place = answer.headers["location"]
    assert place == "/console/sign-in?next=%2Fconsole%2Fconversations%3Fq%3Dlate"
    assert 'value="/console/conversations?q=late"' in stranger.get(place).text
    done = stranger.post(
        "/console/sign-in", login="ann", password=PASSWORD, next="/console/conversations?q=late"
    )
    assert done.headers["location"] == "/console/conversations?q=late"
    away = stranger.post(
        "/console/sign-in", login="ann", password=PASSWORD, next="https://evil.example/"
    )
    assert away.headers["location"] == "/console"


def test_the_session_cookie_is_closed_to_scripts_and_other_sites(web: WebProcess) -> None:
    answer = Person(web.url).post("/console/sign-in", login="bea", password=PASSWORD)
    cookie = answer.headers["set-cookie"]
    for part in ("HttpOnly", "SameSite=Lax", "Path=/console", "Max-Age=43200"):
        assert part in cookie
    https = httpx.post(
        f"{web.url}/console/sign-in", data={"login": "bea", "password": PASSWORD},
        headers={"X-Forwarded-Proto": "https"}, trust_env=False,
    )  # fmt: skip
    assert "Secure" in https.headers["set-cookie"]


def test_a_session_ends_with_sign_out_and_a_forged_one_never_begins(web: WebProcess) -> None:
    person = Person(web.url, "bea")
    cookie = person.http.cookies["shoptalk_staff"]
    assert person.post("/console/sign-out").status_code == 303
    person.http.cookies.set("shoptalk_staff", cookie, path="/console")
    assert person.json("/console/session") == {}
    person.http.cookies.set("shoptalk_staff", cookie[:-2] + "xx", path="/console")
    assert person.json("/console/session") == {}


def test_a_form_of_another_site_is_refused(people: dict[str, Person]) -> None:
    admin = people["admin"]
    form = {"csrf": admin.token, "login": "eve", "name": "Eve", "role": "admin"}
    answer = admin.http.post(
        "/console/people", data=form, headers={"Origin": "https://evil.example"}
    )
    assert answer.status_code == 403
    assert "eve" not in admin.get("/console/people").text


def test_wrong_passwords_are_limited_and_a_right_one_then_waits_too(web: WebProcess) -> None:
    stranger = Person(web.url)
    codes = [
        stranger.post("/console/sign-in", login="lea", password=f"guess {n}").status_code
        for n in range(6)
    ]
    assert 401 in codes and codes[-1] == 429
    answer = stranger.post("/console/sign-in", login="lea", password=PASSWORD)
    assert answer.status_code == 429 and "wait" in answer.text
    unknown = stranger.post("/console/sign-in", login="nobody-at-all", password="x" * 12)
    assert unknown.status_code == 401 and "Login or password is wrong" in unknown.text


def test_an_admin_adds_someone_who_must_choose_a_password(
    web: WebProcess, people: dict[str, Person]
) -> None:
    made = people["admin"].api(
        "/console/people", login="Zoe@shop.example", name="Zoe", role="agent"
    )
    one_time = made.json()["password"]
    zoe = Person(web.url, "zoe@shop.example", one_time)
    zoe.token = zoe.get("/console/password").text.split('name="csrf" value="')[1].split('"')[0]
    assert zoe.get("/console/conversations").headers["location"] == "/console/password"
    short = zoe.post("/console/password", old_password=one_time, new_password="short")
    assert short.status_code == 400 and "10 to 200" in short.text
    easy = zoe.post("/console/password", old_password=one_time, new_password="adminadmin")
    assert easy.status_code == 400 and "again and again" in easy.text
    shops = zoe.post("/console/password", old_password=one_time, new_password="Hazel&Finch1")
    assert shops.status_code == 400 and "a name that many know" in shops.text
    done = zoe.post("/console/password", old_password=one_time, new_password="a much longer one")
    assert done.status_code == 303
    assert zoe.get("/console/conversations").status_code == 200
    assert Person(web.url, "zoe@shop.example", "a much longer one").token


@pytest.mark.parametrize("before", ["%C2%B2", "%D9%A3", "9" * 5000, "-1"])
def test_an_odd_place_in_the_audit_log_is_its_end(people: dict[str, Person], before: str) -> None:
    assert people["admin"].get(f"/console/audit?before={before}").status_code == 200


def test_a_role_taken_away_counts_at_once(web: WebProcess, people: dict[str, Person]) -> None:
    admin = people["admin"]
    admin.post("/console/people", login="kim", name="Kim", role="admin")
    password = admin.api("/console/people/kim/reset").json()["password"]
    kim = Person(web.url, "kim", password)
    kim.token = kim.get("/console/password").text.split('name="csrf" value="')[1].split('"')[0]
    kim.post("/console/password", old_password=password, new_password="kim's own password")
    assert kim.get("/console/audit").status_code == 200
    admin.post("/console/people/kim/role", role="agent")
    assert kim.get("/console/audit").status_code == 403
    admin.post("/console/people/kim/remove")
    assert kim.get("/console/conversations").status_code == 302


def test_the_last_admin_stays(settings: Settings) -> None:
    first_admin(settings.staff_db)
    store = StaffStore(settings.staff_db)
    with pytest.raises(BadAccount, match="only admin"):
        store.remove("admin")
    with pytest.raises(BadAccount, match="only admin"):
        store.set_role("admin", "agent")


def test_the_audit_log_can_only_grow(settings: Settings) -> None:
    store = StaffStore(settings.staff_db)
    store.log("ann", "looked at", "conversation 1")
    for sql in ("UPDATE audit SET login = 'bob'", "DELETE FROM audit"):
        with pytest.raises(sqlite3.IntegrityError, match="only grow"):
            store.db.execute(sql)
    assert [entry["login"] for entry in store.audit()] == ["ann"]


def test_passwords_are_argon2_hashes(settings: Settings) -> None:
    add_staff(settings)
    store = StaffStore(settings.staff_db)
    hashed = store.password_hash("ann")
    assert hashed and hashed.startswith("$argon2id$") and PASSWORD not in hashed
    assert is_password(PASSWORD, hashed)
    assert not is_password(PASSWORD, None) and not is_password("nobody has this password", None)


def test_who_is_on_duty(settings: Settings) -> None:
    assert on_duty(settings.staff_db) == []
    add_staff(settings)
    store = StaffStore(settings.staff_db)
    store.seen(store.get("ann"))
    store.seen(store.get("lea"))
    store.set_available(store.get("lea"), False)
    assert [person.login for person in on_duty(settings.staff_db)] == ["ann"]


def test_the_first_start_makes_one_admin(settings: Settings) -> None:
    password = first_admin(settings.staff_db)
    assert is_password(password, StaffStore(settings.staff_db).password_hash("admin"))
    assert first_admin(settings.staff_db) == ""


def test_the_staff_command(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOPTALK_SHOP", str(settings.shop_file))
    bot.settings.get_settings.forget()

    def shoptalk(*arguments: str):
        return CliRunner().invoke(main, ["staff", *arguments])

    added = shoptalk("add", "eva", "--role", "admin")
    password = added.output.split()[-1]
    store = StaffStore(settings.staff_db)
    assert is_password(password, store.password_hash("eva"))
    assert "already" in shoptalk("add", "eva").output
    assert "can't be a login" in shoptalk("add", "e v a").output
    assert "eva" in shoptalk("list").output
    assert shoptalk("reset", "eva").exit_code == 0
    assert not is_password(password, store.password_hash("eva"))
    assert shoptalk("add", "mia").exit_code == 0 and shoptalk("remove", "mia").exit_code == 0
    assert "There is no 'mia'" in shoptalk("reset", "mia").output
    with pytest.raises(NotFound):
        store.get("mia")
    bot.settings.get_settings.forget()


def test_the_console_on_a_port_of_its_own(settings: Settings) -> None:
    add_staff(settings)
    port = free_port()
    web = WebProcess(settings, free_port(), SHOPTALK_CONSOLE_PORT=str(port))
    try:
        assert httpx.get(f"{web.url}/console/sign-in", trust_env=False).status_code == 404
        apart = Person(f"http://127.0.0.1:{port}", "ann")
        assert "Conversations" in apart.get("/console/conversations").text
        assert apart.get("/chat/session").status_code == 404
        web.process.terminate()
        web.process.join(20)
        assert web.process.exitcode == 0
    finally:
        web.kill()
