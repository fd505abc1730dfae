"""shop.yml and the environment: good ones are read, bad ones are explained."""

import os
import stat
from pathlib import Path

import pytest

from bot.errors import ConfigError
from bot.settings import KEPT_SHOP, Settings, keep_shop, read_settings, shop_has_changed


def change(shop_dir: Path, old: str, new: str) -> dict[str, str]:
    path = shop_dir / "shop.yml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return {"SHOPTALK_SHOP": str(path)}


def test_the_demo_shop_is_the_default() -> None:
    settings = read_settings({})
    assert settings.shop.name == "Hazel & Finch"
    assert settings.var == settings.shop_dir / "var"


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("currency: EUR ", "currency: euro ", 6, "currency"),
        ("mon: 09:00-18:00", "mon: nine to six", 31, "nine to six"),
        ("tue: 09:00-18:00", "tue: 18:00-09:00", 32, "closes before it opens"),
        ("timezone: Europe/Amsterdam", "timezone: Mars/Base", 7, "Mars/Base"),
        ("tagline:", "tag_line:", 5, "there is no such name; did you mean tagline?"),
        ("currency: EUR ", "currency: Euro ", 6, "wants three capital letters such as EUR"),
        ("email: hello@hazelandfinch.example", "email: hello", 0, "hello@shop.example"),
        ("source: csv ", "source: cvs ", 0, "is one of csv, http, platform; did you mean csv?"),
        ("assistant:", "assistant: Finn\nx:", 0, "assistant: wants lines of `name: value`"),
        ("days_min: 2 ", "days_min: two ", 0, "wants a whole number"),
        (
            "countries: [Netherlands, Belgium, Germany]",
            "countries: [Nederland, Belgie]",
            0,
            "'Belgie' is no country that is known; did you mean Belgium?",
        ),
        (
            "countries: [Netherlands, Belgium, Germany]",
            "countries: [Middle Earth]",
            0,
            "two letters",
        ),
        ("price: 4.95", "price: -1", 48, "greater than or equal to 0"),
        ("red_hours: 24", "red_hours: 3", 0, "red_hours is below amber_hours"),
        ("red_hours: 24", "red_hours: soon", 0, "red_hours"),
        ("  # confirms_by_email: true", "  confirms_by_email: perhaps #", 0, "confirms_by_email"),
        ("shipping: policies/shipping.md", "shipping: policies/none.md", 68, "there is no file"),
    ],
)
def test_a_mistake_is_named_with_its_line(
    shop_dir: Path, old: str, new: str, line: int, says: str
) -> None:
    text = (shop_dir / "shop.yml").read_text(encoding="utf-8")
    line = next(i for i, one in enumerate(text.splitlines(), 1) if old in one)
    with pytest.raises(ConfigError) as caught:
        read_settings(change(shop_dir, old, new))
    assert f"line {line}" in str(caught.value)
    assert says in str(caught.value)


def test_countries_are_known_in_the_shops_languages_and_by_codes(shop_dir: Path) -> None:
    names = "[België, DE, Pays-Bas, 英国, UK, Wereld, Europese Unie]"
    environment = change(
        shop_dir, "countries: [Netherlands, Belgium, Germany]", f"countries: {names}"
    )
    assert read_settings(environment).shop.delivery[0].countries == [
        "Belgium", "Germany", "Netherlands", "United Kingdom", "World", "European Union"
    ]  # fmt: skip


@pytest.mark.parametrize("port", ["abc", "0", "99999", "80.5", "٨٠٠٠", "9" * 5000])
def test_a_port_that_is_none_is_told_in_words(port: str) -> None:
    with pytest.raises(ConfigError, match="a port is a number from 1 to 65535"):
        read_settings({"SHOPTALK_WEB_PORT": port})


def test_broken_yaml_is_named_with_its_line(shop_dir: Path) -> None:
    with pytest.raises(ConfigError, match=r"line \d+"):
        read_settings(change(shop_dir, "name: Hazel", "name: [Hazel"))


def test_a_missing_shop_file_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="shoptalk init"):
        read_settings({"SHOPTALK_SHOP": str(tmp_path / "none.yml")})


@pytest.mark.parametrize("port", ["0", "70000", "eight"])
def test_a_bad_port_names_the_variable(shop_dir: Path, port: str) -> None:
    with pytest.raises(ConfigError, match="SHOPTALK_WEB_PORT"):
        read_settings({"SHOPTALK_SHOP": str(shop_dir / "shop.yml"), "SHOPTALK_WEB_PORT": port})


def test_secrets_are_made_once_and_private(settings: Settings) -> None:
    first = settings.secrets()
    assert settings.secrets() == first
    assert len(first.engine_token) >= 32 and first.engine_token != first.session_key
    mode = stat.S_IMODE(os.stat(settings.var / "secrets.json").st_mode)
    assert mode == 0o600
    assert first.engine_token not in repr(first)


def test_damaged_secrets_are_explained(settings: Settings) -> None:
    settings.secrets()
    (settings.var / "secrets.json").write_text("{")
    with pytest.raises(ConfigError, match="damaged"):
        settings.secrets()


def test_processes_keep_to_the_shop_that_was_checked(shop_dir: Path) -> None:
    here = {"SHOPTALK_SHOP": str(shop_dir / "shop.yml")}
    settings = read_settings(here)
    handed_on = {**here, KEPT_SHOP: str(keep_shop(settings))}
    assert not shop_has_changed(settings)
    (shop_dir / "policies" / "shipping.md").unlink()
    for half_written in ("name: [Hazel", "", None):
        if half_written is None:
            (shop_dir / "shop.yml").unlink()
        else:
            (shop_dir / "shop.yml").write_text(half_written)
        assert read_settings(handed_on) == settings and shop_has_changed(settings)
        with pytest.raises(ConfigError):
            read_settings(here)


def test_a_shop_that_broke_after_it_was_checked_is_not_handed_on(shop_dir: Path) -> None:
    settings = read_settings({"SHOPTALK_SHOP": str(shop_dir / "shop.yml")})
    (shop_dir / "shop.yml").write_text("name: [Hazel")
    with pytest.raises(ConfigError):
        keep_shop(settings)
