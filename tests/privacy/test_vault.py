"""Sealed texts: only with the shop's keys, and never lost by how the keys come about."""

import json
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bot.errors import StoreError
from bot.privacy.vault import KEYS, LostKey, Vault

TEXT = "Anna Müller, \ud83d anna@example.com"  # with half of a letter, as JSON may have one


def test_what_is_sealed_is_unreadable_and_opens_again(tmp_path: Path) -> None:
    vault = Vault(tmp_path)
    sealed = vault.seal(TEXT)
    assert sealed and "anna" not in sealed and sealed != vault.seal(TEXT)
    assert Vault(tmp_path).open(sealed) == TEXT
    assert vault.seal(None) is None


@pytest.mark.parametrize(
    "plain", ["", "hello", '{"event": "user"}', None, 3, b"x", "gAAAAA", "gAAAAAé", "gAAAAA" * 30]
)
def test_what_never_was_sealed_is_opened_by_no_key(tmp_path: Path, plain) -> None:
    vault = Vault(tmp_path)
    with pytest.raises(LostKey):
        vault.open(plain)
    assert not vault.is_newest(plain)
    assert vault.open(vault.seal("hello")) == "hello"


def test_the_keys_are_their_owners_alone(tmp_path: Path) -> None:
    Vault(tmp_path).seal(TEXT)
    assert stat.S_IMODE((tmp_path / KEYS).stat().st_mode) == 0o600


def test_processes_that_start_together_have_the_same_keys(tmp_path: Path) -> None:
    vaults = [Vault(tmp_path) for _ in range(20)]
    with ThreadPoolExecutor(20) as pool:
        sealed = list(pool.map(lambda vault: vault.seal(TEXT), vaults))
    assert [Vault(tmp_path).open(one) for one in sealed] == [TEXT] * 20
    assert {path.name for path in tmp_path.iterdir()} == {KEYS, f"{KEYS}.made"}


def test_another_shops_keys_open_nothing_and_the_error_says_so(tmp_path: Path) -> None:
    sealed = Vault(tmp_path / "one").seal(TEXT)
    (tmp_path / "two").mkdir()
    with pytest.raises(LostKey, match="two/keys.json") as raised:
        Vault(tmp_path / "two").open(sealed)
    assert "own keys.json" in raised.value.hint


def test_keys_that_are_gone_are_not_made_anew_in_silence(tmp_path: Path) -> None:
    vault = Vault(tmp_path)
    sealed, kept = vault.seal(TEXT), (tmp_path / KEYS).read_text()
    (tmp_path / KEYS).unlink()
    for act in (lambda: vault.seal(TEXT), lambda: Vault(tmp_path).open(sealed)):
        with pytest.raises(LostKey, match="is gone"):
            act()
    (tmp_path / KEYS).write_text(kept)
    assert vault.open(sealed) == TEXT


@pytest.mark.parametrize("content", ["", "[]", '{"keys": []}', '{"keys": ["x"], "marking": "y"}'])
def test_a_damaged_file_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / KEYS).write_text(content)
    with pytest.raises(StoreError, match="keys.json can't be read"):
        Vault(tmp_path).seal(TEXT)


def test_a_running_process_takes_up_new_keys(tmp_path: Path) -> None:
    vault = Vault(tmp_path)
    vault.seal(TEXT)
    old = json.loads((tmp_path / KEYS).read_text())
    other = Vault(tmp_path / "other")
    newer = other.seal(TEXT)
    both = json.loads((tmp_path / "other" / KEYS).read_text())["keys"] + old["keys"]
    (tmp_path / KEYS).write_text(json.dumps({**old, "keys": both}))
    assert vault.open(newer) == TEXT and vault.is_newest(vault.seal(TEXT))
    assert len(vault.key_names) == 2


def test_marks_are_the_same_for_the_same_text_and_say_nothing(tmp_path: Path) -> None:
    vault = Vault(tmp_path / "a")
    assert vault.mark("anna@example.com") == Vault(tmp_path / "a").mark("anna@example.com")
    assert vault.mark("anna@example.com") != Vault(tmp_path / "b").mark("anna@example.com")
    assert "anna" not in vault.mark("anna@example.com")
