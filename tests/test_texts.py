"""What customers read that is no answer: whole in every language."""

import re

import pytest
from babel import Locale
from ruamel.yaml import YAML

from bot.campaigns.texts import HERE as MAILS
from bot.settings.languages import can_speak
from bot.texts import FOLDER, first_of, said, texts_of


@pytest.mark.parametrize("language", [file.stem for file in FOLDER.glob("*.yml")])
def test_every_language_has_every_text_with_its_places(language: str) -> None:
    english, own = texts_of("en"), YAML(typ="safe").load(FOLDER / f"{language}.yml")
    forms = [
        name[:-6] for name in english if name.endswith("_other") and "{count}" in english[name]
    ]
    counted = {
        f"{one}_{form}" for one in forms for form in {*Locale(language).plural_form.tags, "other"}
    }
    plain = set(english) - {f"{one}_{form}" for one in forms for form in ("one", "other")}
    missing = plain | {one for one in counted if not one.endswith("_many")}  # millions
    assert not (missing := missing - set(own)), f"{language}.yml lacks {', '.join(sorted(missing))}"
    assert not (unknown := set(own) - plain - counted), f"{language}.yml has {unknown}"
    for name, text in own.items():
        like = english.get(name) or english[f"{name.rpartition('_')[0]}_other"]
        assert set(re.findall(r"{\w+}", text)) == set(re.findall(r"{\w+}", like)), name


def test_each_language_of_the_assistant_has_them() -> None:
    for folder in (FOLDER, MAILS):
        assert set(can_speak()) <= {file.stem for file in folder.glob("*.yml")}


@pytest.mark.parametrize("language", [file.stem for file in MAILS.glob("*.yml")])
def test_mails_and_their_pages_are_whole_in_every_language(language: str) -> None:
    english, own = (YAML(typ="safe").load(MAILS / f"{one}.yml") for one in ("en", language))
    assert set(own) == set(english)
    for name, text in own.items():
        assert set(re.findall(r"{\w+}", text)) == set(re.findall(r"{\w+}", english[name])), name


def test_things_are_counted_as_the_language_counts() -> None:
    assert [said("products", "de", count=n) for n in (1, 2)] == ["1 Produkt", "2 Produkte"]
    assert (
        said("products", "fr", count=0) == "0 produit"
        and said("products", "zh", count=1) == "1件商品"
    )
    assert said("joined", "de", name="{shop}", shop="X") == "{shop} von X ist jetzt im Chat."


@pytest.mark.parametrize(
    ("wanted", "language"),
    [
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("en;q=0.3, nl;q=0.7", "nl"),
        ("xx, zh-Hans-CN;q=0.5", "zh"),
        ("", "en"),
        ("*;q=0,;;q=ü,fr;q=x", "fr"),
    ],
)
def test_the_language_that_a_browser_likes_best(wanted: str, language: str) -> None:
    assert first_of(wanted, ("en", "nl", "de", "zh", "fr")) == language
