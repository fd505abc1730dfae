"""Keys are rotated while everything runs, and nobody is sent away unless that is wanted."""

import json
import os
import stat
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner
from sanic.exceptions import Unauthorized

import bot.settings
from bot.cli import main
from bot.errors import NotFound
from bot.settings import Settings
from bot.settings.keys import read_keys, rotate
from bot.surveys.links import Links
from bot.web.chat.sessions import Sessions


def asks(token: str, origin: str = "") -> SimpleNamespace:
    return SimpleNamespace(headers={"authorization": f"Bearer {token}", "origin": origin})


def test_what_an_older_key_signed_still_counts_until_old_keys_end(settings: Settings) -> None:
    sessions, links = Sessions(settings.secrets), Links(settings.secrets)
    conversation, token = sessions.new()
    path, before = links.path("mine", "anna@example.com"), settings.secrets()
    for _ in range(2):
        rotate(settings.secrets_file)
    after = settings.secrets()
    assert after.session_key != before.session_key and len(after.session_keys) == 3
    assert sessions.conversation(asks(token)) == conversation
    assert links.read(path.removeprefix("/survey/")).campaign == "mine"
    assert after.is_ours(f"Bearer {before.engine_token}")
    assert after.is_ours(f"Bearer {after.engine_token}")
    assert not after.is_ours("Bearer ") and not after.is_ours(after.engine_token)

    rotate(settings.secrets_file, end_old=True)
    assert not settings.secrets().is_ours(f"Bearer {after.engine_token}")
    with pytest.raises(Unauthorized):
        sessions.conversation(asks(token))
    with pytest.raises(NotFound):
        links.read(path.removeprefix("/survey/"))


def test_who_answered_a_survey_is_known_as_before(settings: Settings) -> None:
    links = Links(settings.secrets)
    known = links.pseudonym("anna@example.com")
    rotate(settings.secrets_file, end_old=True)
    assert links.pseudonym("anna@example.com") == known


def test_an_address_is_one_person_however_it_is_written_and_a_number_as_it_is(
    settings: Settings,
) -> None:
    links = Links(settings.secrets)
    assert links.pseudonym(" Cara@Cust.Example") == links.pseudonym("cara@cust.example")
    assert links.pseudonym("Customer-7") != links.pseudonym("customer-7")
    # links that were made before had a pseudonym of their own for capitals
    for written in ("Cara@Cust.example", "CARA@cust.example", "Cara@cust.example"):
        assert links._digest(f"person {written}") in links.pseudonyms("cara@cust.example")
    assert links._digest("person cArA@x.y") in links.pseudonyms("cArA@x.y")
    assert links.pseudonyms("customer-7") == [links.pseudonym("customer-7")]
    assert links.pseudonyms("") == []


def test_a_file_from_before_rotation_is_read_and_grows(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    path.write_text(json.dumps({"engine_token": "e" * 40, "session_key": "s" * 40}))
    assert read_keys(path).person_key == "s" * 40
    path.write_text(json.dumps({**json.loads(path.read_text()), "of_another": "kept"}))
    after = rotate(path)
    assert after.session_keys[1] == after.person_key == "s" * 40
    assert json.loads(path.read_text())["of_another"] == "kept"
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["secrets.json"]


def test_the_command_asks_before_it_ends_conversations(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOPTALK_SHOP", str(settings.shop_file))
    bot.settings.get_settings.forget()
    before = settings.secrets()
    assert "1 older ones" in CliRunner().invoke(main, ["rotate-secrets"]).output
    asked = CliRunner().invoke(main, ["rotate-secrets", "--end-old"], input="n\n")
    assert asked.exit_code == 1 and before.session_key in settings.secrets().session_keys
    CliRunner().invoke(main, ["rotate-secrets", "--end-old"], input="y\n")
    assert len(settings.secrets().session_keys) == 1
    bot.settings.get_settings.forget()


def test_with_a_list_of_sites_a_token_is_for_one_of_them(settings: Settings) -> None:
    a, b = "https://a.example", "https://b.example"
    listed, open_to_all = Sessions(settings.secrets, (a, b)), Sessions(settings.secrets)
    conversation, token = listed.new(origin=a)
    assert listed.conversation(asks(token, a)) == conversation
    assert listed.conversation(asks(token)) == conversation  # the same site, or no browser
    with pytest.raises(Unauthorized):
        listed.conversation(asks(token, b))
    assert open_to_all.conversation(asks(token, b)) == conversation
    of_before = open_to_all.new(origin=a)
    assert listed.conversation(asks(of_before[1], b)) == of_before[0]
